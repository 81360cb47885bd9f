"""A guard: no command or schedule may charge the battery above a level, whoever asks for it.

The level is set by ``EXAMPLE_MAX_SOC_PCT`` (default 90).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openpower_core.control import BatteryCommand, BatteryMode, Schedule
from openpower_core.errors import Veto
from openpower_core.provider import hookimpl

if TYPE_CHECKING:
    from openpower_core.write import Plan


@hookimpl
def openpower_before_write(plan: Plan) -> None:
    """Refuse what could charge too far; a charge without a target goes to 100 %."""
    limit = float(os.environ.get("EXAMPLE_MAX_SOC_PCT", "90"))
    desired = plan.desired
    if not isinstance(desired, BatteryCommand | Schedule):
        return
    for each in [desired] if isinstance(desired, BatteryCommand) else desired.windows:
        target = 100.0 if each.target_soc_pct is None else each.target_soc_pct
        if each.mode is BatteryMode.CHARGE and target > limit:
            raise Veto(f"charging to {target:g} % is above the {limit:g} % that this home allows.")
