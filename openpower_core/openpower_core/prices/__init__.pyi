from openpower_core.prices._nouns import (
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
    Channel as Channel,
    Fuel as Fuel,
    Per as Per,
    PriceKind as PriceKind,
    UsageQuality as UsageQuality,
)
