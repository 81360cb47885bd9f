"""Both flavours of everything, so that each promise is kept by each."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import openpower
from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_amber import Amber, AsyncAmber
from openpower_testing.faults import FaultServer


class Flavour:
    """One flavour: its clients and connections, and how to wait for them."""

    def __init__(self, name: str) -> None:
        self.name = name
        blocking = name == "sync"
        self.alphaess: Any = AlphaESS if blocking else AsyncAlphaESS
        self.amber: Any = Amber if blocking else AsyncAmber
        self.connect: Any = openpower.connect if blocking else openpower.connect_async

    async def ok(self, value: Any) -> Any:
        """The result of a call of either flavour."""
        return await value if inspect.isawaitable(value) else value

    async def close(self, what: Any) -> None:
        """Close a client or a connection of either flavour."""
        await self.ok(what.close() if self.name == "sync" else what.aclose())


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(request.param)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server on loopback whose answers a test chooses."""
    with FaultServer() as running:
        yield running
