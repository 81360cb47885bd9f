# Generated from documents.py by openpower_testing; do not edit.
"""The documents of the simulated box, which the write pipeline reads, plans and sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from openpower_core.provider import (
    BatteryCommand,
    BatterySettings,
    CurrentScope,
    Document,
    Draft,
    NativeCall,
    Schedule,
    structure,
    unstructure,
)
from openpower_demo.capabilities import WRITES
from openpower_demo.current import Charging, Current, Currents, ExportLimit, Program
from openpower_demo.planning import plan_command, plan_current, plan_export_limit, plan_schedule, plan_settings
from openpower_demo.switchboard import Switchboard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from openpower_demo.world import World

__all__ = ["ChargingDocument", "CurrentsDocument", "ExportLimitDocument", "ProgramDocument", "SettingsDocument"]

Kind = TypeVar("Kind", bound=Current)
Desired = TypeVar("Desired")
_Settings: TypeAlias = "Mapping[str, Any]"
_Current: TypeAlias = tuple[CurrentScope, float]


class _DemoDocument(Document[Kind, Desired]):
    """What the documents share: JSON is made of them by itself, and the box obeys at once.

    Args:
        world: the house.
        kind: the class of what is held.
        get: looks at what is held.
    """

    limits = WRITES
    method: ClassVar[str]
    """The native method that sends it."""

    def __init__(self, world: World, kind: type[Kind], get: Callable[[], Kind]) -> None:
        self._world = world
        self._kind = kind
        self._get = get

    def read(self) -> Kind:
        """What is held now."""
        return self._get()

    def send(self, document: Kind, current: Kind) -> None:  # noqa: ARG002
        """Put it in place."""
        Switchboard(self._world).put(document)

    def calls(self, document: Kind, current: Kind) -> Sequence[NativeCall]:  # noqa: ARG002
        """The one native call that sends it."""
        return [NativeCall(method=self.method, arguments=unstructure(document))]

    def dump(self, document: Kind) -> Any:
        """The document as JSON values."""
        return unstructure(document)

    def load(self, data: Any) -> Kind:
        """The document that :meth:`dump` was given."""
        return structure(self._kind, data)


class ProgramDocument(_DemoDocument[Program, Schedule | BatteryCommand]):
    """What the battery follows; a wish is a schedule or a command."""

    name = "program"
    method = "set_program"

    def __init__(self, world: World) -> None:
        super().__init__(world, Program, Switchboard(world).program)

    def plan(self, current: Program, desired: Schedule | BatteryCommand) -> Draft[Program]:
        """Replace the schedule, or let a command run."""
        if isinstance(desired, Schedule):
            return plan_schedule(current, desired, self._world.plant)
        return plan_command(current, desired, self._world.plant, self._world.now())

    def load(self, data: Any) -> Program:
        """The program as it stands by now: the battery drops a command at its end, and so does memory."""
        return super().load(data).at(self._world.now())


class SettingsDocument(_DemoDocument[BatterySettings, _Settings]):
    """The battery's standing settings; a wish names some of them."""

    name = "settings"
    method = "set_battery_settings"

    def __init__(self, world: World) -> None:
        super().__init__(world, BatterySettings, Switchboard(world).settings)

    def plan(self, current: BatterySettings, desired: _Settings) -> Draft[BatterySettings]:
        """Merge the settings that are named."""
        return plan_settings(current, desired, self._world.plant)


class ExportLimitDocument(_DemoDocument[ExportLimit, float | None]):
    """The export limit; a wish is watts, or None."""

    name = "export_limit"
    method = "set_export_limit"

    def __init__(self, world: World) -> None:
        super().__init__(world, ExportLimit, Switchboard(world).export_limit)

    def plan(self, current: ExportLimit, desired: float | None) -> Draft[ExportLimit]:  # noqa: ARG002
        """Take the limit in whole watts."""
        return plan_export_limit(desired)


class ChargingDocument(_DemoDocument[Charging, Charging]):
    """Whether the car may charge."""

    name = "charging"
    method = "set_charging"

    def __init__(self, world: World) -> None:
        super().__init__(world, Charging, Switchboard(world).charging)

    def plan(self, current: Charging, desired: Charging) -> Draft[Charging]:  # noqa: ARG002
        """Take the wish as it is."""
        return Draft(document=desired)


class CurrentsDocument(_DemoDocument[Currents, _Current]):
    """The limits of charger and site; a wish is one of them."""

    name = "currents"
    method = "set_currents"

    def __init__(self, world: World) -> None:
        super().__init__(world, Currents, Switchboard(world).currents)

    def plan(self, current: Currents, desired: _Current) -> Draft[Currents]:
        """Merge the one limit."""
        scope, amps = desired
        return plan_current(current, amps, scope, self._world.plant)
