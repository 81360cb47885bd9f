"""The cattrs converter that reads JSON data into records and into openpower's own vocabulary."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, override
from cattrs.cols import list_structure_factory
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import (
    make_dict_structure_fn,
    make_mapping_structure_fn,  # pyright: ignore[reportUnknownVariableType]
)

from openpower_core.errors import BadResponse
from openpower_core.records import Extras, Record, data_fields, vendor_key

Hook = Callable[[Any, Any], Any]

_T = TypeVar("_T")

_LISTED: Final = 5  # findings in one message
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60
_SHORT.maxlist = _SHORT.maxdict = 3
_SHORT.maxlevel = 2


def read(cls: Any, data: Any, where: str, converter: Converter | None = None) -> Any:
    """Structure the data; what does not fit raises :class:`BadResponse`, which names each place.

    A fast converter is asked first. When it fails, the detailed one finds out what is wrong and where.
    """
    try:
        return (converter or fast_converter()).structure(data, cls)
    except Exception:  # noqa: BLE001, S110 - the detailed converter finds the words for it
        pass
    return read_in_detail(cls, data, where)


@cache
def fast_converter() -> Converter:
    """The converter that stops at the first thing that does not fit."""
    return new_converter(detailed=False)


def is_series(cls: Any) -> bool:
    """Whether it is a list of records, or of a union of them."""
    return get_origin(cls) in (list, tuple) and all(is_record(member) for member in members_of(get_args(cls)[0]))


def read_in_detail(cls: Any, data: Any, where: str) -> Any:
    """Structure the data; what does not fit raises :class:`BadResponse`, which names each place."""
    try:
        return detailed_converter().structure(data, cls)
    except (BaseValidationError, ValueError, KeyError) as error:
        problem = _bad_response(error, where)
    # Raised out here, so that no cause or context carries the data with its private values.
    raise problem


@cache
def detailed_converter() -> Converter:
    """The converter that finds everything that is wrong, with its place."""
    return new_converter(detailed=True)


def new_converter(*, detailed: bool) -> Converter:
    """A converter that knows records, scalars, enums, unions and collections."""
    made = Converter(detailed_validation=detailed)
    # By class: StrEnum besides Enum, since words are str before they are Enum.
    for kind, hook in (*_SCALARS.items(), *((kind, _to_member) for kind in (Enum, StrEnum, IntEnum))):
        made.register_structure_hook(kind, hook)
    # By predicate, of which later ones are asked first.
    made.register_structure_hook_factory(lambda cls: _origin(cls) is Literal, _literal_hook)
    made.register_structure_hook_factory(_is_union, _union_hook)
    made.register_structure_hook_factory(lambda cls: _origin(cls) in (list, tuple, frozenset), _list_hook)
    made.register_structure_hook_factory(lambda cls: _origin(cls) in (dict, Mapping), _mapping_hook)
    # Named here since some classes of the vocabulary are mappings or sequences besides.
    made.register_structure_hook_factory(lambda cls: isinstance(cls, type) and attrs.has(cls), make_dict_structure_fn)
    made.register_structure_hook_factory(is_record, _record_hook)
    return made


def is_record(cls: Any) -> bool:
    """Whether it is a record class."""
    return isinstance(cls, type) and issubclass(cls, Record)


def _origin(cls: Any) -> Any:
    return get_origin(cls)


# Single values


class Mismatch(ValueError):
    """A value is not of the kind that was expected."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected, value)
        self.expected = expected
        self.value = value

    def __str__(self) -> str:
        return f"expected {self.expected}, got {_SHORT.repr(self.value)}"


def _made(what: str, value: Any, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except (ValueError, ArithmeticError):
        raise Mismatch(what, value) from None


def _exactly(kind: type, what: str) -> Hook:
    def check(value: Any, _type: Any) -> Any:
        if not isinstance(value, kind):
            raise Mismatch(what, value)
        return value

    return check


def _to_float(value: Any, _type: Any = None) -> float:
    """A finite number; whole numbers count, True and False do not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mismatch("a number", value)
    number = _made("a number that fits", value, lambda: float(value))
    if not math.isfinite(number):
        raise Mismatch("a finite number", value)
    return number


def _to_int(value: Any, _type: Any) -> int:
    """A whole number; 5.0 counts as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mismatch("a whole number", value)
    return int(value)


def _to_decimal(value: Any, _type: Any) -> Decimal:
    """A finite decimal number, from text or from a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Mismatch("a decimal number", value)
    number = _made("a decimal number", value, lambda: Decimal(str(value)))
    if not number.is_finite():
        raise Mismatch("a finite decimal number", value)
    return number


# RFC 3339, as API documents promise it; "fromisoformat" alone also takes week dates and bare hours.
_INSTANT: Final = r"(?a)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?"
_NUMBER: Final = r"(?a)\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def _to_instant(value: Any, _type: Any) -> datetime:
    """A date and time with its offset, ``2026-08-01T12:00:00+10:00``; the offset stays as it was sent."""
    found = value
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        found = _made("a date and time", value, lambda: datetime.fromisoformat(value))
    if not isinstance(found, datetime):
        raise Mismatch("a date and time", value)
    if found.utcoffset() is None:
        raise Mismatch("a date and time with its zone", value)
    return found


def _to_day(value: Any, _type: Any) -> date:
    """A calendar day, ``2026-08-01``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    # fromisoformat alone also takes 20260801 and week dates.
    if not (isinstance(value, str) and len(value) == 10 and value[4::3] == "--"):
        raise Mismatch("a date (YYYY-MM-DD)", value)
    return _made("a date", value, lambda: date.fromisoformat(value))


def _to_time(value: Any, _type: Any) -> time:
    """A time of day, ``21:30``."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):  # 1030 could mean anything
        raise Mismatch("a time of day", value)
    return _made("a time of day", value, lambda: time.fromisoformat(value))


def _to_span(value: Any, _type: Any) -> timedelta:
    """A duration in seconds."""
    if isinstance(value, timedelta):
        return value
    seconds = _to_float(value)
    return _made("a duration in seconds", value, lambda: timedelta(seconds=seconds))


_SCALARS: Final[Mapping[type, Hook]] = {
    float: _to_float,
    int: _to_int,
    str: _exactly(str, "text"),
    bool: _exactly(bool, "true or false"),
    Decimal: _to_decimal,
    datetime: _to_instant,
    date: _to_day,
    time: _to_time,
    timedelta: _to_span,
}


def _lenient(value: Any) -> Any:
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


def _to_member(value: Any, cls: type[Enum]) -> Enum:
    """A word or number of an enum; those of vendors accept words that they do not list."""
    if issubclass(cls, str) and not isinstance(value, str):
        raise Mismatch("a word", value)
    if not isinstance(value, bool):
        try:
            return cls(value)
        except ValueError:
            pass
    raise Mismatch(" or ".join(repr(member.value) for member in list(cls)[:8]), value)


def _literal_hook(cls: Any) -> Hook:
    values = get_args(cls)

    def to_literal(value: Any, _type: Any) -> Any:
        for allowed in values:
            if type(value) is type(allowed) and value == allowed:
                return allowed
        raise Mismatch(" or ".join(map(repr, values)), value)

    return to_literal


# Unions


def _is_union(cls: Any) -> bool:
    return isinstance(cls, UnionType) or get_origin(cls) is Union


def members_of(cls: Any) -> tuple[Any, ...]:
    """The types that a union joins, None apart; a type that is no union joins but itself."""
    return tuple(member for member in get_args(cls) if member is not NoneType) if _is_union(cls) else (cls,)


def without_none(cls: Any) -> Any:
    """What is left of ``X | None`` without the None."""
    return Union[members_of(cls)]  # noqa: UP007 - there is no other spelling for members that only run time knows


def _union_hook(cls: Any, converter: Converter) -> Hook:
    members = members_of(cls)
    if len(members) == 1:
        inner = converter.get_structure_hook(members[0])
    elif all(is_record(member) for member in members):
        inner = _tagged_hook(members, converter)
    else:
        inner = _first_hook(members, converter)
    if len(members) == len(get_args(cls)):
        return inner
    return lambda value, _: None if value is None else inner(value, members[0])


@attrs.frozen
class Kinds:
    """Record classes that one key tells apart."""

    key: str
    """The vendor's key that names the kind."""
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


def _tagged_hook(members: Sequence[type[Record]], converter: Converter) -> Hook:
    kinds = Kinds.of(members)

    def to_kind(value: Any, _type: Any) -> Any:
        return converter.structure(value, kinds.find(_object(value).get(kinds.key)))

    return to_kind


def _first_hook(members: Sequence[Any], converter: Converter) -> Hook:
    hooks = [(member, converter.get_structure_hook(member)) for member in members]

    def to_first(value: Any, _type: Any) -> Any:
        # A value that is of a member's very type is that member; 5 in "str | float" is the float.
        for member, hook in sorted(hooks, key=lambda pair: pair[0] is not type(value)):
            try:
                return hook(value, member)
            except Exception:  # noqa: BLE001, S112 - the next member may take it
                continue
        raise Mismatch(" or ".join(getattr(member, "__name__", str(member)) for member in members), value)

    return to_first


# Collections and records


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Mismatch("an object", value)
    return value  # pyright: ignore[reportUnknownVariableType]


def as_list(value: Any) -> Sequence[Any]:
    """Check that it is a JSON list, or a collection that stands for one."""
    if not isinstance(value, list | tuple | set | frozenset):
        raise Mismatch("a list", value)
    return value  # type: ignore[return-value]  # pyright: ignore[reportUnknownVariableType]


def _list_hook(cls: Any, converter: Converter) -> Hook:
    make, hook = get_origin(cls), list_structure_factory(cls, converter)
    return lambda value, _: make(hook(as_list(value), cls))


def _mapping_hook(cls: Any, converter: Converter) -> Hook:
    hook = make_mapping_structure_fn(cls, converter)
    return lambda value, _: hook(_object(value), cls)


def fields_of(cls: Any) -> tuple[attrs.Attribute[Any], ...]:
    """The fields of a record, their types resolved."""
    return data_fields(attrs.resolve_types(cls))


def field_hook(field: attrs.Attribute[Any], converter: Converter) -> Hook:
    """What reads a value of a field."""
    hook = converter.get_structure_hook(field.type)
    return (lambda value, kind: hook(_lenient(value), kind)) if field.metadata.get("lenient") else hook


def _record_hook(cls: Any, converter: Converter) -> Hook:
    fields = fields_of(cls)
    also = {other: vendor_key(field) for field in fields for other in field.metadata.get("also", ())}
    known = {*also, *map(vendor_key, fields)}
    overrides: dict[str, Any] = {
        field.name: override(
            rename=vendor_key(field),
            struct_hook=field_hook(field, converter) if field.metadata.get("lenient") else None,
        )
        for field in fields
    }
    hook = make_dict_structure_fn(cls, converter, extras=override(omit=True), **overrides)

    def to_record(value: Any, _type: Any) -> Any:
        present = {name: item for name, item in _object(value).items() if item is not None}
        for other, name in also.items():
            if other in present:
                present.setdefault(name, present[other])
        made = hook(present, cls)
        if not known.issuperset(value):
            unknown = Extras({name: item for name, item in value.items() if name not in known})
            object.__setattr__(made, "extras", unknown)
        return made

    return to_record


# Messages


def _bad_response(error: BaseException, where: str) -> BadResponse:
    """One error that names every place, up to five of them."""
    found = list(_findings(error, where))
    listed = "; ".join(found[:_LISTED])
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return BadResponse(f"the data is not of the documented shape: {listed}{more}.")


def _findings(error: BaseException, where: str, *, hide: bool = False) -> Iterator[str]:
    """Each thing that is wrong, as ``$.data[0].soc: expected a number, got 'abc'``."""
    if isinstance(error, BaseValidationError):
        for part in error.exceptions:
            place, private = _place(part, error.cl)
            yield from _findings(part, where + place, hide=hide or private)
    elif hide and isinstance(error, Mismatch):
        yield f"{where}: expected {error.expected}, got something else (not shown, it is private)"
    elif hide:
        yield f"{where}: it does not fit (the value is private and not shown)"
    elif isinstance(error, KeyError):
        yield f"{where}: it is missing"
    else:
        yield f"{where}: {error}"


def _place(part: BaseException, cls: Any) -> tuple[str, bool]:
    """The step of the path that leads to a part, and whether its value must not be shown."""
    for note in getattr(part, "__notes__", ()):
        if isinstance(note, IterableValidationNote):
            return (f"[{note.index}]" if isinstance(note.index, int) else f".{note.index}"), False
        if isinstance(note, AttributeValidationNote):
            field = attrs.fields_dict(cls).get(note.name)
            if field is None:
                return f".{note.name}", False
            private = field.metadata.get("secret") or field.metadata.get("serial")
            return f".{field.metadata.get('key') or note.name}", bool(private)
    return "", False
