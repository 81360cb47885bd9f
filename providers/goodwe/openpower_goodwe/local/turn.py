"""One request at a time for each inverter, whichever connection, thread or event loop of the process it comes from.

The inverters have one small processor for the local network and the cloud: two who ask at the same time take each
other's answers, and whoever asks without a pause keeps the inverter from reporting to SEMS (HA core#101817).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from types import TracebackType

    from openpower_core.clock import Clock

__all__ = ["Turn", "turn_of"]


class _Waiter:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.called: asyncio.Future[None] = self.loop.create_future()


class Turn:
    """A door that lets one through at a time, in the order in which they came (``async with turn``)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._queue: deque[_Waiter] = deque()
        self._polled: tuple[Clock, float] | None = None

    async def __aenter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            waiter = _Waiter()
            self._queue.append(waiter)
        try:
            await waiter.called
        except BaseException:
            self._give_up(waiter)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._call_next()

    def pause(self, clock: Clock, least: float) -> float:
        """Seconds until the inverter may be polled again; whoever asks has that place."""
        with self._guard:
            now, last = clock.monotonic(), self._polled
            due = now if last is None or last[0] is not clock else max(now, last[1] + least)
            self._polled = (clock, due)
            return due - now

    def _call_next(self) -> None:
        while True:
            with self._guard:
                if not self._queue:
                    self._taken = False
                    return
                waiter = self._queue.popleft()
            try:
                waiter.loop.call_soon_threadsafe(self._wake, waiter)
            except RuntimeError:  # its loop is closed
                continue
            return

    def _wake(self, waiter: _Waiter) -> None:
        if waiter.called.done():  # it was cancelled on the way
            self._call_next()
        else:
            waiter.called.set_result(None)

    def _give_up(self, waiter: _Waiter) -> None:
        with self._guard:
            if waiter in self._queue:
                self._queue.remove(waiter)
                return
        if waiter.called.done() and not waiter.called.cancelled():
            self._call_next()


_TURNS: WeakValueDictionary[tuple[str, int], Turn] = WeakValueDictionary()
_FINDING = threading.Lock()


def turn_of(host: str, port: int) -> Turn:
    """The door of one inverter, shared by all connections of the process that lead to it."""
    with _FINDING:
        turn = _TURNS.get((host, port))
        if turn is None:
            turn = _TURNS[host, port] = Turn()
        return turn
