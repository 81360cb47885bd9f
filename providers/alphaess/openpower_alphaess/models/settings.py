"""The legacy pair, ``getChargeConfigInfo`` and ``getDisChargeConfigInfo``: two windows each, every day."""

from __future__ import annotations

from openpower_core.provider import Record, key, record

__all__ = ["ChargeSettings", "DischargeSettings"]


@record
class ChargeSettings(Record):
    """When the battery may be charged from the grid; inside a window it does not discharge."""

    grid_charge: int | None = key("gridCharge", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_chaf1: str | None = key("timeChaf1", default=None)
    """First window, from (``HH:mm``)."""
    time_chae1: str | None = key("timeChae1", default=None)
    """First window, end."""
    time_chaf2: str | None = key("timeChaf2", default=None)
    time_chae2: str | None = key("timeChae2", default=None)
    bat_high_cap: float | None = key("batHighCap", default=None, lenient=True)
    """State of charge (%) at which charging in the windows stops."""


@record
class DischargeSettings(Record):
    """When the battery may serve the house: a permission, not a command; nothing is exported by force."""

    ctr_dis: int | None = key("ctrDis", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_disf1: str | None = key("timeDisf1", default=None)
    time_dise1: str | None = key("timeDise1", default=None)
    time_disf2: str | None = key("timeDisf2", default=None)
    time_dise2: str | None = key("timeDise2", default=None)
    bat_use_cap: float | None = key("batUseCap", default=None, lenient=True)
    """State of charge (%) below which the battery does not discharge."""
