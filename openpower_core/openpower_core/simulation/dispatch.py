"""Who gets which power: the battery's permissions, the fuse and the export limit, in whole watts.

At the AC bus ``pv + battery + grid = load + ev`` holds exactly, because the grid is what is left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from openpower_core.control import BatteryMode
    from openpower_core.simulation.storage import Room

__all__ = ["Limits", "Powers", "Wishes", "dispatch"]


class Wishes(NamedTuple):
    """What sun and people would have (W)."""

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


def dispatch(
    wishes: Wishes, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits
) -> Powers:
    """Settle all flows for one step."""
    ev = wishes.ev
    battery, excess = _within_import_limit(wishes, ev, mode, power_w, room, limits)
    if excess > 0 and ev > 0:
        ev = ev - excess if ev - excess >= wishes.ev_least else 0
        battery, _ = _within_import_limit(wishes, ev, mode, power_w, room, limits)
    return _within_export_limit(wishes, ev, battery, limits)


def _within_import_limit(
    wishes: Wishes, ev: int, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits
) -> tuple[int, int]:
    """The battery's power once charging has yielded to the fuse, and what is still too much for it."""
    battery = _battery(wishes.pv - wishes.load - ev, mode, power_w, room, limits)
    excess = wishes.load + ev - wishes.pv - battery - limits.import_w
    yielded = max(0, min(excess, -battery))
    return battery + yielded, excess - yielded


def _within_export_limit(wishes: Wishes, ev: int, battery: int, limits: Limits) -> Powers:
    pv = wishes.pv
    if limits.export_w is not None:
        excess = pv + battery - wishes.load - ev - limits.export_w
        if excess > 0 and battery > 0:
            yielded = min(excess, battery)
            battery, excess = battery - yielded, excess - yielded
        if excess > 0:
            pv = max(0, pv - excess)
    surplus = max(0, pv - wishes.load - ev)
    return Powers(
        pv=pv,
        load=wishes.load,
        ev=ev,
        battery=battery,
        grid=wishes.load + ev - pv - battery,
        grid_charge=max(0, -battery - surplus),
    )


def _battery(
    surplus: int, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits
) -> int:
    """The battery's power in a mode, given what PV leaves over (negative: what the house lacks)."""
    rate = None if power_w is None else int(power_w)
    charge = room.charge_w if rate is None else min(room.charge_w, rate)
    discharge = room.discharge_w if rate is None else min(room.discharge_w, rate)
    allowed = mode.permissions
    if allowed.battery_to_grid == "forced":
        return discharge
    if allowed.grid_to_battery == "forced" and limits.grid_charge:
        return -charge
    if surplus > 0:
        return -min(surplus, charge) if allowed.pv_to_battery else 0
    return min(-surplus, discharge) if allowed.battery_to_load else 0
