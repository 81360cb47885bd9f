"""The checks of a request's parameters: first that they are there (10001), then that they make sense (6001)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.envelope import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["clock_time", "flag", "number", "one_of", "require", "text"]

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
    """A time of day ``HH:mm`` from 00:00 to 23:59. Off the quarter hour is accepted; 24:00 is not."""
    value = text(params, name)
    if not _CLOCK_TIME.fullmatch(value):
        raise Refusal(Code.PARAMETER)
    return value
