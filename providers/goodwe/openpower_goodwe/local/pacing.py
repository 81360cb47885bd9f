"""How often an inverter is asked and written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openpower_core.capabilities import WriteLimits

__all__ = ["CONTROL_BUDGET", "EXPORT_BUDGET", "LIMITS", "MIN_POLL_S", "RESERVE_BUDGET"]

MIN_POLL_S: Final = 30.0
"""Between two full readings, whoever asks: polled every few seconds, some dongles stop reporting to SEMS
(HA core#101817: 10 minutes were fine, 151 s on some; evcc#13696)."""

LIMITS: Final = WriteLimits(
    min_interval=timedelta(seconds=2),
    patience=timedelta(seconds=30),
    per_day=300,
    settle=timedelta(seconds=1),
    settle_timeout=timedelta(seconds=30),
    poll=timedelta(seconds=3),
)
"""Our own: GoodWe says nothing of how many writes the settings' memory endures."""

CONTROL_BUDGET: Final = "battery_control"
RESERVE_BUDGET: Final = "reserve"
EXPORT_BUDGET: Final = "export_limit"
