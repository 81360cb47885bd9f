"""The vendor's grid: quarter hours of the wall clock, 96 a day and 672 a week."""

from __future__ import annotations

from typing import Final

__all__ = ["PER_DAY", "PER_WEEK", "QUARTER", "clock", "minutes", "quarters"]

QUARTER: Final = 15
"""Minutes; times off the grid are accepted by the service and ignored by the inverter."""
PER_DAY: Final = 96
PER_WEEK: Final = 7 * PER_DAY


def minutes(text: str | None) -> int | None:
    """Minutes from midnight of ``HH:mm``; None where it is no time.

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


def quarters(begin: int, end: int) -> tuple[int, int] | None:
    """A period in quarters of its day, the end above 96 where it runs past midnight.

    None for a period that is off: equal ends, or ends off the grid, which the inverter ignores.

    >>> quarters(0, 0), quarters(60, 0), quarters(22 * 60, 6 * 60), quarters(61, 120)
    (None, (4, 96), (88, 120), None)
    """
    if begin == end or begin % QUARTER or end % QUARTER:
        return None
    first, last = begin // QUARTER, end // QUARTER
    return first, last if last > first else last + PER_DAY
