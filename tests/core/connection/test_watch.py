"""``watch()`` of every device: readings as they change, through failures, until the connection is closed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.capabilities import Capabilities
from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed, RateLimited, ServiceUnavailable, StaleData, Unsupported
from openpower_core.readings import MeterReading, Stamp

START = datetime(2026, 8, 1, tzinfo=UTC)
DOWN = ServiceUnavailable("the service is down.", provider="acme-cloud")
END = AuthenticationFailed("the end of the test.")


def reading(power_w: float, measured_s: float | None = None) -> MeterReading:
    measured = None if measured_s is None else START + timedelta(seconds=measured_s)
    return MeterReading(stamp=Stamp(received_at=START, measured_at=measured), power_w=power_w)


class Watched:
    """A meter whose answers are written down beforehand, watched in either flavour."""

    def __init__(self, flavour: Any, settle: Any) -> None:
        self.flavour, self.settle = flavour, settle
        self.clock = ManualClock(START)
        self.home = flavour.home(clock=self.clock)
        self.asked: list[float] = []
        self.reported: list[Any] = []

    async def meter(self, *answers: Any) -> Any:
        meter = await self.settle(self.home.meter())
        left = iter(answers)

        def read(**_: Any) -> Any:
            self.asked.append(self.clock.monotonic())
            answer = next(left, END)
            if isinstance(answer, Exception):
                raise answer
            return answer

        async def read_async(**_: Any) -> Any:
            return read()

        meter.read = read if self.flavour.name == "sync" else read_async
        return meter

    def start(self, meter: Any, interval: float | None = 10) -> Any:
        return meter.watch(interval, on_failure=self.reported.append)

    async def next(self, iterator: Any) -> Any:
        """The next reading; None where the iteration has ended."""
        return next(iterator, None) if self.flavour.name == "sync" else await anext(iterator, None)

    async def all(self, *answers: Any, interval: float | None = 10) -> list[Any]:
        """What it yields of these answers; a refused credential ends it."""
        iterator, seen = self.start(await self.meter(*answers), interval), []
        with pytest.raises(AuthenticationFailed):
            await self._collect(iterator, seen)
        return seen

    async def _collect(self, iterator: Any, seen: list[Any]) -> None:
        while True:
            seen.append(await self.next(iterator))


@pytest.fixture
def watched(flavour: Any, settle: Any) -> Watched:
    return Watched(flavour, settle)


async def test_it_yields_what_changes(watched: Watched) -> None:
    seen = await watched.all(reading(1), reading(1), reading(2), reading(2), reading(1))

    assert [each.power_w for each in seen] == [1, 2, 1]
    assert watched.asked == [0, 10, 20, 30, 40, 50]
    assert watched.reported == []


async def test_the_same_figure_measured_anew_is_a_reading(watched: Watched) -> None:
    seen = await watched.all(reading(1, 0), reading(1, 0), reading(1, 20))
    assert [each.stamp.measured_at for each in seen] == [START, START + timedelta(seconds=20)]


async def test_the_interval_is_the_vendors_own_unless_one_is_given(watched: Watched) -> None:
    await watched.all(reading(1), reading(2), interval=None)
    every = Capabilities().interval.total_seconds()
    assert watched.asked == [0, every, 2 * every]


async def test_a_failure_and_the_recovery_are_each_reported_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    stale = StaleData("data of yesterday.")
    with caplog.at_level(logging.INFO, logger="openpower"):
        seen = await watched.all(reading(1), DOWN, DOWN, stale, reading(2), reading(3), DOWN, reading(3))

    assert [each.power_w for each in seen] == [1, 2, 3]
    assert watched.reported == [DOWN, None, DOWN, None]
    levels = [each.levelname for each in caplog.records if "read" in each.getMessage()]
    assert levels == ["WARNING", "INFO", "WARNING", "INFO"]


async def test_the_pause_grows_up_to_five_minutes(watched: Watched) -> None:
    await watched.all(*[DOWN] * 7, reading(1))
    pauses = [after - before for before, after in zip(watched.asked, watched.asked[1:], strict=False)]
    assert pauses == [20, 40, 80, 160, 300, 300, 300, 10]


async def test_a_long_interval_does_not_shrink(watched: Watched) -> None:
    await watched.all(DOWN, DOWN, interval=900)
    assert watched.asked == [0, 900, 1800]


async def test_a_retry_after_is_honoured(watched: Watched) -> None:
    limited = RateLimited("slow down.", retry_after=timedelta(seconds=1234))
    short = RateLimited("slow down.", retry_after=timedelta(seconds=1))
    await watched.all(limited, reading(1), short)
    assert watched.asked == [0, 1234, 1244, 1264]


async def test_unsupported_raises_at_the_call(watched: Watched) -> None:
    meter = await watched.meter()
    meter._capabilities = Capabilities()
    with pytest.raises(Unsupported):
        watched.start(meter)
    assert watched.asked == []


@pytest.mark.parametrize("interval", [-1, "soon", float("nan")])
async def test_a_wrong_interval_raises_at_the_call(watched: Watched, interval: Any) -> None:
    from openpower_core.errors import InvalidValue

    meter = await watched.meter()
    with pytest.raises(InvalidValue):
        watched.start(meter, interval)


async def test_closing_the_connection_ends_the_iteration(watched: Watched) -> None:
    from openpower_core.errors import ConnectionClosed

    iterator = watched.start(await watched.meter(reading(1), ConnectionClosed(provider="acme-cloud")))
    await watched.next(iterator)
    await watched.flavour.close(watched.home)
    assert await watched.next(iterator) is None
    assert watched.reported == []


async def test_leaving_the_iteration_closes_it(watched: Watched, settle: Any) -> None:
    iterator = watched.start(await watched.meter(reading(1), reading(2)))
    await watched.next(iterator)
    await settle(iterator.close() if watched.flavour.name == "sync" else iterator.aclose())
    assert await watched.next(iterator) is None
    assert watched.asked == [0]
