"""The kinds of devices; apart from :mod:`~openpower_core.devices.info`, since specifications need no more."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """The kind of a device; also the last part of its id."""

    INVERTER = "inverter"
    BATTERY = "battery"
    METER = "meter"
    EV_CHARGER = "ev_charger"
    RETAILER = "retailer"

    @property
    def words(self) -> str:
        """What it is called in messages: ``ev charger``."""
        return self.value.replace("_", " ")
