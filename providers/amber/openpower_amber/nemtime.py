"""Days of Australia's electricity market, which keeps UTC+10 all year, and ranges of them cut into calls.

>>> from datetime import UTC
>>> nem_date(datetime(2026, 1, 1, 14, tzinfo=UTC))
datetime.date(2026, 1, 2)
>>> [f"{first:%d.%m.}-{last:%d.%m.}" for first, last in spans(date(2026, 1, 1), date(2026, 1, 10))]
['01.01.-07.01.', '08.01.-10.01.']
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Final

from openpower_core.provider import InvalidValue, aware

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DAYS_PER_CALL", "NEM", "as_day", "nem_date", "nem_days", "nem_midnight", "spans"]

NEM: Final = timezone(timedelta(hours=10), "NEM")
"""The market's time: UTC+10, also in summer and in South Australia."""

DAYS_PER_CALL: Final = 7
"""The most days in one call, both ends counted; 8 have been accepted (2026-09), 7 are documented."""

_DAY: Final = timedelta(days=1)


def nem_date(moment: datetime) -> date:
    """The market day that a moment lies in."""
    return aware(moment).astimezone(NEM).date()


def nem_midnight(day: date) -> datetime:
    """The moment at which a market day begins."""
    return datetime.combine(day, time(), NEM)


def nem_days(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last market day that ``[start, end)`` touches."""
    last = aware(end) - timedelta(microseconds=1)
    return nem_date(start), nem_date(max(last, aware(start)))


def as_day(day: object, name: str) -> date:
    """Check that it is a calendar day; a datetime is refused, since its day depends on the zone."""
    if isinstance(day, datetime) or not isinstance(day, date):
        raise InvalidValue(
            f"{name} is {day!r}; Amber counts in days of the market (UTC+10, no daylight saving).",
            hint="Give a date, or openpower_amber.nem_date(moment).",
        )
    return day


def spans(start: date, end: date, *, days: int = DAYS_PER_CALL) -> Iterator[tuple[date, date]]:
    """Cut the days from ``start`` to ``end``, both included, into calls: in order, no hole, no double."""
    if end < start:
        raise InvalidValue(f"end ({end}) is before start ({start}).")
    while start <= end:
        last = min(start + (days - 1) * _DAY, end)
        yield start, last
        start = last + _DAY
