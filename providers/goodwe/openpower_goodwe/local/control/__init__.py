"""What an inverter's settings are, how a command or a schedule becomes settings (pure), and how often they are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openpower_core.provider import End, WriteLimits

LIMITS: Final = WriteLimits(
    min_interval=timedelta(seconds=2),
    patience=timedelta(seconds=30),
    per_day=300,
    settle=timedelta(seconds=1),
    settle_timeout=timedelta(seconds=30),
    poll=timedelta(seconds=30),
    # ET: the EMS mode (47511, 47512) has no time. ES: a command is an eco slot of all day and every day, so it does not stop
    # at its end either. Fast charging stops at its target, and at nothing else.
    ends=End.OPEN,
)
"""Our own choices, all unproven: GoodWe says nothing of how many writes the settings' memory endures, nor of how long a
written register may take to read back (``settle_timeout``)."""

CONTROL_BUDGET: Final = "battery_control"
RESERVE_BUDGET: Final = "reserve"
EXPORT_BUDGET: Final = "export_limit"
