"""What is remembered about writes, who may write, budgets, and the interface of stores.

A box has one writer: a lock among threads, tasks and event loops, and a lease among processes. A lease does not survive
a crash: other processes can tell that its holder is gone.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias

import attrs
from attrs import field, frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.checks import aware, aware_or_none
from openpower_core.clock import Clock, SystemClock, machine_clock
from openpower_core.control import BatteryCommand
from openpower_core.convert import structure, to_dict
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import Timeout
from openpower_core.waiting import Lock, in_forked_child
from openpower_core.write.processes import alive, born, own_birth, place
from openpower_core.writes import ActiveCommand, WriteState

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
    return Holder(token=uuid.uuid4().hex, place=place(pid), pid=pid, born=own_birth(pid), expires_at=now + LEASE)


def is_over(other: Holder, now: datetime) -> bool:
    """Whether a lease may be taken over.

    On the same machine, its holder is alive or not, whatever the clocks say. From another machine
    or container only the time counts, and also where it is unknown whether a process id was reused.
    The caller has made sure that no other writer in this process has it.
    """
    pid = os.getpid()
    if other.place != place(pid):
        # No lease lasts longer: one that ends later comes from a clock that was wrong.
        return not now < other.expires_at <= now + 2 * LEASE
    # This very process: its writer is gone, since the caller has the lock that it would need.
    if other.pid == pid and other.born == own_birth(pid):
        return True
    if not alive(other.pid) or born(other.pid) != other.born:
        return True
    return not other.born and now >= other.expires_at


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
            async with asyncio.timeout(self._timeout):  # wait_for may lose a cancellation before Python 3.12
                await asyncio.wrap_future(self._place)
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

UNDO: Final = "undo"
"""The operation of a write that takes back what was taken of a partial one."""

DAY: Final = timedelta(hours=24)
MOST_WROTE: Final = 8
"""How many of the values that we wrote to a field are remembered: any of them may still show late."""


class Stage(StrEnum):
    """How far a write got, according to the store."""

    INTENT = "intent"
    """It was about to be sent, or its answer was lost. Only reading back shows what became of it."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    PARTIAL = "partial"
    NOT_APPLIED = "not_applied"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    """The vendor refused it, or it never left."""

    @property
    def is_open(self) -> bool:
        """Whether reading back may still change it."""
        return self not in (Stage.CONFIRMED, Stage.REJECTED)

    @property
    def state(self) -> WriteState:
        """The state in a receipt."""
        return _STATES.get(self) or WriteState(self.value)


_STATES = {Stage.INTENT: WriteState.UNVERIFIABLE, Stage.REJECTED: WriteState.NOT_APPLIED}


@frozen(kw_only=True)
class Sent:
    """When something was sent, by the wall clock and by a clock that nobody sets."""

    at: datetime = field(converter=aware)
    monotonic_s: float
    place: str
    """The machine since its start: the monotonic clock counts there only."""

    @classmethod
    def now(cls, clock: Clock) -> Sent:
        """This instant."""
        return cls(at=clock.now(), monotonic_s=clock.monotonic(), place=_clock_of(clock))

    def age_s(self, clock: Clock) -> float:
        """Seconds since then: monotonic ones on the same machine, else by the wall clock, and never below 0."""
        if self.place == _clock_of(clock) and (elapsed := clock.monotonic() - self.monotonic_s) >= 0:
            return elapsed
        return max(0.0, (clock.now() - self.at).total_seconds())


def _clock_of(clock: Clock) -> str:
    here, clock = place(os.getpid()), machine_clock(clock)
    return here if isinstance(clock, SystemClock) else f"{here}|{id(clock)}"


@frozen(kw_only=True)
class Owned:
    """One field of a document that openpower has set (JSON values)."""

    before: Any
    """What it held before, and holds again after a release."""
    wrote: tuple[Any, ...]
    """What we wrote to it, the newest first. As long as it holds one of these, it is ours."""
    seen: bool = False
    """Whether the newest of them was read back."""


@frozen(kw_only=True)
class RestorePoint:
    """The fields of a document that openpower owns, and the command that set them.

    It exists from before the first byte is sent until every field was read back as it was before, or as somebody else
    has set it.
    """

    fields: Mapping[str, Owned]
    entry: str
    """The id of the newest write."""
    operation: str
    role: str
    """Which device of the box it is about: its id without the serial number."""
    at: datetime = field(converter=aware)
    """When the command began."""
    sent: Sent
    """When something was last sent."""
    command: Any = None
    """The battery command as JSON; None if it was something else."""
    until: datetime | None = field(default=None, converter=aware_or_none)
    """When it ends, by itself or by a release; None: when it is released."""
    active: bool = True
    """Whether a command holds; False once it was released, or refused, and this only waits to be read back."""
    due: datetime | None = field(default=None, converter=aware_or_none)
    """When it has to be released, or looked at again."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)

    def command_at(self, now: datetime, device_id: str, *, pending: bool = False) -> ActiveCommand | None:
        """The command that holds then; None if there is none, or the device has ended it by itself.

        Args:
            now: when.
            device_id: whose it is.
            pending: also one that was released or refused, and is still to be read back.
        """
        if not (self.active or pending) or (self.due is None and self.until is not None and self.until <= now):
            return None
        return ActiveCommand(
            id=self.entry,
            device_id=device_id,
            operation=self.operation,
            command=None if self.command is None else structure(BatteryCommand, self.command),
            since=self.at,
            release_due=self.due,
            recurs_at=self.recurs_at,
            overdue=self.due is not None and self.due <= now,
            ends_at=self.until,
        )


@frozen(kw_only=True)
class Entry:
    """One write. It is recorded before anything is sent, so that a crash cannot hide it."""

    id: str
    box: str
    """The physical box, without its serial number; see :meth:`WriteStore.box`."""
    document: str
    """Empty for a native write."""
    budget: str
    operation: str
    sent: Sent
    """When it began, and then when the vendor accepted it; settling counts from here."""
    answered: bool = False
    """Whether the vendor answered every call with its documented success."""
    stage: Stage = field(default=Stage.INTENT, converter=Stage)
    before: Mapping[str, Any] = field(factory=dict[str, Any])
    """The fields that it changes as they were (JSON values), and those that cannot be read."""
    wanted: Mapping[str, Any] = field(factory=dict[str, Any])
    """The same fields as it sets them."""
    unproven: tuple[str, ...] = ()
    """Those that read so already when it was sent, while an earlier write was on its way: that they read so proves
    nothing until the earlier write has had its time to show."""
    after: RestorePoint | None = None
    """What there is to restore once it was applied; None: nothing."""

    @property
    def restores(self) -> bool:
        """Whether it puts back what was there."""
        return self.operation in (RELEASE, UNDO)

    @property
    def certain(self) -> bool:
        """Whether the vendor is known to have applied it, by its response or by reading back."""
        return self.answered or self.stage is Stage.CONFIRMED


@frozen(kw_only=True)
class Remembered:
    """What is known of a document before it is written."""

    last: Entry | None = None
    """The newest write that the vendor may have; None where a native write came after it."""
    point: RestorePoint | None = None


Change: TypeAlias = "Callable[[RestorePoint | None], RestorePoint | None]"
"""What becomes of a restore point; it is called in the transaction that stores the result."""


def of_write(id: str, change: Callable[[RestorePoint], RestorePoint | None]) -> Change:  # noqa: A002
    """What becomes of a restore point if a write is its newest one: a later one's must stay as it is."""
    return lambda point: change(point) if point is not None and point.entry == id else point


def allowed_at(times: Sequence[datetime], limits: WriteLimits, now: datetime) -> datetime | None:
    """When the next write is allowed; None means now.

    Args:
        times: when earlier writes were made, in any order; those of the last 24 hours matter, and the last.
        limits: the pace, and how many there may be in any 24 hours.
        now: the present time.
    """
    # A time in the future comes from a clock that was wrong; it counts as a write of just now.
    earlier = sorted(min(time, now) for time in times)
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
    return attrs.asdict(value, recurse=False) if hasattr(value, "__attrs_attrs__") else to_dict(value)


class WriteStore(Protocol):
    """The store that the pipeline needs. Every method is atomic, and may block: the pipeline calls it in a thread."""

    @property
    def identity(self) -> str:
        """Equal for all stores that share their memory."""
        ...

    @property
    def durable(self) -> bool:
        """Whether it outlives the process."""
        ...

    @property
    def untouched(self) -> bool:
        """Whether nothing was ever recorded in it, so that there is nothing to look up; it opens no file."""
        ...

    def box(self, info: DeviceInfo) -> str:
        """The name of a device's physical box: recognisable to its owner, unique, and not its serial number.

        All devices of a box share the name, because the vendor knows only one of them. It may block until it was asked
        for a box once.
        """
        ...

    def acquire(self, box: str, document: str, budget: str, now: datetime) -> tuple[Holder, Remembered | None]:
        """Take the lease of a box: the new one and what is known of a document, or the current holder's and None."""
        ...

    def give_back(self, box: str, lease: Holder) -> None:
        """Return the lease, if it was not taken over."""
        ...

    def begin(
        self,
        entry: Entry,
        point: RestorePoint | None,
        lease: Holder,
        line: Mapping[str, Any],
        limits: WriteLimits | None,
    ) -> datetime | None:
        """Record the intent, the restore point and a line of the audit, or return when the budget allows it.

        Args:
            entry: the intent.
            point: the restore point from now on; None leaves it as it is.
            lease: the lease under which it is sent.
            line: the line of the audit.
            limits: the budget; None for a release, which has none.

        Returns:
            None: it is recorded. Otherwise when the budget allows it.

        Raises:
            LookupError: another process has taken the lease over.
        """
        ...

    def allowed_at(self, box: str, budget: str, limits: WriteLimits, now: datetime) -> datetime | None:
        """When the budget allows the next write; None means now."""
        ...

    def record(
        self,
        entry: Entry | None = None,
        *,
        of: tuple[str, str] | None = None,
        change: Change | None = None,
        line: Mapping[str, Any] | None = None,
        counts: bool = True,
        lease: tuple[str, Holder] | None = None,
    ) -> None:
        """Record what became of a write.

        Args:
            entry: the write as it is now.
            of: the box and the document of the restore point to change; by default the entry's.
            change: what becomes of the restore point.
            line: a line of the audit.
            counts: whether the write counts in the budget.
            lease: a box, and the lease of it to return.
        """
        ...

    def find(self, box: str, id: str) -> Entry | None:  # noqa: A002
        """The entry with that id, if it belongs to the box."""
        ...

    def remembered(self, box: str, document: str, budget: str) -> Remembered:
        """What is known of a document."""
        ...

    def points(self, boxes: Collection[str] | None = None) -> list[tuple[str, str, RestorePoint]]:
        """The restore points of some boxes, or of all: box, document, restore point."""
        ...

    def supervise(self, lease: Holder | None, boxes: Collection[str] = ()) -> None:
        """Say that a process releases what is due at some boxes, or (None) that this one does so no more."""
        ...

    def supervised(self, box: str, now: datetime) -> bool:
        """Whether another process releases what is due at a box."""
        ...

    def audit(self, *, limit: int | None = None, before: int | None = None) -> list[dict[str, Any]]:
        """The lines of the audit, oldest first; each has its ``number``.

        Args:
            limit: at most so many, the newest ones.
            before: only those with a smaller number, for the page before.
        """
        ...

    def close(self) -> None:
        """Close files."""
        ...
