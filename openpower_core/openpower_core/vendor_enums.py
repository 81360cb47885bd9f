"""Enums of vendors' words, with a door for the words that nobody has told us about.

    class Spike(VendorEnum):
        NONE = "none"
        SPIKE = "spike"

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

from enum import IntEnum, StrEnum
from typing import Any, Self

__all__ = ["VendorEnum", "VendorIntEnum"]


class VendorEnum(StrEnum):
    """Base of a vendor's enum of words; a word it does not list becomes a value with ``known`` False."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = ""
        unknown._value_ = value
        return unknown

    @property
    def known(self) -> bool:
        """Whether this word is one that the class lists."""
        return self._name_ != ""

    def __repr__(self) -> str:
        return _show(self)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._value_,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: Any) -> Self:
        return self


class VendorIntEnum(IntEnum):
    """Base of a vendor's enum of numbers; a number it does not list becomes a value with ``known`` False."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = ""
        unknown._value_ = int(value)
        return unknown

    @property
    def known(self) -> bool:
        """Whether this number is one that the class lists."""
        return self._name_ != ""

    def __repr__(self) -> str:
        return _show(self)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._value_,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: Any) -> Self:
        return self


def _show(word: VendorEnum | VendorIntEnum) -> str:
    kind = type(word).__name__
    if word.known:
        return f"<{kind}.{word.name}: {word.value!r}>"
    return f"<{kind} unknown: {word.value!r}>"
