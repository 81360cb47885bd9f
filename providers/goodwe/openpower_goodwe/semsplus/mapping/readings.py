"""Readings of a station's devices, from its flow and from the devices' own figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.readings import BatteryReading, InverterReading, InverterStatus, MeterReading, Quality, Stamp
from openpower_goodwe.semsplus.mapping.factors import counter, phases_kw, strings_kw
from openpower_goodwe.semsplus.mapping.flows import Flows, grid_watts, watts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Moment", "to_battery_reading", "to_inverter_reading", "to_inverter_status", "to_meter_reading"]

_STATIONS: Final = {
    0: InverterStatus.OFFLINE,
    1: InverterStatus.RUNNING,
    2: InverterStatus.FAULT,
    3: InverterStatus.STANDBY,
}


@frozen(kw_only=True)
class Moment:
    """A station at one moment."""

    flows: Flows
    status: int | None = None
    received_at: datetime
    measured_at: datetime | None = None
    day: date | None = None
    """The station's calendar day."""
    raw: Any = None

    def stamp(self, source: str = "flow") -> Stamp:
        """Whence and when."""
        return Stamp(received_at=self.received_at, measured_at=self.measured_at, quality=Quality.LIVE, source=source)


def to_inverter_status(station: int | None) -> InverterStatus:
    """The station's status as that of its inverter."""
    return InverterStatus.UNKNOWN if station is None else _STATIONS.get(station, InverterStatus.UNKNOWN)


def to_inverter_reading(
    seen: Moment, telemetry: Mapping[str, float], counters: Mapping[str, float], *, alone: bool, first: bool
) -> InverterReading:
    """One inverter.

    Args:
        seen: the station.
        telemetry: the inverter's own figures; empty where it did not report or may not be seen.
        counters: its energy counters.
        alone: whether the station has no other; else its PV is its own trackers' sum.
        first: whether it stands for the house, whose load only the station knows.
    """
    strings = strings_kw(telemetry)
    pv = seen.flows.pv_w if alone else _own_pv(telemetry, strings)
    ac = watts(telemetry.get("pAc"))
    return InverterReading(
        stamp=seen.stamp(),
        raw=seen.raw,
        pv_w=pv,
        pv_strings_w=tuple(watts(each) for each in strings),
        ac_w=seen.flows.ac_w if ac is None and alone else ac,
        load_w=seen.flows.load_w if first else None,
        load_includes_ev=seen.flows.load_includes_ev if first else None,
        frequency_hz=telemetry.get("Fac"),
        temperature_c=telemetry.get("Temperature"),
        status=to_inverter_status(seen.status),
        pv_energy=counter(counters, "proPvStats", seen.day),
    )


def _own_pv(telemetry: Mapping[str, float], strings: list[float]) -> float | None:
    if strings:
        return watts(sum(strings))
    return watts(telemetry.get("pDc"))


def to_meter_reading(seen: Moment, telemetry: Mapping[str, float], counters: Mapping[str, float]) -> MeterReading:
    """The grid connection; a meter's own figures have the flow's sign."""
    power = seen.flows.grid_w
    return MeterReading(
        stamp=seen.stamp(),
        raw=seen.raw,
        power_w=grid_watts(telemetry.get("totalPac")) if power is None else power,
        phases_w=tuple(grid_watts(each) for each in phases_kw(telemetry)),
        import_energy=counter(counters, "proPurchaseStats", seen.day),
        export_energy=counter(counters, "proGridStats", seen.day),
    )


def to_battery_reading(
    seen: Moment, telemetry: Mapping[str, float], counters: Mapping[str, float], *, alone: bool
) -> BatteryReading:
    """One battery.

    Args:
        seen: the station.
        telemetry: the battery's own figures.
        counters: those of its inverter.
        alone: whether the station has no other; else only its own figures count.
    """
    soc = telemetry.get("soc")
    power = seen.flows.battery_w if alone else None
    return BatteryReading(
        stamp=seen.stamp(),
        raw=seen.raw,
        power_w=watts(telemetry.get("pBat")) if power is None else power,
        soc_pct=_per_cent(seen.flows.soc_pct if alone and seen.flows.soc_pct is not None else soc),
        soh_pct=_per_cent(telemetry.get("soh")),
        temperature_c=telemetry.get("batSysTemp", telemetry.get("tempMaxCell")),
        charge_energy=counter(counters, "proCharStats", seen.day),
        discharge_energy=counter(counters, "proDischarStats", seen.day),
    )


def _per_cent(value: float | None) -> float | None:
    # An offline string inverter was seen to report 536 %.
    return value if value is not None and 0 <= value <= 100 else None
