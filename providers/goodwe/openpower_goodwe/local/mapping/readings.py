"""The library's sensors mapped to openpower's readings, pure.

GoodWe counts grid power + exporting, openpower + importing: the sign is inverted in ``to_flows`` and nowhere else.
Battery power is + discharging on both sides.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.local.models import Facts, Family, RuntimeData

if TYPE_CHECKING:
    from collections.abc import Mapping

R = TypeVar("R", bound=core.Reading)

_UNSET: Final = frozenset(
    {0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 3276.7, 6553.5, 214748364.7, 429496729.5, 2147483.647, 4294967.295}
)
"""Registers without a value, as whole numbers, tenths and thousandths."""
_UNSEEN_W: Final = -100.0
"""A load below this is no rounding: something feeds the house that the inverter does not count."""
_MOST_16_BIT_W: Final = 30_000
"""Above this rated power the 16 bits of ``active_power`` may not hold the grid's power."""
_LEAST_COUNTED_KWH: Final = 5.0
"""From this on the inverter's own counters show that a meter that counts nothing in either direction does not count."""
_DT_UNLINKED: Final = 2
"""Register 30209: 1 normal, 2 disconnected (library 0.4.10)."""
_NO_POWER: Final = "the meter has no value for it: registers 30195 and 30196 are 0xFFFF"
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
# Blocks of registers, and the figures that they may cost.
_METER_BLOCK, _DT_METER, _BATTERY_BLOCK, _SECOND_POWER, _TRACKERS, _SECOND = 36000, 30195, 37000, 35262, 35301, 39000


@frozen(kw_only=True)
class Flows:
    """Powers (W) at one time; None for what is unknown."""

    pv_w: float | None
    pv_strings_w: tuple[float | None, ...]
    battery_w: float | None
    grid_w: float | None
    """+ importing, − exporting."""
    phases_w: tuple[float | None, ...]
    load_w: float | None
    """Computed: what PV, battery and grid leave for the house."""


def to_flows(data: RuntimeData, facts: Facts) -> Flows:
    """The flows of one reading."""
    strings = _strings(data)
    pv, battery, grid = _pv(data, strings), _battery(data, facts), _inverted(_exported(data, facts))
    return Flows(
        pv_w=pv,
        pv_strings_w=strings,
        battery_w=battery,
        grid_w=grid,
        phases_w=tuple(_inverted(each) for each in _phases(data)),
        load_w=_load(pv, battery if has_battery(data) else 0.0, grid),
    )


def has_battery(data: RuntimeData) -> bool:
    """Whether the inverter has a battery, at either connection: battery mode 0 means none."""
    return bool(data.get("battery_mode")) or bool(data.get("battery2_mode"))


def has_second(data: RuntimeData) -> bool:
    """Whether a second battery counts; one that answered earlier and is silent now does."""
    return ("pbattery2" in data or "battery2_soc" in data) and data.get("battery2_mode", 1) != 0


def has_meter(data: RuntimeData, facts: Facts) -> bool:
    """Whether the grid is measured."""
    return _exported(data, facts) is not None


def _strings(data: RuntimeData) -> tuple[float | None, ...]:
    # Not "ppv": the library counts an unknown string as 0 W in it. From the fifth tracker on (library 0.4.10: registers
    # 35341 to 35344) powers are in another block, with zeros for those that are not there.
    strings = [core.at_least_zero(_number(data[f"ppv{index}"])) for index in range(1, 5) if f"ppv{index}" in data]
    beyond = [_number(data.get(f"pmppt{index}")) for index in range(5, 9)]
    while beyond and not beyond[-1]:
        beyond.pop()
    return (*strings, *beyond)


def _pv(data: RuntimeData, strings: tuple[float | None, ...]) -> float | None:
    # Every model has the first; without the second's figure where there is one, a sum would pass for the whole.
    unknown = _TRACKERS in data.failures or (len(strings) > 1 and None in strings[:2])
    return None if unknown else core.sum_of_known(*strings)


def _battery(data: RuntimeData, facts: Facts) -> float | None:
    if not has_battery(data):
        return None
    first = _signed(data.get("pbattery1"), facts) if data.get("battery_mode") else 0.0
    second = _signed(data.get("pbattery2"), facts) if has_second(data) else 0.0
    return None if first is None or second is None else first + second


def _signed(value: Any, facts: Facts) -> float | None:
    """A power of 32 bits; some firmware writes a negative one into the lower 16 only (0000 ff38 for -200 W)."""
    power = _number(value)
    if power is None or not 0x8000 <= power <= 0xFFFF or power <= 1.5 * (facts.rated_w or 0):
        return power
    return power - 0x10000


def _exported(data: RuntimeData, facts: Facts) -> float | None:
    """What goes into the grid, in GoodWe's sign."""
    if facts.family is Family.ES:
        return _number(data.get("pgrid"))
    if facts.family is Family.DT:
        linked = data.get("meter_comm_status") != _DT_UNLINKED
        return _number(data.get("meter_active_power")) if linked and not _is_unset(data) else None
    if (facts.rated_w or 0) > _MOST_16_BIT_W and data.get("meter_comm_status") == 1:
        return _number(data.get("meter_active_power_total"))
    # From the same answer as PV and battery, so that the balance closes; the meter's own is asked for later.
    return _number(data.get("active_power"))


def _is_unset(data: RuntimeData) -> bool:
    """Whether a DT's meter has no power: all bits set, which the library reads as -1 W."""
    return data.get("meter_active_power") == -1


def _phases(data: RuntimeData) -> tuple[float | None, ...]:
    # Register 36004 is 1 where the meter is connected; else its registers are not to be believed.
    names = [f"meter_active_power{index}" for index in (1, 2, 3)]
    if data.get("meter_comm_status") != 1:
        return ()
    return tuple(_number(data[name]) for name in names if name in data)


def _load(pv: float | None, battery: float | None, grid: float | None) -> float | None:
    if pv is None or battery is None or grid is None:
        return None
    load = pv + battery + grid
    # Slightly negative is what measurements at different instants leave over; far below zero a source is missing.
    return None if load < _UNSEEN_W else max(0.0, load)


def _inverted(exported: float | None) -> float | None:
    return None if exported is None else 0.0 - exported


def _number(value: Any) -> float | None:
    # Where a register has no value, the library gives NaN for some sensors.
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return None if value in _UNSET else float(value)


_RUNNING, _STANDBY, _FAULT = core.InverterStatus.RUNNING, core.InverterStatus.STANDBY, core.InverterStatus.FAULT
# The work modes of every family, by the library's codes.
_STATUS: Final = {
    Family.ET: {0: _STANDBY, 1: _RUNNING, 2: _RUNNING, 3: _FAULT, 4: _STANDBY, 5: _STANDBY},
    Family.ES: {
        0: _STANDBY,
        1: _STANDBY,
        2: _RUNNING,
        4: _RUNNING,
        8: _STANDBY,
        16: _FAULT,
        32: _RUNNING,
        64: _RUNNING,
        128: _RUNNING,
    },
    Family.DT: {0: _STANDBY, 1: _RUNNING, 2: _FAULT, 4: _STANDBY},
}


def to_inverter_reading(data: RuntimeData, facts: Facts, stamp: core.Stamp) -> core.InverterReading:
    """The inverter and the house behind it."""
    seen = to_flows(data, facts)
    ac = _number(data.get("total_inverter_power", data.get("total_power")))
    costs = {
        _SECOND_POWER: ("load_w",),
        _TRACKERS: ("pv_w", "load_w"),
        _METER_BLOCK: ("load_w",),
        _DT_METER: ("load_w",),
    }
    reading = core.InverterReading(
        stamp=stamp,
        raw=data,
        issues=_unbalanced(data, facts, seen, ac),
        pv_w=seen.pv_w,
        pv_strings_w=seen.pv_strings_w,
        ac_w=ac,
        load_w=seen.load_w,
        load_includes_ev=None if seen.load_w is None else True,
        frequency_hz=_positive(data.get("fgrid", data.get("fgrid1"))),
        temperature_c=_number(data.get("temperature")),
        status=_STATUS[facts.family].get(data.get("work_mode", -1), core.InverterStatus.UNKNOWN),
        pv_energy=_counter(data, "e_total", "e_day"),
        load_energy=_counter(data, "e_load_total", "e_load_day"),
    )
    return _with_failures(reading, data, costs)


def _with_failures(reading: R, data: RuntimeData, costs: Mapping[int, tuple[str, ...]]) -> R:
    """The reading with an issue for each figure that a block of registers would have told."""
    issues = [
        core.Issue(name, f"registers from {first} on: {reason}")
        for first, reason in data.failures.items()
        for name in costs.get(first, ())
        if getattr(reading, name) in (None, ())
    ]
    return attrs.evolve(reading, issues=(*reading.issues, *issues)) if issues else reading


def _unbalanced(data: RuntimeData, facts: Facts, seen: Flows, ac: float | None) -> tuple[core.Issue, ...]:
    """An issue where powers that were measured together cannot all be right."""
    pv, battery, grid = seen.pv_w, seen.battery_w if has_battery(data) else 0.0, seen.grid_w
    if facts.family is Family.DT and _is_unset(data):
        return (core.Issue("load_w", _NO_POWER),)
    if pv is None or battery is None:
        return ()
    sources = f"PV {pv:g} W and the battery {battery:g} W"
    if grid is not None and seen.load_w is None:
        return (
            core.Issue("load_w", f"{sources} do not explain {-grid:g} W of export: another source feeds the house"),
        )
    # Only hybrids of the ET family measure all of it in one block; what their backup port takes may be counted in or not.
    # Inverters lose some of it.
    if facts.family is not Family.ET or ac is None:
        return ()
    lost = pv + battery - ac
    slack = max(300.0, 0.03 * (facts.rated_w or 0), 0.1 * max(pv, abs(battery), abs(ac)))
    if -slack <= lost <= slack + (_number(data.get("backup_ptotal")) or 0.0):
        return ()
    return (
        core.Issue("ac_w", f"{sources} do not make the {ac:g} W of its AC side: a source is missing, or one is wrong"),
    )


def to_measured_at(
    local: datetime | None, tz: str | None, received_at: datetime
) -> tuple[datetime | None, tuple[core.Issue, ...]]:
    """The time on the inverter's clock as an instant, where its time zone is known, and what is wrong with it.

    The figures came off the network just now, whatever the clock says: one that is behind does not make them old. Core
    looks for one that is ahead.
    """
    if local is None or tz is None:
        return None, ()
    # In the night in which clocks are put back an hour comes twice: the inverter means the one that is nearer.
    both = [core.from_wall_clock(local, ZoneInfo(tz), fold=fold) for fold in (0, 1)]
    measured = min(both, key=lambda instant: abs(instant - received_at))
    behind = received_at - measured
    if behind <= _CLOCKS_DIFFER:
        return measured, ()
    reason = f"the inverter's clock is {behind // timedelta(minutes=1)} min behind: a wrong time zone (tz=) or clock"
    return None, (core.Issue("stamp.measured_at", reason),)


def to_battery_reading(data: RuntimeData, facts: Facts, stamp: core.Stamp) -> core.BatteryReading:
    """The battery; two on one inverter are one, with the sum of their powers and the mean of their charges."""
    temperature = _number(data.get("battery_temperature"))
    soc, soh = (_level(data.get(name)) for name in ("battery_soc", "battery_soh"))
    if not soc and not soh and temperature is None:
        soc = None  # the library reads an unset register as 0
    if has_second(data):
        second = _number(data.get("battery2_soc"))
        if data.get("battery_mode"):
            # The plain mean, since the inverter does not tell how big the two are.
            soc = None if soc is None or second is None else (soc + second) / 2
            stamp = attrs.evolve(stamp, quality=core.Quality.DERIVED)
        else:
            soc, soh = second, _number(data.get("battery2_soh"))
            temperature = _number(data.get("battery2_temperature"))
    if soh == 0 and not soc == temperature == 0:
        soh = None  # not measured; with the others it means that the battery's management is lost, which core tells
    level = ("soc_pct", "soh_pct", "temperature_c")
    reading = core.BatteryReading(
        stamp=stamp,
        raw=data,
        power_w=to_flows(data, facts).battery_w,
        soc_pct=soc,
        soh_pct=soh,
        temperature_c=temperature,
        charge_energy=_counter(data, "e_bat_charge_total", "e_bat_charge_day"),
        discharge_energy=_counter(data, "e_bat_discharge_total", "e_bat_discharge_day"),
    )
    return _with_failures(reading, data, {_SECOND_POWER: ("power_w",), _BATTERY_BLOCK: level, _SECOND: level})


def to_meter_reading(data: RuntimeData, facts: Facts, stamp: core.Stamp) -> core.MeterReading:
    """The grid connection."""
    seen = to_flows(data, facts)
    imported, exported = _counter(data, "meter_e_total_imp", None), _counter(data, "meter_e_total_exp", None)
    issues: tuple[core.Issue, ...] = ()
    others = max(_number(data.get(name)) or 0.0 for name in ("e_total", "e_load_total", "e_bat_charge_total"))
    if others >= _LEAST_COUNTED_KWH and [each.total_kwh for each in (imported, exported) if each] == [0, 0]:
        reason = f"0.0 kWh in both directions beside {others:g} kWh of the inverter: the meter does not count"
        issues = tuple(core.Issue(name, reason) for name in ("import_energy", "export_energy"))
        imported = exported = None
    if facts.family is Family.DT and data.get("meter_comm_status") == _DT_UNLINKED:
        issues += (core.Issue("power_w", "the meter does not answer the inverter (register 30209)"),)
    elif facts.family is Family.DT and _is_unset(data):
        issues += (core.Issue("power_w", _NO_POWER),)
    reading = core.MeterReading(
        stamp=stamp,
        raw=data,
        issues=issues,
        power_w=seen.grid_w,
        phases_w=seen.phases_w,
        import_energy=imported,
        export_energy=exported,
    )
    counted = ("power_w", "import_energy", "export_energy")
    return _with_failures(reading, data, {_METER_BLOCK: (*counted, "phases_w"), _DT_METER: counted})


def _level(value: Any) -> float | None:
    """A percentage; the ES family's are single bytes, whose -1 is all bits set."""
    return None if value == -1 else _number(value)


def _counter(data: RuntimeData, total: str, today: str | None) -> core.EnergyCounter | None:
    total_kwh = core.counter_or_none(_number(data.get(total)))
    today_kwh = None if today is None else core.counter_or_none(_number(data.get(today)))
    if total_kwh is None and today_kwh is None:
        return None
    return core.EnergyCounter(total_kwh=total_kwh, today_kwh=today_kwh, today=_day(data) if today else None)


def _day(data: RuntimeData) -> date | None:
    stamp = data.get("timestamp")
    return None if stamp is None else stamp.date()


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None
