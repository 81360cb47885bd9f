"""Amber Electric for openpower: its API, native and vendor-agnostic.

from openpower.amber import Amber, State

with Amber(token="…") as api:
    for site in api.list_sites():
        print(api.for_site(site["id"]).get_current_prices(previous=0, next=0))
    print(api.get_current_renewables(State.VICTORIA))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_amber._answers import Progress
    from openpower_amber._async.client import AsyncAmber
    from openpower_amber._sync.client import Amber
    from openpower_amber.errors import NoLongerKept, NotPublishedYet
    from openpower_amber.models import (
        ActualInterval,
        ActualRenewable,
        AdvancedPrice,
        Channel,
        ChannelType,
        CurrentInterval,
        CurrentRenewable,
        ForecastInterval,
        ForecastRenewable,
        Interval,
        PriceDescriptor,
        Range,
        Renewable,
        RenewableDescriptor,
        Season,
        Site,
        SiteStatus,
        SpikeStatus,
        State,
        TariffInformation,
        TariffPeriod,
        Usage,
        UsageQuality,
    )
    from openpower_amber.nemtime import nem_date, nem_midnight
    from openpower_amber.ratelimits import RateLimits

__all__ = [
    "ActualInterval",
    "ActualRenewable",
    "AdvancedPrice",
    "Amber",
    "AsyncAmber",
    "Channel",
    "ChannelType",
    "CurrentInterval",
    "CurrentRenewable",
    "ForecastInterval",
    "ForecastRenewable",
    "Interval",
    "NoLongerKept",
    "NotPublishedYet",
    "PriceDescriptor",
    "Progress",
    "Range",
    "RateLimits",
    "Renewable",
    "RenewableDescriptor",
    "Season",
    "Site",
    "SiteStatus",
    "SpikeStatus",
    "State",
    "TariffInformation",
    "TariffPeriod",
    "Usage",
    "UsageQuality",
    "nem_date",
    "nem_midnight",
]

_HOMES = {
    "Amber": "openpower_amber._sync.client",
    "AsyncAmber": "openpower_amber._async.client",
    "NoLongerKept": "openpower_amber.errors",
    "NotPublishedYet": "openpower_amber.errors",
    "Progress": "openpower_amber._answers",
    "RateLimits": "openpower_amber.ratelimits",
    "nem_date": "openpower_amber.nemtime",
    "nem_midnight": "openpower_amber.nemtime",
}


def __getattr__(name: str) -> Any:
    # Resolved on first use, so that listing providers and reading a spec load nothing heavy.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, "openpower_amber.models")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
