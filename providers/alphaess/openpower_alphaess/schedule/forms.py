"""The two pairs behind one face, for planning: read as a week, written from a week."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import attrs

from openpower_alphaess.schedule.legacy import LegacyPlan, encode_legacy, legacy_week
from openpower_alphaess.schedule.pairs import LEGACY, Pair
from openpower_alphaess.schedule.periodic import Period, PeriodicPlan, encode_periodic, periodic_week
from openpower_alphaess.schedule.snap import HOLD_LIMIT
from openpower_core.provider import Adjustment, BatterySettings, InvalidValue

if TYPE_CHECKING:
    from openpower_alphaess.schedule.desired import DesiredSettings
    from openpower_alphaess.schedule.week import Week
    from openpower_core.provider import BatteryMode

__all__ = ["Form", "LegacyForm", "PeriodicForm"]

Plan = TypeVar("Plan")

_SIDES: Final = ("charge", "discharge")
_WHOLE: Final = "AlphaESS takes whole per cent."


class Form(Protocol[Plan]):
    """What planning needs to know of a pair."""

    pair: Pair
    daily: bool
    """Whether every window comes back every day."""

    def week(self, plan: Plan, /) -> tuple[Week, BatteryMode]:
        """What a plan makes of each quarter hour."""
        ...

    def encode(
        self, week: Week, otherwise: BatteryMode, current: Plan, /, *, strict: bool = False
    ) -> tuple[Plan, list[Adjustment]]:
        """The plan that makes a week happen."""
        ...

    def off(self, plan: Plan, /) -> Plan:
        """Plain self-consumption."""
        ...

    def settings(self, plan: Plan, /) -> BatterySettings:
        """The standing settings in a plan."""
        ...

    def change(self, plan: Plan, desired: DesiredSettings, /) -> tuple[Plan, list[Adjustment]]:
        """The plan with other settings."""
        ...

    def visible(self, plan: Plan, /) -> object:
        """The part of a plan that a read shows."""
        ...

    def dump(self, plan: Plan, /) -> dict[str, Any]:
        """Plain data."""
        ...

    def load(self, data: dict[str, Any], /) -> Plan:
        """What :meth:`dump` gave."""
        ...


class LegacyForm:
    """The legacy pair."""

    pair = LEGACY
    daily = True

    def week(self, plan: LegacyPlan, /) -> tuple[Week, BatteryMode]:
        """See :class:`Form`."""
        return legacy_week(plan)

    def encode(
        self, week: Week, otherwise: BatteryMode, current: LegacyPlan, /, *, strict: bool = False
    ) -> tuple[LegacyPlan, list[Adjustment]]:
        """See :class:`Form`."""
        return encode_legacy(week, otherwise, current, strict=strict)

    def off(self, plan: LegacyPlan, /) -> LegacyPlan:
        """See :class:`Form`; the windows stay, switched off."""
        return attrs.evolve(plan, charge_on=False, discharge_on=False)

    def settings(self, plan: LegacyPlan, /) -> BatterySettings:
        """See :class:`Form`."""
        return BatterySettings(
            reserve_soc_pct=plan.discharge_limit,
            max_soc_pct=None if _holds(plan) else plan.charge_limit,
            grid_charge_allowed=plan.charge_on,
        )

    def change(self, plan: LegacyPlan, desired: DesiredSettings, /) -> tuple[LegacyPlan, list[Adjustment]]:
        """See :class:`Form`."""
        adjustments: list[Adjustment] = []
        if _holds(plan) and (desired.max_soc_pct, desired.grid_charge_allowed) != (None, None):
            raise _holding()
        if desired.reserve_soc_pct is not None:
            reserve = _reserve(desired.reserve_soc_pct, 0, adjustments)
            plan = attrs.evolve(plan, discharge_limit=reserve)
        if desired.max_soc_pct is not None:
            plan = attrs.evolve(plan, charge_limit=_maximum(desired.max_soc_pct, adjustments))
        if desired.grid_charge_allowed is not None:
            plan = attrs.evolve(plan, charge_on=desired.grid_charge_allowed)
        return plan, adjustments

    def visible(self, plan: LegacyPlan, /) -> object:
        """See :class:`Form`; all of it."""
        return plan

    def dump(self, plan: LegacyPlan, /) -> dict[str, Any]:
        """See :class:`Form`."""
        return attrs.asdict(plan)

    def load(self, data: dict[str, Any], /) -> LegacyPlan:
        """See :class:`Form`."""
        spans: dict[str, Any] = {side: tuple((begin, end) for begin, end in data[side]) for side in _SIDES}
        return LegacyPlan(**(data | spans))


class PeriodicForm:
    """The periodic pair of one inverter."""

    daily = False

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    def week(self, plan: PeriodicPlan, /) -> tuple[Week, BatteryMode]:
        """See :class:`Form`."""
        return periodic_week(plan)

    def encode(
        self, week: Week, otherwise: BatteryMode, current: PeriodicPlan, /, *, strict: bool = False
    ) -> tuple[PeriodicPlan, list[Adjustment]]:
        """See :class:`Form`; periods have limits of their own, so there is nothing to approximate."""
        del strict
        return encode_periodic(week, otherwise, current, self.pair), []

    def off(self, plan: PeriodicPlan, /) -> PeriodicPlan:
        """See :class:`Form`; the periods go, because their flags alone could not be seen."""
        return PeriodicPlan(weekly=plan.weekly, charge_on=False, discharge_on=False)

    def settings(self, plan: PeriodicPlan, /) -> BatterySettings:
        """See :class:`Form`; limits only where the periods agree, and no guess at the flags."""
        charging = {each.limit for each in plan.charge if each.limit > HOLD_LIMIT}
        discharging = {each.limit for each in plan.discharge}
        return BatterySettings(
            reserve_soc_pct=discharging.pop() if len(discharging) == 1 else None,
            max_soc_pct=charging.pop() if len(charging) == 1 else None,
            grid_charge_allowed=plan.charge_on,
        )

    def change(self, plan: PeriodicPlan, desired: DesiredSettings, /) -> tuple[PeriodicPlan, list[Adjustment]]:
        """See :class:`Form`; a limit needs periods to carry it."""
        adjustments: list[Adjustment] = []
        plan = attrs.evolve(plan, charge_on=plan.charges, discharge_on=plan.discharges)
        if desired.reserve_soc_pct is not None:
            reserve = _reserve(desired.reserve_soc_pct, HOLD_LIMIT, adjustments)
            periods = _limited(plan.discharge, reserve, "reserve_soc_pct", "discharge")
            plan = attrs.evolve(plan, discharge=periods)
        if desired.max_soc_pct is not None:
            most = _maximum(desired.max_soc_pct, adjustments)
            periods = _limited(plan.charge, most, "max_soc_pct", "charge")
            plan = attrs.evolve(plan, charge=periods)
        if desired.grid_charge_allowed is not None:
            if any(each.limit <= HOLD_LIMIT for each in plan.charge):
                raise _holding()
            if desired.grid_charge_allowed:
                _limited(plan.charge, 100, "grid_charge_allowed", "charge")
            plan = attrs.evolve(plan, charge_on=desired.grid_charge_allowed)
        return plan, adjustments

    def visible(self, plan: PeriodicPlan, /) -> object:
        """See :class:`Form`; all but the flags."""
        return plan.weekly, plan.charge, plan.discharge

    def dump(self, plan: PeriodicPlan, /) -> dict[str, Any]:
        """See :class:`Form`."""
        return attrs.asdict(plan)

    def load(self, data: dict[str, Any], /) -> PeriodicPlan:
        """See :class:`Form`."""
        periods: dict[str, Any] = {
            side: tuple(Period(**(each | {"days": tuple(each["days"])})) for each in data[side]) for side in _SIDES
        }
        return PeriodicPlan(**(data | periods))


def _holds(plan: LegacyPlan) -> bool:
    """Whether the charge windows in force hold the battery instead of charging it."""
    return plan.charge_on and plan.charge_limit <= HOLD_LIMIT


def _holding() -> InvalidValue:
    return InvalidValue(
        "AlphaESS holds the battery by its charge windows, so that this would end the hold.",
        provider="alphaess",
        hint="Release the command, or set a schedule without HOLD windows first.",
    )


def _limited(periods: tuple[Period, ...], limit: float, field: str, side: str) -> tuple[Period, ...]:
    """The periods with another limit; those that hold the battery keep theirs."""
    carriers = [each for each in periods if side == "discharge" or each.limit > HOLD_LIMIT]
    if not carriers:
        raise InvalidValue(
            f"there is no {side} period that could carry {field}; this AlphaESS system keeps limits in its periods.",
            provider="alphaess",
            hint="Set a schedule with such windows first.",
        )
    return tuple(attrs.evolve(each, limit=limit) if each in carriers else each for each in periods)


def _reserve(asked: float, least: float, adjustments: list[Adjustment]) -> float:
    return _noted("reserve_soc_pct", asked, max(math.ceil(asked), least), adjustments)


def _maximum(asked: float, adjustments: list[Adjustment]) -> float:
    return _noted("max_soc_pct", asked, max(math.floor(asked), HOLD_LIMIT + 1), adjustments)


def _noted(field: str, asked: float, got: float, adjustments: list[Adjustment]) -> float:
    if asked != got:
        adjustments.append(Adjustment(field=field, asked=asked, got=got, reason=_WHOLE))
    return got
