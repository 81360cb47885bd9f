"""The envelope ``{"code", "msg", "expMsg", "data"}`` around every answer: checked, and taken off.

HTTP 200 comes with success and failure alike. The portal calls ``msg`` ``info`` for the periodic pair,
and other hosts send it so; both are accepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from openpower_core.provider import Answer, BadResponse, PartialData, Record, Request, check_status, structure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_alphaess.signing import HeaderSigner

__all__ = ["EnvelopeCheck", "one", "series", "several"]

_SUCCESS: Final = {200}
_WRITTEN: Final = {200, 201}
"""The vendor's own demo lets 201 pass for writes; nobody has reported seeing it."""
_IDENTITY: Final = frozenset({"sysSn", "theDate", "uploadTime"})
"""A serial number or a time alone is no answer."""
_AHEAD: Final = timedelta(hours=14)
"""How far the easternmost zone is ahead of UTC."""

R = TypeVar("R", bound=Record)


class EnvelopeCheck:
    """Raises the error that an answer stands for; the HTTP client asks it after every call."""

    def __init__(self, signer: HeaderSigner) -> None:
        self._signer = signer

    def __call__(self, answer: Answer, request: Request) -> None:
        """Pass what is a success."""
        check_status(answer, request)
        envelope = _envelope(answer)
        code = _code(envelope, answer)
        if code in (_WRITTEN if request.method == "POST" else _SUCCESS):
            return
        # Loaded by the first refusal: few programs meet one.
        from openpower_alphaess.errors import Refusal, error_of

        raise error_of(
            Refusal(
                code=code,
                message=_text(envelope.get("msg")) or _text(envelope.get("info")),
                detail=_text(envelope.get("expMsg")),
                operation=request.operation,
                serial=_serial(request),
                write=request.method == "POST",
                clock_offset=self._clock_offset(answer),
                future_date=self._is_future(request, answer),
            )
        )

    def _clock_offset(self, answer: Answer) -> timedelta | None:
        signed_at, date = self._signer.signed_at, answer.date
        return None if signed_at is None or date is None else date - signed_at

    def _is_future(self, request: Request, answer: Answer) -> bool:
        now, asked = answer.date or self._signer.signed_at, request.params.get("queryDate")
        return now is not None and asked is not None and asked > _last_day(now)


def _last_day(now: datetime) -> str:
    return (now + _AHEAD).date().isoformat()


def _envelope(answer: Answer) -> Mapping[str, Any]:
    body = answer.json()
    if isinstance(body, dict) and "code" in body:
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def _code(envelope: Mapping[str, Any], answer: Answer) -> int:
    try:
        return int(envelope["code"])
    except (TypeError, ValueError):
        pass
    raise answer.bad("JSON whose return code is no number")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _serial(request: Request) -> str | None:
    body: Any = request.json
    return request.params.get("sysSn") or _text(body.get("sysSn") if body else None)


def one(cls: type[R], answer: Answer) -> R:
    """The record that an answer holds.

    Raises:
        BadResponse: it is of another shape.
        PartialData: every figure in it is null, as some systems answer with code 200.
    """
    data = _single(_envelope(answer).get("data"))
    if data is None:
        raise _empty(answer)
    found = structure(cls, data, where="$.data")
    if not _has_figures(found):
        raise _empty(answer)
    return found


def several(cls: type[R], answer: Answer, *, under: str | None = None, named: bool = False) -> list[R]:
    """The records that an answer holds; an empty list where there is nothing.

    Args:
        cls: their class.
        answer: the answer.
        under: a key under which other clients have seen the list (``{"essList": […]}``).
        named: whether serial numbers are what was asked for; else they alone are no answer.

    Raises:
        BadResponse: it is of another shape.
        PartialData: there is no list, or every figure in it is null.
    """
    data = _envelope(answer).get("data")
    if isinstance(data, dict):
        current = cast("Mapping[str, Any]", data)
        data = current[under] if under is not None and under in current else [current]
    if data is None:
        raise _empty(answer)
    found: list[R] = structure(cast("Any", GenericAlias(list, (cls,))), data, where="$.data")
    if found and not (named or any(_has_figures(each) for each in found)):
        raise _empty(answer)
    return found


def _single(data: Any) -> Any:
    """The object itself; the portal says ``List<data>`` for single ones, too."""
    if not isinstance(data, list):
        return data
    current = cast("list[object]", data)
    return current[0] if current else None


def series(cls: type[R], answer: Answer) -> list[R]:
    """The records of a long list, read the fast way; like :func:`several` in what it raises."""
    from openpower_core.provider import decode_series

    try:
        found = decode_series(answer.content, cls, path="data")
    except BadResponse:
        return several(cls, answer)
    if found and not any(_has_figures(each) for each in found):
        raise _empty(answer)
    return found


def _has_figures(found: Record) -> bool:
    values = [found[name] for name in found.__vendor_keys__ if name not in _IDENTITY]
    return any(not (value is None or (isinstance(value, Record) and value.is_empty())) for value in values)


def _empty(answer: Answer) -> PartialData:
    return PartialData(
        f"AlphaESS answered {answer.operation} with success and without a value.",
        provider="alphaess",
        operation=answer.operation,
        hint="Offline systems, and some after an upgrade or a move, answer so for a while.",
    )
