"""``watch()`` of every provider ends with its connection, at once and not at the next reading, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import test_demo as demo
import test_parts as parts

from openpower import AsyncSite, Feature, Site
from openpower_core.clock import ManualClock, SystemClock
from openpower_core.errors import ConnectionClosed
from openpower_testing.harness import Harness

HOUR = timedelta(hours=1)
AT_ONCE_S = 5.0
"""Far below the interval of these watches; a busy machine needs a moment."""


HOMES = (demo.TestDemo, *parts.HOMES)


class RealWaits(SystemClock):
    """A clock that waits in real time while its time of day is the harness's."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()


def _watchable(devices: list[Any]) -> list[Any]:
    can = (Feature.READ, Feature.CURRENT_PRICE)
    return [device for device in devices if any(device.capabilities[each] for each in can)]


def _watches(connection: Any, devices: list[Any], site: type[Any]) -> list[Any]:
    return [*(device.watch(HOUR) for device in devices), site(connection).watch(HOUR)]


async def _aclose(connection: Any) -> tuple[list[Any], list[Any]]:
    """Close it while all its devices are watched; these, and what else they gave."""
    devices = _watchable(await connection.devices())
    watches = _watches(connection, devices, AsyncSite)
    for each in watches:
        await anext(each)
    tasks = [asyncio.create_task(anext(each, None)) for each in watches]
    await asyncio.sleep(0.1)  # now they wait
    await connection.aclose()
    return devices, await asyncio.wait_for(asyncio.gather(*tasks), AT_ONCE_S)


def _close(connection: Any) -> tuple[list[Any], list[Any]]:
    devices = _watchable(connection.devices())
    watches = _watches(connection, devices, Site)
    for each in watches:
        next(each)
    with ThreadPoolExecutor(len(watches)) as pool:
        futures = [pool.submit(next, each, None) for each in watches]
        time.sleep(0.1)
        connection.close()
        return devices, [future.result(AT_ONCE_S) for future in futures]


@pytest.mark.parametrize("flavour", ["sync", "async"])
@pytest.mark.parametrize("kind", HOMES, ids=lambda kind: kind.__name__)
async def test_closing_the_connection_ends_every_watch_at_once(
    kind: Any, flavour: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a failure that is logged; what is asked for afterwards says that the connection is closed."""
    async with Harness(kind(), flavour=flavour) as harness:
        connection = harness.connect(clock=RealWaits(harness._manual))
        with caplog.at_level(logging.INFO, "openpower"):
            closing = _aclose(connection) if flavour == "async" else asyncio.to_thread(_close, connection)
            devices, further = await closing

        assert not any(further)
        assert not [record for record in caplog.records if "cannot be read" in record.getMessage()]
        assert not connection.closing.wakers
        for device in devices:
            with pytest.raises(ConnectionClosed):
                await harness.call(device, "read" if device.capabilities[Feature.READ] else "current_price")


@pytest.mark.parametrize("how", ["break", "aclose", "cancel"])
@pytest.mark.parametrize("kind", [demo.TestDemo, parts.Amber], ids=lambda kind: kind.__name__)
async def test_leaving_a_watch_leaves_nothing_behind(kind: Any, how: str) -> None:
    """No task, no waker; the connection stays open."""
    async with Harness(kind(), flavour="async") as harness:
        connection = harness.connect(clock=RealWaits(harness._manual))
        device = _watchable(await connection.devices())[0]
        site = AsyncSite(connection)
        await site.snapshot()
        before = asyncio.all_tasks()
        for readings in (device.watch(HOUR), site.watch(HOUR)):
            await anext(readings)
            if how == "cancel":
                task = asyncio.create_task(anext(readings))
                await asyncio.sleep(0.05)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            elif how == "break":
                async for _ in device.watch(HOUR):
                    break
                gc.collect()
            await readings.aclose()
            await asyncio.sleep(0.05)

            assert asyncio.all_tasks() <= before
            assert not connection.closing.wakers
        assert not connection.closed
        assert await connection.devices()
