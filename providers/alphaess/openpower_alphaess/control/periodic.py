"""The periodic pair as one document: charge and discharge periods by weekday, each with power and limit.

Its two cycle flags decide what runs, can be written only, and read 0/0 whatever was written; so they are
None here when read, and never sent back as read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import frozen

from openpower_alphaess.client import grid
from openpower_alphaess.client.requests import Write, minutes, schedule_write
from openpower_alphaess.control.pair import UNKNOWN_RATING_W, DesiredSettings, holding, maximum, reserve
from openpower_alphaess.control.week import (
    AUTO,
    EMPTY_WEEK,
    HOLD,
    HOLD_LIMIT,
    Slot,
    Week,
    day_of,
    paint,
    pieces_of,
    without_permission,
)
from openpower_alphaess.models import CycleType, TimeCharge, TimePeriod
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_SIDES: Final = ("charge", "discharge")


@frozen(kw_only=True)
class PeriodicPlan:
    """The whole schedule; fillers left out, periods in one order whatever the vendor's."""

    weekly: bool = False
    charge_on: bool | None = None
    """None: it cannot be read."""
    discharge_on: bool | None = None
    charge: tuple[grid.Period, ...] = ()
    discharge: tuple[grid.Period, ...] = ()

    @property
    def charges(self) -> bool:
        """Whether the charge periods run, as intended or as inferred: unused ones would hardly be kept."""
        return bool(self.charge) if self.charge_on is None else self.charge_on

    @property
    def discharges(self) -> bool:
        """Whether the discharge periods run; see :attr:`charges`."""
        return bool(self.discharge) if self.discharge_on is None else self.discharge_on


def periodic_plan(read: TimeCharge) -> PeriodicPlan:
    """What an answer of the service says; its flags mean nothing."""
    weekly = read.execute_cycle_type is CycleType.WEEKLY
    return PeriodicPlan(
        weekly=weekly,
        charge=_periods(read.charge_time_list or (), 100, weekly=weekly),
        discharge=_periods(read.discharge_time_list or (), HOLD_LIMIT, weekly=weekly),
    )


def _periods(read: Iterable[TimePeriod], usual_limit: float, *, weekly: bool) -> tuple[grid.Period, ...]:
    found: list[grid.Period] = []
    for period in read:
        begin, end = minutes(period.begin_time), minutes(period.end_time)
        days = tuple(sorted(set(period.weeks or ()))) if weekly else grid.EVERY_DAY
        # Equal ends are how the vendor says "off"; its fillers look so.
        if begin is None or end is None or begin == end or not days:
            continue
        limit = usual_limit if period.charge_limit is None else period.charge_limit
        found.append(grid.Period(begin=begin, end=end, days=days, limit=limit, power=period.charge_power))
    return _ordered(found)


def _ordered(periods: Iterable[grid.Period]) -> tuple[grid.Period, ...]:
    return tuple(
        sorted(periods, key=lambda period: (period.days, period.begin, period.end, period.limit, period.power or 0))
    )


class PeriodicPair:
    """The periodic pair of one inverter; see :class:`~openpower_alphaess.control.pair.Pair`."""

    name = "periodic"
    has_power = True
    daily = False

    def __init__(self, rated_w: float | None) -> None:
        self.full_w = int(rated_w or UNKNOWN_RATING_W)

    def week(self, plan: PeriodicPlan, /) -> tuple[Week, core.BatteryMode]:
        """See :class:`Pair`."""
        week, otherwise = EMPTY_WEEK, core.BatteryMode.AUTO
        if plan.discharges:
            otherwise = core.BatteryMode.HOLD
            week = _painted(week, plan.discharge, lambda _: AUTO)
        if plan.charges:
            plain = otherwise is core.BatteryMode.HOLD
            week = _painted(week, plan.charge, lambda period: _charging(period, plain=plain))
        return week, otherwise

    def encode(
        self, week: Week, otherwise: core.BatteryMode, current: PeriodicPlan, /, *, strict: bool = False
    ) -> tuple[PeriodicPlan, list[core.Adjustment]]:
        """See :class:`Pair`; periods have limits of their own, so there is nothing to approximate."""
        del strict
        week, otherwise = without_permission(week, otherwise)
        charge: dict[tuple[int, int, Slot], list[int]] = {}
        discharge: dict[tuple[int, int, Slot], list[int]] = {}
        for day in grid.EVERY_DAY:
            for piece in pieces_of(day_of(week, day)):
                side = discharge if piece.slot.mode is core.BatteryMode.AUTO else charge
                # Equal pieces of several days share one period, so that the list stays as short as people would write it.
                side.setdefault((piece.begin, piece.end, piece.slot), []).append(day)
        # A week has no lower bounds of its own: the user's reserve stays, wherever it was the same in all periods.
        floor = _floor(current)
        plan = PeriodicPlan(
            charge_on=bool(charge),
            discharge_on=otherwise is core.BatteryMode.HOLD,
            charge=_ordered(self._period(key, days, HOLD_LIMIT) for key, days in charge.items()),
            discharge=_ordered(self._period(key, days, floor) for key, days in discharge.items()),
        )
        return _counted(plan), []

    def _period(self, key: tuple[int, int, Slot], days: list[int], usual_limit: float) -> grid.Period:
        begin, end, slot = key
        return grid.Period(
            begin=begin * grid.STEP_MINUTES,
            end=end * grid.STEP_MINUTES % 1440,
            days=tuple(days),
            limit=usual_limit if slot.target is None else slot.target,
            power=slot.power or self.full_w,
        )

    def off(self, plan: PeriodicPlan, /) -> PeriodicPlan:
        """See :class:`Pair`; the periods go, because their flags alone could not be seen."""
        return PeriodicPlan(weekly=plan.weekly, charge_on=False, discharge_on=False)

    def settings(self, plan: PeriodicPlan, /) -> core.BatterySettings:
        """See :class:`Pair`; limits only where the periods agree, and no guess at the flags."""
        charging = {period.limit for period in plan.charge if period.limit > HOLD_LIMIT}
        discharging = {period.limit for period in plan.discharge}
        return core.BatterySettings(
            reserve_soc_pct=core.percentage_or_none(discharging.pop()) if len(discharging) == 1 else None,
            max_soc_pct=core.percentage_or_none(charging.pop()) if len(charging) == 1 else None,
            grid_charge_allowed=plan.charge_on,
        )

    def change(self, plan: PeriodicPlan, desired: DesiredSettings, /) -> tuple[PeriodicPlan, list[core.Adjustment]]:
        """See :class:`Pair`; a limit needs periods to carry it."""
        adjustments: list[core.Adjustment] = []
        # Every write sends both flags, so those that could not be read become what they are taken to be.
        plan = attrs.evolve(plan, charge_on=plan.charges, discharge_on=plan.discharges)
        if desired.reserve_soc_pct is not None:
            least = reserve(desired.reserve_soc_pct, HOLD_LIMIT, adjustments)
            plan = attrs.evolve(plan, discharge=_limited(plan.discharge, least, "reserve_soc_pct", "discharge"))
        if desired.max_soc_pct is not None:
            most = maximum(desired.max_soc_pct, adjustments)
            plan = attrs.evolve(plan, charge=_limited(plan.charge, most, "max_soc_pct", "charge"))
        if desired.grid_charge_allowed is not None:
            if any(period.limit <= HOLD_LIMIT for period in plan.charge):
                raise holding()
            if desired.grid_charge_allowed:
                _limited(plan.charge, 100, "grid_charge_allowed", "charge")
            plan = attrs.evolve(plan, charge_on=desired.grid_charge_allowed)
        return plan, adjustments

    def visible(self, plan: PeriodicPlan, /) -> object:
        """See :class:`Pair`; all but the flags."""
        return plan.weekly, plan.charge, plan.discharge

    def load(self, data: dict[str, Any], /) -> PeriodicPlan:
        """See :class:`Pair`."""
        periods: dict[str, Any] = {
            side: tuple(grid.Period(**(period | {"days": tuple(period["days"])})) for period in data[side])
            for side in _SIDES
        }
        return PeriodicPlan(**(data | periods))

    def writes(self, serial: str, plan: PeriodicPlan, current: PeriodicPlan, /) -> list[Write]:
        """See :class:`Pair`; one call, which replaces the whole schedule."""
        del current
        return [
            schedule_write(
                serial,
                weekly=plan.weekly,
                flags=(plan.charges, plan.discharges),
                charge=plan.charge,
                discharge=plan.discharge,
                full_w=self.full_w,
            )
        ]


def _limited(periods: tuple[grid.Period, ...], limit: float, field: str, side: str) -> tuple[grid.Period, ...]:
    """The periods with another limit; those that hold the battery keep theirs."""
    carriers = [period for period in periods if side == "discharge" or period.limit > HOLD_LIMIT]
    if not carriers:
        raise core.InvalidValue(
            f"there is no {side} period that could carry {field}; this AlphaESS system keeps limits in its periods.",
            provider="alphaess",
            hint="Set a schedule with such windows first.",
        )
    return tuple(attrs.evolve(period, limit=limit) if period in carriers else period for period in periods)


def _charging(period: grid.Period, *, plain: bool) -> Slot | None:
    if period.limit <= HOLD_LIMIT:
        return None if plain else HOLD
    return Slot(core.BatteryMode.CHARGE, period.limit, period.power)


def _painted(week: Week, periods: Iterable[grid.Period], slot: Callable[[grid.Period], Slot | None]) -> Week:
    for period in periods:
        found = grid.slots(period.begin, period.end)
        # The app shows a period without a power, and the inverter ignores it.
        if found is not None and period.power:
            week = paint(week, period.days, *found, slot(period))
    return week


def _floor(current: PeriodicPlan) -> float:
    """The lower bound for discharging: that of the present periods, where they agree, else the vendor's least."""
    limits = {period.limit for period in current.discharge}
    return limits.pop() if len(limits) == 1 else HOLD_LIMIT


def _counted(plan: PeriodicPlan) -> PeriodicPlan:
    """The plan, weekly where its days differ; refused where it has more periods than the vendor takes."""
    periods = (*plan.charge, *plan.discharge)
    weekly = any(period.days != grid.EVERY_DAY for period in periods)
    by_day = [sum(day in period.days for period in periods) for day in grid.EVERY_DAY]
    if max(by_day) > grid.PERIODS_A_DAY or (weekly and sum(by_day) > grid.PERIODS_A_WEEK):
        raise core.InvalidValue(
            f"AlphaESS takes {grid.PERIODS_A_DAY} periods a day and {grid.PERIODS_A_WEEK} a week, and this needs "
            f"{max(by_day)} and {sum(by_day)}.",
            provider="alphaess",
            hint="A window past midnight counts on both days.",
        )
    return attrs.evolve(plan, weekly=weekly)
