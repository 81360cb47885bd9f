"""The emulated Open API on its own clock, and both flavours over it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_goodwe import AsyncGoodWeOpenAPI, GoodWeOpenAPI
from openpower_goodwe.openapi.emulator import Emulator, serve
from openpower_goodwe.openapi.plugin import openpower_provider

NOON = datetime(2026, 6, 15, 10, tzinfo=UTC)  # in Berlin


class Flavour:
    """Makes clients and connections of one flavour to the emulator."""

    def __init__(self, name: str, emulator: Emulator, options: dict[str, Any]) -> None:
        self.name = name
        self.emulator = emulator
        self.clock: Any = emulator.clock
        self.options = {**options, "clock": self.clock}

    def client(self, **options: Any) -> Any:
        """A native client."""
        kind: Any = GoodWeOpenAPI if self.name == "sync" else AsyncGoodWeOpenAPI
        own = {name: value for name, value in self.options.items() if name != "tz"}
        return kind(**own | options)

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        return open_it(openpower_provider(), **self.options | options)


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Any:
    emulator = Emulator(clock=ManualClock(NOON))
    with serve(emulator) as served:
        yield Flavour(request.param, emulator, served.options)
