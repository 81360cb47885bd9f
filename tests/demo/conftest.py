"""The simulated home in both flavours, on a manual clock."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async

NIGHT = datetime(2026, 11, 3, 14, tzinfo=UTC)
"""01:00 on a Wednesday in Sydney, in spring."""


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


class Flavour:
    """Makes connections of one flavour, on one clock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clock = ManualClock(NIGHT)

    def home(self, **options: Any) -> Home:
        """A home whose devices and answers are had the same way in both flavours."""
        return Home(self, **options)

    def connect(self, **options: Any) -> Any:
        """A home in Sydney with its own seed, unless one is given."""
        open_it: Any = connect if self.name == "sync" else connect_async
        seed = {} if "house" in options else {"seed": 7}
        return open_it("demo", **({"clock": self.clock} | seed | options))


class Home:
    """One connection, whose devices and their answers are had the same way in both flavours."""

    def __init__(self, flavour: Flavour, **options: Any) -> None:
        self.clock = flavour.clock
        self.connection = flavour.connect(**options)

    @property
    def native(self) -> Any:
        """The home's own API."""
        return self.connection.native

    @property
    def house(self) -> Any:
        """The simulated house."""
        return self.native.house

    async def ask(self, answer: Any) -> Any:
        """The result of a call of either flavour."""
        return await ok(answer)

    async def device(self, role: str) -> Any:
        """The one device of a role."""
        return await ok(getattr(self.connection, role)())

    async def read(self, role: str) -> Any:
        """What a device says now."""
        return await ok((await self.device(role)).read())

    async def call(self, role: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        """The answer to any call on a device."""
        return await ok(getattr(await self.device(role), method)(*arguments, **keywords))

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**by))

    async def close(self) -> None:
        """Close the connection."""
        closing = getattr(self.connection, "aclose", None) or self.connection.close
        await ok(closing())


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(request.param)


@pytest.fixture
async def home(flavour: Flavour) -> Any:
    home = Home(flavour)
    yield home
    await home.close()
