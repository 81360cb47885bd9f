"""Homes read once, for commands that print something and exit: nothing is supervised, and nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.connection import connect_async
from openpower_core.errors import OpenPowerError
from openpower_hub.engine import Hub
from openpower_hub.homes import Home

if TYPE_CHECKING:
    from openpower_core.connection import AsyncConnection
    from openpower_hub.config import HubConfig


@asynccontextmanager
async def snapshot(
    config: HubConfig, *, clock: Clock = SYSTEM_CLOCK, connect: Callable[..., AsyncConnection[Any]] = connect_async
) -> AsyncGenerator[Hub]:
    """A hub that does not run: its homes with their devices, readings, prices and commands of now.

    A profile that fails is among the home's ``failures``.
    """
    hub = Hub(config, clock=clock, connect=connect)
    async with AsyncExitStack() as stack:
        for name, home in config.homes.items():
            hub.homes[name] = found = Home(home, bus=hub.bus, clock=clock, connect=connect)
            for profile in home.profiles:
                try:
                    connection = connect(profile)
                    if connection.writer is not None:  # not even the release that an earlier command left undone
                        connection.writer.releases = False
                    await stack.enter_async_context(connection)
                    await found.read_once(profile, connection)
                except OpenPowerError as error:
                    found.fail(profile, error)
        yield hub
