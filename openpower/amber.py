"""Amber's native API, ``openpower_amber``, under the front door's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_amber import (
        ActualInterval,
        ActualRenewable,
        AdvancedPrice,
        Amber,
        AsyncAmber,
        Channel,
        ChannelType,
        CurrentInterval,
        CurrentRenewable,
        ForecastInterval,
        ForecastRenewable,
        Interval,
        NoLongerKept,
        NotPublishedYet,
        PriceDescriptor,
        Progress,
        Range,
        RateLimits,
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
        nem_date,
        nem_midnight,
    )

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

if not TYPE_CHECKING:
    from openpower._alias import alias

    __getattr__, __dir__ = alias("openpower_amber", __all__)
