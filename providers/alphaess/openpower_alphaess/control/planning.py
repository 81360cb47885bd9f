"""From what a user wants to what the vendor should store; pure, and the same for both pairs.

A command is painted over the plan that is in force without it (``under``), which is kept beside it. So a second
command, and settings that change meanwhile, start from the user's own plan and not from the first command's
windows, and a release puts that plan back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from openpower_alphaess.client.grid import ON_GRID, PER_DAY, PER_WEEK, STEP, STEP_MINUTES, nothing_left, zone_needed
from openpower_alphaess.control.pair import Current, Desired, DesiredSettings, Pair
from openpower_alphaess.control.week import (
    AUTO,
    HOLD,
    RunningCommand,
    Slot,
    charge_slot,
    check_mode,
    schedule_of,
    snap,
    without_settings,
)
from openpower_core import provider as core

Stored = TypeVar("Stored")

_ALWAYS: Final = frozenset(range(PER_WEEK))
_INFERRED: Final = (
    "Its enable flags cannot be read; until the next write they are taken to be on where there are periods."
)
_HOLDING: Final = (
    "The battery holds by a charge window whose limit is at or below the state of charge; whether PV still charges "
    "then is not proven for every model."
)


@frozen(kw_only=True)
class Stretch:
    """A command's time on the grid."""

    start: datetime
    until: datetime
    slots: frozenset[int]
    """Which of the week's slots it covers, on the wall clock."""
    adjustments: tuple[core.Adjustment, ...] = ()


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
        raise nothing_left(f"{start:%H:%M}–{until:%H:%M} UTC")
    changes = core.adjusted("until", until, end, f"{ON_GRID}.")
    if not running:
        changes = core.adjusted("start", start, begin, f"{ON_GRID}.") + changes
    return Stretch(start=begin, until=end, slots=_covered(begin, end, zone, daily=daily), adjustments=changes)


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


@frozen(kw_only=True)
class Planner(Generic[Stored]):
    """Plans what is desired of one system.

    Args:
        pair: the pair that it obeys.
        tz: its zone; None where it is unknown.
        clock: what "now" is.
    """

    pair: Pair[Stored]
    tz: str | None
    clock: core.Clock

    def schedule(self, plan: Stored) -> core.Schedule:
        """A plan in vendor-agnostic words."""
        return schedule_of(*self.pair.week(plan))

    def draft(self, current: Current[Stored], desired: Desired) -> core.Draft[Current[Stored]]:
        """What the vendor should store, so that it does what is desired."""
        # A schedule ends a command; settings and further commands build upon what is beneath it.
        if isinstance(desired, core.Schedule):
            made = self._scheduled(current, desired)
        elif isinstance(desired, DesiredSettings):
            made = self._changed(current, desired)
        else:
            made = self._commanded(current, desired)
        return self._finished(made, current)

    def _finished(self, made: core.Draft[Current[Stored]], current: Current[Stored]) -> core.Draft[Current[Stored]]:
        """Mark what cannot be seen: a change of flags alone, which a read-back can neither prove nor refute."""
        pair, document = self.pair, made.document
        if document.plan == current.plan:
            return attrs.evolve(made, document=current)
        unseen = pair.visible(document.plan) == pair.visible(current.plan)
        note = made.note
        if unseen:
            note = f"{note} {_INFERRED}".strip()
        return attrs.evolve(made, document=attrs.evolve(document, unseen=unseen), note=note)

    def _scheduled(self, current: Current[Stored], desired: core.Schedule) -> core.Draft[Current[Stored]]:
        core.check_schedule_zone(desired.tz, self.tz)
        snapped = snap(desired, self.pair)
        plan, changes = self.pair.encode(snapped.week, snapped.otherwise, current.under or current.plan)
        return core.Draft(document=Current(plan=plan), adjustments=(*snapped.adjustments, *changes))

    def _changed(self, current: Current[Stored], desired: DesiredSettings) -> core.Draft[Current[Stored]]:
        if current.under is None or current.command is None:
            plan, changes = self.pair.change(current.plan, desired)
            return core.Draft(document=Current(plan=plan), adjustments=tuple(changes))
        # A command is in force: what is beneath it changes, and the command is painted over that anew.
        under, changes = self.pair.change(current.under, desired)
        again = self._under_command(under, current.command, running=True)
        return attrs.evolve(again, adjustments=tuple(changes))

    def _commanded(self, current: Current[Stored], desired: core.BatteryCommand) -> core.Draft[Current[Stored]]:
        check_mode(desired.mode)
        now = self.clock.now()
        running = desired.start is None or desired.start <= now
        core.check_not_over(desired.until, now)
        command = RunningCommand(
            mode=desired.mode,
            target=desired.target_soc_pct,
            power=desired.power_w,
            start=now if desired.start is None or running else desired.start,
            until=desired.until,
        )
        active = current.command
        if active is not None and running and active.start <= now:
            # The same command again keeps its start: it is the same document then, and nothing is sent.
            again = attrs.evolve(active, start=command.start)
            command = active if again == command else command
        under = current.plan if current.under is None else current.under
        return self._under_command(under, command, running=running)

    def _under_command(self, under: Stored, command: RunningCommand, *, running: bool) -> core.Draft[Current[Stored]]:
        """Paint a command over what is beneath it."""
        if command.mode is core.BatteryMode.AUTO and command.until is None and running:
            # AUTO for good needs no windows at all: switching the pair off leaves the most as the user had it.
            document = Current(plan=self.pair.off(under), under=under, command=command)
            return core.Draft(
                document=document, adjustments=without_settings(command.mode, command.target, command.power)
            )
        slot, changes = self._slot(command)
        stretch = self._stretch(command, running=running)
        # Without an end, the command covers the whole week: it lasts until it is released.
        covered = _ALWAYS if stretch is None else stretch.slots
        plan, more = self._painted_over(under, covered, slot)
        start = command.start if stretch is None else stretch.start
        document = Current(plan=plan, under=under, command=attrs.evolve(command, start=start))
        return core.Draft(
            document=document,
            adjustments=(*changes, *(stretch.adjustments if stretch else ()), *more),
            recurs_at=self._recurs_at(stretch),
            release_due=None if stretch is None else stretch.until,
            note=_HOLDING if command.mode is core.BatteryMode.HOLD else "",
        )

    def _slot(self, command: RunningCommand) -> tuple[Slot, tuple[core.Adjustment, ...]]:
        if command.mode is core.BatteryMode.CHARGE:
            slot, changes = charge_slot(command.target, command.power, self.pair)
            # Without a target or a power the vendor's own "all there is" is what was asked for.
            return slot, tuple(change for change in changes if change.asked is not None)
        slot = HOLD if command.mode is core.BatteryMode.HOLD else AUTO
        return slot, tuple(without_settings(command.mode, command.target, command.power))

    def _stretch(self, command: RunningCommand, *, running: bool) -> Stretch | None:
        if command.until is None:
            if running:
                return None
            raise core.InvalidValue(
                "AlphaESS cannot begin later without an end: its windows come back by themselves.",
                provider="alphaess",
                hint="Give until=, or call it when it is to begin.",
            )
        zone = self._needed_zone()
        # The windows have no date. Written early, they would act at the same time of an earlier day as well.
        stretch = stretch_of(command.start, command.until, zone, running=running, daily=self.pair.daily)
        if not running and too_early(stretch.slots, self.clock.now(), stretch.start, zone):
            often = "every day" if self.pair.daily else "every week"
            raise core.InvalidValue(
                f"AlphaESS's windows come back {often}, so this one would act before "
                f"{stretch.start:%Y-%m-%d %H:%M} UTC.",
                provider="alphaess",
                hint="Call it when it is to begin.",
            )
        return stretch

    def _needed_zone(self) -> ZoneInfo:
        if self.tz is None:
            raise zone_needed("AlphaESS stores windows in the system's wall-clock time, and its time zone is unknown.")
        return ZoneInfo(self.tz)

    def _recurs_at(self, stretch: Stretch | None) -> datetime | None:
        if stretch is None:
            return None
        return comes_back_at(stretch.slots, stretch.until, self._needed_zone())

    def _painted_over(self, under: Stored, covered: frozenset[int], slot: Slot) -> tuple[Stored, list[core.Adjustment]]:
        """Keep what was scheduled beside the command where the pair can express both; otherwise suspend it.

        ``strict``, because beside a schedule nothing may be approximated: a shared limit would silently change the
        user's own windows. Alone, the command may be; then its adjustments say so.
        """
        week, otherwise = self.pair.week(under)
        # What the plan does anyway needs no window; the vendor takes few of them.
        plain = None if slot.mode is otherwise else slot
        merged = tuple([plain if index in covered else there for index, there in enumerate(week)])
        try:
            return self.pair.encode(merged, otherwise, under, strict=True)
        except core.InvalidValue:
            pass
        alone = tuple([plain if index in covered else None for index in range(PER_WEEK)])
        plan, changes = self.pair.encode(alone, otherwise, under)
        scheduled = len(schedule_of(week, otherwise).windows)
        if not scheduled:
            return plan, changes
        suspended = core.Adjustment(
            field="windows",
            asked=scheduled,
            got=0,
            reason=f"AlphaESS's {self.pair.name} settings cannot store them beside the command; "
            "they are suspended until release.",
        )
        return plan, [*changes, suspended]
