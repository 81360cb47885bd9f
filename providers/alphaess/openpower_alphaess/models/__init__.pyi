from openpower_alphaess.models.energy import DayEnergy as DayEnergy, Summary as Summary
from openpower_alphaess.models.ev import (
    EvCharger as EvCharger,
    EvChargerState as EvChargerState,
    EvChargerStatus as EvChargerStatus,
    EvCurrentSetting as EvCurrentSetting,
)
from openpower_alphaess.models.meter_offset import MeterOffset as MeterOffset
from openpower_alphaess.models.power import (
    EvDetail as EvDetail,
    GridDetail as GridDetail,
    PowerData as PowerData,
    PowerSample as PowerSample,
    PvDetail as PvDetail,
)
from openpower_alphaess.models.settings import ChargeSettings as ChargeSettings, DischargeSettings as DischargeSettings
from openpower_alphaess.models.systems import EmsStatus as EmsStatus, EssSystem as EssSystem
from openpower_alphaess.models.time_charge import (
    CycleType as CycleType,
    StrategyType as StrategyType,
    TimeCharge as TimeCharge,
    TimePeriod as TimePeriod,
)
