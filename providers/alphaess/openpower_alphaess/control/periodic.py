"""The periodic pair: charge and discharge periods by weekday, each with power and limit.

Its two cycle flags decide what runs, can be written only, and read 0/0 whatever was written; so they are
None here when read, and never sent back as read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs

from openpower_alphaess.client.grid import EVERY_DAY, MIDNIGHT, PER_WEEK, PERIODS_A_DAY, PERIODS_A_WEEK, Period
from openpower_alphaess.client.requests import Write, schedule_write
from openpower_alphaess.control.pair import (
    SIDES,
    UNKNOWN_RATING_W,
    DesiredSettings,
    Kept,
    Pair,
    Plan,
    Side,
    dropped,
    holding,
    listed,
    maximum,
    of_json,
    reserve,
    side_of,
    to_json,
)
from openpower_alphaess.control.week import HOLD_LIMIT, Slot
from openpower_alphaess.models import CycleType, TimeCharge, TimePeriod
from openpower_core import provider as core

_USUAL_LIMIT = {"charge": 100, "discharge": HOLD_LIMIT}


class PeriodicPair(Pair):
    """The periodic pair of one inverter."""

    name = "periodic"
    daily = False
    switch_shows = False
    empty = Plan(charge=Side(on=None), discharge=Side(on=None), weekly=False)

    def __init__(self, rated_w: float | None) -> None:
        self.full_w = int(rated_w or UNKNOWN_RATING_W)

    def plan(self, read: TimeCharge) -> Plan:
        """What an answer of the service says; its flags mean nothing."""
        weekly = read.execute_cycle_type is CycleType.WEEKLY
        return Plan(
            weekly=weekly,
            charge=Side(on=None, periods=self._read("charge", read.charge_time_list or (), weekly=weekly)),
            discharge=Side(on=None, periods=self._read("discharge", read.discharge_time_list or (), weekly=weekly)),
        )

    def _read(self, side: str, read: Iterable[TimePeriod], *, weekly: bool) -> tuple[Period, ...]:
        found = [
            Period(
                begin=each.begin_time or MIDNIGHT,
                end=each.end_time or MIDNIGHT,
                days=tuple(sorted(set(each.weeks or ()))) if weekly else EVERY_DAY,
                weeks=None if weekly or not each.weeks else tuple(sorted(set(each.weeks))),
                limit=_USUAL_LIMIT[side] if each.charge_limit is None else each.charge_limit,
                power=each.charge_power,
            )
            for each in read
        ]
        return () if found == [self._filler(side)] else self.in_order(found)

    def _filler(self, side: str) -> Period:
        """What stands in a list that has nothing else, since it may not be empty: a period that is off."""
        return Period(limit=_USUAL_LIMIT[side], power=self.full_w)

    def in_order(self, periods: Sequence[Period]) -> tuple[Period, ...]:
        """See :class:`Pair`; the service's own order means nothing."""
        return tuple(sorted(periods, key=_order))

    def permitted(self, side: Side) -> Sequence[Slot]:
        """See :class:`Pair`; elsewhere the user's reserve stays, wherever it is the same in all periods."""
        running = [period for period in side.periods if self.covered(period)]
        limits, powers = {period.limit for period in running}, {period.power for period in running}
        limit = limits.pop() if len(limits) == 1 else None
        usual = Slot(core.BatteryMode.AUTO, limit or HOLD_LIMIT, powers.pop() if len(powers) == 1 else None)
        found = [usual] * PER_WEEK
        for period in running:
            for index in self.covered(period):
                found[index] = Slot(core.BatteryMode.AUTO, period.limit, period.power)
        return found

    def arranged(
        self,
        name: str,  # noqa: ARG002
        side: Side,
        kept: Kept,
        fresh: list[Period],
        lost: list[core.Adjustment],  # noqa: ARG002
    ) -> tuple[Period, ...]:
        """See :class:`Pair`."""
        # Whether a device could take a filler for all day is not known: a side is not switched on with one in it.
        fillers = self.runs(side)
        stay = [period for period in kept if period and (fillers or not period.off)]
        return self.in_order([*stay, *fresh])

    def checked(self, plan: Plan, current: Plan, lost: list[core.Adjustment]) -> Plan:
        """See :class:`Pair`; weekly where its days differ. Periods that do nothing give way to others."""
        fresh = [
            period
            for name in SIDES
            for period in side_of(plan, name).periods
            if period not in side_of(current, name).periods
        ]
        for name in SIDES:
            for period in side_of(plan, name).periods:
                idle = not period.off and not self.covered(period)
                if idle and (_too_many(plan) or any(map(period.overlaps, fresh))):
                    lost.append(dropped(period))
                    plan = _without(plan, name, period)
        if _too_many(plan):
            by_day = _by_day(plan)
            raise core.InvalidValue(
                f"AlphaESS takes {PERIODS_A_DAY} periods a day and {PERIODS_A_WEEK} a week, and this needs "
                f"{max(by_day)} and {sum(by_day)}.",
                provider="alphaess",
                hint="A window past midnight counts on both days.",
            )
        if plan.weekly and not _differs(plan) and sum(_by_day(plan)) > PERIODS_A_WEEK:
            plan = attrs.evolve(plan, weekly=False)
        return self._dated(plan)

    def _dated(self, plan: Plan) -> Plan:
        """The plan as a weekly one if its days differ; then the days that a daily one names would count."""
        if plan.weekly or not _differs(plan):
            return plan
        sides = [
            attrs.evolve(side, periods=self.in_order([attrs.evolve(period, weeks=None) for period in side.periods]))
            for side in (plan.charge, plan.discharge)
        ]
        return attrs.evolve(plan, charge=sides[0], discharge=sides[1], weekly=True)

    def settings(self, plan: Plan) -> core.BatterySettings:
        """See :class:`Pair`; limits only where the periods agree, and no guess at the flags."""
        charging = {period.limit for period in self._carriers(plan, "charge")}
        discharging = {period.limit for period in self._carriers(plan, "discharge")}
        return core.BatterySettings(
            reserve_soc_pct=core.percentage_or_none(discharging.pop()) if len(discharging) == 1 else None,
            max_soc_pct=core.percentage_or_none(charging.pop()) if len(charging) == 1 else None,
            grid_charge_allowed=plan.charge.on,
        )

    def change(self, plan: Plan, desired: DesiredSettings) -> tuple[Plan, list[core.Adjustment]]:
        """See :class:`Pair`; a limit needs periods to carry it."""
        adjustments: list[core.Adjustment] = []
        # Every write sends both flags, so those that could not be read become what they are taken to be.
        charge = attrs.evolve(plan.charge, on=self._on(plan.charge))
        discharge = attrs.evolve(plan.discharge, on=self._on(plan.discharge))
        if desired.reserve_soc_pct is not None:
            least = reserve(desired.reserve_soc_pct, HOLD_LIMIT, adjustments)
            discharge = self._limited(plan, discharge, "discharge", "reserve_soc_pct", least)
        if desired.max_soc_pct is not None:
            most = maximum(desired.max_soc_pct, adjustments)
            charge = self._limited(plan, charge, "charge", "max_soc_pct", most)
        if desired.grid_charge_allowed is not None:
            if any(self.covered(each) and (each.limit or 0) <= HOLD_LIMIT for each in charge.periods):
                raise holding()
            if desired.grid_charge_allowed:
                self._limited(plan, charge, "charge", "grid_charge_allowed", 100)
            charge = attrs.evolve(charge, on=desired.grid_charge_allowed)
        return self.not_crossed(attrs.evolve(plan, charge=charge, discharge=discharge), desired), adjustments

    def _on(self, side: Side) -> bool:
        return self.runs(side) if side.on is None else side.on

    def _carriers(self, plan: Plan, name: str) -> list[Period]:
        """The periods that carry a limit; those that hold the battery keep theirs."""
        periods = [period for period in side_of(plan, name).periods if self.covered(period)]
        return [period for period in periods if name == "discharge" or (period.limit or 0) > HOLD_LIMIT]

    def _limited(self, plan: Plan, side: Side, name: str, field: str, limit: float) -> Side:
        carriers = self._carriers(plan, name)
        if not carriers:
            raise core.InvalidValue(
                f"there is no {name} period that could carry {field}; this AlphaESS system keeps limits in its periods.",
                provider="alphaess",
                hint="Set a schedule with such windows first.",
            )
        periods = [attrs.evolve(each, limit=limit) if each in carriers else each for each in side.periods]
        return attrs.evolve(side, periods=self.in_order(periods))

    def writes(self, serial: str, plan: Plan, current: Plan) -> list[Write]:
        """See :class:`Pair`; one call, which replaces the whole schedule."""
        if plan == current:
            return []
        write = schedule_write(
            serial,
            weekly=bool(plan.weekly),
            flags=(self._on(plan.charge), self._on(plan.discharge)),
            charge=plan.charge.periods or [self._filler("charge")],
            discharge=plan.discharge.periods or [self._filler("discharge")],
        )
        return [write]

    def with_fields(self, plan: Plan, fields: Mapping[str, Any]) -> Plan:
        """See :class:`Pair`; what somebody else has changed meanwhile has its place.

        A command cuts the periods that it overlaps. If somebody has edited what it left of one, such as its limit, or has
        put another period in its place, the whole period cannot come back beside that, for the service refuses overlaps
        (and with them the release): it comes back with their figures, or not at all if they have changed more than those.
        """
        there = {label: period for name in SIDES for label, period in listed(name, side_of(plan, name).periods).items()}
        stay = {label: period for label, period in there.items() if label not in fields}
        removed = [period for label, period in there.items() if label in fields and fields[label] is None]
        cuts = {time for period in removed for time in (period.begin, period.end)}
        found = dict(fields)
        for label, value in fields.items():
            if not isinstance(value, dict) or label in there:
                continue
            side, whole = label.partition(" ")[0], of_json(cast("dict[str, Any]", value))
            rests = {name: rest for name, rest in stay.items() if rest.overlaps(whole)}
            if not rests:
                continue
            found[label] = None
            figures = {(rest.limit, rest.power) for rest in rests.values()}
            parts = [name.startswith(side) and _is_part(rest, whole, cuts) for name, rest in rests.items()]
            if len(figures) == 1 and all(parts):
                ((limit, power),) = figures
                whole = attrs.evolve(whole, limit=limit, power=power)
                found |= dict.fromkeys(rests) | {name: to_json(whole) for name in listed(side, [whole])}
        # What was owned first may have been replaced by somebody before it was owned again: the later one comes back.
        back: list[Period] = []
        for label, value in reversed([*found.items()]):
            if isinstance(value, dict) and label not in there:
                period = of_json(cast("dict[str, Any]", value))
                if any(period.overlaps(each) for each in back):
                    found[label] = None
                else:
                    back.append(period)
        return self._dated(super().with_fields(plan, found))

    def named(self, name: str, side: Side) -> Mapping[str, Period]:
        """See :class:`Pair`."""
        return listed(name, side.periods)


def _order(period: Period) -> tuple[Any, ...]:
    times = (period.days, period.begin, period.end)
    return (*times, period.limit or 0, -1 if period.power is None else period.power, period.weeks or ())


def _without(plan: Plan, name: str, period: Period) -> Plan:
    side = side_of(plan, name)
    rest = tuple([each for each in side.periods if each is not period])
    side = attrs.evolve(side, periods=rest)
    return attrs.evolve(plan, charge=side) if name == "charge" else attrs.evolve(plan, discharge=side)


def _by_day(plan: Plan) -> list[int]:
    """How many periods each day has; those that are off do not count."""
    periods = [each for name in SIDES for each in side_of(plan, name).periods if not each.off]
    return [sum(day in each.days for each in periods) for day in EVERY_DAY]


def _differs(plan: Plan) -> bool:
    return any(period.days != EVERY_DAY for name in SIDES for period in side_of(plan, name).periods)


def _is_part(rest: Period, whole: Period, cuts: set[str]) -> bool:
    """Whether its times are those that the command left it."""
    return set(rest.days) <= set(whole.days) and {rest.begin, rest.end} <= {whole.begin, whole.end, *cuts}


def _too_many(plan: Plan) -> bool:
    by_day = _by_day(plan)
    return max(by_day) > PERIODS_A_DAY or (_differs(plan) and sum(by_day) > PERIODS_A_WEEK)
