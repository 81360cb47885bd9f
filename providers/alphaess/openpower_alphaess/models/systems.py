"""``getEssList``: the systems that an AppID sees."""

from __future__ import annotations

from openpower_core.provider import Record, VendorEnum, key, record

__all__ = ["EmsStatus", "EssSystem"]


class EmsStatus(VendorEnum):
    """The energy manager's health; not an operating mode (``Protection`` is seen on working systems)."""

    NORMAL = "Normal"
    OFFLINE = "Offline"
    FAULT = "Fault"
    PROTECTION = "Protection"


@record
class EssSystem(Record):
    """One system: its serial number, models and sizes."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    """The key of every other call; some answers leave it blank."""
    minv: str | None = None
    """Inverter model."""
    mbat: str | None = None
    """Battery model."""
    poinv: float | None = key(default=None, lenient=True)
    """Nominal power of the inverter (kW)."""
    popv: float | None = key(default=None, lenient=True)
    """Nominal power of the PV (kW)."""
    cobat: float | None = key(default=None, lenient=True)
    """Gross capacity of the battery (kWh)."""
    us_capacity: float | None = key("usCapacity", default=None, lenient=True)
    """Usable share of it (%)."""
    surplus_cobat: float | None = key("surplusCobat", default=None, lenient=True)
    """Usable capacity (kWh), not the energy left in it, whatever the documentation says."""
    ems_status: EmsStatus | None = key("emsStatus", default=None)
