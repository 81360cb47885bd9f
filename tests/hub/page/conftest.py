"""A hub with the simulated home at a fixed time, and a browser's requests to it without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import pytest
from page_server import settled

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_hub.config import HistoryConfig, HomeConfig, HTTPConfig, HubConfig, Token
from openpower_hub.engine import Hub
from openpower_hub.http import application

MORNING = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
"""10:30 in Sydney, where the simulated home is: the sun shines."""
TOKEN = "page-test-token"
Get = Callable[..., Awaitable[httpx.Response]]


def config_of(*homes: str, control: bool = True) -> HubConfig:
    """Simulated homes, and one token that may control them."""
    return HubConfig(
        homes={name: HomeConfig(name=name, profiles=["demo"]) for name in homes},
        http=HTTPConfig(
            enabled=False,
            control=["battery", "ev_charger"] if control else [],
            tokens={"me": Token(sha256=sha256(TOKEN.encode()).hexdigest(), rights=["read", "control"])},
        ),
        history=HistoryConfig(enabled=False),
    )


@pytest.fixture
def clock() -> ManualClock:
    """Stands still until a test moves it."""
    return ManualClock(MORNING, sleeping_advances=False)


@pytest.fixture
async def hub(clock: ManualClock) -> AsyncIterator[Hub]:
    """One simulated home, read once."""

    def connect(profile: str, **options: Any) -> Any:
        return connect_async(profile, clock=clock, seed=1, **options)

    made = Hub(config_of("house"), clock=clock, connect=connect)
    running = asyncio.create_task(made.run())
    await settled(made, "house")
    yield made
    made.stop()
    clock.advance(1)
    await asyncio.wait_for(running, 20)


@pytest.fixture
async def browser(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    """Requests as a browser on this machine sends them."""
    transport = httpx.ASGITransport(application(hub), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8484") as client:
        yield client


@pytest.fixture
async def owner(browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same, signed in."""
    answer = await browser.post("/sign-in", data={"token": TOKEN})
    assert answer.status_code == 303
    return browser
