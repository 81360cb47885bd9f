"""Power now: ``getLastPowerData``."""

from __future__ import annotations

from openpower_core.provider import Record, key, record

__all__ = ["EvDetail", "GridDetail", "PowerData", "PvDetail"]


@record
class PvDetail(Record):
    """PV by string (W)."""

    ppv1: float | None = key(default=None, lenient=True)
    ppv2: float | None = key(default=None, lenient=True)
    ppv3: float | None = key(default=None, lenient=True)
    ppv4: float | None = key(default=None, lenient=True)
    pmeter_dc: float | None = key("pmeterDc", default=None, lenient=True)
    """The PV meter on the AC side: PV behind a foreign inverter appears here."""


@record
class GridDetail(Record):
    """Grid by phase (W; + import, − export)."""

    pmeter_l1: float | None = key("pmeterL1", default=None, lenient=True)
    pmeter_l2: float | None = key("pmeterL2", default=None, lenient=True)
    pmeter_l3: float | None = key("pmeterL3", default=None, lenient=True)


@record
class EvDetail(Record):
    """EV by charger (W); None where that charger is absent."""

    ev1_power: float | None = key("ev1Power", default=None, lenient=True)
    ev2_power: float | None = key("ev2Power", default=None, lenient=True)
    ev3_power: float | None = key("ev3Power", default=None, lenient=True)
    ev4_power: float | None = key("ev4Power", default=None, lenient=True)


@record
class PowerData(Record):
    """Power now (W); the answer carries no time. Refreshed every 10 to 30 s."""

    ppv: float | None = key(default=None, lenient=True)
    """PV."""
    ppv_detail: PvDetail | None = key("ppvDetail", default=None)
    soc: float | None = key(default=None, lenient=True)
    """State of charge (%, 0–100)."""
    pev: float | None = key(default=None, lenient=True)
    """All EV chargers."""
    pev_detail: EvDetail | None = key("pevDetail", default=None)
    preal_l1: float | None = key("prealL1", default=None, lenient=True)
    """AC output of the inverter on phase 1."""
    preal_l2: float | None = key("prealL2", default=None, lenient=True)
    preal_l3: float | None = key("prealL3", default=None, lenient=True)
    pgrid: float | None = key(default=None, lenient=True)
    """Grid: + import, − export."""
    pgrid_detail: GridDetail | None = key("pgridDetail", default=None)
    pload: float | None = key(default=None, lenient=True)
    """House load, computed by the vendor as ppv + pgrid + pbat; can be negative."""
    pbat: float | None = key(default=None, lenient=True)
    """Battery: + discharge, − charge."""
