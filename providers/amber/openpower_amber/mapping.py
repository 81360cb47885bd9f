"""Amber's records in openpower's words: dollars, UTC, half-open intervals, EXPORT positive when you are paid.

Native figures stay as they are; here cents become :class:`~decimal.Decimal` dollars without rounding, the
extra second of ``startTime`` goes, and the feed-in channel's sign flips. The band comes from
``advancedPrice`` and never from ``range``, which bounds the wholesale price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Context, Decimal
from typing import Final, TypeVar

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
_HUNDRED: Final = Decimal(100)

_R = TypeVar("_R", bound=Interval)
_T = TypeVar("_T")

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


def to_dollars(cents: float) -> Decimal:
    """Cents, or cents per kWh, as the number was written.

    >>> to_dollars(31.185000000000002)
    Decimal('0.31185000000000002')
    """
    return _EXACT.divide(Decimal(str(cents)), _HUNDRED)


def to_price(interval: Interval) -> Price | None:
    """One price; None for an unknown type or channel.

    Raises:
        BadResponse: it has no price or no times.
    """
    channel, kind = CHANNELS.get(interval.channel_type or ""), _KINDS.get(type(interval))
    if channel is None or kind is None:
        return None
    sell, tariff, spot = channel is Channel.EXPORT, interval.tariff_information, interval.spot_per_kwh
    start, end = _times(interval)
    band = interval.advanced_price if isinstance(interval, CurrentInterval | ForecastInterval) else None
    per_kwh, expected, low, high = _signed(
        (interval.per_kwh, *((band.predicted, band.low, band.high) if band else (None, None, None))), sell=sell
    )
    if per_kwh is None:
        raise _missing("perKwh")
    if low is None or high is None:
        low = high = None
    elif high < low:  # Amber calls low what pays you least
        low, high = high, low
    return Price(
        start=start,
        end=end,
        channel=channel,
        per_kwh=per_kwh,
        currency=CURRENCY,
        tax_included=not sell,  # the export price is to the import price as 1 to 1.1, spot apart
        kind=kind,
        estimate=interval.estimate if isinstance(interval, CurrentInterval) else kind is PriceKind.FORECAST,
        expected_per_kwh=expected,
        low=low,
        high=high,
        spot_per_kwh=None if spot is None else to_dollars(spot),
        renewables_pct=interval.renewables,
        spike=SPIKES.get(interval.spike_status or ""),
        demand_window=None if tariff is None else tariff.demand_window,
        raw=interval,
    )


def to_prices(intervals: Iterable[Interval]) -> list[Price]:
    """The prices of a list, without those that cannot be expressed; a malformed one is named by its place."""
    return _each(intervals, to_price)


def to_series(intervals: Iterable[Interval]) -> PriceSeries:
    """Any list of intervals, of one answer or several, as a series: where they overlap the firmest holds."""
    return PriceSeries.firmest(to_prices(intervals))


def running(intervals: Iterable[Interval], channel: Channel) -> Price | None:
    """The price of the interval that runs on a channel; None where Amber gave none."""
    prices_now = (price for price in to_prices(intervals) if price.kind is PriceKind.CURRENT)
    return next((price for price in prices_now if price.channel is channel), None)


def to_usage(record: AmberUsage) -> Usage | None:
    """One metered interval; None for an unknown type or channel.

    Raises:
        BadResponse: it has no energy or no times.
    """
    channel = CHANNELS.get(record.channel_type or "")
    if channel is None or record.type != "Usage":
        return None
    start, end = _times(record)
    if record.kwh is None:
        raise _missing("kwh")
    return Usage(
        start=start,
        end=end,
        channel=channel,
        kwh=record.kwh,
        cost=None if record.cost is None else to_dollars(record.cost),
        currency=CURRENCY,
        quality=QUALITIES.get(record.quality or "", prices.UsageQuality.UNKNOWN),
        raw=record,
    )


def to_usages(records: Iterable[AmberUsage]) -> list[Usage]:
    """The metered intervals of a list in time order; a malformed one is named by its place."""
    order = list(Channel)
    return sorted(_each(records, to_usage), key=lambda usage: (usage.start, order.index(usage.channel)))


def to_grid_mix(renewable: Renewable) -> GridMix | None:
    """One interval's share of renewables; None for an unknown type."""
    kind = _RENEWABLE_KINDS.get(type(renewable))
    if kind is None:
        return None
    start, end = _times(renewable)
    return GridMix(start=start, end=end, renewables_pct=renewable.renewables, kind=kind, raw=renewable)


def price_to_grid_mix(price: Price) -> GridMix:
    """The share of renewables that comes with a price."""
    return GridMix(
        start=price.start, end=price.end, renewables_pct=price.renewables_pct, kind=price.kind, raw=price.raw
    )


def _times(item: Interval | Renewable) -> tuple[datetime, datetime]:
    if item.start_time is None or item.end_time is None:
        raise _missing("startTime" if item.start_time is None else "endTime")
    # startTime is one second after the end before it: 14:00:01 begins at 14:00.
    return item.start_time.replace(second=0, microsecond=0), item.end_time


def _signed(cents: Iterable[float | None], *, sell: bool) -> list[Decimal | None]:
    """Dollars; feed-in prices are negative where you are paid, and ours are positive there."""
    dollars = [None if figure is None else _EXACT.divide(Decimal(str(figure)), _HUNDRED) for figure in cents]
    if not sell:
        return dollars
    # Zero stays positive; decimals have a negative one.
    return [None if amount is None else amount.copy_negate() if amount else amount.copy_abs() for amount in dollars]


def _each(records: Iterable[_R], make: Callable[[_R], _T | None]) -> list[_T]:
    """What each record becomes, without those that become nothing; a malformed one is named by its place."""
    found: list[_T] = []
    for place, item in enumerate(records):
        try:
            made = make(item)
        except BadResponse as error:
            message = error.message.replace("$.", f"$[{place}].", 1)
            hint = "Ask again; if it stays, Amber has changed its API."
            raise BadResponse(message, provider="amber", hint=hint) from None
        if made is not None:
            found.append(made)
    return found


def _missing(name: str) -> BadResponse:
    return BadResponse(f"$.{name} is missing.", provider="amber")
