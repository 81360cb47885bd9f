"""The legacy pair: two daily charge windows and two daily discharge windows, with one limit a side.

Inside a charge window the battery is charged up to the limit and not discharged. With discharge windows
in force the battery serves the house inside them only, and only charges outside: a permission, never a
force. So ``otherwise=HOLD`` with AUTO windows is what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from openpower_alphaess.client.grid import MIDNIGHT, WINDOWS_A_SIDE, Period
from openpower_alphaess.client.requests import Write, charge_write, discharge_write
from openpower_alphaess.control.pair import (
    DesiredSettings,
    Kept,
    Pair,
    Plan,
    Side,
    dropped,
    holding,
    maximum,
    placed,
    reserve,
)
from openpower_alphaess.control.week import AUTO, HOLD, HOLD_LIMIT, Slot, Week, is_daily
from openpower_alphaess.models import ChargeSettings, DischargeSettings
from openpower_core import provider as core

_OFF: Final = Period()


def legacy_plan(charge: ChargeSettings, discharge: DischargeSettings) -> Plan:
    """What two answers of the service say; a missing limit is the vendor's default."""
    return Plan(
        charge=Side(
            on=bool(charge.grid_charge),
            periods=(_window(charge.time_chaf1, charge.time_chae1), _window(charge.time_chaf2, charge.time_chae2)),
            limit=100 if charge.bat_high_cap is None else charge.bat_high_cap,
        ),
        discharge=Side(
            on=bool(discharge.ctr_dis),
            periods=(
                _window(discharge.time_disf1, discharge.time_dise1),
                _window(discharge.time_disf2, discharge.time_dise2),
            ),
            limit=10 if discharge.bat_use_cap is None else discharge.bat_use_cap,
        ),
    )


def _window(begin: str | None, end: str | None) -> Period:
    return Period(begin=begin or MIDNIGHT, end=end or MIDNIGHT)


class LegacyPair(Pair):
    """The legacy pair of settings."""

    name = "legacy"
    daily = True
    switch_shows = True
    empty = legacy_plan(ChargeSettings(), DischargeSettings())

    def fitted(
        self, week: Week, otherwise: core.BatteryMode, current: Plan, *, strict: bool
    ) -> tuple[Week, core.BatteryMode, float | None, list[core.Adjustment]]:
        """See :class:`Pair`; the days must be alike, and one limit serves both charge windows."""
        if not is_daily(week):
            raise core.InvalidValue(
                "AlphaESS's legacy settings repeat every day; windows cannot differ by day of the week.",
                provider="alphaess",
                hint="Leave days out, or change the schedule day by day.",
            )
        changes: list[core.Adjustment] = []
        targets = {slot.target or 100 for slot in week if slot and slot.mode is core.BatteryMode.CHARGE}
        if HOLD in week and targets:
            # A charge window holds where its limit is at or below the state of charge, but that limit serves both
            # charge windows. So the charges keep them, and the discharge half holds: permitted elsewhere only.
            week, otherwise = tuple([_permitted_elsewhere(slot) for slot in week]), core.BatteryMode.HOLD
            if AUTO not in week:
                raise core.InvalidValue(
                    "AlphaESS's legacy settings cannot charge for one part of the day and hold for all the rest.",
                    provider="alphaess",
                    hint="Let the battery serve the house for some time of the day (AUTO).",
                )
        limit = current.charge.limit
        if targets:
            limit = _common_target(targets, changes, strict=strict)
            week = tuple([Slot(slot.mode, limit) if slot and slot.target else slot for slot in week])
        elif HOLD in week:
            limit = HOLD_LIMIT
        return week, otherwise, limit, changes

    def arranged(
        self,
        name: str,
        side: Side,  # noqa: ARG002
        kept: Kept,
        fresh: list[Period],
        lost: list[core.Adjustment],
    ) -> tuple[Period, ...]:
        """See :class:`Pair`; new windows go where one had to go, then where none is, at last over what does nothing."""
        free = [place for place, period in enumerate(kept) if period is None or not self.covered(period)]
        free.sort(key=lambda place: _worth(kept[place]))
        if len(fresh) > len(free):
            times = ", ".join(f"{period.begin}–{period.end}" for period in fresh)
            stay = WINDOWS_A_SIDE - len(free)
            raise core.InvalidValue(
                f"AlphaESS's legacy settings have two {name} windows a day, and this needs {len(fresh) + stay}: {times}.",
                provider="alphaess",
                hint="A window past midnight counts as two.",
            )
        for place, period in zip(free, fresh, strict=False):
            there = kept[place]
            if there is not None and not there.off:
                lost.append(dropped(there))
            kept[place] = period
        return tuple([period or _OFF for period in kept])

    def settings(self, plan: Plan) -> core.BatterySettings:
        """See :class:`Pair`."""
        return core.BatterySettings(
            reserve_soc_pct=core.percentage_or_none(plan.discharge.limit),
            max_soc_pct=None if self._holds(plan) else core.percentage_or_none(plan.charge.limit),
            grid_charge_allowed=plan.charge.on,
        )

    def change(self, plan: Plan, desired: DesiredSettings) -> tuple[Plan, list[core.Adjustment]]:
        """See :class:`Pair`."""
        adjustments: list[core.Adjustment] = []
        charge, discharge = plan.charge, plan.discharge
        if self._holds(plan) and (desired.max_soc_pct, desired.grid_charge_allowed) != (None, None):
            raise holding()
        if desired.reserve_soc_pct is not None:
            discharge = attrs.evolve(discharge, limit=reserve(desired.reserve_soc_pct, 0, adjustments))
        if desired.max_soc_pct is not None:
            charge = attrs.evolve(charge, limit=maximum(desired.max_soc_pct, adjustments))
        if desired.grid_charge_allowed is not None:
            charge = attrs.evolve(charge, on=desired.grid_charge_allowed)
        return self.not_crossed(attrs.evolve(plan, charge=charge, discharge=discharge), desired), adjustments

    def _holds(self, plan: Plan) -> bool:
        return bool(plan.charge.on) and (plan.charge.limit or 0) <= HOLD_LIMIT

    def writes(self, serial: str, plan: Plan, current: Plan) -> list[Write]:
        """See :class:`Pair`; charging first."""
        found: list[Write] = []
        # Each half is a call of its own, and an equal half is not sent: every write costs flash and budget.
        for make, side, there in (
            (charge_write, plan.charge, current.charge),
            (discharge_write, plan.discharge, current.discharge),
        ):
            if side != there:
                found.append(make(serial, on=bool(side.on), windows=side.periods, limit=side.limit or 0))
        return found

    def named(self, name: str, side: Side) -> Mapping[str, Period]:
        """See :class:`Pair`."""
        return placed(name, side.periods)


def _permitted_elsewhere(slot: Slot | None) -> Slot | None:
    if slot is None:
        return AUTO
    return None if slot == HOLD else slot


def _worth(period: Period | None) -> int:
    return 0 if period is None else 1 if period.off else 2


def _common_target(targets: set[float], adjustments: list[core.Adjustment], *, strict: bool) -> float:
    # The highest, so that no window stops below what was asked of it.
    highest = max(targets)
    if len(targets) > 1:
        if strict:
            raise core.InvalidValue("one limit serves both charge windows.", provider="alphaess")
        adjustments += [
            core.Adjustment(
                field="target_soc_pct",
                asked=target,
                got=highest,
                reason="AlphaESS's legacy settings have one limit for both charge windows.",
            )
            for target in sorted(targets - {highest})
        ]
    return highest
