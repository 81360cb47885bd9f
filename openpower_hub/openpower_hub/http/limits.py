"""How often somebody may ask: a bucket of tokens for each of them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from openpower_core.clock import Clock

_MOST: Final = 1_000
"""How many are remembered; the one that was quiet for longest is forgotten first."""


class Buckets:
    """Lets each of many do something ``burst`` times at once, and ``per_s`` times a second in the long run."""

    def __init__(self, clock: Clock, *, burst: float, per_s: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_s = per_s
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, who: str) -> float:
        """How long until they may do it again (s); 0.0 if they may now."""
        return max(0.0, (1.0 - self._level(who)) / self._per_s)

    def take(self, who: str) -> float:
        """Count one time, if it is allowed; returns how long to wait otherwise (s)."""
        level = self._level(who)
        if level < 1.0:
            return (1.0 - level) / self._per_s
        self._levels[who] = (level - 1.0, self._clock.monotonic())
        self._levels.move_to_end(who)
        if len(self._levels) > _MOST:
            self._levels.popitem(last=False)
        return 0.0

    def _level(self, who: str) -> float:
        level, then = self._levels.get(who, (self._burst, 0.0))
        return min(self._burst, level + (self._clock.monotonic() - then) * self._per_s)
