"""The vendor's words: one record per answer, one enum per code.

Attributes are the vendor's keys in Python's spelling (``ppvDetail`` is ``ppv_detail``), and
``record["ppvDetail"]`` works as well. Values stay the vendor's own: W, kWh, per cent 0–100, flags 0/1.
What is missing or null is None. Sources: ``docs/API.md`` of CharlesGillanders/alphaess-openAPI and the
captures named in the fields' notes (observed 2023-03 to 2026-08).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_alphaess.models.energy import DayEnergy, Summary
    from openpower_alphaess.models.ev import EvCharger, EvChargerState, EvChargerStatus, EvCurrentSetting
    from openpower_alphaess.models.meter_offset import MeterOffset
    from openpower_alphaess.models.power import EvDetail, GridDetail, PowerData, PowerSample, PvDetail
    from openpower_alphaess.models.settings import ChargeSettings, DischargeSettings
    from openpower_alphaess.models.systems import EmsStatus, EssSystem
    from openpower_alphaess.models.time_charge import CycleType, StrategyType, TimeCharge, TimePeriod

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

_HOMES = {
    "ChargeSettings": "openpower_alphaess.models.settings",
    "CycleType": "openpower_alphaess.models.time_charge",
    "DayEnergy": "openpower_alphaess.models.energy",
    "DischargeSettings": "openpower_alphaess.models.settings",
    "EmsStatus": "openpower_alphaess.models.systems",
    "EssSystem": "openpower_alphaess.models.systems",
    "EvCharger": "openpower_alphaess.models.ev",
    "EvChargerState": "openpower_alphaess.models.ev",
    "EvChargerStatus": "openpower_alphaess.models.ev",
    "EvCurrentSetting": "openpower_alphaess.models.ev",
    "EvDetail": "openpower_alphaess.models.power",
    "GridDetail": "openpower_alphaess.models.power",
    "MeterOffset": "openpower_alphaess.models.meter_offset",
    "PowerData": "openpower_alphaess.models.power",
    "PowerSample": "openpower_alphaess.models.power",
    "PvDetail": "openpower_alphaess.models.power",
    "StrategyType": "openpower_alphaess.models.time_charge",
    "Summary": "openpower_alphaess.models.energy",
    "TimeCharge": "openpower_alphaess.models.time_charge",
    "TimePeriod": "openpower_alphaess.models.time_charge",
}


def __getattr__(name: str) -> Any:
    # Making a record class takes a millisecond; a program pays for those that it meets.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
