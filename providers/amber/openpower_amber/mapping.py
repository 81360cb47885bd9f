"""Amber's records in openpower's words: dollars, UTC, half-open intervals, EXPORT positive when you are paid; and its sites as retailers.

Native figures stay as they are; here cents become :class:`~decimal.Decimal` dollars without rounding, the
extra second of ``startTime`` goes, and the feed-in channel's sign flips. The band comes from
``advancedPrice`` and never from ``range``, which bounds the wholesale price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, repeat
from math import isfinite
from operator import attrgetter, lt
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from openpower_amber import models
from openpower_amber.client.errors import NoLongerKept, NotPublishedYet
from openpower_amber.client.requests import nem_date, nem_days, nem_midnight
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

_SECOND: Final = timedelta(seconds=1)

_R = TypeVar("_R", bound=models.Interval)
_T = TypeVar("_T")
_Series = TypeVar("_Series", core.PriceSeries, core.Usages)

Registers: TypeAlias = Mapping[str, Sequence[str]]
"""The identifiers of the registers of a kind of channel."""

_GST: Final = Decimal("0.1")
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
    return _dollars([cents])[0]


def _dollars(cents: Iterable[float]) -> list[Decimal]:
    texts = [str(figure or 0).removesuffix(".0") for figure in cents]  # a float has a negative zero
    return [Decimal(f"{text}e-2") if "e" not in text else Decimal(text).scaleb(-2, core.EXACT) for text in texts]


def to_price(interval: models.Interval, register: str | None = None) -> core.Price:
    """One price.

    Raises:
        BadResponse: it has no price or no times, or its type or channel is unknown.
    """
    channel, kind = _channel(interval), _KINDS.get(type(interval))
    if kind is None:
        raise _bad(f"the type {interval.type!r} is unknown.")
    sell, tariff, spot = channel is core.Channel.EXPORT, interval.tariff_information, interval.spot_per_kwh
    start, end = _times(interval)
    band = interval.advanced_price if isinstance(interval, models.CurrentInterval | models.ForecastInterval) else None
    per_kwh, expected, low, high = _signed(
        (interval.per_kwh, *((band.predicted, band.low, band.high) if band else (None, None, None))), sell=sell
    )
    if per_kwh is None:
        raise _bad("$.perKwh is missing.")
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
        tax_rate=None if sell else _GST,
        kind=kind,
        estimate=interval.estimate if isinstance(interval, models.CurrentInterval) else kind is core.PriceKind.FORECAST,
        expected_per_kwh=expected,
        low=low,
        high=high,
        spot_per_kwh=None if spot is None else to_dollars(spot),
        renewables_pct=interval.renewables,
        spike=SPIKES.get(interval.spike_status or ""),
        demand_window=None if tariff is None else tariff.demand_window,
        period=None if tariff is None or tariff.period is None else str(tariff.period),
        register=register or _register(interval),
        raw=interval,
    )


def to_prices(
    intervals: Iterable[models.Interval], registers: Registers = MappingProxyType({})
) -> tuple[list[core.Price], list[core.Gap]]:
    """The prices of one answer, and what of it has none and why.

    Args:
        intervals: the answer's.
        registers: the site's, of the channels that have several. Amber's prices do not name theirs, as far as answers have been
            seen: those of one instant are taken to come in the order of the site's channels (unproven).
    """
    intervals = list(intervals)
    if not registers and (usual := _usual_prices(intervals)) is not None:
        return usual, []
    seen: Counter[tuple[str, object]] = Counter()

    def make(interval: models.Interval) -> core.Price:
        names = registers.get(interval.channel_type or "", ())
        place = (str(interval.channel_type), interval.start_time or interval.end_time)
        seen[place] += 1 if names else 0
        return to_price(interval, names[seen[place] - 1] if 0 < seen[place] <= len(names) else None)

    return _converted(intervals, make)


def _usual_prices(intervals: Sequence[models.Interval]) -> list[core.Price] | None:
    """The prices of a settled past that is as documented, figure by figure, in a third of the time of :func:`to_price`.

    None where a record is of another kind, and :func:`to_price` has to look at each.
    """

    def column(name: str) -> list[Any]:
        return list(map(attrgetter(name), intervals))

    starts, ends, cents, spot = map(column, ("start_time", "end_time", "per_kwh", "spot_per_kwh"))
    words, tariffs = column("channel_type"), column("tariff_information")
    known = {word: CHANNELS.get(word or "") for word in set(words)}
    if not (
        set(map(type, intervals)) == {models.ActualInterval}
        and set(map(type, starts)) == set(map(type, ends)) == {datetime}
        and set(map(type, cents)) == set(map(type, spot)) == {float}
        and isfinite(sum(cents) + sum(spot))
        and None not in known.values()
        and not any(column("channel_identifier"))
        and all(instant.tzinfo is UTC for instant in chain(starts, ends))
        and all(start.second == 1 and not start.microsecond for start in starts)
    ):
        return None
    # Where an interval follows another, the two share an instant, which halves what instants take.
    begins = [
        before if start - before == _SECOND else start - _SECOND
        for start, before in zip(starts, [starts[0], *ends], strict=False)
    ]
    if not all(map(lt, begins, ends)):
        return None
    channels = [known[word] for word in words]
    sells = [channel is core.Channel.EXPORT for channel in channels]
    periods = [None if tariff is None else tariff.period for tariff in tariffs]
    period_names = {period: None if period is None else str(period) for period in set(periods)}
    columns: dict[str, Iterable[Any]] = {
        "start": begins,
        "end": ends,
        "channel": channels,
        "per_kwh": _dollars([-figure if sell else figure for figure, sell in zip(cents, sells, strict=True)]),
        "currency": repeat(CURRENCY),
        "tax_included": (None if sell else True for sell in sells),
        "tax_rate": (None if sell else _GST for sell in sells),
        "estimate": repeat(False),
        "spot_per_kwh": _dollars(spot),
        "renewables_pct": column("renewables"),
        "spike": (SPIKES.get(word or "") for word in column("spike_status")),
        "demand_window": (None if tariff is None else tariff.demand_window for tariff in tariffs),
        "period": map(period_names.__getitem__, periods),
        "raw": intervals,
    }
    return core.instances(core.Price, len(intervals), columns)


@core.uncollected
def to_series(
    *answers: Iterable[models.Interval],
    registers: Registers = MappingProxyType({}),
    tz: str | None = None,
    gaps: Iterable[core.Gap] = (),
) -> core.PriceSeries:
    """The intervals of answers as a series: where they overlap the firmest holds."""
    parts = [to_prices(answer, registers) for answer in answers]
    lost = [gap for _, found in parts for gap in found]
    return core.PriceSeries.firmest([price for found, _ in parts for price in found], tz=tz, gaps=[*gaps, *lost])


def to_usage(record: models.Usage) -> core.Usage:
    """One metered interval.

    Raises:
        BadResponse: it has no energy or no times, or its type or channel is unknown.
    """
    channel = _channel(record)
    if record.type != "Usage":
        raise _bad(f"the type {record.type!r} is unknown.")
    start, end = _times(record)
    if record.kwh is None:
        raise _bad("$.kwh is missing.")
    # Energy has no sign but that of its channel.
    if record.kwh < 0 and channel is not core.Channel.EXPORT:
        raise _bad(f"$.kwh is {record.kwh}, below zero.")
    tariff = record.tariff_information
    return core.Usage(
        start=start,
        end=end,
        channel=channel,
        kwh=abs(record.kwh),
        cost=None if record.cost is None else to_dollars(record.cost),
        currency=CURRENCY,
        quality=QUALITIES.get(record.quality or "", core.UsageQuality.UNKNOWN),
        period=None if tariff is None or tariff.period is None else str(tariff.period),
        register=_register(record),
        raw=record,
    )


def to_usages(records: Iterable[models.Usage]) -> core.Usages:
    """The metered intervals of answers in time order, and what of them has none and why."""
    order = list(core.Channel)
    usages, gaps = _converted(records, to_usage)
    return core.Usages(
        sorted(usages, key=lambda usage: (usage.start, order.index(usage.channel), usage.register or "")), gaps=gaps
    )


def _channel(interval: models.Interval) -> core.Channel:
    if (channel := CHANNELS.get(interval.channel_type or "")) is None:
        raise _bad(f"the channel {interval.channel_type!s} is unknown.")
    return channel


def _register(interval: models.Interval) -> str | None:
    return interval.channel_identifier.upper() if interval.channel_identifier else None


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
    start, end = item.start_time, item.end_time or item.nem_time
    length = None if item.duration is None else timedelta(minutes=item.duration)
    if start is not None:
        start = start.replace(second=0, microsecond=0)  # startTime is one second after the end before it
        end = end or (start + length if length else None)
    elif end is not None and length:
        start = end - length
    if start is None or end is None:
        raise _bad(f"$.{'startTime' if start is None else 'endTime'} is missing.")
    if end <= start:
        raise _bad(f"it ends at {end.isoformat()}, not after its start.")
    return start, end


def _signed(cents: Iterable[float | None], *, sell: bool) -> list[Decimal | None]:
    """Dollars; feed-in prices are negative where you are paid, and ours are positive there."""
    return [None if figure is None else to_dollars(-figure if sell else figure) for figure in cents]


def _converted(records: Iterable[_R], make: Callable[[_R], _T]) -> tuple[list[_T], list[core.Gap]]:
    """What records become, and a gap for each that becomes nothing, which is named by its place.

    Raises:
        BadResponse: all of them are bad.
    """
    found: list[_T] = []
    gaps: list[core.Gap] = []
    first: core.BadResponse | None = None
    for place, item in enumerate(records):
        try:
            found.append(make(item))
        except core.BadResponse as error:
            reason = error.message.replace("$.", f"$[{place}].", 1)
            gaps.append(core.Gap(start=item.start_time, end=item.end_time, reason=reason))
            first = first or error
    if first is not None and not found:
        hint = "Ask again; if it stays, Amber has changed its API."
        raise core.BadResponse(gaps[0].reason, provider="amber", hint=hint) from None
    return found, gaps


def _bad(words: str) -> core.BadResponse:
    return core.BadResponse(words, provider="amber")


_NETWORKS: Final = (
    ("ausgrid", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),
    ("endeavour", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),
    # Most of regional New South Wales; Broken Hill alone keeps Adelaide's time, and needs tz=.
    ("essential", models.State.NEW_SOUTH_WALES, "Australia/Sydney"),
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
PRICES_KEPT: Final = timedelta(days=548)
"""Prices of some 18 months back have been seen (2026-09)."""
_DAY: Final = timedelta(days=1)

PACE: Final = timedelta(seconds=30)
"""How often the running price is worth asking for: an interval has five minutes, and its first 30 seconds are an estimate."""

_USAGE_NOTE: Final = "A day is published on the day after it, and kept for some 90 days."
_FORECAST_NOTE: Final = "Reaches 16 to 40 hours ahead; beyond the first hour in half hours."
_HISTORY_NOTE: Final = "Prices of some 18 months back have been seen (2026-09); older ones are gaps."
_FROM_PRICES: Final = (
    "The site's state is unknown, so the share comes from the records of its prices; state= names the state."
)


def addressable(sites: Iterable[models.Site], only: str | None = None) -> Iterator[tuple[str, models.Site]]:
    """The sites that have an id, with it; only the named one, if one is, in capitals or not."""
    for site in sites:
        if site.id and (only is None or site.id.casefold() == only.casefold()):
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


def registers_of(site: models.Site) -> Registers:
    """The identifiers of the registers, of the kinds of channels that have several."""
    found: dict[str, list[str]] = {}
    for channel in site.channels or ():
        if channel.type and channel.identifier:
            found.setdefault(channel.type, []).append(channel.identifier.upper())
    return {kind: names for kind, names in found.items() if len(names) > 1}


def days_to_ask(
    start: datetime, end: datetime, now: datetime, *, kept: timedelta, until: date
) -> tuple[tuple[date, date] | None, list[core.Gap]]:
    """The market days of a range that Amber can have, and a gap for those that it no longer keeps or has not published.

    Args:
        start: the beginning of the range.
        end: its end.
        now: the time.
        kept: how long Amber keeps a day.
        until: the last day that can be there.
    """
    first, last = nem_days(start, end)
    oldest = nem_date(now) - kept
    gaps: list[core.Gap] = []
    if first < oldest:
        reason = f"no longer kept: Amber keeps some {kept.days} days"
        gaps.append(core.Gap(start=start, end=nem_midnight(min(oldest, last + _DAY)), reason=reason))
    if last > until:
        reason = "not published yet: a day comes on the day after it (UTC+10), usually in the morning"
        gaps.append(core.Gap(start=nem_midnight(max(first, until + _DAY)), end=end, reason=reason))
    first, last = max(first, oldest), min(last, until)
    return (first, last) if first <= last else None, gaps


class Past:
    """What of a range of days did not come.

    Args:
        gaps: what was not asked for, and why.
    """

    def __init__(self, gaps: Iterable[core.Gap] = ()) -> None:
        self.gaps = list(gaps)
        self.lost: Mapping[date, core.OpenPowerError] = {}
        self.limited: core.RateLimited | None = None
        self._days: core.Gaps | None = None

    def add(self, days: core.Gaps) -> None:
        """Name the days that could not be had."""
        self._days, self.lost = days, days.found
        self.gaps += [
            core.Gap(start=nem_midnight(day), end=nem_midnight(day + _DAY), reason=error.message)
            for day, error in days.found.items()
        ]

    def checked(self, found: _Series) -> _Series:
        """What came; raises what failed if nothing did, or with what came before if the account's calls were used up.

        Raises:
            RateLimited: its ``found`` has what came before.
        """
        if self.limited is not None:
            self.limited.found = found
            raise self.limited
        if self._days is not None:
            self._days.check(found)
        return found


def missing_days(
    site: models.Site,
    days: tuple[date, date] | None,
    usages: Iterable[core.Usage],
    now: datetime,
    *,
    lost: Container[date] = (),
) -> list[core.Gap]:
    """A gap for each day that was asked for and has nothing, although the site was supplied; ``lost`` ones are named already."""
    seen = {nem_date(usage.start) for usage in usages}
    gaps: list[core.Gap] = []
    if days is None:
        return gaps
    first, last = days
    while first <= last:
        supplied = (site.active_from or first) <= first <= (site.closed_on or first)
        if first not in seen and first not in lost and supplied:
            late = first >= nem_date(now) - _DAY
            reason = "not published yet" if late else "Amber has nothing for this day"
            gaps.append(core.Gap(start=nem_midnight(first), end=nem_midnight(first + _DAY), reason=reason))
        first += _DAY
    return gaps


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
    if supplied and first >= today - _DAY:
        raise NotPublishedYet(
            f"usage of {first} is not published yet.",
            provider="amber",
            operation="usage",
            hint="A day comes on the day after it (UTC+10), usually in the morning.",
        )
