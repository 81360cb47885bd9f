"""When rules act: against brute force, against the core's own search, on nights on which the clock changes, and with holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from openpower import Channel, Price, PriceKind, PriceSeries
from openpower_hub.config import RuleConfig
from openpower_hub.windows import SLOT, Situation, Window, cheapest_slots, deadlines, windows_of

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def series(
    *costs: float | str | None,
    start: datetime = NOW,
    step: timedelta = HOUR,
    channel: Channel = Channel.IMPORT,
    **more: Any,
) -> PriceSeries:
    """Prices one after the other; None is a gap."""
    return PriceSeries(
        (
            Price(
                start=start + number * step,
                end=start + (number + 1) * step,
                per_kwh=Decimal(str(cost)),
                currency="EUR",
                channel=channel,
                kind=PriceKind.FORECAST,
                estimate=False,
                **more,
            )
            for number, cost in enumerate(costs)
            if cost is not None
        ),
        tz="Europe/Berlin",
    )


def rule(**keys: Any) -> RuleConfig:
    return RuleConfig(name="test", control=True, **keys)


def cheapest(hours: float, before: str = "07:00", **keys: Any) -> RuleConfig:
    return rule(rule="cheapest", hours=hours, before=before, **keys)


def situation(prices: PriceSeries, **more: Any) -> Situation:
    return Situation(**{"now": NOW, "prices": prices, "tz": "Europe/Berlin", "soc_pct": 50.0, **more})


def acting(rule: RuleConfig, now: Situation) -> list[tuple[datetime, datetime]]:
    return [(each.start, each.end) for each in windows_of(rule, now) if each.acts]


def only(rule: RuleConfig, now: Situation) -> Window:
    (window,) = windows_of(rule, now)
    return window


def at(hour: float, day: int = 28) -> datetime:
    """That hour of Berlin's clock in winter."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour - 1)


NIGHT = series(*[0.30] * 4, 0.10, 0.12, 0.25, 0.11, *[0.30] * 10)
"""From 19:00 in Berlin; 23:00, 00:00 and 02:00 are the cheapest."""


def test_the_cheapest_hours_are_taken_and_neighbours_are_one_command() -> None:
    """Three hours in two windows, each until its own end, with the reason in words."""
    found = windows_of(cheapest(3), situation(NIGHT))

    assert [(each.start, each.end) for each in found] == [(at(23), at(25)), (at(26), at(27))]
    assert found[0].why == ("Among the cheapest 3 h before 07:00: 0.1100 EUR/kWh, against 0.2483 EUR/kWh on average.")


def test_a_window_can_be_shorter_than_a_price() -> None:
    """Of the last hour that is needed only a part is taken."""
    assert acting(cheapest(0.5), situation(NIGHT)) == [(at(23), at(23.5))]


def slots_of(prices: list[int | None]) -> list[Price]:
    return list(series(*prices, step=SLOT))


@settings(deadline=None, max_examples=300)
@given(
    prices=st.lists(st.one_of(st.none(), st.integers(-20, 20)), min_size=1, max_size=9),
    count=st.integers(1, 6),
    most=st.integers(1, 3),
)
def test_no_other_choice_is_cheaper(prices: list[int | None], count: int, most: int) -> None:
    """Against all choices of that many slots in at most that many windows; of equals fewer windows, then the earliest."""
    slots = slots_of(prices)

    def windows(places: tuple[int, ...]) -> int:
        return 1 + sum(slots[two].start != slots[one].end for one, two in pairwise(places))

    possible = [each for each in combinations(range(len(slots)), count) if windows(each) <= most]
    best = min(possible, key=lambda each: (sum(slots[n].per_kwh for n in each), windows(each), sum(each)), default=None)
    found = cheapest_slots(slots, count, most)

    if best is None:
        assert found is None
    else:
        assert found is not None
        assert sum(slots[n].per_kwh for n in found) == sum(slots[n].per_kwh for n in best)
        assert windows(tuple(found)) == windows(best)
        assert sum(found) == sum(best)


@settings(deadline=None, max_examples=200)
@given(prices=st.lists(st.integers(-50, 500), min_size=11, max_size=11), hours=st.sampled_from([1, 2, 3.5, 5]))
def test_it_costs_what_the_cheapest_pieces_cost(prices: list[int], hours: float) -> None:
    """With as many windows as there are prices, the core's own search finds the same price."""
    known = series(*prices, *[9999] * 6)
    found = cheapest_slots(list(known.between(NOW, at(6, 29)).resample(SLOT)), int(hours * 4), 99)
    core = known.cheapest(timedelta(hours=hours), contiguous=False, after=NOW, before=at(6, 29))

    assert found is not None
    assert core is not None
    paid = sum(list(known.resample(SLOT))[place].per_kwh for place in found) / 4
    assert paid == sum(each.per_kwh * Decimal((each.end - each.start) / HOUR) for each in core if each.end)


@settings(deadline=None, max_examples=100)
@given(
    prices=st.lists(st.integers(-50, 500), min_size=14, max_size=14),
    hours=st.sampled_from([0.25, 1, 2.75, 6, 12]),
    minute=st.integers(0, 600),
    most=st.integers(0, 5),
)
def test_what_holds_for_all_windows(prices: list[int], hours: float, minute: int, most: int) -> None:
    """They end by the deadline, do not overlap, are not longer than asked for, and are no more than may be sent."""
    now = NOW + timedelta(minutes=minute)
    found = acting(cheapest(hours), situation(series(*prices), now=now, writes_left=most))
    deadline = at(7, 29)

    tonight = [each for each in found if each[0] < deadline]
    assert all(now < end <= deadline for _, end in tonight)
    assert all(one[1] < two[0] for one, two in pairwise(tonight))
    assert sum((end - start for start, end in tonight), timedelta()) <= timedelta(hours=hours)
    assert len(tonight) <= most


def test_what_has_run_already_is_not_charged_again() -> None:
    """Two of three hours ran: only the next cheapest is left; what ran before the last deadline does not count."""
    ran = ((at(23), at(25)),)

    assert acting(cheapest(3), situation(NIGHT, now=at(25), ran=ran)) == [(at(26), at(27))]
    assert acting(cheapest(2), situation(NIGHT, now=at(25), ran=ran)) == []
    long_ago = ((at(1), at(4)),)
    assert acting(cheapest(1), situation(NIGHT, ran=long_ago)) == [(at(23), at(24))]


def test_while_a_command_runs_its_window_stays_the_same() -> None:
    """Minute by minute: its end does not move with the clock, and nothing else is chosen."""
    for minute in range(60):
        now = at(23) + timedelta(minutes=minute)
        found = acting(cheapest(1), situation(NIGHT, now=now, ran=((at(23), at(24)),), running=True))

        assert found == [(at(23) + timedelta(minutes=minute // 15 * 15), at(24))]


def test_a_price_that_changes_moves_the_window() -> None:
    """Unless it is only a little cheaper than what runs."""
    cheaper = series(*[0.30] * 4, 0.10, 0.30, 0.30, 0.05, *[0.30] * 10)
    a_little = series(*[0.30] * 4, 0.10, 0.30, 0.30, 0.098, *[0.30] * 10)
    now = {"now": at(23.25), "ran": ((at(23), at(24)),), "running": True}

    assert acting(cheapest(1), situation(cheaper, **now)) == [(at(26), at(26.75))]
    assert acting(cheapest(1), situation(a_little, **now))[0][0] == at(23.25)


def test_nothing_is_chosen_before_all_prices_are_known() -> None:
    """What is not published yet may be cheaper: it waits, says so, and lets run what runs."""
    window = only(cheapest(2), situation(series(0.30, 0.10, 0.20)))

    assert not window.acts
    assert not window.known
    assert window.why == ("Nothing is planned: the prices are known until 22:00, and not yet until 07:00.")


def test_a_hole_in_the_prices_counts_as_their_end() -> None:
    """What is unknown is not taken for cheap or dear."""
    window = only(cheapest(2), situation(series(0.30, None, *[0.20] * 20)))

    assert not window.known


@pytest.mark.parametrize("soc", [79.5, 80, 95])
def test_a_target_that_is_reached_needs_no_command(soc: float) -> None:
    """Also where the last half percent is missing; what it will have later is not known yet."""
    before = only(cheapest(1, target_soc_pct=80.0), situation(NIGHT, soc_pct=soc))
    window = only(cheapest(1, target_soc_pct=80.0), situation(NIGHT, soc_pct=soc, now=at(23.1)))

    assert (before.acts, before.note) == (True, "Unless the battery has its 80 % by then.")
    assert (window.acts, window.known) == (False, True)
    assert window.why == "Nothing is planned: the battery has its 80 %."


def test_while_it_charges_a_reached_target_ends_nothing() -> None:
    """The battery stops by itself, and its command ends at its end."""
    now = situation(NIGHT, now=at(23.5), soc_pct=80, ran=((at(23), at(25)),), running=True)

    assert acting(cheapest(2, target_soc_pct=80.0), now)[0] == (at(23.5), at(24))


def test_an_unknown_charge_starts_nothing() -> None:
    """None is not an empty battery."""
    window = only(cheapest(2, target_soc_pct=80.0), situation(NIGHT, soc_pct=None))

    assert (window.acts, window.known) == (False, False)


def test_without_a_zone_there_is_no_seven_o_clock() -> None:
    """It says so."""
    window = only(cheapest(2), situation(NIGHT, tz=None))

    assert window.why == "Nothing is planned: the time zone of the home is unknown."


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 28, 18, tzinfo=UTC), 11), (datetime(2026, 10, 24, 18, tzinfo=UTC), 12)]
)
def test_nights_on_which_the_clock_changes(now: datetime, hours: int) -> None:
    """07:00 is 05:00 UTC after the spring night, and 06:00 UTC after the autumn night."""
    _, first, second = deadlines("07:00", now, "Europe/Berlin")

    assert (first - now) / HOUR == hours
    assert second - first == 24 * HOUR


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_deadline_in_the_hour_of_the_change(day: str) -> None:
    """02:30 does not exist in spring and exists twice in autumn: there is one deadline each day, in order."""
    now = datetime.fromisoformat(f"{day}T00:00:00+00:00") - 12 * HOUR
    found = [deadlines("02:30", now + n * HOUR, "Europe/Berlin") for n in range(40)]

    assert all(one <= now + n * HOUR < two < three for n, (one, two, three) in enumerate(found))
    assert len({two for _, two, _ in found}) == 3


def test_the_next_night_is_shown_once_it_is_known() -> None:
    """At six in the morning the plan of the coming night stands already."""
    two_days = series(*[0.30] * 12, *[0.30] * 16, 0.05, *[0.30] * 12)

    found = acting(cheapest(1), situation(two_days, now=at(6, 29), ran=((at(3, 29), at(4, 29)),)))
    assert found == [(at(23, 29), at(24, 29))]


def test_the_charge_is_kept_for_high_prices() -> None:
    """It holds in the hours before, not while the price is high."""
    prices = series(0.20, 0.20, 0.20, 0.55, 0.60, 0.20, 0.50, 0.20)
    found = windows_of(rule(rule="hold_above", above=0.4, hours=2.0), situation(prices))

    assert [(each.start, each.end) for each in found] == [(at(20), at(22)), (at(24), at(25))]
    assert found[0].why == "From 22:00 the price is above 0.4, up to 0.6000 EUR/kWh: the charge is kept for it."


def test_nothing_is_held_without_a_high_price() -> None:
    """Nor once it has begun."""
    assert acting(rule(rule="hold_above", above=0.7), situation(series(0.20, 0.60, 0.20))) == []
    assert acting(rule(rule="hold_above", above=0.4), situation(series(0.60, 0.60, 0.20))) == []


def exported(*costs: float | None, **more: Any) -> PriceSeries:
    return series(*costs, channel=Channel.EXPORT, **more)


def test_it_exports_at_spikes() -> None:
    """Neighbours are one command."""
    found = windows_of(rule(rule="export_spike", above=1.0, target_soc_pct=30.0), situation(exported(0.1, 2, 14, 0.1)))

    assert [(each.start, each.end) for each in found] == [(at(20), at(22))]
    assert found[0].why == "Feed-in pays 8.0000 EUR/kWh (above 1)."


def test_spikes_as_the_retailer_calls_them() -> None:
    """Without a price of its own the rule takes the retailer's word."""
    prices = PriceSeries([*exported(0.1, 0.1), *exported(0.9, start=at(21), spike=True)], tz="Europe/Berlin")

    assert acting(rule(rule="export_spike", target_soc_pct=30.0), situation(prices)) == [(at(21), at(22))]


@pytest.mark.parametrize(("soc", "note"), [(30.5, "it stops at 30 %"), (None, "is unknown")])
def test_no_export_below_the_floor_or_into_the_unknown(soc: float | None, note: str) -> None:
    """The spike is shown, with the reason why nothing is done."""
    spike = rule(rule="export_spike", above=1.0, target_soc_pct=30.0)
    window = only(spike, situation(exported(2, 0.1), soc_pct=soc))

    assert not window.acts
    assert note in window.note


def test_negative_feed_in() -> None:
    """Zero costs nothing and is exported."""
    found = acting(rule(rule="stop_negative_export"), situation(exported(0.1, -0.01, -0.3, 0.0, -0.1)))

    assert found == [(at(20), at(22)), (at(23), at(24))]


def test_forecasts_are_called_forecasts() -> None:
    """A final price is not."""
    firm = exported(0.1, -0.1)
    unsure = PriceSeries((attrs.evolve(each, estimate=True) for each in firm), tz="Europe/Berlin")
    stop = rule(rule="stop_negative_export")

    assert only(stop, situation(firm)).note == ""
    assert only(stop, situation(unsure)).note == "The prices are a forecast, and may change."


def test_a_price_without_an_end() -> None:
    """A flat tariff: the earliest hours are as cheap as any, in one piece, and a plan ends after a day."""
    flat = PriceSeries([Price(start=NOW - HOUR, end=None, per_kwh=Decimal("0.3"), currency="EUR")], tz="Europe/Berlin")
    negative = PriceSeries(
        [Price(start=NOW - HOUR, end=None, per_kwh=Decimal("-0.3"), currency="EUR", channel=Channel.EXPORT)],
        tz="Europe/Berlin",
    )

    assert acting(cheapest(2), situation(flat))[0] == (NOW, NOW + 2 * HOUR)
    assert acting(rule(rule="stop_negative_export"), situation(negative)) == [(NOW - HOUR, NOW + 24 * HOUR)]


@pytest.mark.parametrize("name", ["cheapest", "hold_above", "export_spike", "stop_negative_export"])
def test_no_prices_no_plan(name: Any) -> None:
    """Each rule says so."""
    keys = {"hours": 1.0, "before": "07:00", "above": 1.0, "target_soc_pct": 50.0}
    window = only(RuleConfig(rule=name, **keys), situation(PriceSeries()))  # type: ignore[arg-type]

    assert (window.acts, window.known) == (False, False)
