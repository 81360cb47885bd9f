"""The vendor's time grid: steps of the system's wall clock, its periods on them, and a command's time brought onto it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from openpower_core.provider import Adjustment, InvalidValue

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

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


@frozen(kw_only=True, order=True)
class Period:
    """One element of a periodic list; ``end`` 0 is midnight."""

    begin: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    limit: float = 100
    power: float | None = None
    """A period without a power shows in the app and does nothing."""


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


def slots(begin: int, end: int) -> tuple[int, int] | None:
    """A period in slots of its day, the end above a day's count where it runs past midnight.

    None for a period that is off: equal ends, or ends off the grid, which the inverter ignores.

    >>> slots(0, 0), slots(60, 0), slots(22 * 60, 6 * 60), slots(61, 120)
    (None, (4, 96), (88, 120), None)
    """
    if begin == end or begin % STEP_MINUTES or end % STEP_MINUTES:
        return None
    first, last = begin // STEP_MINUTES, end // STEP_MINUTES
    return first, last if last > first else last + PER_DAY


@frozen(kw_only=True)
class Stretch:
    """A command's time on the grid."""

    start: datetime
    until: datetime
    slots: frozenset[int]
    """Which of the week's slots it covers, on the wall clock."""
    adjustments: tuple[Adjustment, ...] = ()


def stretch_of(start: datetime, until: datetime, zone: ZoneInfo, *, running: bool, daily: bool) -> Stretch:
    """Put ``[start, until)`` on the grid.

    Args:
        start: when it begins (UTC).
        until: when it ends (UTC).
        zone: the system's.
        running: it begins now, so the start moves back to the current slot; otherwise forward.
        daily: every window recurs every day, so that anything beyond a day makes no difference.

    Raises:
        InvalidValue: nothing is left of it.
    """
    begin, end = _snapped(start, zone, up=not running), _snapped(until, zone, up=False)
    if end <= begin:
        raise InvalidValue(
            f"nothing is left of {start:%H:%M}–{until:%H:%M} UTC: {ON_GRID}.",
            provider="alphaess",
            hint=f"Give it at least {STEP_MINUTES} minutes that begin on a step.",
        )
    changes: list[Adjustment] = []
    if not running and begin != start:
        changes.append(Adjustment(field="start", asked=start, got=begin, reason=f"{ON_GRID}."))
    if end != until:
        changes.append(Adjustment(field="until", asked=until, got=end, reason=f"{ON_GRID}."))
    return Stretch(start=begin, until=end, slots=_covered(begin, end, zone, daily=daily), adjustments=tuple(changes))


def _snapped(instant: datetime, zone: ZoneInfo, *, up: bool) -> datetime:
    """The step of the wall clock at or before an instant, or at or after it (UTC)."""
    local = instant.astimezone(zone)
    past = timedelta(minutes=local.minute % STEP_MINUTES, seconds=local.second, microseconds=local.microsecond)
    back = instant - past
    return back + STEP if up and past else back


def slot_of(instant: datetime, zone: ZoneInfo) -> int:
    """Which of the week's slots an instant lies in."""
    local = instant.astimezone(zone)
    return (local.isoweekday() - 1) * PER_DAY + (local.hour * 60 + local.minute) // STEP_MINUTES


def _covered(begin: datetime, end: datetime, zone: ZoneInfo, *, daily: bool) -> frozenset[int]:
    """Every slot that the wall clock shows on the way, and those that a spring night leaves out.

    Two counts are joined because on the nights of a clock change each alone is wrong. Counting real time finds the
    slots that the clock shows, but in spring misses the hour that it skips; the inverter may well compare with that
    hour. Counting wall-clock time from the first slot has the skipped hour, but in autumn comes out an hour short. In
    the repeated hour both passes show the same slots, so the stretch may end in the first pass already; then the
    slots stay covered until the release.
    """
    first = slot_of(begin, zone)
    naive = end.astimezone(zone).replace(tzinfo=None) - begin.astimezone(zone).replace(tzinfo=None)
    shown = min((end - begin) // STEP, PER_WEEK)
    week = {slot_of(begin + step * STEP, zone) for step in range(shown)}
    week |= {(first + step) % PER_WEEK for step in range(min(naive // STEP, PER_WEEK))}
    if not daily:
        return frozenset(week)
    return frozenset(day * PER_DAY + slot % PER_DAY for slot in week for day in range(7))


def comes_back_at(covered: frozenset[int], after: datetime, zone: ZoneInfo) -> datetime | None:
    """When one of the slots begins again, at or after an instant on the grid (UTC)."""
    # A week and a day: a clock change may push the recurrence past the same weekday's time.
    for step in range(PER_WEEK + PER_DAY):
        instant = after + step * STEP
        if slot_of(instant, zone) in covered:
            return instant
    return None


def too_early(covered: frozenset[int], now: datetime, start: datetime, zone: ZoneInfo) -> bool:
    """Whether a recurring window would already act between now and its start."""
    back = comes_back_at(covered, _snapped(now, zone, up=False), zone)
    return back is not None and back < start
