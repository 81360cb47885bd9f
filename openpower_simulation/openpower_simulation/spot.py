"""The seeded wholesale market: a day of spot prices, of renewables, and of how wrong the forecasts will be."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from openpower_simulation.weather import seeded, sunniness

if TYPE_CHECKING:
    import random

    from openpower_simulation.localday import LocalDay

__all__ = ["SpotDay", "spot_day"]

_FLOOR: Final = -0.30
"""No price falls below this (per kWh)."""


class SpotDay(NamedTuple):
    """One value per five minutes of a calendar day."""

    calm: list[float]
    """What the price would be without spikes (per kWh)."""
    settled: list[float]
    """What it is in the end."""
    surprise: list[float]
    """How far the forecasts are off, in standard deviations; neighbours are alike."""
    renewables_pct: list[float]


@lru_cache(maxsize=64)
def spot_day(seed: int, day: LocalDay) -> SpotDay:
    """The market on one calendar day."""
    chance = seeded(seed, "spot", day.date)
    walls = day.wall[::5]
    sun = sunniness(seed, day.date)
    dip = 0.03 + 0.085 * sun + (0.015 if day.date.isoweekday() > 5 else 0.0)
    if chance.random() < 0.25 * sun:
        dip += chance.uniform(0.05, 0.14)  # A day on which even buyers are paid.
    level = math.exp(chance.gauss(0, 0.12))
    noise = _wander(chance, len(walls))
    calm = [max(_FLOOR, level * _shape(wall, dip) + 0.008 * wobble) for wall, wobble in zip(walls, noise, strict=True)]
    wind = _wander(chance, len(walls))
    renewables = [
        min(104.0, max(6.0, 26 + 52 * sun * _bell(wall - 750, 170) + 5 * gust))
        for wall, gust in zip(walls, wind, strict=True)
    ]
    return SpotDay(calm, _spiked(chance, calm, walls), _wander(chance, len(walls)), renewables)


def _shape(wall: int, dip: float) -> float:
    """A day's price by the clock on the wall: breakfast, the sun's dip, dinner."""
    return 0.078 + 0.055 * _bell(wall - 430, 60) - dip * _bell(wall - 750, 140) + 0.150 * _bell(wall - 1120, 80)


def _bell(distance: float, width: float) -> float:
    return math.exp(-0.5 * (distance / width) ** 2)


def _wander(chance: random.Random, count: int) -> list[float]:
    """A random walk that is drawn back to zero, with deviation one."""
    value, values = chance.gauss(0, 1), list[float]()
    for _ in range(count):
        value = 0.94 * value + 0.34 * chance.gauss(0, 1)
        values.append(value)
    return values


def _spiked(chance: random.Random, calm: list[float], walls: tuple[int, ...]) -> list[float]:
    """The day with its spikes: now and then at dinner, rarely at breakfast."""
    prices = list(calm)
    for likely, wall in ((0.15, 1080 + chance.randint(0, 90)), (0.03, 400 + chance.randint(0, 60))):
        height, length = math.exp(chance.uniform(-0.2, 2.6)), chance.randint(2, 7)
        if chance.random() < likely:
            start = next((index for index, at in enumerate(walls) if at >= wall), 0)
            for index in range(start, min(start + length, len(prices))):
                prices[index] = height * (0.8 + 0.4 * chance.random())
    return prices
