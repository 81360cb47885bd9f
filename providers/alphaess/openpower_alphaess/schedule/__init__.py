"""Schedules as AlphaESS keeps them, and the way from and to vendor-agnostic words; no I/O."""

from __future__ import annotations

from openpower_alphaess.schedule.forms import Form, LegacyForm, PeriodicForm
from openpower_alphaess.schedule.legacy import LegacyPlan, legacy_plan
from openpower_alphaess.schedule.pairs import LEGACY, Pair, periodic
from openpower_alphaess.schedule.periodic import Period, PeriodicPlan, periodic_plan
from openpower_alphaess.schedule.planning import Planner
from openpower_alphaess.schedule.wishes import Held, Order, SettingsWish, Wish

__all__ = [
    "LEGACY",
    "Form",
    "Held",
    "LegacyForm",
    "LegacyPlan",
    "Order",
    "Pair",
    "Period",
    "PeriodicForm",
    "PeriodicPlan",
    "Planner",
    "SettingsWish",
    "Wish",
    "legacy_plan",
    "periodic",
    "periodic_plan",
]
