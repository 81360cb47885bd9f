"""Taking a box's serial out of what is kept, and putting it back; shortening it for people's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.convert import unstructure
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["masked", "note_serial", "with_serial", "without_serial"]

PLACEHOLDER: Final = "{serial}"
"""Stands in the state folder where the vendor's documents and our receipts hold the serial."""

_noted: set[str] = set()
"""The serials of all boxes in this process: a charger's calls name the system that it hangs on."""
_TOLD_APART: Final = 8
"""Up to so many characters a shortened serial shows nothing of it."""


def note_serial(serial: str) -> None:
    """Take note of a box, so that its serial is kept out of what other boxes' writes leave behind too."""
    if len(serial) > _TOLD_APART:
        _noted.add(serial)


def without_serial(value: Any, serial: str) -> Any:
    """Give a value as JSON without the serial, so that it may be kept; :func:`with_serial` undoes it."""
    plain = unstructure(value)
    return _exchanged(plain, serial, PLACEHOLDER, _reference) if serial else plain


def with_serial(value: Any, serial: str) -> Any:
    """Put the serial back into JSON that was kept."""
    return _exchanged(value, PLACEHOLDER, serial, _resolved)


def masked(value: Any, serial: str) -> Any:
    """Give a value as JSON with the serial shortened, for the audit."""
    plain = unstructure(value)
    return _exchanged(plain, serial, mask(serial), _shortened) if serial else plain


def _reference(value: str) -> str:
    return f"{{{mask(value)}}}" if value in _noted else value


def _resolved(value: str) -> str:
    if not (value.startswith("{") and value.endswith("}")):
        return value
    known = [serial for serial in _noted if _reference(serial) == value]
    return known[0] if len(known) == 1 else value


def _shortened(value: str) -> str:
    return mask(value) if value in _noted else value


def _exchanged(value: Any, old: str, new: str, other: Callable[[str], str]) -> Any:
    """Exchange one serial wherever it stands, and those of other boxes where they are the whole value."""
    match value:
        case str():
            return value.replace(old, new) if old in value else other(value)
        case list():
            return [_exchanged(each, old, new, other) for each in _items(value)]
        case dict():
            return {_exchanged(key, old, new, other): _exchanged(each, old, new, other) for key, each in _pairs(value)}
        case _:
            return value


def _items(value: Any) -> list[Any]:
    return [*value]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return [*value.items()]
