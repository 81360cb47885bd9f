"""Both flavours over a stand-in whose answers a test sets, and the emulator on loopback."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async
from openpower_core.http.call import Answer
from openpower_dayahead.areas import to_area
from openpower_dayahead.client import Source, read
from openpower_dayahead.emulator import Emulator, ServedEmulator, serve
from openpower_dayahead.mapping import Spot, to_spots

NOW = datetime(2026, 8, 4, 13, 7, 30, tzinfo=UTC)
"""15:07 in Central Europe, when tomorrow is published."""


class Service:
    """Answers each request with what a test set, a response or a function of the request."""

    def __init__(self) -> None:
        self.answer: Any = httpx.Response(404, json={"detail": "No price data available"})
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answer(request) if callable(self.answer) else self.answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def sent(self) -> list[dict[str, str]]:
        """The query of each request."""
        return [dict(request.url.params) for request in self.requests]


class Flavour:
    """Makes connections of one flavour."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.name, self.clock = name, clock

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        return open_it("dayahead", **{"clock": self.clock, **options})

    async def ok(self, value: Any) -> Any:
        """The result of a call of either flavour."""
        return await value if inspect.isawaitable(value) else value

    async def retailer(self, **options: Any) -> Any:
        """The only device of a connection."""
        return await self.ok(self.connect(**options).retailer())


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> ManualClock:
    """Three in the afternoon, or when a test says."""
    return ManualClock(getattr(request, "param", NOW))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def over(service: Service) -> dict[str, Any]:
    """The options that make a client talk to the stand-in."""
    return {"transport": httpx.MockTransport(service)}


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, clock: ManualClock) -> Flavour:
    return Flavour(request.param, clock)


@pytest.fixture
def serving(clock: ManualClock) -> Iterator[Callable[..., ServedEmulator[Emulator]]]:
    """Serves the emulator of a source."""
    started: list[ServedEmulator[Emulator]] = []

    def start(source: str, area: str = "DE-LU", **options: Any) -> ServedEmulator[Emulator]:
        started.append(serve(Emulator(source, area, clock=clock, **options)).start())
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def spots() -> Callable[..., list[Spot]]:
    """The prices of a body."""

    def decode(source: str, body: bytes | str, area: str = "DE-LU", status: int = 200) -> list[Spot]:
        content = body.encode() if isinstance(body, str) else body
        answer = Answer(status=status, headers={}, content=content, url="http://x", operation="get_prices")
        document = read(Source(source), answer)
        return [] if document is None else to_spots(document, to_area(area))

    return decode
