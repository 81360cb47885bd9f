"""One simulated house: physical, seeded, and on whatever clock asks it how things stand."""

from openpower_core.simulation.controls import Controls
from openpower_core.simulation.directives import BatteryDirective, Controller, Plan, Situation
from openpower_core.simulation.energies import Energies
from openpower_core.simulation.house import House, Snapshot
from openpower_core.simulation.ledger import Average
from openpower_core.simulation.market import Market, MarketInterval, SpikeStatus
from openpower_core.simulation.metering import Metered, metered
from openpower_core.simulation.plant import Plant
from openpower_core.simulation.tariff import Tariff, TariffPeriod

__all__ = [
    "Average",
    "BatteryDirective",
    "Controller",
    "Controls",
    "Energies",
    "House",
    "Market",
    "MarketInterval",
    "Metered",
    "Plan",
    "Plant",
    "Situation",
    "Snapshot",
    "SpikeStatus",
    "Tariff",
    "TariffPeriod",
    "metered",
]
