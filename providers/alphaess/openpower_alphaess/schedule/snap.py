"""A schedule brought onto the vendor's grid; whatever changes on the way is an adjustment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_alphaess.schedule.grid import QUARTER
from openpower_alphaess.schedule.week import AUTO, HOLD, Cell, Week, empty_week, paint
from openpower_core.provider import Adjustment, BatteryMode, Feature, InvalidValue, Schedule, Unsupported, Window

if TYPE_CHECKING:
    from openpower_alphaess.schedule.pairs import Pair

__all__ = ["HOLD_LIMIT", "Laid", "charge_cell", "check_mode", "lay"]

HOLD_LIMIT: Final = 10
"""The lowest limit of a charge period (%): a charge period with it holds the battery."""
_LEAST_TARGET: Final = 11
_MODES: Final = (BatteryMode.AUTO, BatteryMode.CHARGE, BatteryMode.HOLD)


@frozen
class Laid:
    """A schedule on the grid."""

    week: Week
    otherwise: BatteryMode
    adjustments: tuple[Adjustment, ...] = ()


def check_mode(mode: BatteryMode) -> None:
    """Refuse what no AlphaESS schedule can express."""
    if mode not in _MODES:
        raise Unsupported(
            f"AlphaESS schedules have no {mode} mode: a discharge period is a permission, not an order.",
            feature=Feature.of(mode),
            alternatives=("auto", "charge", "hold"),
            provider="alphaess",
        )


def lay(schedule: Schedule, pair: Pair) -> Laid:
    """Put a schedule's windows on the grid, each snapped inward.

    Raises:
        Unsupported: a mode that the vendor has not.
        InvalidValue: nothing is left of a window, or the mode outside the windows is a charge.
    """
    check_mode(schedule.otherwise)
    if schedule.otherwise is BatteryMode.CHARGE:
        raise InvalidValue(
            "AlphaESS charges from the grid in windows only.",
            provider="alphaess",
            hint="Give otherwise=AUTO or HOLD, and windows of CHARGE.",
        )
    week, changes = empty_week(), list[Adjustment]()
    for index, window in enumerate(schedule.windows):
        check_mode(window.mode)
        where = f"windows[{index}]."
        first, last = _snapped(window, where, changes)
        cell = _cell(window, where, pair, changes)
        plain = cell.mode is schedule.otherwise
        week = paint(week, window.days, first, last, None if plain else cell)
    return Laid(week, schedule.otherwise, tuple(changes))


def _snapped(window: Window, where: str, changes: list[Adjustment]) -> tuple[int, int]:
    first = math.ceil(window.start_minute / QUARTER)
    last = window.end_minute // QUARTER
    if last <= first:
        raise InvalidValue(
            f"nothing is left of the window {window.start:%H:%M}–{window.end:%H:%M} on AlphaESS's quarter hours.",
            provider="alphaess",
            hint="Give it at least one whole quarter hour.",
        )
    reason = "AlphaESS keeps quarter hours; the inverter ignores other times."
    asked = ((window.start, window.start_minute, first, "start"), (window.end, window.end_minute, last, "end"))
    for time, minute, quarter, name in asked:
        if quarter * QUARTER != minute:
            got = time.replace(hour=quarter * QUARTER // 60 % 24, minute=quarter * QUARTER % 60)
            changes.append(Adjustment(field=where + name, asked=time, got=got, reason=reason))
    return first, last


def _cell(window: Window, where: str, pair: Pair, changes: list[Adjustment]) -> Cell:
    if window.mode is BatteryMode.CHARGE:
        cell, changed = charge_cell(window.target_soc_pct, window.power_w, pair, where)
        changes += changed
        return cell
    for name, asked in (("target_soc_pct", window.target_soc_pct), ("power_w", window.power_w)):
        if asked is not None:
            reason = f"AlphaESS has no such setting for {window.mode}."
            changes.append(Adjustment(field=where + name, asked=asked, got=None, reason=reason))
    return HOLD if window.mode is BatteryMode.HOLD else AUTO


def charge_cell(
    target: float | None, power: float | None, pair: Pair, where: str = ""
) -> tuple[Cell, list[Adjustment]]:
    """A charge as the pair can express it, and what had to change."""
    changes: list[Adjustment] = []

    def note(name: str, asked: Any, got: Any, reason: str) -> Any:
        if asked != got:
            changes.append(Adjustment(field=where + name, asked=asked, got=got, reason=reason))
        return got

    whole = 100 if target is None else min(max(math.floor(target), _LEAST_TARGET), 100)
    reason = "AlphaESS takes whole per cent from 10 to 100, and holds the battery at 10."
    if target is None:
        reason = "AlphaESS needs a limit; 100 % is none."
    stop = note("target_soc_pct", target, whole, reason)
    if not pair.has_power:
        rate = note("power_w", power, None, "AlphaESS's legacy settings have no power.")
    elif power is None:
        rate = note("power_w", None, pair.full_w, "A period without a power does nothing; this is all there is.")
    else:
        rate = note("power_w", power, max(1, math.floor(power)), "AlphaESS takes whole watts.")
    return Cell(BatteryMode.CHARGE, stop, rate), changes
