"""Amber's records in openpower's words: dollars, UTC, half-open intervals, EXPORT positive when you are paid.

Native figures stay as they are; here cents become :class:`~decimal.Decimal` dollars without rounding, the
extra second of ``startTime`` goes, and the feed-in channel's sign turns. The band comes from
``advancedPrice`` and never from ``range``, which bounds the wholesale price.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from openpower_amber.models import (
    ActualInterval,
    ActualRenewable,
    ChannelType,
    CurrentInterval,
    CurrentRenewable,
    ForecastInterval,
    ForecastRenewable,
    Interval,
    Renewable,
    SpikeStatus,
    Usage as AmberUsage,
    UsageQuality,
)
from openpower_core import prices
from openpower_core.provider import BadResponse, Channel, GridMix, Price, PriceKind, PriceSeries, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "CURRENCY",
    "price_to_grid_mix",
    "running",
    "to_channel",
    "to_dollars",
    "to_grid_mix",
    "to_price",
    "to_prices",
    "to_series",
    "to_usage",
    "to_usages",
]

CURRENCY: Final = "AUD"

CHANNELS: Final[dict[str, Channel]] = {
    ChannelType.GENERAL: Channel.IMPORT,
    ChannelType.CONTROLLED_LOAD: Channel.CONTROLLED_LOAD,
    ChannelType.FEED_IN: Channel.EXPORT,
}
QUALITIES: Final[dict[str, prices.UsageQuality]] = {
    UsageQuality.BILLABLE: prices.UsageQuality.BILLABLE,
    UsageQuality.ESTIMATED: prices.UsageQuality.ESTIMATED,
}
SPIKES: Final[dict[str, bool]] = {SpikeStatus.NONE: False, SpikeStatus.POTENTIAL: False, SpikeStatus.SPIKE: True}

# A program may have set the precision of its own decimal context; money here does not depend on it.
_EXACT: Final = Context(prec=50)
_ZERO: Final = Decimal(0)
_USAGE: Final = "Usage"

_T = TypeVar("_T")


def to_dollars(cents: float) -> Decimal:
    """Cents, or cents per kWh, as the number was written.

    >>> to_dollars(31.185000000000002)
    Decimal('0.31185000000000002')
    """
    return _EXACT.divide(Decimal(str(cents)), Decimal(100))


def to_channel(interval: Interval) -> Channel | None:
    """The channel; None for one that Amber has added since."""
    return CHANNELS.get(interval.channel_type or "")


def to_price(interval: Interval) -> Price | None:
    """One price; None for a type or channel that is not known here.

    Raises:
        BadResponse: it has no price or no times.
    """
    channel, kind = to_channel(interval), _kind(interval)
    if channel is None or kind is None:
        return None
    sell = channel is Channel.EXPORT
    expected, low, high = _band(interval, sell=sell)
    tariff, spot = interval.tariff_information, interval.spot_per_kwh
    return Price(
        start=_start(interval),
        end=_needed(interval.end_time, "endTime"),
        channel=channel,
        per_kwh=_signed(_needed(interval.per_kwh, "perKwh"), sell=sell),
        currency=CURRENCY,
        tax_included=not sell,  # the export price is to the import price as 1 to 1.1, spot apart
        kind=kind,
        estimate=_estimate(interval),
        expected_per_kwh=expected,
        low=low,
        high=high,
        spot_per_kwh=None if spot is None else to_dollars(spot),
        renewables_pct=interval.renewables,
        spike=SPIKES.get(interval.spike_status or ""),
        demand_window=None if tariff is None else tariff.demand_window,
        raw=interval,
    )


def to_prices(intervals: Iterable[Interval]) -> Iterable[Price]:
    """The prices of a list, without those that cannot be expressed; a malformed one is named by its place."""
    for place, interval in enumerate(intervals):
        try:
            price = to_price(interval)
        except BadResponse as error:
            raise _placed(error, place) from None
        if price is not None:
            yield price


def to_series(intervals: Iterable[Interval]) -> PriceSeries:
    """Any list of intervals, of one answer or several, as a series: where they overlap the firmest holds."""
    return PriceSeries.firmest(to_prices(intervals))


def running(intervals: Iterable[Interval], channel: Channel) -> Price | None:
    """The price of the interval that runs on a channel; None where Amber gave none."""
    lane = [price for price in to_prices(intervals) if price.channel is channel]
    return next((price for price in lane if price.kind is PriceKind.CURRENT), None)


def to_usage(record: AmberUsage) -> Usage | None:
    """One metered interval; None for a type or channel that is not known here.

    Raises:
        BadResponse: it has no energy or no times.
    """
    channel = to_channel(record)
    if channel is None or record.type != _USAGE:
        return None
    return Usage(
        start=_start(record),
        end=_needed(record.end_time, "endTime"),
        channel=channel,
        kwh=_needed(record.kwh, "kwh"),
        cost=None if record.cost is None else to_dollars(record.cost),
        currency=CURRENCY,
        quality=QUALITIES.get(record.quality or "", prices.UsageQuality.UNKNOWN),
        raw=record,
    )


def to_usages(records: Iterable[AmberUsage]) -> list[Usage]:
    """The metered intervals of a list in time order; a malformed one is named by its place."""
    found: list[Usage] = []
    for place, record in enumerate(records):
        try:
            usage = to_usage(record)
        except BadResponse as error:
            raise _placed(error, place) from None
        if usage is not None:
            found.append(usage)
    order = list(Channel)
    return sorted(found, key=lambda usage: (usage.start, order.index(usage.channel)))


def to_grid_mix(renewable: Renewable) -> GridMix | None:
    """One interval's share of renewables; None for a type that is not known here."""
    kind = _RENEWABLE_KINDS.get(type(renewable))
    if kind is None:
        return None
    return GridMix(
        start=_start(renewable),
        end=_needed(renewable.end_time, "endTime"),
        renewables_pct=renewable.renewables,
        kind=kind,
        raw=renewable,
    )


def price_to_grid_mix(price: Price) -> GridMix:
    """The share of renewables that a price interval tells as well."""
    return GridMix(
        start=price.start, end=price.end, renewables_pct=price.renewables_pct, kind=price.kind, raw=price.raw
    )


_KINDS: Final[dict[type[Interval], PriceKind]] = {
    ActualInterval: PriceKind.SETTLED,
    CurrentInterval: PriceKind.CURRENT,
    ForecastInterval: PriceKind.FORECAST,
}
_RENEWABLE_KINDS: Final[dict[type[Renewable], PriceKind]] = {
    ActualRenewable: PriceKind.SETTLED,
    CurrentRenewable: PriceKind.CURRENT,
    ForecastRenewable: PriceKind.FORECAST,
}


def _kind(interval: Interval) -> PriceKind | None:
    return _KINDS.get(type(interval))


def _estimate(interval: Interval) -> bool | None:
    if isinstance(interval, CurrentInterval):
        return interval.estimate
    return isinstance(interval, ForecastInterval)


def _start(item: Interval | Renewable) -> datetime:
    # startTime is one second after the end before it: 14:00:01 begins at 14:00.
    return _needed(item.start_time, "startTime").replace(second=0, microsecond=0)


def _signed(cents: float, *, sell: bool) -> Decimal:
    """Feed-in prices are negative where you are paid; ours are positive there."""
    dollars = to_dollars(cents)
    return (dollars.copy_negate() if dollars else _ZERO) if sell else dollars


def _band(interval: Interval, *, sell: bool) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Amber's prediction and its bounds, the lower one first on every channel."""
    if not isinstance(interval, CurrentInterval | ForecastInterval):
        return None, None, None
    band = interval.advanced_price
    if band is None:
        return None, None, None
    expected = None if band.predicted is None else _signed(band.predicted, sell=sell)
    if band.low is None or band.high is None:
        return expected, None, None
    low, high = sorted((_signed(band.low, sell=sell), _signed(band.high, sell=sell)))
    return expected, low, high


def _needed(value: _T | None, name: str) -> _T:
    if value is None:
        raise BadResponse(f"$.{name} is missing.", provider="amber")
    return value


def _placed(error: BadResponse, place: int) -> BadResponse:
    message = error.message.replace("$.", f"$[{place}].", 1)
    return BadResponse(message, provider="amber", hint="Ask again; if it stays, Amber has changed its API.")
