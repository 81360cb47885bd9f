"""What Acme holds that can be written: how a wish becomes the document that it is to hold. No I/O."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from openpower_core.provider import Adjustment, Draft, NativeCall, WriteLimits

__all__ = ["LIMITS", "to_calls", "to_draft"]

LIMITS = WriteLimits(settle=timedelta(seconds=1), settle_timeout=timedelta(seconds=30))
"""How often it may be written, and when reading back counts."""

STEP_PCT = 5


def to_draft(desired: float) -> Draft[int]:
    """The reserve, snapped to the vendor's steps of 5 per cent; what that changes is said."""
    reserve = round(desired / STEP_PCT) * STEP_PCT
    if reserve == desired:
        return Draft(document=reserve)
    reason = f"Acme takes steps of {STEP_PCT} %"
    snapped = Adjustment(field="reserve_soc_pct", asked=desired, got=reserve, reason=reason)
    return Draft(document=reserve, adjustments=(snapped,))


def to_calls(reserve: Any) -> list[NativeCall]:
    """The native calls that bring it to the vendor."""
    return [NativeCall(method="set_settings", arguments={"reserve": reserve})]
