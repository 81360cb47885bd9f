"""Objects to plain JSON data, for state files and ``--json``: the way back is :func:`structure`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import attrs

from openpower_core.records import Record

__all__ = ["unstructure"]


def unstructure(value: Any) -> Any:
    """Plain JSON data: objects by field name, records by the vendor's keys, sets sorted.

    Moments become ISO 8601 in UTC, durations seconds, ``Decimal`` text (so that no digit is lost).
    ``raw`` of readings and prices is left out; a secret is refused.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    for kind, make in _PLAIN:
        if isinstance(value, kind):
            return make(value)
    return _other(value)


def _other(value: Any) -> Any:
    cls: Any = value.__class__
    if attrs.has(cls):
        return _object(value)
    if isinstance(value, Mapping):
        return _mapping(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Iterable):
        items: Iterable[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [unstructure(item) for item in items]
    raise TypeError(f"{type(value).__name__} has no plain form; it does not belong into data.")


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _object(value: Any) -> dict[str, Any]:
    # "raw" is the one field that counts neither for repr nor for equality.
    cls: Any = value.__class__
    return {
        field.name: unstructure(getattr(value, field.name)) for field in attrs.fields(cls) if field.repr or field.eq
    }


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(unstructure(name)): unstructure(item) for name, item in value.items()}


def _sorted(value: Iterable[Any]) -> list[Any]:
    return sorted(unstructure(item) for item in value)


_PLAIN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (Enum, lambda word: word.value),
    (str, str),
    (datetime, _moment),
    ((date, time), lambda day: day.isoformat()),
    (timedelta, lambda span: span.total_seconds()),
    (Decimal, str),
    ((int, float), lambda number: number),
    ((set, frozenset), _sorted),
    (Record, lambda made: made.to_vendor()),
)
