"""A simulated day looks like a day, in any zone, on days of 23 and 25 hours too, and so does the past."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openpower_core.readings import ChargerStatus
from openpower_simulation import Average, House, Plant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def mean(lines: list[Average], field: str, first: int, last: int, tz: ZoneInfo) -> float:
    """The mean of a power between two hours of the local day."""
    values = [getattr(line, field) for line in lines if first <= line.start.astimezone(tz).hour < last]
    return sum(values) / len(values)


def fortnight(house: House) -> list[Average]:
    now = house.start + 14 * DAY
    return house.history(house.start, now, now=now)


@pytest.mark.parametrize(
    ("tz", "latitude"), [("Australia/Sydney", -33.9), ("Europe/Berlin", 52.5), ("America/Denver", 39.7), ("UTC", 0.0)]
)
def test_the_sun_shines_by_day_and_not_by_night(tz: str, latitude: float) -> None:
    """PV is exactly zero at night, and its middle lies near noon."""
    plant = Plant(tz=tz, latitude=latitude, ev=False)
    lines = fortnight(House(plant, start=datetime(2026, 3, 10, 12, tzinfo=UTC)))
    night = [line.pv_w for line in lines if line.start.astimezone(plant.zone).hour in (23, 0, 1, 2, 3)]

    assert set(night) == {0.0}
    assert mean(lines, "pv_w", 11, 14, plant.zone) > 800


def test_people_have_breakfast_and_dinner(house: House) -> None:
    """Load peaks in the morning and, higher, in the evening."""
    lines, tz = fortnight(house), house.plant.zone

    night, breakfast = (mean(lines, "load_w", *hours, tz) for hours in ((1, 4), (6, 9)))
    midday, dinner = (mean(lines, "load_w", *hours, tz) for hours in ((9, 11), (18, 20)))

    assert night < midday < breakfast < dinner
    assert sum(line.energies.load_kwh for line in lines) / 14 == pytest.approx(14, rel=0.2)


def test_the_car_comes_in_the_evening_and_leaves_full_in_the_morning(house: House) -> None:
    """It charges after work, is full by midnight, and is away at noon."""
    tz = house.plant.zone
    lines = fortnight(house)

    assert mean(lines, "ev_w", 18, 21, tz) > 1000
    assert mean(lines, "ev_w", 9, 15, tz) == 0
    now = house.start + 15 * DAY
    noon = now.astimezone(tz).replace(hour=12, minute=0) + DAY
    assert house.at(noon.astimezone(UTC)).charger_status is ChargerStatus.AVAILABLE


def test_a_week_holds_fine_days_and_grey_ones() -> None:
    """Days differ by the clouds."""
    house = House(Plant(seed=3), start=datetime(2026, 10, 1, tzinfo=UTC))
    now = house.start + 30 * DAY
    daily = [house.day_energies(date(2026, 10, 2) + day * DAY, now=now).pv_kwh for day in range(28)]

    assert max(daily) > 2 * min(daily)
    assert 15 < sum(daily) / 28 < 45


@pytest.mark.parametrize(
    ("tz", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Sydney", date(2026, 10, 4), 23),
        ("Australia/Sydney", date(2026, 4, 5), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("America/Santiago", date(2026, 9, 6), 23),
    ],
)
def test_days_on_which_the_clocks_change(tz: str, day: date, hours: float) -> None:
    """A day is as long as its zone makes it, "today" begins with it, and its energies add up."""
    plant = Plant(tz=tz)
    noon_before = datetime(day.year, day.month, day.day, 12, tzinfo=plant.zone) - DAY
    house = House(plant, start=noon_before)
    now = noon_before + 3 * DAY
    lines = [
        line for line in house.history(noon_before, now, now=now) if line.start.astimezone(plant.zone).date() == day
    ]

    assert len(lines) * 5 / 60 == hours
    assert house.day_energies(day, now=now).load_kwh == pytest.approx(sum(line.energies.load_kwh for line in lines))
    last = House(plant, start=noon_before).at(lines[-1].end - timedelta(seconds=1))
    assert last.day == day
    assert last.today.load_kwh == pytest.approx(sum(line.energies.load_kwh for line in lines), abs=1e-3)


def test_today_begins_at_local_midnight(house: House) -> None:
    """The day's counters start from zero when the date changes on the wall."""
    tz = house.plant.zone
    midnight = (house.start.astimezone(tz) + DAY).replace(hour=0, minute=0).astimezone(UTC)

    assert house.at(midnight - timedelta(seconds=1)).today.load_kwh > 5
    assert house.at(midnight).today.load_kwh == 0


def test_the_past_is_there_and_joins_the_present(house: House) -> None:
    """Days before the story have their series, without gaps, and the state of charge never jumps."""
    lines = house.history(house.start - 16 * DAY, house.start, now=house.start)

    assert len(lines) == 16 * 288
    assert all(a.end == b.start for a, b in itertools.pairwise(lines))
    most = house.plant.battery_w / 12 / house.plant.battery_kwh / 10 / 0.9
    assert all(abs(a.soc_pct - b.soc_pct) <= most for a, b in itertools.pairwise(lines))


def test_the_past_does_not_depend_on_what_is_asked_first() -> None:
    """A day of the past is the same whether its year was requested or it alone."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    begin, end = start - 20 * DAY, start - 19 * DAY
    alone, after = House(start=start), House(start=start)
    after.history(start - 40 * DAY, start, now=start)

    assert alone.history(begin, end, now=start) == after.history(begin, end, now=start)


def test_there_is_no_past_before_the_house_was_built(house: House) -> None:
    """Asking for it gives nothing, at no cost."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)

    assert house.history(begin, begin + DAY, now=house.start) == []


def test_nothing_is_reported_of_the_future(house: House) -> None:
    """A series ends with the last whole five minutes before now."""
    now = house.start + timedelta(minutes=62)

    lines = house.history(house.start, now + DAY, now=now)

    assert lines[-1].end == house.start + timedelta(minutes=60)


def test_energies_up_to_now_follow_the_counters(house: House) -> None:
    """Energy from one instant until now is what the counters grew by, to within rounding."""
    before, now = house.at(house.start), house.start + timedelta(hours=17, minutes=3, seconds=21)
    after = house.at(now)

    energies = house.energies(house.start, now, now=now)

    assert energies.load_kwh == pytest.approx(after.total.load_kwh - before.total.load_kwh)
    assert energies.ev_kwh == pytest.approx(after.total.ev_kwh - before.total.ev_kwh)
