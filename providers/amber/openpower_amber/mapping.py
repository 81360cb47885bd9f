"""Amber's records in openpower's words: dollars, UTC, half-open intervals, EXPORT positive when you are paid; and its sites as retailers.

Native figures stay as they are; here cents become :class:`~decimal.Decimal` dollars without rounding, the
extra second of ``startTime`` goes, and the feed-in channel's sign flips. The band comes from
``advancedPrice`` and never from ``range``, which bounds the wholesale price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from openpower_amber import models
from openpower_amber.client.errors import NoLongerKept, NotPublishedYet
from openpower_amber.client.requests import nem_date, nem_days
from openpower_core import provider as core

CURRENCY: Final = "AUD"

CHANNELS: Final[dict[str, core.Channel]] = {
    models.ChannelType.GENERAL: core.Channel.IMPORT,
    models.ChannelType.CONTROLLED_LOAD: core.Channel.CONTROLLED_LOAD,
    models.ChannelType.FEED_IN: core.Channel.EXPORT,
}
QUALITIES: Final[dict[str, core.UsageQuality]] = {
    models.UsageQuality.BILLABLE: core.UsageQuality.BILLABLE,
    models.UsageQuality.ESTIMATED: core.UsageQuality.ESTIMATED,
}
SPIKES: Final[dict[str, bool]] = {models.SpikeStatus.NONE: False, models.SpikeStatus.SPIKE: True}

_HUNDRED: Final = Decimal(100)

_R = TypeVar("_R", bound=models.Interval)
_T = TypeVar("_T")

_KINDS: Final[dict[type[models.Interval], core.PriceKind]] = {
    models.ActualInterval: core.PriceKind.SETTLED,
    models.CurrentInterval: core.PriceKind.CURRENT,
    models.ForecastInterval: core.PriceKind.FORECAST,
}
_RENEWABLE_KINDS: Final[dict[type[models.Renewable], core.PriceKind]] = {
    models.ActualRenewable: core.PriceKind.SETTLED,
    models.CurrentRenewable: core.PriceKind.CURRENT,
    models.ForecastRenewable: core.PriceKind.FORECAST,
}


def to_dollars(cents: float) -> Decimal:
    """Cents, or cents per kWh, as the number was written.

    >>> to_dollars(31.185000000000002)
    Decimal('0.31185000000000002')
    """
    return core.EXACT.divide(Decimal(str(cents)), _HUNDRED)


def to_price(interval: models.Interval) -> core.Price | None:
    """One price; None for an unknown type or channel.

    Raises:
        BadResponse: it has no price or no times.
    """
    channel, kind = CHANNELS.get(interval.channel_type or ""), _KINDS.get(type(interval))
    if channel is None or kind is None:
        return None
    sell, tariff, spot = channel is core.Channel.EXPORT, interval.tariff_information, interval.spot_per_kwh
    start, end = _times(interval)
    band = interval.advanced_price if isinstance(interval, models.CurrentInterval | models.ForecastInterval) else None
    per_kwh, expected, low, high = _signed(
        (interval.per_kwh, *((band.predicted, band.low, band.high) if band else (None, None, None))), sell=sell
    )
    if per_kwh is None:
        raise _missing("perKwh")
    if low is None or high is None:
        low = high = None
    elif high < low:  # Amber calls low what pays you least
        low, high = high, low
    return core.Price(
        start=start,
        end=end,
        channel=channel,
        per_kwh=per_kwh,
        currency=CURRENCY,
        tax_included=None if sell else True,  # no tax applies to export: its price is to the import price as 1 to 1.1
        kind=kind,
        estimate=interval.estimate if isinstance(interval, models.CurrentInterval) else kind is core.PriceKind.FORECAST,
        expected_per_kwh=expected,
        low=low,
        high=high,
        spot_per_kwh=None if spot is None else to_dollars(spot),
        renewables_pct=interval.renewables,
        spike=SPIKES.get(interval.spike_status or ""),
        demand_window=None if tariff is None else tariff.demand_window,
        raw=interval,
    )


def to_prices(intervals: Iterable[models.Interval]) -> list[core.Price]:
    """The prices of a list, without those that cannot be expressed; a malformed one is named by its place."""
    return _converted(intervals, to_price)


def to_series(intervals: Iterable[models.Interval], *, tz: str | None = None) -> core.PriceSeries:
    """Any list of intervals, of one answer or several, as a series: where they overlap the firmest holds."""
    return core.PriceSeries.firmest(to_prices(intervals), tz=tz)


def running(intervals: Iterable[models.Interval], channel: core.Channel) -> core.Price | None:
    """The price of the interval that runs on a channel, whatever the other channels hold; None where Amber gave none."""
    here = [each for each in intervals if CHANNELS.get(each.channel_type or "") is channel]
    return next((price for price in to_prices(here) if price.kind is core.PriceKind.CURRENT), None)


def to_usage(record: models.Usage) -> core.Usage | None:
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
    return core.Usage(
        start=start,
        end=end,
        channel=channel,
        kwh=record.kwh,
        cost=None if record.cost is None else to_dollars(record.cost),
        currency=CURRENCY,
        quality=QUALITIES.get(record.quality or "", core.UsageQuality.UNKNOWN),
        raw=record,
    )


def to_usages(records: Iterable[models.Usage]) -> list[core.Usage]:
    """The metered intervals of a list in time order; a malformed one is named by its place."""
    return in_order(_converted(records, to_usage))


def in_order(usages: Iterable[core.Usage]) -> list[core.Usage]:
    """In time order, and of the same time by channel."""
    order = list(core.Channel)
    return sorted(usages, key=lambda usage: (usage.start, order.index(usage.channel)))


def to_grid_mix(renewable: models.Renewable) -> core.GridMix | None:
    """One interval's share of renewables; None for an unknown type."""
    kind = _RENEWABLE_KINDS.get(type(renewable))
    if kind is None:
        return None
    start, end = _times(renewable)
    return core.GridMix(start=start, end=end, renewables_pct=renewable.renewables, kind=kind, raw=renewable)


def price_to_grid_mix(price: core.Price) -> core.GridMix:
    """The share of renewables that comes with a price."""
    return core.GridMix(
        start=price.start,
        end=price.end or price.start,
        renewables_pct=price.renewables_pct,
        kind=price.kind,
        raw=price.raw,
    )


def _times(item: models.Interval | models.Renewable) -> tuple[datetime, datetime]:
    if item.start_time is None or item.end_time is None:
        raise _missing("startTime" if item.start_time is None else "endTime")
    # startTime is one second after the end before it: 14:00:01 begins at 14:00.
    return item.start_time.replace(second=0, microsecond=0), item.end_time


def _signed(cents: Iterable[float | None], *, sell: bool) -> list[Decimal | None]:
    """Dollars; feed-in prices are negative where you are paid, and ours are positive there."""
    dollars = [None if figure is None else core.EXACT.divide(Decimal(str(figure)), _HUNDRED) for figure in cents]
    if not sell:
        return dollars
    # Zero stays positive; decimals have a negative one.
    return [None if amount is None else amount.copy_negate() if amount else amount.copy_abs() for amount in dollars]


def _converted(records: Iterable[_R], make: Callable[[_R], _T | None]) -> list[_T]:
    """What each record becomes, without those that become nothing; a malformed one is named by its place."""
    found: list[_T] = []
    for place, item in enumerate(records):
        try:
            made = make(item)
        except core.BadResponse as error:
            message = error.message.replace("$.", f"$[{place}].", 1)
            hint = "Ask again; if it stays, Amber has changed its API."
            raise core.BadResponse(message, provider="amber", hint=hint) from None
        if made is not None:
            found.append(made)
    return found


def _missing(name: str) -> core.BadResponse:
    return core.BadResponse(f"$.{name} is missing.", provider="amber")


_NETWORKS: Final = (
    ("ausgrid", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),
    ("endeavour", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),
    ("essential", models.State.NEW_SOUTH_WALES, None),  # Broken Hill keeps Adelaide's time
    ("evoenergy", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),  # the ACT is in the same market region
    ("energex", models.State.QUEENSLAND, "Australia/Brisbane"),
    ("ergon", models.State.QUEENSLAND, "Australia/Brisbane"),
    ("sa power", models.State.SOUTH_AUSTRALIA, "Australia/Adelaide"),
    ("sapn", models.State.SOUTH_AUSTRALIA, "Australia/Adelaide"),
    ("ausnet", models.State.VICTORIA, "Australia/Melbourne"),
    ("citipower", models.State.VICTORIA, "Australia/Melbourne"),
    ("jemena", models.State.VICTORIA, "Australia/Melbourne"),
    ("powercor", models.State.VICTORIA, "Australia/Melbourne"),
    ("united", models.State.VICTORIA, "Australia/Melbourne"),
)
"""Network operators, with the state of their market, and the time zone if their whole area has one."""

USAGE_KEPT: Final = timedelta(days=90)
_YESTERDAY: Final = timedelta(days=1)

PACE: Final = timedelta(seconds=30)
"""How often the running price is worth asking for: an interval has five minutes, and its first 30 seconds are an estimate."""

_USAGE_NOTE: Final = "A day is published on the day after it, and kept for some 90 days."
_FORECAST_NOTE: Final = "Reaches 16 to 40 hours ahead; beyond the first hour in half hours."
_HISTORY_NOTE: Final = "Prices of some 18 months back have been seen (2026-09); older ones are gaps."
_FROM_PRICES: Final = (
    "The site's state is unknown, so the share comes from the records of its prices; state= names the state."
)


def addressable(sites: Iterable[models.Site], only: str | None = None) -> Iterator[tuple[str, models.Site]]:
    """The sites that have an id, with it; only the named one, if one is."""
    for site in sites:
        if site.id and (only is None or site.id == only):
            yield site.id, site


def channels_of(site: models.Site) -> frozenset[core.Channel]:
    """The channels of its meter that openpower knows."""
    kinds = [channel.type or "" for channel in site.channels or ()]
    return frozenset(CHANNELS[kind] for kind in kinds if kind in CHANNELS)


def state_of(site: models.Site) -> models.State | None:
    """The state, by its network operator, since Amber does not send it; None means unknown."""
    return next((state for name, state, _ in _NETWORKS if name in _network(site)), None)


def zone_of(site: models.Site) -> str | None:
    """The time zone, by its network operator; None means unknown, or that the area has two."""
    return next((zone for name, _, zone in _NETWORKS if name in _network(site)), None)


def to_info(site: models.Site, site_id: str, tz: str | None) -> core.DeviceInfo:
    """The retailer of a site; closed and pending sites are not in use.

    Args:
        site: the site.
        site_id: its id.
        tz: the zone that the user gave; it comes before that of the network.
    """
    return core.DeviceInfo(
        id=f"{site_id}/{core.Role.RETAILER}",
        provider="amber",
        serial=site_id,
        role=core.Role.RETAILER,
        model=site.network,
        vendor="Amber Electric",
        tz=tz or zone_of(site),
        active=site.status not in (models.SiteStatus.CLOSED, models.SiteStatus.PENDING),
    )


def _network(site: models.Site) -> str:
    return (site.network or "").lower()


def capabilities_of(site: models.Site, state: models.State | None) -> core.Capabilities:
    """What a site offers."""
    full = core.Capability(support=core.Support.FULL)
    no_export = core.Capability(support=core.Support.UNSUPPORTED, note="the site has no feed-in channel")
    from_prices = core.Capability(support=core.Support.EMULATED, note=_FROM_PRICES)
    return core.Capabilities(
        features={
            core.Feature.CURRENT_PRICE: full,
            core.Feature.PRICES: core.Capability(support=core.Support.FULL, note=_HISTORY_NOTE),
            core.Feature.FORECAST: core.Capability(support=core.Support.FULL, note=_FORECAST_NOTE),
            core.Feature.EXPORT_PRICES: full if core.Channel.EXPORT in channels_of(site) else no_export,
            core.Feature.USAGE: core.Capability(support=core.Support.FULL, note=_USAGE_NOTE),
            core.Feature.GRID_MIX: full if state else from_prices,
        },
        interval=PACE,
    )


def explain_no_usage(site: models.Site, start: datetime, end: datetime, now: datetime) -> None:
    """Raise what an empty list means, where the dates say so; otherwise there was none, as before supply began.

    A day of a supplied site always has its intervals, so an empty yesterday is one that is still to come.
    """
    first, last = nem_days(start, end)
    today = nem_date(now)
    supplied = (site.active_from or first) <= last and first <= (site.closed_on or first)
    if supplied and last < today - USAGE_KEPT:
        raise NoLongerKept(
            f"usage of {last} and before is no longer kept.",
            provider="amber",
            operation="usage",
            hint=f"Amber keeps {USAGE_KEPT.days} days.",
        )
    if supplied and first >= today - _YESTERDAY:
        raise NotPublishedYet(
            f"usage of {first} is not published yet.",
            provider="amber",
            operation="usage",
            hint="A day comes on the day after it (UTC+10), usually in the morning.",
        )
