"""How the fast converter reads lists of records: column by column, with the value functions of the detailed one."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, repeat
from types import GenericAlias, NoneType
from typing import Any, Final, cast, get_args, get_origin

import attrs
from cattrs import Converter

from openpower_core.convert._converter import (
    Kinds,
    as_list,
    field_hook,
    fields_of,
    is_series,
    members_of,
    new_converter,
    read,
    without_none,
)
from openpower_core.records import NO_EXTRAS, Extras, Record, vendor_key

_AS_JSON: Final = (str, bool, int, float)
"""What json gives as it is wanted, but for floats that are not finite."""
_KEYS_OF: Final = cast("Callable[[Any], tuple[str, ...]]", tuple)
_VALUES_OF: Final[Callable[[Any], Iterable[Any]]] = dict[str, Any].values


def read_series(cls: Any, data: Any, where: str) -> Any:
    """Structure a list of records; see :func:`read`."""
    return read(cls, data, where, series_converter())


@cache
def series_converter() -> Converter:
    """The fast converter that reads lists of records by columns, nested ones too."""
    made = new_converter(detailed=False)
    made.register_structure_hook_factory(is_series, _Series)
    return made


class _Series:
    """Reads lists of records: rows that have the same keys together, and of those one column after the other.

    A hook costs a Python call for each value, and ``__init__`` takes as long as parsing the JSON. By columns, most
    figures need one look at their types for all rows, words and days are read once for all rows that share them, and
    slots are filled in C.
    """

    def __init__(self, cls: Any, converter: Converter) -> None:
        self._make = get_origin(cls)
        self._kinds = Kinds.of(members_of(get_args(cls)[0]))
        self._converter = converter
        self._columns: dict[type, Mapping[str, _Column]] = {}

    def __call__(self, rows: Any, _type: Any) -> Any:
        key = self._kinds.key
        words = [row.get(key) for row in as_list(rows)] if key else repeat("")
        groups: dict[Any, list[int]] = defaultdict(list)
        for place, shape in enumerate(zip(words, map(_KEYS_OF, as_list(rows)), strict=False)):
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
    made = [(field, _Column(cls, field, converter)) for field in fields_of(cls)]
    return {
        **{other: column for field, column in made for other in field.metadata.get("also", ())},
        **{vendor_key(field): column for field, column in made},
    }


class _Column:
    """The values of one field."""

    def __init__(self, cls: type[Record], field: attrs.Attribute[Any], converter: Converter) -> None:
        self._cls, self._field, self._converter = cls, field, converter
        # Without "| None", for which the hook would be one call more.
        self._kind: Any = field.type if field.metadata.get("lenient") else without_none(field.type)
        self._hook = field_hook(field.evolve(type=self._kind), converter)

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
        if kinds == {dict} and is_series(series := GenericAlias(list, kind)):
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
