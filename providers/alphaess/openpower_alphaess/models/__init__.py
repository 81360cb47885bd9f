"""The vendor's words: one record per answer, one enum per code.

Attributes are the vendor's keys in Python's spelling (``ppvDetail`` is ``ppv_detail``), and
``record["ppvDetail"]`` works as well. Values stay the vendor's own: W, kWh, per cent 0–100, flags 0/1.
What is missing or null is None. Sources: ``docs/API.md`` of CharlesGillanders/alphaess-openAPI and the
captures named in the fields' notes (observed 2023-03 to 2026-08).
"""

from __future__ import annotations

from openpower_alphaess.models.energy import DayEnergy, Summary
from openpower_alphaess.models.ev import (
    EvCharger,
    EvChargerState,
    EvChargerStatus,
    EvCurrentSetting,
)
from openpower_alphaess.models.meter_offset import MeterOffset
from openpower_alphaess.models.power import (
    EvDetail,
    GridDetail,
    PowerData,
    PowerSample,
    PvDetail,
)
from openpower_alphaess.models.settings import ChargeSettings, DischargeSettings
from openpower_alphaess.models.systems import EmsStatus, EssSystem
from openpower_alphaess.models.time_charge import (
    CycleType,
    StrategyType,
    TimeCharge,
    TimePeriod,
)

__all__ = [
    "ChargeSettings",
    "CycleType",
    "DayEnergy",
    "DischargeSettings",
    "EmsStatus",
    "EssSystem",
    "EvCharger",
    "EvChargerState",
    "EvChargerStatus",
    "EvCurrentSetting",
    "EvDetail",
    "GridDetail",
    "MeterOffset",
    "PowerData",
    "PowerSample",
    "PvDetail",
    "StrategyType",
    "Summary",
    "TimeCharge",
    "TimePeriod",
]
