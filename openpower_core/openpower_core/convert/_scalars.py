"""Single JSON values: numbers, text, words of enums, dates and moments; each checked, none guessed."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from openpower_core.convert._mismatch import Mismatch

if TYPE_CHECKING:
    from enum import Enum

__all__ = ["SCALARS", "enum_hook", "lenient"]

# Compiled on first use; small answers hold none of these.
# RFC 3339, as API documents promise it; "fromisoformat" alone also takes week dates and bare hours.
_MOMENT: Final = r"(?a)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?"
_DAY: Final = r"(?a)\d{4}-\d\d-\d\d"
_NUMBER: Final = r"(?a)\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def to_float(value: Any, _type: Any = None) -> float:
    """A finite number; whole numbers count, True and False do not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mismatch("a number", value)
    try:
        number = float(value)
    except OverflowError as error:
        raise Mismatch("a number that fits", value) from error
    if not math.isfinite(number):
        raise Mismatch("a finite number", value)
    return number


def to_int(value: Any, _type: Any = None) -> int:
    """A whole number; 5.0 counts as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mismatch("a whole number", value)
    return int(value)


def to_text(value: Any, _type: Any = None) -> str:
    """Text."""
    if not isinstance(value, str):
        raise Mismatch("text", value)
    return value


def to_bool(value: Any, _type: Any = None) -> bool:
    """True or false, nothing that only looks like it."""
    if not isinstance(value, bool):
        raise Mismatch("true or false", value)
    return value


def to_decimal(value: Any, _type: Any = None) -> Decimal:
    """A finite decimal number, from text or from a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Mismatch("a decimal number", value)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Mismatch("a decimal number", value) from error
    if not number.is_finite():
        raise Mismatch("a finite decimal number", value)
    return number


def to_instant(value: Any, _type: Any = None) -> datetime:
    """A moment with its offset, ``2026-08-01T12:00:00+10:00``; the offset stays as it was sent."""
    moment: datetime | None = value if isinstance(value, datetime) else None
    if isinstance(value, str) and re.fullmatch(_MOMENT, value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise Mismatch("a date and time", value) from error
    if moment is None:
        raise Mismatch("a date and time", value)
    if moment.utcoffset() is None:
        raise Mismatch("a date and time with its zone", value)
    return moment


def to_day(value: Any, _type: Any = None) -> date:
    """A calendar day, ``2026-08-01``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(_DAY, value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Mismatch("a date", value) from error
    raise Mismatch("a date (YYYY-MM-DD)", value)


def to_time(value: Any, _type: Any = None) -> time:
    """A time of day, ``21:30``."""
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(to_text(value))
    except ValueError as error:
        raise Mismatch("a time of day", value) from error


def to_span(value: Any, _type: Any = None) -> timedelta:
    """A duration in seconds."""
    if isinstance(value, timedelta):
        return value
    try:
        return timedelta(seconds=to_float(value))
    except OverflowError as error:
        raise Mismatch("a duration in seconds", value) from error


SCALARS: Final = {
    float: to_float,
    int: to_int,
    str: to_text,
    bool: to_bool,
    Decimal: to_decimal,
    datetime: to_instant,
    date: to_day,
    time: to_time,
    timedelta: to_span,
}


def enum_hook(cls: type[Enum]) -> Any:
    """A function that turns a word or number into a member of an enum."""
    of_text = issubclass(cls, str)
    what = " or ".join(repr(member.value) for member in list(cls)[:8])

    def to_member(value: Any, _type: Any = None) -> Enum:
        if isinstance(value, bool) or (of_text and not isinstance(value, str)):
            raise Mismatch("a word" if of_text else what, value)
        try:
            return cls(value)
        except ValueError as error:
            raise Mismatch(what, value) from error

    return to_member


def lenient(value: Any) -> Any:
    """Read text that is a number as that number; leave everything else to the checks."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return None
    if not re.fullmatch(_NUMBER, value):
        return value
    number = float(text)
    return int(text) if text.lstrip("+-").isdigit() and abs(number) < 2**53 else number
