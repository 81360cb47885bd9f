"""The detailed converter, cattrs: finds everything that does not fit, with its place, and words the message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, IterableValidationError, override
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import (
    make_dict_structure_fn,
    make_mapping_structure_fn,  # pyright: ignore[reportUnknownVariableType]
)

from openpower_core.convert._values import (
    SCALARS,
    Kinds,
    Mismatch,
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
    to_decimal,
    to_literal,
    to_member,
)
from openpower_core.errors import BadResponse
from openpower_core.records import Extras, vendor_key

Hook = Callable[[Any, Any], Any]

_LISTED: Final = 5  # findings in one message
_ENOUGH: Final = 100  # findings in one list


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
    """A converter that knows records, scalars, enums, unions and collections."""
    made = Converter()
    # By class: StrEnum besides Enum, since words are str before they are Enum.
    for kind in (Enum, StrEnum, IntEnum):
        made.register_structure_hook(kind, lambda value, cls: to_member(cls, value))
    for kind, read in {**SCALARS, Decimal: to_decimal}.items():
        made.register_structure_hook(kind, _hook(read))
    # By predicate, of which later ones are asked first.
    made.register_structure_hook_factory(lambda cls: _origin(cls) is Literal, _literal_hook)
    made.register_structure_hook_factory(is_union, _union_hook)
    made.register_structure_hook_factory(lambda cls: _origin(cls) in (list, tuple, frozenset), _list_hook)
    made.register_structure_hook_factory(lambda cls: _origin(cls) in (dict, Mapping), _mapping_hook)
    # Named here since some classes of the vocabulary are mappings or sequences besides.
    made.register_structure_hook_factory(lambda cls: isinstance(cls, type) and attrs.has(cls), _attrs_hook)
    made.register_structure_hook_factory(is_record, _record_hook)
    return made


def _origin(cls: Any) -> Any:
    return get_origin(cls)


def _hook(read: Read) -> Hook:
    return lambda value, _: read(value)


def _read(cls: Any, converter: Converter) -> Read:
    hook = converter.get_structure_hook(cls)
    return lambda value: hook(value, cls)


def _literal_hook(cls: Any, _converter: Converter) -> Hook:
    return _hook(to_literal(cls))


def _union_hook(cls: Any, converter: Converter) -> Hook:
    members = members_of(cls)
    if len(members) == 1:
        return _hook(optional(cls, _read(members[0], converter)))
    if not all(map(is_record, members)):
        return _hook(optional(cls, first_of(members, [_read(member, converter) for member in members])))
    kinds = Kinds.of(members)
    return _hook(optional(cls, lambda value: converter.structure(value, kinds.find(as_object(value).get(kinds.key)))))


def _list_hook(cls: Any, converter: Converter) -> Hook:
    make, item = get_origin(cls), get_args(cls)[0]
    read = _read(item, converter)

    def to_list(value: Any, _type: Any) -> Any:
        made: list[Any] = []
        wrong: list[Exception] = []
        for place, one in enumerate(as_list(value)):
            try:
                made.append(read(one))
            except Exception as error:  # noqa: BLE001 - as cattrs does
                note = IterableValidationNote(f"at {place}", place, item)
                error.__notes__ = [*getattr(error, "__notes__", ()), note]
                wrong.append(error)
                # A message names five: a hundred thousand would take seconds, and nobody would read them.
                if len(wrong) == _ENOUGH:
                    break
        if wrong:
            raise IterableValidationError("", wrong, cls)  # pyright: ignore[reportCallIssue]
        return make(made)

    return to_list


def _mapping_hook(cls: Any, converter: Converter) -> Hook:
    hook = make_mapping_structure_fn(cls, converter)
    return lambda value, _: hook(as_object(value), cls)


def _attrs_hook(cls: Any, converter: Converter) -> Hook:
    hook = make_dict_structure_fn(cls, converter)
    return lambda value, _: hook(as_object(value), cls)


def _record_hook(cls: Any, converter: Converter) -> Hook:
    fields = fields_of(cls)
    also = {other: vendor_key(field) for field in fields for other in field.metadata.get("also", ())}
    known = {*also, *map(vendor_key, fields)}
    overrides: dict[str, Any] = {
        field.name: override(
            rename=vendor_key(field),
            struct_hook=_hook(lenient(_read(field.type, converter))) if field.metadata.get("lenient") else None,
        )
        for field in fields
    }
    hook = make_dict_structure_fn(cls, converter, extras=override(omit=True), **overrides)

    def to_record(value: Any, _type: Any) -> Any:
        present = {name: item for name, item in as_object(value).items() if item is not None}
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
