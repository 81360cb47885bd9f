"""What the panels could give in each minute of a day: sun and clouds, before anyone curtails them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from openpower_simulation.localday import MINUTE
from openpower_simulation.sun import panel_irradiance
from openpower_simulation.weather import sky

if TYPE_CHECKING:
    from openpower_simulation.localday import LocalDay
    from openpower_simulation.plant import Plant

__all__ = ["pv_minutes"]

_PERFORMANCE: Final = 0.86
"""What heat, dirt, cables and the inverter leave of the panels' power."""
_KNOT: Final = 5


def pv_minutes(plant: Plant, day: LocalDay) -> list[int]:
    """Available AC power (W) for each minute of the day; exactly 0 while the sun is down."""
    if not plant.pv_kw:
        return [0] * day.minutes
    knots = _knots(plant, day)
    powers: list[int] = []
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
