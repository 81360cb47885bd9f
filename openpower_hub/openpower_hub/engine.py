"""The hub: runs connected homes and the integrations that publish them in one asyncio loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.connection import connect_async
from openpower_core.errors import DeviceNotFound, OpenPowerError
from openpower_hub.changes import Bus
from openpower_hub.control import Control
from openpower_hub.homes import Home
from openpower_hub.integration import Integration, kept, made, wanted
from openpower_hub.journal import left_open
from openpower_hub.state import DeviceState

if TYPE_CHECKING:
    from openpower_core.connection import AsyncConnection
    from openpower_hub.config import HubConfig

_log = logging.getLogger("openpower.hub")

T = TypeVar("T")


class Hub:
    """All homes and integrations of one process.

    Args:
        config: what to run; :meth:`reload` replaces it.
        clock: for the time and for waiting.
        connect: what connects a profile.
    """

    def __init__(
        self,
        config: HubConfig,
        *,
        clock: Clock = SYSTEM_CLOCK,
        connect: Callable[..., AsyncConnection[Any]] = connect_async,
    ) -> None:
        self.config = config
        self.clock = clock
        self.bus = Bus()
        self.homes: dict[str, Home] = {}
        """By name."""
        self.integrations: dict[str, Integration] = {}
        """Those that run, by name; an integration finds another one here, as the page finds the history."""
        self.problems: dict[str, str] = {}
        """What an integration failed with last, by name."""
        self.control = Control(self.homes, self.clock)
        self._connect = connect
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()
        self._reloading = asyncio.Lock()

    async def run(self) -> None:
        """Run until :meth:`stop` is called, then end in order: integrations, then homes, whose commands stay supervised to the last."""
        unlisten = self.control.listen()
        try:
            self._start(self.config)
            await self._stopped.wait()
        finally:
            await self._end([name for name in self._tasks if name.startswith("integration ")])
            await self.control.aclose()
            await self._end(list(self._tasks))
            unlisten()

    def stop(self) -> None:
        """End :meth:`run`."""
        self._stopped.set()

    async def reload(self, config: HubConfig) -> None:
        """Go on with another configuration: what is the same in both goes on undisturbed."""
        async with self._reloading:
            await self._reload(config)

    async def _reload(self, config: HubConfig) -> None:
        before, self.config = self.config, config
        same = {name for name, home in config.homes.items() if before.homes.get(name) == home}
        kept_on = {name for name in wanted(config) if _part(before, name) == _part(config, name)}
        # Whoever shows homes is started anew when those change, with names and devices that they do not have yet.
        if same != set(config.homes) or set(config.homes) != set(before.homes):
            kept_on = set[str]()
        # Integrations first: what they put back at their end needs the homes.
        await self._end([f"integration {name}" for name in wanted(before) if name not in kept_on])
        await self._end([f"home {name}" for name in before.homes if name not in same])
        for home in self.homes.values():
            home.look_again()
        self._start(config)
        _log.info("The configuration was read again.")

    def find(self, key: str) -> tuple[Home, DeviceState]:
        """A device by its key.

        Raises:
            DeviceNotFound: no home has it.
        """
        for home in self.homes.values():
            if (state := home.devices.get(key)) is not None:
                return home, state
        raise DeviceNotFound(f"there is no device {key!r}.")

    def _start(self, config: HubConfig) -> None:
        for name, home in config.homes.items():
            if name not in self.homes:
                self.homes[name] = Home(home, bus=self.bus, clock=self.clock, connect=self._connect)
                self._run(f"home {name}", self.homes[name].run)
        for name in wanted(config):
            if name not in self.integrations:
                self.problems.pop(name, None)
                self._start_integration(name)
        # A planner puts back what it set before a crash; one that is not asked for any more cannot.
        for sent in left_open({"rules", "emhass"} - self.integrations.keys(), self.clock.now()):
            _log.warning(
                "%s set the %s of %s to %s, and nothing puts back %s: configure it again, or set it yourself.",
                sent.by,
                sent.operation.replace("_", " "),
                sent.key,
                "none" if sent.value is None else f"{sent.value:g}",
                "that there was none" if sent.before is None else f"{sent.before:g}",
            )

    def _start_integration(self, name: str) -> None:
        try:
            integration = made(name, self)
        except OpenPowerError as error:
            _log.error("%s: %s", name, error)
            self.problems[name] = str(error)
        except Exception as error:  # noqa: BLE001 - an integration never ends the hub
            _log.exception("%s cannot be started", name)
            self.problems[name] = f"{type(error).__name__}: {error}"
        else:
            self.integrations[name] = integration
            self._run(f"integration {name}", lambda: kept(name, integration, self.clock, self.problems))

    def _run(self, name: str, call: Callable[[], Any]) -> None:
        self._tasks[name] = asyncio.get_running_loop().create_task(call(), name=name)

    async def _end(self, names: list[str]) -> None:
        """Cancel tasks and wait for their end; a failure of one is logged."""
        tasks = {name: self._tasks.pop(name) for name in names if name in self._tasks}
        for task in tasks.values():
            task.cancel()
        for name, result in zip(tasks, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True):
            if isinstance(result, Exception):
                _log.error("%s ended badly: %r", name, result)
            kind, _, bare = name.partition(" ")
            (self.homes if kind == "home" else self.integrations).pop(bare, None)


def _part(config: HubConfig, name: str) -> Any:
    """What an integration is configured by."""
    together = {"http": (config.http, config.prometheus), "predbat": (config.predbat, config.mqtt)}
    return together.get(name) or getattr(config, name, config)
