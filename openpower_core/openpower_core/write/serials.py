"""Taking a box's serial out of what is kept, and putting it back; shortening it for people's eyes."""

from __future__ import annotations

from typing import Any, Final

from openpower_core.convert import unstructure
from openpower_core.secrets import mask

__all__ = ["masked", "with_serial", "without_serial"]

PLACEHOLDER: Final = "{serial}"
"""Stands in the state folder where the vendor's documents and our receipts hold the serial."""


def without_serial(value: Any, serial: str) -> Any:
    """Give a value as JSON without the serial, so that it may be kept; :func:`with_serial` undoes it."""
    plain = unstructure(value)
    return _exchanged(plain, serial, PLACEHOLDER) if serial else plain


def with_serial(value: Any, serial: str) -> Any:
    """Put the serial back into JSON that was kept."""
    return _exchanged(value, PLACEHOLDER, serial)


def masked(value: Any, serial: str) -> Any:
    """Give a value as JSON with the serial shortened, for the audit."""
    plain = unstructure(value)
    return _exchanged(plain, serial, mask(serial)) if serial else plain


def _exchanged(value: Any, old: str, new: str) -> Any:
    match value:
        case str():
            return value.replace(old, new)
        case list():
            return [_exchanged(each, old, new) for each in _items(value)]
        case dict():
            return {
                _exchanged(key, old, new): _exchanged(each, old, new) for key, each in _pairs(value)
            }
        case _:
            return value


def _items(value: Any) -> list[Any]:
    return [*value]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return [*value.items()]
