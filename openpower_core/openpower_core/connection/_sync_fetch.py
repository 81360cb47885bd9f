# Generated from _async_fetch.py by openpower_testing; do not edit.
"""A fetch that several devices share: one request serves all concurrent callers, and those soon after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import evolve

from openpower_core.checks import Span, span
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.connection.context import Fetched
from openpower_core.waiting import Lock

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
R = TypeVar("R")


class SharedFetch(Generic[T]):
    """Keeps the last result of ``fetch`` for ``max_age``, and never runs two fetches at once.

    A caller who arrives while one is running waits for it. An error is raised to all who waited for that fetch, and is
    not kept: the next caller fetches again.
    """

    def __init__(self, fetch: Callable[[], T], *, max_age: timedelta, clock: Clock = SYSTEM_CLOCK) -> None:
        self._fetch = fetch
        self._max_age = max_age
        self._clock = clock
        self._lock = Lock()
        self._begun = 0
        """How many fetches have begun; the running one's number while there is one."""
        self._ended = 0
        """The number of the last fetch that ended, successfully or not."""
        self._forgotten = 0
        """The number of the last fetch whose result must not be kept."""
        self._last: Fetched[T] | None = None
        self._error: Exception | None = None

    def get(self, max_age: Span | None = None) -> Fetched[T]:
        """Return a result that is at most ``max_age`` old.

        Args:
            max_age: None for the age given to the constructor; zero for a fetch that begins after this call (shared with
                other callers who came before it began).
        """
        age = self._max_age if max_age is None else span(max_age, "max_age")
        begun, ended = self._begun, self._ended
        if (last := self._fresh(age)) is not None:
            return last
        with self._lock:
            if (last := self._fresh(age)) is not None:
                return last
            # Who asks for a fresh answer takes only a fetch that began after the call: one under way may have read the
            # device before it. Everybody else takes what ended while they waited.
            waited = self._ended > (begun if age <= timedelta(0) else ended)
            if waited and self._error is not None:
                raise self._error
            if waited and self._last is not None and age <= timedelta(0):
                return self._last
            return self._run()

    def reading(self, make: Callable[[Fetched[T]], R]) -> Callable[[Span | None], R]:
        """How a device is read: ``make`` makes its reading of a result that is at most as old as the caller allows."""

        def read(max_age: Span | None = None) -> R:
            return make(self.get(max_age))

        return read

    def clear(self) -> None:
        """Discard the last result and the running fetch, as after a write that makes them obsolete."""
        # The fetch under way began before the write: whoever waits for it gets it, and nobody after them.
        self._forgotten = self._begun
        self._last = None

    def _fresh(self, age: timedelta) -> Fetched[T] | None:
        last = self._last
        if last is None or age <= timedelta(0):
            return None
        old = self._clock.monotonic() - last.received_monotonic
        if old > age.total_seconds():
            return None
        return last if old <= self._max_age.total_seconds() else evolve(last, cached=True)

    def _run(self) -> Fetched[T]:
        self._begun += 1
        number, self._error = self._begun, None
        try:
            value = self._fetch()
        except Exception as error:
            self._error, self._ended = error, number
            raise
        answer = Fetched(value=value, received_at=self._clock.now(), received_monotonic=self._clock.monotonic())
        self._ended = number
        if number > self._forgotten:
            self._last = answer
        return answer
