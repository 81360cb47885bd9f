"""What both converters go by: how single values are read, how unions are decided, and what a record's fields are."""

from __future__ import annotations

import math
import re
import reprlib
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin

import attrs

from openpower_core.records import Record, data_fields, vendor_key

Read = Callable[[Any], Any]
"""Makes what is wanted of a JSON value, or raises."""

_SHORT: Final = reprlib.Repr()
_SHORT.maxother = _SHORT.maxlong = 60
_LONGEST: Final = 12


# Single values


class Mismatch(ValueError):
    """A value is not of the kind that was expected."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected, value)
        self.expected = expected
        self.value = value

    def __str__(self) -> str:
        return f"expected {self.expected}, got {_shown(self.value)}"


def _shown(value: object) -> str:
    """A value for messages: only short ones, since a vendor may echo a secret in longer ones."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _LONGEST else f"a text of {len(value)} characters"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else _SHORT.repr(value)


def single(cls: Any) -> Read | None:
    """What reads a scalar, an enum or a literal; None for every other type."""
    if get_origin(cls) is Literal:
        return to_literal(cls)
    if isinstance(cls, type) and issubclass(cls, Enum):
        return partial(to_member, cls)
    return SCALARS.get(cls) or (to_decimal if is_decimal(cls) else None)


def is_decimal(cls: Any) -> bool:
    """Whether it is ``Decimal``; few processes need that type, and importing it takes as long as a record does."""
    decimal = sys.modules.get("decimal")
    return decimal is not None and cls is decimal.Decimal


def _made(what: str, make: Callable[[Any], Any], value: Any) -> Any:
    try:
        return make(value)
    except (ValueError, ArithmeticError):
        raise Mismatch(what, value) from None


def _to_float(value: Any) -> float:
    """A finite number; whole numbers count, True and False do not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mismatch("a number", value)
    number: float = _made("a number that fits", float, value)
    if not math.isfinite(number):
        raise Mismatch("a finite number", value)
    return number


def _to_int(value: Any) -> int:
    """A whole number; 5.0 counts as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mismatch("a whole number", value)
    return int(value)


def _exactly(kind: type, what: str) -> Read:
    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Mismatch(what, value)
        return value

    return check


def to_decimal(value: Any) -> Any:
    """A finite decimal number, from text or from a number as it is written."""
    from decimal import Decimal

    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Mismatch("a decimal number", value)
    number = _made("a decimal number", lambda value: Decimal(str(value)), value)
    if not number.is_finite():
        raise Mismatch("a finite decimal number", value)
    return number


# RFC 3339, as API documents promise it; "fromisoformat" alone also takes week dates and bare hours.
_INSTANT: Final = r"(?a)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?"
_NUMBER: Final = r"(?a)\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def _to_instant(value: Any) -> datetime:
    """A date and time with its offset, ``2026-08-01T12:00:00+10:00``; the offset stays as it was sent."""
    found = value
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        found = _made("a date and time", datetime.fromisoformat, value)
    if not isinstance(found, datetime):
        raise Mismatch("a date and time", value)
    if found.utcoffset() is None:
        raise Mismatch("a date and time with its zone", value)
    # With an offset, a time of year 1 or 9999 may have no counterpart in UTC.
    if not 1 < found.year < 9999:
        _made("a date and time that fits", lambda instant: instant.astimezone(UTC), found)
    return found


def _to_day(value: Any) -> date:
    """A calendar day, ``2026-08-01``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    # fromisoformat alone also takes 20260801 and week dates.
    if not (isinstance(value, str) and len(value) == 10 and value[4::3] == "--"):
        raise Mismatch("a date (YYYY-MM-DD)", value)
    return _made("a date", date.fromisoformat, value)  # type: ignore[no-any-return]


def _to_time(value: Any) -> time:
    """A time of day, ``21:30``."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):  # 1030 could mean anything
        raise Mismatch("a time of day", value)
    return _made("a time of day", time.fromisoformat, value)  # type: ignore[no-any-return]


def _to_span(value: Any) -> timedelta:
    """A duration in seconds."""
    if isinstance(value, timedelta):
        return value
    return _made("a duration in seconds", lambda value: timedelta(seconds=_to_float(value)), value)  # type: ignore[no-any-return]


SCALARS: Final[Mapping[Any, Read]] = {
    float: _to_float,
    int: _to_int,
    str: _exactly(str, "text"),
    bool: _exactly(bool, "true or false"),
    datetime: _to_instant,
    date: _to_day,
    time: _to_time,
    timedelta: _to_span,
}


def to_member(cls: type[Enum], value: Any) -> Enum:
    """A word or number of an enum; those of vendors accept words that they do not list."""
    if issubclass(cls, str) and not isinstance(value, str):
        raise Mismatch("a word", value)
    if not isinstance(value, bool):
        try:
            return cls(value)
        except ValueError:
            pass
    raise Mismatch(" or ".join(repr(member.value) for member in list(cls)[:8]), value)


def to_literal(cls: Any) -> Read:
    """What reads one of the values that a literal lists."""
    values = get_args(cls)

    def read(value: Any) -> Any:
        for allowed in values:
            if type(value) is type(allowed) and value == allowed:
                return allowed
        raise Mismatch(" or ".join(map(repr, values)), value)

    return read


def lenient(read: Read) -> Read:
    """Read text that is a number as that number, blank text as null; leave everything else to the checks."""

    def read_text(value: Any) -> Any:
        if not isinstance(value, str):
            return read(value)
        text = value.strip()
        if not text:
            return read(None)
        if not re.fullmatch(_NUMBER, value):
            return read(value)
        number = float(text)
        return read(int(text) if text.lstrip("+-").isdigit() and abs(number) < 2**53 else number)

    return read_text


# Unions


def is_union(cls: Any) -> bool:
    """Whether it is a union, ``X | None`` included."""
    return isinstance(cls, UnionType) or get_origin(cls) is Union


def members_of(cls: Any) -> tuple[Any, ...]:
    """The types that a union joins, None apart; a type that is no union joins but itself."""
    return tuple(member for member in get_args(cls) if member is not NoneType) if is_union(cls) else (cls,)


def without_none(cls: Any) -> Any:
    """What is left of ``X | None`` without the None."""
    return Union[members_of(cls)]  # noqa: UP007 - there is no other spelling for members that only run time knows


def optional(cls: Any, read: Read) -> Read:
    """Let null be None where the type says so."""
    return (lambda value: None if value is None else read(value)) if NoneType in get_args(cls) else read


def first_of(members: Sequence[Any], reads: Sequence[Read]) -> Read:
    """Read a value as the first type that takes it."""
    pairs = list(zip(members, reads, strict=True))

    def to_first(value: Any) -> Any:
        # A value that is of a member's very type is that member; 5 in "str | float" is the float.
        for _, read in sorted(pairs, key=lambda pair: pair[0] is not type(value)):
            try:
                return read(value)
            except Exception:  # noqa: BLE001, S112 - the next member may take it
                continue
        raise Mismatch(" or ".join(getattr(member, "__name__", str(member)) for member in members), value)

    return to_first


class Kinds(NamedTuple):
    """Record classes that one key tells apart."""

    key: str
    """The vendor's key that names the kind; empty where there is but one kind."""
    named: Mapping[Any, type[Record]]
    other: type[Record] | None
    """What a record of an unknown kind becomes; None refuses it."""

    @classmethod
    def of(cls, members: Sequence[type[Record]]) -> Kinds:
        """The kinds of a union, of which at most one has no tag and takes the unknown."""
        tags = {member: _tag(member) for member in members}
        named = {tag[1]: member for member, tag in tags.items() if tag}
        keys = {tag[0] for tag in tags.values() if tag}
        others = [member for member, tag in tags.items() if not tag]
        if len(others) > 1 or len(keys) > 1 or len(named) + len(others) != len(members):
            names = ", ".join(member.__name__ for member in members)
            raise TypeError(f"{names} cannot be told apart: give each its own Literal of one key, but at most one.")
        return cls(keys.pop() if keys else "", named, others[0] if others else None)

    def find(self, word: Any) -> type[Record]:
        """The class of the records that this word names."""
        kind = self.named.get(word, self.other) if isinstance(word, str) else self.other
        if kind is None:
            raise Mismatch(f"{self.key!r} to be one of {', '.join(map(repr, self.named))}", word)
        return kind


def _tag(cls: type[Record]) -> tuple[str, str] | None:
    """The key and the word by which records of this class are known: its field typed ``Literal["…"]``."""
    for field in fields_of(cls):
        if get_origin(field.type) is Literal and isinstance(get_args(field.type)[0], str):
            return vendor_key(field), get_args(field.type)[0]
    return None


# Collections and records


def as_object(value: Any) -> Mapping[str, Any]:
    """Check that it is a JSON object."""
    if not isinstance(value, Mapping):
        raise Mismatch("an object", value)
    return value  # pyright: ignore[reportUnknownVariableType]


def as_list(value: Any) -> Sequence[Any]:
    """Check that it is a JSON list, or a collection that stands for one."""
    if not isinstance(value, list | tuple | set | frozenset):
        raise Mismatch("a list", value)
    return value  # type: ignore[return-value]  # pyright: ignore[reportUnknownVariableType]


def is_record(cls: Any) -> bool:
    """Whether it is a record class."""
    return isinstance(cls, type) and issubclass(cls, Record)


def fields_of(cls: Any) -> tuple[attrs.Attribute[Any], ...]:
    """The fields of a record, their types resolved."""
    return data_fields(attrs.resolve_types(cls))
