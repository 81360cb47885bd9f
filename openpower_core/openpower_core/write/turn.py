"""Whose turn it is to write to a box, within this process: threads, tasks and event loops alike."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from threading import Lock
from typing import Final

from openpower_core.errors import Timeout

__all__ = ["AsyncTurn", "Turn"]

_guard = Lock()
_queues: Final[dict[str, deque[Future[None]]]] = {}


def _line_up(key: str) -> Future[None]:
    """Stand in line; the first in line is the one whose turn it is."""
    mine: Future[None] = Future()
    with _guard:
        queue = _queues.setdefault(key, deque())
        queue.append(mine)
        if queue[0] is mine:
            mine.set_result(None)
    return mine


def _leave(key: str, mine: Future[None]) -> None:
    """Step out of the line, and call the next one if it was our turn."""
    with _guard:
        queue = _queues[key]
        queue.remove(mine)
        # One that gave up waiting is done too: it leaves by itself, and calls the next one then.
        if queue and not queue[0].done() and queue[0].set_running_or_notify_cancel():
            queue[0].set_result(None)
        if not queue:
            del _queues[key]


class Turn:
    """A context that waits for the turn and passes it on at the end."""

    def __init__(self, key: str, *, timeout: float) -> None:
        self._key = key
        self._timeout = timeout

    def __enter__(self) -> None:
        self._mine = _line_up(self._key)
        try:
            self._mine.result(self._timeout)
        except TimeoutError as error:
            _leave(self._key, self._mine)
            raise _too_long(self._timeout) from error
        except BaseException:
            _leave(self._key, self._mine)
            raise

    def __exit__(self, *_: object) -> None:
        _leave(self._key, self._mine)


class AsyncTurn:
    """A context that waits for the turn without blocking the event loop, and passes it on at the end."""

    def __init__(self, key: str, *, timeout: float) -> None:
        self._key = key
        self._timeout = timeout

    async def __aenter__(self) -> None:
        import asyncio

        self._mine = _line_up(self._key)
        if self._mine.done():
            return
        try:
            await asyncio.wait_for(asyncio.wrap_future(self._mine), self._timeout)
        except TimeoutError as error:
            _leave(self._key, self._mine)
            raise _too_long(self._timeout) from error
        except BaseException:
            _leave(self._key, self._mine)
            raise

    async def __aexit__(self, *_: object) -> None:
        _leave(self._key, self._mine)


def _too_long(seconds: float) -> Timeout:
    return Timeout(
        f"another write to this box in this process did not end within {seconds:g} s; nothing was sent.",
        hint="Give every write a deadline, and run blocking writes outside the event loop.",
    )
