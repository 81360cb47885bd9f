# Generated from backend.py by openpower_testing; do not edit.
"""Connects to the simulated home, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.provider import Writer
from openpower_demo._sync.devices import DemoBattery, DemoEVCharger, DemoInverter, DemoMeter, DemoRetailer
from openpower_demo._sync.home import DemoHome
from openpower_demo.world import context_in, make_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.provider import Context, Device
    from openpower_demo.world import World

__all__ = ["DemoBackend", "connect"]


class DemoBackend:
    """One simulated home: its native API, its devices, its writer."""

    def __init__(self, world: World, context: Context) -> None:
        self._world = world
        self._context = context_in(context, world)
        self._writer = Writer.over(self._context)
        self._native = DemoHome(world, self._writer.native)

    @property
    def native(self) -> DemoHome:
        """The home's own API."""
        return self._native

    def discover(self) -> Sequence[Device]:
        """The devices that the house has."""
        world, native, context, writer = self._world, self._native, self._context, self._writer
        devices: list[Device] = [DemoInverter(world, native, context, writer)]
        if world.plant.battery_kwh:
            devices.append(DemoBattery(world, native, context, writer))
        devices.append(DemoMeter(world, native, context))
        if world.plant.ev:
            devices.append(DemoEVCharger(world, native, context, writer))
        devices.append(DemoRetailer(world, native, context))
        return devices

    def close(self) -> None:
        """Let go of what the writer remembers."""
        self._writer.close()


def connect(context: Context, **options: Any) -> DemoBackend:
    """Make the home that the options describe."""
    return DemoBackend(make_world(context, **options), context)
