"""The chart of prices: its places on the axis, cheap and dear, gaps, negative prices, and days of 23 and 25 hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

from openpower_core.prices import Channel, Price, PriceSeries
from openpower_hub.control import Order
from openpower_hub.page.prices import action_words, chart_of, next_change, word_of
from openpower_hub.plans import PlannedAction

ZONE = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
"""12:00 in Berlin."""


def series(prices: Sequence[float | None], *, start: datetime = NOON, channel: Channel = Channel.IMPORT) -> PriceSeries:
    """Hourly prices; None is a gap."""
    hour = timedelta(hours=1)
    return PriceSeries(
        [
            Price(
                start=start + n * hour,
                end=start + (n + 1) * hour,
                per_kwh=Decimal(str(price)),
                currency="EUR",
                channel=channel,
                estimate=False,
            )
            for n, price in enumerate(prices)
            if price is not None
        ],
        tz="Europe/Berlin",
    )


def test_the_cheapest_windows_stand_where_they_are() -> None:
    """10 hours, the cheapest two from the fourth on: 30 % of the axis, 20 % wide; and each is said in words."""
    chart = chart_of(series([0.3, 0.3, 0.3, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.4]), NOON, ZONE)

    assert chart is not None
    two = next(each for each in chart.windows if each.hours == 2)
    assert (two.x, two.width, two.text) == (30.0, 20.0, "15:00–17:00 at 15.0 ct")
    assert [each.hours for each in chart.windows] == [1, 2, 3, 4]
    assert chart.summary == (
        "Until 22:00 from 10.0 ct (15:00) to 40.0 ct (21:00) per kWh. Cheapest 2 hours: 15:00–17:00 at 15.0 ct."
    )


def test_a_gap_stays_a_gap() -> None:
    """Nothing is drawn where no price is known: the path begins anew."""
    chart = chart_of(series([0.3, None, 0.3]), NOON, ZONE)

    assert chart is not None
    assert [shape.d.count("M") for shape in chart.shapes] == [2]


def test_negative_prices_hang_below_zero() -> None:
    """They have a style of their own, and zero is within the drawing."""
    chart = chart_of(series([0.2, -0.1, 0.2]), NOON, ZONE)

    assert chart is not None
    assert chart.negative
    assert [shape.kind for shape in chart.shapes] == ["firm", "negative", "firm"]
    assert 50 < chart.zero < 80


def test_past_slots_of_the_hour_are_faded() -> None:
    """The chart begins with the running hour; what of it is over looks so."""
    half = [
        Price(start=NOON + n * timedelta(minutes=30), end=NOON + (n + 1) * timedelta(minutes=30), per_kwh=Decimal(n + 1), currency="EUR")
        for n in range(3)
    ]  # fmt: skip

    chart = chart_of(PriceSeries(half, tz="Europe/Berlin"), NOON + timedelta(minutes=40), ZONE)

    assert chart is not None
    assert chart.shapes[0].kind == "past"
    assert chart.now.text == "12:40"


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (datetime(2026, 6, 1, 22, tzinfo=UTC), 24, ["03", "06", "09", "12", "15", "18", "21"]),
        (
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            23,
            ["03", "06", "09", "12", "15", "18", "21"],
        ),  # the clock goes forward
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 25, ["03", "06", "09", "12", "15", "18", "21"]),  # and back
    ],
)
def test_hours_are_those_of_the_homes_clock(start: datetime, hours: int, expected: list[str]) -> None:
    """Also on the days of 23 and 25 hours."""
    chart = chart_of(series([0.1 + n / 100 for n in range(hours)], start=start), start, ZONE)

    assert chart is not None
    assert [mark.text for mark in chart.hours] == expected


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([0.10, 0.24, 0.26, 0.40], ["cheap", "normal", "normal", "dear"]),
        ([0.30, 0.30, 0.30, 0.30], ["normal"] * 4),
        ([0.300, 0.305, 0.31, 0.315], ["normal"] * 4),  # within a tenth
        ([-0.05, 0.10, 0.25, 0.10], ["cheap", "normal", "dear", "normal"]),
    ],
)
def test_cheap_normal_dear(prices: list[float], expected: list[str]) -> None:
    """The lowest and the highest third between the extremes; a flat tariff has neither."""
    found = series(prices)

    assert [word_of(price, found) for price in found] == expected


def test_the_next_change() -> None:
    """When the running price's word changes, on the home's clock."""
    assert next_change(series([0.4, 0.4, 0.1]), NOON, ZONE) == "cheap from 14:00"
    assert next_change(series([0.3, 0.3, 0.3]), NOON, ZONE) == ""


def test_what_is_planned_is_on_the_same_axis() -> None:
    """An action from the third to the fifth of ten hours, with its letter and its reason."""
    action = PlannedAction(
        by="rules.night",
        home="house",
        key="k",
        start=NOON + timedelta(hours=2),
        end=NOON + timedelta(hours=4),
        order=Order(operation="charge", target_soc_pct=80),
        why="the cheapest 2 hours before 22:00",
    )

    chart = chart_of(series([0.3] * 10), NOON, ZONE, [action])

    assert chart is not None
    (drawn,) = chart.actions
    assert (drawn.x, drawn.width, drawn.kind, drawn.letter) == (20.0, 20.0, "charge", "▲ C")
    assert drawn.text == "14:00–16:00 charge to 80 % (rules.night): the cheapest 2 hours before 22:00. Planned."


def test_what_is_planned_in_words() -> None:
    """A limit with its value, which is all that it is about; and a reason that ends as a question keeps its mark alone."""
    limit = PlannedAction(
        by="rules.negative",
        home="house",
        key="k",
        start=NOON,
        end=NOON + timedelta(hours=1),
        order=Order(operation="export_limit", value=0.0),
        why="Feed-in costs money.",
    )
    words = "12:00–13:00 export limit 0 W (rules.negative): Feed-in costs money. Planned."
    assert action_words(limit, ZONE) == words
    asked = attrs.evolve(limit, why="Is it running?", note="Only shown.")
    assert action_words(asked, ZONE).endswith("Is it running? Planned. Only shown.")


def test_a_long_table_is_by_the_hour() -> None:
    """288 prices of five minutes are 24 rows."""
    five = timedelta(minutes=5)
    prices = [
        Price(start=NOON + n * five, end=NOON + (n + 1) * five, per_kwh=Decimal(n % 12), currency="EUR")
        for n in range(288)
    ]

    chart = chart_of(PriceSeries(prices, tz="Europe/Berlin"), NOON, ZONE)

    assert chart is not None
    assert len(chart.rows) == 24
    assert chart.rows[0][:2] == ("12:00", "5.50 EUR")


def test_no_prices_no_chart() -> None:
    """An empty series has nothing to draw."""
    assert chart_of(PriceSeries(), NOON, ZONE) is None
