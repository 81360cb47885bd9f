"""The legacy pair as one document: two daily charge windows and two daily discharge windows.

Inside a charge window the battery is charged up to the limit and not discharged. With discharge windows
in force the battery serves the house inside them only, and only charges outside: a permission, never a
force. So ``otherwise=HOLD`` with AUTO windows is what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
from attrs import frozen

from openpower_alphaess.schedule.grid import PER_DAY, QUARTER, clock, minutes, quarters
from openpower_alphaess.schedule.snap import HOLD_LIMIT
from openpower_alphaess.schedule.week import (
    AUTO,
    HOLD,
    Cell,
    Piece,
    Week,
    day_of,
    empty_week,
    is_daily,
    paint,
    pieces_of,
    without_permission,
)
from openpower_core.provider import Adjustment, BatteryMode, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpower_alphaess.models import ChargeSettings, DischargeSettings

__all__ = ["LegacyPlan", "Span", "encode_legacy", "legacy_plan", "legacy_week"]

Span: TypeAlias = tuple[int, int]
"""Begin and end in minutes from midnight, as the vendor has them: equal is off, an end of 0 is midnight."""

_DAYS: Final = range(1, 8)
_OFF: Final[Span] = (0, 0)
_SLOTS: Final = 2


@frozen(kw_only=True)
class LegacyPlan:
    """Both halves of the pair, in one order whatever the vendor's."""

    charge_on: bool = False
    charge: tuple[Span, ...] = (_OFF, _OFF)
    charge_limit: float = 100
    discharge_on: bool = False
    discharge: tuple[Span, ...] = (_OFF, _OFF)
    discharge_limit: float = 10


def legacy_plan(charge: ChargeSettings, discharge: DischargeSettings) -> LegacyPlan:
    """What two answers of the service hold; a missing limit is the vendor's default."""
    return LegacyPlan(
        charge_on=bool(charge.grid_charge),
        charge=_spans((charge.time_chaf1, charge.time_chae1), (charge.time_chaf2, charge.time_chae2)),
        charge_limit=100 if charge.bat_high_cap is None else charge.bat_high_cap,
        discharge_on=bool(discharge.ctr_dis),
        discharge=_spans((discharge.time_disf1, discharge.time_dise1), (discharge.time_disf2, discharge.time_dise2)),
        discharge_limit=10 if discharge.bat_use_cap is None else discharge.bat_use_cap,
    )


def _spans(*texts: tuple[str | None, str | None]) -> tuple[Span, ...]:
    found: list[Span] = []
    for first, last in texts:
        begin, end = minutes(first), minutes(last)
        found.append(_OFF if begin is None or end is None else (begin, end))
    return _ordered(found)


def _ordered(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Windows first, in time order; those that are off behind them."""
    return tuple(sorted(spans, key=lambda span: (span[0] == span[1], span)))


def legacy_week(plan: LegacyPlan) -> tuple[Week, BatteryMode]:
    """What the pair makes of every quarter hour; where windows overlap, charging wins."""
    week, otherwise = empty_week(), BatteryMode.AUTO
    if plan.discharge_on:
        otherwise = BatteryMode.HOLD
        week = _painted(week, plan.discharge, AUTO)
    if plan.charge_on:
        target = plan.charge_limit
        charging = HOLD if target <= HOLD_LIMIT else Cell(BatteryMode.CHARGE, target)
        week = _painted(week, plan.charge, None if charging.mode is otherwise else charging)
    return week, otherwise


def _painted(week: Week, spans: Iterable[Span], cell: Cell | None) -> Week:
    for begin, end in spans:
        found = quarters(begin, end)
        if found is not None:
            week = paint(week, _DAYS, *found, cell)
    return week


def encode_legacy(
    week: Week, otherwise: BatteryMode, current: LegacyPlan, *, strict: bool = False
) -> tuple[LegacyPlan, list[Adjustment]]:
    """The pair that makes a week happen.

    Args:
        week: what is wanted; the days must be alike.
        otherwise: AUTO or HOLD.
        held: what stays where the week does not need it: limits, and windows that are switched off.
        strict: refuse what could only be approximated.

    Raises:
        InvalidValue: the pair cannot express it.
    """
    if not is_daily(week):
        raise InvalidValue(
            "AlphaESS's legacy settings repeat every day; windows cannot differ by day of the week.",
            provider="alphaess",
            hint="Leave days out, or change the schedule day by day.",
        )
    week, otherwise = without_permission(week, otherwise)
    pieces = pieces_of(day_of(week, 1))
    charges = [each for each in pieces if each.cell.mode is BatteryMode.CHARGE]
    holds = [each for each in pieces if each.cell.mode is BatteryMode.HOLD]
    autos = [each for each in pieces if each.cell.mode is BatteryMode.AUTO]
    if charges and holds:  # one limit serves both charge windows, so the other half has to hold
        autos, holds, otherwise = _gaps(pieces), [], BatteryMode.HOLD
    adjustments: list[Adjustment] = []
    limit = HOLD_LIMIT if holds else _common_target(charges, adjustments, strict=strict)
    plan = attrs.evolve(current, charge_on=bool(charges or holds), discharge_on=otherwise is BatteryMode.HOLD)
    if charges or holds:
        plan = attrs.evolve(plan, charge=_slots(charges or holds, "charge"), charge_limit=limit)
    if otherwise is BatteryMode.HOLD:
        plan = attrs.evolve(plan, discharge=_slots(autos, "discharge"))
    return plan, adjustments


def _gaps(pieces: Sequence[Piece]) -> list[Piece]:
    cells: list[Cell | None] = [AUTO] * PER_DAY
    for piece in pieces:
        cells[piece.begin : piece.end] = [None] * (piece.end - piece.begin)
    return pieces_of(tuple(cells))


def _common_target(charges: Sequence[Piece], adjustments: list[Adjustment], *, strict: bool) -> float:
    targets = {each.cell.target or 100 for each in charges}
    highest = max(targets, default=100)
    if len(targets) > 1:
        if strict:
            raise InvalidValue("one limit serves both charge windows.", provider="alphaess")
        adjustments += [
            Adjustment(
                field="target_soc_pct",
                asked=target,
                got=highest,
                reason="AlphaESS's legacy settings have one limit for both charge windows.",
            )
            for target in sorted(targets - {highest})
        ]
    return highest


def _slots(pieces: Sequence[Piece], what: str) -> tuple[Span, ...]:
    if len(pieces) > _SLOTS:
        times = ", ".join(f"{clock(each.begin * QUARTER)}–{clock(each.end * QUARTER)}" for each in pieces)
        raise InvalidValue(
            f"AlphaESS's legacy settings have two {what} windows a day, and this needs {len(pieces)}: {times}.",
            provider="alphaess",
            hint="A window past midnight counts as two.",
        )
    spans = [(each.begin * QUARTER, each.end * QUARTER % 1440) for each in pieces]
    return _ordered([*spans, *[_OFF] * (_SLOTS - len(spans))])
