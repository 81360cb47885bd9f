"""What the people in the house use in each minute: a fridge's base, breakfast, dinner, and small things."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from openpower_simulation.weather import seeded

if TYPE_CHECKING:
    import random

    from openpower_simulation.localday import LocalDay
    from openpower_simulation.plant import Plant

__all__ = ["load_minutes"]

_TYPICAL_KWH: Final = 14.0
"""What the figures below come to on an average day; a house of another size scales them."""

_Appliance = tuple[int, int, float]
"""First minute, minutes, watts."""


def load_minutes(plant: Plant, day: LocalDay) -> list[int]:
    """House load (W) for each minute of the day, without the car."""
    scale = plant.load_kwh_per_day / _TYPICAL_KWH
    chance = seeded(plant.seed, "load", day.date)
    curve = _curve(chance, weekend=day.date.isoweekday() > 5)
    watts = [curve[minute] for minute in day.wall]
    for start, length, power in _appliances(chance, day.minutes):
        for minute in range(start, min(start + length, day.minutes)):
            watts[minute] += power
    return [int(scale * value * (0.95 + 0.1 * chance.random())) for value in watts]


def _curve(chance: random.Random, *, weekend: bool) -> list[float]:
    """The smooth part by wall-clock minute: base, fridge, breakfast, midday, dinner."""
    late = 75 if weekend else 0
    breakfast = 430 + late + chance.gauss(0, 12)
    dinner = 1125 + chance.gauss(0, 15)
    bumps = (
        (breakfast, 35.0, 900 + 250 * chance.random()),
        (760.0, 110.0, 450.0 if weekend else 120.0),
        (dinner, 60.0, 1400 + 500 * chance.random()),
        (dinner + 140, 70.0, 350.0),
    )
    fridge = int(40 * chance.random())
    return [
        190
        + (95 if (minute + fridge) % 40 < 15 else 0)
        + sum(height * _bell(minute - centre, width) for centre, width, height in bumps)
        for minute in range(1440)
    ]


def _bell(distance: float, width: float) -> float:
    return math.exp(-0.5 * (distance / width) ** 2) if abs(distance) < 4 * width else 0.0


def _appliances(chance: random.Random, minutes: int) -> list[_Appliance]:
    """Kettles at any waking hour, and perhaps the dishwasher and a wash."""
    awake = (int(minutes * 0.27), int(minutes * 0.93))
    uses: list[_Appliance] = [
        (chance.randint(*awake), chance.randint(2, 5), 1900.0) for _ in range(chance.randint(3, 7))
    ]
    if chance.random() < 0.7:
        uses.append((int(minutes * 0.83) + chance.randint(0, 60), 70, 900.0))
    if chance.random() < 0.4:
        uses.append((int(minutes * 0.4) + chance.randint(0, 150), 55, 800.0))
    return uses
