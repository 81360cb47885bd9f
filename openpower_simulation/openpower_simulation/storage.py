"""The battery's cells: how much they can take and give, and what of it is lost as heat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from openpower_simulation.plant import Plant

__all__ = ["Room", "Storage"]

_HOUR: Final = 3_600_000_000


class Room(NamedTuple):
    """The most that a battery can take and give at the AC bus for a while (W)."""

    charge_w: int
    discharge_w: int


class Storage:
    """The cells of one battery. Its power is that at the AC bus: + discharging, − charging."""

    def __init__(self, plant: Plant, soc_pct: float) -> None:
        self._capacity = plant.battery_kwh * 1000
        self._power = plant.battery_w if plant.battery_kwh else 0
        self._into = plant.charge_efficiency
        self._out_of = plant.discharge_efficiency
        self._floor = plant.min_soc_pct
        self.stored_wh = self._capacity * soc_pct / 100
        self.lost_wh = 0.0

    @property
    def soc_pct(self) -> float:
        """State of charge (0–100)."""
        return self.soc_after(0, 0)

    def room(self, micros: int, floor_pct: float, ceiling_pct: float) -> Room:
        """What it can take and give for that long without leaving the band, in whole watts."""
        floor = self._capacity * max(floor_pct, self._floor) / 100
        ceiling = self._capacity * ceiling_pct / 100
        hours = micros / _HOUR
        take = (ceiling - self.stored_wh) / self._into / hours
        give = (self.stored_wh - floor) * self._out_of / hours
        return Room(charge_w=max(0, int(min(take, self._power))), discharge_w=max(0, int(min(give, self._power))))

    def apply(self, power_w: int, micros: int) -> None:
        """Let the power flow for that long."""
        change = self._change(power_w, micros)
        self.stored_wh += change
        self.lost_wh -= change + power_w * micros / _HOUR

    def soc_after(self, power_w: int, micros: int) -> float:
        """The state of charge that the power leads to after that long."""
        if not self._capacity:
            return 0.0
        stored = self.stored_wh + self._change(power_w, micros)
        return min(100.0, max(0.0, 100 * stored / self._capacity))

    def _change(self, power_w: int, micros: int) -> float:
        energy = power_w * micros / _HOUR
        return -energy / self._out_of if power_w > 0 else -energy * self._into
