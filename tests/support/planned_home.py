"""A simulated home on a clock of the test's own, whose prices the test gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs

from openpower import Channel, Price, PriceKind, PriceSeries, Role, connect_async
from openpower_core.clock import ManualClock
from openpower_hub.config_file import parse_config
from openpower_hub.engine import Hub
from openpower_hub.homes import Home
from openpower_hub.plans import PlannedAction
from openpower_hub.state import DeviceState

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
"""19:00 in Berlin."""


def priced(*costs: float | None, channel: Channel = Channel.IMPORT, start: datetime = NOW) -> list[Price]:
    """Final prices of an hour each; None is a gap."""
    return [
        Price(
            start=start + timedelta(hours=number),
            end=start + timedelta(hours=number + 1),
            per_kwh=Decimal(str(cost)),
            currency="EUR",
            channel=channel,
            kind=PriceKind.FORECAST,
            estimate=False,
        )
        for number, cost in enumerate(costs)
        if cost is not None
    ]


class House:
    """The hub of one simulated home, stepped by the test."""

    def __init__(self, hub: Hub, home: Home, connection: Any, clock: Any, planner: Callable[[Hub], Any]) -> None:
        self.hub, self.home, self.clock, self.connection = hub, home, clock, connection
        self._planner = planner
        self.planner = planner(hub)

    def of(self, role: Role) -> DeviceState:
        return self.home.of_role(role)[0]

    @property
    def battery(self) -> Any:
        return self.of(Role.BATTERY).device

    @property
    def inverter(self) -> Any:
        return self.of(Role.INVERTER).device

    def price(self, *prices: Price) -> None:
        self.of(Role.RETAILER).prices = PriceSeries(prices, tz="Europe/Berlin")

    async def step(self, to: datetime | None = None) -> None:
        """Go on to a time in steps of a minute, as the hub does: supervise, read, and carry out."""
        while True:
            await self.home._look(self.connection)
            self.of(Role.BATTERY).take(await self.battery.read())
            await self.planner.carry_out(self.home)
            if to is None or self.clock.now() >= to:
                return
            self.clock.sleep(60)

    async def until(self, at: datetime) -> list[tuple[datetime, str]]:
        """The same, and which commands were active from when on."""
        seen: list[tuple[datetime, str]] = []
        while self.clock.now() < at:
            await self.step()
            active = await self.battery.active_command()
            mode = "" if active is None else str(active.command.mode)
            if not seen or seen[-1][1] != mode:
                seen.append((self.clock.now(), mode))
            self.clock.sleep(60)
        return seen

    def sent(self) -> list[str]:
        """What was ordered so far, and by whom."""
        return [f"{by}: {receipt.operation}" for receipt, by in self._receipts() if by != "release"]

    def _receipts(self) -> list[tuple[Any, str]]:
        seen = {}
        for state in self.home.devices.values():
            for receipt, by in state.receipts:
                seen.setdefault(receipt.id, (receipt, by))
        return list(seen.values())

    def plan(self) -> list[PlannedAction]:
        return self.planner.plan("house")

    def restart(self) -> None:
        """Another process: nothing of the old one is remembered but the state folder."""
        self.planner = self._planner(self.hub)
        self.of(Role.BATTERY).active = None

    def set_level(self, soc_pct: float) -> None:
        state = self.of(Role.BATTERY)
        assert state.reading is not None
        state.take(attrs.evolve(state.reading, soc_pct=soc_pct))


@asynccontextmanager
async def house_with(
    content: dict[str, Any], planner: Callable[[Hub], Any], *, clock: Any = None, **options: Any
) -> AsyncGenerator[House]:
    """A home with that configuration, and the planner that the test is about."""
    config = parse_config({"homes": {"house": {"profiles": ["demo"]}}, **content}, "test")
    clock = clock or ManualClock(NOW)
    hub = Hub(config, clock=clock)
    home = Home(config.homes["house"], bus=hub.bus, clock=clock)
    hub.homes["house"] = home
    async with connect_async("demo", clock=clock, tz="Europe/Berlin", ev=False, **options) as connection:
        await home.read_once("demo", connection)
        unlisten = hub.control.listen()
        try:
            yield House(hub, home, connection, clock, planner)
        finally:
            unlisten()
            await hub.control.aclose()
