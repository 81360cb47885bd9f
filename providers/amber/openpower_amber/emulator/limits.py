"""How many calls an account has: a fixed window per counter, which begins with the first call in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import define, frozen

from openpower_amber.emulator.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(kw_only=True)
class Quota:
    """So many calls within so many seconds, on each counter."""

    limit: int = 50
    seconds: int = 300


@define
class Counter:
    """One counter of an account."""

    quota: Quota
    _ends: float = 0.0
    _used: int = 0

    def count(self, now: float) -> Mapping[str, str]:
        """Count a call and give the headers of its answer, or refuse it."""
        if now >= self._ends:
            self._ends, self._used = now + self.quota.seconds, 0
        refused = self._used >= self.quota.limit
        self._used += not refused
        headers = {
            "RateLimit-Limit": str(self.quota.limit),
            "RateLimit-Remaining": str(self.quota.limit - self._used),
            "RateLimit-Reset": str(math.ceil(self._ends - now)),
            "RateLimit-Policy": f"{self.quota.limit};w={self.quota.seconds}",
        }
        if refused:
            raise Refusal(429, "Too Many Requests", headers=headers)
        return headers
