"""The market: a gapless grid, days with a shape, forecasts that err, prices that become firm, and what is metered."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from openpower_core.errors import InvalidValue
from openpower_core.prices import Channel, PriceKind
from openpower_simulation import House, Market, Plant, SpikeStatus, metered

NOW = datetime(2026, 11, 4, 2, 0, 5, tzinfo=UTC)
"""13:00:05 in Sydney, five seconds into an interval."""
MONTHS = timedelta(days=90)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def market() -> Market:
    return Market(Plant(seed=1))


def test_what_is_sent_is_gapless_from_the_past_to_the_horizon(market: Market) -> None:
    """Settled five minutes, one current, five-minute forecasts until soon, then half hours."""
    found = market.intervals(NOW - timedelta(hours=2), NOW + timedelta(days=9), now=NOW)

    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    kinds = [interval.kind for interval in found]
    assert kinds == sorted(kinds, key=[*PriceKind].index)
    assert kinds.count(PriceKind.CURRENT) == 1
    assert {i.end - i.start for i in found if i.kind is PriceKind.FORECAST} == {timedelta(minutes=5), HALF_HOUR}
    assert found[-1].end == market.horizon(NOW)
    assert timedelta(hours=16) <= market.horizon(NOW) - NOW <= timedelta(hours=40)


def test_half_hours_and_five_minutes_hold_the_same_money(market: Market) -> None:
    """A settled half hour is the mean of its six intervals."""
    start = NOW.replace(minute=0, second=0) - timedelta(hours=6)
    fine = market.intervals(start, start + HALF_HOUR, now=NOW, resolution=market.resolution)
    (coarse,) = market.intervals(start, start + HALF_HOUR, now=NOW, resolution=HALF_HOUR)

    assert sum(interval.spot for interval in fine) / 6 == pytest.approx(coarse.spot, abs=Decimal("1e-6"))


def test_a_price_is_an_estimate_until_it_is_confirmed(market: Market) -> None:
    """The running interval's price becomes firm 15 to 40 seconds in, and then stays what it settles at."""
    start = NOW.replace(second=0)
    firm_at = market.confirmed_at(start)
    before = market.current(firm_at - timedelta(seconds=1))
    after = market.current(firm_at)
    (settled,) = market.intervals(start, after.end, now=after.end)

    assert before.estimate
    assert before.expected is not None
    assert not after.estimate
    assert after.expected is None
    assert before.spot != after.spot == settled.spot
    assert timedelta(seconds=15) <= firm_at - start <= timedelta(seconds=40)


def test_forecasts_err_the_more_the_further_ahead(market: Market) -> None:
    """Hours ahead the forecast is off by more than minutes ahead, and never exact."""
    target = NOW.replace(second=0) + timedelta(hours=5)
    noons = [target + timedelta(days=day) for day in range(40)]

    def error(ahead: timedelta) -> Decimal:
        pairs = (
            (
                market.intervals(noon, noon + HALF_HOUR, now=noon - ahead)[0],
                market.intervals(noon, noon + HALF_HOUR, now=noon + timedelta(days=1), resolution=HALF_HOUR)[0],
            )
            for noon in noons
        )
        return sum((abs(seen.spot - real.spot) for seen, real in pairs), Decimal(0)) / len(noons)

    assert 0 < error(timedelta(hours=1)) < error(timedelta(hours=12))


def test_a_season_has_spikes_and_negative_prices_and_a_daily_shape(market: Market) -> None:
    """Dinner costs more than midday; buyers are paid at times; spikes come now and then."""
    found = market.intervals(NOW - MONTHS, NOW, now=NOW, resolution=HALF_HOUR)
    bought = {i.start: market.price(i, Channel.IMPORT) for i in found}
    sold = [market.price(i, Channel.EXPORT) for i in found]
    at = {hour: [bought[i.start] for i in found if i.local.hour == hour] for hour in (12, 18)}

    assert sum(at[18]) > 3 * sum(at[12])
    assert min(bought.values()) < 0
    assert min(sold) < 0
    assert any(interval.spike is SpikeStatus.SPIKE for interval in found)
    assert all(0 <= interval.renewables_pct <= 110 for interval in found)


def test_bands_hold_low_to_high_on_every_channel(market: Market) -> None:
    """The prediction lies in its band, and far ahead there is none."""
    found = market.intervals(NOW, NOW + timedelta(days=2), now=NOW)
    predicted = [i for i in found if i.expected is not None]

    assert predicted
    assert found[-1].expected is None
    for interval in predicted:
        for channel in Channel:
            low, expected, high = (
                market.price(interval, channel, spot) for spot in (interval.low, interval.expected, interval.high)
            )
            assert low <= expected <= high


def test_imports_bear_tax_and_exports_do_not(market: Market) -> None:
    """The tariff says so per channel."""
    assert market.tariff.tax_included(Channel.IMPORT)
    assert not market.tariff.tax_included(Channel.EXPORT)


def test_half_hourly_markets_have_half_hours_only() -> None:
    """A plant that is billed by the half hour gets nothing finer, and cannot ask for it."""
    market = Market(Plant(seed=1, price_interval_min=30))
    found = market.intervals(NOW - timedelta(hours=2), NOW + timedelta(days=1), now=NOW)

    assert {interval.end - interval.start for interval in found} == {HALF_HOUR}
    with pytest.raises(InvalidValue):
        market.intervals(NOW, NOW + HALF_HOUR, now=NOW, resolution=timedelta(minutes=5))


@pytest.mark.parametrize("minutes", [5, 30])
def test_metered_energy_is_what_the_house_bought_and_sold(minutes: int) -> None:
    """Both channels, never negative, add up to the house's own counters but for rounding to watt-hours."""
    plant = Plant(seed=1, price_interval_min=minutes)
    house, market = House(plant, start=NOW), Market(plant)
    end = NOW.replace(hour=0, minute=0, second=0)
    start = end - timedelta(days=2)
    found = metered(house, market, start, end, now=NOW)
    truth = house.energies(start, end, now=NOW)

    assert len(found) == 2 * 48 * 60 / minutes
    assert all(item.kwh >= 0 for item in found)
    bought = sum(item.kwh for item in found if item.channel is Channel.IMPORT)
    sold = sum(item.kwh for item in found if item.channel is Channel.EXPORT)
    assert bought == pytest.approx(truth.imported_kwh, abs=0.3)
    assert sold == pytest.approx(truth.exported_kwh, abs=0.3)
    assert all(
        (item.cost <= 0) == (item.per_kwh >= 0)
        for item in found
        if item.channel is Channel.EXPORT and item.kwh and item.per_kwh
    )
