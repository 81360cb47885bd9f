"""Single settings: the export limit and the reserve."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from openpower_core.provider import Draft, InvalidValue, adjusted
from openpower_goodwe.local.models import Facts, Family


@frozen(kw_only=True)
class ExportLimit:
    """The registers of the export limit."""

    enabled: bool
    value: int


def in_percent(facts: Facts) -> bool:
    """Whether the number is a percentage of the rated power."""
    return facts.family is Family.DT and not facts.single_phase


def limit_w(current: ExportLimit, facts: Facts) -> float | None:
    """The limit in watts; None while it is off, or where the rated power is unknown."""
    if not current.enabled:
        return None
    if not in_percent(facts):
        return float(current.value)
    return None if not facts.rated_w else facts.rated_w * current.value / 100


def plan_export(current: ExportLimit, desired: float | None, facts: Facts) -> Draft[ExportLimit]:
    """Set the limit and switch it on; None switches it off and leaves the number."""
    if facts.family is Family.ES and (desired is not None) is not current.enabled:
        raise InvalidValue(
            "the export limit of the ES family can only be changed while it is on, and openpower cannot switch it "
            f"{'off' if current.enabled else 'on'}.",
            hint="Switch it in the app (SolarGo).",
        )
    if desired is None:
        return Draft(document=ExportLimit(enabled=False, value=current.value))
    if desired < 0:
        raise InvalidValue(f"limit_w is {desired}; it must be at least 0.")
    value, got = _value(desired, facts)
    what = "percentages of its rated power" if in_percent(facts) else "watts"
    adjustments = adjusted("limit_w", desired, got, f"the inverter takes whole {what}", within=0.5)
    return Draft(document=ExportLimit(enabled=True, value=value), adjustments=adjustments)


def _value(desired: float, facts: Facts) -> tuple[int, float]:
    if not in_percent(facts):
        most = 0xFFFFFFFF if facts.family is Family.DT else 0xFFFF
        value = min(round(desired), most)
        return value, float(value)
    if not facts.rated_w:
        raise InvalidValue(
            "the inverter takes its export limit as a percentage of its rated power, which is unknown.",
            hint="set_grid_export_limit() of the native API takes a percentage.",
        )
    # Rounded down: never more than was asked for.
    share = min(100, int(desired * 100 / facts.rated_w))
    return share, facts.rated_w * share / 100


LEAST_PCT: Final = 11
"""The library's comments give the depth of discharge as 0–89 %."""
