"""Everything that waits, in both flavours side by side.

An ``_async`` module imports everything that waits from here, by its asynchronous name; the generated ``_sync`` module
has the blocking name in its place (``NAME_PAIRS`` of ``openpower_testing/unasync.py``).

A forked child has only the thread that forked, and locks as they were: what another thread held would stay locked
forever. The locks of this module are free in a child.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakSet

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
    "in_forked_child",
    "renew_in_child",
    "sleep",
    "to_thread",
]


class _Renewable(Protocol):
    def renew(self) -> None:
        """Forget the threads that a forked child does not have."""


_RENEWED: WeakSet[_Renewable] = WeakSet()


def renew_in_child(thing: _Renewable) -> None:
    """Call the ``renew()`` of an object in every child that this process forks, for as long as the object exists."""
    _RENEWED.add(thing)


class Lock:
    """A lock for threads, free in a forked child unless the thread that forked holds it. Its holder may take it again.

    Args:
        brief: it is held for moments only, so that a fork waits for it and the child finds nothing half-changed.
    """

    def __init__(self, *, brief: bool = False) -> None:
        self.brief = brief
        self._lock = threading.RLock()
        renew_in_child(self)

    def __enter__(self) -> None:
        if self.brief and _forks:
            time.sleep(0.001)  # locks are not fair: a thread that takes it again and again would keep a fork waiting
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def take(self, within: float) -> bool:
        """Take it if that is possible within so many seconds; ``__exit__`` gives it back."""
        return self._lock.acquire(timeout=within)

    def renew(self) -> None:
        """Replace it if another thread holds it, which does not exist here."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = threading.RLock()


FORK_WAITS_S = 2.0
"""How long a fork waits for brief locks and for modules that another thread is importing."""
_IMPORTED = ("openpower", "httpx", "httpcore", "cattrs", "stamina", "pluggy", "sqlite3", "asyncio")
"""What is imported where it is first used, so that one thread may be importing it while another one forks."""

_FORKING = threading.RLock()
_taken: list[Lock] = []
_forks: list[int] = []  # the thread that is about to fork


def _before_fork() -> None:
    _FORKING.acquire()
    _forks.append(threading.get_ident())
    ends = time.monotonic() + FORK_WAITS_S
    # Python does not free the lock of a module that another thread is importing: the child could never import it.
    while threading.active_count() > 1 and _importing() and time.monotonic() < ends:
        time.sleep(0.001)
    _taken.extend(
        each
        for each in list(_RENEWED)
        if isinstance(each, Lock) and each.brief and each.take(max(0.0, ends - time.monotonic()))
    )


def _importing() -> bool:
    specs = (
        getattr(module, "__spec__", None) for name, module in list(sys.modules.items()) if name.startswith(_IMPORTED)
    )
    return any(getattr(spec, "_initializing", False) for spec in specs)


def _after_fork() -> None:
    while _taken:
        _taken.pop().__exit__()
    _forks.clear()
    _FORKING.release()


def _in_child() -> None:
    _after_fork()
    for each in list(_RENEWED):
        each.renew()


def in_forked_child(function: Callable[[], object]) -> None:
    """Call a function in every child that this process forks, before the child does anything else."""
    if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
        os.register_at_fork(after_in_child=function)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork)
in_forked_child(_in_child)

Event = threading.Event
Semaphore = threading.Semaphore
sleep = time.sleep

# asyncio costs a sixth of a cold start and synchronous programs never need it, so functions import it.

_GUARD = Lock(brief=True)  # one for the states of all ALocks


class ALock:
    """Lets one task through at a time, in the order in which they came (``async with lock``); its twin is :class:`Lock`.

    Tasks may be of different event loops and threads, and a second ``asyncio.run`` finds it free. ``asyncio.Lock``
    belongs to one loop, and a lock for threads would block a loop while it waits; so each waiting task is woken in its
    own loop.
    """

    def __init__(self) -> None:
        self._taken = False
        self._queue: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()
        renew_in_child(self)

    async def __aenter__(self) -> None:
        with _GUARD:
            if not self._taken:
                self._taken = True
                return
            import asyncio

            loop = asyncio.get_running_loop()
            called: asyncio.Future[None] = loop.create_future()
            self._queue.append((loop, called))
        try:
            await called
        except BaseException:
            self._give_up(called)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._call_next()

    def renew(self) -> None:
        """Forget who holds it and who waits: their threads do not exist here."""
        self._taken = False
        self._queue = deque()

    def _call_next(self) -> None:
        while True:
            with _GUARD:
                if not self._queue:
                    self._taken = False
                    return
                loop, called = self._queue.popleft()
            try:
                # The lock stays taken: it passes straight to the next task, so that no newcomer overtakes it.
                loop.call_soon_threadsafe(self._wake, called)
            except RuntimeError:  # its loop is closed
                continue
            return

    def _wake(self, called: asyncio.Future[None]) -> None:
        if called.done():  # it was cancelled on the way
            self._call_next()
        else:
            called.set_result(None)

    def _give_up(self, called: asyncio.Future[None]) -> None:
        with _GUARD:
            waiting = [each for each in self._queue if each[1] is not called]
            if len(waiting) < len(self._queue):
                self._queue = deque(waiting)
                return
        # It was called and cancelled at the same time: it owns the lock, and has to pass it on.
        if called.done() and not called.cancelled():
            self._call_next()


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
        self._lock = Lock()
        self._closed = False
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Start without a thread, as in a forked child; the next :meth:`wake` starts one."""
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

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
