"""What a record looks like on the wire: a msgspec struct derived from its declaration.

The struct has the record's attributes under the vendor's names, so that numbers, moments, days and words are
decoded in C. It refuses what the record does not declare: such an item is read again the careful way, which
keeps it in ``extras``, and all others pay nothing for that.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import attrs
import msgspec

from openpower_core.convert._scalars import SCALARS
from openpower_core.convert._unions import is_literal, is_union, tag_of
from openpower_core.records import Record, data_fields, resolved, vendor_key
from openpower_core.vendor_enums import VendorEnum, VendorIntEnum

__all__ = ["NotOnTheWire", "is_record", "optional_part", "wire_of"]

_Aware: Final = Annotated[datetime, msgspec.Meta(tz=True)]


class NotOnTheWire(TypeError):
    """A field's type has no fast form; the record is always read the careful way."""


def is_record(cls: Any) -> bool:
    """Whether it is a record class."""
    return isinstance(cls, type) and issubclass(cls, Record)


def optional_part(kind: Any) -> Any:
    """What is left of ``X | None`` without the None."""
    if not is_union(kind):
        return kind
    members = [member for member in get_args(kind) if member is not NoneType]
    return members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007


@cache
def wire_of(cls: Any) -> type[msgspec.Struct]:
    """The struct that one record class is decoded by; a field typed ``Literal`` becomes its tag."""
    tag = tag_of(cls)
    fields = [field for field in data_fields(resolved(cls)) if tag is None or field != tag[0]]
    return msgspec.defstruct(
        f"{cls.__name__}Wire",
        [_wire_field(field) for field in fields],
        rename={field.name: vendor_key(field) for field in fields},
        tag_field=vendor_key(tag[0]) if tag else None,
        tag=tag[1] if tag else None,
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _wire_field(field: attrs.Attribute[Any]) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.default is attrs.NOTHING:
        return field.name, _wire_type(field.type)
    return field.name, _wire_type(field.type) | None, None


def _wire_type(kind: Any) -> Any:
    if is_union(kind):
        return Union[tuple(_wire_type(member) for member in get_args(kind))]  # noqa: UP007
    if get_origin(kind) is tuple and get_args(kind)[1:] == (...,):
        return list[_wire_type(get_args(kind)[0])]  # type: ignore[misc]
    if kind is datetime:
        return _Aware
    if is_record(kind):
        return wire_of(kind)
    if kind in (Any, NoneType) or kind in SCALARS or is_literal(kind):
        return kind
    if isinstance(kind, type) and issubclass(kind, VendorEnum | VendorIntEnum):
        return kind
    raise NotOnTheWire(f"{kind} has no fast form")
