"""Controlling the simulated home: every mode, end, release, schedule, setting and limit, and dry runs that touch nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openpower_core.control import (
    UNTIL_RELEASED,
    BatteryCommand,
    BatteryMode,
    BatterySettings,
    PowerLimits,
    Schedule,
    Weekday,
    Window,
)
from openpower_core.errors import InvalidValue
from openpower_core.writes import WriteState

SYDNEY = ZoneInfo("Australia/Sydney")


async def states(home: Any, hours: float) -> list[Any]:
    """Looks at the house every five minutes."""

    seen = []
    for _ in range(int(hours * 12)):
        seen.append(await home.ask(home.native.status()))
        home.later(minutes=5)
    return seen


@pytest.mark.parametrize("mode", list(BatteryMode))
async def test_each_mode_keeps_to_its_permissions(home: Any, mode: BatteryMode) -> None:
    """Measured flows over a day obey the mode's row of the table."""
    await home.call("battery", "charge", target_soc_pct=60)
    home.later(hours=2)
    receipt = await home.call("battery", "command", BatteryCommand(mode=mode))
    allowed, seen = mode.permissions, await states(home, 24)

    assert receipt.state is WriteState.ACCEPTED
    assert all(s.pv_w + s.battery_w + s.grid_w == s.load_w + s.ev_w and s.battery_mode is mode for s in seen)
    if not allowed.pv_to_battery:
        assert all(s.battery_w >= 0 for s in seen)
    if allowed.grid_to_battery == "forced":
        assert any(s.grid_charge_w > 0 for s in seen)
    else:
        assert all(s.grid_charge_w == 0 for s in seen)
    if not allowed.battery_to_load:
        assert all(s.battery_w <= 0 for s in seen)
    if allowed.battery_to_grid == "forced":
        assert any(s.battery_w > s.load_w + s.ev_w for s in seen)
    else:
        assert all(s.battery_w <= s.load_w + s.ev_w for s in seen)


@pytest.mark.parametrize("short", ["auto", "charge", "hold", "idle", "no_charge", "export"])
async def test_the_short_forms_set_their_mode(home: Any, short: str) -> None:
    """``charge()`` and its like are commands; doing the same again sends nothing."""
    first = await home.call("battery", short)
    second = await home.call("battery", short)

    assert first.state is WriteState.ACCEPTED
    assert second.state is WriteState.UNCHANGED
    assert home.house.at(home.clock.now()).battery_mode.value == short


async def test_a_command_ends_by_itself(home: Any) -> None:
    """The house keeps ``until``: nothing has to release it, and nothing recurs."""
    until = home.clock.now() + timedelta(minutes=47, seconds=11)
    receipt = await home.call("battery", "charge", power_w=3000, until=until)
    during = await home.read("battery")
    home.later(minutes=47, seconds=12)
    after = home.house.at(home.clock.now())

    assert receipt.release_due is None
    assert receipt.recurs_at is None
    assert during.charging_w == 3000
    assert after.battery_mode is BatteryMode.AUTO


async def test_a_command_may_begin_later(home: Any) -> None:
    """Until its start, the battery does what it did."""
    start = home.clock.now() + timedelta(hours=1)
    await home.call("battery", "charge", start=start, until=start + timedelta(hours=1))
    before = await home.read("battery")
    home.later(hours=1)

    assert before.charging_w == 0
    assert (await home.read("battery")).charging_w == 5000


async def test_charging_to_a_target_by_a_time(home: Any) -> None:
    """The main scenario: 80 % by six in the morning, hold until four in the afternoon, then release."""
    six = datetime(2026, 11, 4, 6, tzinfo=SYDNEY)
    await home.call("battery", "charge", target_soc_pct=80, until=six)
    home.later(hours=5)
    at_six = await home.read("battery")
    await home.call("battery", "hold", until=six + timedelta(hours=10))
    current = await states(home, 10)
    await home.call("battery", "release")

    assert at_six.soc_pct == pytest.approx(80, abs=0.1)
    assert all(state.battery_w <= 0 for state in current)
    assert home.house.at(home.clock.now()).battery_mode is BatteryMode.AUTO


async def test_release_puts_back_what_was_there_before_the_first_command(home: Any) -> None:
    """Through any number of commands, the schedule stays, and the earlier command comes back."""
    schedule = Schedule(windows=[Window(start=time(0), end=time(0), mode="hold")])
    await home.call("battery", "set_schedule", schedule)
    await home.call("battery", "charge")
    await home.call("battery", "export")
    receipt = await home.call("battery", "release", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert await home.call("battery", "schedule") == schedule
    assert home.house.at(home.clock.now()).battery_mode is BatteryMode.HOLD


async def test_the_active_command_is_what_release_ends(home: Any) -> None:
    """It is known from the command until its release, without asking the house."""
    assert await home.call("battery", "active_command") is None

    receipt = await home.call("battery", "command", "charge", target_soc_pct=80)
    active = await home.call("battery", "active_command")

    assert active.id == receipt.id
    assert active.command == BatteryCommand(mode=BatteryMode.CHARGE, target_soc_pct=80)
    assert not active.overdue

    await home.call("battery", "release")
    assert await home.call("battery", "active_command") is None


async def test_there_is_nothing_to_release_without_a_command(home: Any) -> None:
    """It says so."""
    receipt = await home.call("battery", "release")

    assert receipt.state is WriteState.UNCHANGED
    assert "Nothing is commanded" in receipt.note


async def test_a_target_without_an_end_ends_the_command(home: Any) -> None:
    """After it the battery serves the house again: over seven days that was 57.3 kWh imported, not 131.6."""
    await home.call("battery", "charge", target_soc_pct=60)
    home.later(hours=12)

    assert home.house.at(home.clock.now()).battery_mode is BatteryMode.AUTO


async def test_a_command_without_an_end_lasts_for_the_default_duration(home: Any) -> None:
    """24 hours, kept by the house; the same command again is told a later end once half of that is over."""
    first = await home.call("battery", "hold")
    again = await home.call("battery", "hold")
    home.later(hours=13)
    later = await home.call("battery", "hold")
    home.later(hours=23)
    holds = home.house.at(home.clock.now()).battery_mode
    home.later(hours=2)

    assert [first.state, again.state, later.state] == ["accepted", "unchanged", "accepted"]
    assert (holds, home.house.at(home.clock.now()).battery_mode) == (BatteryMode.HOLD, BatteryMode.AUTO)


async def test_until_released_has_no_end(home: Any) -> None:
    """Where no end is meant."""
    await home.call("battery", "hold", until=UNTIL_RELEASED)
    home.later(hours=60)
    holds = home.house.at(home.clock.now()).battery_mode
    await home.call("battery", "release")

    assert (holds, home.house.at(home.clock.now()).battery_mode) == (BatteryMode.HOLD, BatteryMode.AUTO)


async def test_a_schedule_is_kept_whole_and_obeyed(home: Any) -> None:
    """What is written is read again; the house follows it on its own clock."""
    schedule = Schedule(
        windows=[
            Window(start=time(2), end=time(4), mode="charge", power_w=2000, target_soc_pct=70),
            Window(start=time(22), end=time(1), mode="idle", days=[Weekday.WEDNESDAY]),
        ],
        otherwise="hold",
    )
    receipt = await home.call("battery", "set_schedule", schedule, confirm="readback")
    home.later(hours=1)  # 02:00
    charging = await home.read("battery")
    home.later(hours=20)  # 22:00 on Wednesday

    assert receipt.state is WriteState.CONFIRMED
    assert await home.call("battery", "schedule") == schedule
    assert charging.charging_w == 2000
    assert home.house.at(home.clock.now()).battery_mode is BatteryMode.IDLE


@pytest.mark.parametrize("midnight", [datetime(2026, 10, 4, tzinfo=SYDNEY), datetime(2026, 4, 5, tzinfo=SYDNEY)])
async def test_a_schedule_follows_the_clock_through_its_changes(flavour: Any, midnight: datetime) -> None:
    """On the days of 23 and 25 hours, five in the morning is five in the morning."""

    from openpower_core.clock import ManualClock

    flavour.clock = ManualClock(midnight)
    home = flavour.home()
    window = Window(start=time(5), end=time(6), mode="charge", power_w=1000)
    await home.call("battery", "set_schedule", Schedule(windows=[window], otherwise="idle"))
    seen = await states(home, 8)
    charging = {state.time.astimezone(SYDNEY).hour for state in seen if state.battery_mode == "charge"}

    assert charging == {5}
    assert sum(state.battery_mode == "charge" for state in seen) == 12


async def test_a_schedule_in_another_zone_is_refused(home: Any) -> None:
    """Wall-clock times cannot follow two clocks."""
    with pytest.raises(InvalidValue, match="Europe/Berlin"):
        await home.call("battery", "set_schedule", Schedule(tz="Europe/Berlin"))
    same = await home.call("battery", "set_schedule", Schedule(tz="Australia/Sydney"))

    assert same.state is WriteState.UNCHANGED


async def test_a_dry_run_touches_nothing(home: Any) -> None:
    """Plans come back, with their native calls, and the house stays as it was."""
    before = home.house.controls
    receipts = [
        await home.call("battery", "charge", dry_run=True),
        await home.call("battery", "set_schedule", Schedule(otherwise="idle"), dry_run=True),
        await home.call("battery", "apply_settings", reserve_soc_pct=30, dry_run=True),
        await home.call("inverter", "set_export_limit", 1000, dry_run=True),
        await home.call("ev_charger", "stop", dry_run=True),
        await home.call("ev_charger", "set_current_limit", 10, dry_run=True),
    ]

    assert {receipt.state for receipt in receipts} == {WriteState.PLANNED}
    assert all(len(receipt.calls) == 1 for receipt in receipts)
    assert home.house.controls == before


@pytest.mark.parametrize("mode", list(BatteryMode))
async def test_power_limits_hold_in_every_mode(home: Any, mode: BatteryMode) -> None:
    """Whatever the mode and the power that a command asks for; the mode itself stays as it was."""
    await home.call("battery", "charge", target_soc_pct=60)
    home.later(hours=3)
    await home.call("battery", "apply_settings", max_charge_w=700, max_discharge_w=400)
    power = {"power_w": 3000} if mode in (BatteryMode.CHARGE, BatteryMode.EXPORT) else {}
    await home.call("battery", "command", mode, until=UNTIL_RELEASED, **power)
    seen = await states(home, 24)

    assert all(-700 <= each.battery_w <= 400 and each.battery_mode is mode for each in seen)
    assert all(each.pv_w + each.battery_w + each.grid_w == each.load_w + each.ev_w for each in seen)
    allowed = mode.permissions
    assert (min(each.battery_w for each in seen) == -700) is (allowed.pv_to_battery or bool(allowed.grid_to_battery))
    assert (max(each.battery_w for each in seen) == 400) is allowed.battery_to_load


async def test_power_limits_are_set_and_lifted_one_by_one(home: Any) -> None:
    """None lifts one; a fraction of a watt goes down, and more than the battery can do becomes that."""
    receipt = await home.call("battery", "apply_settings", max_charge_w=700.9, max_discharge_w=9000)
    limits = (await home.call("battery", "settings")).power_limits
    lifted = await home.call("battery", "apply_settings", max_discharge_w=None)

    assert [(each.field, each.asked, each.got) for each in receipt.adjustments] == [
        ("max_charge_w", 700.9, 700),
        ("max_discharge_w", 9000, 5000),
    ]
    assert limits == PowerLimits(max_charge_w=700, max_discharge_w=5000)
    assert lifted.state is WriteState.ACCEPTED
    assert (await home.call("battery", "settings")).power_limits == PowerLimits(max_charge_w=700)
    assert (await home.call("battery", "apply_settings", max_charge_w=700)).state is WriteState.UNCHANGED
    with pytest.raises(InvalidValue, match="max_charge_w"):
        await home.call("battery", "apply_settings", max_charge_w=-1)


async def test_a_battery_that_may_not_charge_keeps_its_mode(home: Any) -> None:
    """A limit of 0 W is no reached target: the command goes on, and charges once the limit is lifted."""
    await home.call("battery", "apply_settings", max_charge_w=0)
    await home.call("battery", "charge", target_soc_pct=90, then="release", until=UNTIL_RELEASED)
    limited = await states(home, 2)
    await home.call("battery", "apply_settings", max_charge_w=None)
    after = await states(home, 1)

    assert all(each.battery_w == 0 and each.battery_mode is BatteryMode.CHARGE for each in limited)
    assert all(each.battery_w == -5000 for each in after)


@pytest.mark.parametrize(("amps", "scope"), [(3, "charger"), (19, "site")])
async def test_a_current_limit_below_the_least_is_refused(home: Any, amps: float, scope: str) -> None:
    """Raising it would allow more than was asked for."""
    before = await home.call("ev_charger", "limits")
    with pytest.raises(InvalidValue, match="amps"):
        await home.call("ev_charger", "set_current_limit", amps, scope=scope)
    assert await home.call("ev_charger", "limits") == before


async def test_settings_change_only_where_they_are_named(home: Any) -> None:
    """And a reserve below what the battery allows is adjusted, and said."""
    receipt = await home.call("battery", "apply_settings", reserve_soc_pct=2, confirm="readback")
    again = await home.call("battery", "apply_settings", reserve_soc_pct=5)

    assert receipt.state is WriteState.CONFIRMED
    assert [(a.field, a.asked, a.got) for a in receipt.adjustments] == [("reserve_soc_pct", 2, 5)]
    assert again.state is WriteState.UNCHANGED
    assert await home.call("battery", "settings") == BatterySettings(
        reserve_soc_pct=5, max_soc_pct=100, grid_charge_allowed=True, power_limits=PowerLimits()
    )


async def test_more_power_than_there_is_is_an_adjustment(home: Any) -> None:
    """Windows are cut to the battery's power, by name; a command above the nameplate is refused with the figure."""
    with pytest.raises(InvalidValue, match="power_w is 20000; it must be at most 5000 W"):
        await home.call("battery", "charge", power_w=20_000)
    window = Window(start=time(1), end=time(2), mode="export", power_w=7000)
    schedule = await home.call("battery", "set_schedule", Schedule(windows=[window]))

    assert [(a.field, a.got) for a in schedule.adjustments] == [("windows[0].power_w", 5000)]


async def test_an_end_in_the_past_is_refused(home: Any) -> None:
    """It would never have run."""
    with pytest.raises(InvalidValue, match="has passed"):
        await home.call("battery", "charge", until=home.clock.now() - timedelta(minutes=1))


async def test_the_export_limit_holds_and_lifts(home: Any) -> None:
    """With a limit of 500 W and an idle battery, never more than that reaches the grid."""
    await home.call("battery", "idle")
    receipt = await home.call("inverter", "set_export_limit", 500, confirm="readback")
    limited = await states(home, 24)
    assert await home.call("inverter", "export_limit") == 500
    await home.call("inverter", "set_export_limit", None)
    free = await states(home, 24)

    assert receipt.state is WriteState.CONFIRMED
    assert max(-state.grid_w for state in limited) == 500
    assert max(-state.grid_w for state in free) > 500
    assert await home.call("inverter", "export_limit") is None


async def to_the_car(home: Any) -> None:
    """Wait until the car charges."""
    for _ in range(4 * 24 * 12):
        if (await home.read("ev_charger")).power_w > 0:
            return
        home.later(minutes=5)
    raise AssertionError("the car never came")


async def test_the_car_is_stopped_and_started(home: Any) -> None:
    """Stopping and starting show at once; doing either twice sends nothing."""
    await to_the_car(home)
    stop = [await home.call("ev_charger", "stop") for _ in range(2)]
    stopped = await home.read("ev_charger")
    start = [await home.call("ev_charger", "start", confirm="readback") for _ in range(2)]
    started = await home.read("ev_charger")

    assert [receipt.state for receipt in stop] == [WriteState.ACCEPTED, WriteState.UNCHANGED]
    assert [receipt.state for receipt in start] == [WriteState.CONFIRMED, WriteState.UNCHANGED]
    assert stopped.power_w == 0
    assert stopped.status.value == "suspended_evse"
    assert started.status.value == "charging"


async def test_current_limits_of_charger_and_site(home: Any) -> None:
    """Each scope limits its own; what is above the range or between amperes is adjusted downwards."""
    await to_the_car(home)
    charger = await home.call("ev_charger", "set_current_limit", 10.7)
    slow = await home.read("ev_charger")
    site = await home.call("ev_charger", "set_current_limit", 70, scope="site")
    limits = await home.call("ev_charger", "limits")

    assert [(a.asked, a.got) for a in charger.adjustments] == [(10.7, 10)]
    assert slow.current_a == 10
    assert [(a.asked, a.got) for a in site.adjustments] == [(70, 63)]
    assert (limits.min_a, limits.max_a, limits.present_a) == (6, 32, 10)
    with pytest.raises(InvalidValue):
        await home.call("ev_charger", "set_current_limit", 0)


async def test_native_writes_hold_at_once_and_are_audited(home: Any) -> None:
    """The home's own API writes through the same gate."""

    from openpower_demo import ExportLimit, Program

    await home.ask(home.native.set_program(Program(command=BatteryCommand(mode="charge"))))
    await home.ask(home.native.set_export_limit(2000))

    assert (await home.read("battery")).charging_w == 5000
    assert await home.ask(home.native.get_export_limit()) == 2000
    assert await home.call("inverter", "export_limit") == ExportLimit(limit_w=2000).limit_w


async def test_a_receipt_is_confirmed_later(home: Any) -> None:
    """``confirm`` takes an accepted receipt up again."""
    receipt = await home.call("battery", "hold")

    confirmed = await home.call("battery", "confirm", receipt)

    assert confirmed.state is WriteState.CONFIRMED


async def test_a_restart_forgets_nothing(flavour: Any, tmp_path: Any) -> None:
    """With a state folder, the next connection to the same house confirms and releases what the first one wrote."""
    first = flavour.home(state_dir=tmp_path)
    receipt = await first.call("battery", "export")
    await first.close()
    second = flavour.home(state_dir=tmp_path, house=first.house)
    confirmed = await second.call("battery", "confirm", receipt)
    released = await second.call("battery", "release", confirm="readback")
    await second.close()

    assert confirmed.state is WriteState.CONFIRMED
    assert released.state is WriteState.CONFIRMED
    assert first.house.at(flavour.clock.now()).battery_mode is BatteryMode.AUTO


async def test_when_the_controller_dies_the_house_keeps_the_end(flavour: Any) -> None:
    """A charge until six ends at six, and nothing of it comes back the next night."""
    controller, six = flavour.home(), datetime(2026, 11, 4, 6, tzinfo=SYDNEY)
    receipt = await controller.call("battery", "charge", until=six)
    house = controller.house
    del controller
    seen = await states(flavour.home(house=house), 36)

    assert receipt.recurs_at is None
    assert all((state.battery_mode == "charge") == (state.time < six) for state in seen)


async def test_a_state_folder_remembers_the_home(flavour: Any, tmp_path: Any) -> None:
    """A later connection finds the battery where the earlier one's command has brought it."""
    first = flavour.home(state_dir=tmp_path)
    await first.call("battery", "charge", target_soc_pct=90)
    await first.call("inverter", "set_export_limit", 3000)
    await first.close()
    flavour.clock.advance(timedelta(hours=4))
    second = flavour.home(state_dir=tmp_path)
    reading = await second.read("battery")
    released = await second.call("battery", "release", confirm="readback")
    limit = await second.call("inverter", "export_limit")
    await second.close()

    assert reading.soc_pct == pytest.approx(90, abs=0.1)
    assert reading.soc_pct == round(first.house.at(flavour.clock.now()).soc_pct, 2)
    assert released.state is WriteState.CONFIRMED
    assert limit == 3000


async def test_an_old_memory_counts_by_its_outcome(flavour: Any, tmp_path: Any) -> None:
    """Weeks later the settings still apply, without simulating every day again; a damaged file starts afresh."""
    first = flavour.home(state_dir=tmp_path)
    for reserve in (20, 30):
        await first.call("battery", "apply_settings", reserve_soc_pct=reserve)
    await first.close()
    flavour.clock.advance(timedelta(days=60))
    second = flavour.home(state_dir=tmp_path)
    settings = await second.call("battery", "settings")
    await second.close()
    (tmp_path / "demo-home-7.sqlite").write_text("{")
    third = flavour.home(state_dir=tmp_path)
    anew = await third.call("battery", "settings")
    await third.close()

    assert settings.reserve_soc_pct == 30
    assert second.house.start == flavour.clock.now() - timedelta(days=7)
    assert anew.reserve_soc_pct == 10


async def test_twenty_at_once_make_one_write(flavour: Any) -> None:
    """The second caller finds it done."""
    home = flavour.home()
    battery = await home.device("battery")
    if flavour.name == "sync":
        with ThreadPoolExecutor(20) as pool:
            receipts = list(pool.map(lambda _: battery.hold(), range(20)))
    else:
        receipts = await asyncio.gather(*(battery.hold() for _ in range(20)))
    states = [receipt.state for receipt in receipts]

    assert states.count(WriteState.ACCEPTED) == 1
    assert states.count(WriteState.UNCHANGED) == 19
