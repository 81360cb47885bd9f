"""The service's rate limit: so many requests in a window, then 6053."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.envelope import Refusal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["RateLimit", "Turnstile"]


@frozen
class RateLimit:
    """At most ``requests`` to one endpoint within ``window``; the vendor publishes no figure."""

    requests: int
    window: timedelta = timedelta(minutes=1)


class Turnstile:
    """Counts requests by endpoint and refuses those beyond the limit."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._passed: dict[str, deque[datetime]] = defaultdict(deque)

    def check(self, endpoint: str, now: datetime) -> None:
        """Count a request, or refuse it with 6053; a refused one does not count."""
        if self._limit is None:
            return
        passed = self._passed[endpoint]
        while passed and passed[0] <= now - self._limit.window:
            passed.popleft()
        if len(passed) >= self._limit.requests:
            raise Refusal(Code.TOO_MANY_REQUESTS)
        passed.append(now)
