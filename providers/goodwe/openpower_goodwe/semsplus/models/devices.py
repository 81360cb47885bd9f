"""Devices of a station, and the groups of factors in which they report."""

from __future__ import annotations

from typing import Any

from openpower_core.records import Record, VendorEnum, key, record
from openpower_core.secrets import mask

__all__ = ["DeviceRow", "DeviceStatus", "DeviceStatusGroup", "DeviceType", "Factor", "FactorGroup", "RelatedDevice"]


class DeviceType(VendorEnum):
    """What a device is."""

    INVERTER = "INVERTER"
    MICRO_INVERTER = "MICRO_INVERTER"
    PCS = "PCS"
    ALL_IN_ONE = "ENERGY_STORAGE_INTEGRATED_CABINET"
    BATTERY_RACK = "BATTERY_RACK"
    BATTERY_SYSTEM = "BAT_SYS"
    METER = "SMART_METER"
    DONGLE = "DONGLE"
    EV_CHARGER = "EV_CHARGER"
    DATA_LOGGER = "DATA_LOGGER"
    SWITCH_CABINET = "SWITCH_CAB"
    BUSBAR = "BAT_BUSBAR"
    DIESEL = "DIESEL_GEN"


@record
class DeviceStatusGroup(Record):
    """The devices of one type and status."""

    status: str | int | None = None
    serials: list[str] | None = key("snList", default=None)
    details: dict[str, Any] | None = key("detailMap", default=None)
    """What each is called, by serial number."""


@record
class DeviceStatus(Record):
    """``all-status``: the devices of one type."""

    device_type: DeviceType | None = key("deviceType", default=None)
    total: int | None = key("total", default=None, lenient=True)
    groups: list[DeviceStatusGroup] | None = key("statusDetailList", default=None)


@record
class DeviceRow(Record):
    """One row of a list of devices; only the pages know the model."""

    sn: str = key("sn", serial=True)
    name: str | None = None
    device_type: DeviceType | None = key("deviceType", default=None)
    model: str | None = None
    brand: str | None = None
    status: str | int | None = None
    subtype: str | None = None
    communication: str | None = key("communicationMode", default=None)
    signal: str | int | None = key("wirelessSignalStrength", default=None)
    zone_id: str | None = key("zoneId", default=None)


@record
class RelatedDevice(Record):
    """``relatedDevices``: what hangs on a device, such as the battery on an inverter."""

    sn: str | None = key("sn", default=None, serial=True)
    number: str | int | None = key("no", default=None)
    name: str | None = None
    device_type: DeviceType | None = key("type", default=None)
    status: str | int | None = None
    soc: float | None = key("soc", default=None, lenient=True)
    is_connected: bool | None = key("isConnected", default=None)
    battery_kw: float | None = key("pbat", default=None, lenient=True)


@record
class Factor(Record):
    """One figure of a device, as text: ``data`` None means not supported or not returned, which is not 0."""

    code: str
    data: Any = None
    unit: str | None = None
    alias: str | None = None
    data_type: str | None = key("dataType", default=None)

    def __repr__(self) -> str:
        # Serial numbers come as factors like any other.
        shown = mask(str(self.data)) if self.code.lower().endswith("sn") else self.data
        return f"Factor({self.code}={shown!r} {self.unit or ''})"

    def number(self) -> float | None:
        """The figure as a number; None where there is none."""
        try:
            return None if self.data is None else float(self.data)
        except (TypeError, ValueError):
            return None


@record
class FactorGroup(Record):
    """A group of factors, as ``telemetry`` and ``telecounting`` give them."""

    code: str | None = None
    alias: str | None = None
    factors: list[Factor] | None = None
