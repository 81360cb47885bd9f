"""Faults of HTTP and of data: each raises an error of its class, no figure is invented, and afterwards everything works."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, Final

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
from openpower_testing.checks._base import check, collect, dropped, everywhere, extended, figures, look, reworded, words
from openpower_testing.faults import FaultServer, Trouble
from openpower_testing.harness import Harness

_ALWAYS: Final = 10_000
_SOON_S: Final = 0.2
"""The timeout of calls to a server that never finishes."""
_BROKEN: Final = (NetworkError, BadResponse, Timeout)
_BAD: Final = (BadResponse, ServiceUnavailable)


async def _fails(harness: Harness, expected: tuple[type[OpenPowerError], ...], what: str, **trouble: Any) -> None:
    """Make every response fail: reading has to raise one of the errors, and to work again afterwards."""
    relay = harness.relay
    slow = trouble["trouble"] in _SLOW
    relay.fail(times=_ALWAYS, **trouble)
    early = harness.connect(**({"timeout": _SOON_S} if slow else {}))
    await _expect(harness, early, expected, f"{what}, from the first call on")
    relay.clear()
    # First with a new connection, which has nothing cached that could hide the fault; then with a working one, to
    # see that it neither returns an old response as new nor stays broken.
    if slow:
        return  # a right response within so short a timeout would be luck
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
            harness.fail(f"After {what} the connection remains broken: {error}", "Do not cache a failed response.")


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
        f"{what.capitalize()} is taken for a response: {seen}.",
        f"Do not swallow errors or take a broken body for data; raise {names}.",
    )


def _recover(harness: Harness) -> None:
    # Back-offs, rate limits and cached responses have expired by then.
    if harness.is_timed:
        harness.later(hours=2)


_SLOW: Final = {Trouble.SILENT, Trouble.SLOW_HEADERS, Trouble.SLOW_BODY}

_TABLE: Final[dict[str, tuple[str, dict[str, Any], tuple[type[OpenPowerError], ...]]]] = {
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
                harness.fail(f"A redirect ({status}) is taken for a response: {passed}.")


@check("faults")
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
                "Use retry_after() of openpower_core.provider.",
            )
        return
    harness.fail("Status 429 with Retry-After does not raise RateLimited.")


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
        connection = harness.connect()
        await look(harness, connection)
        _recover(harness)
        relay.fail(Trouble.STATUS, times=_ALWAYS, status=refusal.status, body=refusal.body)
        # In answer to a login the same code may mean something else, but never that all is well.
        await _expect(harness, connection, (refusal.raises,), what)
        await _expect(harness, harness.connect(), (OpenPowerError,), f"{what}, from the first call on")
        relay.clear()
        _recover(harness)


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
            _recover(harness)
            if fault.raises:
                await _expect(harness, connection, fault.raises, fault.name)
            else:
                await look(harness, connection, fresh=True)
        _recover(harness)
        await look(harness, connection, fresh=True)


_SHAPES: Final = (b"null", b"{}", b"[]", b"42", b'"ok"', b"[null]", b'[[1, 2], {"a": []}]')


async def _seen(harness: Harness, rewrite: Callable[[Any], Any]) -> dict[str, dict[str, Any]] | None:
    """What a new connection reports of rewritten responses; None if it raises an OpenPowerError."""
    harness.relay.rewrite = rewrite
    try:
        seen = await look(harness, harness.connect(), fresh=True)
    except OpenPowerError:
        return None
    except Exception as error:  # noqa: BLE001 - that is the finding
        harness.fail(
            f"It crashes with {type(error).__name__}: {error}",
            "Read responses with records and structure(), which turn mistakes into BadResponse.",
        )
    return {device: figures(value) for device, value in seen.items()}


@check("data", per_flavour=False)
async def everything_null(harness: Harness) -> None:
    """If every figure is null, none is reported: None or an error, and never a zero."""
    usual = await _seen(harness, lambda answer: answer) or {}
    seen = await _seen(harness, partial(everywhere, change=_nulled))
    for device, reported in (seen or {}).items():
        for name, value in reported.items():
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                before = usual.get(device, {}).get(name)
                if value == 0 and before not in (0, None):
                    harness.fail(
                        f"Every figure is null, and {name} of {device} becomes 0.",
                        "None means unknown; it is never used for zero, nor zero for it.",
                    )


def _nulled(_: str, value: Any) -> Any:
    return value if isinstance(value, str | bool) else None


@check("data", per_flavour=False)
async def missing_fields(harness: Harness) -> None:
    """A missing field is unknown: no crash, and no zero."""
    keys: dict[str, None] = {}
    usual = await _seen(harness, lambda answer: collect(answer, keys)) or {}
    for key in list(keys):
        seen = await _seen(harness, partial(dropped, wanted=key))
        for device, reported in (seen or {}).items():
            for name, value in reported.items():
                before = usual.get(device, {}).get(name)
                if value is not False and value == 0 and before not in (0, None):
                    harness.fail(f"The vendor leaves {key!r} out, and {name} of {device} becomes 0.")


@check("data")
async def extra_fields(harness: Harness) -> None:
    """Unknown fields change nothing."""
    usual = await _seen(harness, lambda answer: answer)
    seen = await _seen(harness, extended)
    if seen is None:
        harness.fail("An unknown field breaks the response.", "Records keep them in .extras.")
    if seen != usual:
        harness.fail("Unknown fields change the readings.")


@check("data", per_flavour=False)
async def text_for_numbers(harness: Harness) -> None:
    """Numbers that come as text are read as numbers or refused; other text is refused or unknown."""
    usual = await _seen(harness, lambda answer: answer) or {}
    seen = await _seen(harness, lambda answer: everywhere(answer, _as_text))
    if seen is not None and _numbers(seen) - _numbers(usual):
        harness.fail("Numbers that come as text are read as other numbers.")
    seen = await _seen(harness, lambda answer: everywhere(answer, _as_nonsense))
    for device, reported in (seen or {}).items():
        odd = [name for name, value in reported.items() if value == "--"]
        if odd:
            harness.fail(f"The text '--' comes out as {odd[0]} of {device}.")


def _as_text(_: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


def _as_nonsense(_: str, value: Any) -> Any:
    return "--" if isinstance(value, int | float) and not isinstance(value, bool) else value


def _numbers(seen: dict[str, dict[str, Any]]) -> set[tuple[str, str, Any]]:
    return {
        (device, name, value)
        for device, reported in seen.items()
        for name, value in reported.items()
        if isinstance(value, int | float | Decimal)
    }


@check("data", per_flavour=False)
async def not_a_number(harness: Harness) -> None:
    """NaN and infinity never come out of a reading."""
    for odd in (math.nan, math.inf, -math.inf):
        seen = await _seen(harness, partial(everywhere, change=partial(_odd, odd)))
        for device, reported in (seen or {}).items():
            for name, value in reported.items():
                if isinstance(value, float | Decimal) and not math.isfinite(value):
                    harness.fail(f"{name} of {device} is {value}.", "Refuse it, or make it None.")


def _odd(odd: float, _: str, value: Any) -> Any:
    return odd if isinstance(value, float) else value


@check("data")
async def unknown_words(harness: Harness) -> None:
    """An unknown word where a known one is usual does not break the response."""
    structural = harness.enrolled.structural_words
    found: dict[str, None] = {}
    usual = await _seen(harness, lambda answer: words(answer, found)) or {}
    for key in found:
        seen = await _seen(harness, partial(reworded, wanted=key))
        if key in structural:
            continue
        if seen is None:
            harness.fail(
                f"An unknown word in {key!r} breaks the response.",
                "Derive vendor words from VendorEnum; or name the key in structural_words, with the reason.",
            )
        if set(seen) != set(usual):
            harness.fail(f"An unknown word in {key!r} makes devices disappear.")


@check("data", per_flavour=False)
async def other_shapes(harness: Harness) -> None:
    """JSON of another shape raises an error or has no effect; it causes no crash and no invented figure."""
    relay = harness.relay
    for shape in _SHAPES:
        relay.fail(Trouble.STATUS, times=10_000, status=200, body=shape)
        seen = await _seen(harness, lambda answer: answer)
        relay.clear()
        for device, reported in (seen or {}).items():
            invented = {
                name: value
                for name, value in reported.items()
                if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            }
            if invented:
                harness.fail(f"The vendor answers {shape!r}, and {device} reports {invented}.")
