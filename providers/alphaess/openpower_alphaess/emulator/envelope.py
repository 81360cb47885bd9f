"""The envelope that every answer comes in, and the exception by which the emulator refuses a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.codes import Code, Language, text_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Refusal", "envelope", "spring_error"]


class Refusal(Exception):
    """The service answers with a code other than 200 (over HTTP 200, as it does for all of them).

    Attributes:
        code: what it answers.
        msg: its text, where it is not the usual one of that code.
        exp_msg: ``expMsg``, which on some parameter errors holds the only useful reason.
    """

    def __init__(self, code: Code, *, msg: str | None = None, exp_msg: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.msg = msg
        self.exp_msg = exp_msg

    def body(self, language: Language = "en") -> dict[str, Any]:
        """The whole answer."""
        return envelope(self.code, msg=self.msg or text_of(self.code, language), exp_msg=self.exp_msg)


_WITHOUT_EXTRA: Final = frozenset({Code.BUSY})
"""The one capture of a 6026 has no ``extra`` key."""


def envelope(code: Code, *, msg: str, data: Any = None, exp_msg: str | None = None) -> dict[str, Any]:
    """Wrap data as the live service does; ``data`` is null on every error and on nearly every write."""
    body: dict[str, Any] = {"code": int(code), "msg": msg, "expMsg": exp_msg, "data": data}
    return body if code in _WITHOUT_EXTRA else {**body, "extra": None}


def spring_error(status: int, error: str, path: str, now: datetime) -> dict[str, Any]:
    """The body of an HTTP error: the web framework's own, without ``code``."""
    stamp = now.isoformat(timespec="milliseconds")
    return {"timestamp": stamp, "status": status, "error": error, "path": path}
