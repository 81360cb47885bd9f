"""Who gets which power: the battery's permissions, the fuse and the export limit, in whole watts.

At the AC bus ``pv + battery + grid = load + ev`` holds exactly, because the grid is what is left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from openpower_core.control import BatteryMode
    from openpower_simulation.storage import Room

__all__ = ["Desired", "Limits", "Powers", "dispatch"]


class Desired(NamedTuple):
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


def dispatch(desired: Desired, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits) -> Powers:
    """Settle all flows for one step."""
    ev = desired.ev
    battery, excess = _within_import_limit(desired, ev, mode, power_w, room, limits)
    if excess > 0 and ev > 0:
        ev = ev - excess if ev - excess >= desired.ev_least else 0
        battery, _ = _within_import_limit(desired, ev, mode, power_w, room, limits)
    return _within_export_limit(desired, ev, battery, limits)


def _within_import_limit(
    desired: Desired, ev: int, mode: BatteryMode, power_w: float | None, room: Room, limits: Limits
) -> tuple[int, int]:
    """The battery's power once charging has yielded to the fuse, and what is still too much for it."""
    battery = _battery(desired.pv - desired.load - ev, mode, power_w, room, limits)
    excess = desired.load + ev - desired.pv - battery - limits.import_w
    yielded = max(0, min(excess, -battery))
    return battery + yielded, excess - yielded


def _within_export_limit(desired: Desired, ev: int, battery: int, limits: Limits) -> Powers:
    pv = desired.pv
    if limits.export_w is not None:
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
