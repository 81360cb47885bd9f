"""Series of prices: order, gaps, means, and money that stays the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

import openpower
from openpower_core.errors import InvalidValue
from openpower_core.prices import Channel, Price, PriceKind, PriceSeries, Usage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def price(offset: float, length: float, cost: str = "0.30", **more: Any) -> Price:
    """A price that begins ``offset`` minutes after noon and holds for ``length``."""
    start = NOON + minutes(offset)
    return Price(start=start, end=start + minutes(length), per_kwh=Decimal(cost), currency="AUD", **more)


def money(series: PriceSeries, channel: Channel) -> Decimal:
    """What one kilowatt costs over a series, in currency times seconds."""
    return sum((p.per_kwh * int((p.end - p.start).total_seconds()) for p in series.on(channel)), Decimal(0))


@st.composite
def series(draw: st.DrawFn) -> PriceSeries:
    """Two channels of 5- and 30-minute intervals with gaps between them."""
    prices: list[Price] = []
    for channel in (Channel.IMPORT, Channel.EXPORT):
        offset = draw(st.integers(-400, 400))
        for _ in range(draw(st.integers(0, 25))):
            offset += draw(st.sampled_from([0, 0, 0, 5, 35]))
            length = draw(st.sampled_from([5, 30]))
            cost = draw(st.decimals(-10, 20, places=7))
            prices.append(
                price(
                    offset,
                    length,
                    str(cost),
                    channel=channel,
                    kind=draw(st.sampled_from(PriceKind)),
                    estimate=draw(st.sampled_from([True, False, None])),
                )
            )
            offset += length
    return PriceSeries(prices)


def test_a_series_is_sorted_by_time_then_channel() -> None:
    """The order in which a retailer lists channels does not matter."""
    export = price(0, 5, channel=Channel.EXPORT)
    later, first = price(5, 5), price(0, 5)

    assert list(PriceSeries([export, later, first])) == [first, export, later]


def test_overlapping_prices_of_one_channel_are_refused() -> None:
    """One price per instant and channel."""
    with pytest.raises(InvalidValue, match="overlap"):
        PriceSeries([price(0, 30), price(25, 5)])


def test_channels_may_overlap() -> None:
    """Import and export hold at the same time."""
    both = PriceSeries([price(0, 30), price(0, 30, channel=Channel.EXPORT)])

    assert both.channels == (Channel.IMPORT, Channel.EXPORT)


def test_a_price_that_ends_before_it_starts_is_refused() -> None:
    """Empty intervals apply at no instant."""
    with pytest.raises(InvalidValue, match="not after"):
        PriceSeries([price(0, 0)])


def test_at_finds_the_price_at_an_instant() -> None:
    """Intervals are half-open: the end belongs to the next one."""
    first, second = price(0, 5), price(5, 30)
    two = PriceSeries([first, second])

    assert two.at(NOON) is first
    assert two.at(NOON + minutes(4.99)) is first
    assert two.at(NOON + minutes(5)) is second
    assert two.at(NOON.astimezone(ZoneInfo("Australia/Sydney"))) is first


def test_at_says_none_in_a_gap_and_beyond_the_ends() -> None:
    """Unknown prices are not made up."""
    gappy = PriceSeries([price(0, 5), price(10, 5)])

    assert gappy.at(NOON - minutes(1)) is None
    assert gappy.at(NOON + minutes(7)) is None
    assert gappy.at(NOON + minutes(15)) is None


def test_at_takes_the_only_channel_or_import() -> None:
    """Without a channel there is no surprise when there is but one."""
    export = price(0, 5, channel=Channel.EXPORT)
    bought = price(0, 5)

    assert PriceSeries([export]).at(NOON) is export
    assert PriceSeries([export, bought]).at(NOON) is bought
    assert PriceSeries([export, bought]).at(NOON, Channel.EXPORT) is export
    assert PriceSeries([bought]).at(NOON, Channel.EXPORT) is None


def test_at_refuses_a_naive_time() -> None:
    """A wall-clock time is not an instant."""
    with pytest.raises(InvalidValue):
        PriceSeries([price(0, 5)]).at(datetime(2026, 1, 1, 12))  # noqa: DTZ001


def test_slices_are_series() -> None:
    """A part of a series can be asked the same questions."""
    three = PriceSeries([price(0, 5), price(5, 5), price(10, 5)])

    assert isinstance(three[1:], PriceSeries)
    assert three[1:].at(NOON) is None
    assert three[0] is three.at(NOON)


def test_between_keeps_whole_intervals() -> None:
    """The interval that runs at the start is part of the answer."""
    three = PriceSeries([price(0, 30), price(30, 30), price(60, 30)])

    assert list(three.between(NOON + minutes(10), NOON + minutes(60))) == list(three[:2])


def test_a_selection_is_what_a_retailer_gives() -> None:
    """By default from now to the end, of one channel, on one grid."""
    lane = [price(5 * n, 5, str(n)) for n in range(6)]
    both = PriceSeries([*lane, price(0, 30, channel=Channel.EXPORT)])
    now = NOON + minutes(11)

    assert [p.start for p in both.select(now=now)] == [p.start for p in both.between(now, NOON + minutes(30))]
    assert [p.per_kwh for p in both.select(channel=Channel.IMPORT, now=now)] == [2, 3, 4, 5]
    assert list(both.select(NOON, NOON + minutes(6), Channel.IMPORT, now=now)) == lane[:2]
    (mean,) = both.select(NOON, None, Channel.IMPORT, minutes(30), now=now)
    assert mean.per_kwh == Decimal("2.5")
    assert PriceSeries().select(now=now) == PriceSeries()


def test_the_clock_decides_what_is_current() -> None:
    """Whatever the vendor's label says; what was forecast is an estimate until it is confirmed."""
    now = NOON + minutes(7)
    labels = [price(0, 5, kind=PriceKind.CURRENT, estimate=True), price(5, 5, kind=PriceKind.FORECAST), price(10, 5)]

    chosen = PriceSeries(labels).select(NOON, now=now)

    assert [p.kind for p in chosen] == [PriceKind.SETTLED, PriceKind.CURRENT, PriceKind.FORECAST]
    assert [p.estimate for p in chosen] == [True, True, None]


def test_a_mean_weighs_by_time() -> None:
    """Five minutes of a spike count for a sixth of half an hour."""
    mixed = PriceSeries([price(0, 5, "6.10"), price(5, 25, "0.10")])

    assert [p.per_kwh for p in mixed.resample(minutes(30))] == [Decimal("1.10")]


def test_five_and_thirty_minutes_come_to_one_grid() -> None:
    """Near prices are means, far ones are as they were."""
    near = [price(n * 5, 5, cost) for n, cost in enumerate(["1", "2", "3", "4", "5", "6"])]
    far = price(30, 30, "9")

    half_hours = PriceSeries([*near, far]).resample(minutes(30))

    assert [p.per_kwh for p in half_hours] == [Decimal("3.5"), Decimal(9)]
    assert half_hours[1] is far


def test_a_finer_grid_repeats_the_price() -> None:
    """The price of half an hour is the price of each part of it."""
    fine = PriceSeries([price(0, 30, "0.25", raw="native")]).resample(minutes(10))

    assert [(p.start - NOON, p.per_kwh, p.raw) for p in fine] == [
        (minutes(n), Decimal("0.25"), "native") for n in (0, 10, 20)
    ]


def test_a_gap_stays_a_gap() -> None:
    """A mean covers what is known, and says so by its ends."""
    gappy = PriceSeries([price(0, 5, "1"), price(5, 5, "3"), price(20, 10, "7")])

    half_hour = gappy.resample(minutes(30))

    assert [(p.start - NOON, p.end - NOON, p.per_kwh) for p in half_hour] == [
        (minutes(0), minutes(10), Decimal(2)),
        (minutes(20), minutes(30), Decimal(7)),
    ]


def test_an_unbroken_price_is_never_rounded() -> None:
    """All thirty digits of it survive a grid that divides by three."""
    digits = "0.123456789012345678901234567891"
    thirds = PriceSeries([price(0, 20, digits), price(20, 10, digits)])

    assert thirds.resample(minutes(30))[0].per_kwh == Decimal(digits)


@pytest.mark.parametrize(
    ("kinds", "combined"),
    [
        ([PriceKind.SETTLED, PriceKind.SETTLED], PriceKind.SETTLED),
        ([PriceKind.FORECAST, PriceKind.FORECAST], PriceKind.FORECAST),
        ([PriceKind.SETTLED, PriceKind.CURRENT], PriceKind.CURRENT),
        ([PriceKind.CURRENT, PriceKind.FORECAST], PriceKind.CURRENT),
        ([PriceKind.SETTLED, PriceKind.FORECAST], PriceKind.CURRENT),
    ],
)
def test_kinds_combine_honestly(kinds: list[PriceKind], combined: PriceKind) -> None:
    """What is over in part and to come in part is running."""
    two = PriceSeries(price(5 * n, 5, kind=kind) for n, kind in enumerate(kinds))

    assert two.resample(minutes(10))[0].kind is combined


@pytest.mark.parametrize(
    ("first", "second", "combined"),
    [
        ({"estimate": False}, {"estimate": False}, False),
        ({"estimate": True}, {"estimate": False}, True),
        ({"estimate": None}, {"estimate": False}, None),
        ({"estimate": False}, {"estimate": False, "kind": PriceKind.FORECAST}, False),
        ({"estimate": True}, {"estimate": None, "kind": PriceKind.FORECAST}, True),
        ({"estimate": None}, {"estimate": False, "kind": PriceKind.CURRENT}, False),  # settled, and confirmed
        ({"estimate": False}, {"estimate": None, "kind": PriceKind.CURRENT}, None),
    ],
)
def test_a_mean_is_an_estimate_if_any_part_may_change(
    first: dict[str, Any], second: dict[str, Any], combined: bool | None
) -> None:
    """And a price ahead that is firm, such as a day-ahead market's, is none."""
    two = PriceSeries([price(0, 5, **first), price(5, 5, **second)])

    assert two.resample(minutes(10))[0].estimate is combined


def test_a_figure_that_one_part_lacks_has_no_mean() -> None:
    """Half a band would pass for a whole one."""
    full: dict[str, Any] = {
        "low": Decimal(1),
        "high": Decimal(3),
        "expected_per_kwh": Decimal(2),
        "spot_per_kwh": Decimal(1),
        "renewables_pct": 104.0,
        "spike": True,
        "demand_window": False,
        "tax_included": True,
        "estimate": True,
    }
    lacking: dict[str, Any] = {"estimate": True}
    half = PriceSeries([price(0, 5, **full), price(5, 5, **lacking)]).resample(minutes(10))[0]
    whole = PriceSeries([price(0, 5, **full), price(5, 5, **full)]).resample(minutes(10))[0]

    assert (half.low, half.high, half.expected_per_kwh, half.spot_per_kwh) == (None,) * 4
    assert (half.renewables_pct, half.demand_window, half.tax_included) == (None,) * 3
    assert half.spike is True
    assert (whole.low, whole.high, whole.renewables_pct) == (Decimal(1), Decimal(3), 104.0)


def test_money_of_two_currencies_is_not_mixed() -> None:
    """A mean of dollars and pounds is neither."""
    pounds = Price(start=NOON + minutes(5), end=NOON + minutes(10), per_kwh=Decimal(1), currency="GBP")

    with pytest.raises(InvalidValue, match="AUD and GBP"):
        PriceSeries([price(0, 5), pounds])


def test_a_firm_price_is_its_own_expectation() -> None:
    """Half a cell is settled, the other half expected to cost something else than its forecast says."""
    settled = price(0, 15, "0.10")
    ahead = price(
        15, 15, "0.50", kind=PriceKind.FORECAST, estimate=True, expected_per_kwh="0.20", low="0.12", high="0.30"
    )

    (cell,) = PriceSeries([settled, ahead]).resample(minutes(30))

    assert (settled.best_per_kwh, ahead.best_per_kwh) == (Decimal("0.10"), Decimal("0.20"))
    assert (cell.per_kwh, cell.expected_per_kwh, cell.best_per_kwh) == (
        Decimal("0.3"),
        Decimal("0.15"),
        Decimal("0.15"),
    )
    assert (cell.low, cell.high, cell.estimate) == (Decimal("0.11"), Decimal("0.2"), True)
    confirmed = price(0, 5, "0.40", kind=PriceKind.CURRENT, estimate=False, expected_per_kwh="0.10")
    assert confirmed.best_per_kwh == Decimal("0.40")


@pytest.mark.parametrize("wrong", ["AUS", "aud", "Dollar", "", None, 36])
def test_a_currency_that_there_is_not_is_refused(wrong: Any) -> None:
    """ISO 4217 has AUD."""
    with pytest.raises(InvalidValue, match="ISO 4217"):
        Price(start=NOON, end=None, per_kwh=Decimal(1), currency=wrong)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), True, None, "dear", [1]])
def test_money_that_is_no_number_is_refused(wrong: Any) -> None:
    """And what is one becomes what was written: a tenth is 0.1."""
    with pytest.raises(InvalidValue, match="finite number"):
        Price(start=NOON, end=None, per_kwh=wrong, currency="AUD")

    assert [
        Price(start=NOON, end=None, per_kwh=any_number, currency="AUD").per_kwh for any_number in (0.1, "0.1", 1)
    ] == [  # type: ignore[arg-type]
        Decimal("0.1"),
        Decimal("0.1"),
        Decimal(1),
    ]


def test_the_precision_of_a_program_does_not_change_money() -> None:
    """A program that calculates with three digits gets the same means."""
    many = PriceSeries(price(5 * n, 5, cost) for n, cost in enumerate(["0.28711", "0.28713", "0.31187"]))

    with localcontext(Context(prec=3)):
        (mean,) = many.resample(minutes(15))

    assert abs(mean.per_kwh * 3 - Decimal("0.88611")) < Decimal("1e-27")


def test_a_grid_of_days_can_lie_on_local_midnight() -> None:
    """Midnight in Brisbane is two in the afternoon in UTC."""
    midnight = datetime(2026, 1, 2, tzinfo=ZoneInfo("Australia/Brisbane"))
    two_days = PriceSeries(
        Price(
            start=midnight + minutes(30 * n),
            end=midnight + minutes(30 * (n + 1)),
            per_kwh=Decimal(n // 48),
            currency="AUD",
        )
        for n in range(96)
    )

    days = two_days.resample(timedelta(days=1), origin=midnight)

    assert [day.per_kwh for day in days] == [Decimal(0), Decimal(1)]


@pytest.mark.parametrize("step", [timedelta(0), timedelta(minutes=-5)])
def test_a_step_that_is_none_is_refused(step: timedelta) -> None:
    """Zero and negative resolutions have no grid."""
    with pytest.raises(InvalidValue, match="resolution"):
        PriceSeries([price(0, 5)]).resample(step)


@given(series(), st.sampled_from([1, 5, 7, 15, 30, 60, 24 * 60]))
def test_resampling_keeps_the_money_and_the_gaps(prices: PriceSeries, step: int) -> None:
    """On any grid, each channel costs the same, and applies at the same instants."""
    other = prices.resample(minutes(step))

    assert other.channels == prices.channels
    for channel in prices.channels:
        assert abs(money(other, channel) - money(prices, channel)) < Decimal("1e-15")
        for p in other.on(channel):
            assert p.end - p.start <= minutes(step)
            assert p.start < p.end
    for instant in range(-410, 1500, 5):
        for channel in Channel:
            there = prices.at(NOON + minutes(instant), channel) is not None
            assert (other.at(NOON + minutes(instant), channel) is not None) is there


@given(series())
def test_a_mean_lies_between_its_parts(prices: PriceSeries) -> None:
    """No mean is dearer than the dearest part or cheaper than the cheapest."""
    for mean in prices.resample(minutes(60)):
        parts = [p.per_kwh for p in prices.between(mean.start, mean.end).on(mean.channel)]

        assert min(parts) <= mean.per_kwh <= max(parts)


@given(series())
def test_resampling_twice_changes_nothing_more(prices: PriceSeries) -> None:
    """A series on a grid stays as it is on that grid."""
    once = prices.resample(minutes(30))

    assert once.resample(minutes(30)) == once


def test_the_firmest_price_of_an_instant_counts() -> None:
    """Settled before current before forecast, whatever the order they came in."""
    forecast = price(0, 30, "1", kind=PriceKind.FORECAST)
    current = price(5, 5, "2", kind=PriceKind.CURRENT, estimate=True)
    settled = price(0, 5, "3")

    joined = PriceSeries.firmest([forecast, settled, current])

    assert [(p.start - NOON, p.end - NOON, p.per_kwh) for p in joined] == [
        (minutes(0), minutes(5), Decimal(3)),
        (minutes(5), minutes(10), Decimal(2)),
        (minutes(10), minutes(30), Decimal(1)),
    ]


def test_a_confirmed_price_holds_before_an_estimate_and_a_new_one_before_an_old_one() -> None:
    """Joining two answers keeps what is known best, then what is known last."""
    estimate = price(0, 5, "1", kind=PriceKind.CURRENT, estimate=True)
    confirmed = price(0, 5, "2", kind=PriceKind.CURRENT, estimate=False)
    older, newer = price(5, 5, "3", estimate=False), price(5, 5, "4", estimate=False)

    joined = PriceSeries.firmest([confirmed, estimate, older, newer])

    assert list(joined) == [confirmed, newer]


@st.composite
def overlapping(draw: st.DrawFn) -> list[Price]:
    """Intervals of any length and kind, in any order, on top of each other."""
    return [
        price(
            draw(st.integers(0, 20)) * 5,
            draw(st.sampled_from([5, 15, 30])),
            str(draw(st.integers(-5, 50))),
            channel=draw(st.sampled_from(Channel)),
            kind=draw(st.sampled_from(PriceKind)),
        )
        for _ in range(draw(st.integers(0, 30)))
    ]


@given(overlapping())
def test_any_list_of_prices_becomes_a_series(prices: list[Price]) -> None:
    """Sorted, without overlaps, and at every instant one of the given prices, if there was one."""
    joined = PriceSeries.firmest(prices)

    assert list(joined) == sorted(joined, key=lambda p: (p.start, list(Channel).index(p.channel)))
    for channel in Channel:
        for step in range(0, 130, 5):
            time = NOON + minutes(step)
            offered = {p.per_kwh for p in prices if p.channel is channel and p.start <= time < p.end}
            joint = joined.at(time, channel)
            assert (joint.per_kwh in offered) if joint else not offered


@given(series())
def test_joining_what_does_not_overlap_changes_nothing(prices: PriceSeries) -> None:
    """The same prices, the same money."""
    assert PriceSeries.firmest(reversed(prices)) == prices


def test_series_are_values() -> None:
    """Equal prices make equal series, and the repr is short."""
    first, again = PriceSeries([price(0, 5)]), PriceSeries([price(0, 5)])

    assert first == again
    assert hash(first) == hash(again)
    assert first != [price(0, 5)]
    assert "import" in repr(first)
    assert repr(PriceSeries()) == "PriceSeries()"


def test_columns_of_a_series() -> None:
    """A column for each figure, UTC instants, exact decimals, plain words; what prices are made of a column each."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    prices = [
        Price(
            start=noon,
            end=noon + timedelta(hours=1),
            per_kwh=Decimal("0.285"),
            currency="AUD",
            components={"energy": Decimal("0.1")},
        ),
        Price(start=noon + timedelta(hours=1), end=None, per_kwh=Decimal("0.3"), currency="AUD", raw="record"),
    ]
    columns = PriceSeries(prices).columns()

    assert columns["start"] == [noon, noon + timedelta(hours=1)]
    assert columns["end"] == [noon + timedelta(hours=1), None]
    assert columns["per_kwh"] == [Decimal("0.285"), Decimal("0.3")]
    assert [type(word) for word in columns["channel"]] == [str, str]
    assert columns["components_energy"] == [Decimal("0.1"), None]
    assert "raw" not in columns


def test_a_table_has_typed_columns() -> None:
    """Arrow's table keeps instants in UTC, every digit of money, and words as a dictionary, also where a column is empty."""
    arrow = pytest.importorskip("pyarrow")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    usage = Usage(start=noon, end=noon + timedelta(minutes=5), kwh=0.1, cost=Decimal("0.0123456789"), currency="AUD")
    table = openpower.to_arrow([usage])
    fine = Price(start=noon, end=None, per_kwh=Decimal(1) / 3, currency="AUD")

    assert table.schema.field("start").type == arrow.timestamp("us", tz="UTC")
    assert table.schema.field("period").type == arrow.dictionary(arrow.int32(), arrow.string())
    assert table["cost"].to_pylist() == [Decimal("0.0123456789")]
    assert openpower.to_arrow(PriceSeries([fine]))["per_kwh"].to_pylist() == [fine.per_kwh]


@pytest.mark.parametrize("text", ["0.10", "-0.25", "0", "1E+3", "9999999999.9", "0.0000000000000000000000000001"])
def test_a_table_has_the_same_types_whatever_money_it_holds(text: str) -> None:
    """Small, large or unknown, and nothing at all; no digit is lost."""
    pytest.importorskip("pyarrow")
    table = openpower.to_arrow(PriceSeries([price(0, 60, text)]))
    mean = price(0, 60, str(Decimal(1) / 30))  # 28 digits, which are 29 decimals

    assert table["per_kwh"].to_pylist() == [Decimal(text)]
    assert table.schema == openpower.to_arrow(PriceSeries()).schema == openpower.to_arrow(PriceSeries([mean])).schema
    assert str(table.schema.field("per_kwh").type) == "decimal128(38, 28)"
    assert table.schema.field("spot_per_kwh").type == table.schema.field("per_kwh").type


@pytest.mark.parametrize("text", ["1E-29", "12345678901", "0.12345678901234567890123456785"])
def test_money_that_does_not_fit_is_refused(text: str) -> None:
    """It would be another amount in the file; a mean, which was rounded to 28 digits before, keeps 28 decimals."""
    pytest.importorskip("pyarrow")
    prices = PriceSeries([price(0, 60, text)])
    if len(Decimal(text).as_tuple().digits) < 28:
        with pytest.raises(InvalidValue, match="per_kwh is"):
            openpower.to_arrow(prices)
    else:
        assert openpower.to_arrow(prices)["per_kwh"].to_pylist() == [Decimal("0.1234567890123456789012345678")]


def test_a_frame_of_another_library_is_refused() -> None:
    """Only polars and pandas are libraries of frames."""
    with pytest.raises(InvalidValue, match="polars"):
        openpower.to_frame(PriceSeries(), library="numpy")
