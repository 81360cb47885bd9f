"""The seeded sky: how much of a clear sky's light comes through the clouds, every five minutes of a day."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

__all__ = ["seeded", "sky", "sunniness"]


def seeded(seed: int, what: str, when: object) -> random.Random:
    """A source of chance for one purpose and time: the same on every machine, in any order of asking."""
    return random.Random(f"{seed}/{what}/{when}")  # noqa: S311 - weather, not secrets


@lru_cache(maxsize=512)
def sunniness(seed: int, day: date) -> float:
    """How fine a day is on the whole, from 0 (grey) to 1 (not a cloud)."""
    return seeded(seed, "day", day).betavariate(2.2, 1.0)


def sky(seed: int, day: date, count: int) -> list[float]:
    """``count`` five-minute values of what passes the clouds (0–1).

    Changeable days swing between sun and shade; fine and grey ones are steady.
    """
    chance = seeded(seed, "sky", day)
    mean = 0.15 + 0.85 * sunniness(seed, day)
    swing = 0.75 * mean * (1 - mean) + 0.02
    drift, values = chance.gauss(0, 1), list[float]()
    for _ in range(count):
        drift = 0.85 * drift + 0.53 * chance.gauss(0, 1)
        values.append(min(1.0, max(0.06, mean + 2 * swing * drift)))
    return values
