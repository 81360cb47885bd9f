"""Whether and when a failed call is retried: plain rules shared by both flavours."""

from __future__ import annotations

import random

import attrs

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.errors import DeviceOffline, RateLimited, TemporaryError
from openpower_core.http.call import Request

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


class RetryBudget:
    """Keeps many failing calls from becoming three times as many: a retry costs ten times what a success earns.

    >>> budget = RetryBudget(2)
    >>> [budget.spend() for _ in range(3)]
    [True, True, False]
    """

    # No lock: a forked child could inherit it locked, and one retry more or less does no harm.

    def __init__(self, size: float = 10.0, earned: float = 0.1) -> None:
        self._size = self._left = size
        self._earned = earned

    def spend(self) -> bool:
        """Use up one retry; False if none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def earn(self) -> None:
        """Record a success."""
        self._left = min(self._size, self._left + self._earned)


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call, from its first attempt to its last; also the backoff hook that stamina calls after each failure."""

    request: Request
    family: str
    write: bool
    clock: Clock
    ends: float  # by that clock
    budget: RetryBudget
    began: float = 0.0
    corrected: bool = False  # whether it was signed anew by the vendor's time
    wait: float = 0.0  # before the next attempt
    _failures: int = 0

    def __call__(self, error: Exception) -> float | bool:
        """Return the seconds to wait before the next attempt, or False to give up."""
        self._failures += 1
        if not self._may_help(error) or self._failures >= ATTEMPTS:
            return False
        wait = self._backoff(error)
        if wait >= self.ends - self.clock.monotonic() or not self.budget.spend():
            return False
        if self.clock is SYSTEM_CLOCK:
            return wait
        # stamina only waits in real time; with any other clock, the next attempt starts by waiting.
        self.wait = wait
        return 0.0

    def _may_help(self, error: Exception) -> bool:
        """Whether another attempt may help and cannot carry anything out twice."""
        if not isinstance(error, TemporaryError) or isinstance(error, DeviceOffline):
            return False
        return error.soon and (error.nothing_sent or not self.write)

    def _backoff(self, error: Exception) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (self._failures - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy
