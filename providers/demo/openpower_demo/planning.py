"""What people ask for, as what the box can hold; where it only comes near, an adjustment says so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from openpower_core.provider import (
    Adjustment,
    BatteryCommand,
    BatterySettings,
    CurrentScope,
    Draft,
    InvalidValue,
    Schedule,
)
from openpower_demo.current import Currents, ExportLimit, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openpower_core.provider import Window
    from openpower_simulation import Plant

__all__ = ["SITE_LEAST_A", "plan_command", "plan_current", "plan_export_limit", "plan_schedule", "plan_settings"]

SITE_LEAST_A = 20.0
"""The smallest main fuse that the site can be limited to."""

Order = TypeVar("Order", BatteryCommand, "Window")


def plan_command(current: Program, command: BatteryCommand, plant: Plant, now: datetime) -> Draft[Program]:
    """Let a command run over the schedule."""
    if command.until is not None and command.until <= now:
        raise InvalidValue(
            f"until ({command.until.isoformat()}) is over already; on the home's clock it is "
            f"{now.isoformat(timespec='seconds')}."
        )
    fitted, adjustments = _fitted(command, plant, "")
    return Draft(document=attrs.evolve(current, command=fitted), adjustments=tuple(adjustments))


def plan_schedule(current: Program, schedule: Schedule, plant: Plant) -> Draft[Program]:
    """Replace the schedule; a running command goes on."""
    if schedule.tz not in (None, plant.tz):
        raise InvalidValue(
            f"the schedule is meant in {schedule.tz}, and the home's clock runs in {plant.tz}.",
            hint="Leave tz out, and give the times that the home's clock shows.",
        )
    windows: list[Window] = []
    adjustments: list[Adjustment] = []
    for index, window in enumerate(schedule.windows):
        fitted, changes = _fitted(window, plant, f"windows[{index}].")
        windows.append(fitted)
        adjustments += changes
    windows.sort(key=lambda window: (window.start, sorted(window.days)))
    document = attrs.evolve(current, schedule=Schedule(windows=windows, otherwise=schedule.otherwise))
    return Draft(document=document, adjustments=tuple(adjustments))


def plan_settings(current: BatterySettings, changes: Mapping[str, Any], plant: Plant) -> Draft[BatterySettings]:
    """Change the settings that are named."""
    wanted = attrs.evolve(current, **changes)
    reserve = wanted.reserve_soc_pct
    if reserve is None or reserve >= plant.min_soc_pct:
        return Draft(document=wanted)
    reason = f"the battery stops itself at {plant.min_soc_pct:g} %"
    return Draft(
        document=attrs.evolve(wanted, reserve_soc_pct=plant.min_soc_pct),
        adjustments=(_adjusted("reserve_soc_pct", reserve, plant.min_soc_pct, reason),),
    )


def plan_export_limit(limit_w: float | None) -> Draft[ExportLimit]:
    """Limit what goes to the grid, in whole watts."""
    if limit_w is None:
        return Draft(document=ExportLimit())
    if not 0 <= limit_w < float("inf"):
        raise InvalidValue(f"limit_w is {limit_w}; it is watts of at least 0, or None for no limit.")
    got = int(limit_w)
    adjustment = _adjusted("limit_w", limit_w, got, "the limit is kept in whole watts")
    return Draft(document=ExportLimit(limit_w=got), adjustments=() if got == limit_w else (adjustment,))


def plan_current(current: Currents, amps: float, scope: CurrentScope, plant: Plant) -> Draft[Currents]:
    """Limit the charger's or the site's current, in whole amperes within its range."""
    if not 0 < amps < float("inf"):
        raise InvalidValue(f"amps is {amps}; it must be above 0.", hint="stop() stops the car.")
    site = scope is CurrentScope.SITE
    least = SITE_LEAST_A if site else plant.charger_min_a
    most = plant.site_limit_a if site else plant.charger_max_a
    got = float(min(max(int(amps), least), most))
    document = attrs.evolve(current, **{"site_a" if site else "charger_a": got})
    reason = f"the {scope} takes whole amperes from {least:g} to {most:g}"
    adjustment = _adjusted("amps", amps, got, reason)
    return Draft(document=document, adjustments=() if got == amps else (adjustment,))


def _fitted(order: Order, plant: Plant, where: str) -> tuple[Order, list[Adjustment]]:
    """The order with no more power than the battery has."""
    power = order.power_w
    if power is None or power <= plant.battery_w:
        return order, []
    reason = f"the battery takes and gives at most {plant.battery_w} W"
    adjustment = _adjusted(f"{where}power_w", power, plant.battery_w, reason)
    return attrs.evolve(order, power_w=plant.battery_w), [adjustment]


def _adjusted(field: str, asked: Any, got: Any, reason: str) -> Adjustment:
    return Adjustment(field=field, asked=asked, got=got, reason=reason)
