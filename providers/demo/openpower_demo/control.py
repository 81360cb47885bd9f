"""What people ask for, as the box can keep it; adjustments name what differs from what was asked. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs

from openpower_core.provider import (
    Adjustment,
    BatteryCommand,
    BatterySettings,
    CurrentScope,
    Draft,
    InvalidValue,
    Scale,
    Schedule,
    Window,
    adjusted,
    check_not_over,
    check_schedule_zone,
)
from openpower_demo.models import Currents, ExportLimit, Program
from openpower_simulation import Plant

SITE_LEAST_A = 20.0
"""The smallest main fuse that the site can be limited to."""

Powered = TypeVar("Powered", BatteryCommand, Window)


def plan_command(current: Program, command: BatteryCommand, plant: Plant, now: datetime) -> Draft[Program]:
    """Let a command run over the schedule."""
    check_not_over(command.until, now)
    fitted, adjustments = _fitted(command, plant, "")
    return Draft(document=attrs.evolve(current, command=fitted), adjustments=adjustments)


def plan_schedule(current: Program, schedule: Schedule, plant: Plant) -> Draft[Program]:
    """Replace the schedule; a running command goes on."""
    check_schedule_zone(schedule.tz, plant.tz, device="the home")
    windows: list[Window] = []
    adjustments: list[Adjustment] = []
    for index, window in enumerate(schedule.windows):
        fitted, changes = _fitted(window, plant, f"windows[{index}].")
        windows.append(fitted)
        adjustments += changes
    windows.sort(key=lambda window: (window.start, sorted(window.days)))
    document = attrs.evolve(current, schedule=Schedule(windows=windows, otherwise=schedule.otherwise))
    return Draft(document=document, adjustments=adjustments)


def plan_settings(current: BatterySettings, changes: Mapping[str, Any], plant: Plant) -> Draft[BatterySettings]:
    """Change the settings that are named."""
    wanted = attrs.evolve(current, **changes)
    if wanted.reserve_soc_pct is None:
        return Draft(document=wanted)
    least = max(plant.min_soc_pct, wanted.reserve_soc_pct)
    reason = f"the battery stops itself at {plant.min_soc_pct:g} %"
    adjustments = adjusted("reserve_soc_pct", wanted.reserve_soc_pct, least, reason)
    return Draft(document=attrs.evolve(wanted, reserve_soc_pct=least), adjustments=adjustments)


_EXPORT = Scale(field="limit_w", unit="W", rounding="down", reason="the limit is kept in whole watts")


def plan_export_limit(limit_w: float | None) -> Draft[ExportLimit]:
    """Limit what goes to the grid, in whole watts."""
    if limit_w is None:
        return Draft(document=ExportLimit())
    got, adjustments = _EXPORT.snap(limit_w)
    return Draft(document=ExportLimit(limit_w=int(got)), adjustments=adjustments)


def plan_current(current: Currents, amps: float, scope: CurrentScope, plant: Plant) -> Draft[Currents]:
    """Limit the charger's or the site's current, in whole amperes within its range."""
    if not amps > 0:
        raise InvalidValue(f"amps is {amps}; it must be above 0.", hint="stop() stops the car.")
    site = scope is CurrentScope.SITE
    low, high = (SITE_LEAST_A, plant.site_limit_a) if site else (plant.charger_min_a, plant.charger_max_a)
    reason = f"the {scope} takes whole amperes from {low:g} to {high:g}"
    scale = Scale(field="amps", low=low, high=high, unit="A", rounding="down", outside="snap", reason=reason)
    got, adjustments = scale.snap(amps)
    return Draft(document=attrs.evolve(current, **{f"{scope.value}_a": float(got)}), adjustments=adjustments)


def _fitted(asked: Powered, plant: Plant, where: str) -> tuple[Powered, tuple[Adjustment, ...]]:
    """The same with no more power than the battery has."""
    power = asked.power_w
    if power is None or power <= plant.battery_w:
        return asked, ()
    reason = f"the battery takes and gives at most {plant.battery_w} W"
    return attrs.evolve(asked, power_w=plant.battery_w), adjusted(f"{where}power_w", power, plant.battery_w, reason)
