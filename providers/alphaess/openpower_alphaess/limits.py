"""How often the Open API may be asked; nobody publishes a binding figure.

More than 500 calls in five minutes, 150 a minute, 50 at once were served without a refusal (2026-08,
homeassistant-alphaESS ``scripts/rate_limit_stress.py``), and where a refusal begins is not known. The
portal asks for 10 s between calls. So calls run freely, but for a ceiling that only a runaway loop
reaches, and after the first refusal (6053) at the portal's pace for an hour.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openpower_core.provider import SYSTEM_CLOCK, Clock, Rate, RateLimiter

__all__ = ["PacedLimiter", "limiter_of"]

_CEILING: Final = Rate(3000, timedelta(minutes=5))
_ASKED_FOR: Final = Rate(1, timedelta(seconds=10))
_SLOW: Final = "after 6053"
_SLOW_FOR: Final = 3600.0


class PacedLimiter(RateLimiter):
    """The limiter of one AppID: free at first, slow for an hour after each refusal."""

    _slow_until = 0.0

    def reserve(self, now: float, family: str = "", *, at_most: float | None = None) -> float:
        """Take the next free slot; see :meth:`RateLimiter.reserve`."""
        family = _SLOW if now < self._slow_until else family
        return super().reserve(now, family, at_most=at_most)

    def block(self, now: float, seconds: float, family: str = "") -> None:
        """Take note of a refusal: nothing for that long, and slowly for an hour."""
        self._slow_until = now + _SLOW_FOR
        super().block(now, seconds, family)
        super().block(now, seconds, _SLOW)


def limiter_of(app_id: str, base_url: str, clock: Clock) -> RateLimiter:
    """The limiter that all clients of one AppID share in this process."""
    key = ("alphaess", base_url, app_id, None if clock is SYSTEM_CLOCK else id(clock))
    return PacedLimiter.shared(key, _CEILING, families={_SLOW: _ASKED_FOR})
