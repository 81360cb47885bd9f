"""What a value is said to be when it is not of the kind that was expected."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence, Set as AbstractSet
from typing import Any, Final, TypeGuard

__all__ = ["Mismatch", "is_list", "is_object"]

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60
_SHORT.maxlist = _SHORT.maxdict = 3
_SHORT.maxlevel = 2


class Mismatch(ValueError):
    """A value is not of the kind that was expected."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected, value)
        self.expected = expected
        self.value = value

    def __str__(self) -> str:
        return f"expected {self.expected}, got {_SHORT.repr(self.value)}"


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any] | AbstractSet[Any]]:
    """Whether it is a JSON list, or a collection that stands for one."""
    return isinstance(value, list | tuple | set | frozenset)
