from openpower_simulation.control import (
    BatteryDirective as BatteryDirective,
    Controller as Controller,
    Controls as Controls,
    Plan as Plan,
    ScheduleController as ScheduleController,
    Situation as Situation,
)
from openpower_simulation.energy import Average as Average, Energies as Energies
from openpower_simulation.house import House as House, Snapshot as Snapshot
from openpower_simulation.market import (
    Market as Market,
    MarketInterval as MarketInterval,
    Metered as Metered,
    SpikeStatus as SpikeStatus,
    Tariff as Tariff,
    TariffPeriod as TariffPeriod,
    metered as metered,
)
from openpower_simulation.plant import Plant as Plant
