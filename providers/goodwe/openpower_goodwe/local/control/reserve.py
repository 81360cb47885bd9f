"""The least state of charge while the grid is there: 100 less the depth of discharge."""

from __future__ import annotations

from typing import Final

from openpower_core.write.drafts import Draft
from openpower_core.writes import Adjustment

__all__ = ["LEAST_PCT", "plan_reserve"]

LEAST_PCT: Final = 11
"""The library's comments give the depth of discharge as 0–89 %."""


def plan_reserve(current: int, desired: float) -> Draft[int]:
    """Whole per cent, not below what the inverter takes; what it holds already stays, however low."""
    if desired == current:
        return Draft(document=current)
    got = max(LEAST_PCT, round(desired))
    if got == desired:
        return Draft(document=got)
    reason = f"whole per cent, at least {LEAST_PCT}: the depth of discharge ends at 89 %"
    adjustment = Adjustment(field="reserve_soc_pct", asked=desired, got=got, reason=reason)
    return Draft(document=got, adjustments=[adjustment])
