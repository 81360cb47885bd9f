"""Where what the box holds meets the house: reading it, and putting something else in its place, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.control import BatterySettings
from openpower_core.simulation import Plan
from openpower_demo.held import Charging, Currents, ExportLimit, Program

if TYPE_CHECKING:
    from openpower_demo.world import World

__all__ = ["Switchboard"]


class Switchboard:
    """Reads and sets what the house's controls hold; both flavours use it, since nothing of it waits."""

    def __init__(self, world: World) -> None:
        self._world = world

    def program(self) -> Program:
        """What the battery follows; a command that has ended is gone."""
        plan = self._world.house.controls.controller
        if not isinstance(plan, Plan):  # somebody handed the house another controller
            return Program()
        return Program(schedule=plan.schedule, command=plan.command).at(self._world.now())

    def put_program(self, program: Program) -> None:
        """Make the battery follow something else."""
        plan = Plan(schedule=program.schedule, command=program.command)
        self._change(controller=plan)

    def settings(self) -> BatterySettings:
        """The battery's standing settings."""
        controls = self._world.house.controls
        return BatterySettings(
            reserve_soc_pct=controls.reserve_soc_pct,
            max_soc_pct=controls.max_soc_pct,
            grid_charge_allowed=controls.grid_charge_allowed,
        )

    def put_settings(self, settings: BatterySettings) -> None:
        """Change the battery's standing settings; None leaves one as it is."""
        named = {
            "reserve_soc_pct": settings.reserve_soc_pct,
            "max_soc_pct": settings.max_soc_pct,
            "grid_charge_allowed": settings.grid_charge_allowed,
        }
        self._change(**{name: value for name, value in named.items() if value is not None})

    def export_limit(self) -> ExportLimit:
        """The limit of what goes to the grid."""
        limit = self._world.house.controls.export_limit_w
        return ExportLimit(limit_w=None if limit is None else int(limit))

    def put_export_limit(self, limit: ExportLimit) -> None:
        """Limit what goes to the grid."""
        self._change(export_limit_w=limit.limit_w)

    def charging(self) -> Charging:
        """Whether the car may charge."""
        self._world.house.at(self._world.now())  # a car that left has undone the stop
        return Charging(stopped=self._world.house.controls.ev_stopped)

    def put_charging(self, charging: Charging) -> None:
        """Let the car charge, or not."""
        self._change(ev_stopped=charging.stopped)

    def currents(self) -> Currents:
        """The limits of charger and site."""
        controls = self._world.house.controls
        return Currents(charger_a=controls.charger_limit_a, site_a=controls.site_limit_a)

    def put_currents(self, currents: Currents) -> None:
        """Limit charger and site."""
        self._change(charger_limit_a=currents.charger_a, site_limit_a=currents.site_a)

    def _change(self, **settings: Any) -> None:
        self._world.house.change(self._world.now(), **settings)
