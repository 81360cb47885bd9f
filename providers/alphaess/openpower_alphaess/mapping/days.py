"""Which calendar days of a system to ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

__all__ = ["candidate_days", "days_between"]

_EAST: Final = timedelta(hours=14)
_WEST: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The system's days that ``[start, end)`` touches, in order."""
    if end <= start:
        return
    day = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def candidate_days(now: datetime, zone: ZoneInfo | None) -> list[date]:
    """The days on which the newest row may lie, latest first; today and yesterday where the zone is known.

    Without a zone, every day that it may be anywhere on earth counts.
    """
    if zone is not None:
        today = now.astimezone(zone).date()
        return [today, today - _DAY]
    latest, earliest = (now + _EAST).date(), (now - _WEST).date()
    return [latest - _DAY * back for back in range((latest - earliest).days + 1)]
