"""From what a user wants to what the vendor should store; pure, and the same for both pairs.

What is current here is what lies beneath a command: the pipeline takes openpower's own periods out of what it read. So
a second command, and settings that change meanwhile, start from the user's own plan.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from openpower_alphaess.client.grid import ON_GRID, PER_DAY, PER_WEEK, STEP, STEP_MINUTES, nothing_left, zone_needed
from openpower_alphaess.control.pair import Desired, DesiredSettings, Pair, Plan
from openpower_alphaess.control.week import (
    AUTO,
    EMPTY_WEEK,
    HOLD,
    Slot,
    charge_slot,
    check_mode,
    schedule_of,
    snap,
    without_settings,
)
from openpower_core import provider as core

_ALWAYS: Final = frozenset(range(PER_WEEK))
_INFERRED: Final = (
    "Its enable flags cannot be read; until the next write they are taken to be on where there are periods."
)
_HOLDING: Final = (
    "The battery holds by a charge window whose limit is at or below the state of charge; whether PV still charges "
    "then is not proven for every model."
)
_PERMITTED: Final = (
    "Outside its discharge windows the battery only charges, as AlphaESS describes them; that is not proven for every "
    "model."
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
        raise nothing_left(f"{start.astimezone(zone):%H:%M}–{until.astimezone(zone):%H:%M}")
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
class Planner:
    """Plans what is desired of one system.

    Args:
        pair: the pair that it obeys.
        tz: its zone; None where it is unknown.
        clock: what "now" is.
    """

    pair: Pair
    tz: str | None
    clock: core.Clock

    def schedule(self, plan: Plan) -> core.Schedule:
        """A plan in vendor-agnostic words."""
        return schedule_of(*self.pair.week(plan))

    def draft(self, current: Plan, desired: Desired) -> core.Draft[Plan]:
        """What the vendor should store, so that it does what is desired."""
        if isinstance(desired, core.Schedule):
            made = self._scheduled(current, desired)
        elif isinstance(desired, DesiredSettings):
            made = self._changed(current, desired)
        else:
            made = self._commanded(current, desired)
        document = self.pair.after(made.document, current)
        if document != current and self.pair.runs(document.discharge):
            made = attrs.evolve(made, note=f"{made.note} {_PERMITTED}".strip())
        return attrs.evolve(made, document=document)

    def _scheduled(self, current: Plan, desired: core.Schedule) -> core.Draft[Plan]:
        core.check_schedule_zone(desired.tz, self.tz)
        stored = self.schedule(current)
        note = _INFERRED if current.charge.on is None else ""
        if attrs.evolve(desired, tz=stored.tz) == stored:
            return core.Draft(document=current, note=note)
        snapped = snap(desired, self.pair.full_w, stored.windows)
        if (snapped.week, snapped.otherwise) == self.pair.week(current):
            return core.Draft(document=current, adjustments=snapped.adjustments, note=note)
        plan, changes = self.pair.encode(snapped.week, snapped.otherwise, current)
        return core.Draft(document=plan, adjustments=(*snapped.adjustments, *changes))

    def _changed(self, current: Plan, desired: DesiredSettings) -> core.Draft[Plan]:
        plan, changes = self.pair.change(current, desired)
        return core.Draft(document=plan, adjustments=changes, note=_INFERRED if current.charge.on is None else "")

    def _commanded(self, current: Plan, desired: core.BatteryCommand) -> core.Draft[Plan]:
        check_mode(desired.mode)
        now = self.clock.now()
        core.check_not_over(desired.until, now)
        start = now if desired.start is None else max(desired.start, now)
        if desired.mode is core.BatteryMode.AUTO:
            current = self.pair.calm(current)
        slot, changes = self._slot(desired)
        stretch = self._stretch(start, desired.until, now)
        if stretch is None:
            # Without an end the command covers the whole week; AUTO needs no periods for that.
            if slot == AUTO:
                plan, more = self.pair.encode(EMPTY_WEEK, slot.mode, current)
            else:
                plan, more = self._painted_over(current, _ALWAYS, slot)
            return core.Draft(document=plan, adjustments=(*changes, *more), note=_HOLDING if slot == HOLD else "")
        plan, more = self._painted_over(current, stretch.slots, slot)
        return core.Draft(
            document=plan,
            adjustments=(*changes, *stretch.adjustments, *more),
            recurs_at=comes_back_at(stretch.slots, stretch.until, self._needed_zone()),
            release_due=stretch.until,
            note=_HOLDING if slot == HOLD else "",
        )

    def _slot(self, command: core.BatteryCommand) -> tuple[Slot, tuple[core.Adjustment, ...]]:
        if command.mode is core.BatteryMode.CHARGE:
            slot, changes = charge_slot(command.target_soc_pct, command.power_w, self.pair.full_w)
            # Without a target or a power the vendor's own "all there is" is what was asked for.
            return slot, tuple(change for change in changes if change.asked is not None)
        slot = HOLD if command.mode is core.BatteryMode.HOLD else AUTO
        return slot, tuple(without_settings(command.mode, command.target_soc_pct, command.power_w))

    def _stretch(self, start: datetime, until: datetime | None, now: datetime) -> Stretch | None:
        running = start <= now
        if until is None:
            if running:
                return None
            raise core.InvalidValue(
                "AlphaESS cannot begin later without an end: its windows come back by themselves.",
                provider="alphaess",
                hint="Give until=, or call it when it is to begin.",
            )
        zone = self._needed_zone()
        # The windows have no date. Written early, they would act at the same time of an earlier day as well.
        stretch = stretch_of(start, until, zone, running=running, daily=self.pair.daily)
        if not running and too_early(stretch.slots, now, stretch.start, zone):
            often = "every day" if self.pair.daily else "every week"
            raise core.InvalidValue(
                f"AlphaESS's windows come back {often}, so this one would act before "
                f"{stretch.start.astimezone(zone):%Y-%m-%d %H:%M}.",
                provider="alphaess",
                hint="Call it when it is to begin.",
            )
        return stretch

    def _needed_zone(self) -> ZoneInfo:
        if self.tz is None:
            raise zone_needed("AlphaESS stores windows in the system's wall-clock time, and its time zone is unknown.")
        return ZoneInfo(self.tz)

    def _painted_over(self, under: Plan, covered: frozenset[int], slot: Slot) -> tuple[Plan, list[core.Adjustment]]:
        """Keep what was scheduled beside the command where the pair can express both; otherwise suspend it.

        ``strict``, because beside a schedule nothing may be approximated: a shared limit would silently change the
        user's own windows. Alone, the command may be; then its adjustments say so.
        """
        week, otherwise = self.pair.week(under)
        # What the plan does anyway needs no window; the vendor takes few of them.
        plain = None if slot.mode is otherwise else slot
        merged = tuple([plain if index in covered else there for index, there in enumerate(week)])
        if (merged, otherwise) == (week, otherwise):
            return under, []
        try:
            return self.pair.encode(merged, otherwise, under, strict=True)
        except core.InvalidValue:
            pass
        alone = EMPTY_WEEK if slot == AUTO else tuple([slot if index in covered else None for index in range(PER_WEEK)])
        plan, changes = self.pair.encode(alone, core.BatteryMode.AUTO, under)
        suspended = self._suspended(schedule_of(week, otherwise))
        return plan, [*changes, *suspended]

    def _suspended(self, stored: core.Schedule) -> list[core.Adjustment]:
        reason = (
            f"AlphaESS's {self.pair.name} settings cannot store it beside the command; it is suspended until release."
        )
        found = core.adjusted("windows", len(stored.windows), 0, reason)
        return [*found, *core.adjusted("otherwise", stored.otherwise, core.BatteryMode.AUTO, reason)]
