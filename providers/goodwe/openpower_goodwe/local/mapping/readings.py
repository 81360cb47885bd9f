"""The library's sensors mapped to openpower's readings, pure.

GoodWe counts grid power + exporting, openpower + importing: the sign is inverted in ``to_flows`` and nowhere else.
Battery power is + discharging on both sides.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.local.models import Facts, Family, RuntimeData

if TYPE_CHECKING:
    from collections.abc import Mapping

R = TypeVar("R", bound=core.Reading)

_NONE_OF_32_BITS: Final = frozenset({0xFFFF, 0x7FFFFFFF})
"""Powers that are none, besides those that :attr:`RuntimeData.unset` names: only half of the bits set, or a sentinel."""
_UNSEEN_W: Final = -100.0
"""A load below this is no rounding: something feeds the house that the inverter does not count."""
_MOST_16_BIT_W: Final = 30_000
"""Above this rated power the 16 bits of ``active_power`` may not hold the grid's power."""
_LEAST_COUNTED_KWH: Final = 5.0
"""From this on the inverter's own counters show that a meter that counts nothing in either direction does not count."""
_DT_UNLINKED: Final = 2
"""Register 30209: 1 normal, 2 disconnected (library 0.4.10)."""
_ACCURACY: Final = 1.05
"""How far what an inverter measures may be off."""
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
# Blocks of registers, and the figures that they may cost.
_METER_BLOCK, _DT_METER, _BATTERY_BLOCK, _SECOND_POWER, _TRACKERS, _SECOND = 36000, 30195, 37000, 35262, 35301, 39000
_GRID: Final = {Family.ES: "pgrid", Family.DT: "meter_active_power", Family.ET: "active_power"}
_STRINGS: Final = (*(f"ppv{index}" for index in range(1, 5)), *(f"pmppt{index}" for index in range(5, 9)))
_BATTERIES: Final = ("battery_mode", "pbattery1", "battery2_mode", "pbattery2")
_METERS: Final = (*_GRID.values(), "meter_active_power_total")
# The sensors behind each figure: what is unset there is its reason to be missing.
_COMMON: Final = {"stamp.measured_at": ("timestamp",)}
_INVERTER: Final = _COMMON | {
    "pv_w": _STRINGS,
    "pv_strings_w": _STRINGS,
    "ac_w": ("total_inverter_power", "total_power"),
    "load_w": (*_STRINGS, *_BATTERIES, *_METERS),
    "frequency_hz": ("fgrid", "fgrid1"),
    "temperature_c": ("temperature",),
    "status": ("work_mode",),
    "pv_energy.total_kwh": ("e_total",),
    "pv_energy.today_kwh": ("e_day",),
    "load_energy.total_kwh": ("e_load_total",),
    "load_energy.today_kwh": ("e_load_day",),
}
_BATTERY: Final = _COMMON | {
    "power_w": _BATTERIES,
    "soc_pct": ("battery_soc", "battery2_soc"),
    "soh_pct": ("battery_soh", "battery2_soh"),
    "temperature_c": ("battery_temperature", "battery2_temperature"),
    "charge_energy.total_kwh": ("e_bat_charge_total",),
    "charge_energy.today_kwh": ("e_bat_charge_day",),
    "discharge_energy.total_kwh": ("e_bat_discharge_total",),
    "discharge_energy.today_kwh": ("e_bat_discharge_day",),
}
_METER: Final = _COMMON | {
    "power_w": _METERS,
    "phases_w": ("meter_comm_status", *(f"meter_active_power{index}" for index in (1, 2, 3))),
    "import_energy.total_kwh": ("meter_e_total_imp",),
    "export_energy.total_kwh": ("meter_e_total_exp",),
}


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
        phases_w=tuple(_inverted(exported) for exported in _phases(data)),
        load_w=_load(pv, battery if _may_have_battery(data) else 0.0, grid),
    )


def has_battery(data: RuntimeData) -> bool:
    """Whether the inverter has a battery, at either connection: battery mode 0 means none."""
    return _has_first(data) or bool(_number(data, "battery2_mode"))


def _has_first(data: RuntimeData) -> bool:
    if "battery_mode" in data.unset:
        return bool(_number(data, "vbattery1"))
    return bool(data.get("battery_mode"))


def _may_have_battery(data: RuntimeData) -> bool:
    """Whether a battery may take a part in the balance: only mode 0 is a "no"."""
    return has_battery(data) or "battery_mode" in data.unset


def has_second(data: RuntimeData) -> bool:
    """Whether a second battery counts; one that answered earlier and is silent now does."""
    if "battery2_mode" in data.unset:
        return "pbattery2" not in data.unset
    return ("pbattery2" in data or "battery2_soc" in data) and data.get("battery2_mode", 1) != 0


def has_meter(data: RuntimeData, facts: Facts) -> bool:
    """Whether the grid is measured: hybrids always do, grid-tied inverters where a meter is linked to them."""
    if facts.family is not Family.DT:
        return _GRID[facts.family] in data
    known = ("meter_active_power", "meter_e_total_exp", "meter_e_total_imp")
    return data.get("meter_comm_status") != _DT_UNLINKED and any(_number(data, name) is not None for name in known)


def _strings(data: RuntimeData) -> tuple[float | None, ...]:
    # Not "ppv": the library counts an unknown string as 0 W in it. From the fifth tracker on (library 0.4.10: registers
    # 35341 to 35344) powers are in another block, with zeros for those that are not there.
    strings = [core.at_least_zero(_number(data, name)) for name in _STRINGS[:4] if name in data]
    beyond = [_number(data, name) for name in _STRINGS[4:] if data.get(name) is not None or name in data.unset]
    while beyond and beyond[-1] == 0:
        beyond.pop()
    return (*strings, *beyond)


def _pv(data: RuntimeData, strings: tuple[float | None, ...]) -> float | None:
    # Without one string's figure the sum of the others would pass for the whole; strings that are not there are left out.
    return None if _TRACKERS in data.failures or None in strings else core.sum_of_known(*strings)


def _battery(data: RuntimeData, facts: Facts) -> float | None:
    if not has_battery(data):
        return None
    first = _signed(_number(data, "pbattery1"), facts) if _has_first(data) else 0.0
    second = _signed(_number(data, "pbattery2"), facts) if has_second(data) else 0.0
    return None if first is None or second is None else first + second


def _signed(power: float | None, facts: Facts) -> float | None:
    """A power of 32 bits; some firmware writes a negative one into the lower 16 only (0000 ff38 for -200 W)."""
    if power in _NONE_OF_32_BITS:
        return None
    if power is None or not 0x8000 <= power <= 0xFFFF or power <= 1.5 * (facts.rated_w or 0):
        return power
    return power - 0x10000


def _exported(data: RuntimeData, facts: Facts) -> float | None:
    """What goes into the grid, in GoodWe's sign."""
    if facts.family is Family.DT and data.get("meter_comm_status") == _DT_UNLINKED:
        return None
    if facts.family is Family.ET and (facts.rated_w or 0) > _MOST_16_BIT_W and data.get("meter_comm_status") == 1:
        return _number(data, "meter_active_power_total")
    # From the same answer as PV and battery, so that the balance closes; the meter's own is asked for later.
    return _number(data, _GRID[facts.family])


def _phases(data: RuntimeData) -> tuple[float | None, ...]:
    # Register 36004 is 1 where the meter is connected; else its registers are not to be believed.
    names = [name for name in ("meter_active_power1", "meter_active_power2", "meter_active_power3") if name in data]
    if "meter_comm_status" in data.unset:
        return (None,) * len(names)
    return tuple(_number(data, name) for name in names) if data.get("meter_comm_status") == 1 else ()


def _load(pv: float | None, battery: float | None, grid: float | None) -> float | None:
    if pv is None or battery is None or grid is None:
        return None
    load = pv + battery + grid
    # Slightly negative is what measurements at different instants leave over; far below zero a source is missing.
    return None if load < _UNSEEN_W else max(0.0, load)


def _inverted(exported: float | None) -> float | None:
    return None if exported is None else 0.0 - exported


def _number(data: RuntimeData, *names: str) -> float | None:
    """A figure, by the first of its names that this family has; None where its registers hold no value."""
    name = next((name for name in names if name in data), "")
    value = data.get(name)
    if name in data.unset or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


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
    ac = _number(data, "total_inverter_power", "total_power")
    costs = {
        _SECOND_POWER: ("load_w",),
        _TRACKERS: ("pv_w", "load_w"),
        _METER_BLOCK: ("load_w",),
        _DT_METER: ("load_w",),
    }
    mode = _number(data, "work_mode")
    reading = core.InverterReading(
        stamp=stamp,
        raw=data,
        issues=_unbalanced(data, facts, seen, ac),
        pv_w=seen.pv_w,
        pv_strings_w=seen.pv_strings_w,
        ac_w=ac,
        load_w=seen.load_w,
        load_includes_ev=None if seen.load_w is None else True,
        frequency_hz=_number(data, "fgrid", "fgrid1") or None,
        temperature_c=_number(data, "temperature"),
        status=_STATUS[facts.family].get(-1 if mode is None else int(mode), core.InverterStatus.UNKNOWN),
        pv_energy=_counter(data, "e_total", "e_day"),
        load_energy=_counter(data, "e_load_total", "e_load_day"),
    )
    return _with_reasons(reading, data, costs, _INVERTER)


def _with_reasons(
    reading: R, data: RuntimeData, costs: Mapping[int, tuple[str, ...]], behind: Mapping[str, tuple[str, ...]]
) -> R:
    """The reading with an issue for each figure that is missing by a failed block, or by registers without a value."""
    reasons = [
        (name, f"registers from {first} on: {reason}")
        for first, reason in data.failures.items()
        for name in costs.get(first, ())
        if getattr(reading, name) in (None, ())
    ]
    for name, sensors in behind.items() if data.unset else ():
        empty = [sensor for sensor in sensors if sensor in data.unset]
        if empty and _lacks(reading, name):
            reasons.append(
                (name, f"the inverter holds no value for {', '.join(empty)} (all bits of its registers are set)")
            )
    if not reasons:
        return reading
    return attrs.evolve(reading, issues=(*reading.issues, *(core.Issue(*reason) for reason in reasons)))


def _lacks(reading: core.Reading, name: str) -> bool:
    """Whether a figure of a reading, or a part of one (``pv_energy.total_kwh``), is not known."""
    field, _, part = name.partition(".")
    value = getattr(reading, field)
    if part and value is not None:
        value = getattr(value, part)
    return value in (None, core.InverterStatus.UNKNOWN) or (isinstance(value, tuple) and None in value)


def _unbalanced(data: RuntimeData, facts: Facts, seen: Flows, ac: float | None) -> tuple[core.Issue, ...]:
    """An issue where powers that were measured together cannot all be right."""
    pv, battery, grid = seen.pv_w, seen.battery_w if _may_have_battery(data) else 0.0, seen.grid_w
    if pv is None or battery is None:
        return ()
    sources = f"PV {pv:g} W" if facts.family is Family.DT else f"PV {pv:g} W and the battery {battery:g} W"
    if grid is not None and seen.load_w is None:
        return (
            core.Issue("load_w", f"{sources} do not explain {-grid:g} W of export: another source feeds the house"),
        )
    if facts.family is Family.ES or ac is None or _is_explained(data, facts, ac, pv, battery):
        return ()
    return (
        core.Issue("ac_w", f"{sources} do not make the {ac:g} W of its AC side: a source is missing, or one is wrong"),
    )


def _is_explained(data: RuntimeData, facts: Facts, ac: float, pv: float, battery: float) -> bool:
    """Whether what PV and battery give can be what arrives at the AC side; the ES family does not measure all of it."""
    if facts.family is Family.DT:
        # No inverter gives more than it gets. Its strings' currents come in steps of 0.1 A, and its sensors are good for a
        # few percent; how much it loses nobody has to explain.
        volts = sum(_number(data, f"vpv{index}") or 0.0 for index in range(1, 5))
        return ac <= _ACCURACY * (pv + 0.1 * volts)
    # What the backup port of a hybrid takes may be counted in or not.
    lost = pv + battery - ac
    slack = max(300.0, 0.03 * (facts.rated_w or 0), 0.1 * max(pv, abs(battery), abs(ac)))
    return -slack <= lost <= slack + (_number(data, "backup_ptotal") or 0.0)


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
    issues: list[core.Issue] = []
    soc = core.believed_percentage(_number(data, "battery_soc"), "soc_pct", issues)
    soh, temperature = _number(data, "battery_soh"), _number(data, "battery_temperature")
    if soc == 0 and not soh and temperature is None:
        soc = None
        issues.append(core.Issue("soc_pct", "0 % without a health and a temperature: the battery does not answer"))
    if has_second(data):
        second = core.believed_percentage(_number(data, "battery2_soc"), "soc_pct", issues)
        if _has_first(data):
            # The plain mean, since the inverter does not tell how big the two are.
            soc = None if soc is None or second is None else (soc + second) / 2
            stamp = attrs.evolve(stamp, quality=core.Quality.DERIVED)
        else:
            soc, soh = second, _number(data, "battery2_soh")
            temperature = _number(data, "battery2_temperature")
        if second is None and "battery2_soc" not in data:
            issues.append(core.Issue("soc_pct", "battery 2 does not tell its level (registers from 39000 on)"))
    if soh == 0 and not soc == temperature == 0:
        soh = None  # not measured; with the others it means that the battery's management is lost, which core tells
    soh = core.believed_percentage(soh, "soh_pct", issues)
    level = ("soc_pct", "soh_pct", "temperature_c")
    reading = core.BatteryReading(
        stamp=stamp,
        raw=data,
        issues=tuple(issues),
        power_w=to_flows(data, facts).battery_w,
        soc_pct=soc,
        soh_pct=soh,
        temperature_c=temperature,
        charge_energy=_counter(data, "e_bat_charge_total", "e_bat_charge_day"),
        discharge_energy=_counter(data, "e_bat_discharge_total", "e_bat_discharge_day"),
    )
    costs = {_SECOND_POWER: ("power_w",), _BATTERY_BLOCK: level, _SECOND: level}
    return _with_reasons(reading, data, costs, _BATTERY)


def to_meter_reading(data: RuntimeData, facts: Facts, stamp: core.Stamp) -> core.MeterReading:
    """The grid connection."""
    seen = to_flows(data, facts)
    imported, exported = _counter(data, "meter_e_total_imp", None), _counter(data, "meter_e_total_exp", None)
    issues: tuple[core.Issue, ...] = ()
    others = max(_number(data, name) or 0.0 for name in ("e_total", "e_load_total", "e_bat_charge_total"))
    if others >= _LEAST_COUNTED_KWH and [each.total_kwh for each in (imported, exported) if each] == [0, 0]:
        reason = f"0.0 kWh in both directions beside {others:g} kWh of the inverter: the meter does not count"
        issues = tuple(core.Issue(name, reason) for name in ("import_energy", "export_energy"))
        imported = exported = None
    if facts.family is Family.DT and data.get("meter_comm_status") == _DT_UNLINKED:
        issues += (core.Issue("power_w", "the meter does not answer the inverter (register 30209)"),)
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
    costs = {_METER_BLOCK: (*counted, "phases_w"), _DT_METER: counted}
    return _with_reasons(reading, data, costs, _METER)


def _counter(data: RuntimeData, total: str, today: str | None) -> core.EnergyCounter | None:
    total_kwh = core.counter_or_none(_number(data, total))
    today_kwh = None if today is None else core.counter_or_none(_number(data, today))
    if total_kwh is None and today_kwh is None:
        return None
    return core.EnergyCounter(total_kwh=total_kwh, today_kwh=today_kwh, today=_day(data) if today else None)


def _day(data: RuntimeData) -> date | None:
    stamp = data.get("timestamp")
    return None if stamp is None else stamp.date()
