"""Schedules as one line for each window: ``charge 01:00-05:00 to 90 at 3000 on mon,tue``."""

from __future__ import annotations

import json
import re
from datetime import time
from typing import TYPE_CHECKING

from openpower_core.control import EVERY_DAY, BatteryMode, Schedule, Weekday, Window
from openpower_core.convert import structure
from openpower_core.errors import BadResponse, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["parse_window", "read_schedule", "schedule_lines", "schedule_text", "window_text"]

_DAYS = {day.name[:3].lower(): day for day in Weekday}
_WINDOW = re.compile(
    r"(?P<mode>\w+)\s+(?P<start>\d{1,2}:\d{2})\s*[-–]\s*(?P<end>\d{1,2}:\d{2})"
    r"(?:\s+to\s+(?P<target>[\d.]+)\s*%?)?(?:\s+at\s+(?P<power>[\d.]+)\s*w?)?(?:\s+on\s+(?P<days>[\w,\-\s]+))?",
    re.IGNORECASE,
)


def parse_window(text: str) -> Window:
    """Read one window.

    >>> window_text(parse_window("charge 1:00-5:00 to 90 at 3000 on mon-wed,sun"))
    'charge 01:00-05:00 to 90 at 3000 on mon-wed,sun'

    Raises:
        InvalidValue: it is not in that form.
    """
    match = _WINDOW.fullmatch(text.strip())
    if match is None or match["mode"].lower() not in set(BatteryMode):
        modes = ", ".join(BatteryMode)
        raise InvalidValue(
            f"{text!r} is no window.", hint=f"Such as 'charge 01:00-05:00 to 90 on mon-fri'; the modes are {modes}."
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
        return time(int(hour) % 24 if int(hour) == 24 and minute == "00" else int(hour), int(minute))
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
        parts.append(f"on {_days_text(sorted(window.days))}")
    return " ".join(parts)


def _days_text(days: Sequence[Weekday]) -> str:
    """``mon-fri,sun``: three days or more in a row as a range."""
    runs: list[list[str]] = []
    for place, day in enumerate(days):
        if place and day == days[place - 1] + 1:
            runs[-1].append(day.name[:3].lower())
        else:
            runs.append([day.name[:3].lower()])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs)


def schedule_lines(schedule: Schedule) -> Iterable[str]:
    """The whole schedule, in the order of the day."""
    windows = sorted(schedule.windows, key=lambda window: (min(window.days), window.start))
    yield from (window_text(window) for window in windows)
    yield f"otherwise {schedule.otherwise.value}"


def schedule_text(schedule: Schedule) -> str:
    """The whole schedule in one line."""
    return "; ".join(schedule_lines(schedule))


def read_schedule(text: str) -> Schedule:
    """Read a schedule as ``openpower schedule show`` prints it: a window a line, or JSON.

    >>> schedule_text(read_schedule("hold 16:00-18:00\\notherwise idle"))
    'hold 16:00-18:00; otherwise idle'

    Raises:
        InvalidValue: it is neither, or it is empty.
    """
    if text.lstrip().startswith("{"):
        return _from_json(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidValue("the schedule is empty.", hint="To take all windows away: openpower schedule clear")
    last = lines[-1].split()
    if last[0] != "otherwise":
        return Schedule(windows=tuple(parse_window(line) for line in lines))
    if len(last) != 2 or last[1] not in set(BatteryMode):
        raise InvalidValue(f"{lines[-1]!r} is not 'otherwise MODE'.")
    windows = tuple(parse_window(line) for line in lines[:-1])
    return Schedule(windows=windows, otherwise=BatteryMode(last[1]))


def _from_json(text: str) -> Schedule:
    try:
        data = json.loads(text)
        return structure(Schedule, data.get("schedule", data))
    except (ValueError, BadResponse) as error:
        raise InvalidValue(
            f"that is no schedule: {error}", hint="See the form with: openpower schedule show --json"
        ) from None
