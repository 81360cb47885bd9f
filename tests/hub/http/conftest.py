"""A hub that has read a simulated home, on a clock that stands still, and callers of its HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import attrs
import httpx
import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.devices import AsyncRetailer
from openpower_core.devices.roles import Role
from openpower_hub.config import HomeConfig, HTTPConfig, HubConfig, Token
from openpower_hub.engine import Hub
from openpower_hub.homes import Home
from openpower_hub.http import application
from openpower_hub.state import DeviceState

NOON = datetime(2026, 8, 1, 2, tzinfo=UTC)  # in Sydney
SERIAL = "DEMO0000000001"
READER, DRIVER = "token-that-reads", "token-that-controls"
ADDRESS = "http://127.0.0.1:8484"

Caller = Callable[..., httpx.AsyncClient]


def token(text: str, *rights: str) -> Token:
    """A token as the configuration has it."""
    return Token(sha256=sha256(text.encode()).hexdigest(), rights=list(rights))


HTTP_CONFIG = HTTPConfig(
    control=["battery"],
    tokens={"reader": token(READER, "read"), "driver": token(DRIVER, "read", "control")},
    page=False,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def hub(clock: ManualClock) -> AsyncIterator[Hub]:
    """Its devices have been read once, and nothing happens by itself."""
    config = HubConfig(homes={"home": HomeConfig(name="home", profiles=["demo"])}, http=HTTP_CONFIG)
    made = Hub(config, clock=clock)
    made.homes["home"] = home = Home(config.homes["home"], bus=made.bus, clock=clock)
    async with connect_async("demo", clock=clock) as connection:
        for device in await connection.devices():
            state = DeviceState(home="home", profile="demo", device=device, clock=clock, interval=timedelta(seconds=10))
            home.devices[state.key] = state
            if state.role is Role.RETAILER:
                day = timedelta(days=1)
                state.prices = await cast("AsyncRetailer", device).prices(NOON - day / 2, NOON + day)
            else:
                state.take(await device.read())
        unlisten = made.control.listen()
        yield made
        unlisten()
        await made.control.aclose()


@pytest.fixture
async def call(hub: Hub) -> AsyncIterator[Caller]:
    """Makes clients of the hub's web application."""
    clients: list[httpx.AsyncClient] = []
    apps: dict[str, Any] = {}

    def make(bearer: str | None = None, *, client: str = "127.0.0.1", url: str = ADDRESS, **config: Any) -> Any:
        if config or not apps:
            hub.config = attrs.evolve(hub.config, http=attrs.evolve(hub.config.http, **config))
            apps["app"] = application(hub)
        transport = httpx.ASGITransport(apps["app"], client=(client, 50_000))
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        clients.append(httpx.AsyncClient(transport=transport, base_url=url, headers=headers))
        return clients[-1]

    yield make
    for each in clients:
        await each.aclose()


def key_of(hub: Hub, role: Role) -> str:
    """The key of the home's device of a kind."""
    return next(state.key for state in hub.homes["home"].of_role(role))
