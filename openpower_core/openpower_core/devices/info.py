"""What is known of a device before it is read: identity, zone and ratings."""

from __future__ import annotations

from attrs import field, frozen

from openpower_core.checks import non_negative
from openpower_core.devices.roles import Role

__all__ = ["BatteryInfo", "DeviceInfo", "InverterInfo", "Role"]


@frozen(kw_only=True)
class DeviceInfo:
    """Who a device is."""

    id: str
    """``<serial>/<role>``, whole; unique within a connection."""
    provider: str
    serial: str
    role: Role
    model: str | None = None
    vendor: str | None = None
    tz: str | None = None
    """IANA zone of its wall clock; None when it is unknown."""
    active: bool = True
    """Whether it is in use; one that is not (a closed account, say) is listed, and meant only when named."""


@frozen(kw_only=True)
class BatteryInfo(DeviceInfo):
    """Who a battery is, and how big."""

    capacity_kwh: float | None = field(default=None, validator=non_negative)
    usable_kwh: float | None = field(default=None, validator=non_negative)
    max_charge_w: float | None = field(default=None, validator=non_negative)
    max_discharge_w: float | None = field(default=None, validator=non_negative)


@frozen(kw_only=True)
class InverterInfo(DeviceInfo):
    """Who an inverter is, and how big."""

    rated_w: float | None = field(default=None, validator=non_negative)
