"""What an inverter's settings come to, and how wishes become settings; pure."""

from __future__ import annotations

from openpower_goodwe.local.control.export import ExportLimit, limit_w, plan_export
from openpower_goodwe.local.control.planning import Planner
from openpower_goodwe.local.control.state import ControlState, EmsMode, FastCharge, WorkMode

__all__ = ["ControlState", "EmsMode", "ExportLimit", "FastCharge", "Planner", "WorkMode", "limit_w", "plan_export"]
