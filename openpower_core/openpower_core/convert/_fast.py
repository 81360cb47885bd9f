"""The fast converter: reads what is as documented, without a word about what is not.

What it refuses, or does not know, the detailed one decides; what it takes is exactly what the detailed one makes of it.
It is our own since cattrs takes longer to import than a whole first request does, and makes a Python call for each
value of a year's series.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from itertools import chain, repeat
from types import GenericAlias, NoneType
from typing import Any, Final, cast, get_args, get_origin

import attrs

from openpower_core.convert._values import (
    Kinds,
    Read,
    as_list,
    as_object,
    fields_of,
    first_of,
    is_record,
    is_union,
    lenient,
    members_of,
    optional,
    single,
    without_none,
)
from openpower_core.records import NO_EXTRAS, Extras, Record, vendor_key

_FACTORY: Final[Any] = attrs.Factory
_KEYS_OF: Final = cast("Callable[[Any], tuple[str, ...]]", tuple)
_VALUES_OF: Final[Callable[[Any], Iterable[Any]]] = dict[str, Any].values


class Undecided(Exception):
    """The fast converter does not know such types."""


@cache
def reader(cls: Any) -> Read:
    """What reads a JSON value as this type.

    It raises, anything at all, where the detailed converter has to decide.
    """
    if read := single(cls):
        return read
    if is_union(cls):
        return optional(cls, _of_members(members_of(cls)))
    if is_record(cls):
        return _rows_of(cls).row
    if isinstance(cls, type) and attrs.has(cls):
        return _Object(cls)
    if cls is Any:
        return lambda value: value
    return _of_items(cls, get_origin(cls), get_args(cls))


def _undecided(_value: Any) -> Any:
    raise Undecided


def _of_members(members: Sequence[Any]) -> Read:
    if len(members) == 1:
        return reader(members[0])
    if all(map(is_record, members)):
        kinds = Kinds.of(members)
        return lambda value: _rows_of(kinds.find(value.get(kinds.key))).row(value)
    # "The first that takes it" can be told only where refusing is not being undecided.
    reads = [read for read in map(single, members) if read]
    return first_of(members, reads) if len(reads) == len(members) else _undecided


def _of_items(cls: Any, make: Any, items: Sequence[Any]) -> Read:
    if make in (list, tuple) and all(map(is_record, members_of(items[0]))):
        return _Series(cls)
    if make in (list, tuple, frozenset):
        return _collection(cast("Any", make), reader(items[0]))
    if make in (dict, Mapping):
        name, item = map(reader, items)
        return lambda value: {name(key): item(of) for key, of in as_object(value).items()}
    return _undecided


def _collection(make: Callable[[Any], Any], read: Read) -> Read:
    return lambda value: make(map(read, as_list(value)))


class _Object:
    """Reads an object of the vocabulary, by its ``__init__`` with all its checks."""

    def __init__(self, cls: Any) -> None:
        self._cls = cls

    @cached_property
    def _fields(self) -> list[tuple[str, str, Read]]:
        # Later than the class, which may hold objects of its own kind.
        fields = attrs.fields(attrs.resolve_types(self._cls))
        return [(field.name, field.alias, reader(field.type)) for field in fields if field.init]

    def __call__(self, data: Any) -> Any:
        given = as_object(data)
        return self._cls(**{alias: read(given[name]) for name, alias, read in self._fields if name in given})


class _Rows:
    """Reads records of one class: one, or many of the same keys, of which it reads one column after the other.

    A call for each value, and ``__init__``, would take as long as parsing the JSON. By columns, most figures need one
    look at their types for all rows, words and days are read once for all rows that share them, and slots are filled
    in C.
    """

    def __init__(self, cls: type[Record]) -> None:
        self._cls = cls

    @cached_property
    def _fields(self) -> list[_Field]:
        return [_Field(self._cls, field) for field in fields_of(self._cls)]

    @cached_property
    def _by_name(self) -> dict[str, _Field]:
        """The fields by the vendor's keys, other spellings included."""
        others = {name: field for field in self._fields for name in field.others}
        return {**others, **{field.name: field for field in self._fields}}

    def row(self, row: Any) -> Any:
        """Read one record."""
        row = as_object(row)
        made = object.__new__(self._cls)
        for field in self._fields:
            field.fill(made, field.read_from(row))
        unknown = {name: row[name] for name in row if name not in self._by_name}
        self._fill_extras(made, Extras(unknown) if unknown else NO_EXTRAS)
        return made

    def rows(self, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Any]:
        """Read records that have the same keys."""
        left = {field.name: field for field in self._fields}
        made = list(map(object.__new__, repeat(self._cls, len(rows))))
        unknown: dict[str, Sequence[Any]] = {}
        # All values in one list, of which a column is every so manieth: faster than to go through all rows each time.
        flat = list(chain.from_iterable(map(_VALUES_OF, rows)))
        for place, name in enumerate(names):
            values = flat[place :: len(names)]
            field = self._by_name.get(name)
            if field is None:
                unknown[name] = values
            elif left.pop(field.name, None):
                _set(field.fill, made, field.read_column(values))
            else:  # two spellings of a field, of which each row may fill another
                return list(map(self.row, rows))
        for field in left.values():
            _set(field.fill, made, repeat(field.default()))
        _set(self._fill_extras, made, _extras(unknown) if unknown else repeat(NO_EXTRAS))
        return made

    @cached_property
    def _fill_extras(self) -> Callable[[Any, Any], None]:
        return _filler(self._cls, "extras")


_rows_of: Callable[[Any], _Rows] = cache(_Rows)


class _Series:
    """Reads lists of records: rows that have the same keys together."""

    def __init__(self, cls: Any) -> None:
        self._make = get_origin(cls)
        self._kinds = Kinds.of(members_of(get_args(cls)[0]))

    def __call__(self, rows: Any) -> Any:
        key = self._kinds.key
        shapes = list(map(_KEYS_OF, as_list(rows)))
        if not key and shapes and shapes.count(shapes[0]) == len(shapes):
            # As nearly all series are; to sort rows into groups would take a third of the time.
            found = _rows_of(self._kinds.find("")).rows(shapes[0], rows)
            return found if self._make is list else self._make(found)
        words = [row.get(key) for row in as_list(rows)] if key else repeat("")
        groups: dict[Any, list[int]] = defaultdict(list)
        for place, shape in enumerate(zip(words, shapes, strict=False)):
            groups[shape].append(place)
        found = [None] * len(rows)
        if len(groups) == 1:
            word, names = next(iter(groups))
            found = _rows_of(self._kinds.find(word)).rows(names, rows)
            groups.clear()
        for (word, names), places in groups.items():
            made = _rows_of(self._kinds.find(word)).rows(names, [rows[place] for place in places])
            for place, record in zip(places, made, strict=True):
                found[place] = record
        return found if self._make is list else self._make(found)


def reader_of_field(field: Any) -> Read:
    """What reads a value of a record's field that is not null; but blank text may stand for null."""
    return lenient(reader(field.type)) if field.metadata.get("lenient") else reader(without_none(field.type))


class _Field:
    """One field of a record, in one row or in a column of them."""

    def __init__(self, cls: type[Record], field: Any) -> None:
        if field.converter or field.validator or isinstance(field.default, _FACTORY):
            raise Undecided
        self.name: str = vendor_key(field)
        self.others: tuple[str, ...] = field.metadata.get("also", ())
        self.fill = _filler(cls, field.name)
        self._default: Any = field.default
        as_text = bool(field.metadata.get("lenient"))
        kind = without_none(field.type)
        self._read = reader_of_field(field)
        self._kind, self._as_json = kind, kind in (bool, int) or (kind is str and not as_text)

    def default(self) -> Any:
        """What a missing or null field becomes."""
        if self._default is attrs.NOTHING:
            raise KeyError(self.name)
        return self._default

    def read_from(self, row: Mapping[str, Any]) -> Any:
        """Read the field of one row."""
        value = row.get(self.name)
        if value is None:
            for other in self.others:
                if (value := row.get(other)) is not None:
                    break
            else:
                return self.default()
        return self._read(value)

    def read_column(self, values: Sequence[Any]) -> Iterable[Any]:
        """Read the field of many rows."""
        kinds, read, kind = set(map(type, values)), self._read, self._kind
        # The sum of numbers is not finite if one of them is not.
        if kind is float and kinds <= {int, float} and math.isfinite(sum(values)):
            return values if kinds == {float} else map(float, values)
        if self._as_json and kinds == {kind}:
            return values
        if kinds == {dict} and all(map(is_record, members_of(kind))):
            return cast("Iterable[Any]", reader(GenericAlias(list, kind))(values))
        if kind is datetime and kinds == {str} and _plain_instants(values):
            return map(datetime.fromisoformat, values)
        default = self.default() if NoneType in kinds else None
        if kinds <= {str, NoneType}:
            made = {value: default if value is None else read(value) for value in set(values)}
            return map(made.__getitem__, values)
        return [default if value is None else read(value) for value in values]


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
        and not text[::length].strip("12")  # years 1 and 9999 are looked at one by one
    )


def _filler(cls: type[Any], name: str) -> Callable[[Any, Any], None]:
    """What fills a slot of a frozen record, which is all that its ``__init__`` would do with the value."""
    return getattr(cls, name).__set__  # type: ignore[no-any-return]


def _set(fill: Callable[[Any, Any], None], records: Sequence[Any], values: Iterable[Any]) -> None:
    deque(map(fill, records, values), maxlen=0)


def _extras(unknown: Mapping[str, Sequence[Any]]) -> Iterator[Extras]:
    return (Extras(dict(zip(unknown, values, strict=True))) for values in zip(*unknown.values(), strict=True))
