"""One look at an inverter as readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from openpower_core.readings import (
    BatteryReading,
    EnergyCounter,
    InverterReading,
    InverterStatus,
    MeterReading,
    Quality,
    Stamp,
)
from openpower_goodwe.local.facts import Family
from openpower_goodwe.local.mapping.flows import to_flows

if TYPE_CHECKING:
    from datetime import date

    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.models import RuntimeData

__all__ = ["to_battery_reading", "to_inverter_reading", "to_meter_reading"]

_RUNNING, _STANDBY, _FAULT = InverterStatus.RUNNING, InverterStatus.STANDBY, InverterStatus.FAULT
# The work modes of each family, in the library's words.
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


def to_inverter_reading(data: RuntimeData, facts: Facts, stamp: Stamp) -> InverterReading:
    """The inverter and the house behind it."""
    seen = to_flows(data, facts)
    return InverterReading(
        stamp=stamp,
        raw=data,
        pv_w=seen.pv_w,
        pv_strings_w=seen.pv_strings_w,
        ac_w=_number(data.get("total_inverter_power", data.get("total_power"))),
        load_w=seen.load_w,
        load_includes_ev=None if seen.load_w is None else True,
        frequency_hz=_positive(data.get("fgrid", data.get("fgrid1"))),
        temperature_c=_number(data.get("temperature")),
        status=_STATUS[facts.family].get(data.get("work_mode", -1), InverterStatus.UNKNOWN),
        pv_energy=_counter(data, "e_total", "e_day"),
        load_energy=_counter(data, "e_load_total", "e_load_day"),
    )


def to_battery_reading(data: RuntimeData, facts: Facts, stamp: Stamp) -> BatteryReading:
    """The battery; two on one inverter are one, with the sum of their powers and the mean of their charges."""
    second = _per_cent(data.get("battery2_soc"))
    soc, soh = _per_cent(data.get("battery_soc")), _positive(data.get("battery_soh"))
    if not soc and soh is None and _number(data.get("battery_temperature")) is None:
        soc = None  # the library makes 0 of a register that nobody filled
    if soc is not None and second is not None:
        soc = (soc + second) / 2
        stamp = attrs.evolve(stamp, quality=Quality.DERIVED)
    return BatteryReading(
        stamp=stamp,
        raw=data,
        power_w=to_flows(data, facts).battery_w,
        soc_pct=soc,
        soh_pct=_per_cent(soh),
        temperature_c=_number(data.get("battery_temperature")),
        charge_energy=_counter(data, "e_bat_charge_total", "e_bat_charge_day"),
        discharge_energy=_counter(data, "e_bat_discharge_total", "e_bat_discharge_day"),
    )


def to_meter_reading(data: RuntimeData, facts: Facts, stamp: Stamp) -> MeterReading:
    """The grid connection."""
    seen = to_flows(data, facts)
    return MeterReading(
        stamp=stamp,
        raw=data,
        power_w=seen.grid_w,
        phases_w=seen.phases_w,
        import_energy=_counter(data, "meter_e_total_imp", None),
        export_energy=_counter(data, "meter_e_total_exp", None),
    )


def _counter(data: RuntimeData, total: str, today: str | None) -> EnergyCounter | None:
    total_kwh = _energy(data.get(total))
    today_kwh = None if today is None else _energy(data.get(today))
    if total_kwh is None and today_kwh is None:
        return None
    return EnergyCounter(total_kwh=total_kwh, today_kwh=today_kwh, today=_day(data) if today else None)


def _day(data: RuntimeData) -> date | None:
    stamp = data.get("timestamp")
    return None if stamp is None else stamp.date()


def _energy(value: Any) -> float | None:
    number = _number(value)
    return None if number is None or number < 0 else number


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _per_cent(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 100 else None
