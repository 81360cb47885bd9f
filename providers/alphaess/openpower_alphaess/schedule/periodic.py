"""The periodic pair as one document: charge and discharge periods by weekday, each with power and limit.

Its two cycle flags decide what runs, can be written only, and read 0/0 whatever was written; so they are
None here when read, and never sent back as read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_alphaess.models import CycleType
from openpower_alphaess.schedule.grid import QUARTER, minutes, quarters
from openpower_alphaess.schedule.snap import HOLD_LIMIT
from openpower_alphaess.schedule.week import (
    AUTO,
    HOLD,
    Cell,
    Week,
    day_of,
    empty_week,
    paint,
    pieces_of,
    without_permission,
)
from openpower_core.provider import BatteryMode, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openpower_alphaess.models import TimeCharge, TimePeriod
    from openpower_alphaess.schedule.pairs import Pair

__all__ = ["EVERY_DAY", "Period", "PeriodicPlan", "encode_periodic", "periodic_plan", "periodic_week"]

EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)
_A_DAY: Final = 6
_A_WEEK: Final = 28
"""Periods that the vendor takes (developer portal)."""


@frozen(kw_only=True, order=True)
class Period:
    """One element of a list; ``end`` 0 is midnight."""

    begin: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    limit: float = 100
    power: float | None = None
    """A period without a power shows in the app and does nothing."""


@frozen(kw_only=True)
class PeriodicPlan:
    """The whole schedule; fillers left out, periods in one order whatever the vendor's."""

    weekly: bool = False
    charge_on: bool | None = None
    """None: nobody can read it."""
    discharge_on: bool | None = None
    charge: tuple[Period, ...] = ()
    discharge: tuple[Period, ...] = ()

    @property
    def charges(self) -> bool:
        """Whether the charge periods run, as intended or as inferred: it would be odd to hold any otherwise."""
        return bool(self.charge) if self.charge_on is None else self.charge_on

    @property
    def discharges(self) -> bool:
        """Whether the discharge periods run; see :attr:`charges`."""
        return bool(self.discharge) if self.discharge_on is None else self.discharge_on


def periodic_plan(read: TimeCharge) -> PeriodicPlan:
    """What an answer of the service holds; its flags say nothing."""
    weekly = read.execute_cycle_type is CycleType.WEEKLY
    return PeriodicPlan(
        weekly=weekly,
        charge=_periods(read.charge_time_list or (), 100, weekly=weekly),
        discharge=_periods(read.discharge_time_list or (), HOLD_LIMIT, weekly=weekly),
    )


def _periods(read: Iterable[TimePeriod], usual_limit: float, *, weekly: bool) -> tuple[Period, ...]:
    found: list[Period] = []
    for each in read:
        begin, end = minutes(each.begin_time), minutes(each.end_time)
        days = tuple(sorted(set(each.weeks or ()))) if weekly else EVERY_DAY
        if begin is None or end is None or begin == end or not days:
            continue
        limit = usual_limit if each.charge_limit is None else each.charge_limit
        found.append(Period(begin=begin, end=end, days=days, limit=limit, power=each.charge_power))
    return _ordered(found)


def _ordered(periods: Iterable[Period]) -> tuple[Period, ...]:
    return tuple(sorted(periods, key=lambda each: (each.days, each.begin, each.end, each.limit, each.power or 0)))


def periodic_week(plan: PeriodicPlan) -> tuple[Week, BatteryMode]:
    """What the schedule makes of every quarter hour; where periods overlap, charging wins."""
    week, otherwise = empty_week(), BatteryMode.AUTO
    if plan.discharges:
        otherwise = BatteryMode.HOLD
        week = _painted(week, plan.discharge, lambda _: AUTO)
    if plan.charges:
        plain = otherwise is BatteryMode.HOLD
        week = _painted(week, plan.charge, lambda each: _charging(each, plain=plain))
    return week, otherwise


def _charging(period: Period, *, plain: bool) -> Cell | None:
    if period.limit <= HOLD_LIMIT:
        return None if plain else HOLD
    return Cell(BatteryMode.CHARGE, period.limit, period.power)


def _painted(week: Week, periods: Iterable[Period], cell: Callable[[Period], Cell | None]) -> Week:
    for each in periods:
        found = quarters(each.begin, each.end)
        if found is not None and each.power:
            week = paint(week, each.days, *found, cell(each))
    return week


def encode_periodic(week: Week, otherwise: BatteryMode, current: PeriodicPlan, pair: Pair) -> PeriodicPlan:
    """The schedule that makes a week happen.

    Args:
        week: what is wanted.
        otherwise: AUTO or HOLD.
        held: where the limits of discharge periods come from.
        pair: tells the power of periods that have none of their own.

    Raises:
        InvalidValue: it has more periods than the vendor takes.
    """
    week, otherwise = without_permission(week, otherwise)
    charge: dict[tuple[int, int, Cell], list[int]] = {}
    discharge: dict[tuple[int, int, Cell], list[int]] = {}
    for day in EVERY_DAY:
        for piece in pieces_of(day_of(week, day)):
            kind = discharge if piece.cell.mode is BatteryMode.AUTO else charge
            kind.setdefault((piece.begin, piece.end, piece.cell), []).append(day)
    floor = _floor(current)
    plan = PeriodicPlan(
        charge_on=bool(charge),
        discharge_on=otherwise is BatteryMode.HOLD,
        charge=_ordered(_period(key, days, HOLD_LIMIT, pair) for key, days in charge.items()),
        discharge=_ordered(_period(key, days, floor, pair) for key, days in discharge.items()),
    )
    return _counted(plan)


def _period(key: tuple[int, int, Cell], days: list[int], usual_limit: float, pair: Pair) -> Period:
    begin, end, cell = key
    return Period(
        begin=begin * QUARTER,
        end=end * QUARTER % 1440,
        days=tuple(days),
        limit=usual_limit if cell.target is None else cell.target,
        power=cell.power or pair.full_w,
    )


def _floor(current: PeriodicPlan) -> float:
    """The lower bound for discharging: that of the periods held, where they agree, else the vendor's least."""
    limits = {each.limit for each in current.discharge}
    return limits.pop() if len(limits) == 1 else HOLD_LIMIT


def _counted(plan: PeriodicPlan) -> PeriodicPlan:
    periods = (*plan.charge, *plan.discharge)
    weekly = any(each.days != EVERY_DAY for each in periods)
    by_day = [sum(day in each.days for each in periods) for day in EVERY_DAY]
    if max(by_day) > _A_DAY or (weekly and sum(by_day) > _A_WEEK):
        raise InvalidValue(
            f"AlphaESS takes {_A_DAY} periods a day and {_A_WEEK} a week, and this needs "
            f"{max(by_day)} and {sum(by_day)}.",
            provider="alphaess",
            hint="A window past midnight counts on both days.",
        )
    return PeriodicPlan(
        weekly=weekly,
        charge_on=plan.charge_on,
        discharge_on=plan.discharge_on,
        charge=plan.charge,
        discharge=plan.discharge,
    )
