"""AlphaESS for openpower: the Open API, native and vendor-agnostic.

from openpower.alphaess import AlphaESS

with AlphaESS(app_id="…", app_secret="…") as api:
    for system in api.list_systems():
        print(api.for_device(system["sysSn"]).get_realtime_power_usage()["pgrid"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_alphaess._async.client import AsyncAlphaESS
    from openpower_alphaess._sync.client import AlphaESS
    from openpower_alphaess.client.errors import AlreadyBound
    from openpower_alphaess.models import (
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

_HOMES = {
    "AlphaESS": "openpower_alphaess._sync.client",
    "AlreadyBound": "openpower_alphaess.client.errors",
    "AsyncAlphaESS": "openpower_alphaess._async.client",
}


def __getattr__(name: str) -> Any:
    # Resolved on first use, so that listing providers and reading a spec load nothing heavy.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, "openpower_alphaess.models")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
