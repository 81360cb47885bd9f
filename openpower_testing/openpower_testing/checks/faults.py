"""Faults of HTTP and of its bodies: each is an error of its own class, and afterwards all works again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

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
from openpower_testing.checks._looking import look
from openpower_testing.checks._registry import check
from openpower_testing.faults import FaultServer, Trouble

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = ["own_transport", "rate_limit_tells_how_long", "redirect_is_not_followed", "vendor_says_no"]

_ALWAYS: Final = 10_000
_SOON_S: Final = 0.2
"""The time-out of calls to a server that is slow for ever."""
_BROKEN: Final = (NetworkError, BadResponse, Timeout)
_BAD: Final = (BadResponse, ServiceUnavailable)


async def _fails(harness: Harness, expected: tuple[type[OpenPowerError], ...], what: str, **trouble: Any) -> None:
    """Spoil every answer: looking has to raise one of the errors, and to work again afterwards."""
    relay = harness.relay
    slow = trouble["trouble"] in _SLOW
    relay.fail(times=_ALWAYS, **trouble)
    early = harness.connect(**({"timeout": _SOON_S} if slow else {}))
    await _expect(harness, early, expected, f"{what}, from the first call on")
    relay.clear()
    if slow:
        return  # a right answer within so short a time-out would be luck
    _recover(harness)
    connection = harness.connect()
    await look(harness, connection)
    relay.fail(times=_ALWAYS, **trouble)
    _recover(harness)
    await _expect(harness, connection, expected, what)
    relay.clear()
    if harness.is_timed:
        _recover(harness)
        try:
            await look(harness, connection, fresh=True)
        except OpenPowerError as error:
            harness.fail(f"After {what} the connection stays broken: {error}", "Keep no failed answer.")


async def _expect(harness: Harness, connection: Any, expected: tuple[type[OpenPowerError], ...], what: str) -> None:
    names = " or ".join(each.__name__ for each in expected)
    try:
        seen = await look(harness, connection, fresh=True)
    except expected:
        return
    except OpenPowerError as error:
        harness.fail(
            f"{what.capitalize()} is {type(error).__name__} ({error}); it should be {names}.",
            "Let the HTTP client's own error through, or map the vendor's code to its class.",
        )
    harness.fail(
        f"{what.capitalize()} passes for an answer: {seen}.",
        f"Swallow no error and take no body for data that is none; raise {names}.",
    )


def _recover(harness: Harness) -> None:
    if harness.is_timed:
        harness.later(hours=2)


_SLOW: Final = {Trouble.SILENT, Trouble.SLOW_HEADERS, Trouble.SLOW_BODY}

_TABLE: Final[dict[str, tuple[str, dict[str, Any], tuple[type[OpenPowerError], ...]]]] = {
    "reset": ("a reset connection", {"trouble": Trouble.RESET}, (NetworkError,)),
    "hang_up": ("a connection that is hung up", {"trouble": Trouble.HANG_UP}, (NetworkError,)),
    "not_http": ("an answer that is not HTTP", {"trouble": Trouble.NOT_HTTP}, _BROKEN),
    "silence": ("a silent server", {"trouble": Trouble.SILENT}, (Timeout,)),
    "slow_headers": ("a server that drips headers", {"trouble": Trouble.SLOW_HEADERS}, (Timeout,)),
    "slow_body": ("a server that drips its body", {"trouble": Trouble.SLOW_BODY}, (Timeout,)),
    "truncated": ("a body cut short", {"trouble": Trouble.TRUNCATED, "body": b"["}, _BROKEN),
    "truncated_chunks": ("a chunked body cut short", {"trouble": Trouble.TRUNCATED_CHUNKS, "body": b"["}, _BROKEN),
    "html": ("an HTML page", {"trouble": Trouble.HTML}, _BAD),
    "empty": ("an empty body", {"trouble": Trouble.EMPTY}, _BAD),
    "wrong_type": ("an image", {"trouble": Trouble.WRONG_TYPE}, _BAD),
    "not_json": ("a body that is no JSON", {"trouble": Trouble.NOT_JSON}, _BAD),
    "not_utf8": ("a body that is no UTF-8", {"trouble": Trouble.NOT_UTF8}, _BAD),
    "huge": ("a body of 50 MB", {"trouble": Trouble.HUGE}, _BAD),
    "gzip_bomb": ("a gzip bomb", {"trouble": Trouble.GZIP_BOMB}, _BAD),
    "bad_gzip": ("gzip that is none", {"trouble": Trouble.BAD_GZIP, "body": b"no gzip"}, _BROKEN),
    "truncated_gzip": ("gzip cut short", {"trouble": Trouble.TRUNCATED_GZIP}, _BROKEN),
    "status_401": ("status 401", {"trouble": Trouble.STATUS, "status": 401}, (AuthError,)),
    "status_403": ("status 403", {"trouble": Trouble.STATUS, "status": 403}, (AuthError, TemporaryError)),
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
    body.__name__, body.__doc__ = name, f"{what.capitalize()} is {names}, and never an answer."
    check()(body)


for _name in _TABLE:
    _enlist(_name)


@check()
async def redirect_is_not_followed(harness: Harness) -> None:
    """A redirect is an error, and nothing is sent to where it points: a signed request stays at the vendor's."""
    relay = harness.relay
    with FaultServer() as elsewhere:
        headers = {"Location": f"{elsewhere.url}/login"}
        for status in (301, 302, 307, 308):
            relay.fail(Trouble.REDIRECT, times=_ALWAYS, status=status, headers=headers)
            passed = None
            with suppress(OpenPowerError):
                passed = await look(harness, harness.connect())
            relay.clear()
            if elsewhere.requests:
                harness.fail(
                    f"A redirect ({status}) was followed, with {sorted(elsewhere.requests[0].headers)}.",
                    "Credentials must not leave the vendor's host: use the HTTP client of openpower_core.",
                )
            if passed is not None:
                harness.fail(f"A redirect ({status}) passes for an answer: {passed}.")


@check()
async def rate_limit_tells_how_long(harness: Harness) -> None:
    """After a 429 with Retry-After, the error carries how long to wait."""
    relay = harness.relay
    relay.fail(Trouble.STATUS, times=_ALWAYS, status=429, headers={"Retry-After": "240"})
    try:
        await look(harness, harness.connect())
    except RateLimited as error:
        if error.retry_after is None or not 200 <= error.retry_after.total_seconds() <= 300:
            harness.fail(
                f"Retry-After was 240 s, and the error says {error.retry_after}.",
                "Take retry_after() from openpower_core.provider.",
            )
        return
    harness.fail("Status 429 with Retry-After is no RateLimited.")


@check()
async def vendor_says_no(harness: Harness) -> None:
    """A refusal inside an answer that looks good (status 200) is the error that it means, never data."""
    relay = harness.relay
    if not harness.enrolled.vendor_errors:
        harness.fail(
            "Nobody told how the vendor says no in a good-looking answer.",
            'Give vendor_errors = [VendorError(body=…, raises=…)], or not_applicable = {"faults.vendor_says_no": why}.',
        )
    for refusal in harness.enrolled.vendor_errors:
        relay.fail(Trouble.STATUS, times=_ALWAYS, status=refusal.status, body=refusal.body)
        what = f"the vendor's {refusal.body[:80]!r} with status {refusal.status}"
        await _expect(harness, harness.connect(), (refusal.raises,), what)
        relay.clear()
        _recover(harness)


@check()
async def own_transport(harness: Harness) -> None:
    """A provider that does not speak HTTP brings its own faults, and each is an error of its own class."""
    enrolled = harness.enrolled
    if enrolled.transport != "own":
        harness.skip("it speaks HTTP" if enrolled.transport == "http" else "nothing lies between")
    if not enrolled.transport_faults:
        harness.fail("It speaks no HTTP and brings no faults.", "Give transport_faults = […].")
    for fault in enrolled.transport_faults:
        connection = harness.connect(timeout=2.0)
        await look(harness, connection)
        with fault.inject(harness.served):
            _recover(harness)
            await _expect(harness, connection, fault.raises, fault.name)
        _recover(harness)
        await look(harness, connection, fresh=True)
