"""Everything that waits, in both flavours side by side.

An ``_async`` module takes everything that waits from here, by the asynchronous name; in the generated ``_sync``
module the blocking name stands in its place (``NAME_PAIRS`` of ``openpower_testing/unasync.py``).
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

__all__ = [
    "AEvent",
    "ALock",
    "ASemaphore",
    "Event",
    "Lock",
    "Semaphore",
    "agather",
    "arunning_loop",
    "asleep",
    "atake",
    "ato_thread",
    "gather",
    "running_loop",
    "sleep",
    "take",
    "to_thread",
]


Lock = threading.Lock
Event = threading.Event
Semaphore = threading.Semaphore
sleep = time.sleep

# asyncio costs a sixth of a cold start, and synchronous programs never need it: hence the functions.


def ALock() -> asyncio.Lock:  # noqa: N802
    """Make an ``asyncio.Lock``; its twin is ``threading.Lock``."""
    import asyncio

    return asyncio.Lock()


def AEvent() -> asyncio.Event:  # noqa: N802
    """Make an ``asyncio.Event``; its twin is ``threading.Event``."""
    import asyncio

    return asyncio.Event()


def ASemaphore(value: int) -> asyncio.Semaphore:  # noqa: N802
    """Make an ``asyncio.Semaphore``; its twin is ``threading.Semaphore``."""
    import asyncio

    return asyncio.Semaphore(value)


def arunning_loop() -> asyncio.AbstractEventLoop | None:
    """Give the event loop; the twin, in blocking code, knows of none."""
    import asyncio

    return asyncio.get_running_loop()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Say that blocking code has no event loop; the twin of :func:`arunning_loop`."""
    return None


async def atake(semaphore: asyncio.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places within that time; False when none came free."""
    if not semaphore.locked():
        return await semaphore.acquire()
    import asyncio

    try:
        async with asyncio.timeout(seconds):
            return await semaphore.acquire()
    except TimeoutError:
        return False


def take(semaphore: threading.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places within that time; the twin of :func:`atake`."""
    return semaphore.acquire(timeout=seconds)


async def asleep(seconds: float) -> None:
    """Let other tasks run for that long; its twin is ``time.sleep``."""
    import asyncio

    await asyncio.sleep(seconds)


async def agather(*calls: Awaitable[T]) -> list[T]:
    """Run the calls at the same time and give their results in order; the first failure is raised."""
    import asyncio

    return list(await asyncio.gather(*calls))


def gather(*results: T) -> list[T]:
    """Give the results of calls that were made one after the other; the twin of :func:`agather`."""
    return list(results)


async def ato_thread(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking function in a thread, so that the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(function, *args)


def to_thread(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking function here; the twin of :func:`ato_thread`."""
    return function(*args)
