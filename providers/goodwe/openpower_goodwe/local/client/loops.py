"""Where the library's coroutines run: on the caller's own event loop, or on the thread of a blocking connection.

The library ``goodwe`` is asyncio-only; this is the one place where the flavours differ.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import finalize

from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


T = TypeVar("T")


class AsyncLoop:
    """The loop that the caller runs on."""

    def __init__(self) -> None:
        self._closed = False

    async def run(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine and give its result."""
        if self._closed:
            raise _closed()
        return await call()

    async def aclose(self) -> None:
        """Refuse further calls."""
        self._closed = True


class Loop:
    """A loop on a thread of its own, started at the first call and ended by :meth:`close`."""

    def __init__(self) -> None:
        self._lock = core.Lock()
        self._closed = False
        self._running: _Running | None = None

    def run(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the thread, and wait for its result; an interrupt here cancels it there."""
        with self._lock:
            if self._closed:
                raise _closed()
            if self._running is None or not self._running.alive:  # a forked child has the object without its thread
                self._running = _Running()
                # A forgotten connection ends its thread too.
                finalize(self, self._running.stop)
            loop = self._running.loop
        future = asyncio.run_coroutine_threadsafe(call(), loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, None
        if running is not None:
            running.stop()


class _Running:
    """A running loop; holds no reference to who made it, so that forgetting that one can end it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_live, args=(self.loop,), name="openpower-goodwe-local", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        if self.alive:
            self.loop.call_soon_threadsafe(self.loop.stop)
            if threading.current_thread() is not self._thread:
                self._thread.join()


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        # Sockets are closed in the next iteration of the loop.
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()


def _closed() -> core.ConnectionClosed:
    return core.ConnectionClosed(provider="goodwe-local")
