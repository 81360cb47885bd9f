"""The checks that the vocabulary's classes share: aware times, ranges, numbers."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from openpower_core.errors import InvalidValue

__all__ = ["aware", "aware_or_none", "non_negative", "per_cent", "positive"]


def aware(value: datetime) -> datetime:
    """Bring an aware datetime to UTC; a naive one raises :class:`InvalidValue`."""
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise InvalidValue(
            f"{value.isoformat()} has no time zone, so it is not a moment.",
            hint="Give it one: datetime(..., tzinfo=ZoneInfo('Australia/Sydney')).",
        )
    return value.astimezone(UTC)


def aware_or_none(value: datetime | None) -> datetime | None:
    """Like :func:`aware`, and None stays None."""
    return None if value is None else aware(value)


def per_cent(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse per cents outside 0–100 (attrs validator)."""
    if value is not None and not 0 <= value <= 100:
        raise InvalidValue(
            f"{attribute.name} is {value}, and per cent run from 0 to 100.",
            hint=f"Give {attribute.name} as a number such as 80.",
        )


def non_negative(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse negative and non-finite numbers (attrs validator)."""
    if value is not None and not (value >= 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value}; it must be a number of at least 0.")


def positive(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse zero, negative and non-finite numbers (attrs validator)."""
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value}; it must be a number above 0.")
