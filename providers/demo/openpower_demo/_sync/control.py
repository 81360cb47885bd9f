# Generated from control.py by openpower_testing; do not edit.
"""What the simulated box keeps, as rows of settings that the write pipeline reads, plans and sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from openpower_core.provider import BatteryCommand, BatterySettings, CurrentScope, Draft, Schedule, Setting
from openpower_demo.client import World
from openpower_demo.control import plan_command, plan_current, plan_export_limit, plan_schedule, plan_settings
from openpower_demo.mapping import WRITES
from openpower_demo.models import Charging, Current, Currents, ExportLimit, Program

Kind = TypeVar("Kind", bound=Current)


class DemoSetting(Setting[Kind]):
    """One row: the box obeys at once, and shows all that it keeps."""

    def __init__(
        self,
        world: World,
        name: str,
        method: str,
        get: Callable[[], Kind],
        plan: Callable[[Kind, Any], Draft[Kind]],
        kind: type[Kind],
    ) -> None:
        limits = world.like.battery.writes if world.like is not None and kind in (Program, BatterySettings) else WRITES
        super().__init__(name, read=self._now, write=self._put, plan=plan, kind=kind, method=method, limits=limits)
        self._world = world
        self._get = get

    def _now(self) -> Kind:
        return self._get()

    def _put(self, value: Kind) -> None:
        self._world.put(value)


class ProgramSetting(DemoSetting[Program]):
    """What the battery follows."""

    def shown(self, document: Program) -> Schedule:
        """The schedule that it follows while no command runs."""
        return document.schedule

    def load(self, data: Any) -> Program:
        """The program as of now: the battery drops a command at its end, and so does what is remembered of it."""
        return super().load(data).at(self._world.now())


class ExportSetting(DemoSetting[ExportLimit]):
    """The most that the house gives to the grid."""

    def shown(self, document: ExportLimit) -> int | None:
        """It in watts."""
        return document.limit_w


class BoxSettings:
    """The rows of one box."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.program = ProgramSetting(world, "program", "set_program", world.program, self._follow, Program)
        self.settings = DemoSetting(
            world, "settings", "set_battery_settings", world.settings, self._set, BatterySettings
        )
        self.export_limit = ExportSetting(
            world, "export_limit", "set_export_limit", world.export_limit, _limit, ExportLimit
        )
        self.charging = DemoSetting(world, "charging", "set_charging", world.charging, _switch, Charging)
        self.currents = DemoSetting(world, "currents", "set_currents", world.currents, self._fuse, Currents)

    def _follow(self, current: Program, desired: Schedule | BatteryCommand) -> Draft[Program]:
        world = self._world
        if isinstance(desired, Schedule):
            return plan_schedule(current, desired, world.plant, world.like)
        return plan_command(current, desired, world.plant, world.now(), world.like)

    def _set(self, current: BatterySettings, desired: dict[str, Any]) -> Draft[BatterySettings]:
        return plan_settings(current, desired, self._world.plant, self._world.like)

    def _fuse(self, current: Currents, desired: tuple[CurrentScope, float]) -> Draft[Currents]:
        scope, amps = desired
        return plan_current(current, amps, scope, self._world.plant)


def _limit(_current: ExportLimit, desired: float | None) -> Draft[ExportLimit]:
    return plan_export_limit(desired)


def _switch(_current: Charging, desired: bool) -> Draft[Charging]:
    return Draft(document=Charging(stopped=not desired))
