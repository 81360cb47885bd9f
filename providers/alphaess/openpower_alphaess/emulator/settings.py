"""The settings of an emulated system, and the inverter that follows them on its own clock some time later.

Legacy pair: a charge window charges, from PV first and then from the grid, up to ``batHighCap`` and does not discharge.
A discharge window is a permission: inside it the battery may serve the house, and nothing is forced out.

Periodic pair: charge and discharge periods, each day or on chosen weekdays, with power and limit. Its two cycle flags
decide what runs and can be written only: a read always shows 0/0.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, Generic, TypeGuard, TypeVar

from attrs import evolve, frozen

from openpower_alphaess.client.grid import on_grid
from openpower_alphaess.emulator.envelope import Code, Refusal, clock_time, flag, number, one_of, require, text
from openpower_core.provider import BatteryMode
from openpower_simulation import BatteryDirective, Situation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from openpower_alphaess.emulator.nameplate import Quirks

T = TypeVar("T")


class Delayed(Generic[T]):
    """The versions of one setting, by the time at which each was accepted."""

    def __init__(self, first: T) -> None:
        self._first = first
        self._versions: list[tuple[datetime, T]] = []

    def accept(self, value: T, now: datetime) -> None:
        """Take a new version; the service stores it from now on."""
        self._versions.append((now, value))

    @property
    def newest(self) -> T:
        """What the service stores, shown or not."""
        return self._versions[-1][1] if self._versions else self._first

    def as_of(self, now: datetime, delay: timedelta) -> T:
        """The newest version that is at least ``delay`` old."""
        for accepted, value in reversed(self._versions):
            if accepted + delay <= now:
                return value
        return self._first


@frozen(kw_only=True)
class Instruction:
    """What the battery may do at one instant, and within which bounds: the outcome of reading the settings."""

    mode: BatteryMode = BatteryMode.AUTO
    power_w: float | None = None
    """How fast at most (W); None: as fast as the inverter can."""
    target_soc_pct: float | None = None
    """Where a charge window stops charging; at or above it the window holds the battery."""
    reserve_soc_pct: float = 10.0
    """The state of charge below which it does not discharge."""


def minute_of_day(text: str) -> int:
    """Minutes from midnight of a time ``HH:mm``."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def covers(begin: str, end: str, minute: int) -> bool:
    """Whether a period covers the minute of the day, as the inverter sees it.

    A period with equal ends is off; an end of 00:00 is midnight at the end of the day. Times off the
    grid were accepted by the service, and the inverter ignores the period. So it does here with a
    period past midnight, which is undocumented.
    """
    first, last = minute_of_day(begin), minute_of_day(end) or 1440
    if begin == end or not on_grid(first, last):
        return False
    return first <= minute < last


_CHARGE_TIMES: Final = ("timeChaf1", "timeChae1", "timeChaf2", "timeChae2")
_DISCHARGE_TIMES: Final = ("timeDisf1", "timeDise1", "timeDisf2", "timeDise2")

CHARGE_DEFAULTS: Final[Mapping[str, Any]] = {
    "gridCharge": 0,
    **dict.fromkeys(_CHARGE_TIMES, "00:00"),
    "batHighCap": 100,
}
DISCHARGE_DEFAULTS: Final[Mapping[str, Any]] = {
    "ctrDis": 0,
    **dict.fromkeys(_DISCHARGE_TIMES, "00:00"),
    "batUseCap": 10,
}


def read_charge(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body of ``updateChargeConfigInfo`` and give the settings that it describes."""
    return _read(body, "gridCharge", _CHARGE_TIMES, "batHighCap")


def read_discharge(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body of ``updateDisChargeConfigInfo`` and give the settings that it describes."""
    return _read(body, "ctrDis", _DISCHARGE_TIMES, "batUseCap")


def _read(body: Mapping[str, Any], switch: str, times: tuple[str, ...], level: str) -> dict[str, Any]:
    require(body, "sysSn", switch, *times, level)
    text(body, "sysSn")
    return {
        switch: flag(body, switch),
        **{name: clock_time(body, name) for name in times},
        level: number(body, level, 0, 100),
    }


def legacy_instruction(charge: Mapping[str, Any], discharge: Mapping[str, Any], minute: int) -> Instruction:
    """What the inverter does under the pair at a minute of its day."""
    reserve = float(discharge["batUseCap"])
    if charge["gridCharge"] and _inside(charge, _CHARGE_TIMES, minute):
        return Instruction(mode=BatteryMode.CHARGE, target_soc_pct=float(charge["batHighCap"]), reserve_soc_pct=reserve)
    # A permission: outside its windows the battery holds, inside it serves the house as always.
    if discharge["ctrDis"] and not _inside(discharge, _DISCHARGE_TIMES, minute):
        return Instruction(mode=BatteryMode.HOLD, reserve_soc_pct=reserve)
    return Instruction(reserve_soc_pct=reserve)


def _inside(settings: Mapping[str, Any], times: tuple[str, ...], minute: int) -> bool:
    begin1, end1, begin2, end2 = (settings[name] for name in times)
    return covers(begin1, end1, minute) or covers(begin2, end2, minute)


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

    def to_answer(self, cycle: int, strategy: int, sort: int) -> dict[str, Any]:
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

    def to_answer(self, serial: str) -> dict[str, Any]:
        """The schedule as the service shows it, with both flags 0 whatever was written."""
        return {
            "sysSn": serial,
            "executeCycleType": self.cycle,
            "gridChargeCycle": 0,
            "ctrDisCycle": 0,
            "chargeTimeList": _list_to_answer(self.charge, self.cycle, _CHARGE),
            "dischargeTimeList": _list_to_answer(self.discharge, self.cycle, _DISCHARGE),
        }


def _list_to_answer(periods: Iterable[Period], cycle: int, strategy: int) -> list[dict[str, Any]]:
    return [period.to_answer(cycle, strategy, sort) for sort, period in enumerate(periods, start=1)]


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
    # Fillers, whose ends are equal, count for nothing.
    running = [each for each in (*schedule.charge, *schedule.discharge) if not each.is_off]
    by_day = [[each for each in running if each.on(day, weekly=schedule.weekly)] for day in range(1, 8)]
    # Every day repeats the same periods in the daily cycle, so the weekly number is of the weekly one.
    in_week = sum(map(len, by_day)) if schedule.weekly else 0
    if in_week > _PER_WEEK or any(len(day) > _PER_DAY or _overlap(day) for day in by_day):
        raise Refusal(Code.SET_FAILED)


def _overlap(periods: Iterable[Period]) -> bool:
    spans = sorted((minute_of_day(each.begin), minute_of_day(each.end) or 1440) for each in periods)
    return any(end > begin for (_, end), (begin, _) in itertools.pairwise(spans))


def periodic_instruction(
    schedule: PeriodicSchedule, weekday: int, minute: int, *, filler_is_whole_day: bool = False
) -> Instruction:
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
        return Instruction(mode=BatteryMode.CHARGE, power_w=charging.power_w, target_soc_pct=charging.limit_pct)
    if not schedule.discharge_flag:
        return Instruction()
    discharging = running(schedule.discharge)
    if discharging is None:
        return Instruction(mode=BatteryMode.HOLD)
    return Instruction(power_w=discharging.power_w, reserve_soc_pct=discharging.limit_pct)


class Settings:
    """The settings of one system, of which only one pair counts, as its region decides."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self._charge: Delayed[Mapping[str, Any]] = Delayed(CHARGE_DEFAULTS)
        self._discharge: Delayed[Mapping[str, Any]] = Delayed(DISCHARGE_DEFAULTS)
        self._periodic = Delayed(PeriodicSchedule())
        self._site_limit = Delayed(32.0)

    def charge(self, now: datetime) -> Mapping[str, Any]:
        """The legacy charge settings as the service shows them."""
        return self._charge.as_of(now, self._quirks.readback_delay)

    def discharge(self, now: datetime) -> Mapping[str, Any]:
        """The legacy discharge settings as the service shows them."""
        return self._discharge.as_of(now, self._quirks.readback_delay)

    def periodic(self, now: datetime) -> PeriodicSchedule:
        """The periodic schedule as the service shows it."""
        return self._periodic.as_of(now, self._quirks.readback_delay)

    def site_limit_a(self, now: datetime) -> float:
        """The household's current limit as the service shows it; 32 A also where there is no charger."""
        return self._site_limit.as_of(now, self._quirks.readback_delay)

    def set_charge(self, settings: Mapping[str, Any], now: datetime) -> None:
        """Take legacy charge settings; on a migrated system they vanish."""
        if self._quirks.generation == "legacy":
            self._charge.accept(settings, now)

    def set_discharge(self, settings: Mapping[str, Any], now: datetime) -> None:
        """Take legacy discharge settings; on a migrated system they vanish."""
        if self._quirks.generation == "legacy":
            self._discharge.accept(settings, now)

    def change_reserve(self, reserve_pct: float, now: datetime) -> None:
        """Change only the reserve, as somebody does in the owner's app; the rest is stored again as it is.

        Periodic schedules keep it in their discharge periods, and nowhere in the API where there are none.
        """
        if self._quirks.generation == "legacy":
            self.set_discharge({**self._discharge.newest, "batUseCap": reserve_pct}, now)
            return
        newest = self._periodic.newest
        periods = tuple(evolve(period, limit_pct=reserve_pct) for period in newest.discharge)
        self._periodic.accept(evolve(newest, discharge=periods), now)

    def set_periodic(self, schedule: PeriodicSchedule, now: datetime) -> None:
        """Take a periodic schedule, and decide about the flags that it leaves out."""
        # What the service makes of flags that a body leaves out is not known; the quirk plays either.
        keep = self._quirks.flags_left_out == "unchanged"
        before = self._periodic.newest if keep else PeriodicSchedule()
        self._periodic.accept(schedule.with_flags_of(before), now)

    def set_site_limit(self, amps: float, now: datetime) -> None:
        """Take the household's current limit."""
        self._site_limit.accept(amps, now)

    def instruction(self, at: datetime, local: datetime) -> Instruction:
        """What the inverter follows at an instant, which is ``local`` on its own clock."""
        delay, minute = self._quirks.effect_delay, local.hour * 60 + local.minute
        if self._quirks.generation == "legacy":
            charge, discharge = self._charge.as_of(at, delay), self._discharge.as_of(at, delay)
            return legacy_instruction(charge, discharge, minute)
        return periodic_instruction(
            self._periodic.as_of(at, delay),
            local.isoweekday(),
            minute,
            filler_is_whole_day=self._quirks.filler_is_whole_day,
        )


_STEPS_PER_HOUR = 60


class Inverter:
    """The controller of the house; see :class:`openpower_simulation.Controller`."""

    def __init__(self, settings: Settings, quirks: Quirks, *, capacity_kwh: float) -> None:
        self._settings = settings
        self._quirks = quirks
        self._wh_per_pct = capacity_kwh * 10

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """What the battery is to do for the next minute."""
        instruction = self._settings.instruction(situation.time, situation.local)
        if instruction.mode is BatteryMode.CHARGE:
            return BatteryDirective(
                mode=BatteryMode.CHARGE,
                power_w=instruction.power_w,
                target_soc_pct=instruction.target_soc_pct,
                at_target=BatteryMode.HOLD if self._quirks.hold_charges_pv else BatteryMode.IDLE,
            )
        if instruction.mode is BatteryMode.AUTO:
            return self._self_consume(instruction, situation)
        return BatteryDirective(mode=instruction.mode)

    def _self_consume(self, instruction: Instruction, situation: Situation) -> BatteryDirective:
        """Self-consumption that ends at the cut-off, to the watt-hour, and not a minute later."""
        lacking = situation.load_w + situation.ev_w > situation.pv_w
        if not lacking:
            return BatteryDirective()
        # The house decides once a minute: a power that would empty the rest within that minute is cut to what is left.
        above = situation.soc_pct - instruction.reserve_soc_pct
        # Nine tenths, so that the losses of a discharge do not carry it below the cut-off.
        most = above * self._wh_per_pct * _STEPS_PER_HOUR * 0.9
        if most < 1:
            return BatteryDirective(mode=BatteryMode.HOLD)
        return BatteryDirective(power_w=most if instruction.power_w is None else min(most, instruction.power_w))
