"""Grids of time: cells of equal length that begin at local midnight, or at an instant that is given."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from openpower_core.checks import Span, grid_step, span

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class Grid:
    """The lines of a grid.

    Args:
        step: the distance of two lines. With a zone: at most a day, or whole days.
        zone: lines are where the wall clock shows a multiple of ``step`` since midnight, so that a calendar day begins with one.
            Where the clock is put forward or back, the cell around it is shorter or longer; days have 23 or 25 hours.
        origin: an instant with a line, for a grid that knows no wall clock; None is midnight UTC.
    """

    def __init__(self, step: timedelta, *, zone: ZoneInfo | None = None, origin: datetime | None = None) -> None:
        self._step, self._zone, self._origin = step, zone if origin is None else None, origin or EPOCH
        if self._zone is not None:
            grid_step(step, "resolution")

    def cell(self, time: datetime) -> tuple[datetime, datetime]:
        """The cell that an instant lies in."""
        if self._zone is None:
            start = time - (time - self._origin) % self._step
            return start, start + self._step
        lines, last = self._lines(time, self._zone)
        place = bisect_right(lines, time)
        return (lines[place - 1], lines[place]) if place < len(lines) else (lines[-1], last)

    def floor(self, time: datetime) -> datetime:
        """The last line at or before an instant."""
        return self.cell(time)[0]

    def ceil(self, time: datetime) -> datetime:
        """The first line at or after an instant."""
        start, end = self.cell(time)
        return start if start == time else end

    def _lines(self, time: datetime, zone: ZoneInfo) -> tuple[tuple[datetime, ...], datetime]:
        """The lines of the day, or days, around an instant, and the line after them."""
        day = time.astimezone(zone).date()
        if self._step <= _DAY:
            return _lines_of(day, self._step, zone), _midnight(day + _DAY, zone)
        first = day - timedelta(days=(day.toordinal() - EPOCH.toordinal()) % self._step.days)
        return (_midnight(first, zone),), _midnight(first + self._step, zone)


@lru_cache(maxsize=1024)
def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins; where the clock is put forward at midnight, with its first instant."""
    # Of a time that the clock skips, fold=0 is what it would have been, which is as late as the clock then shows: 01:00 for 00:00.
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def _lines_of(day: date, step: timedelta, zone: ZoneInfo) -> tuple[datetime, ...]:
    start, end = _midnight(day, zone), _midnight(day + _DAY, zone)
    if end - start == _DAY:
        return tuple(_every(start, end, step))
    # The clock changes on this day. A time that it skips has no line; of one that it shows twice, the second is a line only if it
    # is a whole step after the line before, so that half hours go on and quarters of a day do not get a fifth.
    folds: dict[datetime, int] = {}
    for wall in _every(datetime.combine(day, time()), datetime.combine(day + _DAY, time()), step):
        for fold in (0, 1):
            shown = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if shown.astimezone(zone).replace(tzinfo=None) == wall:
                folds.setdefault(shown, fold)
    lines = [start]
    for instant in sorted(folds):
        if instant >= lines[-1] + step or (not folds[instant] and instant > lines[-1]):
            lines.append(instant)
    return tuple(lines)


def _every(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        yield start
        start += step


def grid_range(
    start: datetime, end: datetime | None, resolution: Span | None, tz: str | None
) -> tuple[datetime, datetime | None]:
    """The range that a retailer has to ask for, so that the first and the last cell of a grid are whole.

    Args:
        start: the beginning of the range that is wanted.
        end: its end; None is open.
        resolution: the grid's step (a timedelta, or seconds); None is no grid.
        tz: the home's zone.
    """
    if resolution is None:
        return start, end
    grid = Grid(span(resolution, "resolution", above=True), zone=None if tz is None else ZoneInfo(tz))
    return grid.floor(start), None if end is None else grid.ceil(end)


def uncovered(
    known: Iterable[tuple[datetime | None, datetime | None]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of ``[start, end)`` that no span of what is known covers; None is an open beginning or end."""
    for begin, until in sorted((begin or start, until or end) for begin, until in known):
        if start < min(begin, end):
            yield start, min(begin, end)
        start = max(start, until)
    if start < end:
        yield start, end
