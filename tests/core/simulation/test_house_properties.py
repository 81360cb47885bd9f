"""What holds for every house, seed, zone and control: balance, counters, limits, and the same course for all readers."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from openpower_core.control import BatteryMode
from openpower_simulation import BatteryDirective, House, Plant, Situation, Snapshot

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
ZONES = [
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/Santiago",
    "Pacific/Auckland",
    "UTC",
]


class Always:
    """A controller with a constant decision."""

    def __init__(self, directive: BatteryDirective) -> None:
        self._directive = directive

    def directive(self, situation: Situation) -> BatteryDirective:
        return self._directive


plants = st.builds(
    Plant,
    seed=st.integers(0, 10_000),
    tz=st.sampled_from(ZONES),
    latitude=st.floats(-60, 65),
    pv_kw=st.sampled_from([0.0, 3.0, 6.6, 15.0]),
    battery_kwh=st.sampled_from([0.0, 5.0, 13.3]),
    battery_w=st.sampled_from([1500, 5000, 10_000]),
    ev=st.booleans(),
)
directives = st.builds(
    BatteryDirective,
    mode=st.sampled_from(BatteryMode),
    power_w=st.none() | st.floats(1, 12_000),
    target_soc_pct=st.none() | st.just(0.0) | st.floats(1, 100),
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "controller": directives.map(Always),
        "reserve_soc_pct": st.floats(0, 100),
        "max_soc_pct": st.floats(0, 100),
        "grid_charge_allowed": st.booleans(),
        "export_limit_w": st.none() | st.floats(0, 8000),
        "charger_limit_a": st.floats(0, 40),
        "site_limit_a": st.floats(30, 63),
        "ev_stopped": st.booleans(),
    },
)
starts = st.integers(0, 3 * 365 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
timelines = st.lists(st.tuples(st.integers(1, 4 * 3600), changes), min_size=1, max_size=8)


def balanced(state: Snapshot) -> bool:
    return state.pv_w + state.battery_w + state.grid_w == state.load_w + state.ev_w


def follow(house: House, timeline: list[tuple[int, dict[str, object]]]) -> list[Snapshot]:
    """Read every minute while the controls change as the timeline says."""
    now, seen = house.start, [house.at(house.start)]
    for seconds, change in timeline:
        until = now + timedelta(seconds=seconds)
        house.change(now, **change)
        while now < until:
            seen.append(house.at(now))
            now = min(now + timedelta(minutes=1), until)
    return [*seen, house.at(now)]


@FEW
@given(plant=plants, start=starts, timeline=timelines)
def test_power_balances_to_the_watt_and_limits_hold(
    plant: Plant, start: datetime, timeline: list[tuple[int, dict[str, object]]]
) -> None:
    """PV, battery and grid make up load and car exactly; no part exceeds what it is built for or set to."""
    house = House(plant, start=start)
    now = start
    for seconds, change in timeline:
        controls = house.change(now, **change)
        for second in range(0, seconds, 601):
            state = house.at(now + timedelta(seconds=second))

            assert balanced(state)
            assert 0 <= state.pv_w <= state.pv_available_w <= plant.inverter_w
            assert abs(state.battery_w) <= plant.battery_w
            assert 0 <= state.soc_pct <= 100
            assert state.ev_current_a <= min(controls.charger_limit_a, 32) + 1e-9
            assert state.grid_w <= max(controls.site_limit_a * 230, state.load_w)
            if controls.export_limit_w is not None:
                assert -state.grid_w <= controls.export_limit_w
        now += timedelta(seconds=seconds)


@FEW
@given(plant=plants, start=starts, timeline=timelines)
def test_counters_equal_the_integral_of_power(
    plant: Plant, start: datetime, timeline: list[tuple[int, dict[str, object]]]
) -> None:
    """Lifetime counters grow by power times time, per direction; reading at every change of power shows it."""
    seen = follow(House(plant, start=start), timeline)
    moments = sorted({state.time for state in seen})
    house = House(plant, start=start)
    edges = _minutes_and(moments)
    now, pv, imported, discharged = start, 0.0, 0.0, 0.0
    pending = iter(timeline)
    seconds, change = next(pending)
    house.change(now, **change)
    change_at = now + timedelta(seconds=seconds)
    before = house.at(now)
    for edge in edges[1:]:
        state = house.at(now)
        hours = (edge - now).total_seconds() / 3600
        pv += state.pv_w * hours / 1000
        imported += max(0, state.grid_w) * hours / 1000
        discharged += max(0, state.battery_w) * hours / 1000
        now = edge
        while now == change_at and (following := next(pending, None)) is not None:
            seconds, change = following
            house.change(now, **change)
            change_at = now + timedelta(seconds=seconds)
    after = house.at(now)

    assert after.total.pv_kwh - before.total.pv_kwh == pytest.approx(pv, abs=1e-7)
    assert after.total.imported_kwh - before.total.imported_kwh == pytest.approx(imported, abs=1e-7)
    assert after.total.discharged_kwh - before.total.discharged_kwh == pytest.approx(discharged, abs=1e-7)


def _minutes_and(moments: list[datetime]) -> list[datetime]:
    """The times, and every whole minute between the first and the last."""
    first, last = moments[0], moments[-1]
    minute = first.replace(second=0, microsecond=0)
    minutes: set[datetime] = set(moments)
    while (minute := minute + timedelta(minutes=1)) < last:
        minutes.add(minute)
    return sorted(minutes)


@FEW
@given(plant=plants, start=starts, timeline=timelines, looks=st.lists(st.integers(1, 3600), max_size=30))
def test_reading_changes_nothing(
    plant: Plant, start: datetime, timeline: list[tuple[int, dict[str, object]]], looks: list[int]
) -> None:
    """Who reads often and who reads once see the same house at the end."""
    watched, left_alone = House(plant, start=start), House(plant, start=start)
    now = start
    for seconds, change in timeline:
        watched.change(now, **change)
        left_alone.change(now, **change)
        for look in sorted(looks):
            if look < seconds:
                watched.at(now + timedelta(seconds=look))
        now += timedelta(seconds=seconds)
    watched.history(start - timedelta(days=9), now, now=now)

    assert watched.at(now) == left_alone.at(now)


@FEW
@given(plant=plants, start=starts)
def test_the_balance_of_energy_leaves_only_the_batterys_losses(plant: Plant, start: datetime) -> None:
    """Over a day, what came in minus what went out is what the battery stored plus what it lost."""
    house = House(plant, start=start)
    before, after = house.at(start), house.at(start + timedelta(days=1))
    charged = after.total.charged_kwh - before.total.charged_kwh
    discharged = after.total.discharged_kwh - before.total.discharged_kwh
    stored = plant.battery_kwh * (after.soc_pct - before.soc_pct) / 100

    assert stored == pytest.approx(
        charged * plant.charge_efficiency - discharged / plant.discharge_efficiency, abs=1e-6
    )


@FEW
@given(plant=plants, start=starts, weeks=st.integers(9, 1100), days=st.integers(0, 6))
def test_a_far_jump_is_cheap_and_still_one_house(plant: Plant, start: datetime, weeks: int, days: int) -> None:
    """Twenty years later: at once, the same for all who jump so, with closed balances and a series without gaps."""
    house, other = House(plant, start=start), House(plant, start=start)
    before, now = house.at(start), start + timedelta(weeks=weeks, days=days)
    began = time.process_time()
    after = house.at(now)
    took = time.process_time() - began
    gone = house.energies(now - timedelta(weeks=weeks - 4), now - timedelta(weeks=weeks - 6), now=now)
    lines = house.history(now - timedelta(days=20), now, now=now)

    assert took < 5  # played, ten years take more than a minute
    assert other.at(now) == after
    assert after.time == now
    assert after.pv_w + after.battery_w + after.grid_w == after.load_w + after.ev_w
    for energies in (after.total, gone):
        came = energies.pv_kwh + energies.discharged_kwh + energies.imported_kwh
        assert came == pytest.approx(
            energies.load_kwh + energies.ev_kwh + energies.charged_kwh + energies.exported_kwh, rel=1e-9
        )
    assert after.total.load_kwh - before.total.load_kwh == pytest.approx(
        plant.load_kwh_per_day * (7 * weeks + days), rel=0.1
    )
    assert all(first.end == second.start for first, second in itertools.pairwise(lines))
    assert len(lines) >= 20 * 288 - 1
