"""The household's load, minute by minute, and the car that comes home to its charger in the evening."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Final

from attrs import frozen

from openpower_core.readings import ChargerStatus
from openpower_simulation.control import Controls
from openpower_simulation.localday import MINUTE, LocalDay, local_day
from openpower_simulation.plant import Plant
from openpower_simulation.weather import seeded

_TYPICAL_KWH: Final = 14.0
"""The sum of the figures below on an average day; a house of another size scales them."""

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
    # As shares of the day's length, so that days of 23 and 25 hours have their evening too.
    awake = (int(minutes * 0.27), int(minutes * 0.93))
    uses: list[_Appliance] = [
        (chance.randint(*awake), chance.randint(2, 5), 1900.0) for _ in range(chance.randint(3, 7))
    ]
    if chance.random() < 0.7:
        uses.append((int(minutes * 0.83) + chance.randint(0, 60), 70, 900.0))
    if chance.random() < 0.4:
        uses.append((int(minutes * 0.4) + chance.randint(0, 150), 55, 800.0))
    return uses


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
    # Wall-clock times, so that the car comes home at the same hour after the clocks change.
    arrives = _at_wall(local_day(day, tz), int(chance.gauss(1085, 25)))
    departs = _at_wall(local_day(day + timedelta(days=1), tz), int(chance.gauss(450, 12)))
    return Visit(arrives=arrives, departs=departs, wants_wh=1000 * chance.uniform(5, 20))


def _at_wall(day: LocalDay, minute: int) -> int:
    """When the wall clock first shows that minute of a day, or the next later one if the clocks skip it."""
    index = next((index for index, wall in enumerate(day.wall) if wall >= minute), day.minutes - 1)
    return day.start + index * MINUTE


_HOUR: Final = 3_600_000_000


class ChargingPoint:
    """One charger: how much the car still needs, and what the session has delivered."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._next: Visit | None = None
        self._visit: Visit | None = None
        self._wants_wh = 0.0
        self.session_wh = 0.0
        """Energy of the present or last session."""

    def begin_day(self, day: date) -> None:
        """Determine whether the car will come home today."""
        self._next = visit_on(self._plant, day)

    def look(self, micros: int) -> bool:
        """Notice arrivals and departures; True when the car has just left."""
        left = self._visit is not None and micros >= self._visit.departs
        if left:
            self._visit = None
        visit = self._next
        if self._visit is None and visit is not None and visit.arrives <= micros < visit.departs:
            self._visit, self._wants_wh, self.session_wh = visit, visit.wants_wh, 0.0
        return left

    @property
    def plugged_in(self) -> bool:
        """Whether a car is there."""
        return self._visit is not None

    def desired(self, controls: Controls, micros: int) -> int:
        """What the car would draw for that long (W)."""
        amps = min(controls.charger_limit_a, self._plant.charger_max_a)
        if self._visit is None or self._is_full or not self._may_charge(controls):
            return 0
        # No more than fills it within the step, so that a step never ends with an overfull car.
        return int(min(amps * self._plant.voltage_v, self._wants_wh * _HOUR / micros))

    @property
    def least_w(self) -> int:
        """The smallest power that the charger can signal, and less once the car is nearly full."""
        return int(self._plant.charger_min_a * self._plant.voltage_v)

    def apply(self, power_w: int, micros: int) -> None:
        """Let the power flow into the car for that long."""
        if not power_w:
            return
        energy = power_w * micros / _HOUR
        self._wants_wh -= energy
        self.session_wh += energy

    def status(self, power_w: int) -> ChargerStatus:
        """The charger's state while that power flows."""
        if self._visit is None:
            return ChargerStatus.AVAILABLE
        if power_w > 0:
            return ChargerStatus.CHARGING
        return ChargerStatus.SUSPENDED_EV if self._is_full else ChargerStatus.SUSPENDED_EVSE

    @property
    def _is_full(self) -> bool:
        return self._wants_wh < 1

    def _may_charge(self, controls: Controls) -> bool:
        return not controls.ev_stopped and controls.charger_limit_a >= self._plant.charger_min_a
