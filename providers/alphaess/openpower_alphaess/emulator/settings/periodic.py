"""The periodic pair: charge and discharge periods, each day or on chosen weekdays, with power and limit.

Its two cycle flags decide what runs and can be written only: a read always shows 0/0.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from attrs import evolve, frozen

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.parameters import clock_time, flag, number, one_of, require, text
from openpower_alphaess.emulator.settings.orders import Order, covers, minute_of_day
from openpower_core.provider import BatteryMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Period", "PeriodicSchedule", "periodic_order", "read_periodic", "refuse_impossible"]

_CHARGE: Final = 0
_DISCHARGE: Final = 1
_PER_DAY: Final = 6
_PER_WEEK: Final = 28
_SERVER_ORDER: Final = (6, 5, 4, 3, 2, 1, 7)
"""The order in which the live service was seen to list the days of the week."""


@frozen(kw_only=True)
class Period:
    """One element of a time list."""

    begin: str
    end: str
    limit_pct: float
    weeks: frozenset[int] = frozenset()
    power_w: float | None = None

    @property
    def is_off(self) -> bool:
        """Whether begin and end are equal: the filler of a list that may not be empty."""
        return self.begin == self.end

    def on(self, weekday: int, *, weekly: bool) -> bool:
        """Whether it happens on a day of the week, 1 being Monday."""
        return not weekly or weekday in self.weeks

    def to_wire(self, cycle: int, strategy: int, sort: int) -> dict[str, Any]:
        """The element as the service sends it."""
        return {
            "executeCycleType": cycle,
            "strategyType": strategy,
            "beginTime": self.begin,
            "endTime": self.end,
            "weeks": [day for day in _SERVER_ORDER if day in self.weeks],
            "sort": sort,
            "chargePower": self.power_w,
            "chargeLimit": float(self.limit_pct),
        }


@frozen(kw_only=True)
class PeriodicSchedule:
    """One whole periodic schedule; a flag that was left out is None."""

    cycle: int = 0
    charge_flag: int | None = 0
    discharge_flag: int | None = 0
    charge: tuple[Period, ...] = ()
    discharge: tuple[Period, ...] = ()

    @property
    def weekly(self) -> bool:
        """Whether the periods name their days."""
        return self.cycle == 1

    def with_flags_of(self, other: PeriodicSchedule) -> PeriodicSchedule:
        """The same schedule, with the other's flags where its own were left out."""
        charge, discharge = self.charge_flag, self.discharge_flag
        return evolve(
            self,
            charge_flag=other.charge_flag if charge is None else charge,
            discharge_flag=other.discharge_flag if discharge is None else discharge,
        )

    def to_wire(self, serial: str) -> dict[str, Any]:
        """The schedule as the service shows it, with both flags 0 whatever was written."""
        return {
            "sysSn": serial,
            "executeCycleType": self.cycle,
            "gridChargeCycle": 0,
            "ctrDisCycle": 0,
            "chargeTimeList": _list_to_wire(self.charge, self.cycle, _CHARGE),
            "dischargeTimeList": _list_to_wire(self.discharge, self.cycle, _DISCHARGE),
        }


def _list_to_wire(periods: Iterable[Period], cycle: int, strategy: int) -> list[dict[str, Any]]:
    return [period.to_wire(cycle, strategy, sort) for sort, period in enumerate(periods, start=1)]


def read_periodic(body: Mapping[str, Any]) -> PeriodicSchedule:
    """Check the body of ``setTimeChargeBySn`` and give the schedule that it describes."""
    require(body, "sysSn", "executeCycleType", "chargeTimeList", "dischargeTimeList")
    lists = [body["chargeTimeList"], body["dischargeTimeList"]]
    if not all(isinstance(element, dict) for each in lists for element in _as_list(each)):
        raise Refusal(Code.MALFORMED)
    if not all(lists):
        raise Refusal(Code.PARAMETER, exp_msg="time list is null")
    text(body, "sysSn")
    cycle = flag(body, "executeCycleType")
    charge, discharge = (tuple(_read_period(each, cycle) for each in part) for part in lists)
    return PeriodicSchedule(
        cycle=cycle,
        charge_flag=_optional_flag(body, "gridChargeCycle"),
        discharge_flag=_optional_flag(body, "ctrDisCycle"),
        charge=charge,
        discharge=discharge,
    )


def _as_list(value: Any) -> list[Any]:
    if not _is_list(value):
        raise Refusal(Code.MALFORMED)
    return value


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _optional_flag(body: Mapping[str, Any], name: str) -> int | None:
    return None if body.get(name) is None else flag(body, name)


def _read_period(element: Mapping[str, Any], cycle: int) -> Period:
    weeks: list[Any] = element.get("weeks") or []
    if cycle == 1 and not weeks:
        raise Refusal(Code.PARAMETER)
    power = element.get("chargePower")
    return Period(
        begin=clock_time(element, "beginTime"),
        end=clock_time(element, "endTime"),
        limit_pct=number(element, "chargeLimit", 10, 100),
        weeks=frozenset(one_of({"day": day}, "day", *range(1, 8)) for day in weeks),
        # Above the inverter's rating is accepted, and clipped by the inverter.
        power_w=None if power is None else number(element, "chargePower", 0, 1_000_000),
    )


def refuse_impossible(schedule: PeriodicSchedule) -> None:
    """Refuse more than 6 periods on a day or 28 in the week, and periods that overlap."""
    running = [each for each in (*schedule.charge, *schedule.discharge) if not each.is_off]
    by_day = [[each for each in running if each.on(day, weekly=schedule.weekly)] for day in range(1, 8)]
    # Every day repeats the same periods in the daily cycle, so the weekly number is of the weekly one.
    in_week = sum(map(len, by_day)) if schedule.weekly else 0
    if in_week > _PER_WEEK or any(len(day) > _PER_DAY or _overlap(day) for day in by_day):
        raise Refusal(Code.SET_FAILED)


def _overlap(periods: Iterable[Period]) -> bool:
    spans = sorted((minute_of_day(each.begin), minute_of_day(each.end) or 1440) for each in periods)
    return any(end > begin for (_, end), (begin, _) in itertools.pairwise(spans))


def periodic_order(
    schedule: PeriodicSchedule, weekday: int, minute: int, *, filler_is_whole_day: bool = False
) -> Order:
    """What the inverter does under the schedule at a minute of a day (weekday 1 is Monday)."""

    def running(periods: Iterable[Period]) -> Period | None:
        return next(
            (
                period
                for period in periods
                # One without a power shows in the app and does nothing.
                if period.power_w
                and period.on(weekday, weekly=schedule.weekly)
                and (covers(period.begin, period.end, minute) or (filler_is_whole_day and period.is_off))
            ),
            None,
        )

    charging = running(schedule.charge) if schedule.charge_flag else None
    if charging is not None:
        return Order(mode=BatteryMode.CHARGE, power_w=charging.power_w, target_soc_pct=charging.limit_pct)
    if not schedule.discharge_flag:
        return Order()
    discharging = running(schedule.discharge)
    if discharging is None:
        return Order(mode=BatteryMode.HOLD)
    return Order(power_w=discharging.power_w, reserve_soc_pct=discharging.limit_pct)
