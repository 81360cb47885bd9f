"""The battery keeps to the permissions of its mode, to targets, reserves and times."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from openpower_core.control import BatteryCommand, BatteryMode, Schedule, Weekday, Window
from openpower_simulation import BatteryDirective, House, Plant, ScheduleController, Snapshot

START = datetime(2026, 11, 3, 14, tzinfo=UTC)
"""01:00 in Sydney, in spring."""


def course(house: House, hours: float = 48, minutes: int = 5) -> list[Snapshot]:
    """Looks at the house every few minutes."""
    count = int(hours * 60 / minutes)
    return [house.at(house.start + n * timedelta(minutes=minutes)) for n in range(count)]


def first_charging(plant: Plant) -> datetime:
    """When the car of such a house begins to charge."""
    return next(s.time for s in course(House(plant, start=START), hours=72) if s.ev_w > 0)


def commanded(mode: BatteryMode, **command: object) -> House:
    house = House(Plant(seed=7), start=START)
    plan = ScheduleController(command=BatteryCommand(mode=mode, **command))  # type: ignore[arg-type]
    house.change(START, controller=plan)
    return house


@pytest.mark.parametrize("mode", list(BatteryMode))
def test_each_mode_keeps_to_its_permissions(mode: BatteryMode) -> None:
    """Over two days, no flow happens that the mode's row forbids, and the forced ones do."""
    allowed = mode.permissions
    house = commanded(BatteryMode.CHARGE, target_soc_pct=60, until=START + timedelta(hours=2))
    house.at(START + timedelta(hours=2))
    house.change(START, controller=ScheduleController(command=BatteryCommand(mode=mode)))
    states = course(house)[24:]
    surplus = [state for state in states if state.pv_w > state.load_w + state.ev_w]
    lack = [state for state in states if state.pv_w < state.load_w + state.ev_w]

    assert surplus
    assert lack
    if not allowed.pv_to_battery:
        assert all(state.battery_w >= 0 for state in states)
    if allowed.grid_to_battery != "forced":
        assert all(state.grid_charge_w == 0 for state in states)
    else:
        assert any(state.grid_charge_w > 1000 for state in states)
    if not allowed.battery_to_load:
        assert all(state.battery_w <= 0 for state in states)
    if allowed.battery_to_grid == "forced":
        assert any(state.battery_w > state.load_w + state.ev_w for state in states)
    else:
        assert all(state.battery_w <= max(0, state.load_w + state.ev_w - state.pv_w) for state in states)
    if allowed.pv_to_battery and mode is not BatteryMode.CHARGE:
        assert any(state.battery_w < 0 for state in surplus)


def test_charging_fills_the_battery_at_the_power_asked_for() -> None:
    """A charge at 2 kW takes 2 kW from the bus until the battery is full."""
    house = commanded(BatteryMode.CHARGE, power_w=2000)

    assert house.at(START + timedelta(hours=1)).battery_w == -2000
    assert house.at(START + timedelta(hours=12)).soc_pct == pytest.approx(100, abs=0.01)


def test_charging_stops_at_its_target_and_holds_it() -> None:
    """Above the target the battery rests."""
    house = commanded(BatteryMode.CHARGE, target_soc_pct=60)
    state = house.at(START + timedelta(hours=4))

    assert state.soc_pct == pytest.approx(60, abs=0.01)
    assert state.battery_mode is BatteryMode.IDLE
    assert house.at(START + timedelta(hours=18)).soc_pct == state.soc_pct


def test_a_directive_says_what_follows_the_target() -> None:
    """A vendor whose battery goes on taking PV above the target says HOLD."""

    class UpTo60:
        def directive(self, situation: object) -> BatteryDirective:
            return BatteryDirective(mode=BatteryMode.CHARGE, target_soc_pct=60, at_target=BatteryMode.HOLD)

    house = House(Plant(seed=7), start=START)
    house.change(START, controller=UpTo60())

    assert house.at(START + timedelta(hours=4)).battery_mode is BatteryMode.HOLD
    assert house.at(START + timedelta(hours=14)).soc_pct > 65


def test_exporting_stops_at_its_target_and_serves_the_house() -> None:
    """Below the target nothing is forced into the grid any more."""
    house = House(Plant(seed=7), start=START)
    house.change(START, controller=ScheduleController(command=BatteryCommand(mode="charge")))
    full = START + timedelta(hours=3)
    export = BatteryCommand(mode="export", target_soc_pct=50)
    house.change(full, controller=ScheduleController(command=export))
    soon, later = house.at(full + timedelta(minutes=10)), house.at(full + timedelta(hours=2))

    assert soon.battery_w == 5000
    assert later.battery_mode is BatteryMode.NO_CHARGE
    assert 40 < later.soc_pct <= 50


def test_the_reserve_stays_in_the_battery() -> None:
    """Nothing discharges below the reserve."""
    house = commanded(BatteryMode.CHARGE, until=START + timedelta(hours=3))
    house.change(START, reserve_soc_pct=40)

    assert min(state.soc_pct for state in course(house)[40:]) == pytest.approx(40, abs=0.01)


def test_the_grid_charges_only_where_it_may() -> None:
    """With grid charging barred, a charge takes PV alone; above max_soc_pct the same."""
    barred = commanded(BatteryMode.CHARGE)
    barred.change(START, grid_charge_allowed=False)
    capped = commanded(BatteryMode.CHARGE)
    capped.change(START, max_soc_pct=30)

    assert all(state.grid_charge_w == 0 for state in course(barred))
    assert capped.at(START + timedelta(hours=4)).soc_pct == pytest.approx(30, abs=0.01)
    assert capped.at(START + timedelta(hours=14)).soc_pct > 35


def test_a_command_ends_to_the_second() -> None:
    """``until`` holds even where it is no whole minute."""
    until = START + timedelta(minutes=30, seconds=17)
    house = commanded(BatteryMode.CHARGE, until=until)

    assert house.at(until - timedelta(seconds=1)).battery_mode is BatteryMode.CHARGE
    assert house.at(until).battery_mode is BatteryMode.AUTO


def test_a_command_begins_when_it_says() -> None:
    """``start`` in the future waits."""
    start = START + timedelta(minutes=30, seconds=17)
    house = commanded(BatteryMode.CHARGE, start=start)

    assert house.at(start - timedelta(seconds=1)).battery_mode is BatteryMode.AUTO
    assert house.at(start).battery_mode is BatteryMode.CHARGE


@pytest.mark.parametrize("day", ["2026-10-03", "2026-10-04", "2026-10-05", "2026-04-05"])
def test_a_schedule_follows_the_clock_on_the_wall(day: str) -> None:
    """A window from 05:00 to 06:30 is just that, also on days on which the clocks change."""
    plant = Plant(seed=7)
    begin = datetime.fromisoformat(day).replace(hour=5, tzinfo=plant.zone)
    house = House(plant, start=begin - timedelta(days=1))
    schedule = Schedule(windows=[Window(start=time(5), end=time(6, 30), mode="charge")])
    house.change(house.start, controller=ScheduleController(schedule=schedule))
    modes = {offset: house.at(begin + timedelta(minutes=offset)).battery_mode for offset in (-1, 0, 89, 90)}

    assert modes == {-1: BatteryMode.AUTO, 0: BatteryMode.CHARGE, 89: BatteryMode.CHARGE, 90: BatteryMode.AUTO}


def test_windows_know_their_weekdays_and_run_past_midnight() -> None:
    """A window that starts on Wednesday at 23:00 runs until Thursday 02:00, once a week."""
    plant = Plant(seed=7)
    night = Window(start=time(23), end=time(2), mode="idle", days=[Weekday.WEDNESDAY])
    house = House(plant, start=START)
    house.change(START, controller=ScheduleController(schedule=Schedule(windows=[night], otherwise="hold")))
    wednesday = datetime(2026, 11, 4, 23, 30, tzinfo=plant.zone)

    assert house.at(wednesday).battery_mode is BatteryMode.IDLE
    assert house.at(wednesday + timedelta(hours=2)).battery_mode is BatteryMode.IDLE
    assert house.at(wednesday + timedelta(hours=3)).battery_mode is BatteryMode.HOLD
    assert house.at(wednesday + timedelta(days=1)).battery_mode is BatteryMode.HOLD


def test_an_export_limit_curtails_the_sun() -> None:
    """With no export allowed, the house takes only what it can use."""
    house = House(Plant(seed=7), start=START)
    house.change(START, controller=ScheduleController(command=BatteryCommand(mode="idle")), export_limit_w=0)
    states = course(house)

    assert all(state.grid_w >= 0 for state in states)
    assert any(state.pv_w < state.pv_available_w for state in states)


def test_a_stopped_car_stays_stopped_until_it_leaves() -> None:
    """Stopping lasts for the car's stay; the next evening it charges again."""
    house = House(Plant(seed=7), start=START)
    charging = first_charging(house.plant)
    house.change(charging, ev_stopped=True)
    midnight = house.at(charging + timedelta(hours=4))
    following = [house.at(charging + timedelta(hours=12, minutes=10 * n)) for n in range(6 * 48)]

    assert midnight.ev_w == 0
    assert midnight.charger_status.value == "suspended_evse"
    assert any(state.ev_w > 0 for state in following)


def test_the_car_draws_no_more_than_its_limit_and_yields_to_the_fuse() -> None:
    """A limit below the charger's least current stops the car; a small fuse slows it."""
    house = House(Plant(seed=7, battery_kwh=0), start=START)
    charging = first_charging(house.plant)
    house.change(charging, charger_limit_a=10)
    limited = house.at(charging + timedelta(minutes=2))
    house.change(charging + timedelta(minutes=3), charger_limit_a=32, site_limit_a=20)
    fused = house.at(charging + timedelta(minutes=5))
    house.change(charging + timedelta(minutes=6), charger_limit_a=5)

    assert limited.ev_current_a == 10
    assert fused.grid_w <= 20 * 230
    assert house.at(charging + timedelta(minutes=7)).ev_w == 0
