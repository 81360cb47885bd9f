"""Amber's figures in openpower's words, checked by hand against the captured answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from openpower_amber.mapping import price_to_grid_mix, to_dollars, to_grid_mix, to_price, to_series, to_usage, to_usages
from openpower_amber.models import (
    ActualInterval,
    AnyInterval,
    AnyRenewable,
    ChannelType,
    CurrentInterval,
    ForecastInterval,
    Interval,
    Renewable,
    Usage,
)
from openpower_core.convert import structure
from openpower_core.errors import BadResponse
from openpower_core.prices import Channel, Price, PriceKind, UsageQuality

if TYPE_CHECKING:
    from collections.abc import Callable

    Sample = Callable[[str], Any]

PRICES = "amber/real_prices_5min_site_default_resolution_2025-05-17_freman.json"
CURRENT = "amber/real_prices_current_5min_site_next15_2025-05-17_freman.json"
USAGE = "amber/real_usage_mixed_30min_then_5min_2025-05-14_16_freman.json"
SPIKES = "amber/real_usage_spike_slice_freman.json"
RANGE = "amber/real_forecast_30min_range_2024-03-01_publicapi193.json"
RENEWABLES = "amber/real_renewables_prev10_next10_2025-05-17_freman.json"


def intervals(sample: Sample, name: str) -> list[Interval]:
    found: list[Interval] = structure(list[AnyInterval], sample(name))
    return found


def price(interval: Interval) -> Price:
    made = to_price(interval)
    assert made is not None
    return made


def test_a_settled_price(sample: Sample) -> None:
    """28.04696 c from 14:00:01 to 14:05:00 is 0.2804696 dollars from 14:00 to 14:05."""
    made = price(intervals(sample, PRICES)[0])

    assert made.start == datetime(2025, 5, 16, 14, 0, tzinfo=UTC)
    assert made.end == datetime(2025, 5, 16, 14, 5, tzinfo=UTC)
    assert made.per_kwh == Decimal("0.2804696")
    assert made.spot_per_kwh == Decimal("0.179245")
    assert (made.channel, made.kind, made.estimate) == (Channel.IMPORT, PriceKind.SETTLED, False)
    assert (made.currency, made.tax_included) == ("AUD", True)
    assert (made.expected_per_kwh, made.low, made.high) == (None, None, None)
    assert (made.spike, made.demand_window) == (False, False)
    assert made.renewables_pct == 0.643766639598742
    assert made.raw["perKwh"] == 28.04696


def test_export_is_positive_when_you_are_paid(sample: Sample) -> None:
    """Amber's −11.7519 c is an income of 0.117519; the wholesale price keeps its sign."""
    made = price(intervals(sample, CURRENT)[16])

    assert made.channel is Channel.EXPORT
    assert made.per_kwh == Decimal("0.117519")
    assert made.spot_per_kwh == Decimal("0.1206742")
    assert made.tax_included is False
    assert (made.kind, made.estimate) == (PriceKind.CURRENT, True)


def test_export_is_negative_when_you_have_to_pay(sample: Sample) -> None:
    """At noon of 17 May 2025 the wholesale price fell below zero: export cost 1.6868 c."""
    noon = datetime(2025, 5, 17, 2, 50, tzinfo=UTC)
    made = to_series(intervals(sample, PRICES)).at(noon, Channel.EXPORT)

    assert made is not None
    assert made.per_kwh == Decimal("-0.016868")
    assert made.spot_per_kwh == Decimal("-0.0173209")


def test_the_band_rises_on_every_channel(sample: Sample) -> None:
    """Amber's feed-in band falls from −10.54 over −11.19 to −11.99: you earn least at its low end."""
    bought, sold = (price(intervals(sample, CURRENT)[n]) for n in (0, 16))

    assert (bought.low, bought.expected_per_kwh, bought.high) == (
        Decimal("0.2043467"),
        Decimal("0.2115357"),
        Decimal("0.2203662"),
    )
    assert (sold.low, sold.expected_per_kwh, sold.high) == (
        Decimal("0.1053558"),
        Decimal("0.1118912"),
        Decimal("0.1199189"),
    )


def test_low_is_never_above_high(sample: Sample) -> None:
    """In any captured interval that has a band."""
    made = to_series([*intervals(sample, CURRENT), *intervals(sample, PRICES)])
    banded = [p for p in made if p.low is not None]

    assert len(banded) > 40
    for p in banded:
        assert p.high is not None
        assert p.expected_per_kwh is not None
        assert p.low is not None
        assert p.low <= p.expected_per_kwh <= p.high


def test_a_range_is_no_band(sample: Sample) -> None:
    """39.39 c lies outside of 12.80 to 33.14, since these bound the wholesale price."""
    made = price(intervals(sample, RANGE)[0])

    assert made.per_kwh == Decimal("0.3939479")
    assert made.spot_per_kwh == Decimal("0.2953254")
    assert (made.low, made.expected_per_kwh, made.high) == (None, None, None)
    assert made.raw.range.min == 12.80394
    assert made.raw.range.max == 33.1361
    assert made.kind is PriceKind.FORECAST


def test_a_confirmed_price_is_no_estimate(sample: Sample) -> None:
    """Once locked in, the prediction is gone."""
    made = price(intervals(sample, "amber/real_current_5min_2024-09-12_publicapi222.json")[0])

    assert (made.kind, made.estimate, made.expected_per_kwh) == (PriceKind.CURRENT, False, None)
    assert made.per_kwh == Decimal("0.1939453")


def test_a_demand_window_is_told(sample: Sample) -> None:
    """True in one capture, and not known where the tariff has none."""
    name = "amber/real_actual_30min_demandwindow_2023-09-11_publicapi161.json"

    assert price(intervals(sample, name)[0]).demand_window is True
    assert price(intervals(sample, CURRENT)[16]).demand_window is None


def test_a_day_of_mixed_intervals_stays_mixed(sample: Sample) -> None:
    """216 of five minutes, then twelve of thirty, without a gap, on each channel."""
    series = to_series(intervals(sample, PRICES))

    for channel in (Channel.IMPORT, Channel.EXPORT):
        lane = series.on(channel)
        lengths = [p.end - p.start for p in lane]
        assert lengths == [timedelta(minutes=5)] * 216 + [timedelta(minutes=30)] * 12
        assert all(a.end == b.start for a, b in pairwise(lane))
        assert lane[0].start == datetime(2025, 5, 16, 14, tzinfo=UTC)
        assert lane[-1].end == datetime(2025, 5, 17, 14, tzinfo=UTC)


def test_half_hours_of_a_mixed_day(sample: Sample) -> None:
    """The first is the mean of its six prices in the file, the last is a forecast as it came."""
    half_hours = to_series(intervals(sample, PRICES)).resample(timedelta(minutes=30))
    lane = half_hours.on(Channel.IMPORT)
    first_six = [item["perKwh"] for item in sample(PRICES)[:6]]

    assert len(lane) == 48
    assert lane[0].per_kwh == sum(Decimal(str(c)) for c in first_six) / 600
    assert lane[0].kind is PriceKind.SETTLED
    assert lane[-1].per_kwh == to_dollars(sample(PRICES)[227]["perKwh"])
    assert (lane[34].kind, lane[34].estimate) == (PriceKind.CURRENT, True)


def test_usage_that_costs(sample: Sample) -> None:
    """Half an hour of 249.9 c wholesale is high, 1099.9 c is a spike; costs are cents in the file."""
    records = structure(list[Usage], sample(SPIKES))

    high, spike, sold, _ = (to_usage(record) for record in records)

    assert high is not None
    assert (high.kwh, high.cost) == (0.007, Decimal("0.019358"))
    assert high.end - high.start == timedelta(minutes=30)
    assert spike is not None
    assert (spike.kwh, spike.cost) == (0.001, Decimal("0.011871"))
    assert sold is not None
    assert (sold.channel, sold.kwh, sold.cost) == (Channel.EXPORT, 0.006, Decimal("-0.014601"))
    assert sold.quality is UsageQuality.BILLABLE


def test_three_days_of_usage_add_up(sample: Sample) -> None:
    """12.101267 dollars bought, 2.460572 earned with 5.866 kWh, as summed from the file."""
    usages = to_usages(structure(list[Usage], sample(USAGE)))
    cost = {c: sum(u.cost or 0 for u in usages if u.channel is c) for c in Channel}
    sold = sum(Decimal(str(u.kwh)) for u in usages if u.channel is Channel.EXPORT)

    assert len(usages) == 1248
    assert cost[Channel.IMPORT] == Decimal("12.101267")
    assert cost[Channel.EXPORT] == Decimal("-2.460572")
    assert sold == Decimal("5.866")
    assert [u.start for u in usages] == sorted(u.start for u in usages)


def test_renewables(sample: Sample) -> None:
    """Ten intervals over, one running at 5.618 per cent, ten to come."""
    mixes = [to_grid_mix(r) for r in structure(list[AnyRenewable], sample(RENEWABLES))]

    assert [mix.kind for mix in mixes if mix] == [
        *[PriceKind.SETTLED] * 10,
        PriceKind.CURRENT,
        *[PriceKind.FORECAST] * 10,
    ]
    running = mixes[10]
    assert running is not None
    assert running.renewables_pct == 5.618
    assert running.start == datetime(2025, 5, 17, 10, 0, tzinfo=UTC)
    assert running.carbon_g_per_kwh is None


def test_more_than_all_of_it_can_be_renewable(sample: Sample) -> None:
    """109.08 per cent has been seen on a price."""
    data = sample(PRICES)[:1]
    data[0]["renewables"] = 109.08
    made = price(structure(list[AnyInterval], data)[0])

    assert made.renewables_pct == 109.08
    assert price_to_grid_mix(made).renewables_pct == 109.08


def test_what_cannot_be_expressed_is_left_out(sample: Sample) -> None:
    """A new type or channel is in the native answer, and not passed off as something else."""
    data = sample(CURRENT)
    data[0]["type"] = "HindsightInterval"
    data[1]["channelType"] = "sideways"

    assert len(to_series(structure(list[AnyInterval], data))) == 30
    assert to_grid_mix(Renewable(type="Novel")) is None
    assert to_usage(Usage(type="Novel", channel_type=ChannelType.GENERAL)) is None


def test_a_price_without_a_price_is_named(sample: Sample) -> None:
    """By its place in the answer and the field."""
    data = sample(PRICES)
    del data[123]["perKwh"]
    usage = sample(SPIKES)
    usage[2]["kwh"] = None

    with pytest.raises(BadResponse, match=r"\$\[123\]\.perKwh"):
        to_series(structure(list[AnyInterval], data))
    with pytest.raises(BadResponse, match=r"\$\[2\]\.kwh"):
        to_usages(structure(list[Usage], usage))


@given(st.one_of(st.floats(-1e6, 1e6), st.integers(-10_000, 10_000)))
def test_dollars_are_never_rounded(cents: float) -> None:
    """Whatever precision the program has set for its own sums."""
    with localcontext() as context:
        context.prec = 3
        dollars = to_dollars(cents)

    assert dollars.scaleb(2) == Decimal(str(cents))


START = datetime(2025, 5, 17, tzinfo=UTC)


@st.composite
def answers(draw: st.DrawFn) -> list[Interval]:
    """Intervals of every kind and length, in any order, several for one moment."""
    made: list[Interval] = []
    for _ in range(draw(st.integers(0, 15))):
        kind = draw(st.sampled_from([ActualInterval, CurrentInterval, ForecastInterval]))
        minutes = draw(st.sampled_from([5, 15, 30]))
        start = START + timedelta(minutes=5 * draw(st.integers(0, 60)))
        made.append(
            kind(
                duration=minutes,
                start_time=start + timedelta(seconds=1),
                end_time=start + timedelta(minutes=minutes),
                per_kwh=draw(st.integers(-10_000_000, 200_000_000)) / 100_000,
                channel_type=draw(st.sampled_from(list(ChannelType))),
            )
        )
    return made


def money(prices: list[Price]) -> Decimal:
    seconds = [int((p.end - p.start).total_seconds()) for p in prices]
    return sum((p.per_kwh * s for p, s in zip(prices, seconds, strict=True)), Decimal(0))


@settings(max_examples=40, deadline=None)
@given(answers())
def test_any_list_of_intervals_becomes_a_series(found: list[Interval]) -> None:
    """Sorted, without overlaps, and at each moment one of the prices that Amber gave for it."""
    series = to_series(found)

    for channel in series.channels:
        lane = series.on(channel)
        assert all(a.end <= b.start for a, b in pairwise(lane))
        for p in lane:
            assert any(p.raw is interval for interval in found)
            assert p.per_kwh == price(p.raw).per_kwh


@settings(max_examples=40, deadline=None)
@given(answers())
def test_intervals_that_do_not_overlap_keep_their_money(found: list[Interval]) -> None:
    """Sorting and joining neither adds nor loses a cent."""
    apart: list[Interval] = []
    for interval in found:
        mine = price(interval)
        others = [price(other) for other in apart]
        if all(o.channel is not mine.channel or o.end <= mine.start or mine.end <= o.start for o in others):
            apart.append(interval)

    assert money(list(to_series(apart))) == money([price(interval) for interval in apart])
