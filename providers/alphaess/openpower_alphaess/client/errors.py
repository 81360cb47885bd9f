"""The vendor's return codes, each turned into the error that says what to do about it.

Success and failure both come with HTTP 200; only ``code`` distinguishes them. ``msg`` is localised, so
the code decides; ``expMsg`` and the HTTP ``Date`` refine it where one code has two meanings.

Codes and meanings: the developer portal's list of return codes; 500, 6017 and 10001 are not in it
(observed 2026-08).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from openpower_alphaess.client.grid import STEP_MINUTES, clock
from openpower_core import errors
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOCK_TOLERANCE: Final = timedelta(seconds=300)
"""How far a request's timestamp may be off, either way (developer portal)."""

_SPACING: Final = timedelta(seconds=10)
"""The pace that the portal asks for; the service itself never says how long to wait."""


class AlreadyBound(errors.RequestError):
    """The system is bound to this AppID already, so there is nothing left to bind."""


@frozen(kw_only=True)
class Code:
    """What one return code means."""

    error: type[errors.OpenPowerError]
    meaning: str
    hint: str | None = None
    retry_after: timedelta | None = None
    offset: timedelta | None = None
    soon: bool = True
    """Whether a second try within seconds may help."""


_CREDENTIALS: Final = "Check app_id and app_secret at https://open.alphaess.com."
_CLOCK: Final = "Set this machine's clock (NTP); AlphaESS tolerates 300 s."
_WRITE_REFUSED: Final = (
    f"Check that times are {STEP_MINUTES}-minute steps from 00:00 to {clock(1440 - STEP_MINUTES)} "
    "and that periods do not overlap."
)

CODES: Final[Mapping[int, Code]] = {
    103: Code(
        error=errors.ConfigurationError,
        meaning="this host does not take Open API credentials",
        hint="Leave base_url out; the Open API lives at https://openapi.alphaess.com/api only.",
    ),
    500: Code(
        error=errors.ServiceUnavailable,
        meaning="AlphaESS waited in vain for the system's answer",
        hint="The system may have carried it out all the same (homeassistant-alphaESS #267, 2026-08).",
    ),
    6001: Code(error=errors.InvalidValue, meaning="AlphaESS refused a parameter"),
    6002: Code(
        error=errors.NotBound,
        meaning="the serial number is not bound to any user",
        hint="Register the system in the AlphaESS app first.",
    ),
    6003: Code(
        error=AlreadyBound,
        meaning="the system is bound already",
        hint="Nothing is left to do: list_systems() shows it.",
    ),
    6004: Code(
        error=errors.InvalidValue,
        meaning="the check code does not fit the serial number",
        hint="The check code is printed on the device's label, below the serial number.",
    ),
    6005: Code(
        error=errors.NotBound,
        meaning="the system is not bound to this AppID, or its serial number is wrong",
        hint="Bind it at https://open.alphaess.com, or with get_verification_code() and bind_system().",
    ),
    6006: Code(error=errors.ClockSkew, meaning="the request's timestamp was refused", hint=_CLOCK),
    6007: Code(
        error=errors.AuthenticationFailed,
        meaning="the signature was refused: app_secret does not belong to app_id",
        hint=_CREDENTIALS,
    ),
    6008: Code(error=errors.WriteRejected, meaning="AlphaESS refused the new settings", hint=_WRITE_REFUSED),
    6009: Code(
        error=errors.PermissionDenied,
        meaning="this machine's address is not on the AppID's allow-list",
        hint="Add the address at https://open.alphaess.com, or switch the allow-list off there.",
    ),
    6010: Code(error=errors.AuthenticationFailed, meaning="the signature is missing", hint=_CREDENTIALS),
    6011: Code(error=errors.AuthenticationFailed, meaning="the timestamp is missing"),
    6012: Code(error=errors.AuthenticationFailed, meaning="the AppID is missing", hint=_CREDENTIALS),
    6016: Code(error=errors.DeviceNotFound, meaning="the data does not exist, or was deleted"),
    6017: Code(
        error=errors.PermissionDenied,
        meaning="this system has no permission for this call",
        hint="AlphaESS grants it per system and per call; trying again does not help.",
    ),
    6026: Code(
        error=errors.ServiceUnavailable,
        meaning="AlphaESS reports an internal error",
        hint="It is known to do so around the system's midnight, and for dates without data.",
        soon=False,  # it lasts for minutes, and readings have other figures to give meanwhile
    ),
    6029: Code(error=errors.ServiceUnavailable, meaning="the operation failed"),
    6038: Code(error=errors.DeviceNotFound, meaning="AlphaESS knows no system with this serial number"),
    6042: Code(
        error=errors.DeviceOffline,
        meaning="the system is offline",
        hint="Check its network connection; its data come back by themselves.",
    ),
    6046: Code(
        error=errors.InvalidValue,
        meaning="the verification code is wrong or has expired",
        hint="Ask for a new one with get_verification_code().",
    ),
    6053: Code(
        error=errors.RateLimited,
        meaning="too many requests",
        hint="Requests are spaced further apart from now on.",
        retry_after=_SPACING,
    ),
    10001: Code(
        error=errors.InvalidValue,
        meaning="AlphaESS could not make sense of the request's body",
        hint="Some models answer this to the legacy discharge settings (SMILE-B3-Plus, 2026-08).",
    ),
}

_PORTAL: Final = "developer portal, list of return codes"

REFUSES: Final[Mapping[int, str]] = {
    **dict.fromkeys((6001, 6002, 6005, 6006, 6007, 6008, 6009, 6010, 6011, 6012, 6029, 6053), _PORTAL),
    6017: "live answers, 2026-08-04 (alphaess-openAPI docs/RETURN_CODES.md)",
}
"""The codes that refuse a write, each with the source for it: such a write has changed nothing.

Any other code (10001 of a SMILE-B3-Plus, 500 "SetConfig Failed: Response timeout") says nothing about the write, and the
settings are read back to find out.
"""


@frozen(kw_only=True)
class Refusal:
    """An answer whose ``code`` is not success, with what its meaning depends on."""

    code: int
    message: str | None = None
    detail: str | None = None
    """``expMsg``: where it is given, the only useful reason (``"time list is null"``)."""
    operation: str | None = None
    serial: str | None = None
    write: bool = False
    clock_offset: timedelta | None = None
    """How far the vendor's clock (``Date``) is ahead of the timestamp that was signed."""
    future_date: bool = False
    """Whether the request asked for a day that has not begun anywhere on earth."""


def error_of(refusal: Refusal) -> errors.OpenPowerError:
    """The error for a refusal, ready to be raised."""
    known = _refined(refusal)
    meaning = known.meaning
    if refusal.serial:
        # Accounts have several systems, and the vendor's words name none.
        meaning = meaning.replace("the system ", f"the system {mask(refusal.serial)} ", 1)
    reason = f": {refusal.detail}" if refusal.detail else ""
    extra: dict[str, Any] = {}
    if known.error is errors.RateLimited:
        extra["retry_after"] = known.retry_after
    if known.error is errors.ClockSkew:
        extra["offset"] = known.offset
    if not known.soon:
        extra["soon"] = False
    return known.error(
        f"{meaning}{reason}.",
        provider="alphaess",
        device_id=refusal.serial,
        operation=refusal.operation,
        vendor_code=str(refusal.code),
        vendor_message=refusal.message,
        hint=known.hint,
        **extra,
    )


def _refined(refusal: Refusal) -> Code:
    known = CODES.get(refusal.code)
    if known is None:
        words = refusal.message or "without words"
        return Code(error=errors.BadResponse, meaning=f"AlphaESS answered with an unknown return code ({words})")
    if refusal.code == 6006 or (refusal.code == 6009 and _is_clock(refusal)):
        return Code(error=errors.ClockSkew, meaning=CODES[6006].meaning, hint=_CLOCK, offset=refusal.clock_offset)
    if refusal.code == 6026 and refusal.future_date:
        return Code(error=errors.InvalidValue, meaning="there is no data for a day that has not begun")
    if refusal.detail and "time list" in refusal.detail:
        known = evolve(known, hint="Both period lists need at least one element; 00:00-00:00 stands for none.")
    return _of_write(known, refusal.code) if refusal.write else known


def _of_write(known: Code, code: int) -> Code:
    if code in REFUSES and not issubclass(known.error, errors.AuthError | errors.RateLimited):
        return evolve(known, error=errors.WriteRejected)
    if code == 10001:
        return evolve(known, error=errors.BadResponse)
    return known


def _is_clock(refusal: Refusal) -> bool:
    """6009 is documented as the allow-list, and in practice answers a clock that is off as well.

    ``Date`` decides; the (localised) words are only consulted where there is none.
    """
    if refusal.clock_offset is not None and abs(refusal.clock_offset) > CLOCK_TOLERANCE:
        return True
    return "timestamp" in (refusal.message or "").lower()
