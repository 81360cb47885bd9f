"""Amber's figures in openpower's vocabulary, checked manually against figures of captured answers."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import amber_answers as answers
import pytest
from hypothesis import given, settings, strategies as st

from openpower_amber.mapping import (
    price_to_grid_mix,
    to_dollars,
    to_grid_mix,
    to_price,
    to_prices,
    to_series,
    to_usage,
    to_usages,
)
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


def intervals(records: list[Any]) -> list[Interval]:
    found: list[Interval] = structure(list[AnyInterval], records)
    return found


def price(interval: Interval) -> Price:
    made = to_price(interval)
    assert made is not None
    return made


def test_a_settled_price() -> None:
    """28.04696 c from 14:00:01 to 14:05:00 is 0.2804696 dollars from 14:00 to 14:05."""
    made = price(intervals([answers.SETTLED])[0])

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


def test_export_is_positive_when_you_are_paid() -> None:
    """Amber's −11.7519 c is an income of 0.117519; the wholesale price keeps its sign."""
    made = price(intervals([answers.RUNNING_FEED_IN])[0])

    assert made.channel is Channel.EXPORT
    assert made.per_kwh == Decimal("0.117519")
    assert made.spot_per_kwh == Decimal("0.1206742")
    assert made.tax_included is None
    assert (made.kind, made.estimate) == (PriceKind.CURRENT, True)


def test_export_is_negative_when_you_have_to_pay() -> None:
    """At noon of 17 May 2025 the wholesale price fell below zero: export cost 1.6868 c."""
    noon = datetime(2025, 5, 17, 2, 50, tzinfo=UTC)
    made = to_series(intervals([answers.SETTLED_FEED_IN, answers.NEGATIVE_FEED_IN])).at(noon, Channel.EXPORT)

    assert made is not None
    assert made.per_kwh == Decimal("-0.016868")
    assert made.spot_per_kwh == Decimal("-0.0173209")


def test_the_band_rises_on_every_channel() -> None:
    """Amber's feed-in band falls from −10.54 over −11.19 to −11.99: you earn least at its low end."""
    bought, sold = (price(each) for each in intervals([answers.RUNNING, answers.RUNNING_FEED_IN]))

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


def test_low_is_never_above_high() -> None:
    """In any interval that has a band."""
    made = to_series(intervals([*answers.CURRENT, answers.SETTLED, answers.LAST]))
    banded = [p for p in made if p.low is not None]

    assert len(banded) == 7
    for p in banded:
        assert p.high is not None
        assert p.expected_per_kwh is not None
        assert p.low is not None
        assert p.low <= p.expected_per_kwh <= p.high


def test_a_range_is_no_band() -> None:
    """39.39 c lies outside of 12.80 to 33.14, since these bound the wholesale price."""
    made = price(intervals([answers.RANGE])[0])

    assert made.per_kwh == Decimal("0.3939479")
    assert made.spot_per_kwh == Decimal("0.2953254")
    assert (made.low, made.expected_per_kwh, made.high) == (None, None, None)
    assert made.raw.range.min == 12.80394
    assert made.raw.range.max == 33.1361
    assert made.kind is PriceKind.FORECAST


def test_a_confirmed_price_is_no_estimate() -> None:
    """Once locked in, the prediction is gone."""
    made = price(intervals([answers.CONFIRMED])[0])

    assert (made.kind, made.estimate, made.expected_per_kwh) == (PriceKind.CURRENT, False, None)
    assert made.per_kwh == Decimal("0.1939453")


def test_a_demand_window_is_reported() -> None:
    """True in one capture, and unknown if the tariff has none."""
    window, none = (price(each) for each in intervals([answers.DEMAND_WINDOW, answers.RUNNING_FEED_IN]))

    assert window.demand_window is True
    assert none.demand_window is None


def test_a_day_of_mixed_intervals_stays_mixed() -> None:
    """216 of five minutes, then twelve of thirty, without a gap, on each channel."""
    series = to_series(intervals(answers.day()))

    for channel in (Channel.IMPORT, Channel.EXPORT):
        lane = series.on(channel)
        lengths = [p.end - p.start for p in lane]
        assert lengths == [timedelta(minutes=5)] * 216 + [timedelta(minutes=30)] * 12
        assert all(a.end == b.start for a, b in pairwise(lane))
        assert lane[0].start == datetime(2025, 5, 16, 14, tzinfo=UTC)
        assert lane[-1].end == datetime(2025, 5, 17, 14, tzinfo=UTC)


def test_half_hours_of_a_mixed_day() -> None:
    """The first is the mean of its six prices, the last is a forecast as it came."""
    half_hours = to_series(intervals(answers.day())).resample(timedelta(minutes=30))
    lane = half_hours.on(Channel.IMPORT)

    assert len(lane) == 48
    assert lane[0].per_kwh == sum(Decimal(str(c)) for c in answers.FIRST_HALF_HOUR) / 600
    assert lane[0].kind is PriceKind.SETTLED
    assert lane[-1].per_kwh == Decimal("0.2072697")
    assert (lane[34].kind, lane[34].estimate) == (PriceKind.CURRENT, True)


def test_usage_that_costs() -> None:
    """Half an hour of 249.9 c wholesale is high, 1099.9 c is a spike; Amber gives costs in cents."""
    records = structure(list[Usage], answers.USAGE)

    high, spike, sold, _ = (to_usage(record) for record in records)

    assert high is not None
    assert (high.kwh, high.cost) == (0.007, Decimal("0.019358"))
    assert high.end - high.start == timedelta(minutes=30)
    assert spike is not None
    assert (spike.kwh, spike.cost) == (0.001, Decimal("0.011871"))
    assert sold is not None
    assert (sold.channel, sold.kwh, sold.cost) == (Channel.EXPORT, 0.006, Decimal("-0.014601"))
    assert sold.quality is UsageQuality.BILLABLE


def test_usage_adds_up() -> None:
    """In order of time, whatever the channel and the length; 3.1229 cents bought and 1.4601 earned."""
    usages = to_usages(structure(list[Usage], answers.USAGE))
    cost = {c: sum(u.cost or 0 for u in usages if u.channel is c) for c in Channel}

    assert len(usages) == 4
    assert cost[Channel.IMPORT] == Decimal("0.031229")
    assert cost[Channel.EXPORT] == Decimal("-0.014601")
    assert [u.start for u in usages] == sorted(u.start for u in usages)


def test_renewables() -> None:
    """Two intervals over, one running at 5.618 percent, two to come."""
    mixes = [to_grid_mix(r) for r in structure(list[AnyRenewable], answers.RENEWABLES)]

    assert [mix.kind for mix in mixes if mix] == [
        *[PriceKind.SETTLED] * 2,
        PriceKind.CURRENT,
        *[PriceKind.FORECAST] * 2,
    ]
    running = mixes[2]
    assert running is not None
    assert running.renewables_pct == 5.618
    assert running.start == datetime(2025, 5, 17, 10, 0, tzinfo=UTC)
    assert running.carbon_g_per_kwh is None


def test_more_than_all_of_it_can_be_renewable() -> None:
    """109.08 percent has been seen on a price."""
    made = price(intervals([answers.SETTLED | {"renewables": 109.08}])[0])

    assert made.renewables_pct == 109.08
    assert price_to_grid_mix(made).renewables_pct == 109.08


def test_a_potential_spike_is_not_none() -> None:
    """It may become one, so that neither yes nor no is true; one by one and figure by figure."""
    found = intervals([answers.SETTLED | {"spikeStatus": word} for word in ("none", "potential", "spike")])

    assert [price(each).spike for each in found] == [False, None, True]
    assert [to_series([each])[0].spike for each in found] == [False, None, True]


def test_what_cannot_be_expressed_is_a_gap() -> None:
    """A new type or channel is in the native answer, and is neither passed off as something else nor dropped in silence."""
    first, second, *rest = answers.CURRENT
    data = [first | {"type": "HindsightInterval"}, second | {"channelType": "sideways"}, *rest]

    series = to_series(intervals(data))

    assert len(series) == 4
    assert [gap.reason for gap in series.gaps] == [
        "the type 'HindsightInterval' is unknown.",
        "the channel sideways is unknown.",
    ]
    assert to_grid_mix(Renewable(type="Novel")) is None


def test_one_bad_record_is_a_gap() -> None:
    """It is named by its place in the answer and the field, and the others are there."""
    data = answers.day()
    del data[123]["perKwh"]
    usage = [*answers.USAGE[:2], answers.USAGE_SOLD | {"kwh": None}, answers.USAGE_SOLD | {"kwh": -0.25}]

    series = to_series(intervals(data))
    usages = to_usages(structure(list[Usage], usage))

    assert len(series) == len(data) - 1
    assert [gap.reason for gap in series.gaps] == ["$[123].perKwh is missing."]
    assert series.gaps[0].end == intervals(data)[123].end_time
    assert [gap.reason for gap in usages.gaps] == ["$[2].kwh is missing."]
    assert [each.kwh for each in usages if each.channel is Channel.EXPORT] == [
        0.25
    ]  # energy has no sign but its channel's
    with pytest.raises(BadResponse, match=r"\$\[0\]\.kwh"):
        to_usages(structure(list[Usage], [answers.USAGE_SOLD | {"kwh": None}]))


def test_an_end_follows_from_start_and_duration() -> None:
    """And a start from the end; without either there is a gap."""
    (whole,) = to_series(intervals([answers.SETTLED]))
    lacking = [
        {name: value for name, value in answers.SETTLED.items() if name not in left_out}
        for left_out in (("endTime",), ("endTime", "nemTime"), ("startTime",), ("startTime", "duration"))
    ]

    for record in lacking[:3]:
        (price,) = to_series(intervals([record]))
        assert (price.start, price.end) == (whole.start, whole.end)
    with pytest.raises(BadResponse, match="startTime is missing"):
        to_series(intervals([lacking[3]]))


def test_two_controlled_loads_keep_their_registers() -> None:
    """Amber's prices do not name theirs: they come in the order of the site's channels."""
    load = answers.SETTLED | {"channelType": "controlledLoad"}
    registers = {"controlledLoad": ["E2", "E3"]}

    both = to_series(intervals([load, load | {"perKwh": 7.0}]), registers=registers)
    named = to_series(intervals([load | {"channelIdentifier": "e3"}]), registers={})

    assert [(price.register, str(price.per_kwh)) for price in both] == [("E2", "0.2804696"), ("E3", "0.07")]
    assert named[0].register == "E3"
    used = [answers.USAGE[0] | {"channelType": "controlledLoad", "channelIdentifier": name} for name in ("E2", "E3")]
    assert [usage.register for usage in to_usages(structure(list[Usage], used))] == ["E2", "E3"]


@given(st.one_of(st.floats(-1e6, 1e6), st.integers(-10_000, 10_000)))
def test_dollars_are_never_rounded(cents: float) -> None:
    """Whatever precision the program has set for its own sums."""
    with localcontext() as context:
        context.prec = 3
        dollars = to_dollars(cents)

    assert dollars.scaleb(2) == Decimal(str(cents))


START = datetime(2025, 5, 17, tzinfo=UTC)


@st.composite
def drawn_intervals(draw: st.DrawFn) -> list[Interval]:
    """Intervals of every kind and length, in any order, several for one instant."""
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
@given(drawn_intervals())
def test_any_list_of_intervals_becomes_a_series(found: list[Interval]) -> None:
    """Sorted, without overlaps, and at each instant one of the prices that Amber gave for it."""
    series = to_series(found)

    for channel in series.channels:
        lane = series.on(channel)
        assert all(a.end <= b.start for a, b in pairwise(lane))
        for p in lane:
            assert any(p.raw is interval for interval in found)
            assert p.per_kwh == price(p.raw).per_kwh


@settings(max_examples=40, deadline=None)
@given(drawn_intervals())
def test_intervals_that_do_not_overlap_keep_their_money(found: list[Interval]) -> None:
    """Sorting and joining neither adds nor loses a cent."""
    apart: list[Interval] = []
    for interval in found:
        mine = price(interval)
        others = [price(other) for other in apart]
        if all(o.channel is not mine.channel or o.end <= mine.start or mine.end <= o.start for o in others):
            apart.append(interval)

    assert money(list(to_series(apart))) == money([price(interval) for interval in apart])


_CENTS = st.floats(-2_000, 2_000) | st.sampled_from([0.0, -0.0, 30.0, 1e-7, 2.5e16])
_TARIFFS = st.none() | st.fixed_dictionaries(
    {}, optional={"period": st.sampled_from(["peak", "offPeak", "novel"]), "demandWindow": st.booleans()}
)
_ODD = [
    {"perKwh": None},
    {"spotPerKwh": None},
    {"endTime": None},
    {"endTime": "2025-01-01T00:00:00Z"},
    {"startTime": "2026-01-01T00:10:30Z"},
    {"startTime": "2026-01-01T00:10:01.250Z"},
    {"startTime": "2026-01-01T10:10:01+10:00"},
    {"channelType": "novel"},
    {"channelIdentifier": "e2"},
    {"type": "ForecastInterval"},
    {"type": "Novel"},
]


@st.composite
def _rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Settled prices of some channels, mostly one after the other."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows: list[dict[str, Any]] = []
    for channel in draw(st.lists(st.sampled_from(["general", "feedIn", "controlledLoad"]), min_size=1, unique=True)):
        for place in sorted(draw(st.sets(st.integers(0, 12), min_size=1))):
            start = begin + timedelta(minutes=5 * place)
            row = {
                "type": "ActualInterval",
                "startTime": f"{start + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
                "endTime": f"{start + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
                "perKwh": draw(_CENTS),
                "spotPerKwh": draw(_CENTS),
                "renewables": draw(st.none() | st.floats(0, 120)),
                "channelType": channel,
                "spikeStatus": draw(st.none() | st.sampled_from(["none", "potential", "spike", "novel"])),
                "tariffInformation": draw(_TARIFFS),
            }
            rows.append(row)
    return rows


def _one_by_one(records: list[Interval]) -> list[Price]:
    found: list[Price] = []
    for record in records:
        with suppress(BadResponse):
            found.append(to_price(record))
    return found


def _written(prices: list[Price]) -> list[tuple[Any, ...]]:
    """All that a price says, the digits of its money and its record included."""
    return [(repr(price), id(price.raw)) for price in prices]


@given(_rows())
def test_a_series_figure_by_figure_is_the_same_as_one_by_one(rows: list[dict[str, Any]]) -> None:
    """Whatever a settled past of the usual kind holds, the fast way makes of it what each record alone becomes."""
    records = intervals(rows)
    made, gaps = to_prices(records)

    assert made == _one_by_one(records)
    assert _written(made) == _written(_one_by_one(records))
    assert gaps == []


@given(_rows(), st.sampled_from(_ODD), st.data())
def test_an_odd_record_costs_only_itself(rows: list[dict[str, Any]], odd: dict[str, Any], data: st.DataObject) -> None:
    """With one record that is of another kind, or bad, all others are as they are without it."""
    place = data.draw(st.integers(0, len(rows) - 1))
    records = intervals([row | odd if number == place else row for number, row in enumerate(rows)])
    expected = _one_by_one(records)
    if not expected:
        with pytest.raises(BadResponse):
            to_prices(records)
        return
    made, gaps = to_prices(records)

    assert _written(made) == _written(expected)
    assert len(gaps) == len(records) - len(made)
