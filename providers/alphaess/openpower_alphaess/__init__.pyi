from openpower_alphaess._async.client import AsyncAlphaESS as AsyncAlphaESS
from openpower_alphaess._sync.client import AlphaESS as AlphaESS
from openpower_alphaess.errors import AlreadyBound as AlreadyBound
from openpower_alphaess.models import (
    ChargeSettings as ChargeSettings,
    CycleType as CycleType,
    DayEnergy as DayEnergy,
    DischargeSettings as DischargeSettings,
    EmsStatus as EmsStatus,
    EssSystem as EssSystem,
    EvCharger as EvCharger,
    EvChargerState as EvChargerState,
    EvChargerStatus as EvChargerStatus,
    EvCurrentSetting as EvCurrentSetting,
    EvDetail as EvDetail,
    GridDetail as GridDetail,
    MeterOffset as MeterOffset,
    PowerData as PowerData,
    PowerSample as PowerSample,
    PvDetail as PvDetail,
    StrategyType as StrategyType,
    Summary as Summary,
    TimeCharge as TimeCharge,
    TimePeriod as TimePeriod,
)
