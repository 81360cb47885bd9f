"""What is known about a device before it is read: identity, time zone and ratings; and why nothing is (:class:`Failure`)."""

from __future__ import annotations

from attrs import field, frozen

from openpower_core._error import Named
from openpower_core.checks import non_negative
from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError
from openpower_core.prices._words import Fuel

__all__ = ["BatteryInfo", "DeviceInfo", "Failure", "InverterInfo", "Role"]


@frozen(kw_only=True)
class DeviceInfo(Named):
    """The identity of a device."""

    id: str
    """``<serial>/<role>``, whole; unique within a connection."""
    provider: str
    """The name to connect with, such as ``"alphaess"``."""
    serial: str
    """The serial number, or what identifies a contract; whole."""
    role: Role
    """The kind of device."""
    model: str | None = None
    """The vendor's name for the model; None when unknown."""
    vendor: str | None = None
    """Who made it; None when unknown."""
    tz: str | None = None
    """IANA zone of its wall clock; None when it is unknown."""
    active: bool = True
    """Whether it is in use; one that is not (such as a closed account) is listed, and used only when named."""
    fuel: Fuel = Fuel.ELECTRICITY
    """What a retailer sells by it; a gas contract is a retailer of its own, and used only when named."""


@frozen(kw_only=True)
class BatteryInfo(DeviceInfo):
    """The identity and size of a battery."""

    capacity_kwh: float | None = field(default=None, validator=non_negative)
    """Nominal capacity (kWh); None when unknown, as are the next three."""
    usable_kwh: float | None = field(default=None, validator=non_negative)
    """The part of it that can be used (kWh)."""
    max_charge_w: float | None = field(default=None, validator=non_negative)
    """The most that it charges with (W)."""
    max_discharge_w: float | None = field(default=None, validator=non_negative)
    """The most that it discharges with (W)."""


@frozen(kw_only=True)
class InverterInfo(DeviceInfo):
    """The identity and size of an inverter."""

    rated_w: float | None = field(default=None, validator=non_negative)
    """Rated AC power (W); None when unknown."""
    pv_rated_w: float | None = field(default=None, validator=non_negative)
    """The peak power of the PV modules behind it (W)."""


@frozen(kw_only=True)
class Failure:
    """A part of a home that could not be found or read, and why."""

    provider: str
    """The name of the provider."""
    part: str = ""
    """What it is, with its serial number masked: ``"station 12…89"``; of a device's series the days; empty for the whole."""
    device: DeviceInfo | None = None
    """The device that could not be read; None if it was not even found."""
    error: OpenPowerError
    """What went wrong, with its remedy."""
