"""Predbat: the entities that its custom inverter needs, and carrying out what it writes to them.

Predbat plans, and drives an inverter through Home Assistant. ``entities`` is what it reads and writes, ``commands`` what a
message changes, ``intent`` what the battery has to do for it. Here is the connection, and that each command is sent once,
ends, and never goes over a command of somebody else. All of it is made from Predbat's public documentation.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import OpenPowerError
from openpower_hub.changes import What
from openpower_hub.mqtt.broker import Broker, connected, encoded
from openpower_hub.mqtt.commands import read_text
from openpower_hub.mqtt.discovery import components_in
from openpower_hub.mqtt.payloads import day_payload, in_zone
from openpower_hub.mqtt.topics import OFFLINE, ONLINE, Topics
from openpower_hub.predbat import commands
from openpower_hub.predbat.driver import Driver
from openpower_hub.predbat.entities import PRICES, SETTABLE, Names, apps_yaml, controls, figures, payload, retailer

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.plans import PlannedAction

__all__ = ["Predbat", "apps_yaml"]

_log = logging.getLogger("openpower.hub")

QUIET_S: Final = 2.0
"""How long to wait for what belongs to a message: Predbat sends rate, target and window one after the other."""
TICK_S: Final = 20.0
PUBLISH_S: Final = 1.0
PAUSE_S: Final = 5.0
"""How long after one announcement the next may come."""
_OWN: Final = ("problem", "problem_text", "mode")


class Predbat:
    """The integration."""

    def __init__(self, hub: Hub) -> None:
        config = hub.config
        assert config.predbat is not None  # noqa: S101 - wanted only then
        assert config.mqtt is not None  # noqa: S101 - checked with the configuration
        self._hub, self._mqtt, self.config = hub, config.mqtt, config.predbat
        self.home = hub.homes[config.predbat.home or next(iter(hub.homes))]
        self.names = Names(Topics(config.mqtt.prefix, config.mqtt.discovery_prefix), self.home.name)
        self.control = config.predbat.control
        self.driver = Driver(hub, self.home, control=self.control)

    async def run(self) -> None:
        """Publish the home, and carry out what Predbat writes.

        Raises:
            OpenPowerError: the broker cannot be reached, refuses us, or the connection was lost.
        """
        async with connected(self._mqtt, self.names.status, f"{self.names.root}/sync") as broker:
            await Session(self._hub, self, broker).run()

    def plan(self, home: str) -> list[PlannedAction]:
        """The windows that Predbat has set, of the next day."""
        return list(self.driver.planned()) if home == self.home.name and self.control else []


class Session:
    """What is published and taken over one connection."""

    def __init__(self, hub: Hub, predbat: Predbat, broker: Broker) -> None:
        self._hub, self._predbat, self._broker = hub, predbat, broker
        self._names, self._driver, self._home = predbat.names, predbat.driver, predbat.home
        self._refusal: str | None = None
        self._news, self._written = asyncio.Event(), asyncio.Event()
        self._announced: dict[str, Any] | None = None
        self._announced_at = 0.0
        self._former: dict[str, Any] = {}
        self._said: dict[str, str] = {}

    async def run(self) -> None:
        """Publish, and carry out, until the connection is lost."""
        changes_of = (What.READING, What.FRESHNESS, What.PRICES, What.DEVICES, What.COMMAND)
        with self._hub.bus.subscribe(*changes_of) as changes:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._broker.lost())
                await self._begin()
                tasks.create_task(self._publish())
                if self._predbat.control:
                    tasks.create_task(self._drive())
                async for change in changes:
                    if change.home == self._home.name:
                        self._news.set()

    async def _begin(self) -> None:
        await self._broker.listen(self._names.discovery, self._on_discovery)
        await self._broker.settle()
        if self._predbat.control:
            await self._broker.listen(self._names.command("#"), self._on_command)
        if self._names.topics.discovery_prefix:
            await self._broker.listen(self._names.topics.birth, self._on_birth)
        await self._say_all()
        await self._broker.online()

    # What is published

    async def _publish(self) -> None:
        """At once when something is new, and then not again within a second."""
        while True:
            await self._announce()
            await self._say_all()
            await self._hub.clock.asleep(PUBLISH_S)
            await self._news.wait()
            self._news.clear()

    async def _say_all(self) -> None:
        now, battery = self._hub.clock.now(), self._driver.battery
        for channel in PRICES:
            if (seller := retailer(self._home, channel)) is not None:
                await self._say(self._names.prices(channel), day_payload(seller.prices, channel, now, self._home.tz))
        state = figures(self._home, battery)
        if self._predbat.control:
            state |= self._controls(now) | self._report()
        await self._broker.say(self._names.state, state)
        await self._say(self._names.live, ONLINE if battery is not None and battery.live is not None else OFFLINE)

    def _controls(self, now: datetime) -> dict[str, Any]:
        driver = self._driver
        return controls(driver.demanded, now, most_w=driver.most_w, reserve_pct=driver.reserve_pct)

    def _report(self) -> dict[str, Any]:
        """What it does, and why not."""
        driver = self._driver
        problem = self._refusal or driver.problem
        order = driver.intent.order
        return {
            "mode": driver.intent.status,
            "power_w": None if order is None else order.power_w,
            "target_soc_pct": None if order is None else order.target_soc_pct,
            "until": None if order is None or order.until is None else in_zone(order.until, self._home.tz),
            "written_at": None if driver.written_at is None else in_zone(driver.written_at, self._home.tz),
            "problem": "ON" if problem else "OFF",
            "problem_text": problem or None,
        }

    async def _say(self, topic: str, content: str | dict[str, Any]) -> None:
        """Publish what is not the same as before."""
        text = encoded(content)
        if self._said.get(topic) != text:
            self._said[topic] = text
            await self._broker.say(topic, text)

    async def _announce(self) -> None:
        """Tell Home Assistant of the entities, once the battery is known and when they change."""
        if not self._names.topics.discovery_prefix or not self._home.devices:
            return
        content = payload(self._names, self._home, control=self._predbat.control, most_w=self._driver.most_w)
        now = self._hub.clock.monotonic()
        if content == self._announced or (self._announced is not None and now - self._announced_at < PAUSE_S):
            return
        own = {*(each.name for each in SETTABLE), *_OWN}
        gone = {name: {"p": each["p"]} for name, each in self._former.items() if name in own - set(content["cmps"])}
        if gone:
            await self._broker.say(self._names.discovery, {**content, "cmps": {**content["cmps"], **gone}})
            await self._hub.clock.asleep(PAUSE_S)
        self._announced, self._announced_at, self._former = content, self._hub.clock.monotonic(), content["cmps"]
        await self._broker.say(self._names.discovery, content)

    def _on_discovery(self, _topic: str, content: bytes, _retained: bool) -> None:
        """What an earlier run announced; or somebody removed it, and it is announced again."""
        if self._announced is None:
            self._former = components_in(content)
        elif not content:
            self._announced, self._announced_at = {}, self._hub.clock.monotonic() + 60 - PAUSE_S
            self._news.set()

    def _on_birth(self, _topic: str, content: bytes, retained: bool) -> None:
        if content == ONLINE.encode() and not retained:
            self._announced = {}
            self._said.clear()
            self._news.set()

    # What is taken

    def _on_command(self, topic: str, content: bytes, retained: bool) -> None:
        """Take what Predbat writes; it publishes retained, and what the broker has kept is old."""
        if retained:
            _log.info("predbat: a retained message on %s is not acted on.", topic)
            return
        name = topic.removeprefix(self._names.command(""))
        try:
            if name not in commands.names(immediate=self._predbat.config.immediate):
                known = ", ".join(commands.names(immediate=self._predbat.config.immediate))
                self._refusal = f"set/{name[:40]} is not known; there are {known}."[:255]
            else:
                self._driver.write(name, read_text(content))
                self._refusal = None
                self._written.set()
        except OpenPowerError as error:
            self._refusal = f"set/{name}: {error}"[:255]
        self._news.set()

    async def _drive(self) -> None:
        """Carry out what was written, once no more comes, and what its windows ask for as time goes on."""
        while True:
            await self._driver.act()
            self._news.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._written.wait()
            while self._written.is_set():
                self._written.clear()
                await self._hub.clock.asleep(QUIET_S)
