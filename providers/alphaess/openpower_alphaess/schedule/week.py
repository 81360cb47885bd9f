"""A week in quarter hours: what all forms of a schedule are laid out on, so that they can be compared and merged."""

from __future__ import annotations

from datetime import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from openpower_alphaess.schedule.grid import PER_DAY, PER_WEEK, QUARTER
from openpower_core.provider import BatteryMode, Schedule, Weekday, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AUTO",
    "HOLD",
    "Cell",
    "Piece",
    "Week",
    "day_of",
    "empty_week",
    "is_daily",
    "paint",
    "pieces_of",
    "schedule_of",
    "without_permission",
]


@frozen
class Cell:
    """What happens in one quarter hour."""

    mode: BatteryMode
    target: float | None = None
    """Where a charge stops (%)."""
    power: float | None = None
    """W."""


AUTO: Final = Cell(BatteryMode.AUTO)
HOLD: Final = Cell(BatteryMode.HOLD)

Week: TypeAlias = tuple[Cell | None, ...]
"""672 cells from Monday 00:00; None is what the schedule does otherwise."""


@frozen
class Piece:
    """A stretch of one day in quarters, ``end`` at most 96."""

    begin: int
    end: int
    cell: Cell


def empty_week() -> Week:
    """A week in which nothing special happens."""
    return (None,) * PER_WEEK


def paint(week: Week, days: Iterable[int], first: int, last: int, cell: Cell | None) -> Week:
    """Lay a cell over ``[first, last)`` (quarters; above 96 is the next day) of some days (1 is Monday)."""
    cells = list(week)
    for day in days:
        for quarter in range(first, last):
            cells[((day - 1) * PER_DAY + quarter) % PER_WEEK] = cell
    return tuple(cells)


def day_of(week: Week, day: int) -> Week:
    """One day's 96 cells (1 is Monday)."""
    return week[(day - 1) * PER_DAY : day * PER_DAY]


def is_daily(week: Week) -> bool:
    """Whether all days are alike."""
    return all(day_of(week, day) == day_of(week, 1) for day in range(2, 8))


def pieces_of(day: Week) -> list[Piece]:
    """One day's stretches; a whole day is halved, because 00:00–00:00 is how the vendor says "off"."""
    found: list[Piece] = []
    for quarter, cell in enumerate(day):
        if cell is None:
            continue
        if found and found[-1].cell == cell and found[-1].end == quarter:
            found[-1] = Piece(found[-1].begin, quarter + 1, cell)
        else:
            found.append(Piece(quarter, quarter + 1, cell))
    if len(found) == 1 and found[0].end - found[0].begin == PER_DAY:
        half = PER_DAY // 2
        return [Piece(0, half, found[0].cell), Piece(half, PER_DAY, found[0].cell)]
    return found


def without_permission(week: Week, otherwise: BatteryMode) -> tuple[Week, BatteryMode]:
    """Hold by windows where nothing is permitted at all.

    A week of HOLD with no AUTO in it would need discharge windows in force that are all off, and what a
    device makes of 00:00–00:00 there is not known.
    """
    if otherwise is not BatteryMode.HOLD or AUTO in week:
        return week, otherwise
    return tuple(HOLD if cell is None else cell for cell in week), BatteryMode.AUTO


def schedule_of(week: Week, otherwise: BatteryMode) -> Schedule:
    """The week in vendor-agnostic words; stretches past midnight are whole again."""
    days: dict[tuple[int, int, Cell], set[int]] = {}
    for begin, end, cell in _runs(week):
        day, first = divmod(begin, PER_DAY)
        days.setdefault((first, first + end - begin, cell), set()).add(day + 1)
    windows = [
        Window(
            start=_time(first),
            end=_time(last),
            mode=cell.mode,
            days=frozenset(map(Weekday, on)),
            power_w=cell.power,
            target_soc_pct=cell.target,
        )
        for (first, last, cell), on in days.items()
    ]
    windows.sort(key=lambda each: (min(each.days), each.start_minute))
    return Schedule(windows=tuple(windows), otherwise=otherwise)


def _runs(week: Week) -> list[tuple[int, int, Cell]]:
    """Stretches on the ring of the week; those of a day and more are cut at midnight."""
    starts = [index for index, cell in enumerate(week) if cell is not None and (week[index - 1] != cell)]
    if not starts and week[0] is not None:
        starts = [0]
    found: list[tuple[int, int, Cell]] = []
    for start in starts:
        cell, length = week[start], 1
        assert cell is not None  # noqa: S101 – only such cells start a run
        while length < PER_WEEK and week[(start + length) % PER_WEEK] == cell:
            length += 1
        found += _cut(start, start + length, cell)
    return found


def _cut(begin: int, end: int, cell: Cell) -> list[tuple[int, int, Cell]]:
    if end - begin < PER_DAY:
        return [(begin, end, cell)]
    cuts = [begin, *range((begin // PER_DAY + 1) * PER_DAY, end, PER_DAY), end]
    return [(first % PER_WEEK, first % PER_WEEK + last - first, cell) for first, last in pairwise(cuts)]


def _time(quarter: int) -> time:
    minute = quarter % PER_DAY * QUARTER
    return time(minute // 60, minute % 60)
