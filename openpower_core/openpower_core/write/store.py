"""What is remembered about writes, who may write, budgets, and the interface of stores.

A box has one writer: a lock among threads, tasks and event loops, and a lease among processes. A lease does not survive
a crash: other processes can tell that its holder is gone.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import attrs
from attrs import field, frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.checks import aware, aware_or_none
from openpower_core.convert import unstructure
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import Timeout
from openpower_core.waiting import Lock, in_forked_child
from openpower_core.writes import WriteState

LEASE: Final = timedelta(minutes=5)
"""How long a lease lasts if it cannot be determined whether its holder is alive; longer than any one send."""


@frozen(kw_only=True)
class Holder:
    """The process that has a lease, described so that others can determine whether it is alive."""

    token: str
    """Distinguishes two leases of one process."""
    place: str
    """The machine since its start, and the container: process ids are valid only there."""
    pid: int
    born: str
    """When the process started, as the kernel reports it: ids are reused, this is not."""
    expires_at: datetime = field(converter=aware)


def holder(now: datetime) -> Holder:
    """Describe this process, with a lease that begins now."""
    pid = os.getpid()
    return Holder(token=uuid.uuid4().hex, place=_place(pid), pid=pid, born=_born(pid), expires_at=now + LEASE)


def is_over(other: Holder, now: datetime) -> bool:
    """Whether a lease may be taken over.

    On the same machine, its holder is alive or not, whatever the clocks say. From another machine
    or container only the time counts, and also where it is unknown whether a process id was reused.
    The caller has made sure that no other writer in this process has it.
    """
    pid = os.getpid()
    if other.place != _place(pid):
        return now >= other.expires_at
    # This very process: its writer is gone, since the caller has the lock that it would need.
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
    except OSError:  # it is alive, and belongs to another user
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == ["Z"]


def _stat(pid: int) -> list[str]:
    """The fields of Linux's ``/proc/<pid>/stat`` after the command, which may contain spaces; elsewhere nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _born(pid: int) -> str:
    stat = _stat(pid)
    # Field 22 of proc(5), the start in clock ticks since boot; the two fields before the state are cut off.
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
        return bool(kernel.GetLastError() == 5)  # access denied: it is alive
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE


_guard = Lock(brief=True)
_queues: Final[dict[str, deque[Future[None]]]] = {}
in_forked_child(_queues.clear)  # the writers in them are threads that a child does not have


class WriteLock:
    """A context for one writer of a box at a time in this process; ``with`` and ``async with`` wait in one queue.

    A plain lock will not do: ``threading.Lock`` would block the event loop, and ``asyncio.Lock`` belongs to one
    loop. First come, first served, so that no writer waits forever.
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
        """Leave the queue, and let the next one in if this one was first."""
        with _guard:
            queue = _queues.get(self._key, deque())
            if self._place not in queue:  # it lined up before the process was forked
                return
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


RELEASE: Final = "release"
"""The operation of a write that restores."""

DAY: Final = timedelta(hours=24)


class Stage(StrEnum):
    """How far a write got, according to the store."""

    INTENT = "intent"
    """It was about to be sent. Only reading back shows whether it was."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_APPLIED = "not_applied"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    """The vendor refused it, or it never left."""

    @property
    def may_apply(self) -> bool:
        """Whether the vendor is assumed to have it."""
        return self in (Stage.ACCEPTED, Stage.CONFIRMED, Stage.UNVERIFIABLE)

    @property
    def state(self) -> WriteState:
        """The state in a receipt."""
        return _STATES[self]


_STATES = {
    Stage.INTENT: WriteState.UNVERIFIABLE,
    Stage.ACCEPTED: WriteState.ACCEPTED,
    Stage.CONFIRMED: WriteState.CONFIRMED,
    Stage.NOT_APPLIED: WriteState.NOT_APPLIED,
    Stage.UNVERIFIABLE: WriteState.UNVERIFIABLE,
    Stage.REJECTED: WriteState.NOT_APPLIED,
}


@frozen(kw_only=True)
class RestorePoint:
    """A document before and after a command, and when the command has to end."""

    before: Any
    wrote: Any
    entry: str
    """The id of the write that the vendor has."""
    at: datetime = field(converter=aware)
    due: datetime | None = field(default=None, converter=aware_or_none)
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)


@frozen(kw_only=True)
class Entry:
    """One write. It is recorded before anything is sent, so that a crash cannot hide it."""

    id: str
    box: str
    """The physical box, without its serial number; see :meth:`WriteStore.box`."""
    role: str
    """Which device of the box was written to: its id without the serial number."""
    document: str
    """Empty for a native write."""
    budget: str
    operation: str
    at: datetime = field(converter=aware)
    """When it began; the budget counts from here."""
    answered_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor accepted it; settling counts from here."""
    stage: Stage = field(default=Stage.INTENT, converter=Stage)
    stands: bool = True
    """Whether it still applies, as far as is known."""
    before: Any = None
    wanted: Any = None
    point_before: RestorePoint | None = None
    """The restore point if this write was not applied."""
    point_after: RestorePoint | None = None
    """The restore point if it was; None if there is nothing left to restore."""
    command: Any = None
    """The requested battery command as JSON; None if it was something else."""

    @property
    def since(self) -> datetime:
        """The time from which settling counts."""
        return self.answered_at or self.at

    @property
    def is_release(self) -> bool:
        """Whether it was a release that may have been applied."""
        return self.operation == RELEASE and self.stage.may_apply

    @property
    def certain(self) -> bool:
        """Whether the vendor is known to have applied it, by its response or by reading back."""
        return self.answered_at is not None or self.stage is Stage.CONFIRMED

    @property
    def point(self) -> RestorePoint | None:
        """The restore point that follows from how far the write got."""
        return self.point_after if self.stage.may_apply else self.point_before


def allowed_at(times: Sequence[datetime], limits: WriteLimits, now: datetime) -> datetime | None:
    """When the next write is allowed; None means now.

    Args:
        times: when earlier writes were made, in any order; those of the last 24 hours matter, and the last.
        limits: the pace, and how many there may be in any 24 hours.
        now: the present time.
    """
    earlier = sorted(times)
    waits: list[datetime] = []
    if earlier:
        waits.append(earlier[-1] + limits.min_interval)
    if limits.per_day is not None:
        recent = [time for time in earlier if time + DAY > now]
        if limits.per_day <= 0:
            waits.append(now + DAY)
        elif len(recent) >= limits.per_day:
            # Once this one is a day old, one fewer than the limit is left.
            waits.append(recent[-limits.per_day] + DAY)
    latest = max(waits, default=now)
    return latest if latest > now else None


def as_text(value: Any) -> str:
    """Write a value as JSON in ASCII, which holds any text; only what is not JSON already costs a Python call.

    Raises:
        TypeError: it cannot be written, as a Secret.
    """
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return attrs.asdict(value, recurse=False) if hasattr(value, "__attrs_attrs__") else unstructure(value)


class WriteStore(Protocol):
    """The store that the pipeline needs. Every method is atomic."""

    @property
    def identity(self) -> str:
        """Equal for all stores that share their memory."""
        ...

    @property
    def durable(self) -> bool:
        """Whether it outlives the process."""
        ...

    def box(self, info: DeviceInfo) -> str:
        """The name of a device's physical box: recognisable to its owner, unique, and not its serial number.

        All devices of a box share the name, because the vendor knows only one of them.
        """
        ...

    def acquire(self, box: str, now: datetime) -> tuple[Holder, bool]:
        """Take the lease of a box: the new one and True, or that of the current holder and False."""
        ...

    def give_back(self, box: str, lease: Holder) -> None:
        """Return the lease, if it was not taken over."""
        ...

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        """Record the intent to write, or return when the budget allows it; None means that it is recorded.

        Raises:
            LookupError: another process has taken the lease over.
        """
        ...

    def allowed_at(
        self, box: str, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        """When the budget allows the next write, with one more at ``also``; None means now."""
        ...

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None = None, counts: bool = True) -> None:
        """Record how far a write got, the restore point that follows from it, and a line of the audit."""
        ...

    def find(self, box: str, id: str) -> Entry | None:  # noqa: A002
        """The entry with that id, if it belongs to the box."""
        ...

    def last(self, box: str, document: str) -> Entry | None:
        """The newest write of a document that the vendor may have."""
        ...

    def point(self, box: str, document: str) -> RestorePoint | None:
        """The restore point of a document."""
        ...

    def points(self, box: str) -> dict[str, RestorePoint]:
        """The restore points of a box by document, with those that an unsettled write may leave."""
        ...

    def change_point(self, box: str, document: str, point: RestorePoint | None) -> None:
        """Replace or delete a restore point, whatever the result of the last write will be."""
        ...

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the audit."""
        ...

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the audit, oldest first."""
        ...

    def close(self) -> None:
        """Close files."""
        ...
