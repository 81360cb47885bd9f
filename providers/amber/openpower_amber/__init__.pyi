from openpower_amber._answers import Progress as Progress
from openpower_amber._async.client import AsyncAmber as AsyncAmber
from openpower_amber._sync.client import Amber as Amber
from openpower_amber.errors import NoLongerKept as NoLongerKept, NotPublishedYet as NotPublishedYet
from openpower_amber.models import (
    ActualInterval as ActualInterval,
    ActualRenewable as ActualRenewable,
    AdvancedPrice as AdvancedPrice,
    Channel as Channel,
    ChannelType as ChannelType,
    CurrentInterval as CurrentInterval,
    CurrentRenewable as CurrentRenewable,
    ForecastInterval as ForecastInterval,
    ForecastRenewable as ForecastRenewable,
    Interval as Interval,
    PriceDescriptor as PriceDescriptor,
    Range as Range,
    Renewable as Renewable,
    RenewableDescriptor as RenewableDescriptor,
    Season as Season,
    Site as Site,
    SiteStatus as SiteStatus,
    SpikeStatus as SpikeStatus,
    State as State,
    TariffInformation as TariffInformation,
    TariffPeriod as TariffPeriod,
    Usage as Usage,
    UsageQuality as UsageQuality,
)
from openpower_amber.nemtime import nem_date as nem_date, nem_midnight as nem_midnight
from openpower_amber.ratelimits import RateLimits as RateLimits
