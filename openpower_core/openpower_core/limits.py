"""Rate limits: one plain, thread-safe object, shared by all clients of an account."""

from __future__ import annotations

import re
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakValueDictionary

import attrs

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.waiting import Lock

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Mapping


_LOCK = Lock(brief=True)  # one for all limiters: each holds it for microseconds


_UNLIMITED: ContextVar[bool] = ContextVar("openpower_unlimited", default=False)


@contextmanager
def unlimited() -> Generator[None]:
    """Let requests pass at once, whatever the limits are: a release must not wait for what reads have used up."""
    token = _UNLIMITED.set(True)
    try:
        yield
    finally:
        _UNLIMITED.reset(token)


@attrs.frozen
class Rate:
    """At most ``limit`` requests in any span of ``per``."""

    limit: int = attrs.field(validator=attrs.validators.ge(1))
    per: timedelta

    @property
    def seconds(self) -> float:
        """The span in seconds."""
        return self.per.total_seconds()


class _Window:
    """One family of requests: when they were sent, and what the server last reported."""

    def __init__(self, rate: Rate | None) -> None:
        self._rate = rate
        self._slots: deque[float] = deque(maxlen=rate.limit if rate else 1)
        self._left: int | None = None  # by the server's own count, until _resets
        self._resets = 0.0
        self._blocked_until = 0.0

    def adopt(self, rate: Rate | None) -> None:
        if rate != self._rate:
            self._rate = rate
            self._slots = deque(self._slots, maxlen=rate.limit if rate else 1)

    def next_slot(self, now: float) -> float:
        slot = max(now, self._blocked_until)
        if self._left is not None and slot < self._resets:
            return slot if self._left > 0 else self._resets
        if self._rate and len(self._slots) == self._rate.limit:
            slot = max(slot, self._slots[0] + self._rate.seconds)
        return slot

    def take(self, slot: float) -> None:
        if self._left is not None and slot < self._resets:
            self._left -= 1
        elif self._left is not None:
            # The server's count ends with its window: nothing else may be sent before that, and counting starts over.
            self._left = None
            self.block(self._resets)
            self._slots.clear()
        self._slots.append(slot)

    def learn(self, now: float, left: int, resets_in: float) -> None:
        resets = now + resets_in
        same_window = self._left is not None and abs(resets - self._resets) <= 1.0 + resets_in / 100
        # Responses overtake each other: within one window, the smaller count is the later one.
        self._left = min(left, self._left) if same_window and self._left is not None else left
        self._resets = resets

    def left(self, now: float) -> int | None:
        if self._left is not None and now < self._resets:
            return self._left
        if self._rate is None:
            return None
        return self._rate.limit - sum(slot > now - self._rate.seconds for slot in self._slots)

    def block(self, until: float) -> None:
        self._blocked_until = max(self._blocked_until, until)


class RateLimiter:
    """Says how long to wait before the next request, and learns from the server's headers.

    >>> limiter = RateLimiter(Rate(2, timedelta(seconds=10)))
    >>> [limiter.reserve(0.0) for _ in range(3)]
    [0.0, 0.0, 10.0]

    Args:
        rate: the rate of every family not in ``families``; None sets no limit. The server's own count takes precedence
            while it is known.
        families: rates of individual families (an endpoint, reads or writes), each counted separately.
    """

    _shared: ClassVar[WeakValueDictionary[Hashable, RateLimiter]] = WeakValueDictionary()
    _clock: Clock = SYSTEM_CLOCK

    def __init__(self, rate: Rate | None = None, *, families: Mapping[str, Rate] | None = None) -> None:
        self._rate, self._families = rate, dict(families or {})
        self._windows: dict[str, _Window] = {}

    @classmethod
    def shared(
        cls,
        key: Hashable,
        rate: Rate | None = None,
        *,
        families: Mapping[str, Rate] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> RateLimiter:
        """Return the limiter of an account in this process, created on first use.

        Args:
            key: identifies the account: provider, base URL, account name.
            rate: as for the constructor.
            families: as for the constructor.
            clock: what its waits are measured by; clients with clocks of their own, such as tests, share nothing.
        """
        with _LOCK:
            limiter = cls._shared.get((key, id(clock)))
            if limiter is None:
                limiter = cls._shared[key, id(clock)] = cls(rate, families=families)
                limiter._clock = clock  # as long as it is held, no other clock can get its id
            return limiter

    def reserve(self, now: float, family: str = "", *, at_most: float | None = None) -> float:
        """Reserve the next free slot and return the seconds until it.

        Args:
            now: the clock's ``monotonic()``.
            family: the rate limit that counts.
            at_most: reserve nothing further away than this; the delay is returned all the same.
        """
        with _LOCK:
            window = self._window(family)
            slot = now if _UNLIMITED.get() else window.next_slot(now)
            if at_most is None or slot - now <= at_most:
                window.take(slot)
            return slot - now

    def left(self, now: float, family: str = "") -> int | None:
        """How many requests may be sent at once; None if there is no limit."""
        with _LOCK:
            return self._window(family).left(now)

    def learn(self, now: float, headers: Mapping[str, str], family: str = "") -> None:
        """Adopt the remaining count from the server's ``RateLimit`` headers."""
        if (reported := _reported(headers)) is not None:
            with _LOCK:
                self._window(family).learn(now, *reported)

    def adopt(self, rate: Rate | None, family: str = "") -> None:
        """Change the rate of a family to what the server has announced; None if it has none."""
        with _LOCK:
            self._window(family).adopt(rate)

    def block(self, now: float, seconds: float, family: str = "") -> None:
        """Block requests for that long: the server asked to slow down."""
        with _LOCK:
            self._window(family).block(now + seconds)

    def _window(self, family: str) -> _Window:
        if family not in self._windows:
            self._windows[family] = _Window(self._families.get(family, self._rate))
        return self._windows[family]


def _reported(headers: Mapping[str, str]) -> tuple[int, float] | None:
    """Parse how many requests are left and for how many seconds, in any of the usual spellings."""
    if not any("ratelimit" in name.lower() for name in headers):
        return None
    for prefix in ("ratelimit", "x-ratelimit"):
        left, resets = headers.get(f"{prefix}-remaining"), headers.get(f"{prefix}-reset")
        if left is not None and resets is not None:
            return _numbers(left, resets)
    # The draft's one header, in its older and its newer form: "limit=50, remaining=0, reset=30" or '"default";r=0;t=30'.
    combined = headers.get("ratelimit", "")
    left_match = re.search(r"\b(?:remaining|r)=(\d+)", combined)
    reset_match = re.search(r"\b(?:reset|t)=(\d+)", combined)
    return _numbers(left_match[1], reset_match[1]) if left_match and reset_match else None


def _numbers(left: str, resets: str) -> tuple[int, float] | None:
    try:
        count, seconds = int(left), float(resets)
    except ValueError:
        return None
    # Some servers send an instant (Unix time) instead of a span; without their clock it is of no use.
    longest = 7 * 86400.0
    return (count, seconds) if 0 <= seconds <= longest else None
