"""The page of a simulated home whose time stands still, served on loopback from a thread: what a browser sees is always the same."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import attrs

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.devices.roles import Role
from openpower_core.prices import Price
from openpower_hub.config import HistoryConfig, HomeConfig, HTTPConfig, HubConfig, Token
from openpower_hub.engine import Hub
from openpower_hub.history import Cell
from openpower_hub.homes import Home

MORNING = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
"""10:30 in Sydney, where the simulated home is."""
TOKEN = "page-test-token"


async def settled(hub: Hub, *homes: str) -> None:
    """Wait until every device of these homes was read."""
    async with asyncio.timeout(20):
        for name in homes:
            while (home := hub.homes.get(name)) is None or len(home.devices) < 5 or not _read(home):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def _read(home: Any) -> bool:
    return all(state.reading or (state.role is Role.RETAILER and state.prices) for state in home.devices.values())


class Yesterday:
    """A history of days that are all the same."""

    async def series(self, key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
        """A sunny day, whatever is asked."""
        cells: list[Cell] = []
        while start < min(end, MORNING):
            cells.append(_cell(key, figure, start, step))
            start += step
        return cells

    async def prices(self, _key: str, channel: str, start: datetime, end: datetime) -> list[Price]:
        """20 cents, and 5 for what is sold."""
        cost = Decimal("0.20") if channel == "import" else Decimal("0.05")
        return [Price(start=start, end=end, per_kwh=cost, currency="AUD", channel=channel)]  # type: ignore[arg-type]

    async def receipts(self, *_: Any, **__: Any) -> list[Any]:
        """Nothing was commanded."""
        return []


def _cell(key: str, figure: str, start: datetime, step: timedelta) -> Cell:
    hour = (start.hour + start.minute / 60 + 11) % 24
    sun = max(0.0, math.sin((hour - 5) / 15 * math.pi)) * 5000 if 5 < hour < 20 else 0.0
    house = 400 + 300 * (hour % 7 < 2)
    battery = max(-2500.0, min(1500.0, house - sun))
    watts = {"pv_w": sun, "load_w": house}.get(figure, battery if "battery" in key else house - sun - battery)
    day = 8 + start.timetuple().tm_yday * 7 % 11
    kwh = {"pv": 2.5, "discharge": 0.7, "import": 0.4, "export": 0.9, "charge": 0.8, "load": 1.5}
    share = step / timedelta(days=1)
    energy = day * kwh.get(figure.split("_", maxsplit=1)[0], 1.0) * share
    return Cell(
        start=start,
        end=start + step,
        mean=watts,
        low=watts,
        high=watts,
        last=watts,
        forward_kwh=energy,
        backward_kwh=energy,
    )


class PageServer:
    """One simulated home behind the hub's own HTTP server."""

    def __init__(self, folder: str, change: Callable[[Home], None] = lambda home: None, **options: Any) -> None:
        self.clock = ManualClock(MORNING, sleeping_advances=False)
        self.url = ""
        self._folder, self._change, self._options = folder, change, options
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._hub: Hub | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def hub(self) -> Hub:
        """The hub that serves it."""
        assert self._hub is not None
        return self._hub

    def start(self, port: int | None = None) -> PageServer:
        """Serve until :meth:`stop`."""
        self._port = port
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def stop(self) -> None:
        """End it in order."""
        self.call(self.hub.stop)
        self._thread.join(20)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something within the server's loop."""

        async def called() -> Any:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(20)

    def change(self, change: Callable[[Home], None]) -> None:
        """Change what is known of the home, and tell the browsers."""

        def changed() -> None:
            change(self.hub.homes["house"])
            self.hub.homes["house"].publish("reading")  # type: ignore[arg-type]

        self.call(changed)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        profiles = self._options.get("profiles", ["demo"])
        config = HubConfig(
            homes={"house": HomeConfig(name="house", profiles=profiles)},
            http=HTTPConfig(
                port=self._port,
                control=["battery", "ev_charger"],
                tokens={"me": Token(sha256=sha256(TOKEN.encode()).hexdigest(), rights=["read", "control"])},
            ),
            history=HistoryConfig(enabled=False),
        )

        def connect(profile: str, **options: Any) -> Any:
            return connect_async(profile, clock=self.clock, seed=1, **options)

        self._hub = hub = Hub(config, clock=self.clock, connect=connect)
        running = asyncio.create_task(hub.run())
        while not (address := getattr(hub.integrations.get("http"), "address", "")) or not self._known(hub):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        if self._options.get("history", True):
            history: Any = type("History", (), {"store": Yesterday()})()
            hub.integrations["history"] = history
        self._change(hub.homes["house"])
        self.url = address
        self._ready.set()
        await running

    def _known(self, hub: Hub) -> bool:
        home = hub.homes.get("house")
        if "profiles" in self._options:
            return home is not None and bool(home.failures)
        return (
            home is not None
            and len(home.devices) == 5
            and all(each.reading or each.prices for each in home.devices.values())
        )


def put(home: Home, role: Role, **figures: Any) -> None:
    """Replace figures of a device."""
    state = home.of_role(role)[0]
    assert state.reading is not None
    state.reading = attrs.evolve(state.reading, **figures)


def sunny(home: Home) -> None:
    """Solar supplies the house, the battery and the grid."""
    put(home, Role.INVERTER, pv_w=4200.0, load_w=1300.0)
    put(home, Role.BATTERY, power_w=-2400.0, soc_pct=64.0)
    put(home, Role.METER, power_w=-500.0)
