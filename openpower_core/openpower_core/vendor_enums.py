"""Enums of vendors' words that accept words which the enum does not list.

>>> class Spike(VendorEnum):
...     NONE = "none"
...     SPIKE = "spike"
>>> Spike("spike")
<Spike.SPIKE: 'spike'>
>>> word = Spike("superSpike")
>>> word, word.known, word == "superSpike"
(<Spike unknown: 'superSpike'>, False, True)
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import Any, Self, cast

__all__ = ["VendorEnum", "VendorIntEnum"]


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
    """Base of a vendor's enum of words; a word it does not list becomes a value with ``known`` False."""


class VendorIntEnum(_Tolerant, IntEnum):
    """Base of a vendor's enum of numbers; a number it does not list becomes a value with ``known`` False."""
