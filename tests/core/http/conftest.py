"""Both flavours of the client behind one synchronous face, so that each rule is proved for both."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.http import Answer, AsyncHttpClient, HttpClient
from openpower_testing.faults import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


class Client:
    """A client of either flavour; the asynchronous one runs in its own loop."""

    def __init__(self, flavour: str, **options: Any) -> None:
        self.runner = asyncio.Runner() if flavour == "async" else None
        options = {"provider": "acme", **options}
        self.client: Any = AsyncHttpClient(**options) if self.runner else HttpClient(**options)

    def request(self, method: str = "GET", path: str = "/x", **options: Any) -> Answer:
        result = self.client.request(method, path, operation="getX", **options)
        answer: Answer = self.runner.run(result) if self.runner else result
        return answer

    def close(self) -> None:
        if self.runner:
            self.runner.run(self.client.aclose())
        else:
            self.client.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock on which every wait is over at once."""
    return ManualClock(NOW)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, server: FaultServer, clock: ManualClock) -> Iterator[Callable[..., Client]]:
    """Make a client of the flavour under test, of the server by default."""
    made: list[Client] = []

    def build(**options: Any) -> Client:
        made.append(Client(request.param, **{"base_url": f"{server.url}/api", "clock": clock, **options}))
        return made[-1]

    yield build
    for each in made:
        each.close()
        if each.runner:
            each.runner.close()


@pytest.fixture
def client(make: Callable[..., Client]) -> Client:
    return make()
