"""The vendor's time grid: steps of the system's wall clock, and periods in them."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Final

from attrs import field, frozen
from attrs.converters import optional

from openpower_core.errors import InvalidValue

STEP_MINUTES: Final = 15
"""The one place of the grid. The service accepts times off it, and the inverter ignores them."""
STEP: Final = timedelta(minutes=STEP_MINUTES)
PER_DAY: Final = 1440 // STEP_MINUTES
PER_WEEK: Final = 7 * PER_DAY
ON_GRID: Final = f"AlphaESS schedules in {STEP_MINUTES}-minute steps of its own clock"
"""How messages about it begin."""
EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)
WINDOWS_A_SIDE: Final = 2
"""Windows of each kind that the legacy pair takes."""
PERIODS_A_DAY: Final = 6
PERIODS_A_WEEK: Final = 28
"""Periods that the periodic pair takes (developer portal)."""

MIDNIGHT: Final = "00:00"


@frozen(kw_only=True)
class Period:
    """A window of the legacy pair or an element of a periodic list, to the letter as the vendor has it.

    Its times stay texts: what is not a time (24:00), or lies off the grid, has to go back as it was.
    """

    begin: str = MIDNIGHT
    end: str = MIDNIGHT
    """00:00 is the midnight that ends the day."""
    days: tuple[int, ...] = EVERY_DAY
    weeks: tuple[int, ...] | None = None
    """The days that it names although all its schedule is daily, and they mean nothing."""
    limit: float | None = field(default=None, converter=optional(float))
    """%; None in the legacy pair, which has one limit for both windows."""
    power: float | None = field(default=None, converter=optional(float))
    """W; a period without a power shows in the app and does nothing. The legacy pair has none."""

    @property
    def off(self) -> bool:
        """Whether it is switched off, which equal ends stand for."""
        return self.begin == self.end

    @property
    def slots(self) -> frozenset[int]:
        """The slots of the week that it covers; none where it is off, or the inverter ignores its times."""
        return _covered(self.begin, self.end, self.days)

    def overlaps(self, other: Period) -> bool:
        """Whether the service would see an overlap, which it looks for in times off the grid as well."""
        if not set(self.days) & set(other.days):
            return False
        first, second = _extent(self), _extent(other)
        return first[0] < second[1] and second[0] < first[1]


@lru_cache(maxsize=256)  # a plan is looked at many times
def _covered(begin_text: str, end_text: str, days: tuple[int, ...]) -> frozenset[int]:
    begin, end = minutes(begin_text), minutes(end_text)
    found = None if begin is None or end is None else slots(begin, end)
    if found is None:
        return frozenset()
    return frozenset(((day - 1) * PER_DAY + index) % PER_WEEK for day in days for index in range(*found))


def _extent(period: Period) -> tuple[int, int]:
    begin, end = minutes(period.begin), minutes(period.end)
    return (0, 0) if begin is None or end is None or period.off else (begin, end or 1440)


def minutes(text: str | None) -> int | None:
    """Minutes from midnight of ``HH:mm``; None if it is not a time.

    >>> minutes("06:15"), minutes("24:00"), minutes(None)
    (375, None, None)
    """
    hours, colon, rest = (text or "").partition(":")
    if not (colon and hours.isdigit() and rest[:2].isdigit()):
        return None
    found = int(hours) * 60 + int(rest[:2])
    return found if int(hours) < 24 and int(rest[:2]) < 60 else None


def clock(minute: int) -> str:
    """``HH:mm`` of minutes from midnight; the midnight that ends a day is 00:00.

    >>> clock(375), clock(1440)
    ('06:15', '00:00')
    """
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def on_grid(*minutes: int) -> bool:
    """Whether times, in minutes from midnight, begin a step."""
    return not any(minute % STEP_MINUTES for minute in minutes)


def nothing_left(span: str) -> InvalidValue:
    """The error of a span that snapping to the grid makes empty."""
    return InvalidValue(
        f"nothing is left of {span}: {ON_GRID}.",
        provider="alphaess",
        hint=f"Give it at least {STEP_MINUTES} minutes that begin on a step.",
    )


def zone_needed(why: str, operation: str | None = None) -> InvalidValue:
    """The error of what needs the zone of the system's clock, where it is unknown."""
    hint = "Give the zone when connecting: tz='Australia/Sydney'."
    return InvalidValue(why, provider="alphaess", operation=operation, hint=hint)


def slots(begin: int, end: int) -> tuple[int, int] | None:
    """A period in slots of its day, the end above a day's count where it runs past midnight.

    None for a period that is off: equal ends, or ends off the grid, which the inverter ignores.

    >>> slots(0, 0), slots(60, 0), slots(22 * 60, 6 * 60), slots(61, 120)
    (None, (4, 96), (88, 120), None)
    """
    if begin == end or not on_grid(begin, end):
        return None
    # An end at or before the begin lies on the next day.
    first, last = begin // STEP_MINUTES, end // STEP_MINUTES
    return first, last if last > first else last + PER_DAY
