"""Readings of the simulated home: identity, signs, counters and series, through a whole day and in both flavours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from openpower_core.capabilities import Feature, Support
from openpower_core.devices.info import Role
from openpower_core.errors import InvalidValue
from openpower_core.readings import ChargerStatus, Quality

DAY = timedelta(days=1)
PHYSICAL = ("inverter", "battery", "meter", "ev_charger")


async def test_a_home_has_one_device_of_each_role(home: Any) -> None:
    """Ids are ``<serial>/<role>``; sizes and zone are there."""
    infos = {role: (await home.device(role)).info for role in (*PHYSICAL, "retailer")}

    assert [info.role for info in infos.values()] == [
        Role.INVERTER,
        Role.BATTERY,
        Role.METER,
        Role.EV_CHARGER,
        Role.RETAILER,
    ]
    assert {info.id for info in infos.values()} == {f"DEMO0000000007/{role}" for role in infos}
    assert {info.tz for info in infos.values()} == {"Australia/Sydney"}
    assert infos["battery"].capacity_kwh == 13.3
    assert infos["battery"].usable_kwh < 13.3
    assert infos["inverter"].rated_w == 6000


async def test_everything_is_supported_and_nothing_is_called_proven(home: Any) -> None:
    """A simulation can do all, and says that no hardware is behind it."""
    for role in (*PHYSICAL, "retailer"):
        capabilities = (await home.device(role)).capabilities
        assert all(each.support is Support.FULL for each in capabilities.values())
        assert not any(each.verified for each in capabilities.values())
        assert all("imulated" in each.note for each in capabilities.values())
    assert Feature.EXPORT in (await home.device("battery")).capabilities


async def test_signs_and_balance_through_a_day(home: Any) -> None:
    """Positive flows into the house: pv + battery + grid = load + ev, at every look."""
    seen = []
    for _ in range(96):
        inverter, battery = await home.read("inverter"), await home.read("battery")
        meter, charger = await home.read("meter"), await home.read("ev_charger")
        seen.append((inverter, battery, meter, charger))
        home.later(minutes=15)

    for inverter, battery, meter, charger in seen:
        assert inverter.load_includes_ev is False
        assert inverter.pv_w + battery.power_w + meter.power_w == inverter.load_w + charger.power_w
        assert sum(inverter.pv_strings_w) == inverter.pv_w >= 0
        assert meter.phases_w == (meter.power_w,)
        if battery.power_w > 0:
            assert battery.charging_w == 0
    assert any(battery.charging_w for _, battery, _, _ in seen)
    assert any(battery.discharging_w for _, battery, _, _ in seen)
    assert any(meter.importing_w for _, _, meter, _ in seen)


async def test_the_sun_is_down_at_night(home: Any) -> None:
    """Zero is zero, not unknown."""
    reading = await home.read("inverter")

    assert reading.pv_w == 0
    assert reading.pv_strings_w == (0, 0)


async def test_the_car_arrives_charges_and_leaves(home: Any) -> None:
    """A charging point goes through its states within a few days."""
    seen = set()
    for _ in range(4 * 48):
        reading = await home.read("ev_charger")
        seen.add(reading.status)
        if reading.status is ChargerStatus.CHARGING:
            assert reading.power_w == pytest.approx(reading.current_a * 230, abs=3)
        home.later(minutes=30)

    assert seen == {ChargerStatus.AVAILABLE, ChargerStatus.CHARGING, ChargerStatus.SUSPENDED_EV}


async def test_counters_grow_and_begin_anew_each_day(home: Any) -> None:
    """Lifetime counters never fall; today's comes with its date, in the home's zone."""
    home.later(hours=22)
    evening = await home.read("inverter")
    home.later(hours=2)
    night = await home.read("inverter")

    assert evening.load_energy.today == date(2026, 11, 4)
    assert night.load_energy.today == date(2026, 11, 5)
    assert night.load_energy.today_kwh < evening.load_energy.today_kwh
    assert night.load_energy.total_kwh > evening.load_energy.total_kwh


async def test_stamps_say_when(home: Any) -> None:
    """A live reading is of the present instant, and has the native record that it came from."""
    reading = await home.read("battery")

    assert reading.stamp.measured_at == reading.stamp.received_at == home.clock.now()
    assert reading.stamp.quality is Quality.LIVE
    assert reading.raw.soc_pct == pytest.approx(reading.soc_pct, abs=0.01)


@pytest.mark.parametrize("role", PHYSICAL)
async def test_history_is_averages_in_time_order(home: Any, role: str) -> None:
    """Two days before the connection was made are there, in five-minute averages."""
    now = home.clock.now()
    lines = await home.call(role, "history", now - 2 * DAY, now)

    assert len(lines) == 576
    assert all(line.stamp.quality is Quality.AVERAGE for line in lines)
    assert [line.stamp.measured_at for line in lines] == [now - 2 * DAY + n * timedelta(minutes=5) for n in range(576)]


async def test_history_balances(home: Any) -> None:
    """The averages of all devices balance like the readings."""
    now = home.clock.now()
    series = [await home.call(role, "history", now - DAY, now) for role in PHYSICAL]

    for inverter, battery, meter, charger in zip(*series, strict=True):
        assert inverter.pv_w + battery.power_w + meter.power_w == pytest.approx(inverter.load_w + charger.power_w)


async def test_a_home_without_battery_or_car_has_no_such_device(flavour: Any) -> None:
    """What is not there is not listed."""

    home = flavour.home(battery_kwh=0, ev=False)
    roles = {device.info.role for device in await home.ask(home.connection.devices())}

    assert roles == {Role.INVERTER, Role.METER, Role.RETAILER}


async def test_a_start_in_text_is_meant_on_the_homes_clock(flavour: Any) -> None:
    """``start="2026-06-21T12:00"`` in Berlin is noon in Berlin, with the sun of Europe."""

    from openpower_core.clock import SYSTEM_CLOCK

    home = flavour.home(clock=SYSTEM_CLOCK, tz="Europe/Berlin", start="2026-06-21T12:00")
    reading = await home.read("inverter")

    assert reading.stamp.received_at.isoformat()[:16] == "2026-06-21T10:00"
    assert reading.pv_w > 500


async def test_the_same_seed_is_the_same_home(flavour: Any) -> None:
    """And another seed another one."""

    flavour.clock.advance(timedelta(hours=12))
    same = [await flavour.home(seed=3).read("inverter") for _ in range(2)]
    other = await flavour.home(seed=4).read("inverter")

    assert same[0] == same[1]
    assert same[0].pv_w != other.pv_w


@pytest.mark.parametrize(
    ("option", "value"),
    [("latitude", 91), ("start", "tomorrow"), ("speed", 10), ("price_interval_min", 7), ("battery_kwh", -1)],
)
async def test_options_that_cannot_be_right_are_refused(flavour: Any, option: str, value: object) -> None:
    """Before anything is simulated; speed and a clock of one's own exclude each other."""
    with pytest.raises(InvalidValue):
        flavour.connect(**{option: value})


async def test_a_house_that_stands_takes_no_sizes(flavour: Any) -> None:
    """Two connections may share a house; but it is built already."""
    with pytest.raises(InvalidValue, match="pv_kw"):
        flavour.connect(house=flavour.home().house, pv_kw=3)
