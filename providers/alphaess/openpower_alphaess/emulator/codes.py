"""The return codes of the AlphaESS Open API, with the texts that the service sends beside them.

Texts in English are the live service's where one is on record, else the portal's. The service localises
them by account, so nobody may rely on them; the German and Chinese ones here prove that nobody does.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Literal

__all__ = ["Code", "Language", "text_of"]

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


def text_of(code: Code, language: Language = "en") -> str:
    """The ``msg`` beside a code; what has no translation stays English, as on the live service."""
    return _TEXTS[language].get(code, _ENGLISH[code])
