"""Emulated inverters on loopback, on a clock that tests move, and both flavours over them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_goodwe.local import AsyncGoodWeLocal, GoodWeLocal
from openpower_goodwe.local.emulator import EmulatedDT, EmulatedES, EmulatedET, ServedInverter, serve
from openpower_goodwe.local.plugin import openpower_provider

MORNING_IN_SYDNEY = datetime(2026, 1, 9, 21, 0, tzinfo=UTC)
FAMILIES: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "ET": (EmulatedET, "96000EHU", {}),
    "ET v1": (EmulatedET, "96000EHU", {"firmware": 17}),
    "ET 745": (EmulatedET, "96000ETT", {}),
    "ES": (EmulatedES, "95048ESU", {}),
    "ES v1": (EmulatedES, "95048ESU", {"firmware": "1010B"}),
    "DT": (EmulatedDT, "06000DTU", {}),
    "DT 1": (EmulatedDT, "56000DSN", {"phases": 1}),
}
NUMBERS = count(1)
FRESH = timedelta(0)


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


def _family(served: Any) -> str | None:
    """Given, because detecting it takes the time of a few unanswered tries."""
    inverter = getattr(served, "inverter", None)
    return None if inverter is None else inverter.family


class Flavour:
    """Makes clients and connections of one flavour."""

    def __init__(self, name: str, clock: ManualClock, state_dir: Path) -> None:
        self.name = name
        self.clock = clock
        self.state_dir = state_dir

    def client(self, served: ServedInverter, **options: Any) -> Any:
        """A native client."""
        kind: Any = GoodWeLocal if self.name == "sync" else AsyncGoodWeLocal
        usual = {"clock": self.clock, "answer_within": 0.3, "family": _family(served)}
        return kind(**(served.options | usual | options))

    def connect(self, served: ServedInverter, **options: Any) -> Any:
        """A connection, to be closed with :meth:`close`."""
        open_it: Any = connect if self.name == "sync" else connect_async
        usual = {"clock": self.clock, "answer_within": 0.3, "tz": "Australia/Sydney", "state_dir": self.state_dir}
        known = {"family": _family(served)}
        return open_it(openpower_provider(), **(served.options | usual | known | options))

    async def close(self, thing: Any) -> None:
        """Close a client or a connection."""
        await ok(thing.close() if self.name == "sync" else thing.aclose())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING_IN_SYDNEY)


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Flavour:
    return Flavour(request.param, clock, tmp_path)


@pytest.fixture
def make(clock: ManualClock) -> Iterator[Callable[..., ServedInverter]]:
    """Serve an emulated inverter by the name of its kind, until the test is over."""
    with ExitStack() as stack:

        def make(kind: str = "ET", *, protocol: str = "udp", **options: Any) -> ServedInverter:
            latency = options.pop("latency_s", 0.0)
            cls, prefix, usual = FAMILIES[kind]
            # What is remembered of writes goes by the serial number: each test has its own.
            serial = f"{prefix}000W{next(NUMBERS):04d}"
            inverter = cls(**{"clock": clock, "serial": serial} | usual | options)
            return stack.enter_context(serve(inverter, protocol=protocol, latency_s=latency))

        yield make
