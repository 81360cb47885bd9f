"""The battery's standing limits: the least and the greatest state of charge, where the model offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from openpower_core.control import BatterySettings
from openpower_core.errors import InvalidValue
from openpower_core.write.drafts import Draft
from openpower_core.writes import Adjustment
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
    """Merge the wish, in whole per cent within the model's range."""
    document, adjustments = current, list[Adjustment]()
    for name, asked in desired.items():
        if not 0 <= asked <= 100:
            raise InvalidValue(f"{name} is {asked}; it is a percentage from 0 to 100.")
        span = functions.span(_ADDRESSES[name]) or (0.0, 100.0)
        got = round(min(max(asked, span[0]), span[1]))
        document = evolve(document, **{name: got})
        if got != asked:
            reason = f"the inverter takes whole per cent from {span[0]:g} to {span[1]:g}"
            adjustments.append(Adjustment(field=name, asked=asked, got=got, reason=reason))
    return Draft(document=document, adjustments=adjustments)
