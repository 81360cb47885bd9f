"""The distribution of power: the battery's limits and permissions, the main fuse and the export limit, in whole watts.

At the AC bus ``pv + battery + grid = load + ev`` holds exactly, because the grid takes what is left over and powers
are integers: with floats, rounding would leave a residual that tests of the balance could not tell from a bug.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from openpower_core.control import BatteryMode
from openpower_simulation.plant import Plant

_HOUR: Final = 3_600_000_000


class Room(NamedTuple):
    """The most that a battery can charge and discharge at the AC bus for a while (W)."""

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
        """What it can charge and discharge for that long within the band, in whole watts."""
        floor = self._capacity * max(floor_pct, self._floor) / 100
        ceiling = self._capacity * ceiling_pct / 100
        hours = micros / _HOUR
        # At the AC bus: charging takes more than reaches the cells, discharging gives less than leaves them. Cut to
        # whole watts, so that a step ends within the band.
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


class Desired(NamedTuple):
    """Available PV power and demand (W)."""

    pv: int
    load: int
    ev: int
    ev_least: int
    """Below this the car draws nothing."""


class Limits(NamedTuple):
    """What the grid connection allows (W)."""

    import_w: int
    export_w: int | None
    grid_charge: bool


class Powers(NamedTuple):
    """What flows (W): battery + discharging, grid + importing."""

    pv: int
    load: int
    ev: int
    battery: int
    grid: int
    grid_charge: int
    """The part of the charging power that the grid delivers; PV serves the house first."""


def dispatch(desired: Desired, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits) -> Powers:
    """Settle all flows for one step."""
    # The order is that of real energy managers: charging yields to the fuse before the car does, since a car that is
    # interrupted may not start again. When the car has yielded, the battery is settled again, because what the car no
    # longer takes may serve it.
    ev = desired.ev
    battery, excess = _within_import_limit(desired, ev, mode, power_w, room, limits)
    if excess > 0 and ev > 0:
        ev = ev - excess if ev - excess >= desired.ev_least else 0
        battery, _ = _within_import_limit(desired, ev, mode, power_w, room, limits)
    return _within_export_limit(desired, ev, battery, limits)


def _within_import_limit(
    desired: Desired, ev: int, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits
) -> tuple[int, int]:
    """The battery's power after charging has yielded to the fuse, and the remaining excess."""
    battery = _battery(desired.pv - desired.load - ev, mode, power_w, room, limits)
    excess = desired.load + ev - desired.pv - battery - limits.import_w
    yielded = max(0, min(excess, -battery))
    return battery + yielded, excess - yielded


def _within_export_limit(desired: Desired, ev: int, battery: int, limits: Limits) -> Powers:
    pv = desired.pv
    if limits.export_w is not None:
        # A forced discharge yields before PV is curtailed: stored energy is not lost, curtailed PV is.
        excess = pv + battery - desired.load - ev - limits.export_w
        if excess > 0 and battery > 0:
            yielded = min(excess, battery)
            battery, excess = battery - yielded, excess - yielded
        if excess > 0:
            pv = max(0, pv - excess)
    surplus = max(0, pv - desired.load - ev)
    return Powers(
        pv=pv,
        load=desired.load,
        ev=ev,
        battery=battery,
        grid=desired.load + ev - pv - battery,
        grid_charge=max(0, -battery - surplus),
    )


def _battery(surplus: int, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits) -> int:
    """The battery's power in a mode, given the surplus of PV (negative: the deficit)."""
    rate = None if power_w is None else int(power_w)
    charge = room.charge_w if rate is None else min(room.charge_w, rate)
    discharge = room.discharge_w if rate is None else min(room.discharge_w, rate)
    allowed = mode.permissions
    # A forced flow runs at full power, whatever the house uses; the other modes only follow the house's balance.
    if allowed.battery_to_grid == "forced":
        return discharge
    if allowed.grid_to_battery == "forced" and limits.grid_charge:
        return -charge
    if surplus > 0:
        return -min(surplus, charge) if allowed.pv_to_battery else 0
    return min(-surplus, discharge) if allowed.battery_to_load else 0
