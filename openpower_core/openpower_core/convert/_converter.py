"""The cattrs converter that reads JSON data into records and into openpower's own vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin

import attrs
from cattrs import Converter, override
from cattrs.gen import make_dict_structure_fn

from openpower_core.convert._findings import items_error, note_index
from openpower_core.convert._keys import Keys
from openpower_core.convert._mismatch import Mismatch, is_list, is_object
from openpower_core.convert._scalars import SCALARS, enum_hook, lenient
from openpower_core.convert._unions import is_literal, is_union, literal_hook, union_hook
from openpower_core.records import Record, data_fields, resolved, vendor_key

__all__ = ["reading_converter"]

Hook = Callable[[Any, Any], Any]


def reading_converter() -> Converter:
    """A converter that knows records, scalars, enums, unions and collections; it reports all findings."""
    converter = Converter(detailed_validation=True)
    for kind, hook in SCALARS.items():
        converter.register_structure_hook(kind, _unless_enum(hook))
    converter.register_structure_hook(Enum, _to_member)
    for predicate, make in _factories(converter):
        converter.register_structure_hook_factory(predicate, make)
    return converter


def _factories(converter: Converter) -> list[tuple[Callable[[Any], bool], Callable[[Any], Any]]]:
    """Which kinds of types are read how; later ones are asked first."""
    return [
        (is_literal, literal_hook),
        (is_union, lambda cls: union_hook(converter, cls)),
        (_is_collection(list, tuple, frozenset), lambda cls: _collection_hook(converter, cls)),
        (_is_collection(dict, Mapping), lambda cls: _mapping_hook(converter, cls)),
        # The vocabulary's classes, also those that are mappings or sequences besides.
        (_is_attrs, lambda cls: make_dict_structure_fn(cls, converter)),
        (_is_record, lambda cls: _record_hook(converter, cls)),
    ]


def _unless_enum(hook: Hook) -> Hook:
    # cattrs asks the hook of str for enums of words as well, since those are strings too.
    return lambda value, cls: (_to_member if issubclass(cls, Enum) else hook)(value, cls)


def _to_member(value: Any, cls: type[Enum]) -> Enum:
    return _enum_hook(cls)(value)  # type: ignore[no-any-return]


_enum_hook = cache(enum_hook)


def _is_attrs(cls: Any) -> bool:
    return isinstance(cls, type) and attrs.has(cls)


def _is_record(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Record)


def _is_collection(*kinds: Any) -> Callable[[Any], bool]:
    return lambda cls: get_origin(cls) in kinds


def _record_hook(converter: Converter, cls: type[Record]) -> Hook:
    fields, keys = data_fields(resolved(cls)), Keys(cls)
    read = make_dict_structure_fn(
        cls, converter, extras=override(omit=True), **{field.name: _override(converter, field) for field in fields}
    )

    def to_record(data: Any, _type: Any = None) -> Record:
        if not is_object(data):
            raise Mismatch("an object", data)
        made = read(keys.present(data), cls)
        if unknown := keys.unknown(data):
            object.__setattr__(made, "extras", unknown)
        return made

    return to_record


def _override(converter: Converter, field: attrs.Attribute[Any]) -> Any:
    if not field.metadata.get("lenient"):
        return override(rename=vendor_key(field))

    kind: Any = field.type

    def read_leniently(value: Any, _type: Any = None) -> Any:
        return converter.structure(lenient(value), kind)

    return override(rename=vendor_key(field), struct_hook=read_leniently)


def _collection_hook(converter: Converter, cls: Any) -> Hook:
    make, (item, *_) = get_origin(cls), get_args(cls)
    read = converter.get_structure_hook(item)

    def to_collection(data: Any, _type: Any = None) -> Any:
        if not is_list(data):
            raise Mismatch("a list", data)
        return make(_each(read, enumerate(data), item, cls))

    return to_collection


def _mapping_hook(converter: Converter, cls: Any) -> Hook:
    name, item = get_args(cls)
    read_name, read = converter.get_structure_hook(name), converter.get_structure_hook(item)

    def to_mapping(data: Any, _type: Any = None) -> Any:
        if not is_object(data):
            raise Mismatch("an object", data)
        names = _each(read_name, ((word, word) for word in data), name, cls)
        return dict(zip(names, _each(read, data.items(), item, cls), strict=True))

    return to_mapping


def _each(read: Hook, items: Any, kind: Any, cls: Any) -> list[Any]:
    """Read each item; raise once, with everything that was found."""
    made: list[Any] = []
    errors: list[Exception] = []
    for index, value in items:
        try:
            made.append(read(value, kind))
        except Exception as error:  # noqa: BLE001 – collected and raised together below
            note_index(error, index, kind)
            errors.append(error)
    if errors:
        raise items_error(errors, cls)
    return made
