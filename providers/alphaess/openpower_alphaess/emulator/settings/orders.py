"""What an inverter is to do at one moment: the outcome of reading its settings."""

from __future__ import annotations

from attrs import frozen

from openpower_core.provider import BatteryMode

__all__ = ["Order", "covers", "minute_of_day"]


@frozen(kw_only=True)
class Order:
    """What the battery may do now, and within which bounds."""

    mode: BatteryMode = BatteryMode.AUTO
    power_w: float | None = None
    """How fast at most (W); None: as fast as the inverter can."""
    target_soc_pct: float | None = None
    """Where a charge window stops charging; at or above it the window holds the battery."""
    reserve_soc_pct: float = 10.0
    """The state of charge below which it does not discharge."""


def minute_of_day(text: str) -> int:
    """Minutes from midnight of a time ``HH:mm``."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def covers(begin: str, end: str, minute: int) -> bool:
    """Whether a period holds the minute of the day, as the inverter sees it.

    A period with equal ends is off; an end of 00:00 is midnight at the end of the day. Times off the
    quarter hour were accepted by the service, and the inverter ignores the period. So it does here with a
    period past midnight, of which nobody has documented anything.
    """
    first, last = minute_of_day(begin), minute_of_day(end) or 1440
    if begin == end or first % 15 or last % 15:
        return False
    return first <= minute < last
