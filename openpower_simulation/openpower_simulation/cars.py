"""When the car is at home and how much it wants: an evening arrival, a morning departure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from openpower_simulation.localday import MINUTE, local_day
from openpower_simulation.weather import seeded

if TYPE_CHECKING:
    from datetime import date

    from openpower_simulation.localday import LocalDay
    from openpower_simulation.plant import Plant

__all__ = ["Visit", "visit_on"]


@frozen(kw_only=True, slots=True)
class Visit:
    """One stay of the car at the charger, half-open ``[arrives, departs)`` in microseconds since 1970."""

    arrives: int
    departs: int
    wants_wh: float


def visit_on(plant: Plant, day: date) -> Visit | None:
    """The stay that begins on a day; None when it does not come home.

    On Sundays it never does, so that each week of the house's past can be computed by itself.
    """
    chance = seeded(plant.seed, "car", day)
    if not plant.ev or day.isoweekday() == 7 or chance.random() < 0.12:
        return None
    tz = plant.zone
    arrives = _at_wall(local_day(day, tz), int(chance.gauss(1085, 25)))
    departs = _at_wall(local_day(day + timedelta(days=1), tz), int(chance.gauss(450, 12)))
    return Visit(arrives=arrives, departs=departs, wants_wh=1000 * chance.uniform(5, 20))


def _at_wall(day: LocalDay, minute: int) -> int:
    """The first moment of a day at which the wall clock shows that minute, or the next one it shows."""
    index = next((index for index, wall in enumerate(day.wall) if wall >= minute), day.minutes - 1)
    return day.start + index * MINUTE
