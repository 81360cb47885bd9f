"""Receipts, restore points and native calls as JSON, with a box's serial taken out of every text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

import attrs

from openpower_core.secrets import Secret, mask
from openpower_core.write.entries import RestorePoint
from openpower_core.writes import Adjustment, NativeCall, Receipt

__all__ = [
    "masked",
    "plain",
    "point_from_json",
    "point_to_json",
    "receipt_from_json",
    "receipt_to_json",
    "with_serial",
    "without_serial",
]

SERIAL: Final = "{serial}"
"""Stands in the state folder where the vendor's documents hold the serial."""


def plain(value: Any) -> Any:
    """Bring a value to what JSON knows; secrets become ``…``, times ISO 8601, anything odd its text."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Secret):
        return str(value)
    return _plain_parts(value)


def _plain_parts(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs: Mapping[Any, Any] = value
        return {str(key): plain(each) for key, each in pairs.items()}
    if isinstance(value, list | tuple | Set):
        parts: Iterable[Any] = value
        plains = [plain(each) for each in parts]
        return sorted(plains, key=str) if isinstance(value, Set) else plains
    kind: type[Any] = type(value)
    if attrs.has(kind):
        return {each.name: plain(getattr(value, each.name)) for each in attrs.fields(kind)}
    return str(value)


def _exchange(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        pairs: dict[str, Any] = value
        return {_exchange(key, old, new): _exchange(each, old, new) for key, each in pairs.items()}
    if isinstance(value, list):
        parts: list[Any] = value
        return [_exchange(each, old, new) for each in parts]
    return value


def without_serial(value: Any, serial: str) -> Any:
    """Take the serial out of JSON values, so that they may be kept; :func:`with_serial` puts it back."""
    return _exchange(plain(value), serial, SERIAL) if serial else plain(value)


def with_serial(value: Any, serial: str) -> Any:
    """Put the serial back into JSON values from the state folder."""
    return _exchange(value, SERIAL, serial)


def masked(value: Any, serial: str) -> Any:
    """Shorten the serial in JSON values, for people's eyes (the audit)."""
    return _exchange(plain(value), serial, mask(serial)) if serial else plain(value)


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """Give a receipt as JSON values; the serial is still in it."""
    data: dict[str, Any] = plain(receipt)
    return data


def receipt_from_json(data: Mapping[str, Any]) -> Receipt:
    """Make a receipt of what :func:`receipt_to_json` gave; what was asked comes back as plain values."""
    known = {each.name for each in attrs.fields(Receipt)}
    values = {key: value for key, value in data.items() if key in known}
    for key in ("at", "recurs_at", "release_due", "retry_at"):
        values[key] = _moment(values.get(key))
    values["adjustments"] = tuple(Adjustment(**each) for each in data.get("adjustments", ()))
    values["calls"] = tuple(NativeCall(**each) for each in data.get("calls", ()))
    return Receipt(**values)


def point_to_json(point: RestorePoint | None) -> dict[str, Any] | None:
    """Give a restore point as JSON values."""
    return None if point is None else plain(point)


def point_from_json(data: Mapping[str, Any] | None) -> RestorePoint | None:
    """Make a restore point of what :func:`point_to_json` gave."""
    if data is None:
        return None
    return RestorePoint(
        before=data["before"],
        wrote=data["wrote"],
        entry=data["entry"],
        at=datetime.fromisoformat(data["at"]),
        due=_moment(data["due"]),
        recurs_at=_moment(data["recurs_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
