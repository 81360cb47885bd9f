"""Calendar days and wall-clock times of a time zone, for vendors that think in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

__all__ = ["from_wall_clock", "local_days"]


def local_days(start: datetime, end: datetime, zone: tzinfo) -> list[date]:
    """The calendar days of a zone that ``[start, end)`` touches, in order; none where the span is empty."""
    if end <= start:
        return []
    first = start.astimezone(zone).date()
    # The end is not part of the span: one that falls on midnight does not touch its day.
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=days) for days in range((last - first).days + 1)]


def from_wall_clock(local: datetime, zone: tzinfo, *, fold: int = 0) -> datetime:
    """A wall-clock time in UTC; a time that carries a zone of its own keeps it.

    Args:
        local: the time.
        zone: the zone of the clock.
        fold: 1 for the second of two equal times, in the night in which the clock is put back.
    """
    return (local if local.tzinfo else local.replace(tzinfo=zone, fold=fold)).astimezone(UTC)
