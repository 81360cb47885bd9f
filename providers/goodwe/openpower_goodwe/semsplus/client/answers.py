"""The envelope around every response, the error that each code stands for, and the records inside.

HTTP 200 comes with success and failure alike; ``description`` and ``errorMsg`` are localised, so only the
code decides. Codes: those that public clients list (observed up to 2026-10).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from openpower_core import provider as core
from openpower_goodwe.cloud import (
    SUCCESS,
    WRONG_LOGIN,
    R,
    UnknownCode,
    envelope_of,
    fields_of,
    message_of,
    readable,
    records,
    rows_of,
    unknown_login,
)
from openpower_goodwe.refusals import REFUSALS

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
"""The operations that change something."""

OTHER_WAYS: Final = (
    'An organisation\'s account with Open API access connects as "goodwe"; in the same network '
    '"goodwe-local" needs no account.'
)


class SessionEnded(core.AuthenticationFailed):
    """The session is not valid (any more); one new login may help."""


def error_of(code: str, message: str | None, operation: str) -> core.OpenPowerError:
    """The error that a code stands for.

    Args:
        code: the vendor's code, as text.
        message: the vendor's message.
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
        return core.RateLimited(
            f"{operation}: SEMS+ asks to slow down{said}.",
            retry_after=PAUSE,
            hint="Readings change once a minute; asking more often gains nothing.",
            **context,
        )
    if operation == LOGIN and code not in _LOGIN_CODES:
        return unknown_login(code, said, **context)
    kind, what, hint = _explained(code, operation)
    return kind(f"{operation}: {what}{said}.", hint=hint, **context)


def is_known(code: str) -> bool:
    """Whether a code is one of the vendor's that we know to be no success."""
    return code == "GY0429" or code in SESSION_CODES or code in _CODES


def _explained(code: str, operation: str) -> tuple[type[core.OpenPowerError], str, str]:
    if operation == LOGIN:
        return _LOGIN_CODES[code]
    if code in SESSION_CODES:
        return _ENDED
    kind, what, hint = _CODES.get(code, _UNKNOWN)
    return core.WriteRejected if operation in WRITES and code in REFUSALS else kind, what, hint


_ENDED: Final = (
    SessionEnded,
    "the session is not accepted",
    "Another login of the same account ends a session; does something else use it?",
)
_UNKNOWN: Final = (UnknownCode, "GoodWe answered with an unknown code", "Check the ids given.")
_WRONG_LOGIN: Final = (
    core.AuthenticationFailed,
    "GoodWe does not accept the account or its password",
    f"Try them at https://semsplus.goodwe.com; it may ask for a new password or for its terms. {OTHER_WAYS}",
)
_LOGIN_CODES: Final[dict[str, tuple[type[core.OpenPowerError], str, str]]] = {
    WRONG_LOGIN: _WRONG_LOGIN,
    "100004": (
        core.BadResponse,
        "the login was refused for its form, and not for the password",
        "GoodWe may have changed its login, as on 2026-09-23; look for a newer openpower-goodwe.",
    ),
}
_CODES: Final[dict[str, tuple[type[core.OpenPowerError], str, str]]] = {
    WRONG_LOGIN: _WRONG_LOGIN,
    "100004": (core.InvalidValue, "a parameter is wrong", "Check the values given."),
    "100025": (
        core.PermissionDenied,
        "the account has no right to this",
        "Visitors may see less than owners; ask the station's owner for the right.",
    ),
    "P0214": (core.InvalidValue, "a parameter is missing", "Check the values given."),
    "P0215": (
        core.BadResponse,
        "the device refused it",
        "Is it online, and is the value within the range of its model?",
    ),
    "S0327": (core.InvalidValue, "the dimension is not served", "It is day, month or year."),
    "R0219": (core.InvalidValue, "the charger's model is needed", "Give product_model=."),
    "R000013": (
        core.InvalidValue,
        "the power is too small for this charger",
        "11 and 22 kW models take 4.2 kW and more.",
    ),
    "R0305": (
        # The service does not know whether the device got it: only reading back shows.
        core.ServiceUnavailable,
        "the remote control failed on its way",
        "It is transient; read the device before trying again.",
    ),
}


_ROWS = ("dataList", "list", "records")
_MESSAGES = ("errorMsg", "description", "msg")


def check_envelope(answer: core.Answer, request: core.Request) -> None:
    """Raise the error that an answer stands for; the HTTP client calls it after every response."""
    if answer.status == 429:
        # Without a word of its own, a 429 means the same pause as the vendor's code.
        raise _slow(answer, request)
    if not 200 <= answer.status < 300:
        raise _by_code(answer, request) or core.status_error(answer, request, refusals=())
    envelope = envelope_of(answer)
    code = str(envelope["code"])
    if code not in SUCCESS:
        raise error_of(code, message_of(answer, *_MESSAGES), request.operation)


def _slow(answer: core.Answer, request: core.Request) -> core.OpenPowerError:
    error = core.status_error(answer, request)
    if isinstance(error, core.RateLimited):
        error.retry_after = core.retry_after(answer) or PAUSE
    return error


def _by_code(answer: core.Answer, request: core.Request) -> core.OpenPowerError | None:
    """The error of a code that came with another status than 200; None where there is none."""
    try:
        envelope = envelope_of(answer)
    except core.OpenPowerError:
        return None
    code = str(envelope["code"])
    if not is_known(code):
        return None  # the response of a proxy or of the server itself
    return error_of(code, message_of(answer, *_MESSAGES), request.operation)


def data_of(answer: core.Answer) -> Any:
    """What an answer holds; success without data is how the service fails most of the time, so it raises.

    Raises:
        PartialData: there is none.
    """
    data = envelope_of(answer).get("data")
    if data is None or data == {}:
        raise no_data(answer.operation)
    return data


def no_data(operation: str | None) -> core.PartialData:
    """The error of a success without data."""
    return core.PartialData(
        f"SEMS+ answered {operation} with success and without data.",
        provider="goodwe-sems",
        operation=operation,
        hint="Offline devices, and stations that the account may not see, are answered so.",
    )


def one(cls: type[R], answer: core.Answer, *, partly: bool = False) -> R:
    """The record that an answer holds; ``partly`` without the fields that cannot be read."""
    found = (core.structure_partly if partly else core.structure)(cls, data_of(answer), where="$.data")
    if found.is_empty():
        raise no_data(answer.operation)
    return found


def several(cls: type[R], answer: core.Answer) -> list[R]:
    """The records that an answer holds; an empty list is an answer."""
    return records(cls, rows(envelope_of(answer).get("data"), answer))


def listed(cls: type[R], answer: core.Answer) -> core.Rows[R]:
    """The same for lists of stations and devices, of which one that cannot be read is left out."""
    return readable(cls, rows(envelope_of(answer).get("data"), answer))


def rows(data: Any, answer: core.Answer) -> list[Any]:
    """The rows of an answer: a bare list, or one within a page."""
    found = rows_of(data, _ROWS)
    if found is not None:
        return found
    if fields_of(data).get("total") in (0, "0"):
        return []
    raise no_data(answer.operation)
