"""The legacy pair as one document: two daily charge windows and two daily discharge windows.

Inside a charge window the battery is charged up to the limit and not discharged. With discharge windows
in force the battery serves the house inside them only, and only charges outside: a permission, never a
force. So ``otherwise=HOLD`` with AUTO windows is what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import frozen

from openpower_alphaess.client import grid
from openpower_alphaess.client.requests import Write, charge_write, clock, discharge_write, minutes
from openpower_alphaess.control.pair import UNKNOWN_RATING_W, DesiredSettings, holding, maximum, reserve
from openpower_alphaess.control.week import (
    AUTO,
    EMPTY_WEEK,
    HOLD,
    HOLD_LIMIT,
    Piece,
    Slot,
    Week,
    day_of,
    is_daily,
    paint,
    pieces_of,
    without_permission,
)
from openpower_core.provider import Adjustment, BatteryMode, BatterySettings, InvalidValue, percentage_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpower_alphaess.models import ChargeSettings, DischargeSettings

_SIDES: Final = ("charge", "discharge")


@frozen(kw_only=True)
class LegacyPlan:
    """Both halves of the pair, in one order whatever the vendor's."""

    charge_on: bool = False
    charge: tuple[grid.Span, ...] = (grid.OFF, grid.OFF)
    charge_limit: float = 100
    discharge_on: bool = False
    discharge: tuple[grid.Span, ...] = (grid.OFF, grid.OFF)
    discharge_limit: float = 10


def legacy_plan(charge: ChargeSettings, discharge: DischargeSettings) -> LegacyPlan:
    """What two answers of the service say; a missing limit is the vendor's default."""
    return LegacyPlan(
        charge_on=bool(charge.grid_charge),
        charge=_spans((charge.time_chaf1, charge.time_chae1), (charge.time_chaf2, charge.time_chae2)),
        charge_limit=100 if charge.bat_high_cap is None else charge.bat_high_cap,
        discharge_on=bool(discharge.ctr_dis),
        discharge=_spans((discharge.time_disf1, discharge.time_dise1), (discharge.time_disf2, discharge.time_dise2)),
        discharge_limit=10 if discharge.bat_use_cap is None else discharge.bat_use_cap,
    )


def _spans(*texts: tuple[str | None, str | None]) -> tuple[grid.Span, ...]:
    found: list[grid.Span] = []
    for first, last in texts:
        begin, end = minutes(first), minutes(last)
        found.append(grid.OFF if begin is None or end is None else (begin, end))
    return _ordered(found)


def _ordered(spans: Iterable[grid.Span]) -> tuple[grid.Span, ...]:
    """Windows first, in time order; those that are off behind them: the order is the vendor's own, and means nothing."""
    return tuple(sorted(spans, key=lambda span: (span[0] == span[1], span)))


class LegacyPair:
    """The legacy pair of settings; see :class:`~openpower_alphaess.control.pair.Pair`."""

    name = "legacy"
    has_power = False
    full_w = UNKNOWN_RATING_W
    daily = True

    def week(self, plan: LegacyPlan, /) -> tuple[Week, BatteryMode]:
        """See :class:`Pair`."""
        week, otherwise = EMPTY_WEEK, BatteryMode.AUTO
        if plan.discharge_on:
            otherwise = BatteryMode.HOLD
            week = _painted(week, plan.discharge, AUTO)
        if plan.charge_on:
            target = plan.charge_limit
            charging = HOLD if target <= HOLD_LIMIT else Slot(BatteryMode.CHARGE, target)
            # Painted last, since charging wins where windows overlap.
            week = _painted(week, plan.charge, None if charging.mode is otherwise else charging)
        return week, otherwise

    def encode(
        self, week: Week, otherwise: BatteryMode, current: LegacyPlan, /, *, strict: bool = False
    ) -> tuple[LegacyPlan, list[Adjustment]]:
        """See :class:`Pair`; the days must be alike, and windows that are not needed stay, switched off."""
        if not is_daily(week):
            raise InvalidValue(
                "AlphaESS's legacy settings repeat every day; windows cannot differ by day of the week.",
                provider="alphaess",
                hint="Leave days out, or change the schedule day by day.",
            )
        week, otherwise = without_permission(week, otherwise)
        pieces = pieces_of(day_of(week, 1))
        charges, holds, autos = (_of(mode, pieces) for mode in (BatteryMode.CHARGE, BatteryMode.HOLD, BatteryMode.AUTO))
        if charges and holds:
            # A charge window whose limit is at or below the state of charge holds the battery, but one limit serves
            # both charge windows. So the charges keep them, and the discharge half holds: permitted elsewhere only.
            autos, holds, otherwise = _gaps(pieces), [], BatteryMode.HOLD
        adjustments: list[Adjustment] = []
        # The battery is hardly ever below the lowest limit, so a window with it does not charge, and no charge window
        # discharges: it holds.
        limit = HOLD_LIMIT if holds else _common_target(charges, adjustments, strict=strict)
        plan = attrs.evolve(current, charge_on=bool(charges or holds), discharge_on=otherwise is BatteryMode.HOLD)
        if charges or holds:
            plan = attrs.evolve(plan, charge=_windows(charges or holds, "charge"), charge_limit=limit)
        # Discharge windows in force permit the battery inside them only; outside it holds.
        if otherwise is BatteryMode.HOLD:
            plan = attrs.evolve(plan, discharge=_windows(autos, "discharge"))
        return plan, adjustments

    def off(self, plan: LegacyPlan, /) -> LegacyPlan:
        """See :class:`Pair`; the windows stay, switched off."""
        return attrs.evolve(plan, charge_on=False, discharge_on=False)

    def settings(self, plan: LegacyPlan, /) -> BatterySettings:
        """See :class:`Pair`."""
        return BatterySettings(
            reserve_soc_pct=percentage_or_none(plan.discharge_limit),
            max_soc_pct=None if _holds(plan) else percentage_or_none(plan.charge_limit),
            grid_charge_allowed=plan.charge_on,
        )

    def change(self, plan: LegacyPlan, desired: DesiredSettings, /) -> tuple[LegacyPlan, list[Adjustment]]:
        """See :class:`Pair`."""
        adjustments: list[Adjustment] = []
        if _holds(plan) and (desired.max_soc_pct, desired.grid_charge_allowed) != (None, None):
            raise holding()
        if desired.reserve_soc_pct is not None:
            plan = attrs.evolve(plan, discharge_limit=reserve(desired.reserve_soc_pct, 0, adjustments))
        if desired.max_soc_pct is not None:
            plan = attrs.evolve(plan, charge_limit=maximum(desired.max_soc_pct, adjustments))
        if desired.grid_charge_allowed is not None:
            plan = attrs.evolve(plan, charge_on=desired.grid_charge_allowed)
        return plan, adjustments

    def visible(self, plan: LegacyPlan, /) -> object:
        """See :class:`Pair`; all of it."""
        return plan

    def load(self, data: dict[str, Any], /) -> LegacyPlan:
        """See :class:`Pair`."""
        spans: dict[str, Any] = {side: tuple((begin, end) for begin, end in data[side]) for side in _SIDES}
        return LegacyPlan(**(data | spans))

    def writes(self, serial: str, plan: LegacyPlan, current: LegacyPlan, /) -> list[Write]:
        """See :class:`Pair`; the halves that differ, charging first."""
        found: list[Write] = []
        # Each half is a call of its own, and an equal half is not sent: every write costs flash and budget.
        charge = (plan.charge_on, plan.charge, plan.charge_limit)
        if charge != (current.charge_on, current.charge, current.charge_limit):
            found.append(charge_write(serial, on=charge[0], spans=charge[1], limit=charge[2]))
        discharge = (plan.discharge_on, plan.discharge, plan.discharge_limit)
        if discharge != (current.discharge_on, current.discharge, current.discharge_limit):
            found.append(discharge_write(serial, on=discharge[0], spans=discharge[1], limit=discharge[2]))
        return found


def _holds(plan: LegacyPlan) -> bool:
    """Whether the charge windows in force hold the battery instead of charging it."""
    return plan.charge_on and plan.charge_limit <= HOLD_LIMIT


def _of(mode: BatteryMode, pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.slot.mode is mode]


def _painted(week: Week, spans: Iterable[grid.Span], slot: Slot | None) -> Week:
    for begin, end in spans:
        found = grid.slots(begin, end)
        if found is not None:
            week = paint(week, grid.EVERY_DAY, *found, slot)
    return week


def _gaps(pieces: Sequence[Piece]) -> list[Piece]:
    """Where the battery may serve the house if it holds or charges in the pieces: everywhere else."""
    day: list[Slot | None] = [AUTO] * grid.PER_DAY
    for piece in pieces:
        day[piece.begin : piece.end] = [None] * (piece.end - piece.begin)
    return pieces_of(tuple(day))


def _common_target(charges: Sequence[Piece], adjustments: list[Adjustment], *, strict: bool) -> float:
    targets = {piece.slot.target or 100 for piece in charges}
    # The highest, so that no window stops below what was asked of it.
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


def _windows(pieces: Sequence[Piece], what: str) -> tuple[grid.Span, ...]:
    if len(pieces) > grid.WINDOWS_A_SIDE:
        times = ", ".join(
            f"{clock(piece.begin * grid.STEP_MINUTES)}–{clock(piece.end * grid.STEP_MINUTES)}" for piece in pieces
        )
        raise InvalidValue(
            f"AlphaESS's legacy settings have two {what} windows a day, and this needs {len(pieces)}: {times}.",
            provider="alphaess",
            hint="A window past midnight counts as two.",
        )
    spans = [(piece.begin * grid.STEP_MINUTES, piece.end * grid.STEP_MINUTES % 1440) for piece in pieces]
    return _ordered([*spans, *[grid.OFF] * (grid.WINDOWS_A_SIDE - len(spans))])
