"""The clocks: what moves them, and who wakes."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from openpower_core.clock import SYSTEM_CLOCK, Clock, ManualClock, ScaledClock
from openpower_core.errors import InvalidValue

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def test_every_clock_is_a_clock() -> None:
    """All three kinds satisfy the protocol, and tell aware times in UTC."""
    for clock in (SYSTEM_CLOCK, ManualClock(NOON), ScaledClock(NOON, 60)):
        assert isinstance(clock, Clock)
        assert clock.now().utcoffset() == timedelta(0)


def test_sleeping_advances_a_manual_clock() -> None:
    """Nothing waits on it: sleeping moves it on."""
    clock = ManualClock(NOON)
    clock.sleep(3600)

    assert clock.now() == NOON + timedelta(hours=1)
    assert clock.monotonic() == 3600


async def test_sleeping_advances_a_manual_clock_in_asyncio() -> None:
    """The same holds for tasks."""
    clock = ManualClock(NOON)
    await asyncio.gather(clock.asleep(10), clock.asleep(20))

    assert clock.monotonic() == 30


async def test_advancing_wakes_tasks() -> None:
    """A task sleeps until another one has advanced the clock far enough, and not before."""
    clock = ManualClock(NOON, sleeping_advances=False)
    sleeper = asyncio.create_task(clock.asleep(10))
    await asyncio.sleep(0)
    clock.advance(9)
    await asyncio.sleep(0)
    assert not sleeper.done()

    clock.advance(timedelta(seconds=1))
    await asyncio.wait_for(sleeper, 5)


async def test_a_thread_wakes_tasks() -> None:
    """The clock may be advanced from outside the event loop."""
    clock = ManualClock(NOON, sleeping_advances=False)
    sleeper = asyncio.create_task(clock.asleep(10))
    await asyncio.sleep(0)
    threading.Thread(target=clock.advance, args=(10,)).start()

    await asyncio.wait_for(sleeper, 5)


def test_advancing_wakes_threads() -> None:
    """A thread sleeps until another one has advanced the clock far enough."""
    clock = ManualClock(NOON, sleeping_advances=False)
    sleeper = threading.Thread(target=clock.sleep, args=(10,), daemon=True)
    sleeper.start()
    for _ in range(100):
        clock.advance(10)
        sleeper.join(0.05)
        if not sleeper.is_alive():
            break

    assert not sleeper.is_alive()


def test_a_scaled_clock_runs_fast() -> None:
    """An hour on it passes in an instant."""
    clock = ScaledClock(NOON, 1_000_000)
    clock.sleep(3600)

    assert clock.now() >= NOON + timedelta(hours=1)


def test_time_only_goes_forward() -> None:
    """Advancing by a negative time, a speed of zero and a naive start are refused."""
    with pytest.raises(InvalidValue):
        ManualClock(NOON).advance(-1)
    with pytest.raises(InvalidValue):
        ScaledClock(NOON, 0)
    with pytest.raises(InvalidValue):
        ManualClock(datetime(2026, 8, 1))  # noqa: DTZ001
