"""What a charger holds that can be changed: whether it charges, with what power, and the household's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from openpower_core.errors import InvalidValue
from openpower_core.write.drafts import Draft
from openpower_core.writes import Adjustment
from openpower_goodwe.semsplus.mapping.chargers import PowerRange, is_charging, is_plugged

if TYPE_CHECKING:
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

__all__ = ["ChargePower", "Switch", "needed_range", "plan_power", "plan_switch", "to_power", "to_switch"]

_FAST = 0


@frozen(kw_only=True)
class Switch:
    """Whether it charges."""

    charging: bool
    plugged: bool | None = field(default=None, eq=False)


@frozen(kw_only=True)
class ChargePower:
    """What it charges with; the PV modes have no power."""

    mode: int | None
    kw: float | None = None


def to_switch(detail: EvCharger, last: LastCharge | None) -> Switch:
    """What the vendor says of it."""
    return Switch(charging=is_charging(detail, last), plugged=is_plugged(detail))


def plan_switch(current: Switch, *, start: bool) -> Draft[Switch]:
    """Start or stop."""
    if start and current.plugged is False and not current.charging:
        raise InvalidValue(
            "no car is plugged in, so that nothing can be charged; nothing was sent.", provider="goodwe-sems"
        )
    return Draft(document=Switch(charging=start, plugged=current.plugged))


def to_power(detail: EvCharger) -> ChargePower:
    """What the vendor says of it."""
    mode = None if detail.charge_mode is None else int(detail.charge_mode)
    return ChargePower(mode=mode, kw=detail.limit_kw if mode == _FAST else None)


def plan_power(current: ChargePower, amps: float, span: PowerRange) -> Draft[ChargePower]:
    """The power below a current, in the steps and the range of the model."""
    if amps <= 0:
        raise InvalidValue(f"the current is {amps} A; it must be above 0.", hint="Use stop().")
    kilowatts = span.kilowatts(amps)
    got = span.amps(kilowatts)
    adjustments: list[Adjustment] = []
    if abs(got - amps) > 0.05:
        reason = (
            f"the charger takes {span.min_kw:g} to {span.max_kw:g} kW in steps of 0.1, "
            f"on {span.phases} phase(s) of 230 V"
        )
        adjustments.append(Adjustment(field="amps", asked=amps, got=got, reason=reason))
    if current.mode not in (None, _FAST):
        reason = "only Fast obeys a power; the charger leaves its PV mode"
        adjustments.append(Adjustment(field="mode", asked=current.mode, got=_FAST, reason=reason))
    return Draft(document=ChargePower(mode=_FAST, kw=kilowatts), adjustments=adjustments)


def needed_range(span: PowerRange | None) -> PowerRange:
    """The range of a charger, or a word on how to tell it."""
    if span is None:
        raise InvalidValue(
            "this charger's model tells no power range, so that amperes cannot be turned into its kilowatts.",
            provider="goodwe-sems",
            hint="Use native.set_charge_mode(..., power_kw=...).",
        )
    return span
