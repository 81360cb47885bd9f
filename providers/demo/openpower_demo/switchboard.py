"""Where what the box holds meets the house: reading it, and putting something else in its place, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.provider import BatterySettings
from openpower_demo.current import Charging, Current, Currents, ExportLimit, Program, to_controls
from openpower_simulation import Plan

if TYPE_CHECKING:
    from openpower_demo.world import World

__all__ = ["Switchboard"]


class Switchboard:
    """Reads and sets what the house's controls hold; both flavours use it, since nothing of it waits."""

    def __init__(self, world: World) -> None:
        self._world = world

    def put(self, value: Current) -> None:
        """Put a value in place of the one of its kind, from now on."""
        now = self._world.now()
        self._world.house.change(now, **to_controls(value))
        if self._world.memory is not None:
            self._world.memory.add(now, value)

    def program(self) -> Program:
        """What the battery follows; a command that has ended is gone."""
        plan = self._world.house.controls.controller
        if not isinstance(plan, Plan):  # somebody handed the house another controller
            return Program()
        return Program(schedule=plan.schedule, command=plan.command).at(self._world.now())

    def settings(self) -> BatterySettings:
        """The battery's standing settings."""
        controls = self._world.house.controls
        return BatterySettings(
            reserve_soc_pct=controls.reserve_soc_pct,
            max_soc_pct=controls.max_soc_pct,
            grid_charge_allowed=controls.grid_charge_allowed,
        )

    def export_limit(self) -> ExportLimit:
        """The limit of what goes to the grid."""
        limit = self._world.house.controls.export_limit_w
        return ExportLimit(limit_w=None if limit is None else int(limit))

    def charging(self) -> Charging:
        """Whether the car may charge."""
        self._world.house.at(self._world.now())  # a car that left has undone the stop
        return Charging(stopped=self._world.house.controls.ev_stopped)

    def currents(self) -> Currents:
        """The limits of charger and site."""
        controls = self._world.house.controls
        return Currents(charger_a=controls.charger_limit_a, site_a=controls.site_limit_a)
