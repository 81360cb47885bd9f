"""``getEvChargerConfigList``, ``getEvChargerStatusBySn`` and ``getEvChargerCurrentsBySn``."""

from __future__ import annotations

from openpower_core.provider import Record, VendorIntEnum, key, record

__all__ = ["EvCharger", "EvChargerState", "EvChargerStatus", "EvCurrentSetting"]


class EvChargerStatus(VendorIntEnum):
    """A charger's state, numbered as in OCPP; 7 and 8 are undocumented."""

    AVAILABLE = 1
    """Not plugged in."""
    PREPARING = 2
    """Plugged in, not started."""
    CHARGING = 3
    SUSPENDED_CHARGER = 4
    """Started, and the charger's side gives no power."""
    SUSPENDED_VEHICLE = 5
    """Started, and the car takes no power."""
    FINISHING = 6
    """Ended by card, or by the energy manager."""
    FAULT = 9


@record
class EvCharger(Record):
    """One charger of a system."""

    evcharger_sn: str | None = key("evchargerSn", default=None, serial=True)
    evcharger_model: str | None = key("evchargerModel", default=None)


@record
class EvChargerState(Record):
    """What a charger does."""

    evcharger_status: EvChargerStatus | None = key("evchargerStatus", default=None, lenient=True)


@record
class EvCurrentSetting(Record):
    """The household's current limit (A), which load balancing keeps; not the charger's own maximum."""

    currentsetting: float | None = key(default=None, lenient=True)
