"""The seeded weather: clouds, the position of the sun, and the available PV power in each minute of a day."""

from __future__ import annotations

import itertools
import math
import random
from datetime import date
from functools import lru_cache
from typing import Final

from openpower_simulation.localday import MINUTE, LocalDay
from openpower_simulation.plant import Plant

_DAY: Final = 86_400
_YEAR: Final = 365.2425 * _DAY
_TILT: Final = math.radians(22)
_PERFORMANCE: Final = 0.86
"""The share of the panels' power after losses by heat, dirt, cables and the inverter."""
_KNOT: Final = 5
"""Minutes between the points that are computed; power is linear in between."""


def seeded(seed: int, what: str, when: object) -> random.Random:
    """A random generator for one purpose and time: the same on every machine, in whatever order days are asked for."""
    return random.Random(f"{seed}/{what}/{when}")  # noqa: S311 - weather, not secrets


@lru_cache(maxsize=512)
def sunniness(seed: int, day: date) -> float:
    """How fine a day is on the whole, from 0 (grey) to 1 (not a cloud)."""
    # Skewed towards fine: most days have more sun than cloud.
    return seeded(seed, "day", day).betavariate(2.2, 1.0)


def sky(seed: int, day: date, count: int) -> list[float]:
    """``count`` five-minute values of the clouds' transmission (0–1).

    Changeable days swing between sun and shade; fine and grey ones are steady.
    """
    chance = seeded(seed, "sky", day)
    mean = 0.15 + 0.85 * sunniness(seed, day)
    swing = 0.75 * mean * (1 - mean) + 0.02
    drift, values = chance.gauss(0, 1), list[float]()
    for _ in range(count):
        # 0.85² + 0.53² ≈ 1 keeps the deviation at one, however long the day.
        drift = 0.85 * drift + 0.53 * chance.gauss(0, 1)
        # Some light passes the thickest cloud.
        values.append(min(1.0, max(0.06, mean + 2 * swing * drift)))
    return values


def _orbit(epoch_s: float) -> tuple[float, float]:
    """Declination (radians) and equation of time (minutes), after Spencer 1971."""
    g = 2 * math.pi * ((epoch_s % _YEAR) / _YEAR)
    declination = (
        0.006918
        - 0.399912 * math.cos(g)
        + 0.070257 * math.sin(g)
        - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g)
    )
    equation = 229.18 * (
        0.000075
        + 0.001868 * math.cos(g)
        - 0.032077 * math.sin(g)
        - 0.014615 * math.cos(2 * g)
        - 0.04089 * math.sin(2 * g)
    )
    return declination, equation


def _hour_angle(epoch_s: float, longitude: float, equation: float) -> float:
    solar_minutes = (epoch_s % _DAY) / 60 + 4 * longitude + equation
    return math.radians(solar_minutes / 4 - 180)


def sine_of_elevation(epoch_s: float, latitude: float, longitude: float) -> float:
    """Sine of the sun's height over the horizon; negative at night."""
    declination, equation = _orbit(epoch_s)
    return _cosine(math.radians(latitude), declination, _hour_angle(epoch_s, longitude, equation))


def _cosine(latitude: float, declination: float, hour_angle: float) -> float:
    """Cosine of the angle between the sun and the zenith of a latitude."""
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )


def panel_irradiance(epoch_s: float, latitude: float, longitude: float) -> float:
    """Irradiance of a panel under a clear sky (W/m²): Haurwitz 1945, 85 % of it direct; 0 at night."""
    declination, equation = _orbit(epoch_s)
    angle = _hour_angle(epoch_s, longitude, equation)
    phi = math.radians(latitude)
    height = _cosine(phi, declination, angle)
    if height <= 0:
        return 0.0
    horizontal = 1098 * height * math.exp(-0.057 / height)
    # A panel tilted towards the equator sees the sun as a flat one nearer to the equator does.
    facing = max(0.0, _cosine(phi - math.copysign(_TILT, phi), declination, angle))
    gain = min(facing / max(height, 0.05), 3.0)
    return horizontal * (0.85 * gain + 0.15)


def pv_minutes(plant: Plant, day: LocalDay) -> list[int]:
    """Available AC power (W) for each minute of the day; exactly 0 while the sun is down."""
    if not plant.pv_kw:
        return [0] * day.minutes
    knots = _knots(plant, day)
    powers: list[int] = []
    # The sun moves little in five minutes, so sines are computed at the knots only.
    for left, right in itertools.pairwise(knots):
        step = (right - left) / _KNOT
        powers.extend(int(min(left + step * minute, plant.inverter_w)) for minute in range(_KNOT))
    return powers[: day.minutes]


def _knots(plant: Plant, day: LocalDay) -> list[float]:
    count = day.minutes // _KNOT + 1
    latitude, longitude = plant.latitude, plant.meridian
    size = plant.pv_kw * _PERFORMANCE
    return [
        size * light * panel_irradiance((day.start + knot * _KNOT * MINUTE) / 1e6, latitude, longitude)
        for knot, light in enumerate(sky(plant.seed, day.date, count))
    ]
