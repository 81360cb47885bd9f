"""The envelope of every answer, the return codes in it, and the checks of a request's parameters.

Texts in English are the live service's where one is on record, else the portal's. The service localises
them by account, so clients must not rely on them; the German and Chinese ones here let tests prove that openpower does not.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Language = Literal["en", "de", "zh"]


class Code(IntEnum):
    """Every code that the emulator answers with."""

    SUCCESS = 200
    PARAMETER = 6001
    NOT_BOUND_TO_USER = 6002
    ALREADY_BOUND = 6003
    CHECK_CODE = 6004
    NOT_BOUND_TO_APP = 6005
    TIMESTAMP = 6006
    SIGNATURE = 6007
    SET_FAILED = 6008
    ALLOW_LIST = 6009
    """The address is not on the allow-list; in practice also a clock that is off."""
    SIGN_EMPTY = 6010
    TIMESTAMP_EMPTY = 6011
    APP_ID_EMPTY = 6012
    NO_DATA = 6016
    NOT_ENTITLED = 6017
    BUSY = 6026
    OPERATION_FAILED = 6029
    NO_SUCH_SYSTEM = 6038
    OFFLINE = 6042
    VERIFICATION_CODE = 6046
    TOO_MANY_REQUESTS = 6053
    MALFORMED = 10001


_ENGLISH: Final = {
    Code.SUCCESS: "Success",
    Code.PARAMETER: "Parameter error",
    Code.NOT_BOUND_TO_USER: "The SN is not bound to the user",
    Code.ALREADY_BOUND: "You have bound this SN!",
    Code.CHECK_CODE: "CheckCode error",
    Code.NOT_BOUND_TO_APP: "This appId is not bound to the SN",
    Code.TIMESTAMP: "Timestamp error",
    Code.SIGNATURE: "Sign verification error",
    Code.SET_FAILED: "Set failed",
    Code.ALLOW_LIST: "Whitelist verification failed",
    Code.SIGN_EMPTY: "Sign is empty",
    Code.TIMESTAMP_EMPTY: "timestamp is empty",
    Code.APP_ID_EMPTY: "AppId is empty",
    Code.NO_DATA: "Data does not exist or has been deleted",
    Code.NOT_ENTITLED: "No operation permissions",
    Code.BUSY: "The network is busy",
    Code.OPERATION_FAILED: "Operation failed",
    Code.NO_SUCH_SYSTEM: "system SN does not exist",
    Code.OFFLINE: "system offline",
    Code.VERIFICATION_CODE: "The verification code is incorrect or expired",
    Code.TOO_MANY_REQUESTS: "The maximum number of requests has been reached",
    Code.MALFORMED: "Parameter Error",
}

_GERMAN: Final = {
    Code.SUCCESS: "Erfolg",
    Code.PARAMETER: "Parameterfehler",
    Code.NOT_BOUND_TO_APP: "Die appId ist nicht mit der SN verbunden",
    Code.BUSY: "Das Netzwerk ist ausgelastet",
    Code.NOT_ENTITLED: "Keine Berechtigung für diesen Vorgang",
    Code.TOO_MANY_REQUESTS: "Die maximale Anzahl an Anfragen ist erreicht",
}

_CHINESE: Final = {
    Code.SUCCESS: "操作成功",
    Code.PARAMETER: "参数错误",
    Code.NOT_BOUND_TO_APP: "该appId未绑定此SN",
    Code.BUSY: "网络繁忙",
    Code.NOT_ENTITLED: "没有操作权限",
    Code.TOO_MANY_REQUESTS: "请求次数已达上限",
}

_TEXTS: Final = {"en": _ENGLISH, "de": _GERMAN, "zh": _CHINESE}


def text_of(code: int, language: Language = "en") -> str:
    """The ``msg`` beside a code; what has no translation stays English, as on the live service."""
    texts = {**_ENGLISH, **_TEXTS[language]}
    return texts[Code(code)] if code in texts else "Failed"


class Refusal(Exception):
    """The service answers with a code other than 200 (over HTTP 200, as it does for all of them).

    Attributes:
        code: what it answers.
        msg: its text, where it is not the usual one of that code.
        exp_msg: ``expMsg``, which on some parameter errors has the only useful reason.
        applied: whether the request is carried out all the same.
    """

    def __init__(self, code: int, *, msg: str | None = None, exp_msg: str | None = None, applied: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.msg = msg
        self.exp_msg = exp_msg
        self.applied = applied

    def body(self, language: Language = "en") -> dict[str, Any]:
        """The whole answer."""
        return envelope(self.code, msg=self.msg or text_of(self.code, language), exp_msg=self.exp_msg)


_WITHOUT_EXTRA: Final = frozenset({Code.BUSY})
"""The one capture of a 6026 has no ``extra`` key."""


def envelope(code: int, *, msg: str, data: Any = None, exp_msg: str | None = None) -> dict[str, Any]:
    """Wrap data as the live service does; ``data`` is null on every error and on nearly every write."""
    body: dict[str, Any] = {"code": int(code), "msg": msg, "expMsg": exp_msg, "data": data}
    return body if code in _WITHOUT_EXTRA else {**body, "extra": None}


def spring_error(status: int, error: str, path: str, now: datetime) -> dict[str, Any]:
    """The body of an HTTP error: the web framework's own, without ``code``."""
    stamp = now.isoformat(timespec="milliseconds")
    return {"timestamp": stamp, "status": status, "error": error, "path": path}


# Parameters: first that they are there (10001), then that they make sense (6001).

_CLOCK_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def require(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body that leaves one of the fields out: it is malformed."""
    if any(body.get(name) is None for name in names):
        raise Refusal(Code.MALFORMED)


def text(params: Mapping[str, Any], name: str) -> str:
    """A text that must not be empty."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(Code.PARAMETER)
    return value


def number(params: Mapping[str, Any], name: str, low: float, high: float) -> float:
    """A number within bounds; a number written as text counts, as in the vendor's own example."""
    value: Any = params.get(name)
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise Refusal(Code.PARAMETER) from None
    if isinstance(value, bool) or not low <= result <= high:
        raise Refusal(Code.PARAMETER)
    return int(result) if result.is_integer() else result


def one_of(params: Mapping[str, Any], name: str, *allowed: int) -> int:
    """One of a few whole numbers."""
    value = number(params, name, min(allowed), max(allowed))
    if value not in allowed:
        raise Refusal(Code.PARAMETER)
    return int(value)


def flag(params: Mapping[str, Any], name: str) -> int:
    """A switch: 0 or 1, never true or false."""
    return one_of(params, name, 0, 1)


def clock_time(params: Mapping[str, Any], name: str) -> str:
    """A time of day ``HH:mm`` from 00:00 to 23:59. Off the grid is accepted; 24:00 is not."""
    value = text(params, name)
    if not _CLOCK_TIME.fullmatch(value):
        raise Refusal(Code.PARAMETER)
    return value
