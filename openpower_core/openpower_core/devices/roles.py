"""The kinds of devices; apart from :mod:`~openpower_core.devices.info`, since specifications need no more."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """The kind of a device; also the last part of its id."""

    INVERTER = "inverter"
    """PV, AC output and the load of the house."""
    BATTERY = "battery"
    """A home battery, and what controls it."""
    METER = "meter"
    """The grid connection."""
    EV_CHARGER = "ev_charger"
    """A charging point for cars."""
    RETAILER = "retailer"
    """A contract with prices or usage."""

    @property
    def words(self) -> str:
        """What it is called in messages: ``ev charger``."""
        return self.value.replace("_", " ")
