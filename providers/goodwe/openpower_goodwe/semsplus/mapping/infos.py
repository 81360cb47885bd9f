"""Who the devices of a station are."""

from __future__ import annotations

from attrs import frozen

from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_goodwe.semsplus.mapping.flows import watts
from openpower_goodwe.semsplus.models import DeviceRow

__all__ = ["INVERTERS", "Box", "to_battery_info", "to_device_info", "to_inverter_info"]

INVERTERS = ("INVERTER", "ENERGY_STORAGE_INTEGRATED_CABINET", "PCS", "MICRO_INVERTER")
"""The types that stand for an inverter."""


@frozen(kw_only=True)
class Box:
    """One device as unified code needs it: its row, and what its information adds."""

    row: DeviceRow
    tz: str | None = None
    rated_kw: float | None = None
    model: str | None = None

    @property
    def sn(self) -> str:
        """Its serial number."""
        return self.row.sn

    @property
    def kind(self) -> str:
        """Its type, in the vendor's word."""
        return str(self.row.device_type or "INVERTER")

    @property
    def rated_w(self) -> float | None:
        """Its rated power."""
        return watts(self.rated_kw)


def to_inverter_info(box: Box) -> InverterInfo:
    """An inverter."""
    return InverterInfo(
        id=f"{box.sn}/{Role.INVERTER.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=Role.INVERTER,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
        rated_w=box.rated_w,
    )


def to_battery_info(box: Box, inverter: Box | None, capacity_kwh: float | None) -> BatteryInfo:
    """A battery, behind its inverter."""
    most = inverter.rated_w if inverter else None
    return BatteryInfo(
        id=f"{box.sn}/{Role.BATTERY.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=Role.BATTERY,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
        capacity_kwh=capacity_kwh or None,
        max_charge_w=most,
        max_discharge_w=most,
    )


def to_device_info(box: Box, role: Role) -> DeviceInfo:
    """A meter or a charger."""
    return DeviceInfo(
        id=f"{box.sn}/{role.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=role,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
    )
