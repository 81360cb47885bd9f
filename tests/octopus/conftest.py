"""A stand-in whose answers a test sets, the emulator on loopback, and connections of both flavours over each."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async
from openpower_octopus import AsyncOctopus, Octopus
from openpower_octopus.emulator import Emulator, ServedEmulator, serve
from openpower_octopus.plugin import openpower_provider

NOW = datetime(2026, 8, 4, 10, 7, 30, tzinfo=UTC)
"""11:07:30 in London."""


def rate(
    inc: float | None, start: str | None, end: str | None, method: str | None = None, exc: float | None = None
) -> dict[str, Any]:
    """A row of rates, its value without VAT by 5 % unless given."""
    without = exc if exc is not None or inc is None else round(inc / 1.05, 6)
    return {
        "value_exc_vat": without,
        "value_inc_vat": inc,
        "valid_from": start,
        "valid_to": end,
        "payment_method": method,
    }


def agreement(code: str, start: str | None, end: str | None = None) -> dict[str, Any]:
    return {"tariff_code": code, "valid_from": start, "valid_to": end}


def account(*agreements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An account with one home and one meter point of import."""
    point = {
        "mpan": "1000000000001",
        "is_export": False,
        "meters": [{"serial_number": "00L0000001"}],
        "agreements": [*agreements],
    }
    home = {"id": 1, "moved_out_at": None, "electricity_meter_points": [point], "gas_meter_points": []}
    return {"number": "A-00000001", "properties": [{**home, **more}]}


class Service:
    """Answers by the end of the path: a list is a page, an object is JSON, a response is itself, a function is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        found = next((answer for end, answer in self.answers.items() if path.endswith(end)), None)
        found = found(request) if callable(found) else found
        if found is None:
            return httpx.Response(404, json={"detail": "Not found."})
        if isinstance(found, list):
            found = {"count": len(found), "next": None, "previous": None, "results": found}
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    @property
    def sent(self) -> list[str]:
        """Path and query of each request."""
        return [request.url.raw_path.decode() for request in self.requests]


class Flavour:
    """Makes clients and connections of one flavour."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.name = name
        self.clock = clock

    def client(self, *arguments: Any, **options: Any) -> Any:
        """A native client."""
        kind: Any = Octopus if self.name == "sync" else AsyncOctopus
        return kind(*arguments, **{"clock": self.clock, **options})

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        return open_it(openpower_provider(), **{"clock": self.clock, **options})

    async def ok(self, value: Any) -> Any:
        """The result of a call of either flavour."""
        return await value if inspect.isawaitable(value) else value

    async def close(self, client: Any) -> None:
        """Close a client or connection."""
        await self.ok(client.close() if self.name == "sync" else client.aclose())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, clock: ManualClock) -> Flavour:
    return Flavour(request.param, clock)


@pytest.fixture
def emulator(clock: ManualClock) -> Emulator:
    return Emulator(clock=clock)


@pytest.fixture
def served(emulator: Emulator) -> Iterator[ServedEmulator[Emulator]]:
    with serve(emulator) as running:
        yield running


@pytest.fixture
def retailer_of(flavour: Flavour, service: Service) -> Any:
    """The retailer of an account with some agreements, over the stand-in."""

    async def made(*agreements: dict[str, Any], options: dict[str, Any] | None = None, **more: Any) -> Any:
        service.answers["/accounts/A-00000001/"] = account(*agreements, **more)
        over = {"api_key": "sk_live_x", "account": "A-00000001", "transport": httpx.MockTransport(service)}
        if flavour.name == "async":
            over["transport"] = httpx.MockTransport(service)
        return await flavour.ok(flavour.connect(**over, **(options or {})).retailer())

    return made
