"""Grids that keep the home's midnight, prices without an end, and the cheapest time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower_core.errors import InvalidValue
from openpower_core.prices import Channel, Gap, Price, PriceSeries

ZONES = (
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/London",
    "Europe/Berlin",
    "America/Havana",
)
CHANGES = (
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
)
"""When the clock changes in these zones in 2026 (tzdata); Havana's does at midnight."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def flat(start: datetime, end: datetime | None, cost: Any = "0.30", **more: Any) -> Price:
    return Price(start=start, end=end, per_kwh=cost, currency="AUD", **more)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc,arg-type]


def lengths_h(series: PriceSeries) -> list[float]:
    return [(price.end - price.start) / timedelta(hours=1) for price in series if price.end]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Australia/Sydney", (2026, 4, 5), 25),
        ("Australia/Sydney", (2026, 10, 4), 23),
        ("Australia/Adelaide", (2026, 10, 4), 23),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Europe/London", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
    ],
)
def test_a_calendar_day_has_the_hours_that_its_clock_shows(zone: str, day: tuple[int, int, int], hours: float) -> None:
    """Days begin at local midnight, whether the clock changes or not."""
    start = local(zone, *day) - timedelta(days=1)
    series = PriceSeries([flat(start, start + timedelta(days=3))], tz=zone)

    days = series.resample(timedelta(days=1), whole=True)

    assert hours in lengths_h(days)
    assert all(price.start.astimezone(ZoneInfo(zone)).hour == 0 for price in days)


def test_the_hours_of_adelaide_begin_on_the_full_hour() -> None:
    """Adelaide is half an hour off UTC."""
    zone = "Australia/Adelaide"
    start = local(zone, 2026, 6, 1, 9, 20)
    series = PriceSeries([flat(start, start + timedelta(hours=3))], tz=zone)

    assert [price.start.astimezone(ZoneInfo(zone)).minute for price in series.resample(minutes(60))] == [20, 0, 0, 0]


def test_six_hours_keep_to_the_wall_clock_where_it_changes() -> None:
    """The first quarter of the day has seven hours in autumn and five in spring."""
    zone = "Europe/Berlin"
    autumn, spring = local(zone, 2026, 10, 25), local(zone, 2026, 3, 29)

    quarters = [
        lengths_h(PriceSeries([flat(day, local(zone, *end))], tz=zone).resample(timedelta(hours=6)))
        for day, end in ((autumn, (2026, 10, 26)), (spring, (2026, 3, 30)))
    ]

    assert quarters == [[7, 6, 6, 6], [5, 6, 6, 6]]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(CHANGES),
    st.integers(-40, 40),
    st.sampled_from([5, 15, 30, 45, 60, 90, 120, 360, 1440, 2880]),
    st.integers(1, 400),
)
def test_cells_tile_the_range(zone: str, day: date, offset_h: int, step: int, quarters: int) -> None:
    """Any resolution, any zone, any day: no gap, no overlap, nothing outside, and the mean weighted by time is kept."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=offset_h)
    prices = [flat(start + minutes(15 * n), start + minutes(15 * (n + 1)), n % 7) for n in range(quarters)]
    series = PriceSeries(prices, tz=zone)

    cells = series.resample(minutes(step))

    assert cells[0].start == start
    assert cells[-1].end == prices[-1].end
    assert all(one.end == other.start for one, other in pairwise(cells))
    money = sum(price.per_kwh * int((price.end - price.start).total_seconds()) for price in cells if price.end)
    assert abs(money - sum(price.per_kwh for price in prices) * 900) < Decimal("1e-18")
    inner = [price.start.astimezone(ZoneInfo(zone)) for price in cells[1:]]
    assert all((each.hour * 60 + each.minute) % min(step, 1440) == 0 for each in inner if zone != "America/Havana")


def test_a_price_that_lasts_ten_years_costs_one_day_of_cells() -> None:
    """Asked for a day in half hours, it has 48, and at once."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    series = PriceSeries([flat(start, start + timedelta(days=3650))], tz="Europe/London")
    day = local("Europe/London", 2026, 6, 1)

    cells = series.select(day, day + timedelta(days=1), resolution=minutes(30))

    assert len(cells) == 48
    assert (cells[0].start, cells[-1].end) == (day, day + timedelta(days=1))


@pytest.mark.parametrize("end", [None, datetime(2036, 1, 1, tzinfo=UTC)])
def test_without_an_end_a_long_price_is_cut_after_two_days(end: datetime | None) -> None:
    """From the cell that runs now on."""
    now = datetime(2026, 6, 1, 10, 17, tzinfo=UTC)
    series = PriceSeries([flat(datetime(2020, 1, 1, tzinfo=UTC), end)])

    cells = series.select(resolution=minutes(30), now=now)

    assert (cells[0].start, cells[0].end) == (now - minutes(17), now + minutes(13))
    assert len(cells) == 97


def test_a_price_without_an_end_holds_until_further_notice() -> None:
    """It applies in the far future, and nothing knows until when."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    series = PriceSeries([flat(start - minutes(30), start, "0.1"), flat(start, None, "0.2")])

    assert series.at(start + timedelta(days=9000)) is series[1]
    assert series.known_until is None
    assert series.between(start + timedelta(days=5), None)[0] is series[1]
    assert "further notice" in repr(series)
    with pytest.raises(InvalidValue, match="between"):
        series.resample(minutes(30))
    with pytest.raises(InvalidValue, match="overlap"):
        PriceSeries([*series, flat(start + minutes(30), None, "0.3")])


def test_the_cells_of_a_range_are_those_that_overlap_it() -> None:
    """The first is the one that runs at its start, as a whole."""
    start = datetime(2026, 6, 1, 10, tzinfo=UTC)
    series = PriceSeries(flat(start + minutes(5 * n), start + minutes(5 * n + 5), n) for n in range(12))

    cells = series.select(start + minutes(17), start + minutes(31), resolution=minutes(15))

    assert [(price.start - start, price.per_kwh) for price in cells] == [(minutes(15), 4), (minutes(30), 7)]


def test_only_whole_cells() -> None:
    """A stub of five minutes is no half hour."""
    start = datetime(2026, 6, 1, 10, 25, tzinfo=UTC)
    series = PriceSeries(flat(start + minutes(5 * n), start + minutes(5 * n + 5), n) for n in range(10))

    assert len(series.resample(minutes(30))) == 3
    assert [price.start - start for price in series.resample(minutes(30), whole=True)] == [minutes(5)]


def test_what_a_series_says_beside_its_prices_stays_with_its_parts() -> None:
    """The gaps, the zone and the next publication."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    gap = Gap(start=start, end=start + minutes(30), reason="not published yet")
    series = PriceSeries(
        [flat(start + minutes(30), start + minutes(60))], tz="Europe/London", gaps=[gap], next_published_at=start
    )

    for part in (series[:], series.on("import"), series.between(start, None), series.resample(900)):
        assert part.gaps == (gap,)
        assert str(part.tz) == "Europe/London"
        assert part.next_published_at == start


def test_two_registers_of_a_channel_stay_apart() -> None:
    """Two controlled loads have two prices at a time."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    two = [
        flat(start, start + minutes(30), cost, channel=Channel.CONTROLLED_LOAD, register=register)
        for register, cost in (("E3", "0.2"), ("E2", "0.1"))
    ]
    series = PriceSeries(two)

    assert list(series) == two[::-1]
    assert series.at(start, Channel.CONTROLLED_LOAD, register="E3") is two[0]
    assert list(series.on("controlled_load", "E2")) == [two[1]]
    assert [price.register for price in series.resample(900)] == ["E2", "E3"] * 2


@st.composite
def lanes(draw: st.DrawFn) -> list[Price]:
    """Some quarter hours and hours with gaps between them."""
    start, prices = datetime(2026, 6, 1, tzinfo=UTC), list[Price]()
    for _ in range(draw(st.integers(1, 9))):
        start += minutes(draw(st.sampled_from([0, 0, 0, 15])))
        end = start + minutes(draw(st.sampled_from([15, 15, 30, 60])))
        prices.append(flat(start, end, draw(st.integers(-20, 50))))
        start = end
    return prices


def cost(prices: Any) -> Decimal:
    return sum((price.best_per_kwh * int((price.end - price.start).total_seconds()) for price in prices), Decimal(0))


@settings(max_examples=300)
@given(lanes(), st.integers(1, 14), st.integers(0, 6), st.integers(0, 6), st.booleans())
def test_no_window_is_cheaper(prices: list[Price], fives: int, after: int, before: int, highest: bool) -> None:
    """Against every window on a grid of five minutes."""
    series, length = PriceSeries(prices), minutes(5 * fives)
    first, last = prices[0].start + minutes(5 * after), prices[-1].end or prices[-1].start
    last -= minutes(5 * before)
    found = series.cheapest(length, after=first, before=last, highest=highest)

    costs: list[Decimal] = []
    begin = first
    while begin + length <= last:
        each = [series.at(begin + minutes(5 * n)) for n in range(fives)]
        if None not in each:
            costs.append(sum((price.best_per_kwh for price in each if price), Decimal(0)) * 300)
        begin += minutes(5)
    if found is None:
        assert not costs
        return
    assert found.start is not None
    assert found.end is not None
    assert found.end - found.start == length
    assert first <= found.start
    assert found.end <= last
    assert all(one.end == other.start for one, other in pairwise(found))
    assert cost(found) == (max if highest else min)(costs)


@settings(max_examples=200)
@given(lanes(), st.integers(1, 4))
def test_no_choice_of_pieces_is_cheaper(prices: list[Price], quarters: int) -> None:
    """Against every choice of quarter hours."""
    series = PriceSeries(prices)
    pieces = list(series.resample(minutes(15)))
    found = series.cheapest(minutes(15 * quarters), contiguous=False)

    if len(pieces) < quarters:
        assert found is None
        return
    assert found is not None
    assert cost(found) == min(cost(chosen) for chosen in combinations(pieces, quarters))
    assert list(found) == sorted(found, key=lambda price: price.start)


def test_the_cheapest_time_begins_now_at_the_earliest() -> None:
    """What of the running interval is over cannot be used; and there is no time where too little is known."""
    now = datetime(2026, 6, 1, 10, 20, tzinfo=UTC)
    start = now - minutes(20)
    series = PriceSeries([flat(start, start + minutes(30), 1), flat(start + minutes(30), start + minutes(90), 5)])

    window = series.select(now=now).cheapest(minutes(30))

    assert window is not None
    assert [(price.start - start, price.end) for price in window] == [
        (minutes(20), start + minutes(30)),
        (minutes(30), now + minutes(30)),
    ]
    assert series.select(now=now).cheapest(minutes(71)) is None
    assert series.select(now=now).cheapest(minutes(30), before=now + minutes(29)) is None
    assert series.cheapest(minutes(30), channel=Channel.EXPORT) is None


def test_export_pays_most_at_its_highest() -> None:
    """There a price is what you are paid."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    series = PriceSeries(
        flat(start + minutes(30 * n), start + minutes(30 * n + 30), cost, channel=Channel.EXPORT)
        for n, cost in enumerate([3, 9, 4])
    )

    best = series.cheapest(minutes(30), highest=True)

    assert best is not None
    assert [price.per_kwh for price in best] == [9]


def test_of_several_channels_the_cheapest_is_of_import() -> None:
    """Not of the lowest price of all, which export has; without import there is none unless a channel is named."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    both = [
        flat(start, start + minutes(30), -1, channel=Channel.EXPORT),
        flat(start, start + minutes(30), 2, channel=Channel.CONTROLLED_LOAD),
    ]
    series = PriceSeries([*both, flat(start, start + minutes(30), 3)])

    found = series.cheapest(minutes(30))

    assert found is not None
    assert [(price.channel, price.per_kwh) for price in found] == [(Channel.IMPORT, 3)]
    assert PriceSeries(both).cheapest(minutes(30)) is None
    assert PriceSeries(both[:1]).cheapest(minutes(30)) is not None
