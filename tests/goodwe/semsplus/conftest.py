"""The emulated service on its own clock, and both flavours over it."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_goodwe import AsyncSemsPlus, SemsPlus
from openpower_goodwe.semsplus.emulator import Emulator, serve
from openpower_goodwe.semsplus.plugin import openpower_provider

NOW = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)  # a Monday evening, 19:00 in Amsterdam


class Flavour:
    """Makes clients and connections of one flavour to the emulator."""

    def __init__(self, name: str, emulator: Emulator, url: str, state_dir: Path) -> None:
        self.name = name
        self.emulator = emulator
        self.clock: Any = emulator.clock
        self.options = {**emulator.options, "base_url": url, "clock": self.clock}
        self.state_dir = state_dir

    def client(self, **options: Any) -> Any:
        """A native client."""
        kind: Any = SemsPlus if self.name == "sync" else AsyncSemsPlus
        return kind(**self.options | options)

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        return open_it(openpower_provider(), **self.options | {"state_dir": self.state_dir} | options)

    @property
    def calls(self) -> list[str]:
        """The last word of every path that was asked."""
        return [each.path.rpartition("/")[2] for each in self.emulator.requests]

    @property
    def writes(self) -> list[str]:
        """The same for writes."""
        seen = self.emulator.requests
        return [each.path.rpartition("/")[2] for each in seen if each.writes]


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(clock=ManualClock(NOW), redirects=True)


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path) -> Any:
    with serve(emulator) as served:
        yield Flavour(request.param, emulator, served.url, tmp_path)


@pytest.fixture
async def home(flavour: Flavour) -> Any:
    """A connection, closed at the end."""
    opened = flavour.connect()
    yield opened
    await ok(opened.close() if flavour.name == "sync" else opened.aclose())


@pytest.fixture
async def api(flavour: Flavour) -> Any:
    """A native client, closed at the end."""
    client = flavour.client(station_id=flavour.emulator.station.plate.station_id)
    yield client
    await ok(client.close() if flavour.name == "sync" else client.aclose())
