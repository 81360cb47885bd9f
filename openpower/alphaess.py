"""AlphaESS's native API, ``openpower_alphaess``, under the front door's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_alphaess import (
        AlphaESS,
        AlreadyBound,
        AsyncAlphaESS,
        ChargeSettings,
        CycleType,
        DayEnergy,
        DischargeSettings,
        EmsStatus,
        EssSystem,
        EvCharger,
        EvChargerState,
        EvChargerStatus,
        EvCurrentSetting,
        EvDetail,
        GridDetail,
        MeterOffset,
        PowerData,
        PowerSample,
        PvDetail,
        StrategyType,
        Summary,
        TimeCharge,
        TimePeriod,
    )

__all__ = [
    "AlphaESS",
    "AlreadyBound",
    "AsyncAlphaESS",
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

if not TYPE_CHECKING:
    from openpower._alias import alias

    __getattr__, __dir__ = alias("openpower_alphaess", __all__)
