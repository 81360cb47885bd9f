"""The simulated retailer has what Amber has: current, past and forecast prices, bands, usage, the grid's mix."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from openpower_core.errors import InvalidValue, Unsupported
from openpower_core.prices import Channel, PriceKind, UsageQuality

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)


async def test_the_current_price_is_that_of_the_running_interval(home: Any) -> None:
    """In the first seconds it is an estimate with a band, then it is firm."""
    now = home.clock.now()
    first = await home.call("retailer", "current_price")
    home.later(minutes=1)
    firm = await home.call("retailer", "current_price")
    export = await home.call("retailer", "current_price", Channel.EXPORT)

    assert first.start == now
    assert first.end == now + timedelta(minutes=5)
    assert first.kind is PriceKind.CURRENT
    assert first.estimate is True
    assert first.low <= first.expected_per_kwh <= first.high
    assert firm.estimate is False
    assert firm.expected_per_kwh is None
    assert isinstance(firm.per_kwh, Decimal)
    assert firm.currency == "AUD"
    assert (firm.tax_included, export.tax_included) == (True, None)
    assert export.per_kwh < firm.per_kwh


async def test_prices_run_from_now_to_the_horizon_by_default(home: Any) -> None:
    """Both channels, five minutes first, half hours later, without gaps."""
    series = await home.call("retailer", "prices")
    bought = series.on(Channel.IMPORT)

    assert series.channels == (Channel.IMPORT, Channel.EXPORT)
    assert bought[0].kind is PriceKind.CURRENT
    assert {price.kind for price in bought[1:]} == {PriceKind.FORECAST}
    assert all(a.end == b.start for a, b in pairwise(bought))
    assert {p.end - p.start for p in bought} == {timedelta(minutes=5), HALF_HOUR}
    assert bought[-1].end - home.clock.now() > timedelta(hours=16)


async def test_past_prices_are_settled(home: Any) -> None:
    """A day ago is firm, in the intervals that are billed."""
    now = home.clock.now()
    series = await home.call("retailer", "prices", now - DAY, now, channel=Channel.EXPORT)

    assert len(series) == 288
    assert {price.kind for price in series} == {PriceKind.SETTLED}
    assert not any(price.estimate for price in series)
    assert all(price.renewables_pct is not None for price in series)


@pytest.mark.parametrize(("minutes", "count"), [(30, 48), (60, 24), (15, 96)])
async def test_prices_on_another_grid(home: Any, minutes: int, count: int) -> None:
    """Any resolution, time-weighted."""
    now = home.clock.now()
    resolution = timedelta(minutes=minutes)
    series = await home.call("retailer", "prices", now - DAY, now, channel=Channel.IMPORT, resolution=resolution)

    assert len(series) == count
    assert {price.end - price.start for price in series} == {resolution}
    with pytest.raises(InvalidValue):
        await home.call("retailer", "prices", resolution=timedelta(0))


async def test_a_week_has_demand_windows_and_negative_export_prices(home: Any) -> None:
    """Prices are worth an algorithm's while."""
    now = home.clock.now()
    series = await home.call("retailer", "prices", now - 30 * DAY, now, resolution=HALF_HOUR)
    sold, bought = series.on(Channel.EXPORT), series.on(Channel.IMPORT)

    assert min(price.per_kwh for price in sold) < 0
    assert max(price.per_kwh for price in bought) > 3 * min(price.per_kwh for price in bought)
    assert {price.demand_window for price in bought} == {True, False}


async def test_usage_is_yesterdays_at_the_latest(home: Any) -> None:
    """Today is absent, yesterday appears at six in the morning, and every figure has its cost."""
    now = home.clock.now()  # 01:00
    midnight = now - timedelta(hours=1)
    early = await home.call("retailer", "usage", midnight - DAY, now)
    home.later(hours=5)
    found = await home.call("retailer", "usage", midnight - DAY, home.clock.now())
    truth = home.house.energies(midnight - DAY, midnight, now=home.clock.now())

    assert early == []
    assert found[0].start == midnight - DAY
    assert found[-1].end == midnight
    assert {item.quality for item in found} == {UsageQuality.BILLABLE}
    assert all(item.kwh >= 0 for item in found)
    bought = [item for item in found if item.channel is Channel.IMPORT]
    assert sum(item.kwh for item in bought) == pytest.approx(truth.imported_kwh, abs=0.2)
    assert sum(item.cost for item in bought) > 0


async def test_who_exports_is_paid(home: Any) -> None:
    """Cost is negative on the export channel while the price is positive."""
    now = home.clock.now()
    midnight = now - timedelta(hours=1)
    found = await home.call("retailer", "usage", midnight - 14 * DAY, midnight - DAY, channel=Channel.EXPORT)
    sold = [item for item in found if item.kwh]

    assert sold
    assert {item.channel for item in found} == {Channel.EXPORT}
    for item in sold:
        assert item.cost == -Decimal(str(item.kwh)) * item.raw.per_kwh


async def test_the_grid_mix_follows_the_sun(home: Any) -> None:
    """Renewables and carbon per interval, forecast by default."""
    mix = await home.call("retailer", "grid_mix")

    assert mix[0].kind is PriceKind.CURRENT
    assert all(0 <= each.renewables_pct <= 110 for each in mix)
    assert all(each.carbon_g_per_kwh >= 0 for each in mix)


async def test_a_channel_that_the_meter_has_not_is_unsupported(home: Any) -> None:
    """There is no controlled load, and the error names what there is."""
    with pytest.raises(Unsupported) as caught:
        await home.call("retailer", "current_price", Channel.CONTROLLED_LOAD)

    assert caught.value.alternatives == ("import", "export")


async def test_usage_holds_the_intervals_that_begin_in_the_span(home: Any) -> None:
    """Also where the span begins and ends within an interval."""
    begin = home.clock.now() - 3 * DAY
    found = await home.call(
        "retailer", "usage", begin + timedelta(minutes=2), begin + timedelta(minutes=12), channel=Channel.IMPORT
    )

    assert [item.start - begin for item in found] == [timedelta(minutes=5), timedelta(minutes=10)]
