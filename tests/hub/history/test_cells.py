"""Cells of any readings are what one gets by looking at every second of them."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import astuple
from hub_history import BATTERY, START, by_second, counter, figure, gauge, ms, sample, sqlite_in
from hypothesis import Phase, given, settings, strategies as st

from openpower_core.errors import InvalidValue
from openpower_hub.figures import Kind
from openpower_hub.history.cells import DAY, HOUR, LEVELS, MINUTE, edges_of, growth, to_ms, to_time
from openpower_hub.history.database import Sample

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
LENGTH_S = 3 * 3600
NOW = ms(LENGTH_S)
POWER, SOC, TOTAL, TODAY = map(figure, ("power_w", "soc_pct", "charge_energy_total_kwh", "charge_energy_today_kwh"))

VALUES = st.fixed_dictionaries(
    {
        "power_w": st.none() | st.integers(-9000, 9000),
        "soc_pct": st.none() | st.integers(0, 1000),
        "charge_energy_total_kwh": st.none() | st.integers(0, 10**7),
        "charge_energy_today_kwh": st.none() | st.integers(0, 5000),
    }
)
SAMPLES = st.lists(
    st.builds(
        lambda second, holds, values: sample(second, holds, **values),
        st.integers(0, LENGTH_S - 1),
        st.integers(1, 4000),
        VALUES,
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda each: each.at,
)


def recorded(samples: list[Sample], written: list[int]) -> dict[tuple[str, int], dict[int, tuple[int, ...]]]:
    """The cells after these readings were written in parts, in that order, with cells made in between."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_in(Path(folder))
        parts: dict[int, list[Sample]] = {}
        for each, part in zip(samples, written, strict=False):
            parts.setdefault(part, []).append(each)
        for part in sorted(parts):
            database.write([(BATTERY, parts[part])])
            database.roll(max(each.at for each in parts[part]))
        database.roll(NOW)
        found = {
            (each.name, step): {
                start: astuple(part)
                for start, _, part in database.series(BATTERY.key, each, ms(0), ms(LENGTH_S), step, NOW)
            }
            for each in (POWER, SOC, TOTAL, TODAY)
            for step in (*LEVELS, MINUTE, 30 * MINUTE)
        }
        database.close()
    return found


@settings(max_examples=40, deadline=None, phases=NO_SHRINKING)
@given(SAMPLES, st.lists(st.integers(0, 4), min_size=40, max_size=40))
def test_cells_are_what_every_second_says(samples: list[Sample], written: list[int]) -> None:
    """Five minutes, hours, days and what is made of them, of readings that arrive in any order and number."""
    found = recorded(samples, written)
    seconds = range(ms(0), NOW, 1000)
    for each in (POWER, SOC, TOTAL, TODAY):
        known = by_second(samples, each.name, seconds)
        for step in (*LEVELS, MINUTE, 30 * MINUTE):
            edges = edges_of(ms(0), NOW, step, BATTERY.zone)
            expected: dict[int, tuple[int, ...]] = {}
            for start, end in pairwise(edges):
                inside = known[max(start - ms(0), 0) // 1000 : (end - ms(0)) // 1000]
                if each.kind in (Kind.POWER, Kind.LEVEL):
                    cell = gauge(inside)
                    cell = cell[:-1] if cell and each.kind is Kind.LEVEL else cell
                else:
                    cell = counter(inside, each.kind)
                if cell is not None:
                    expected[start] = cell

            assert found[each.name, step] == expected, (each.name, step)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Adelaide", "2026-10-04", 23),
        ("Australia/Adelaide", "2026-04-05", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Havana", "2026-03-08", 23),
        ("Asia/Kolkata", "2026-03-29", 24),
    ],
)
def test_days_are_those_of_the_home(zone: str, day: str, hours: float) -> None:
    """The day on which clocks change is a cell of 23 or 25 hours, from local midnight to local midnight."""
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    start, end = edges_of(to_ms(noon), to_ms(noon) + 1, DAY, ZoneInfo(zone))

    assert (end - start) / HOUR == hours
    assert to_time(start).astimezone(ZoneInfo(zone)).date().isoformat() == day
    assert to_time(end - 1).astimezone(ZoneInfo(zone)).date().isoformat() == day


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Adelaide", "Australia/Lord_Howe", "America/Havana"])
@pytest.mark.parametrize("step", [5 * MINUTE, HOUR, 6 * HOUR, DAY])
def test_cells_follow_each_other_for_a_year(zone: str, step: int) -> None:
    """No cell is empty or longer than a clock change makes it, and every instant is in the cell that begins before it."""
    start = to_ms(datetime(2026, 1, 1, tzinfo=UTC))
    span = 60 * DAY if step < HOUR else 366 * DAY
    edges = edges_of(start, start + span, step, ZoneInfo(zone))
    lengths = {after - before for before, after in pairwise(edges)}

    assert min(lengths) >= step - HOUR if step > HOUR else min(lengths) >= min(step, HOUR // 2)
    assert max(lengths) <= step + (HOUR if step >= HOUR else 0)
    for before, after in list(pairwise(edges))[:: max(len(edges) // 400, 1)]:
        assert edges_of(before, after, step, ZoneInfo(zone)) == [before, after]
        assert edges_of(after - 1, after, step, ZoneInfo(zone)) == [before, after]


def test_hours_begin_on_the_clock_of_the_home() -> None:
    """In Adelaide, half an hour off, an hour begins at :30 UTC; in the night of the change there are two hours from 2 to 3."""
    zone = ZoneInfo("Australia/Adelaide")
    night = datetime(2026, 4, 5, 1, tzinfo=zone).astimezone(UTC)
    edges = edges_of(to_ms(night), to_ms(night + timedelta(hours=4)), HOUR, zone)

    assert [to_time(at).astimezone(zone).strftime("%H:%M") for at in edges] == [
        "01:00",
        "02:00",
        "02:00",
        "03:00",
        "04:00",
    ]


@pytest.mark.parametrize("step", [0, 7 * MINUTE, 36 * HOUR])
def test_a_step_that_fits_no_day_is_refused(step: int) -> None:
    """And so is one that would make too many cells."""
    with pytest.raises(InvalidValue, match="must divide a day"):
        edges_of(0, DAY, step, ZoneInfo("UTC"))
    with pytest.raises(InvalidValue, match="more than 20,000 cells"):
        edges_of(0, 365 * DAY, MINUTE, ZoneInfo("UTC"))


def test_a_counter_that_falls() -> None:
    """A new day begins at zero, and so does another car; a device that was replaced has counted nothing yet."""
    assert growth(5, 7, Kind.ENERGY_TODAY) == 2
    assert growth(900, 30, Kind.ENERGY_TODAY) == 30
    assert growth(900, 30, Kind.ENERGY_SESSION) == 30
    assert growth(900, 30, Kind.ENERGY_TOTAL) == 0


@settings(max_examples=30, deadline=None, phases=NO_SHRINKING)
@given(
    st.sampled_from([datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)]),
    st.lists(
        st.tuples(st.integers(0, 2 * 1440 - 1), st.integers(1, 600), st.integers(-5000, 5000)),
        min_size=1,
        max_size=30,
        unique_by=lambda each: each[0],
    ),
)
def test_days_of_a_clock_change(start: datetime, readings: list[tuple[int, int, int]]) -> None:
    """Daily cells of Berlin around both changes, minute by minute."""
    samples = [sample(60 * minute, 60 * holds, start=start, power_w=value) for minute, holds, value in readings]
    end = ms(2 * 86_400, start)
    known = by_second(samples, "power_w", range(ms(0, start), end, MINUTE))
    edges = edges_of(ms(0, start), end, DAY, BATTERY.zone)
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_in(Path(folder))
        database.write([(BATTERY, samples)])
        database.roll(end)
        found = {at: astuple(part) for at, _, part in database.series(BATTERY.key, POWER, ms(0, start), end, DAY, end)}
        database.close()
    expected = {
        before: cell
        for before, after in pairwise(edges)
        if (
            cell := gauge(
                known[max(before - ms(0, start), 0) // MINUTE : (after - ms(0, start)) // MINUTE], step_ms=MINUTE
            )
        )
        is not None
    }

    assert found == expected


def test_no_data_is_no_cell(tmp_path: Path) -> None:
    """Two readings with an hour between them: the cells between are not there, and none is zero."""
    database = sqlite_in(tmp_path)
    database.write([(BATTERY, [sample(0, power_w=100), sample(3600, power_w=300)])])
    database.roll(NOW)
    found = database.series(BATTERY.key, POWER, ms(0), ms(LENGTH_S), 5 * MINUTE, NOW)
    database.close()

    assert [to_time(start) - START for start, _, _ in found] == [timedelta(0), timedelta(hours=1)]
