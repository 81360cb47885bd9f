"""What a device is; apart from :mod:`~openpower_core.devices.info`, since specifications need no more."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """What a device is; also the last part of its id."""

    INVERTER = "inverter"
    BATTERY = "battery"
    METER = "meter"
    EV_CHARGER = "ev_charger"
    RETAILER = "retailer"
