"""The emulator on loopback, a stand-in whose responses a test sets, and both flavours over each."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_amber import Amber, AsyncAmber
from openpower_amber.emulator import Emulator, ServedEmulator, serve
from openpower_amber.plugin import openpower_provider
from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 8, 4, 3, 17, 3, tzinfo=UTC)
"""13:17:03 in market time, three seconds into no interval: that of 13:15 runs and is confirmed."""
SITE = "01HZXEM0SA1TEDS1TE00000001"


class Service:
    """Answers by the last part of the path: a list is JSON, a response is itself, a function is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[request.url.path.rpartition("/")[2]]
        answer = answer(request) if callable(answer) else answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def sent(self) -> list[str]:
        """Path and query of each request."""
        return [request.url.raw_path.decode() for request in self.requests]


class Flavour:
    """Makes clients and connections of one flavour."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.name = name
        self.clock = clock

    def client(self, token: str | None = "psk_a", site: str | None = SITE, **options: Any) -> Any:
        """A native client."""
        kind: Any = Amber if self.name == "sync" else AsyncAmber
        return kind(token, site, **{"clock": self.clock, **options})

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        return open_it(openpower_provider(), **{"clock": self.clock, "token": "psk_a", **options})

    async def ok(self, value: Any) -> Any:
        """The result of a call of either flavour; an iterator of either becomes a list."""
        if inspect.isawaitable(value):
            return await value
        if inspect.isasyncgen(value):
            return [item async for item in value]
        return list(value) if inspect.isgenerator(value) else value

    async def close(self, client: Any) -> None:
        """Close a client or connection."""
        await self.ok(client.close() if self.name == "sync" else client.aclose())


@pytest.fixture
def clock() -> ManualClock:
    """A clock on which every wait is over at once."""
    return ManualClock(NOW)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def over(service: Service) -> dict[str, Any]:
    """The options that make a client talk to the stand-in."""
    return {"transport": httpx.MockTransport(service)}


@pytest.fixture
def emulator(clock: ManualClock) -> Emulator:
    return Emulator(clock=clock)


@pytest.fixture
def served(emulator: Emulator) -> Iterator[ServedEmulator[Emulator]]:
    with serve(emulator) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, clock: ManualClock) -> Flavour:
    return Flavour(request.param, clock)
