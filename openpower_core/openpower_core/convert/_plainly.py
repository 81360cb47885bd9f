"""The short way from JSON data to records, without cattrs: for answers that fit, as nearly all do.

It knows records of scalars, words, records and lists of them. It judges single values by the same functions as
the careful way, and gives up at the first that does not fit: the careful way finds the words for it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from attrs import NOTHING

from openpower_core.convert._keys import Keys
from openpower_core.convert._mismatch import is_list, is_object
from openpower_core.convert._scalars import SCALARS, enum_hook, lenient
from openpower_core.records import Record, data_fields, resolved, vendor_key

if TYPE_CHECKING:
    import attrs

__all__ = ["NotPlain", "plainly"]

Read = Callable[[Any], Any]


class NotPlain(ValueError):
    """The data, or the type, is not for the short way."""


def plainly(cls: Any, data: Any) -> Any:
    """Like :func:`structure`; any ``ValueError`` means that the careful way has to do it."""
    return _reader(cls)(data)


@cache
def _reader(kind: Any) -> Read:
    """What reads data of one type."""
    if kind is Any:
        return lambda data: data
    if kind in SCALARS:
        return SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, Record):
        return _record_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        to_member: Read = enum_hook(kind)
        return to_member
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType) and len(parts) == 2 and NoneType in parts:
        return _optional(_reader(parts[parts[0] is NoneType]))
    if origin is list or (origin is tuple and parts[1:] == (...,)):
        return _collection(_reader(parts[0]), origin)
    return _leave


def _leave(_data: Any) -> Any:
    raise NotPlain


def _optional(read: Read) -> Read:
    return lambda data: None if data is None else read(data)


def _collection(read: Read, make: Callable[[Any], Any]) -> Read:
    def to_collection(data: Any) -> Any:
        if not is_list(data):
            raise NotPlain
        return make([read(item) for item in data])

    return to_collection


def _record_reader(cls: Any) -> Read:
    def to_record(data: Any) -> Record:
        if not is_object(data):
            raise NotPlain
        # Not made before there is data, since records may hold records of their own kind.
        keys, readers, needed = _parts(cls)
        present = keys.present(data)
        if not present.keys() >= needed:
            raise NotPlain
        values = {name: read(present[key]) for key, (name, read) in readers.items() if key in present}
        made: Record = cls(**values, extras=keys.unknown(data))
        return made

    return to_record


@cache
def _parts(cls: Any) -> tuple[Keys, dict[str, tuple[str, Read]], frozenset[str]]:
    """The keys of a record, the argument and the reader that belong to each, and those that must be there."""
    fields = data_fields(resolved(cls))
    readers = {vendor_key(field): (field.alias or field.name, _field_reader(field)) for field in fields}
    needed = frozenset(vendor_key(field) for field in fields if field.default is NOTHING)
    return Keys(cls), readers, needed


def _field_reader(field: attrs.Attribute[Any]) -> Read:
    kind: Any = field.type
    read = _reader(kind)
    return (lambda value: read(lenient(value))) if field.metadata.get("lenient") else read
