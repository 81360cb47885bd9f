"""The vendor's codes, each turned into the error that tells what to do about it.

HTTP 200 comes with success and failure alike; ``description`` and ``errorMsg`` are localised, so only the
code decides. Codes: the clients that reference 2A.4 of the vendor's facts lists, observed up to 2026-10.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    RequestError,
    ServiceUnavailable,
    WriteRejected,
)

__all__ = ["LOGIN", "OTHER_WAYS", "PAUSE", "SESSION_CODES", "SUCCESS", "WRITES", "SessionEnded", "error_of", "is_known"]

SUCCESS: Final = frozenset({"0", "00000"})
SESSION_CODES: Final = frozenset({"100001", "100002", "C0602", "Z0100", "C0607"})
"""What a session that expired, was replaced, or is on a foreign region's gateway is answered with."""
PAUSE: Final = timedelta(seconds=300)
"""How long nothing may be asked after GY0429."""
LOGIN: Final = "cross-login"
"""The operation by which the login is known."""

WRITES: Final = frozenset(
    {
        "setDeviceFunctionParameters",
        "remote/set",
        "set-mode",
        "startCharge",
        "stopCharge",
        "set-config",
        "tou/metric-config/save",
        "alarm/confirm",
        "alarm/delete",
        "alarm/star",
    }
)
"""The operations that change something; their unknown codes are a refusal of the device's."""

OTHER_WAYS: Final = (
    'An organisation\'s account with Open API access connects as "goodwe"; in the same network '
    '"goodwe-local" needs no account.'
)


class SessionEnded(AuthenticationFailed):
    """The session is not valid (any more); one new login may help."""


def error_of(code: str, message: str | None, operation: str) -> OpenPowerError:
    """The error that a code stands for.

    Args:
        code: the vendor's code, as text.
        message: the vendor's words.
        operation: the call.
    """
    context: dict[str, Any] = {
        "provider": "goodwe-sems",
        "operation": operation,
        "vendor_code": code,
        "vendor_message": message,
    }
    said = f" ({message})" if message else ""
    if code == "GY0429":
        return RateLimited(
            f"{operation}: SEMS+ asks to slow down{said}.",
            retry_after=PAUSE,
            hint="Readings change once a minute; asking more often gains nothing.",
            **context,
        )
    kind, what, hint = _explained(code, operation)
    return kind(f"{operation}: {what}{said}.", hint=hint, **context)


def is_known(code: str) -> bool:
    """Whether a code is one of the vendor's that we know to be no success."""
    return code == "GY0429" or code in SESSION_CODES or code in _CODES


def _explained(code: str, operation: str) -> tuple[type[OpenPowerError], str, str]:
    if operation == LOGIN:
        return _LOGIN_CODES.get(code) or _CODES.get(code, _WRONG_LOGIN)
    if code in SESSION_CODES:
        return _ENDED
    if code in _CODES:
        return _CODES[code]
    if operation in WRITES:
        return WriteRejected, "GoodWe refused it", "It holds what it held before."
    return RequestError, "GoodWe refused it", "Check the ids given."


_ENDED: Final = (
    SessionEnded,
    "the session is not accepted",
    "Another login of the same account ends a session; does something else use it?",
)
_WRONG_LOGIN: Final = (
    AuthenticationFailed,
    "GoodWe does not accept the account or its password",
    f"Try them at https://semsplus.goodwe.com; it may ask for a new password or for its terms. {OTHER_WAYS}",
)
_LOGIN_CODES: Final[dict[str, tuple[type[OpenPowerError], str, str]]] = {
    "100004": (
        BadResponse,
        "the login was refused for its form, and not for the password",
        "GoodWe may have changed its login, as on 2026-09-23; look for a newer openpower-goodwe.",
    )
}
_CODES: Final[dict[str, tuple[type[OpenPowerError], str, str]]] = {
    "100004": (InvalidValue, "a parameter is wrong", "Check the values given."),
    "100025": (
        PermissionDenied,
        "the account has no right to this",
        "Visitors may see less than owners; ask the station's owner for the right.",
    ),
    "P0214": (InvalidValue, "a parameter is missing", "Check the values given."),
    "P0215": (WriteRejected, "the device refused it", "Is it online, and is the value within the range of its model?"),
    "S0327": (InvalidValue, "the dimension is not served", "It is day, month or year."),
    "R0219": (InvalidValue, "the charger's model is needed", "Give product_model=."),
    "R000013": (InvalidValue, "the power is too small for this charger", "11 and 22 kW models take 4.2 kW and more."),
    "R0305": (
        # Whether the device got it, nobody says: only reading back tells.
        ServiceUnavailable,
        "the remote control failed on its way",
        "It is transient; look at the device before trying again.",
    ),
}
