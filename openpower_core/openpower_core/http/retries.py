"""When a failed call is tried again, after how long, and when not: plain rules shared by both flavours."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.errors import DeviceOffline, RateLimited, TemporaryError

if TYPE_CHECKING:
    from openpower_core.clock import Clock

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


class RetryBudget:
    """What keeps many failing calls from becoming three times as many: a retry costs ten times what a success earns.

    >>> budget = RetryBudget(2)
    >>> [budget.spend() for _ in range(3)]
    [True, True, False]
    """

    # Without a lock, since a forked child could inherit it locked: a retry more or less does no harm.

    def __init__(self, size: float = 10.0, earned: float = 0.1) -> None:
        self._size = self._left = size
        self._earned = earned

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def earn(self) -> None:
        """Note a success."""
        self._left = min(self._size, self._left + self._earned)


class Backoff:
    """The rules of one call: what stamina asks after each failure."""

    def __init__(self, budget: RetryBudget, clock: Clock, *, write: bool, ends: float) -> None:
        self._budget = budget
        self._clock = clock
        self._write = write
        self._ends = ends
        self._failures = 0
        self._at_hand = 0.0

    def __call__(self, error: Exception) -> float | bool:
        """Give the seconds to wait before the next attempt, or False to give up."""
        self._failures += 1
        if not self.allows(error) or self._failures >= ATTEMPTS:
            return False
        wait = self._wait(error)
        if wait >= self._ends - self._clock.monotonic() or not self._budget.spend():
            return False
        if self._clock is SYSTEM_CLOCK:
            return wait
        # stamina waits by the machine's clock only; on any other, the client waits itself.
        self._at_hand = wait
        return 0.0

    def allows(self, error: Exception) -> bool:
        """Tell whether another attempt may help, and cannot do a thing twice."""
        if not isinstance(error, TemporaryError) or isinstance(error, DeviceOffline):
            return False
        return error.soon and (error.nothing_sent or not self._write)

    def take_wait(self) -> float:
        """Give the seconds that the client itself has to wait now."""
        wait, self._at_hand = self._at_hand, 0.0
        return wait

    def _wait(self, error: Exception) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (self._failures - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy
