"""Schedules as one line for each window: ``charge 01:00-05:00 to 90 at 3000 on mon,tue``."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from openpower_core.control import EVERY_DAY, BatteryMode, Schedule, Weekday, Window
from openpower_core.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["parse_window", "schedule_lines", "window_text"]

_DAYS = {day.name[:3].lower(): day for day in Weekday}
_WINDOW = re.compile(
    r"(?P<mode>\w+)\s+(?P<start>\d{1,2}:\d{2})\s*[-–]\s*(?P<end>\d{1,2}:\d{2})"
    r"(?:\s+to\s+(?P<target>[\d.]+)\s*%?)?(?:\s+at\s+(?P<power>[\d.]+)\s*w?)?(?:\s+on\s+(?P<days>[\w,\-\s]+))?",
    re.IGNORECASE,
)


def parse_window(text: str) -> Window:
    """Read one window.

    >>> window_text(parse_window("charge 1:00-5:00 to 90 at 3000 on mon-wed,sun"))
    'charge 01:00-05:00 to 90 at 3000 on mon,tue,wed,sun'

    Raises:
        InvalidValue: it is not in that form.
    """
    match = _WINDOW.fullmatch(text.strip())
    if match is None or match["mode"].lower() not in set(BatteryMode):
        modes = ", ".join(BatteryMode)
        raise InvalidValue(
            f"{text!r} is no window.",
            hint=f"Such as 'charge 01:00-05:00 to 90 on mon-fri'; the modes are {modes}.",
        )
    return Window(
        mode=BatteryMode(match["mode"].lower()),
        start=_time(match["start"]),
        end=_time(match["end"]),
        target_soc_pct=float(match["target"]) if match["target"] else None,
        power_w=float(match["power"]) if match["power"] else None,
        days=frozenset(_parse_days(match["days"])) if match["days"] else EVERY_DAY,
    )


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    try:
        return time(
            int(hour) % 24 if int(hour) == 24 and minute == "00" else int(hour), int(minute)
        )
    except ValueError:
        raise InvalidValue(f"{text!r} is no time of day.") from None


def _parse_days(text: str) -> Iterator[Weekday]:
    for part in re.split(r"[,\s]+", text.strip().lower()):
        first, dash, last = part.partition("-")
        begin, finish = _day(first), _day(last if dash else first)
        day = begin
        while True:
            yield day
            if day is finish:
                break
            day = Weekday(day % 7 + 1)


def _day(text: str) -> Weekday:
    if (day := _DAYS.get(text[:3])) is None:
        raise InvalidValue(f"{text!r} is no day; they are {', '.join(_DAYS)}.")
    return day


def window_text(window: Window) -> str:
    """The window as :func:`parse_window` reads it."""
    parts = [f"{window.mode.value} {window.start:%H:%M}-{window.end:%H:%M}"]
    if window.target_soc_pct is not None:
        parts.append(f"to {window.target_soc_pct:g}")
    if window.power_w is not None:
        parts.append(f"at {window.power_w:g}")
    if window.days != EVERY_DAY:
        parts.append("on " + ",".join(day.name[:3].lower() for day in sorted(window.days)))
    return " ".join(parts)


def schedule_lines(schedule: Schedule) -> Iterable[str]:
    """The whole schedule, in the order of the day."""
    windows = sorted(schedule.windows, key=lambda window: (min(window.days), window.start))
    yield from (window_text(window) for window in windows)
    yield f"otherwise {schedule.otherwise.value}"
