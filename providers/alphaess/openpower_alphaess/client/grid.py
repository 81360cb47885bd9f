"""The vendor's time grid: steps of the system's wall clock, and periods in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeAlias

from attrs import frozen

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

Span: TypeAlias = tuple[int, int]
"""Begin and end in minutes from midnight, as the vendor has them: equal is off, an end of 0 is midnight."""
OFF: Final[Span] = (0, 0)


@frozen(kw_only=True)
class Period:
    """One element of a periodic list; ``end`` 0 is midnight."""

    begin: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    limit: float = 100
    power: float | None = None
    """A period without a power shows in the app and does nothing."""


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
