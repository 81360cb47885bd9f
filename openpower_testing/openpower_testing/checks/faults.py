"""Faults of the transport: for every device each raises an error of its class, and afterwards everything works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.errors import (
    AuthError,
    BadResponse,
    NetworkError,
    OpenPowerError,
    RateLimited,
    ServiceUnavailable,
    TemporaryError,
    Timeout,
)
from openpower_testing.checks._base import Seen, check, figures, is_figure, look, read_alone
from openpower_testing.checks.capabilities import READS, ask
from openpower_testing.faults import FaultServer, Received, Trouble
from openpower_testing.harness import PATIENCE_S, Harness

ALWAYS: Final = 10_000
_SOON_S: Final = 0.2
"""The timeout of calls to a server that never finishes."""
_ATTEMPTS: Final = 10
"""How often one read may ask for the same; the HTTP client of the core asks three times."""
Errors = tuple[type[OpenPowerError], ...]
_BROKEN: Final = (NetworkError, BadResponse, Timeout)
_BAD: Final = (BadResponse, ServiceUnavailable)


_SLOW: Final = {Trouble.SILENT, Trouble.SLOW_HEADERS, Trouble.SLOW_BODY}


async def _fails(harness: Harness, expected: Errors, what: str, **trouble: Any) -> None:
    """Make every response fail: reading any device has to raise one of the errors, and to work again afterwards."""
    relay = harness.relay
    slow = trouble["trouble"] in _SLOW
    timeout = _SOON_S if slow else PATIENCE_S
    connection = await warm(harness, timeout)
    relay.fail(times=ALWAYS, **trouble)
    # First with a new connection, which has nothing cached that could hide the fault; then with a working one, to
    # see that no device returns an old response as new or stays broken.
    await _expect(harness, harness.connect(timeout=timeout), expected, f"{what}, from the first call on")
    recover(harness)
    await _expect(harness, connection, expected, what)
    relay.clear()
    if harness.is_timed and not slow:  # a right response within so short a timeout would be luck
        recover(harness)
        for device, seen in (await read_alone(harness, connection)).items():
            if seen.error:
                harness.fail(f"After {what} {device} remains broken: {seen.error}", "Do not cache a failed response.")


async def warm(harness: Harness, timeout: float = PATIENCE_S) -> Any:
    """A connection that has read all its devices; a short timeout is doubled if the machine is busy."""
    connection = harness.connect(timeout=timeout)
    errors = [each.error for each in (await read_alone(harness, connection)).values() if each.error]
    if not errors:
        return connection
    if not isinstance(errors[0], Timeout) or timeout >= PATIENCE_S:
        harness.fail(f"It cannot be read: {errors[0]!r}.")
    return await warm(harness, 2 * timeout)


async def _expect(harness: Harness, connection: Any, expected: Errors, what: str) -> None:
    """Every device raises one of the errors, or what it gives says that it is not of now."""
    names = " or ".join(each.__name__ for each in expected)
    for device, seen in (await read_alone(harness, connection)).items():
        whose = f" of {device}" if device else ""
        if seen.error is None and _hides(seen) and not await is_known(harness, device, seen):
            harness.fail(
                f"{what.capitalize()} is taken for a response{whose}: {seen.value}.",
                f"Do not swallow errors or take a broken body for data; raise {names}.",
            )
        most = max(Counter((each.method, each.target) for each in seen.requests).values(), default=0)
        if most > _ATTEMPTS:
            harness.fail(
                f"After {what} the same was asked {most} times{whose}.",
                "Leave it to the HTTP client of openpower_core to try again: it waits longer each time, and then gives up.",
            )
        if seen.error and not isinstance(seen.error, expected):
            harness.fail(
                f"{what.capitalize()} is {type(seen.error).__name__}{whose} ({seen.error}); it should be {names}.",
                "Let the HTTP client's own error through, or map the vendor's code to its class.",
            )


def _hides(seen: Seen) -> bool:
    """Whether a reading does not say that nothing could be read."""
    return seen.is_live and bool(seen.numbers or not getattr(seen.value, "issues", ()))


async def is_known(harness: Harness, device: str, seen: Seen) -> bool:
    """Whether it is a price that was known before: those of a day are published at once."""
    if hasattr(seen.value, "stamp"):
        return False
    relay = harness.relay
    only, relay.only = relay.only, _none
    usual = await read_alone(harness, harness.connect())
    relay.only = only
    return bool(usual[device].value == seen.value)


def _none(_: Received) -> bool:
    return False


def recover(harness: Harness) -> None:
    """Let two hours pass: back-offs, rate limits and cached responses have expired by then."""
    if harness.is_timed:
        harness.later(hours=2)


_TABLE: Final[dict[str, tuple[str, dict[str, Any], Errors]]] = {
    "reset": ("a reset connection", {"trouble": Trouble.RESET}, (NetworkError,)),
    "hang_up": ("a closed connection", {"trouble": Trouble.HANG_UP}, (NetworkError,)),
    "not_http": ("a response that is not HTTP", {"trouble": Trouble.NOT_HTTP}, _BROKEN),
    "silence": ("a silent server", {"trouble": Trouble.SILENT}, (Timeout,)),
    "slow_headers": ("a server that drips headers", {"trouble": Trouble.SLOW_HEADERS}, (Timeout,)),
    "slow_body": ("a server that drips its body", {"trouble": Trouble.SLOW_BODY}, (Timeout,)),
    "truncated": ("a truncated body", {"trouble": Trouble.TRUNCATED, "body": b"["}, _BROKEN),
    "truncated_chunks": ("a truncated chunked body", {"trouble": Trouble.TRUNCATED_CHUNKS, "body": b"["}, _BROKEN),
    "html": ("an HTML page", {"trouble": Trouble.HTML}, _BAD),
    "empty": ("an empty body", {"trouble": Trouble.EMPTY}, _BAD),
    "wrong_type": ("an image", {"trouble": Trouble.WRONG_TYPE}, _BAD),
    "not_json": ("a body that is not JSON", {"trouble": Trouble.NOT_JSON}, _BAD),
    "not_utf8": ("a body that is not UTF-8", {"trouble": Trouble.NOT_UTF8}, _BAD),
    "huge": ("a body of 50 MB", {"trouble": Trouble.HUGE}, _BAD),
    "gzip_bomb": ("a gzip bomb", {"trouble": Trouble.GZIP_BOMB}, _BAD),
    "bad_gzip": ("invalid gzip", {"trouble": Trouble.BAD_GZIP, "body": b"no gzip"}, _BROKEN),
    "truncated_gzip": ("truncated gzip", {"trouble": Trouble.TRUNCATED_GZIP}, _BROKEN),
    # Credentials are refused only where the vendor documents it: a body or a code of its own may be needed for that.
    "status_401": ("status 401", {"trouble": Trouble.STATUS, "status": 401}, (AuthError, BadResponse)),
    "status_403": ("status 403", {"trouble": Trouble.STATUS, "status": 403}, (AuthError, TemporaryError, BadResponse)),
    "status_404": ("status 404", {"trouble": Trouble.STATUS, "status": 404}, (OpenPowerError,)),
    "status_429": ("status 429", {"trouble": Trouble.STATUS, "status": 429}, (RateLimited,)),
    "status_500": ("status 500", {"trouble": Trouble.STATUS, "status": 500}, (TemporaryError,)),
    "status_502": ("status 502", {"trouble": Trouble.STATUS, "status": 502}, (TemporaryError,)),
    "status_503": ("status 503", {"trouble": Trouble.STATUS, "status": 503}, (TemporaryError,)),
    "status_504": ("status 504", {"trouble": Trouble.STATUS, "status": 504}, (TemporaryError,)),
}


def _enlist(name: str) -> None:
    what, trouble, expected = _TABLE[name]

    async def body(harness: Harness) -> None:
        await _fails(harness, expected, what, **trouble)

    names = " or ".join(each.__name__ for each in expected)
    body.__name__, body.__doc__ = name, f"{what.capitalize()} is {names}, and never a response."
    check("faults")(body)


for _name in _TABLE:
    _enlist(_name)


@check("faults")
async def redirect_is_not_followed(harness: Harness) -> None:
    """A redirect is an error, and nothing is sent to where it points: a signed request must not leave the vendor's host."""
    relay = harness.relay
    with FaultServer() as elsewhere:
        headers = {"Location": f"{elsewhere.url}/login"}
        for status in (301, 302, 307, 308):
            connection = await warm(harness)
            relay.fail(Trouble.REDIRECT, times=ALWAYS, status=status, headers=headers)
            await _expect(harness, harness.connect(), (OpenPowerError,), f"a redirect ({status})")
            await _expect(harness, connection, (OpenPowerError,), f"a redirect ({status})")
            relay.clear()
            if elsewhere.requests:
                harness.fail(
                    f"A redirect ({status}) was followed, with {sorted(elsewhere.requests[0].headers)}.",
                    "Credentials must not leave the vendor's host: use the HTTP client of openpower_core.",
                )


@check("faults")
async def rate_limit_tells_how_long(harness: Harness) -> None:
    """After a 429 with Retry-After, the error carries how long to wait."""
    relay = harness.relay
    connection = await warm(harness)
    recover(harness)
    relay.fail(Trouble.STATUS, times=ALWAYS, status=429, headers={"Retry-After": "240"})
    for home in (harness.connect(), connection):
        for device, seen in (await read_alone(harness, home)).items():
            error = seen.error
            if not isinstance(error, RateLimited):
                harness.fail(f"Status 429 with Retry-After does not raise RateLimited: {device} gives {seen.value!r}.")
            if not seen.requests:  # openpower's own pause, which it keeps short
                continue
            if error.retry_after is None or not 200 <= error.retry_after.total_seconds() <= 300:
                harness.fail(
                    f"Retry-After was 240 s, and the error of {device} says {error.retry_after}.",
                    "Use retry_after() of openpower_core.provider.",
                )


@check("faults")
async def vendor_says_no(harness: Harness) -> None:
    """A refusal inside a successful response (status 200) raises the matching error, and is never data."""
    relay = harness.relay
    if not harness.enrolled.vendor_errors:
        harness.fail(
            "vendor_errors does not say how the vendor refuses in a response with status 200.",
            'Give vendor_errors = [VendorError(body=…, raises=…)], or not_applicable = {"faults.vendor_says_no": why}.',
        )
    for refusal in harness.enrolled.vendor_errors:
        what = f"the vendor's {refusal.body[:80]!r} with status {refusal.status}"
        connection = await warm(harness)
        recover(harness)
        relay.fail(Trouble.STATUS, times=ALWAYS, status=refusal.status, body=refusal.body)
        # In answer to a login the same code may mean something else, but never that all is well.
        await _expect(harness, connection, (refusal.raises,), what)
        await _expect(harness, harness.connect(), (OpenPowerError,), f"{what}, from the first call on")
        relay.clear()
        recover(harness)


@check("faults")
async def whatever_is_asked_fails(harness: Harness) -> None:
    """If every response is an error, so is whatever else can be read: history, settings, schedules, prices, usage."""
    relay = harness.relay
    failed = 0
    for what in ("status 500", "an HTML page"):
        connection = await warm(harness)
        recover(harness)
        relay.fail(times=ALWAYS, **_PARTS[what])
        for device in await harness.devices(connection):
            for feature in sorted(READS - {Feature.READ, Feature.CURRENT_PRICE}):
                failed += await _fails_too(harness, device, feature, what)
        relay.clear()
        recover(harness)
    if not failed:
        harness.skip("nothing else is asked of the vendor")


async def _fails_too(harness: Harness, device: Any, feature: Feature, what: str) -> bool:
    before = len(harness.requests())
    try:
        answer = await ask(harness, device, feature) if device.capabilities[feature] else None
    except OpenPowerError:
        return True
    if harness.requests()[before:]:
        harness.fail(
            f"{feature} of {device.info.id} gives {str(answer)[:200]!r}, though all that it asked was answered by {what}.",
            "Raise the error if nothing could be had: an empty result means that there is nothing.",
        )
    return False


@check("faults")
async def own_transport(harness: Harness) -> None:
    """A provider that does not use HTTP declares its own faults, and each raises an error of its class."""
    enrolled = harness.enrolled
    if enrolled.transport != "own":
        harness.skip("it speaks HTTP" if enrolled.transport == "http" else "it has no transport")
    if not enrolled.transport_faults:
        harness.fail("It does not use HTTP and declares no faults.", "Give transport_faults = […].")
    for fault in enrolled.transport_faults:
        connection = harness.connect(timeout=2.0)
        await look(harness, connection)
        with fault.inject(harness.served):
            recover(harness)
            if fault.raises:
                await _expect(harness, connection, fault.raises, fault.name)
            else:
                await look(harness, connection, fresh=True)
        recover(harness)
        await look(harness, connection, fresh=True)


_PARTS: Final[dict[str, dict[str, Any]]] = {
    "status 500": {"trouble": Trouble.STATUS, "status": 500},
    "an HTML page": {"trouble": Trouble.HTML},
    "status 404": {"trouble": Trouble.STATUS, "status": 404, "body": b"{}"},
}


def _parts(harness: Harness) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from _PARTS.items()
    for refusal in harness.enrolled.vendor_errors[:1]:
        refused = {"trouble": Trouble.STATUS, "status": refusal.status, "body": refusal.body}
        yield f"the vendor's {refusal.body[:80]!r}", refused


@check("faults")
async def parts_fail_alone(harness: Harness) -> None:
    """If one endpoint fails, what does not ask it reads as usual; what asks it raises, or names what is missing or old."""
    relay, endpoint = harness.relay, harness.enrolled.endpoint
    harness.need_clock()
    homes = [await warm(harness) for _ in range(2)]
    recover(harness)
    for home in homes:
        await look(harness, home, fresh=True)
    endpoints = list(dict.fromkeys(endpoint(each) for each in harness.requests()))
    for broken in endpoints:
        for what, trouble in _parts(harness):
            part = Broken(what=f"{what} at {broken}", endpoint=broken, of=endpoint)
            for early in (False, True):
                recover(harness)
                subject = harness.connect() if early else homes[0]
                before = await read_alone(harness, homes[1])
                relay.only = part.meets
                relay.fail(times=ALWAYS, **trouble)
                seen = await read_alone(harness, subject)
                relay.clear()
                relay.only = None
                # A few seconds pass while it tries again: what is right lies between before and after.
                after = await read_alone(harness, homes[1])
                usual = {device: (before[device], right) for device, right in after.items()}
                _alone(harness, part, subject.failures, seen, usual)


@frozen(kw_only=True)
class Broken:
    """An endpoint that was made to fail."""

    what: str
    endpoint: str
    of: Callable[[Received], str]

    def meets(self, request: Received) -> bool:
        """Whether a request asks it."""
        return self.of(request) == self.endpoint


def _alone(
    harness: Harness,
    broken: Broken,
    failures: Sequence[Any],
    seen: dict[str, Seen],
    usual: dict[str, tuple[Seen, Seen]],
) -> None:
    """Judge a home of which one endpoint failed by the same home as it usually is at that time."""
    if "" in seen:
        return  # nothing of it can be found without this one
    for device, right in usual.items():
        got = seen.get(device)
        if got is None:
            if not failures:
                harness.fail(f"With {broken.what} {device} disappears in silence.", _NAME_IT)
        elif got.error:
            # An account that was refused is not tried again by every device.
            if not isinstance(got.error, AuthError) and not any(broken.meets(each) for each in got.requests):
                harness.fail(
                    f"With {broken.what} {device} cannot be read, though it did not ask there: {got.error!r}",
                    "Keep what fails to the devices that need it.",
                )
        else:
            for name, (was, is_) in _differences(*right, got).items():
                lost = is_ in (None, "unknown")
                if not ((failures or got.names(name) or name in _SELF_EXPLAINED) if lost else not got.is_live):
                    harness.fail(f"With {broken.what} {name} of {device} is {is_!r}; it should be {was!r}.", _NAME_IT)


_NAME_IT: Final = "Raise the error, or name what is missing in the reading's issues and what is old in its quality."
_SELF_EXPLAINED: Final = {"status", "load_includes_ev"}
"""A status that is unknown says so itself, and what a load includes is of no use without it."""


def _differences(before: Seen, after: Seen, got: Seen) -> dict[str, tuple[Any, Any]]:
    was, usual, now = figures(before.value), figures(after.value), figures(got.value)
    return {
        name: (each, now.get(name))
        for name, each in usual.items()
        if each is not None
        and not name.startswith("issues")
        and not _between(now.get(name), was.get(name), each, 0.3 if name.endswith("_kwh") else 25.0)
    }


def _between(value: Any, one: Any, other: Any, slack: float) -> bool:
    if is_figure(value) and is_figure(one) and is_figure(other):
        low, high = sorted((float(one), float(other)))
        return low - slack <= float(value) <= high + slack
    return value in (one, other)
