"""Everything about the house that somebody can set; the house starts with the defaults."""

from __future__ import annotations

from attrs import field, frozen

from openpower_core.checks import non_negative, percentage
from openpower_simulation.directives import Controller, Plan

__all__ = ["Controls"]


@frozen(kw_only=True)
class Controls:
    """The house's settings; :meth:`House.change` replaces some of them."""

    controller: Controller = field(factory=Plan)
    """Who decides what the battery does."""
    reserve_soc_pct: float = field(default=10.0, validator=percentage)
    """It does not discharge below this."""
    max_soc_pct: float = field(default=100.0, validator=percentage)
    """It does not charge from the grid above this."""
    grid_charge_allowed: bool = True
    export_limit_w: float | None = field(default=None, validator=non_negative)
    """The most that the house gives to the grid; forced discharge yields first, then PV is curtailed."""
    charger_limit_a: float = field(default=32.0, validator=non_negative)
    """The most that the car may draw; below the charger's minimum it draws nothing."""
    site_limit_a: float = field(default=63.0, validator=non_negative)
    """The most that the grid connection may carry; grid charging yields first, then the car."""
    ev_stopped: bool = False
    """Whether somebody stopped the car's charging; its departure undoes it."""
