"""What the market's intervals and the meter's figures say, as prices, usage and grid mix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower_core.provider import Channel, GridMix, Price, Usage, UsageQuality
from openpower_simulation import SpikeStatus

if TYPE_CHECKING:
    from openpower_simulation import Market, MarketInterval, Metered

__all__ = ["CHANNELS", "to_grid_mix", "to_price", "to_usage"]

CHANNELS: Final = (Channel.IMPORT, Channel.EXPORT)
"""The registers of the home's meter; it has no controlled load."""

_COAL_G_PER_KWH: Final = 820
"""What the part that is not renewable emits."""


def to_price(interval: MarketInterval, channel: Channel, *, market: Market, currency: str) -> Price:
    """One interval's price on one channel."""
    band = [
        None if spot is None else market.price(interval, channel, spot)
        for spot in (interval.expected, interval.low, interval.high)
    ]
    return Price(
        start=interval.start,
        end=interval.end,
        channel=channel,
        per_kwh=market.price(interval, channel),
        currency=currency,
        tax_included=market.tariff.tax_included(channel),
        kind=interval.kind,
        estimate=interval.estimate,
        expected_per_kwh=band[0],
        low=band[1],
        high=band[2],
        spot_per_kwh=interval.spot,
        renewables_pct=interval.renewables_pct,
        spike=interval.spike is SpikeStatus.SPIKE,
        demand_window=market.tariff.demand_window(interval.local),
        raw=interval,
    )


def to_usage(item: Metered, *, currency: str) -> Usage:
    """One interval's energy on one channel; cost + you pay, also for export."""
    return Usage(
        start=item.interval.start,
        end=item.interval.end,
        channel=item.channel,
        kwh=item.kwh,
        cost=item.cost,
        currency=currency,
        quality=UsageQuality.BILLABLE,
        raw=item,
    )


def to_grid_mix(interval: MarketInterval) -> GridMix:
    """One interval's share of renewables, and what the rest emits."""
    fossil = max(0.0, 100 - interval.renewables_pct) / 100
    return GridMix(
        start=interval.start,
        end=interval.end,
        renewables_pct=interval.renewables_pct,
        carbon_g_per_kwh=round(_COAL_G_PER_KWH * fossil, 1),
        kind=interval.kind,
        raw=interval,
    )
