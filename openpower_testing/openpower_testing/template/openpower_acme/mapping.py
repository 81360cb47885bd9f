"""Acme's words to openpower's: signs, units and times are corrected here, and only here. No I/O."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.provider import (
    BatteryInfo,
    BatteryReading,
    Capabilities,
    Capability,
    DeviceInfo,
    Feature,
    Fetched,
    InverterInfo,
    InverterReading,
    InverterStatus,
    MeterReading,
    Role,
    Support,
    WriteLimits,
)

from openpower_acme.models import BoxStatus, Status

LIMITS = WriteLimits(settle=timedelta(seconds=1), settle_timeout=timedelta(seconds=30))
"""How often settings may be written, and when a read-back counts."""

_FULL = Capability(support=Support.FULL, note="not proven on real hardware yet")
INVERTER = METER = Capabilities(features={Feature.READ: _FULL})
BATTERY = Capabilities(
    features={Feature.READ: _FULL, Feature.SETTINGS: _FULL, Feature.RESERVE_SOC: _FULL}, writes=LIMITS
)
"""What each device can do; what is not listed is unsupported, and calling it raises before any request."""

_STATES: dict[BoxStatus | None, InverterStatus] = {
    BoxStatus.OK: InverterStatus.RUNNING,
    BoxStatus.FAULT: InverterStatus.FAULT,
}


def to_infos(status: Status) -> tuple[InverterInfo, BatteryInfo, DeviceInfo]:
    """The identity of the three devices in the box."""
    sn = status.serial
    return (
        InverterInfo(id=f"{sn}/inverter", provider="acme", serial=sn, role=Role.INVERTER),
        BatteryInfo(id=f"{sn}/battery", provider="acme", serial=sn, role=Role.BATTERY),
        DeviceInfo(id=f"{sn}/meter", provider="acme", serial=sn, role=Role.METER),
    )


def to_inverter(fetched: Fetched[Status]) -> InverterReading:
    """PV and load."""
    status = fetched.value
    return InverterReading(
        stamp=fetched.stamp(measured_at=status.at, source="/status"),
        pv_w=status.pv_w,
        load_w=status.load_w,
        status=_STATES.get(status.state, InverterStatus.UNKNOWN),
        raw=status,
    )


def to_battery(fetched: Fetched[Status]) -> BatteryReading:
    """The battery; Acme counts discharging as positive, as openpower does."""
    status = fetched.value
    stamp = fetched.stamp(measured_at=status.at, source="/status")
    return BatteryReading(stamp=stamp, power_w=status.battery_w, soc_pct=status.soc, raw=status)


def to_meter(fetched: Fetched[Status]) -> MeterReading:
    """The grid; Acme counts export as positive, openpower import."""
    status = fetched.value
    # None is unknown and stays None: -None would fail, and 0 would be a figure.
    power_w = None if status.grid_w is None else -status.grid_w
    return MeterReading(stamp=fetched.stamp(measured_at=status.at, source="/status"), power_w=power_w, raw=status)
