"""What the house's snapshots and averages say, as readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.provider import (
    BatteryReading,
    EnergyCounter,
    EVChargerReading,
    InverterReading,
    InverterStatus,
    MeterReading,
    Quality,
    Stamp,
)

if TYPE_CHECKING:
    from openpower_simulation import Average, Snapshot

__all__ = [
    "battery_average",
    "charger_average",
    "inverter_average",
    "meter_average",
    "to_battery_reading",
    "to_charger_reading",
    "to_inverter_reading",
    "to_meter_reading",
]

_STRINGS = (0.55, 0.45)
"""How the two strings of panels share the sun."""


def _live(state: Snapshot) -> Stamp:
    return Stamp(received_at=state.time, measured_at=state.time, source="status")


def _averaged(line: Average) -> Stamp:
    return Stamp(received_at=line.end, measured_at=line.start, quality=Quality.AVERAGE, source="history")


def _counter(state: Snapshot, name: str) -> EnergyCounter:
    """One direction's counter; ``name`` is that of a field of ``Energies``."""
    return EnergyCounter(total_kwh=getattr(state.total, name), today_kwh=getattr(state.today, name), today=state.day)


def _strings(pv_w: float) -> tuple[float, float]:
    first = round(pv_w * _STRINGS[0])
    return first, pv_w - first


def to_inverter_reading(state: Snapshot) -> InverterReading:
    """The PV side, and the house's load without the car."""
    return InverterReading(
        stamp=_live(state),
        raw=state,
        pv_w=state.pv_w,
        pv_strings_w=_strings(state.pv_w),
        ac_w=state.pv_w,
        load_w=state.load_w,
        load_includes_ev=False,
        frequency_hz=50.0,
        temperature_c=round(25 + state.pv_w / 250, 1),
        status=InverterStatus.RUNNING if state.pv_available_w else InverterStatus.STANDBY,
        pv_energy=_counter(state, "pv_kwh"),
        load_energy=_counter(state, "load_kwh"),
    )


def to_battery_reading(state: Snapshot) -> BatteryReading:
    """The battery at the AC bus."""
    return BatteryReading(
        stamp=_live(state),
        raw=state,
        power_w=state.battery_w,
        soc_pct=round(state.soc_pct, 2),
        soh_pct=98.0,
        temperature_c=round(24 + abs(state.battery_w) / 1000, 1),
        charge_energy=_counter(state, "charged_kwh"),
        discharge_energy=_counter(state, "discharged_kwh"),
    )


def to_meter_reading(state: Snapshot) -> MeterReading:
    """The grid connection, which has one phase."""
    return MeterReading(
        stamp=_live(state),
        raw=state,
        power_w=state.grid_w,
        phases_w=(float(state.grid_w),),
        import_energy=_counter(state, "imported_kwh"),
        export_energy=_counter(state, "exported_kwh"),
    )


def to_charger_reading(state: Snapshot) -> EVChargerReading:
    """The car at its charging point."""
    return EVChargerReading(
        stamp=_live(state),
        raw=state,
        status=state.charger_status,
        power_w=state.ev_w,
        current_a=round(state.ev_current_a, 2),
        session_kwh=round(state.session_kwh, 6),
        energy=_counter(state, "ev_kwh"),
    )


def inverter_average(line: Average) -> InverterReading:
    """Five minutes of PV and load."""
    return InverterReading(
        stamp=_averaged(line), raw=line, pv_w=line.pv_w, ac_w=line.pv_w, load_w=line.load_w, load_includes_ev=False
    )


def battery_average(line: Average) -> BatteryReading:
    """Five minutes of the battery."""
    return BatteryReading(stamp=_averaged(line), raw=line, power_w=line.battery_w, soc_pct=round(line.soc_pct, 2))


def meter_average(line: Average) -> MeterReading:
    """Five minutes of the grid connection."""
    return MeterReading(stamp=_averaged(line), raw=line, power_w=line.grid_w)


def charger_average(line: Average) -> EVChargerReading:
    """Five minutes of the car."""
    return EVChargerReading(stamp=_averaged(line), raw=line, power_w=line.ev_w)
