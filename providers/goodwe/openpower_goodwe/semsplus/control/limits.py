"""The battery's standing limits: the least and the greatest state of charge, where the model offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from openpower_core.control import BatterySettings
from openpower_core.provider import Adjustment, Draft, Scale
from openpower_goodwe.semsplus.control.export import number
from openpower_goodwe.semsplus.control.functions import MAX_SOC, MIN_SOC, Functions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Limits", "current_limits", "limits_values", "plan_limits", "to_settings"]

_ADDRESSES = {"reserve_soc_pct": MIN_SOC, "max_soc_pct": MAX_SOC}


@frozen(kw_only=True)
class Limits:
    """What the inverter holds (%); None where its model has no such function."""

    reserve_soc_pct: int | None = None
    max_soc_pct: int | None = None


def current_limits(values: Mapping[str, Any]) -> Limits:
    """What the cached values say."""
    found = {name: number(values, address) for name, address in _ADDRESSES.items()}
    return Limits(**{name: None if each is None else round(each) for name, each in found.items()})


def to_settings(current: Limits) -> BatterySettings:
    """The same in our words."""
    return BatterySettings(reserve_soc_pct=current.reserve_soc_pct, max_soc_pct=current.max_soc_pct)


def limits_values(document: Limits, current: Limits) -> dict[str, int]:
    """What to write: the addresses that differ."""
    wanted = {name: getattr(document, name) for name in _ADDRESSES}
    return {
        _ADDRESSES[name]: value
        for name, value in wanted.items()
        if value is not None and value != getattr(current, name)
    }


def plan_limits(current: Limits, desired: Mapping[str, float], functions: Functions) -> Draft[Limits]:
    """Merge what is desired, in whole percentages within the model's range."""
    document, adjustments = current, list[Adjustment]()
    for name, asked in desired.items():
        low, high = functions.span(_ADDRESSES[name]) or (0.0, 100.0)
        reason = f"the inverter takes whole percentages from {low:g} to {high:g}"
        scale = Scale(field=name, low=low, high=high, unit="%", outside="snap", reason=reason)
        got, changes = scale.snap(asked)
        document = evolve(document, **{name: round(got)})
        adjustments += changes
    return Draft(document=document, adjustments=adjustments)
