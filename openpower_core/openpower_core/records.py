"""Records of vendors' data: frozen attrs classes with Python names that also answer to the vendor's own keys.

    @record
    class PowerData(Record):
        pv_w: float | None = key("ppv", default=None)
        grid_w: float | None = key("pgrid", default=None)
        serial: str | None = key("sysSn", default=None, serial=True)
        soc: float | None = None                       # the vendor calls it "soc" as well

    power = structure(PowerData, {"pgrid": 11, "sysSn": "AL70110230300001", "novel": 1})
    power.grid_w, power["pgrid"], power.extras["novel"]     # 11.0, 11.0, 1

The declaration is the only one: :mod:`openpower_core.convert` derives from it both the careful way of
reading JSON and the fast one for long series. What is missing or null is None; a field that is not
``X | None`` and has no default must be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Final, Self, TypeVar, cast, dataclass_transform, overload

import attrs

from openpower_core._record_repr import describe, near_misses
from openpower_core.vendor_enums import VendorEnum, VendorIntEnum

__all__ = ["NO_EXTRAS", "Extras", "Record", "VendorEnum", "VendorIntEnum", "key", "record"]

_T = TypeVar("_T")
_Class = TypeVar("_Class", bound=type)


class Extras(Mapping[str, Any]):
    """An immutable mapping of what the vendor sent and the record's class does not know."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: dict[str, Any] = dict(fields or {})

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Extras({', '.join(self._fields)})"


NO_EXTRAS: Final = Extras()
"""What all records without unknown fields share, so that they cost nothing."""


def _extras(fields: Mapping[str, Any]) -> Extras:
    if isinstance(fields, Extras):
        return fields
    return Extras(fields) if fields else NO_EXTRAS


@overload
def key(
    name: str | None = None,
    *,
    default: _T,
    also: tuple[str, ...] = ...,
    lenient: bool = ...,
    serial: bool = ...,
    secret: bool = ...,
) -> _T: ...


@overload
def key(
    name: str | None = None, *, also: tuple[str, ...] = ..., lenient: bool = ..., serial: bool = ..., secret: bool = ...
) -> Any: ...


def key(
    name: str | None = None,
    *,
    default: Any = attrs.NOTHING,
    also: tuple[str, ...] = (),
    lenient: bool = False,
    serial: bool = False,
    secret: bool = False,
) -> Any:
    """Declare one field of a record.

    Args:
        name: the vendor's key; None when it is the Python name.
        default: what a missing or null field becomes. Without one, a field typed ``X | None`` becomes
            None and any other must be there. (Type checkers let only fields with a default be left out
            of a constructor call.)
        also: other spellings under which the vendor sends it.
        lenient: take numbers that the vendor sends as text.
        serial: a serial number or meter id: shortened in ``repr``.
        secret: never shown in ``repr`` or in messages.
    """
    return attrs.field(
        default=default, metadata={_KEY: name, "also": also, "lenient": lenient, "serial": serial, "secret": secret}
    )


_KEY: Final = "key"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key,))
def record(cls: _Class) -> _Class:
    """Make a class of annotated fields a record: frozen, slotted, keyword-only, equal by value."""
    # Comparing and hashing are written once, in Record: attrs would compile them for every class anew.
    made: Any = attrs.frozen(kw_only=True, repr=False, eq=False, weakref_slot=False, field_transformer=_with_defaults)(
        cls
    )
    keys = {vendor_key(a): a.name for a in data_fields(made)}
    if len(keys) != len(data_fields(made)):
        raise TypeError(f"{cls.__name__}: two fields have the same vendor key.")
    made.__vendor_keys__ = keys
    return made  # type: ignore[no-any-return]


def _with_defaults(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Let optional fields be left out, and refuse names that would hide a method of :class:`Record`."""
    for field in fields:
        if field.name != "extras" and field.name in _reserved():
            raise TypeError(
                f"{cls.__name__}.{field.name} would hide Record.{field.name}; name it otherwise "
                f"in Python and give the vendor's name with key({field.name!r})."
            )
    return [
        field.evolve(default=None) if field.default is attrs.NOTHING and _is_optional(field.type) else field
        for field in fields
    ]


def _reserved() -> frozenset[str]:
    made: type | None = globals().get("Record")
    return frozenset() if made is None else frozenset(made.__dict__)


def _is_optional(annotation: object) -> bool:
    # Annotations are text here wherever "from __future__ import annotations" stands.
    text = annotation if isinstance(annotation, str) else str(annotation)
    parts = [part.strip() for part in text.split("|")]
    return "None" in (parts[0], parts[-1]) or text.startswith(("Optional[", "typing.Optional["))


def data_fields(cls: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The attrs fields that hold vendor data, without ``extras``."""
    return tuple(field for field in attrs.fields(cls) if field.name != "extras")


def resolved(cls: Any) -> Any:
    """The class, with its fields' types turned from text into types."""
    return attrs.resolve_types(cls)


def vendor_key(field: attrs.Attribute[Any]) -> str:
    """The vendor's name of a field."""
    return field.metadata.get(_KEY) or field.name


@record
class Record:
    """Base of all records: Python names as attributes, the vendor's keys as subscripts."""

    __vendor_keys__: ClassVar[Mapping[str, str]]

    extras: Mapping[str, Any] = attrs.field(default=NO_EXTRAS, converter=_extras, kw_only=True)
    """What the vendor sent beside the declared fields; immutable."""

    def __getitem__(self, name: str) -> Any:
        attribute = self.__vendor_keys__.get(name)
        if attribute is not None:
            return getattr(self, attribute)
        if name in self.extras:
            return self.extras[name]
        raise KeyError(near_misses(type(self), name, self.keys()))

    def __contains__(self, name: object) -> bool:
        return name in self.__vendor_keys__ or name in self.extras

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, name: str, default: Any = None) -> Any:
        """The value under a vendor key, or ``default`` where the record has no such key."""
        attribute = self.__vendor_keys__.get(name)
        return self.extras.get(name, default) if attribute is None else getattr(self, attribute)

    def keys(self) -> tuple[str, ...]:
        """The vendor's keys: those declared, then the unknown ones that were sent."""
        return (*self.__vendor_keys__, *self.extras)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Pairs of vendor key and value."""
        return ((name, self[name]) for name in self.keys())

    def is_empty(self) -> bool:
        """Whether every declared field is None (or a record of which that is true)."""
        return all(_empty(getattr(self, name)) for name in self.__vendor_keys__.values())

    def to_vendor(self, *, drop_none: bool = False) -> dict[str, Any]:
        """Plain JSON data under the vendor's keys, unknown fields included."""
        return {name: _plain(value, drop_none) for name, value in self.items() if not (drop_none and value is None)}

    def evolve(self, **changes: Any) -> Self:
        """The same record with some fields, by their Python names, changed; this one stays what it is."""
        return attrs.evolve(self, **changes)  # type: ignore[misc]  # mypy sees no attrs class in Self

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = (*self.__vendor_keys__.values(), "extras")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        values = [getattr(self, name) for name in self.__vendor_keys__.values()]
        return hash((type(self), *values))

    def __repr__(self) -> str:
        return describe(self, data_fields(type(self)))


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, Record) and value.is_empty())


def _plain(value: Any, drop_none: bool) -> Any:
    if isinstance(value, Record):
        return value.to_vendor(drop_none=drop_none)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return [_plain(item, drop_none) for item in cast("tuple[Any, ...]", value)]
    if isinstance(value, Mapping):
        return {k: _plain(v, drop_none) for k, v in cast("Mapping[str, Any]", value).items()}
    return value
