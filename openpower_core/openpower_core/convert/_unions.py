"""Unions: optional values, values of several JSON kinds, and records told apart by a ``type`` key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import attrs
from attrs import frozen

from openpower_core.convert._mismatch import Mismatch, is_object
from openpower_core.records import Record, data_fields, resolved, vendor_key

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["Tagged", "is_literal", "is_union", "literal_hook", "tag_of", "tagged", "union_hook"]

Hook = Callable[[Any, Any], Any]


def is_union(cls: Any) -> bool:
    """Whether it is ``A | B``, ``Optional[A]`` or ``Union[A, B]``."""
    return isinstance(cls, UnionType) or get_origin(cls) is Union


def is_literal(cls: Any) -> bool:
    """Whether it is ``Literal[…]``."""
    return get_origin(cls) is Literal


def literal_hook(cls: Any) -> Hook:
    """A function that lets only the listed values pass."""
    values = get_args(cls)
    what = " or ".join(repr(value) for value in values)

    def to_literal(value: Any, _type: Any = None) -> Any:
        for allowed in values:
            if type(value) is type(allowed) and value == allowed:
                return allowed
        raise Mismatch(what, value)

    return to_literal


@frozen
class Tagged:
    """A union of records, told apart by one key."""

    key: str
    """The vendor's key that names the kind."""
    kinds: Mapping[str, type[Record]]
    door: type[Record] | None
    """What a record of an unknown kind becomes; None refuses it."""


def tag_of(cls: type[Record]) -> tuple[attrs.Attribute[Any], str] | None:
    """The field typed ``Literal["…"]`` by which records of this class are known, and its value."""
    for field in data_fields(resolved(cls)):
        if is_literal(field.type) and isinstance(get_args(field.type)[0], str):
            return field, get_args(field.type)[0]
    return None


def tagged(members: tuple[Any, ...]) -> Tagged:
    """How to tell the members of a union apart; at most one of them has no tag and takes the unknown."""
    tags = {cls: tag_of(cls) for cls in members}
    doors = [cls for cls, tag in tags.items() if tag is None]
    kinds = {tag[1]: cls for cls, tag in tags.items() if tag is not None}
    keys = {vendor_key(tag[0]) for tag in tags.values() if tag is not None}
    if len(doors) > 1 or len(keys) != 1 or len(kinds) + len(doors) != len(members):
        names = ", ".join(cls.__name__ for cls in members)
        raise TypeError(f"{names} cannot be told apart: give each its own Literal of one key, but at most one.")
    return Tagged(keys.pop(), kinds, doors[0] if doors else None)


def union_hook(converter: Converter, cls: Any) -> Hook:
    """A function that finds the right member of a union."""
    members = tuple(member for member in get_args(cls) if member is not NoneType)
    inner = _member_hook(converter, members)
    if len(members) == len(get_args(cls)):
        return inner

    def to_optional(value: Any, _type: Any = None) -> Any:
        return None if value is None else inner(value, _type)

    return to_optional


def _member_hook(converter: Converter, members: tuple[Any, ...]) -> Hook:
    if len(members) == 1:
        read = converter.get_structure_hook(members[0])
        return lambda value, _type: read(value, members[0])
    if all(isinstance(member, type) and issubclass(member, Record) for member in members):
        return _tagged_hook(converter, tagged(members))
    return _first_hook(converter, members)


def _tagged_hook(converter: Converter, union: Tagged) -> Hook:
    what = f"{union.key!r} to be one of {', '.join(map(repr, union.kinds))}"

    def to_kind(value: Any, _type: Any = None) -> Any:
        if not is_object(value):
            raise Mismatch("an object", value)
        word: Any = value.get(union.key)
        kind = union.kinds.get(word, union.door) if isinstance(word, str) else union.door
        if kind is None:
            raise Mismatch(what, word)
        return converter.structure(value, kind)

    return to_kind


def _first_hook(converter: Converter, members: tuple[Any, ...]) -> Hook:
    # A value that is of a member's very type is that member; 5 in "str | float" is the float.
    hooks = [(member, converter.get_structure_hook(member)) for member in members]

    def to_first(value: Any, _type: Any = None) -> Any:
        exact = [pair for pair in hooks if pair[0] is type(value)]
        for member, read in (*exact, *hooks):
            try:
                return read(value, member)
            except Exception:  # noqa: BLE001, S112 – the next member may take it
                continue
        names = " or ".join(getattr(member, "__name__", str(member)) for member in members)
        raise Mismatch(names, value)

    return to_first
