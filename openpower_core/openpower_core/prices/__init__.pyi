from openpower_core.prices._nouns import (
    Channel as Channel,
    GridMix as GridMix,
    Price as Price,
    PriceKind as PriceKind,
    Usage as Usage,
    UsageQuality as UsageQuality,
)
from openpower_core.prices._series import PriceSeries as PriceSeries
