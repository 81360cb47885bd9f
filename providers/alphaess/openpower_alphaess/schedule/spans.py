"""A command's time on the vendor's wall clock: which quarter hours, when they come back, and what comes too early."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_alphaess.schedule.grid import PER_DAY, PER_WEEK, QUARTER
from openpower_core.provider import Adjustment, InvalidValue

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["Stretch", "comes_back_at", "stretch_of", "too_early"]

_STEP: Final = timedelta(minutes=QUARTER)


@frozen(kw_only=True)
class Stretch:
    """A stretch of time on the grid."""

    start: datetime
    until: datetime
    quarters: frozenset[int]
    """Which of the week's 672 quarter hours it covers, on the wall clock."""
    adjustments: tuple[Adjustment, ...] = ()


def stretch_of(start: datetime, until: datetime, zone: ZoneInfo, *, running: bool, daily: bool) -> Stretch:
    """Put ``[start, until)`` on the grid.

    Args:
        start: when it begins (UTC).
        until: when it ends (UTC).
        zone: the system's.
        running: it begins now, so the start moves back to the running quarter hour; else forward.
        daily: every window comes back every day, so that a day is the most that makes a difference.

    Raises:
        InvalidValue: nothing is left of it.
    """
    begin, end = _quarter(start, zone, up=not running), _quarter(until, zone, up=False)
    if end <= begin:
        raise InvalidValue(
            f"nothing is left of {start:%H:%M}–{until:%H:%M} UTC on AlphaESS's quarter hours.",
            provider="alphaess",
            hint="Give it at least one whole quarter hour.",
        )
    changes: list[Adjustment] = []
    reason = "AlphaESS keeps quarter hours of its own clock."
    if not running and begin != start:
        changes.append(Adjustment(field="start", asked=start, got=begin, reason=reason))
    if end != until:
        changes.append(Adjustment(field="until", asked=until, got=end, reason=reason))
    return Stretch(start=begin, until=end, quarters=_covered(begin, end, zone, daily=daily), adjustments=tuple(changes))


def _quarter(moment: datetime, zone: ZoneInfo, *, up: bool) -> datetime:
    """The quarter hour of the wall clock at or before a moment, or at or after it (UTC)."""
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute % QUARTER, seconds=local.second, microseconds=local.microsecond)
    back = moment - past
    return back + _STEP if up and past else back


def quarter_of(moment: datetime, zone: ZoneInfo) -> int:
    """Which of the week's quarter hours a moment lies in."""
    local = moment.astimezone(zone)
    return (local.isoweekday() - 1) * PER_DAY + (local.hour * 60 + local.minute) // QUARTER


def _covered(begin: datetime, end: datetime, zone: ZoneInfo, *, daily: bool) -> frozenset[int]:
    """Every quarter that the wall clock shows on the way, and those that a spring night leaves out.

    In the autumn's repeated hour both passes show the same quarters, so that the end may lie in the
    first pass already; then they stay covered until release.
    """
    first = quarter_of(begin, zone)
    naive = end.astimezone(zone).replace(tzinfo=None) - begin.astimezone(zone).replace(tzinfo=None)
    shown = min((end - begin) // _STEP, PER_WEEK)
    week = {quarter_of(begin + step * _STEP, zone) for step in range(shown)}
    week |= {(first + step) % PER_WEEK for step in range(min(naive // _STEP, PER_WEEK))}
    if not daily:
        return frozenset(week)
    return frozenset(day * PER_DAY + quarter % PER_DAY for quarter in week for day in range(7))


def comes_back_at(quarters: frozenset[int], after: datetime, zone: ZoneInfo) -> datetime | None:
    """When one of the quarter hours begins again, at or after a moment on the grid (UTC)."""
    for step in range(PER_WEEK + PER_DAY):
        moment = after + step * _STEP
        if quarter_of(moment, zone) in quarters:
            return moment
    return None


def too_early(quarters: frozenset[int], now: datetime, start: datetime, zone: ZoneInfo) -> bool:
    """Whether a window that keeps coming back would act between now and its start."""
    back = comes_back_at(quarters, _quarter(now, zone, up=False), zone)
    return back is not None and back < start
