"""The devices' protocols in both flavours, and what is told about a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_core.devices._async import (
        AsyncBattery,
        AsyncDevice,
        AsyncEVCharger,
        AsyncInverter,
        AsyncMeter,
        AsyncRetailer,
    )
    from openpower_core.devices._sync import Battery, Device, EVCharger, Inverter, Meter, Retailer
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role

__all__ = [
    "AsyncBattery",
    "AsyncDevice",
    "AsyncEVCharger",
    "AsyncInverter",
    "AsyncMeter",
    "AsyncRetailer",
    "Battery",
    "BatteryInfo",
    "Device",
    "DeviceInfo",
    "EVCharger",
    "Inverter",
    "InverterInfo",
    "Meter",
    "Retailer",
    "Role",
]

_TOLD = {"BatteryInfo", "DeviceInfo", "InverterInfo", "Role"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    home = "info" if name in _TOLD else "_async" if name.startswith("Async") else "_sync"
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
