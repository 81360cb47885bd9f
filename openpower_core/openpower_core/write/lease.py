"""Who may write to a box: a lock among threads, tasks and event loops, and a lease among processes.

The lease outlives no crash: others can tell that its holder is gone.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections import deque
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

from attrs import field, frozen

from openpower_core.checks import aware
from openpower_core.errors import Timeout

LEASE: Final = timedelta(minutes=5)
"""How long a lease lasts where nobody can tell whether its holder still lives; longer than any one send."""


@frozen(kw_only=True)
class Holder:
    """The process that holds a lease, described so that others can tell whether it still lives."""

    token: str
    """Tells two leases of one process apart."""
    place: str
    """The machine since it was started, and the container: process ids mean something only there."""
    pid: int
    born: str
    """When the process started, in the kernel's words: ids are used again, this is not."""
    expires_at: datetime = field(converter=aware)


def holder(now: datetime) -> Holder:
    """Describe this process, with a lease that begins now."""
    pid = os.getpid()
    return Holder(token=uuid.uuid4().hex, place=_place(pid), pid=pid, born=_born(pid), expires_at=now + LEASE)


def is_over(other: Holder, now: datetime) -> bool:
    """Tell whether a lease may be taken over.

    Seen from the same place, its holder lives or does not, whatever the clocks say. From another machine
    or container only the time tells, and also where nobody can say whether a process id was used again.
    The caller has made sure that nobody else in this process holds it.
    """
    pid = os.getpid()
    if other.place != _place(pid):
        return now >= other.expires_at
    if other.pid == pid and other.born == _born(pid):
        return True
    if not _alive(other.pid) or _born(other.pid) != other.born:
        return True
    return not other.born and now >= other.expires_at


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and belongs to somebody else
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == ["Z"]


def _stat(pid: int) -> list[str]:
    """The fields of Linux's ``/proc/<pid>/stat`` after the command, which may hold spaces; else nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _born(pid: int) -> str:
    stat = _stat(pid)
    return stat[19] if len(stat) > 19 else ""


@lru_cache(maxsize=4)
def _place(pid: int) -> str:  # noqa: ARG001  (a forked process may sit in another container)
    return "|".join((socket.gethostname(), _read("/proc/sys/kernel/random/boot_id"), _namespace()))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _alive_on_windows(pid: int) -> bool:
    """Ask Windows, where ``os.kill`` would end the process instead of asking."""
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (type checkers elsewhere know no windll)
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return bool(kernel.GetLastError() == 5)  # access denied: it lives
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE


_guard = Lock()
_queues: Final[dict[str, deque[Future[None]]]] = {}


class WriteLock:
    """A context for one writer of a box at a time in this process; ``with`` and ``async with`` wait in one queue.

    A plain lock will not do: ``threading.Lock`` would block the event loop, and ``asyncio.Lock`` belongs to one
    loop. First come, first served, so that nobody waits for ever.
    """

    def __init__(self, key: str, *, timeout: float) -> None:
        self._key = key
        self._timeout = timeout
        self._place: Future[None] = Future()

    def __enter__(self) -> None:
        self._line_up()
        try:
            self._place.result(self._timeout)
        except BaseException as error:
            self._leave()
            if isinstance(error, TimeoutError):
                raise self._too_long() from error
            raise

    async def __aenter__(self) -> None:
        self._line_up()
        if self._place.done():
            return
        import asyncio

        try:
            await asyncio.wait_for(asyncio.wrap_future(self._place), self._timeout)
        except BaseException as error:
            self._leave()
            if isinstance(error, TimeoutError):
                raise self._too_long() from error
            raise

    def __exit__(self, *_: object) -> None:
        self._leave()

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _line_up(self) -> None:
        with _guard:
            queue = _queues.setdefault(self._key, deque())
            queue.append(self._place)
            if queue[0] is self._place:
                self._place.set_result(None)

    def _leave(self) -> None:
        """Step out of the queue, and let the next one in if this one was first."""
        with _guard:
            queue = _queues[self._key]
            queue.remove(self._place)
            # One that gave up waiting is done too: it leaves by itself, and lets the next one in then.
            if queue and not queue[0].done() and queue[0].set_running_or_notify_cancel():
                queue[0].set_result(None)
            if not queue:
                del _queues[self._key]

    def _too_long(self) -> Timeout:
        return Timeout(
            f"another write to this box in this process did not end within {self._timeout:g} s; nothing was sent.",
            hint="Give every write a deadline, and run blocking writes outside the event loop.",
        )
