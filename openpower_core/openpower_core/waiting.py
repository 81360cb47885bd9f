"""Everything that waits, in both flavours side by side.

An ``_async`` module imports everything that waits from here, by its asynchronous name; the generated ``_sync`` module
has the blocking name in its place (``NAME_PAIRS`` of ``openpower_testing/unasync.py``).
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
    "AsyncBackground",
    "Background",
    "Event",
    "Lock",
    "Semaphore",
    "agather",
    "asleep",
    "ato_thread",
    "gather",
    "sleep",
    "to_thread",
]


Lock = threading.Lock
Event = threading.Event
Semaphore = threading.Semaphore
sleep = time.sleep

# asyncio costs a sixth of a cold start and synchronous programs never need it, so functions import it.


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


async def asleep(seconds: float) -> None:
    """Let other tasks run for that long; its twin is ``time.sleep``."""
    import asyncio

    await asyncio.sleep(seconds)


async def agather(*calls: Awaitable[T]) -> list[T]:
    """Run the calls at the same time and return their results in order; the first failure is raised."""
    import asyncio

    return list(await asyncio.gather(*calls))


def gather(*results: T) -> list[T]:
    """Return the results of calls made one after the other; the twin of :func:`agather`."""
    return list(results)


async def ato_thread(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking function in a thread, so that the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(function, *args)


def to_thread(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking function here; the twin of :func:`ato_thread`."""
    return function(*args)


CLOSING_S = 10.0
"""How long closing waits for the current step."""


class Background:
    """Runs a step in a daemon thread: at once when woken, then after the pause that it asks for.

    A step that asks for no pause (None) ends the thread; the next :meth:`wake` starts a new one.
    """

    def __init__(self, step: Callable[[], float | None], *, name: str) -> None:
        self._step = step
        self._name = name
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def wake(self) -> None:
        """Run the next step now."""
        with self._lock:
            if self._closed:
                return
            self._woken.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            # Cleared before the step, so that a wake during the step asks for another one.
            self._woken.clear()
            pause = None if self._closed else self._step()
            with self._lock:
                if self._closed or (pause is None and not self._woken.is_set()):
                    self._thread = None
                    return
            self._woken.wait(pause)

    def close(self) -> None:
        """Run no further step, and wait a while for the current one."""
        with self._lock:
            self._closed = True
            self._woken.set()
            thread = self._thread
        # A step may close its own connection, and a thread cannot wait for itself.
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSING_S)


class AsyncBackground:
    """Runs a step in a task of the running event loop; otherwise like :class:`Background`."""

    def __init__(self, step: Callable[[], Awaitable[float | None]], *, name: str) -> None:
        self._step = step
        self._name = name
        self._task: asyncio.Task[None] | None = None
        self._woken: asyncio.Event | None = None
        self._closed = False

    def wake(self) -> None:
        """Run the next step soon; without a running event loop, at the next call."""
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._closed:
            return
        # A connection may live on from one event loop to the next (asyncio.run twice); the task of a closed loop never
        # runs again.
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._woken = asyncio.Event()
            self._task = loop.create_task(self._run(self._woken), name=self._name)
        elif self._woken is not None:
            self._woken.set()

    async def _run(self, woken: asyncio.Event) -> None:
        import asyncio

        while not self._closed:
            woken.clear()
            pause = await self._step()
            if pause is None and not woken.is_set():
                return
            try:
                await asyncio.wait_for(woken.wait(), pause)
            except TimeoutError:
                continue

    async def aclose(self) -> None:
        """Run no further step, and wait a while for the current one."""
        import asyncio

        self._closed = True
        if self._woken is not None:
            self._woken.set()
        task = self._task
        if task is None or task.done() or task is asyncio.current_task():
            return
        if task.get_loop() is asyncio.get_running_loop():
            await asyncio.wait({task}, timeout=CLOSING_S)
            task.cancel()
