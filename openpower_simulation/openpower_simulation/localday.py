"""A calendar day in one zone as minutes: 1380, 1440 or 1500 of them, each with its wall-clock minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MINUTE: Final = 60_000_000
"""A minute in microseconds, the unit in which the simulation keeps time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(time: datetime) -> int:
    """Microseconds since 1970, UTC; exact, as a float would not be."""
    return (time - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time so many microseconds after 1970 began, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


@frozen(kw_only=True, slots=True)
class LocalDay:
    """One calendar day, half-open ``[start, end)`` in microseconds since 1970."""

    date: date
    start: int
    end: int
    wall: tuple[int, ...]
    """For each minute of the day, the minute after midnight that a clock on the wall shows."""

    @property
    def minutes(self) -> int:
        """How many minutes it has."""
        return len(self.wall)


def local_date(micros: int, tz: ZoneInfo) -> date:
    """The calendar day in which a time falls."""
    return from_micros(micros).astimezone(tz).date()


@lru_cache(maxsize=64)
def local_day(day: date, tz: ZoneInfo) -> LocalDay:
    """The calendar day ``day`` in a zone.

    It begins when its date first applies: a day whose midnight the clocks skip begins later, and a day whose
    midnight comes twice begins at the first one.
    """
    start, end = _first_instant(day, tz), _first_instant(day + timedelta(days=1), tz)
    return LocalDay(date=day, start=start, end=end, wall=_wall_minutes(start, end, tz))


def _first_instant(day: date, tz: ZoneInfo) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)
    found = to_micros(midnight.astimezone(UTC))
    # A skipped midnight maps to a time on the day before or after (zoneinfo picks by fold), so walk to where the date
    # changes. Quarter hours are fine enough: no zone has changed its clocks at anything finer since 1970.
    while local_date(found, tz) < day:
        found += 15 * MINUTE
    while local_date(found - 1, tz) >= day:
        found -= 15 * MINUTE
    return found


def _wall_minutes(start: int, end: int, tz: ZoneInfo) -> tuple[int, ...]:
    # Offsets change at quarter hours at the finest, so one conversion serves fifteen minutes.
    minutes: list[int] = []
    for quarter in range(start, end, 15 * MINUTE):
        local = from_micros(quarter).astimezone(tz)
        begin = local.hour * 60 + local.minute
        minutes.extend(range(begin, begin + 15))
    return tuple(minutes[: (end - start) // MINUTE])
