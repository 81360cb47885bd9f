"""``watch()``: readings as they change; a failure is told once and waited for; it ends with the connection."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from attrs import evolve

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.connection.context import Context
from openpower_core.devices._async_roles import AsyncBaseMeter
from openpower_core.devices._sync_roles import BaseMeter
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import (
    AuthenticationFailed,
    ConnectionClosed,
    NetworkError,
    OpenPowerError,
    RateLimited,
    Unsupported,
)
from openpower_core.readings import MeterReading, Stamp

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
INFO = DeviceInfo(id="AB0000000001/meter", provider="acme", serial="AB0000000001", role=Role.METER)
CAN = Capabilities(features={Feature.READ: Capability(support=Support.FULL)}, interval=timedelta(seconds=30))


class Watched:
    """A meter whose readings a test writes down: powers, readings and errors, one after the other."""

    def __init__(self, flavour: str, *script: Any) -> None:
        self.flavour, self.script = flavour, list(script)
        self.clock = ManualClock(NOON)
        self.at: list[float] = []
        self.told: list[OpenPowerError | None] = []

    def device(self, can: Capabilities = CAN) -> Any:
        watched = self

        class Meter(BaseMeter):
            def read(self, *, max_age: Any = None) -> Any:
                return watched._next()

        class AsyncMeter(AsyncBaseMeter):
            async def read(self, *, max_age: Any = None) -> Any:
                return watched._next()

        kind: Any = Meter if self.flavour == "sync" else AsyncMeter
        return kind(INFO, capabilities=can, context=Context(provider="acme", clock=self.clock))

    def _next(self) -> Any:
        self.at.append(self.clock.monotonic())
        step = self.script.pop(0) if self.script else ConnectionClosed(provider="acme")
        if isinstance(step, Exception):
            raise step
        if isinstance(step, MeterReading):
            return step
        return MeterReading(stamp=Stamp(received_at=self.clock.now()), power_w=step)

    async def seen(self, count: int | None = None, **options: Any) -> list[float | None]:
        """The powers that came, until it ended or there were so many."""
        readings = self.device().watch(on_failure=self.told.append, **options)
        if self.flavour == "sync":
            return [reading.power_w for reading in islice(readings, count)]
        found: list[float | None] = []
        async for reading in readings:
            found.append(reading.power_w)
            if len(found) == count:
                break
        await readings.aclose()
        return found


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_it_gives_what_changed_at_the_vendors_interval(flavour: str) -> None:
    watched = Watched(flavour, 100, 100, 200, 200, 100)

    assert await watched.seen() == [100, 200, 100]
    assert watched.at == [0, 30, 60, 90, 120, 150]
    assert watched.told == []


async def test_the_interval_may_be_another(flavour: str) -> None:
    watched = Watched(flavour, 100, 200)

    assert await watched.seen(interval=5) == [100, 200]
    assert watched.at == [0, 5, 10]


async def test_unchanged_readings_come_when_asked_for(flavour: str) -> None:
    """They show that the device still answers."""
    assert await Watched(flavour, 5.0, 5.0, 6.0, 6.0).seen() == [5.0, 6.0]
    assert await Watched(flavour, 5.0, 5.0, 6.0, 6.0).seen(unchanged=True) == [5.0, 5.0, 6.0, 6.0]


async def test_a_new_measurement_of_the_same_figures_is_a_change(flavour: str) -> None:
    first = MeterReading(stamp=Stamp(received_at=NOON, measured_at=NOON - timedelta(minutes=2)), power_w=100)
    again = evolve(first, stamp=evolve(first.stamp, measured_at=NOON - timedelta(minutes=1)))

    assert await Watched(flavour, first, first, again).seen() == [100, 100]


async def test_a_failure_is_told_once_and_so_is_its_end(flavour: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openpower")
    lost = NetworkError("no network.")
    watched = Watched(flavour, 100, lost, lost, lost, 100, 200)

    assert await watched.seen() == [100, 200]
    assert watched.told == [lost, None]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "AB…0001/meter" in caplog.records[0].getMessage()


async def test_the_distance_grows_while_it_fails(flavour: str) -> None:
    watched = Watched(flavour, 100, *[NetworkError("no network.")] * 6, 200)

    assert await watched.seen(2) == [100, 200]
    assert watched.at == [0, 30, 90, 210, 450, 750, 1050, 1350]


async def test_a_rate_limit_is_waited_for(flavour: str) -> None:
    watched = Watched(flavour, RateLimited("slowly.", retry_after=timedelta(hours=1)), 200)

    assert await watched.seen(1) == [200]
    assert watched.at == [0, 3600]


async def test_what_cannot_pass_is_raised(flavour: str) -> None:
    with pytest.raises(AuthenticationFailed):
        await Watched(flavour, 100, AuthenticationFailed("wrong password.")).seen()


def test_what_cannot_be_read_is_refused_at_once(flavour: str) -> None:
    with pytest.raises(Unsupported):
        Watched(flavour).device(Capabilities()).watch()


async def test_leaving_the_loop_closes_it(flavour: str) -> None:
    watched = Watched(flavour, *range(100))

    assert await watched.seen(2) == [0, 1]
    assert len(watched.script) == 98


def test_both_flavours_are_generators() -> None:
    assert inspect.isgenerator(Watched("sync").device().watch())
    assert inspect.isasyncgen(Watched("async").device().watch())
