"""Retailers: prices without gaps, in money per kWh, with openpower's signs, and forecasts marked as such."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from openpower_core.capabilities import Feature
from openpower_core.prices import Channel, PriceKind
from openpower_testing.checks._base import check

if TYPE_CHECKING:
    from openpower_core.prices import Price
    from openpower_testing.harness import Harness

_DEAREST: Final = Decimal(25)
_DIGITS: Final = 20
"""A binary fraction as a Decimal has some fifty, a number as it was written at most seventeen, and what taxes add."""
_USUAL: Final = (Decimal("0.005"), Decimal(3))
"""What electricity costs in the middle of a day, in any currency of these parts, per kWh."""


async def _lanes(harness: Harness, **keywords: Any) -> dict[Channel, list[Price]]:
    (retailer, *_) = await harness.having(Feature.PRICES)
    series = await harness.call(retailer, "prices", **keywords)
    if not len(series):
        harness.fail("prices() is empty; it has to cover the time from now to the end of the forecast.")
    lanes: dict[Channel, list[Price]] = defaultdict(list)
    for price in series:
        lanes[price.channel].append(price)
    harness.prove(retailer, Feature.PRICES)
    return lanes


@check("retailer", live=True)
async def grid_has_no_gaps(harness: Harness) -> None:
    """Each channel's prices follow one another without gap or overlap, on whole minutes, from now on."""
    lanes = await _lanes(harness)
    now = harness.clock.now()
    for channel, prices in lanes.items():
        for price in prices:
            if (price.end is not None and price.end <= price.start) or price.start.second or price.start.microsecond:
                harness.fail(f"An interval runs from {price.start} to {price.end}.")
        for one, other in pairwise(prices):
            if one.end != other.start:
                harness.fail(
                    f"On {channel} an interval ends at {one.end}, and the next begins at {other.start}.",
                    "Intervals are half-open [start, end); vendors' are often a second short.",
                )
        if not (prices[0].start <= now and (prices[-1].end is None or now < prices[-1].end)):
            harness.fail(f"Without times, the {channel} prices start at {prices[0].start}, but the time is {now}.")


@check("retailer", live=True)
async def cells_of_a_grid_are_whole(harness: Harness) -> None:
    """In half hours the cell that runs now begins before now, and no cell overlaps another; firm prices are no estimates."""
    now = harness.clock.now()
    for channel, prices in (await _lanes(harness, resolution=timedelta(minutes=30))).items():
        if not prices[0].covers(now) or prices[0].duration != timedelta(minutes=30):
            harness.fail(
                f"In half hours, the first {channel} price is that of {prices[0].start}–{prices[0].end}, and the time is {now}.",
                "Ask the vendor from where the running cell begins: grid_range(start, end, resolution, tz).",
            )
        for one, other in pairwise(prices):
            if one.end is None or one.end > other.start:
                harness.fail(f"On {channel} a cell ends at {one.end}, and the next begins at {other.start}.")


@check("retailer", live=True)
async def tariff_is_in_order(harness: Harness) -> None:
    """A tariff has the currency of the prices, and its tiers begin at zero and rise."""
    (retailer, *_) = await harness.having(Feature.TARIFF)
    tariff = await harness.call(retailer, "tariff")
    if retailer.capabilities[Feature.PRICES]:
        series = await harness.call(retailer, "prices")
        if series.currency not in (None, tariff.currency):
            harness.fail(f"The tariff is in {tariff.currency}, and the prices are in {series.currency}.")
    steps = [tier.above_kwh for tier in tariff.tiers]
    if steps and (steps[0] != 0 or steps != sorted(steps)):
        harness.fail(f"The tiers begin at {', '.join(map(str, steps))} kWh.", "The first begins at 0.")
    harness.prove(retailer, Feature.TARIFF)


@check("retailer", live=True)
async def current_is_current(harness: Harness) -> None:
    """The current price is that of the interval that runs now, and the series agrees with it."""
    (retailer, *_) = await harness.having(Feature.CURRENT_PRICE)
    price, now = await harness.call(retailer, "current_price"), harness.clock.now()
    if not price.covers(now):
        harness.fail(f"The current price is that of {price.start}–{price.end}, but the time is {now}.")
    if price.kind is not PriceKind.CURRENT or price.channel is not Channel.IMPORT:
        harness.fail(f"The current price is {price.kind} on {price.channel}.")
    harness.prove(retailer, Feature.CURRENT_PRICE)
    if retailer.capabilities[Feature.PRICES]:
        series = await harness.call(retailer, "prices", channel=Channel.IMPORT)
        if series.at(now).per_kwh != price.per_kwh:
            harness.fail(f"prices() has {series.at(now).per_kwh} for now, but current_price() {price.per_kwh}.")


@check("retailer", live=True)
async def money_per_kwh(harness: Harness) -> None:
    """Prices are Decimal, in the major unit of an ISO 4217 currency per kWh."""
    for channel, prices in (await _lanes(harness)).items():
        for price in prices:
            per_kwh: Any = price.per_kwh
            if not isinstance(per_kwh, Decimal):
                harness.fail(f"per_kwh is a {type(per_kwh).__name__}.", "Decimal(str(cents)) / 100.")
            if len(per_kwh.as_tuple().digits) > _DIGITS:
                harness.fail(f"A kWh costs {per_kwh}, to more digits than a vendor sends.", "Decimal(str(number)).")
            if len(price.currency) != 3 or not price.currency.isupper():
                harness.fail(f"The currency is {price.currency!r}.", 'ISO 4217, such as "AUD".')
        middle = median(abs(price.per_kwh) for price in prices)
        low, high = _USUAL
        if channel is Channel.IMPORT and not low <= middle <= high:
            harness.fail(
                f"A kWh costs {middle} {prices[0].currency} in the middle of the forecast.",
                "Cents were taken for the major unit, or MWh for kWh.",
            )
        if max(abs(price.per_kwh) for price in prices) > _DEAREST:
            harness.fail(f"A kWh costs {max(price.per_kwh for price in prices)} {prices[0].currency}.")


@check("retailer", live=True)
async def export_pays(harness: Harness) -> None:
    """A positive export price is paid to the customer: it rises and falls with the price of import."""
    (retailer, *_) = await harness.having(Feature.EXPORT_PRICES)
    lanes = await _lanes(harness)
    exports = {price.start: price.per_kwh for price in lanes.get(Channel.EXPORT, [])}
    pairs = [(price.per_kwh, exports[price.start]) for price in lanes.get(Channel.IMPORT, []) if price.start in exports]
    if len(pairs) < 3:
        harness.fail("Export prices are promised, but there are only import prices.")
    if _correlation(pairs) < 0:
        harness.fail(
            "Export prices fall when import prices rise.",
            "EXPORT: + you are paid. Some retailers use the opposite sign for feed-in: flip it in the mapping.",
        )
    if median(export for _, export in pairs) > median(price for price, _ in pairs):
        harness.fail("Exporting a kWh pays more than importing one costs.", "Check the sign and the channel.")
    harness.prove(retailer, Feature.EXPORT_PRICES)


def _correlation(pairs: list[tuple[Decimal, Decimal]]) -> Decimal:
    count = Decimal(len(pairs))
    one, other = sum(a for a, _ in pairs) / count, sum(b for _, b in pairs) / count
    return sum(((a - one) * (b - other) for a, b in pairs), Decimal(0))


@check("retailer", live=True)
async def bands_are_in_order(harness: Harness) -> None:
    """Where a prediction has a band, low ≤ high on every channel, and the prediction lies between."""
    seen = 0
    for channel, prices in (await _lanes(harness)).items():
        for price in prices:
            if price.low is None or price.high is None:
                continue
            seen += 1
            if price.low > price.high:
                harness.fail(
                    f"On {channel} low is {price.low} and high {price.high}.", "Flipping the sign of export swaps them."
                )
            if price.expected_per_kwh is not None and not price.low <= price.expected_per_kwh <= price.high:
                harness.fail(f"On {channel} {price.expected_per_kwh} is expected, outside {price.low}–{price.high}.")
    if not seen:
        harness.skip("no price has a band")


@check("retailer", live=True)
async def forecasts_lie_ahead(harness: Harness) -> None:
    """What is settled is past, what is current runs, what is forecast lies ahead; and there is a forecast."""
    (retailer, *_) = await harness.having(Feature.FORECAST)
    now = harness.clock.now()
    past = {"start": now - timedelta(hours=3)}
    for prices in (await _lanes(harness, **past)).values():
        for price in prices:
            true = (
                PriceKind.SETTLED
                if price.end is not None and price.end <= now
                else PriceKind.CURRENT
                if price.start <= now
                else PriceKind.FORECAST
            )
            if price.kind is not true:
                harness.fail(f"At {now} the price of {price.start}–{price.end} is marked {price.kind}.")
        if prices[-1].end is not None and prices[-1].end < now + timedelta(hours=2):
            harness.fail(f"A forecast is promised, but prices end at {prices[-1].end}.")
    harness.prove(retailer, Feature.FORECAST)


@check("retailer", live=True)
async def usage_is_metered(harness: Harness) -> None:
    """Usage is never negative, lies in the range, and costs on import what it pays on export."""
    (retailer, *_) = await harness.having(Feature.USAGE)
    now = harness.clock.now()
    start, end = now - timedelta(days=3), now - timedelta(days=2)
    found = await harness.call(retailer, "usage", start, end)
    if not found:
        harness.fail(f"There is no usage from {start} to {end}.")
    for usage in found:
        if usage.kwh < 0:
            harness.fail(f"{usage.kwh} kWh were used.", "The channel gives the direction.")
        if not start <= usage.start < end:
            harness.fail(f"The usage from {start} to {end} has an interval that begins at {usage.start}.")
    series = await harness.call(retailer, "prices", start, end)
    prices = {(price.channel, price.start): price.per_kwh for price in series}
    for usage in found:
        price = prices.get((usage.channel, usage.start))
        if price is None or not usage.cost:
            continue
        paid = usage.channel is Channel.EXPORT
        if (usage.cost * price > 0) is paid:
            harness.fail(
                f"{usage.kwh} kWh of {usage.channel} at {price} cost {usage.cost}.",
                "cost: + you pay, − you are paid, on every channel.",
            )
    harness.prove(retailer, Feature.USAGE)
