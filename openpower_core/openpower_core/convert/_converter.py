"""The cattrs converters that read JSON data into records and into openpower's own vocabulary.

Both read single values by the same functions. The one without detailed validation is asked first, and reads lists
of records column by column; when it fails, the detailed one finds out what is wrong and where.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from functools import cache
from itertools import chain, repeat
from types import GenericAlias, NoneType, UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, override
from cattrs.cols import list_structure_factory
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import (
    make_dict_structure_fn,
    make_mapping_structure_fn,  # pyright: ignore[reportUnknownVariableType]
)

from openpower_core.errors import BadResponse
from openpower_core.records import NO_EXTRAS, Extras, Record, data_fields, vendor_key

Hook = Callable[[Any, Any], Any]

_LISTED: Final = 5  # findings in one message
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60
_SHORT.maxlist = _SHORT.maxdict = 3
_SHORT.maxlevel = 2


def read(cls: Any, data: Any, where: str) -> Any:
    """Structure the data; what does not fit raises :class:`BadResponse`, which names each place."""
    try:
        return converter(detailed=False).structure(data, cls)
    except Exception:  # noqa: BLE001, S110 - the detailed converter finds the words for it
        pass
    try:
        return converter(detailed=True).structure(data, cls)
    except (BaseValidationError, ValueError, KeyError) as error:
        problem = _bad_response(error, where)
    # Raised out here, so that no cause or context carries the data with its private values.
    raise problem


@cache
def converter(*, detailed: bool) -> Converter:
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
    made.register_structure_hook_factory(lambda cls: _is_a(cls, Record), _record_hook)
    if not detailed:
        made.register_structure_hook_factory(_is_series, _Series)
    return made


def _is_a(cls: Any, base: type) -> bool:
    return isinstance(cls, type) and issubclass(cls, base)


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


def _to_float(value: Any, _type: Any = None) -> float:
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


def _to_int(value: Any, _type: Any) -> int:
    """A whole number; 5.0 counts as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mismatch("a whole number", value)
    return int(value)


def _to_text(value: Any, _type: Any = None) -> str:
    if not isinstance(value, str):
        raise Mismatch("text", value)
    return value


def _to_bool(value: Any, _type: Any) -> bool:
    if not isinstance(value, bool):
        raise Mismatch("true or false", value)
    return value


def _to_decimal(value: Any, _type: Any) -> Decimal:
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


# RFC 3339, as API documents promise it; "fromisoformat" alone also takes week dates and bare hours.
_INSTANT: Final = r"(?a)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?"
_NUMBER: Final = r"(?a)\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def _to_instant(value: Any, _type: Any) -> datetime:
    """A date and time with its offset, ``2026-08-01T12:00:00+10:00``; the offset stays as it was sent."""
    found: datetime | None = value if isinstance(value, datetime) else None
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        try:
            found = datetime.fromisoformat(value)
        except ValueError as error:
            raise Mismatch("a date and time", value) from error
    if found is None:
        raise Mismatch("a date and time", value)
    if found.utcoffset() is None:
        raise Mismatch("a date and time with its zone", value)
    return found


def _to_day(value: Any, _type: Any) -> date:
    """A calendar day, ``2026-08-01``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and len(value) == 10 and value[4::3] == "--"):
        raise Mismatch("a date (YYYY-MM-DD)", value)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Mismatch("a date", value) from error


def _to_time(value: Any, _type: Any) -> time:
    """A time of day, ``21:30``."""
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(_to_text(value))
    except ValueError as error:
        raise Mismatch("a time of day", value) from error


def _to_span(value: Any, _type: Any) -> timedelta:
    """A duration in seconds."""
    if isinstance(value, timedelta):
        return value
    try:
        return timedelta(seconds=_to_float(value))
    except OverflowError as error:
        raise Mismatch("a duration in seconds", value) from error


_SCALARS: Final[Mapping[type, Hook]] = {
    float: _to_float,
    int: _to_int,
    str: _to_text,
    bool: _to_bool,
    Decimal: _to_decimal,
    datetime: _to_instant,
    date: _to_day,
    time: _to_time,
    timedelta: _to_span,
}


_AS_JSON: Final = (str, bool, int, float)
"""What json gives as it is wanted, but for floats that are not finite."""


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


def _members(cls: Any) -> tuple[Any, ...]:
    """The types that a union joins, None apart; a type that is no union joins but itself."""
    return tuple(member for member in get_args(cls) if member is not NoneType) if _is_union(cls) else (cls,)


def _without_none(cls: Any) -> Any:
    return Union[_members(cls)]  # noqa: UP007 - there is no other spelling for members that only run time knows


def _union_hook(cls: Any, converter: Converter) -> Hook:
    members = _members(cls)
    if len(members) == 1:
        inner = converter.get_structure_hook(members[0])
    elif all(_is_a(member, Record) for member in members):
        inner = _tagged_hook(members, converter)
    else:
        inner = _first_hook(members, converter)
    if len(members) == len(get_args(cls)):
        return inner
    return lambda value, _: None if value is None else inner(value, members[0])


@attrs.frozen
class _Kinds:
    """Record classes that one key tells apart."""

    key: str
    """The vendor's key that names the kind."""
    named: Mapping[Any, type[Record]]
    other: type[Record] | None
    """What a record of an unknown kind becomes; None refuses it."""

    @classmethod
    def of(cls, members: Sequence[type[Record]]) -> _Kinds:
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
    for field in _fields(cls):
        if get_origin(field.type) is Literal and isinstance(get_args(field.type)[0], str):
            return vendor_key(field), get_args(field.type)[0]
    return None


def _tagged_hook(members: Sequence[type[Record]], converter: Converter) -> Hook:
    kinds = _Kinds.of(members)

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


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise Mismatch("a list", value)
    return value  # type: ignore[return-value]  # pyright: ignore[reportUnknownVariableType]


def _list_hook(cls: Any, converter: Converter) -> Hook:
    make, hook = get_origin(cls), list_structure_factory(cls, converter)
    return lambda value, _: make(hook(_list(value), cls))


def _mapping_hook(cls: Any, converter: Converter) -> Hook:
    hook = make_mapping_structure_fn(cls, converter)
    return lambda value, _: hook(_object(value), cls)


def _fields(cls: Any) -> tuple[attrs.Attribute[Any], ...]:
    return data_fields(attrs.resolve_types(cls))


def _field_hook(field: attrs.Attribute[Any], converter: Converter) -> Hook:
    hook = converter.get_structure_hook(field.type)
    return (lambda value, kind: hook(_lenient(value), kind)) if field.metadata.get("lenient") else hook


def _record_hook(cls: Any, converter: Converter) -> Hook:
    fields = _fields(cls)
    also = {other: vendor_key(field) for field in fields for other in field.metadata.get("also", ())}
    known = {*also, *map(vendor_key, fields)}
    overrides: dict[str, Any] = {
        field.name: override(
            rename=vendor_key(field),
            struct_hook=_field_hook(field, converter) if field.metadata.get("lenient") else None,
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


# Lists of records, column by column

_KEYS_OF: Final = cast("Callable[[Any], tuple[str, ...]]", tuple)
_VALUES_OF: Final[Callable[[Any], Iterable[Any]]] = dict[str, Any].values


def _is_series(cls: Any) -> bool:
    """Whether it is a list of records, or of a union of them."""
    return get_origin(cls) in (list, tuple) and all(_is_a(each, Record) for each in _members(get_args(cls)[0]))


class _Series:
    """Reads lists of records: rows that have the same keys together, and of those one column after the other.

    A hook costs a Python call for each value, and ``__init__`` takes as long as parsing the JSON. By columns, most
    figures need one look at their types for all rows, words and days are read once for all rows that share them, and
    slots are filled in C.
    """

    def __init__(self, cls: Any, converter: Converter) -> None:
        self._make = get_origin(cls)
        self._kinds = _Kinds.of(_members(get_args(cls)[0]))
        self._converter = converter
        self._columns: dict[type, Mapping[str, _Column]] = {}

    def __call__(self, rows: Any, _type: Any) -> Any:
        key = self._kinds.key
        words = [row.get(key) for row in _list(rows)] if key else repeat("")
        groups: dict[Any, list[int]] = defaultdict(list)
        for place, shape in enumerate(zip(words, map(_KEYS_OF, _list(rows)), strict=False)):
            groups[shape].append(place)
        found: list[Any] = [None] * len(rows)
        if len(groups) == 1:
            word, names = next(iter(groups))
            found = self._table(self._kinds.find(word), names, rows)
            groups.clear()
        for (word, names), places in groups.items():
            made = self._table(self._kinds.find(word), names, [rows[place] for place in places])
            for place, record in zip(places, made, strict=True):
                found[place] = record
        return found if self._make is list else self._make(found)

    def _table(self, cls: type[Record], names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Any]:
        if cls not in self._columns:
            self._columns[cls] = _columns(cls, self._converter)
        columns = self._columns[cls]
        left = {id(column): column for column in columns.values()}
        made = list(map(object.__new__, repeat(cls, len(rows))))
        unknown: dict[str, Sequence[Any]] = {}
        # All values in one list, of which a column is every so manieth: faster than to go through all rows each time.
        flat = list(chain.from_iterable(map(_VALUES_OF, rows)))
        for place, name in enumerate(names):
            values = flat[place :: len(names)]
            if name in columns:
                # A KeyError if the vendor sends two spellings of a field; the detailed converter decides.
                left.pop(id(columns[name])).fill(made, values)
            else:
                unknown[name] = values
        for column in left.values():
            column.fill_default(made)
        _set(cls, "extras", made, _extras(unknown) if unknown else repeat(NO_EXTRAS))
        return made


def _columns(cls: type[Record], converter: Converter) -> Mapping[str, _Column]:
    """The columns of a record by the vendor's keys, other spellings included."""
    made = [(field, _Column(cls, field, converter)) for field in _fields(cls)]
    return {
        **{other: column for field, column in made for other in field.metadata.get("also", ())},
        **{vendor_key(field): column for field, column in made},
    }


class _Column:
    """The values of one field."""

    def __init__(self, cls: type[Record], field: attrs.Attribute[Any], converter: Converter) -> None:
        self._cls, self._field, self._converter = cls, field, converter
        # Without "| None", for which the hook would be one call more.
        self._kind: Any = field.type if field.metadata.get("lenient") else _without_none(field.type)
        self._hook = _field_hook(field.evolve(type=self._kind), converter)

    def fill(self, records: Sequence[Any], values: Sequence[Any]) -> None:
        """Set the field of each record to what its row says."""
        _set(self._cls, self._field.name, records, self._read(values))

    def fill_default(self, records: Sequence[Any]) -> None:
        """Set the field of each record, where no row has it."""
        _set(self._cls, self._field.name, records, repeat(self._default()))

    def _default(self) -> Any:
        if self._field.default is attrs.NOTHING:
            raise KeyError(self._field.name)
        return self._field.default

    def _read(self, values: Sequence[Any]) -> Iterable[Any]:
        kinds, hook, kind = set(map(type, values)), self._hook, self._kind
        # The sum of numbers is not finite if one of them is not.
        if kind in _AS_JSON and kinds == {kind} and (kind is not float or math.isfinite(sum(values))):
            return values
        if kinds == {dict} and _is_series(series := GenericAlias(list, kind)):
            return self._converter.structure(values, cast("Any", series))
        if kind is datetime and kinds == {str} and _plain_instants(values):
            return map(datetime.fromisoformat, values)
        default = self._default() if NoneType in kinds else None
        if kinds <= {str, NoneType}:
            read = {value: default if value is None else hook(value, kind) for value in set(values)}
            return map(read.__getitem__, values)
        return [default if value is None else hook(value, kind) for value in values]


_FORMS: Final = {len(form): form for form in ("    -  -  T  :  :  Z", "    -  -  T  :  :  +  :  ")}
"""Instants as nearly all vendors write them: with these separators, "fromisoformat" takes no other than RFC 3339."""


def _plain_instants(values: Sequence[str]) -> bool:
    """Whether all texts have the separators of one such form; a hundredth of the time of matching each of them."""
    lengths = set(map(len, values))
    length = lengths.pop()
    text = "".join(values)
    return (
        not lengths
        and length in _FORMS
        and not any(text[place::length].strip(sign) for place, sign in enumerate(_FORMS[length]) if sign != " ")
    )


def _set(cls: Any, name: str, records: Sequence[Any], values: Iterable[Any]) -> None:
    """Fill one slot of frozen records, which is all that their ``__init__`` would do with the value."""
    fill: Callable[[Any, Any], None] = getattr(cls, name).__set__
    deque(map(fill, records, values), maxlen=0)


def _extras(unknown: Mapping[str, Sequence[Any]]) -> Iterator[Extras]:
    return (Extras(dict(zip(unknown, values, strict=True))) for values in zip(*unknown.values(), strict=True))


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
