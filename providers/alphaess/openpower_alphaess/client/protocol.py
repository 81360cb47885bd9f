"""How the Open API is spoken, without I/O: three signed headers, one pace per AppID, one envelope around every answer.

The envelope is ``{"code", "msg", "expMsg", "data"}``, and HTTP 200 comes with success and failure alike. The portal
calls ``msg`` ``info`` for the periodic pair, and other hosts send it so; both are accepted.

No binding rate limit is published. More than 500 calls in five minutes, 150 a minute, 50 at once were served
without a refusal (2026-08, homeassistant-alphaESS ``scripts/rate_limit_stress.py``), and where a refusal begins is not
known. The portal asks for 10 s between calls. So calls run freely, but for a ceiling that only a runaway loop reaches,
and after the first refusal (6053) at the portal's pace for an hour.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Mapping


_CEILING: Final = core.Rate(3000, timedelta(minutes=5))
_ASKED_FOR: Final = core.Rate(1, timedelta(seconds=10))
_SLOW: Final = "after 6053"
_SLOW_FOR: Final = 3600.0

_SUCCESS: Final = {200}
_WRITTEN: Final = {200, 201}
"""The vendor's own demo lets 201 pass for writes; no sighting is on record."""
_IDENTITY: Final = frozenset({"sysSn", "theDate", "uploadTime"})
"""A serial number or a time alone is not an answer."""
_AHEAD: Final = timedelta(hours=14)
"""How far the easternmost zone is ahead of UTC."""

_SETTINGS: Final = "openpower_alphaess.models.settings"

R = TypeVar("R", bound=core.Record)

logger = logging.getLogger("openpower.alphaess")


def signature(app_id: str, app_secret: str, time_stamp: str) -> str:
    """Sign one instant: the lower-case hex SHA-512 of the three texts put together.

    The example is the developer portal's own.

    >>> signature("alphaef7900ee81dbbce9", "c2d2ef6c047c49678e2c332fb2d74c3c", "1676353875")[:32]
    '0f023c2287b8f6b21b0994947465f8e9'
    """
    return hashlib.sha512(f"{app_id}{app_secret}{time_stamp}".encode()).hexdigest()


class HeaderSigner:
    """Gives each request its headers ``appId``, ``timeStamp`` and ``sign``; body and query are not signed."""

    def __init__(self, app_id: str, app_secret: core.Secret) -> None:
        self._app_id = app_id
        # What is alike in all signatures; unlike the secret, it cannot be read out.
        self._begun = hashlib.sha512(f"{app_id}{app_secret.reveal()}".encode())
        self.signed_at: datetime | None = None
        """The instant that was signed last; a refusal is judged by it."""

    def __call__(self, _request: core.Request, now: datetime) -> Mapping[str, str]:
        """Sign for ``now``; the very same seconds go into the header and into the digest."""
        self.signed_at = now
        time_stamp = str(int(now.timestamp()))
        digest = self._begun.copy()
        digest.update(time_stamp.encode())
        return {"appId": self._app_id, "timeStamp": time_stamp, "sign": digest.hexdigest()}


class PacedLimiter(core.RateLimiter):
    """The limiter of one AppID: free at first, slow for an hour after each refusal."""

    _slow_until = 0.0

    def reserve(self, now: float, family: str = "", *, at_most: float | None = None) -> float:
        """Take the next free slot; see :meth:`RateLimiter.reserve`."""
        # All calls share the slow pace: the refusal does not say which call it was about.
        family = _SLOW if now < self._slow_until else family
        return super().reserve(now, family, at_most=at_most)

    def block(self, now: float, seconds: float, family: str = "") -> None:
        """Take note of a refusal: nothing for that long, and slowly for an hour."""
        # The slow family too, because that is the only one that reserve() looks at from now on.
        self._slow_until = now + _SLOW_FOR
        super().block(now, seconds, family)
        super().block(now, seconds, _SLOW)


def limiter_of(app_id: str, base_url: str, clock: core.Clock) -> core.RateLimiter:
    """The limiter that all clients of one AppID share in this process."""
    families = {_SLOW: _ASKED_FOR}
    return PacedLimiter.shared(("alphaess", base_url, app_id), _CEILING, families=families, clock=clock)


class EnvelopeCheck:
    """Raises the error that an answer stands for; the HTTP client asks it after every call."""

    def __init__(self, signer: HeaderSigner) -> None:
        self._signer = signer

    def __call__(self, answer: core.Answer, request: core.Request) -> None:
        """Pass what is a success."""
        core.check_status(answer, request, refusals=())  # credentials are refused by code, with HTTP 200
        envelope = _envelope(answer)
        code = _code(envelope, answer)
        if code in (_WRITTEN if request.method == "POST" else _SUCCESS):
            return
        # Loaded by the first refusal: few programs meet one.
        from openpower_alphaess.client.errors import Refusal, error_of

        raise error_of(
            Refusal(
                code=code,
                message=answer.quoted(envelope.get("msg")) or answer.quoted(envelope.get("info")),
                detail=answer.quoted(envelope.get("expMsg")),
                operation=request.operation,
                serial=_serial(request),
                write=request.method == "POST",
                clock_offset=self._clock_offset(answer),
                future_date=self._is_future(request, answer),
            )
        )

    def _clock_offset(self, answer: core.Answer) -> timedelta | None:
        # Against what was signed, not against now: the answer may have taken long.
        signed_at, date = self._signer.signed_at, answer.date
        return None if signed_at is None or date is None else date - signed_at

    def _is_future(self, request: core.Request, answer: core.Answer) -> bool:
        now, asked = answer.date or self._signer.signed_at, request.params.get("queryDate")
        return now is not None and asked is not None and asked > _last_day(now)


def _last_day(now: datetime) -> str:
    return (now + _AHEAD).date().isoformat()


def _envelope(answer: core.Answer) -> Mapping[str, Any]:
    body = answer.json()
    if isinstance(body, dict) and "code" in body:
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def _code(envelope: Mapping[str, Any], answer: core.Answer) -> int:
    try:
        return int(envelope["code"])
    except (TypeError, ValueError, OverflowError):
        pass
    raise answer.bad("JSON whose return code is not a number")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _serial(request: core.Request) -> str | None:
    body: Any = request.json
    return request.params.get("sysSn") or _text(body.get("sysSn") if body else None)


def one(cls: type[R], answer: core.Answer, *, bare: str = "") -> R:
    """The record in an answer.

    Args:
        cls: its class.
        answer: the answer.
        bare: the field that a bare number in place of the object stands for.

    Raises:
        BadResponse: it is of another shape.
        PartialData: every figure in it is null, as some systems answer with code 200.
    """
    data = _single(_envelope(answer).get("data"))
    if bare:
        inner: Any = cast("dict[str, Any]", data).get(bare) if isinstance(data, dict) else data
        data = {**(cast("dict[str, Any]", data) if isinstance(data, dict) else {}), bare: _single(inner)}
    if data is None:
        raise _empty(answer)
    found = _read(cls, data, "$.data")
    if not _has_figures(found):
        raise _empty(answer)
    return found


def _read(cls: type[R], data: Any, where: str) -> R:
    """A record: settings, which are sent back, to the letter or not at all; of all else, what can be read."""
    try:
        return core.structure(cls, data, where=where)
    except core.BadResponse:
        data = _without_flags(data)
        if cls.__module__ == _SETTINGS:
            return core.structure(cls, data, where=where)
        return core.structure_partly(cls, data, where=where)


def _without_flags(data: Any) -> Any:
    """True and False as 1 and 0, which the service sends in their place nearly always."""
    if isinstance(data, dict):
        return {name: _without_flags(item) for name, item in cast("dict[str, Any]", data).items()}
    if isinstance(data, list):
        return [_without_flags(item) for item in cast("list[object]", data)]
    return int(data) if isinstance(data, bool) else data


def several(cls: type[R], answer: core.Answer, *, under: str | None = None, named: bool = False) -> list[R]:
    """The records in an answer; an empty list where there is nothing.

    Args:
        cls: their class.
        answer: the answer.
        under: a key under which other clients have seen the list (``{"essList": […]}``).
        named: whether serial numbers are what was asked for; otherwise they alone are not an answer.

    Raises:
        BadResponse: it is of another shape.
        PartialData: there is no list, or every figure in it is null.
    """
    data = _envelope(answer).get("data")
    if isinstance(data, dict):
        single = cast("Mapping[str, Any]", data)
        data = single[under] if under is not None and under in single else [single]
    if data is None:
        raise _empty(answer)
    try:
        found: list[R] = core.structure(cast("Any", GenericAlias(list, (cls,))), data, where="$.data")
    except core.BadResponse:
        if not isinstance(data, list):
            raise
        listed = cast("list[object]", data)
        found = core.Rows(
            _read(cls, row, f"$.data[{place}]") for place, row in enumerate(listed) if isinstance(row, dict)
        )
        if not found:
            raise
        if len(found) < len(listed):
            found.unreadable = len(listed) - len(found)
            words = "%s: %d of %d records of the answer cannot be read"
            logger.warning(words, answer.operation, found.unreadable, len(listed))
    if found and not (named or any(_has_figures(record) for record in found)):
        raise _empty(answer)
    return found


def _single(data: Any) -> Any:
    """The object itself; the portal says ``List<data>`` for single ones, too."""
    if not isinstance(data, list):
        return data
    listed = cast("list[object]", data)
    return listed[0] if listed else None


def _has_figures(found: core.Record) -> bool:
    values = [getattr(found, attribute) for name, attribute in found.__vendor_keys__.items() if name not in _IDENTITY]
    return any(not (value is None or (isinstance(value, core.Record) and value.is_empty())) for value in values)


def _empty(answer: core.Answer) -> core.PartialData:
    return core.PartialData(
        f"AlphaESS answered {answer.operation} with success and without a value.",
        provider="alphaess",
        operation=answer.operation,
        hint="Offline systems, and some after an upgrade or a move, answer so for a while.",
    )
