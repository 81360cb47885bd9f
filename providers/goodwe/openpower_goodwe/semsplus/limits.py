"""How often SEMS+ may be asked: nothing at all for 300 s after it says so, and few logins at any time."""

from __future__ import annotations

import copy
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.errors import AuthenticationFailed, OpenPowerError
from openpower_core.http import RateLimiter

if TYPE_CHECKING:
    from openpower_core.clock import Clock

__all__ = ["READ_TIMEOUT", "WRITE_LIMITS", "WRITE_TIMEOUT", "LoginGuard", "limiter_of"]

WRITE_TIMEOUT: Final = 120.0
"""Seconds that a write may take: inverters answer after 1 to 30, chargers after 60 to 90."""
READ_TIMEOUT: Final = 30.0

WRITE_LIMITS: Final = WriteLimits(
    min_interval=timedelta(seconds=30),
    patience=timedelta(seconds=60),
    per_day=48,
    settle=timedelta(seconds=90),
    settle_timeout=timedelta(minutes=5),
    poll=timedelta(seconds=30),
)
"""Settings show at once, and may flip back within a minute or so: only what stands after that counts."""

_LOGINS: Final = 5
_WITHIN_S: Final = 300.0
_REFUSED_FOR_S: Final = 300.0


def limiter_of(account: str, base_url: str, clock: Clock) -> RateLimiter:
    """The limiter that all clients of one account share in this process."""
    own = None if clock is SYSTEM_CLOCK else id(clock)
    return RateLimiter.shared(("goodwe-sems", base_url, account, own))


class LoginGuard:
    """Says whether a login may be tried now, so that neither a wrong password nor a rival session makes a storm."""

    def __init__(self) -> None:
        self._tried: deque[float] = deque(maxlen=_LOGINS)
        self._refusal: OpenPowerError | None = None
        self._refused_at = 0.0

    def check(self, now: float) -> None:
        """Pass, or raise without a request.

        Raises:
            AuthenticationFailed: the last one was refused less than five minutes ago, or there were too many.
        """
        if self._refusal is not None and now - self._refused_at < _REFUSED_FOR_S:
            raise copy.copy(self._refusal)
        if len(self._tried) == _LOGINS and now - self._tried[0] < _WITHIN_S:
            raise AuthenticationFailed(
                f"{_LOGINS} logins within five minutes did not give a session that lasts; no more are tried now.",
                provider="goodwe-sems",
                operation="cross-login",
                hint="Does another program use the same account? Each login ends the others' sessions.",
            )
        self._tried.append(now)

    def refused(self, error: OpenPowerError, now: float) -> None:
        """Remember that the credentials were refused."""
        self._refusal, self._refused_at = error, now

    def accepted(self) -> None:
        """Forget a refusal."""
        self._refusal = None
