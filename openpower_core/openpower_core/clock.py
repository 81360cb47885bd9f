"""Clocks (the machine's, a manual one, a fast one), and the days and wall-clock times of a time zone.

Code that waits or takes timestamps uses a clock, so that tests and simulations never really wait.

>>> from datetime import datetime, UTC
>>> clock = ManualClock(datetime(2026, 8, 1, tzinfo=UTC))
>>> clock.sleep(90)
>>> clock.now().isoformat()
'2026-08-01T00:01:30+00:00'
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from openpower_core.checks import aware
from openpower_core.errors import InvalidValue
from openpower_core.waiting import asleep, renew_in_child

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = [
    "SYSTEM_CLOCK",
    "Clock",
    "Closed",
    "ManualClock",
    "ScaledClock",
    "SystemClock",
    "VendorClock",
    "from_wall_clock",
    "local_days",
]


@runtime_checkable
class Clock(Protocol):
    """Gives the time, and waits."""

    def now(self) -> datetime:
        """The current time (aware, UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary instant; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, in synchronous code."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Wait, in asynchronous code."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time (aware, UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary instant; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, in synchronous code."""
        time.sleep(max(0.0, seconds))

    async def asleep(self, seconds: float) -> None:
        """Wait, in asynchronous code."""
        await asleep(max(0.0, seconds))


SYSTEM_CLOCK: Final = SystemClock()
"""The machine's clock, unless another one is given."""


class ManualClock:
    """A clock that stands still until it is advanced.

    Args:
        start: the time at the start (aware).
        sleeping_advances: whether sleeping advances it, so that nothing really waits (the default); otherwise sleepers wait
            until another task or thread has advanced it far enough.
    """

    def __init__(self, start: datetime, *, sleeping_advances: bool = True) -> None:
        self._start = aware(start)
        self._elapsed = 0.0
        self._sleeping_advances = sleeping_advances
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Forget who sleeps, as in a forked child, which has none of those threads."""
        self._moved = threading.Condition()
        self._sleepers: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> datetime:
        """The time on this clock (UTC)."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Seconds by which it has been advanced."""
        return self._elapsed

    def jump(self, by: float | timedelta) -> None:
        """Set the wall clock forward or back (seconds or a timedelta), as NTP does; the monotonic clock goes on."""
        self._start += by if isinstance(by, timedelta) else timedelta(seconds=by)

    def advance(self, by: float | timedelta) -> None:
        """Move it forward (seconds or a timedelta) and wake all sleepers whose time has come."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        if seconds < 0:
            raise InvalidValue(f"a clock cannot be advanced by {seconds} s; time only goes forward.")
        with self._moved:
            self._elapsed += seconds
            due = [wake for until, wake in self._sleepers if until <= self._elapsed]
            self._sleepers = [each for each in self._sleepers if each[0] > self._elapsed]
            self._moved.notify_all()
        # Outside the lock, since whoever wakes may look at the clock at once.
        for wake in due:
            wake()

    def sleep(self, seconds: float) -> None:
        """Wait, in synchronous code."""
        if self._sleeping_advances:
            self.advance(max(0.0, seconds))
            return
        with self._moved:
            until = self._elapsed + seconds
            self._moved.wait_for(lambda: self._elapsed >= until)

    async def asleep(self, seconds: float) -> None:
        """Wait, in asynchronous code; other tasks may run in any case."""
        if self._sleeping_advances:
            self.advance(max(0.0, seconds))
            await asleep(0)
        elif seconds > 0:
            await self._wait_until(self._elapsed + seconds)

    async def _wait_until(self, until: float) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        # The clock may be advanced from another thread.
        sleeper = (until, lambda: loop.call_soon_threadsafe(_finish, woken))
        with self._moved:
            if self._elapsed >= until:
                return
            self._sleepers.append(sleeper)
        try:
            await woken
        finally:
            with self._moved:
                self._sleepers = [each for each in self._sleepers if each is not sleeper]


class VendorTime(NamedTuple):
    """What the clocks showed at a vendor's last answer (UTC)."""

    vendor: datetime
    """The vendor's."""
    machine: datetime
    """This machine's."""
    monotonic_s: float
    """The monotonic clock (s), by which its age is counted."""


class VendorClock:
    """A vendor's clock as far as its answers show it; the machine's before that, and where the two agree within 30 s.

    Args:
        clock: the machine's.
        seen: gives what the clocks showed at the vendor's last answer; None before the first.
    """

    def __init__(self, clock: Clock, seen: Callable[[], VendorTime | None]) -> None:
        self.machine = clock
        self._seen = seen

    def now(self) -> datetime:
        """The current time on the vendor's clock (UTC); the latest that it can be where that is :attr:`unsure`."""
        now, seen = self.machine.now(), self._seen()
        if seen is None:
            return now
        vendor = seen.vendor + timedelta(seconds=self.machine.monotonic() - seen.monotonic_s)
        if abs(vendor - now) <= _CLOCKS_AGREE:
            return now
        return max(vendor, now) if self.unsure else vendor

    @property
    def unsure(self) -> bool:
        """Whether the machine's clock was set, or the machine slept, since the last answer: only a new answer tells which.

        While a machine sleeps, its monotonic clock stands still.
        """
        if (seen := self._seen()) is None:
            return False
        elapsed = timedelta(seconds=self.machine.monotonic() - seen.monotonic_s)
        return abs(self.machine.now() - seen.machine - elapsed) > _CLOCKS_AGREE

    def monotonic(self) -> float:
        """The machine's monotonic clock."""
        return self.machine.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, in synchronous code."""
        self.machine.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Wait, in asynchronous code."""
        await self.machine.asleep(seconds)


_CLOCKS_AGREE: Final = timedelta(seconds=30)
"""Answers take seconds to arrive, and ``Date`` headers know whole seconds only."""


def machine_clock(clock: Clock) -> Clock:
    """The clock behind a vendor's."""
    return clock.machine if isinstance(clock, VendorClock) else clock


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class ScaledClock:
    """A clock that runs ``speed`` times as fast as the machine's, from ``start`` on."""

    def __init__(self, start: datetime, speed: float) -> None:
        if not speed > 0:
            raise InvalidValue(f"speed is {speed}; a clock needs a speed above 0.")
        self._start = aware(start)
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The time on this clock (UTC)."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds on this clock since it was created."""
        return (time.monotonic() - self._began) * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait for that long on this clock, in synchronous code."""
        time.sleep(max(0.0, seconds) / self._speed)

    async def asleep(self, seconds: float) -> None:
        """Wait for that long on this clock, in asynchronous code."""
        await asleep(max(0.0, seconds) / self._speed)


_STEP_S: Final = 0.25


class Closed:
    """Whether a connection was closed; whoever sleeps on it wakes at that instant. One serves both flavours and all threads."""

    def __init__(self) -> None:
        self._set = False
        self.wakers: set[Callable[[], object]] = set()
        """Called once it is closed."""

    def is_set(self) -> bool:
        """Whether it was closed."""
        return self._set

    def set(self) -> None:
        """Close it."""
        self._set = True
        for wake in tuple(self.wakers):
            wake()

    def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait on that clock or until it is closed, in synchronous code."""
        # In short steps: nothing but its own time ends the sleep of a clock, and Windows interrupts sleeps only.
        while seconds > 0 and not self._set:
            clock.sleep(min(seconds, _STEP_S))
            seconds -= _STEP_S

    async def asleep(self, clock: Clock, seconds: float) -> None:
        """Wait on that clock or until it is closed, in asynchronous code."""
        import asyncio

        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            with suppress(RuntimeError):  # its loop is closed, and with it the task that slept
                loop.call_soon_threadsafe(_finish, woken)

        self.wakers.add(wake)
        sleeping = loop.create_task(clock.asleep(seconds))
        try:
            if not self.is_set():
                await asyncio.wait({sleeping, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.wakers.discard(wake)
            sleeping.cancel()


def local_days(start: datetime, end: datetime, zone: tzinfo) -> list[date]:
    """The calendar days of a zone that ``[start, end)`` touches, in order; none where the span is empty."""
    if end <= start:
        return []
    first = start.astimezone(zone).date()
    # The end is not part of the span: one that falls on midnight does not touch its day.
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=days) for days in range((last - first).days + 1)]


def from_wall_clock(local: datetime, zone: tzinfo, *, fold: int = 0) -> datetime:
    """A wall-clock time in UTC; a time that carries a zone of its own keeps it.

    Args:
        local: the time.
        zone: the zone of the clock.
        fold: 1 for the second of two equal times, in the night in which the clock is put back.
    """
    return (local if local.tzinfo else local.replace(tzinfo=zone, fold=fold)).astimezone(UTC)
