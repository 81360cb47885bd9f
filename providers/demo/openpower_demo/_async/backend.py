"""Connects to the simulated home, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.provider import AsyncWriter
from openpower_demo._async.devices import (
    AsyncDemoBattery,
    AsyncDemoEVCharger,
    AsyncDemoInverter,
    AsyncDemoMeter,
    AsyncDemoRetailer,
)
from openpower_demo._async.home import AsyncDemoHome
from openpower_demo.world import context_in, make_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.provider import AsyncDevice, Context
    from openpower_demo.world import World

__all__ = ["AsyncDemoBackend", "connect"]


class AsyncDemoBackend:
    """One simulated home: its native API, its devices, its writer."""

    def __init__(self, world: World, context: Context) -> None:
        self._world = world
        self._context = context_in(context, world)
        self._writer = AsyncWriter.over(self._context)
        self._native = AsyncDemoHome(world, self._writer.native)

    @property
    def native(self) -> AsyncDemoHome:
        """The home's own API."""
        return self._native

    async def discover(self) -> Sequence[AsyncDevice]:
        """The devices that the house has."""
        world, native, context, writer = self._world, self._native, self._context, self._writer
        devices: list[AsyncDevice] = [AsyncDemoInverter(world, native, context, writer)]
        if world.plant.battery_kwh:
            devices.append(AsyncDemoBattery(world, native, context, writer))
        devices.append(AsyncDemoMeter(world, native, context))
        if world.plant.ev:
            devices.append(AsyncDemoEVCharger(world, native, context, writer))
        devices.append(AsyncDemoRetailer(world, native, context))
        return devices

    async def aclose(self) -> None:
        """Let go of what the writer remembers."""
        await self._writer.aclose()


def connect(context: Context, **options: Any) -> AsyncDemoBackend:
    """Make the home that the options describe."""
    return AsyncDemoBackend(make_world(context, **options), context)
