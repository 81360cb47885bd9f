from openpower_core.prices._bill import bill_of as bill_of
from openpower_core.prices._metering import usages_of as usages_of
from openpower_core.prices._nouns import (
    Bill as Bill,
    BillLine as BillLine,
    DemandCharge as DemandCharge,
    Gap as Gap,
    GridMix as GridMix,
    Price as Price,
    StandingCharge as StandingCharge,
    Tariff as Tariff,
    Tier as Tier,
    Usage as Usage,
    Usages as Usages,
)
from openpower_core.prices._series import PriceSeries as PriceSeries
from openpower_core.prices._words import (
    BillKind as BillKind,
    Channel as Channel,
    Fuel as Fuel,
    Per as Per,
    PriceKind as PriceKind,
    UsageQuality as UsageQuality,
)
