"""The charging point and the car at it: sessions, what the car wants now, and the charger's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower_core.readings import ChargerStatus
from openpower_simulation.cars import visit_on

if TYPE_CHECKING:
    from datetime import date

    from openpower_simulation.cars import Visit
    from openpower_simulation.controls import Controls
    from openpower_simulation.plant import Plant

__all__ = ["ChargingPoint"]

_HOUR: Final = 3_600_000_000


class ChargingPoint:
    """One charger; the car's wish and the session's energy are kept here."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._next: Visit | None = None
        self._visit: Visit | None = None
        self._wants_wh = 0.0
        self.session_wh = 0.0
        """Energy of the present or last session."""

    def begin_day(self, day: date) -> None:
        """Learn whether the car will come home today."""
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
