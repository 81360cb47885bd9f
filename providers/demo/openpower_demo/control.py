"""What people ask for, as the box can keep it; adjustments name what differs from what was asked. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import attrs

from openpower_core import provider as core
from openpower_demo import imitation
from openpower_demo.models import Currents, ExportLimit, Program
from openpower_simulation import Plant

SITE_LEAST_A = 20.0
"""The smallest main fuse that the site can be limited to."""

Powered = TypeVar("Powered", core.BatteryCommand, core.Window)


def plan_command(
    current: Program, command: core.BatteryCommand, plant: Plant, now: datetime, like: core.Behaviour | None = None
) -> core.Draft[Program]:
    """Let a command run over the schedule."""
    core.check_not_over(command.until, now)
    fitted, adjustments = _fitted(command, plant, "")
    if like is None:
        return core.Draft(document=attrs.evolve(current, command=fitted), adjustments=adjustments)
    draft = imitation.command(current, fitted, like, now)
    return attrs.evolve(draft, adjustments=(*adjustments, *draft.adjustments))


def plan_schedule(
    current: Program, schedule: core.Schedule, plant: Plant, like: core.Behaviour | None = None
) -> core.Draft[Program]:
    """Replace the schedule; a running command goes on."""
    core.check_schedule_zone(schedule.tz, plant.tz, device="the home")
    if like is not None and like.battery.schedule is not None:
        imitation.check(schedule, like.battery.schedule)
    windows: list[core.Window] = []
    adjustments: list[core.Adjustment] = []
    for index, window in enumerate(schedule.windows):
        fitted, changes = _fitted(window, plant, f"windows[{index}].")
        windows.append(fitted)
        adjustments += changes
        if like is not None and like.battery.schedule is not None:
            windows[-1], changes = imitation.window(fitted, like.battery.schedule, f"windows[{index}].")
            adjustments += changes
    windows.sort(key=lambda window: (window.start, sorted(window.days)))
    document = attrs.evolve(current, schedule=core.Schedule(windows=windows, otherwise=schedule.otherwise))
    return core.Draft(document=document, adjustments=adjustments)


_POWERS: Final = ("max_charge_w", "max_discharge_w")


def plan_settings(
    current: core.BatterySettings, changes: Mapping[str, Any], plant: Plant, like: core.Behaviour | None = None
) -> core.Draft[core.BatterySettings]:
    """Change the settings that are named."""
    named: dict[str, Any] = dict(changes)
    powers: dict[str, Any] = {name: named.pop(name) for name in _POWERS if name in named}
    if like is not None and not like.lifts_limits and None in powers.values():
        raise core.InvalidValue(
            "the vendor cannot lift a power limit.", provider="demo", hint="Set the battery's most."
        )
    limited: tuple[core.Adjustment, ...] = ()
    if powers:
        named["power_limits"], limited = _limited(current.power_limits or core.PowerLimits(), powers, plant)
    wanted = attrs.evolve(current, **named)
    if wanted.reserve_soc_pct is None:
        return core.Draft(document=wanted, adjustments=limited)
    least = max(plant.min_soc_pct, wanted.reserve_soc_pct)
    reason = f"the battery stops itself at {plant.min_soc_pct:g} %"
    adjustments = core.adjusted("reserve_soc_pct", wanted.reserve_soc_pct, least, reason)
    return core.Draft(document=attrs.evolve(wanted, reserve_soc_pct=least), adjustments=(*adjustments, *limited))


def _limited(
    current: core.PowerLimits, changes: Mapping[str, Any], plant: Plant
) -> tuple[core.PowerLimits, tuple[core.Adjustment, ...]]:
    """Limit charging or discharging, in whole watts up to what the battery can do."""
    got: dict[str, float | None] = {}
    adjustments: list[core.Adjustment] = []
    reason = f"the battery takes whole watts up to its {plant.battery_w} W"
    for name, power in changes.items():
        scale = core.Scale(field=name, high=plant.battery_w, unit="W", rounding="down", outside="snap", reason=reason)
        got[name], snapped = (None, ()) if power is None else scale.snap(power)
        adjustments += snapped
    return attrs.evolve(current, **got), tuple(adjustments)


_EXPORT = core.Scale(field="limit_w", unit="W", rounding="down", reason="the limit is kept in whole watts")


def plan_export_limit(limit_w: float | None) -> core.Draft[ExportLimit]:
    """Limit what goes to the grid, in whole watts."""
    if limit_w is None:
        return core.Draft(document=ExportLimit())
    got, adjustments = _EXPORT.snap(limit_w)
    return core.Draft(document=ExportLimit(limit_w=int(got)), adjustments=adjustments)


def plan_current(current: Currents, amps: float, scope: core.CurrentScope, plant: Plant) -> core.Draft[Currents]:
    """Limit the charger's or the site's current, in whole amperes within its range."""
    site = scope is core.CurrentScope.SITE
    low, high = (SITE_LEAST_A, plant.site_limit_a) if site else (plant.charger_min_a, plant.charger_max_a)
    reason = f"the {scope} takes whole amperes from {low:g} to {high:g}"
    scale = core.Scale(field="amps", low=low, high=high, unit="A", rounding="down", outside="snap", reason=reason)
    got, adjustments = scale.snap(amps)
    return core.Draft(document=attrs.evolve(current, **{f"{scope.value}_a": float(got)}), adjustments=adjustments)


def _fitted(asked: Powered, plant: Plant, where: str) -> tuple[Powered, tuple[core.Adjustment, ...]]:
    """The same with no more power than the battery has."""
    power = asked.power_w
    if power is None or power <= plant.battery_w:
        return asked, ()
    reason = f"the battery takes and gives at most {plant.battery_w} W"
    return attrs.evolve(asked, power_w=plant.battery_w), core.adjusted(
        f"{where}power_w", power, plant.battery_w, reason
    )
