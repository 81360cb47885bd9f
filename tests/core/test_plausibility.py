"""A figure that cannot be true is unknown, with its reason; fallback data that are too old are no reading."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_core.errors import ImplausibleValue, StaleData
from openpower_core.plausibility import Plausibility, least_age
from openpower_core.readings import BatteryReading, EnergyCounter, InverterReading, MeterReading, Quality, Stamp

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LIVE = Stamp(received_at=NOON)


def info(kind: type[Any], role: Role, **known: Any) -> Any:
    return kind(id=f"AL0000001/{role}", provider="acme", serial="AL0000001", role=role, **known)


def inverter(**known: Any) -> Plausibility:
    return Plausibility(info(InverterInfo, Role.INVERTER, **known), None)


def meter() -> Plausibility:
    return Plausibility(info(DeviceInfo, Role.METER), None)


def battery(**known: Any) -> Plausibility:
    return Plausibility(info(BatteryInfo, Role.BATTERY, **known), None)


@pytest.mark.parametrize(
    ("figure", "believed"),
    [(5000.0, True), (15_000.0, True), (15_001.0, False), (65_336.0, False), (math.inf, False), (math.nan, False)],
)
def test_ac_power_is_at_most_one_and_a_half_times_the_rating(figure: float, believed: bool) -> None:
    read = inverter(rated_w=10_000).check(InverterReading(stamp=LIVE, ac_w=figure, load_w=300))

    assert (read.ac_w == figure) is believed
    assert [issue.field for issue in read.issues] == ([] if believed else ["ac_w"])


@pytest.mark.parametrize(("modules_w", "most"), [(None, 15_000.0), (8000.0, 15_000.0), (14_000.0, 21_000.0)])
def test_pv_may_be_three_times_the_inverter_or_one_and_a_half_times_the_modules(
    modules_w: float | None, most: float
) -> None:
    check = inverter(rated_w=5000, pv_rated_w=modules_w).check

    assert check(InverterReading(stamp=LIVE, pv_w=most, load_w=1)).pv_w == most
    assert check(InverterReading(stamp=LIVE, pv_w=most + 1, load_w=1)).pv_w is None


@pytest.mark.parametrize(("power_w", "believed"), [(7500, True), (7501, False), (-4500, True), (-4501, False)])
def test_a_battery_is_bound_in_each_direction(power_w: float, believed: bool) -> None:
    read = battery(max_charge_w=3000, max_discharge_w=5000).check(
        BatteryReading(stamp=LIVE, power_w=power_w, soc_pct=50)
    )

    assert (read.power_w is not None) is believed
    assert read.soc_pct == 50


def test_no_home_has_more_than_a_hundred_kilowatts() -> None:
    read = meter().check(MeterReading(stamp=LIVE, power_w=100_001, phases_w=(200.0, 1e6, None)))

    assert read.power_w is None
    assert read.phases_w == (200.0, None, None)
    assert [issue.field for issue in read.issues] == ["power_w", "phases_w"]


@pytest.mark.parametrize(("figure", "believed"), [(6553.5, False), (-3276.8, False), (-20.0, True), (90.0, True)])
def test_no_battery_or_inverter_is_as_hot_as_a_sentinel(figure: float, believed: bool) -> None:
    readings = (
        inverter().check(InverterReading(stamp=LIVE, pv_w=1, temperature_c=figure)),
        battery().check(BatteryReading(stamp=LIVE, power_w=1, temperature_c=figure)),
    )
    for read in readings:
        assert (read.temperature_c == figure) is believed
        assert [issue.field for issue in read.issues] == ([] if believed else ["temperature_c"])


def test_a_battery_management_that_does_not_answer_reads_as_zeros() -> None:
    read = battery().check(BatteryReading(stamp=LIVE, power_w=0, soc_pct=0, soh_pct=0, temperature_c=0.0))

    assert (read.power_w, read.soc_pct, read.soh_pct, read.temperature_c) == (0, None, None, None)
    assert battery().check(BatteryReading(stamp=LIVE, soc_pct=0, soh_pct=0, temperature_c=3.0)).soc_pct == 0


def test_a_reading_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(ImplausibleValue, match=r"6\.5535e\+06"):
        meter().check(MeterReading(stamp=LIVE, power_w=6553500.0))


def test_an_empty_reading_stays_one() -> None:
    assert meter().check(MeterReading(stamp=LIVE)).power_w is None


def test_minus_zero_is_zero() -> None:
    read = meter().check(MeterReading(stamp=LIVE, power_w=-0.0))

    assert math.copysign(1, read.power_w or 0.0) == 1
    assert not read.issues


def test_a_counter_never_falls_until_it_does_so_three_times() -> None:
    check = meter().check

    def total(kwh: float, minute: int) -> float | None:
        stamp = Stamp(received_at=NOON + timedelta(minutes=minute))
        counter = check(MeterReading(stamp=stamp, power_w=1, import_energy=EnergyCounter(total_kwh=kwh))).import_energy
        return counter and counter.total_kwh

    assert [total(1000, 0), total(3, 1), total(3, 1), total(3.1, 2)] == [1000, None, None, None]
    assert [total(1001, 3), total(2, 4), total(2, 5), total(2, 6), total(3, 7)] == [1001, None, None, 2, 3]


@pytest.mark.parametrize("total_kwh", [429_496_729.5, 1e8])
def test_a_counter_has_an_end(total_kwh: float) -> None:
    counter = EnergyCounter(total_kwh=total_kwh, today_kwh=2401)
    read = meter().check(MeterReading(stamp=LIVE, power_w=1, export_energy=counter))

    assert read.export_energy == EnergyCounter()


@pytest.mark.parametrize(
    ("ahead", "measured"),
    [
        (timedelta(0), NOON),
        (timedelta(minutes=5), NOON),
        (timedelta(minutes=5, seconds=1), None),
        (timedelta(hours=10), None),
        (-timedelta(hours=10), NOON - timedelta(hours=10)),
    ],
)
def test_no_live_figure_is_measured_after_it_arrived(ahead: timedelta, measured: datetime | None) -> None:
    read = meter().check(MeterReading(stamp=evolve(LIVE, measured_at=NOON + ahead), power_w=1))

    assert read.stamp.measured_at == measured
    assert read.power_w == 1
    assert [("tz=" in issue.reason) for issue in read.issues] == ([True] if measured is None else [])


@pytest.mark.parametrize("quality", [Quality.AVERAGE, Quality.CACHED])
def test_a_fallback_older_than_half_an_hour_is_stale(quality: Quality) -> None:
    def reading(minutes: int) -> MeterReading:
        stamp = Stamp(received_at=NOON, measured_at=NOON - timedelta(minutes=minutes), quality=quality)
        return MeterReading(stamp=stamp, power_w=1)

    assert meter().check(reading(30)).power_w == 1
    assert meter().check(reading(31), live=False).power_w == 1
    with pytest.raises(StaleData, match="31 min old"):
        meter().check(reading(31))


def test_without_a_zone_the_age_is_the_least_that_any_zone_allows() -> None:
    noon = NOON.replace(tzinfo=None)

    assert least_age(noon, NOON) == timedelta(0)
    assert least_age(noon - timedelta(hours=12), NOON) == timedelta(0)
    assert least_age(noon - timedelta(hours=12, minutes=31), NOON) == timedelta(minutes=31)
    assert least_age(noon + timedelta(hours=14), NOON) == timedelta(0)


@pytest.mark.parametrize(
    ("age", "quality"), [(timedelta(minutes=30), Quality.LIVE), (timedelta(minutes=31), Quality.CACHED)]
)
def test_live_figures_older_than_half_an_hour_are_not_live(age: timedelta, quality: Quality) -> None:
    """They stay, marked: an inverter with a wrong clock may have answered just now. The series are as old as they are."""
    given = MeterReading(stamp=evolve(LIVE, measured_at=NOON - age), power_w=100)
    read = meter().check(given)

    assert (read.power_w, read.stamp.quality, read.stamp.measured_at) == (100, quality, NOON - age)
    assert meter().check_series([given]) == [given]


def test_minus_zero_is_zero_in_counters_and_series() -> None:
    counter = EnergyCounter(total_kwh=-0.0, today_kwh=-0.0)
    given = MeterReading(stamp=LIVE, power_w=-0.0, import_energy=counter)
    for read in (meter().check(given), *meter().check_series([given, given])):
        assert read.import_energy is not None
        figures = [read.power_w, read.import_energy.total_kwh, read.import_energy.today_kwh]
        assert figures == [0, 0, 0]
        assert all(math.copysign(1, figure) > 0 for figure in figures if figure is not None)


def test_a_lost_battery_management_in_a_series() -> None:
    """The row is refused, and the others are as they were; an empty battery that is well is believed."""
    well = BatteryReading(stamp=LIVE, power_w=0, soc_pct=0, soh_pct=99, temperature_c=0)
    lost = evolve(well, soh_pct=0)
    read = battery().check_series([well, lost, well])

    assert [read[0], read[2]] == [well, well]
    assert (read[1].soc_pct, read[1].soh_pct, read[1].temperature_c, read[1].power_w) == (None, None, None, 0)
    assert [issue.field for issue in read[1].issues] == ["soc_pct", "soh_pct", "temperature_c"]
