"""Records of vendors' data: frozen attrs classes with Python names that also take the vendor's own keys.

    @record
    class PowerData(Record):
        pv_w: float | None = key("ppv", default=None)
        grid_w: float | None = key("pgrid", default=None)
        serial: str | None = key("sysSn", default=None, serial=True)
        soc: float | None = None                       # the vendor calls it "soc" as well

    power = structure(PowerData, {"pgrid": 11, "sysSn": "AL70110230300001", "novel": 1})
    power.grid_w, power["pgrid"], power.extras["novel"]     # 11.0, 11.0, 1

:mod:`openpower_core.convert` reads JSON by this declaration. A missing or null field is None; a field that is
not ``X | None`` and has no default is required.
"""

from __future__ import annotations

import gc
import reprlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum, IntEnum, StrEnum
from functools import wraps
from itertools import repeat
from typing import Any, ClassVar, Final, ParamSpec, Self, TypeVar, cast, dataclass_transform, overload

import attrs

from openpower_core.secrets import NO_EXTRAS, Extras, mask, to_extras

__all__ = ["NO_EXTRAS", "Extras", "Record", "VendorEnum", "VendorIntEnum", "instances", "key", "record", "uncollected"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Class = TypeVar("_Class", bound=type)

_SHOWN: Final = 10  # fields in a record's repr
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxtuple = _SHORT.maxlist = 3


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
        default: what a missing or null field becomes. Without one, a field typed ``X | None`` becomes None and any
            other is required. (Type checkers let only fields with a default be left out of a constructor call.)
        also: other spellings under which the vendor sends it.
        lenient: accept numbers that the vendor sends as text.
        serial: a serial number or meter id: shortened in ``repr``.
        secret: never shown in ``repr`` or in messages.
    """
    metadata = {"key": name, "also": also, "lenient": lenient, "serial": serial, "secret": secret}
    return attrs.field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key,))
def record(cls: _Class) -> _Class:
    """Make a class of annotated fields a record: frozen, slotted, keyword-only, equal by value."""
    # Comparison and hashing are defined once, in Record: attrs would compile them for every class.
    define = attrs.frozen(kw_only=True, repr=False, eq=False, weakref_slot=False, field_transformer=_with_defaults)
    made: Any = define(cls)
    fields = data_fields(made)
    made.__vendor_keys__ = {vendor_key(field): field.name for field in fields}
    if len(made.__vendor_keys__) != len(fields):
        raise TypeError(f"{cls.__name__}: two fields have the same vendor key.")
    return made  # type: ignore[no-any-return]


def _with_defaults(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Let optional fields be left out, and refuse names that would hide a method of :class:`Record`."""
    reserved: Mapping[str, Any] = globals()["Record"].__dict__ if "Record" in globals() else {}
    for field in fields:
        if field.name != "extras" and field.name in reserved:
            raise TypeError(
                f"{cls.__name__}.{field.name} would hide Record.{field.name}; use another name "
                f"in Python and give the vendor's name with key({field.name!r})."
            )
    return [
        field.evolve(default=None) if field.default is attrs.NOTHING and _is_optional(field.type) else field
        for field in fields
    ]


def _is_optional(annotation: object) -> bool:
    # Annotations are text here if the module has "from __future__ import annotations".
    text = annotation if isinstance(annotation, str) else str(annotation)
    parts = [part.strip() for part in text.split("|")]
    return "None" in (parts[0], parts[-1]) or text.startswith(("Optional[", "typing.Optional["))


def data_fields(cls: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The attrs fields that hold vendor data, without ``extras``."""
    return tuple(field for field in attrs.fields(cls) if field.name != "extras")


def vendor_key(field: attrs.Attribute[Any]) -> str:
    """The vendor's name of a field."""
    return field.metadata.get("key") or field.name


def uncollected(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """Decorate what makes many objects, and no cycles: while it runs, the garbage collector pauses.

    It would go through all of them again and again and find nothing, which is a third of the time that a year of prices takes.
    If two threads do this at once, the collector comes back with the first that is done.
    """

    @wraps(work)
    def paused(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        collects = gc.isenabled()
        gc.disable()
        try:
            return work(*args, **kwargs)
        finally:
            if collects:
                gc.enable()

    return paused


def instances(cls: Any, count: int, columns: Mapping[str, Iterable[Any]]) -> list[Any]:
    """Many objects of a slotted attrs class, of values that its ``__init__`` would take as they are: none is converted or checked.

    Slots are filled column by column, in C: a fifth of the time of as many calls of ``__init__``.

    Args:
        cls: the class.
        count: how many.
        columns: the values of each field; a field without a column has its default.
    """
    made = list(map(object.__new__, repeat(cls, count)))
    for field in attrs.fields(cls):
        fill: Callable[[Any, Any], None] = getattr(cls, field.name).__set__
        values = (
            columns[field.name] if field.default is attrs.NOTHING else columns.get(field.name, repeat(field.default))
        )
        deque(map(fill, made, values), maxlen=0)
    return made


@record
class Record:
    """Base of all records: Python names as attributes, the vendor's keys as subscripts."""

    __vendor_keys__: ClassVar[Mapping[str, str]]

    extras: Mapping[str, Any] = attrs.field(default=NO_EXTRAS, converter=to_extras, kw_only=True)
    """What the vendor sent beside the declared fields, and under its key what a declared one could not be read from
    (:func:`~openpower_core.convert.structure_partly`); immutable."""

    def __getitem__(self, name: str) -> Any:
        attribute = self.__vendor_keys__.get(name)
        if attribute is not None:
            return getattr(self, attribute)
        if name in self.extras:
            return self.extras[name]
        raise KeyError(self._near_misses(name))

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
        return tuple(dict.fromkeys((*self.__vendor_keys__, *self.extras)))

    def unreadable(self) -> dict[str, Any]:
        """What could not be read, by the vendor's keys: ``{"soc": "50%"}``; those fields are None."""
        return {name: value for name, value in self.extras.items() if name in self.__vendor_keys__}

    def items(self) -> Iterator[tuple[str, Any]]:
        """Pairs of vendor key and value."""
        return ((name, self[name]) for name in self.keys())

    def is_empty(self) -> bool:
        """Whether every declared field is None, or a record whose fields all are."""
        # A plain loop: a year of usage checks 200,000 records, and most are decided by their first field.
        for name in self.__vendor_keys__.values():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Record) and value.is_empty()):
                return False
        return True

    def to_vendor(self, *, drop_none: bool = False) -> dict[str, Any]:
        """Plain JSON data under the vendor's keys, unknown fields included."""
        return {name: _plain(value, drop_none) for name, value in self.items() if not (drop_none and value is None)}

    def evolve(self, **changes: Any) -> Self:
        """A copy of the record with some fields, by their Python names, changed."""
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
        """The fields that are set, at most ten of them; serial numbers shortened, secrets left out."""
        parts = [
            f"{field.name}={_shown(field, value)}"
            for field in data_fields(type(self))
            if (value := getattr(self, field.name)) is not None and not field.metadata.get("secret")
        ]
        if len(parts) > _SHOWN:
            parts[_SHOWN:] = [f"… {len(parts) - _SHOWN} more"]
        if self.extras:
            parts.append(f"… {len(self.extras)} unknown")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _near_misses(self, name: str) -> str:
        """The message for a key that the record does not have."""
        from difflib import get_close_matches

        lower = [known for known in self.keys() if known.lower() == str(name).lower()]
        close = dict.fromkeys([*lower, *get_close_matches(str(name), self.keys(), n=3, cutoff=0.6)])
        hint = f"did you mean {', '.join(close)}?" if close else f"it has {', '.join(self.keys())}."
        return f"{type(self).__name__} has no key {name!r}; {hint}"


def _shown(field: attrs.Attribute[Any], value: Any) -> str:
    if field.metadata.get("serial"):
        return repr(mask(str(value)))
    if isinstance(value, Record):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _SHORT.repr(value)


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


class _Tolerant(Enum):
    """A value that the class does not list becomes a pseudo-member without a name."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        # str of VendorEnum, int of VendorIntEnum.
        kind: Any = cls._member_type_  # type: ignore[attr-defined]
        if not isinstance(value, kind):
            return None
        unknown = cast("Any", kind.__new__(cls, value))  # pyright: ignore[reportUnknownMemberType]
        unknown._name_ = ""
        unknown._value_ = kind(value)
        return unknown  # type: ignore[no-any-return]

    @property
    def known(self) -> bool:
        """Whether the class lists this value."""
        return self._name_ != ""

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"<{kind}.{self.name}: {self.value!r}>" if self.known else f"<{kind} unknown: {self.value!r}>"

    # Enum copies and pickles members by name; pseudo-members have none, so all go by value.
    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._value_,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: Any) -> Self:
        return self


class VendorEnum(_Tolerant, StrEnum):
    """Base of a vendor's enum of words; a word it does not list becomes a value with ``known`` False.

    >>> class Spike(VendorEnum):
    ...     NONE = "none"
    ...     SPIKE = "spike"
    >>> Spike("spike")
    <Spike.SPIKE: 'spike'>
    >>> word = Spike("superSpike")
    >>> word, word.known, word == "superSpike"
    (<Spike unknown: 'superSpike'>, False, True)
    """


class VendorIntEnum(_Tolerant, IntEnum):
    """Base of a vendor's enum of numbers; a number it does not list becomes a value with ``known`` False."""
