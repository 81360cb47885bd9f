"""Batteries under control, over both generations of the emulated service, in both flavours."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.capabilities import Feature, Support
from openpower_core.control import UNTIL_RELEASED, BatteryMode, Schedule, Weekday, Window
from openpower_core.provider import hookimpl
from openpower_core.registry.hooks import HOOKS
from openpower_core.writes import WriteState

AT_SIX = datetime(2026, 1, 13, 5, 0, tzinfo=UTC)  # Tuesday 06:00 in Berlin
CHARGE, HOLD, AUTO = BatteryMode.CHARGE, BatteryMode.HOLD, BatteryMode.AUTO


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def close(home: Any) -> None:
    await ok(home.close() if hasattr(home, "close") else home.aclose())


def window(start: str, end: str, mode: BatteryMode, **more: Any) -> Window:
    return Window(start=time.fromisoformat(start), end=time.fromisoformat(end), mode=mode, **more)


NIGHTS = Schedule(windows=(window("01:00", "03:00", CHARGE, target_soc_pct=60, power_w=None),))


async def test_charging_until_six(emulated: Any) -> None:
    """The window starts at the running quarter hour, ends at six, and says when it has to be released."""
    battery = await ok(emulated.connect().battery())

    receipt = await ok(battery.charge(target_soc_pct=80, until=AT_SIX, unattended=True))

    assert receipt.state is WriteState.ACCEPTED
    assert receipt.release_due == AT_SIX
    daily = emulated.system.quirks.generation == "legacy"
    back = datetime(2026, 1, 13, 21, 0, tzinfo=UTC)
    assert receipt.recurs_at == (back if daily else back + timedelta(days=6))
    assert receipt.adjustments == ()
    assert emulated.soc() < 60
    emulated.to("05:59")
    assert emulated.soc() == pytest.approx(80, abs=1.5)


async def test_the_schedule_comes_back(emulated: Any) -> None:
    """release() restores what was set before the command; a second one has nothing to do."""
    battery = await ok(emulated.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))
    before = await ok(battery.schedule())

    await ok(battery.charge(target_soc_pct=90, until=AT_SIX, unattended=True, confirm="readback"))
    during = await ok(battery.schedule())
    await ok(battery.release(confirm="readback"))

    assert during != before
    assert await ok(battery.schedule()) == before
    sent = len(emulated.writes)
    assert (await ok(battery.release())).state is WriteState.UNCHANGED
    assert len(emulated.writes) == sent


async def test_release_without_a_command(emulated: Any) -> None:
    """On something that nobody commanded it does nothing, and says so."""
    battery = await ok(emulated.connect().battery())

    receipt = await ok(battery.release())

    assert receipt.state is WriteState.UNCHANGED
    assert "nothing to release" in receipt.note
    assert emulated.writes == []


async def test_commands_follow_each_other(emulated: Any) -> None:
    """A second command replaces the first; release goes back to before both."""
    battery = await ok(emulated.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))
    before = await ok(battery.schedule())

    await ok(battery.charge(target_soc_pct=80, until=AT_SIX, unattended=True, confirm="readback"))
    emulated.to("06:00")
    at_four = AT_SIX + timedelta(hours=10)
    receipt = await ok(battery.hold(until=at_four, unattended=True, confirm="readback"))

    modes = {each.mode for each in (await ok(battery.schedule())).windows}
    assert HOLD in modes or (await ok(battery.schedule())).otherwise is HOLD
    assert receipt.release_due == at_four
    assert "unproven" in receipt.note or "not proven" in receipt.note
    emulated.to("07:00")
    current = emulated.soc()
    emulated.to("15:59")
    assert emulated.soc() >= current - 0.5
    await ok(battery.release(confirm="readback"))
    assert await ok(battery.schedule()) == before


async def test_the_same_write_twice(emulated: Any) -> None:
    """The second sends nothing, also some minutes later, for schedules, settings and commands."""
    battery = await ok(emulated.connect().battery())
    first = await ok(battery.set_schedule(NIGHTS))
    emulated.clock.advance(600)
    second = await ok(battery.set_schedule(NIGHTS))
    count = len(emulated.writes)

    assert (first.state, second.state) == (WriteState.ACCEPTED, WriteState.UNCHANGED)

    await ok(battery.charge(target_soc_pct=90, until=AT_SIX, unattended=True))
    sent = len(emulated.writes)
    emulated.clock.advance(1200)
    again = await ok(battery.charge(target_soc_pct=90, until=AT_SIX, unattended=True))
    assert again.state is WriteState.UNCHANGED
    assert again.release_due == AT_SIX
    assert len(emulated.writes) == sent > count


async def test_dry_run(emulated: Any) -> None:
    """A plan names the vendor's calls and sends no write."""
    battery = await ok(emulated.connect().battery())

    receipt = await ok(battery.charge(target_soc_pct=80, until=AT_SIX, dry_run=True))

    assert receipt.state is WriteState.PLANNED
    assert emulated.writes == []
    (call,) = receipt.calls
    assert call.method in ("updateChargeConfigInfo", "setTimeChargeBySn")
    assert "sysSn" not in call.arguments


async def test_many_at_once(emulated: Any) -> None:
    """Twenty identical writes at the same time are one."""
    battery = await ok(emulated.connect().battery())
    await ok(battery.schedule())

    if emulated.flavour == "sync":
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: battery.set_schedule(NIGHTS), range(20)))
    else:
        await asyncio.gather(*(battery.set_schedule(NIGHTS) for _ in range(20)))

    assert len(emulated.writes) == 1


async def test_a_lost_answer_is_settled_by_reading(emulated: Any) -> None:
    """The write is not repeated; the current state shows that it arrived."""
    battery = await ok(emulated.connect().battery())
    emulated.lost = 1

    receipt = await ok(battery.set_schedule(NIGHTS))

    assert receipt.state is WriteState.CONFIRMED
    assert len(emulated.writes) == 1


async def test_a_failed_read_never_causes_a_write(emulated: Any) -> None:
    """ "Could not read" is not "differs"."""
    battery = await ok(emulated.connect().battery())
    await ok(battery.schedule())
    name = "getTimeChargeBySn" if emulated.system.quirks.generation == "periodic" else "getChargeConfigInfo"
    emulated.emulator.refuse(name, 6042, times=5)

    with pytest.raises(errors.DeviceOffline):
        await ok(battery.set_schedule(NIGHTS))

    assert emulated.writes == []


async def test_unattended_is_needed(emulated: Any) -> None:
    """Without a state folder nothing would release it, so the call refuses and says why."""
    battery = await ok(emulated.connect().battery())

    with pytest.raises(errors.InvalidValue, match="unattended"):
        await ok(battery.charge(until=AT_SIX))

    assert emulated.writes == []


async def test_one_write_a_day(emulated: Any, tmp_path: Any) -> None:
    """With writes_per_day=1 the second is HELD, with the time, after a restart too; native ones count."""
    home = emulated.connect(writes_per_day=1, state_dir=tmp_path)
    battery = await ok(home.battery())
    await ok(battery.set_schedule(NIGHTS))
    with pytest.raises(errors.WriteBudgetExhausted) as caught:
        await ok(battery.set_schedule(Schedule()))
    await close(home)

    home = emulated.connect(writes_per_day=1, state_dir=tmp_path)
    off = (time(0), time(0))
    native = home.native.for_device(emulated.system.serial)
    with pytest.raises(errors.WriteBudgetExhausted):
        await ok(native.set_charging_settings(0.9, True, off, off))
    await close(home)

    assert caught.value.receipt
    assert caught.value.receipt.state is WriteState.HELD
    assert caught.value.retry_at is not None
    assert caught.value.retry_at > emulated.clock.now() + timedelta(hours=23)
    assert len(emulated.writes) == 1


async def test_the_controller_dies(emulated: Any) -> None:
    """Without a release the house does it again exactly when the receipt said, and not before."""
    battery = await ok(emulated.connect().battery())
    receipt = await ok(battery.charge(target_soc_pct=95, until=AT_SIX, unattended=True))
    emulated.to("06:30")
    drained: Any = receipt.recurs_at - timedelta(minutes=20)
    emulated.clock.advance(drained - emulated.clock.now())
    before = emulated.system.house.at(emulated.clock.now())

    emulated.clock.advance(timedelta(minutes=40))
    after = emulated.system.house.at(emulated.clock.now())

    assert before.battery_w >= 0
    assert after.battery_w < 0


async def test_auto_without_an_end(emulated: Any) -> None:
    """auto() switches everything off, whatever was scheduled; release brings it back."""
    battery = await ok(emulated.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))

    receipt = await ok(battery.auto(confirm="readback"))

    assert receipt.state is WriteState.CONFIRMED
    assert (receipt.release_due, receipt.recurs_at) == (None, None)
    assert await ok(battery.schedule()) == Schedule()
    await ok(battery.release(confirm="readback"))
    assert (await ok(battery.schedule())).windows


async def test_charging_without_an_end(emulated: Any) -> None:
    """Until released, the whole day is one charge; no zone is needed for it."""
    battery = await ok(emulated.connect(tz=None).battery())

    receipt = await ok(battery.charge(until=UNTIL_RELEASED, confirm="readback"))

    assert receipt.release_due is None
    windows = (await ok(battery.schedule())).windows
    assert {(each.start, each.end, each.mode) for each in windows} == {(time(0), time(0), CHARGE)}


async def test_until_needs_the_zone(emulated: Any) -> None:
    """Without tz= an instant has no wall-clock time."""
    battery = await ok(emulated.connect(tz=None).battery())

    with pytest.raises(errors.InvalidValue, match="tz="):
        await ok(battery.charge(until=AT_SIX, unattended=True))
    with pytest.raises(errors.InvalidValue, match="tz="):
        await ok(battery.set_schedule(Schedule(tz="Europe/Berlin")))

    assert emulated.writes == []


async def test_a_schedule_in_another_zone(emulated: Any) -> None:
    """Wall-clock times cannot follow two clocks."""
    battery = await ok(emulated.connect().battery())

    with pytest.raises(errors.InvalidValue, match="Sydney"):
        await ok(battery.set_schedule(Schedule(tz="Australia/Sydney")))

    await ok(battery.set_schedule(Schedule(tz="Europe/Berlin")))


async def test_a_command_for_later(emulated: Any) -> None:
    """A start off the grid moves inward; the times in between stay free."""
    battery = await ok(emulated.connect().battery())
    start = datetime(2026, 1, 13, 1, 7, tzinfo=UTC)

    receipt = await ok(battery.charge(start=start, until=AT_SIX, unattended=True, confirm="readback"))

    (change,) = receipt.adjustments
    assert (change.field, change.got) == ("start", datetime(2026, 1, 13, 1, 15, tzinfo=UTC))
    (found,) = (await ok(battery.schedule())).windows
    assert (found.start, found.end) == (time(2, 15), time(6))
    if emulated.system.quirks.generation == "periodic":
        assert found.days == {Weekday.TUESDAY}


async def test_a_command_too_far_ahead(emulated: Any) -> None:
    """A window that comes back would act before its time."""
    battery = await ok(emulated.connect().battery())
    start = datetime(2026, 1, 22, 1, 0, tzinfo=UTC)

    with pytest.raises(errors.InvalidValue, match="come back"):
        await ok(battery.charge(start=start, until=start + timedelta(hours=2), unattended=True))


async def test_a_mode_that_is_not_there(emulated: Any) -> None:
    """EXPORT, NO_CHARGE and IDLE raise before any request and say why."""
    battery = await ok(emulated.connect().battery())
    asked = len(emulated.emulator.requests)

    for call in (battery.export, battery.no_charge, battery.idle):
        with pytest.raises(errors.Unsupported) as caught:
            await ok(call(until=AT_SIX, unattended=True))
        assert caught.value.alternatives

    assert len(emulated.emulator.requests) == asked


async def test_capabilities_after_the_probe(emulated: Any) -> None:
    """What depends on the pair is CONDITIONAL until it had to be asked for."""
    battery = await ok(emulated.connect().battery())
    unknown = battery.capabilities[Feature.SET_SCHEDULE].support
    await ok(battery.schedule())

    known = battery.capabilities
    legacy = emulated.system.quirks.generation == "legacy"
    assert unknown is Support.CONDITIONAL
    assert known[Feature.SET_SCHEDULE].support is Support.FULL
    assert known.schedule.weekdays is not legacy
    assert known.schedule.power is not legacy
    assert known.writes.per_day == 48


async def test_accepted_and_ignored(kind: Any, request: pytest.FixtureRequest) -> None:
    """Legacy writes on a migrated system without the periodic entitlement: NOT_APPLIED, and why."""
    system = request.getfixturevalue("migrated")
    system.system.quirks.denied = frozenset({"getTimeChargeBySn", "setTimeChargeBySn"})
    battery = await ok(system.connect().battery())

    with pytest.raises(errors.WriteNotConfirmed, match="moved to periodic") as caught:
        await ok(battery.set_schedule(NIGHTS, confirm="readback"))

    assert caught.value.receipt
    assert caught.value.receipt.state is WriteState.NOT_APPLIED


async def test_reserve_on_the_legacy_pair(legacy: Any) -> None:
    """Settings change one half of the pair and leave the other alone."""
    battery = await ok(legacy.connect().battery())

    receipt = await ok(battery.apply_settings(reserve_soc_pct=25, confirm="readback"))

    assert legacy.writes == ["updateDisChargeConfigInfo"]
    assert receipt.state is WriteState.CONFIRMED
    settings = await ok(battery.settings())
    assert (settings.reserve_soc_pct, settings.max_soc_pct, settings.grid_charge_allowed) == (25, 100, False)


async def test_settings_under_a_command(legacy: Any) -> None:
    """A lasting change during a command survives its release."""
    battery = await ok(legacy.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))
    await ok(battery.hold(until=AT_SIX, unattended=True, confirm="readback"))

    await ok(battery.apply_settings(max_soc_pct=70, confirm="readback"))
    await ok(battery.release(confirm="readback"))

    (night,) = (await ok(battery.schedule())).windows
    assert night.target_soc_pct == 70


async def test_flags_are_kept_as_intent(migrated: Any) -> None:
    """Read as 0/0, written as intended: a second schedule does not switch the first side off."""
    battery = await ok(migrated.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))

    await ok(battery.apply_settings(max_soc_pct=50, confirm="readback"))

    settings = migrated.system.settings
    newest = settings._periodic.newest
    assert (newest.charge_flag, newest.discharge_flag) == (1, 0)
    assert [each.limit_pct for each in newest.charge] == [50]


async def test_what_nobody_can_see(migrated: Any) -> None:
    """A write of the flags alone cannot be confirmed, and the receipt says so."""
    battery = await ok(migrated.connect().battery())
    await ok(battery.set_schedule(NIGHTS, confirm="readback"))

    receipt = await ok(battery.apply_settings(grid_charge_allowed=False, confirm="readback"))
    again = await ok(battery.apply_settings(grid_charge_allowed=False))

    assert receipt.state is WriteState.UNVERIFIABLE
    assert again.state is WriteState.UNCHANGED
    assert migrated.system.settings._periodic.newest.charge_flag == 0


async def test_first_contact(migrated: Any, tmp_path: Any) -> None:
    """A schedule of another program: its flags are inferred, which is reported, and setting it again sends nothing."""
    home = migrated.connect(state_dir=tmp_path / "theirs")
    await ok((await ok(home.battery())).set_schedule(NIGHTS, confirm="readback"))
    await close(home)
    sent = len(migrated.writes)

    home = migrated.connect(state_dir=tmp_path / "ours")
    battery = await ok(home.battery())
    receipt = await ok(battery.set_schedule(await ok(battery.schedule())))
    await close(home)

    assert receipt.state is WriteState.UNCHANGED
    assert "cannot be read" in receipt.note
    assert len(migrated.writes) == sent


async def test_native_writes_pass_the_guards(legacy: Any) -> None:
    """A native setter on a connection counts in the same budget and audit."""
    home = legacy.connect()
    native = home.native.for_device(legacy.system.serial)

    await ok(native.set_charging_settings(0.8, True, (time(1), time(2)), (time(0), time(0))))

    battery = await ok(home.battery())
    legacy.clock.advance(120)
    (found,) = (await ok(battery.schedule())).windows
    assert (found.start, found.target_soc_pct) == (time(1), 80)


async def test_a_charger(garage: Any) -> None:
    """Start and stop where they work; what the state forbids is reported and not sent."""
    charger = await ok(garage.connect().ev_charger())
    box = garage.system.chargers[0]
    box.unplug()
    with pytest.raises(errors.InvalidValue, match="plugged"):
        await ok(charger.start())
    assert garage.writes == []

    box.plug()
    started = await ok(charger.start(confirm="readback"))
    again = await ok(charger.start())
    garage.clock.advance(60)
    stopped = await ok(charger.stop(confirm="readback"))

    assert (started.state, again.state) == (WriteState.CONFIRMED, WriteState.UNCHANGED)
    assert stopped.state is WriteState.CONFIRMED
    assert garage.writes == ["remoteControlEvCharger"] * 2


async def test_a_charger_that_ignores_its_orders(garage: Any) -> None:
    """Since EMS V0.00.73C: accepted, not applied, and why."""
    garage.system.quirks.charger_control_dead = True
    garage.system.chargers[0].plug()
    charger = await ok(garage.connect().ev_charger())

    with pytest.raises(errors.WriteNotConfirmed, match="EMS firmware"):
        await ok(charger.start(confirm="readback"))


@pytest.mark.parametrize("amps", [1, 3, 5.9])
async def test_a_limit_below_the_least_is_refused(garage: Any, amps: float) -> None:
    """It protects the grid connection: never more than was asked for."""
    charger = await ok(garage.connect().ev_charger())

    with pytest.raises(errors.InvalidValue, match="from 6 to 32 A"):
        await ok(charger.set_current_limit(amps, scope="site"))

    assert garage.writes == []


async def test_the_sites_current(garage: Any) -> None:
    """The charger's own limit is not there; the household's is, in whole amperes."""
    charger = await ok(garage.connect().ev_charger())
    with pytest.raises(errors.Unsupported) as caught:
        await ok(charger.set_current_limit(16))
    assert "site" in caught.value.alternatives[0]
    assert garage.writes == []

    receipt = await ok(charger.set_current_limit(20.7, scope="site", confirm="readback"))

    (change,) = receipt.adjustments
    assert (change.asked, change.got) == (20.7, 20)
    assert (await ok(charger.limits())).present_a == 20


async def test_an_open_connection_releases_by_itself(emulated: Any, tmp_path: Any) -> None:
    """With a state folder release() need not be called: the command is released at its end."""
    home = emulated.connect(state_dir=tmp_path)
    battery = await ok(home.battery())
    receipt = await ok(battery.charge(until=AT_SIX, confirm="readback"))
    emulated.to("06:01")

    await settled(lambda: len(emulated.writes) == 2)
    await close(home)

    assert receipt.release_due == AT_SIX
    assert await ok((await ok(emulated.connect().battery())).schedule()) == Schedule()


async def test_the_next_connection_releases(emulated: Any, tmp_path: Any) -> None:
    """A controller that died before the end is followed by one that finds out from the state folder."""
    home = emulated.connect(state_dir=tmp_path)
    battery = await ok(home.battery())
    receipt = await ok(battery.charge(until=AT_SIX, confirm="readback"))
    await close(home)
    emulated.to("07:00")

    home = emulated.connect(state_dir=tmp_path)
    battery = await ok(home.battery())
    await settled(lambda: len(emulated.writes) == 2)
    confirmed = await ok(battery.confirm(receipt))
    await close(home)

    assert confirmed.state in (WriteState.CONFIRMED, WriteState.UNVERIFIABLE)
    assert await ok((await ok(emulated.connect().battery())).schedule()) == Schedule()


async def settled(done: Any) -> None:
    """Wait for what happens in the background, two seconds at most."""
    for _ in range(100):
        if done():
            return
        await asyncio.sleep(0.02)
    pytest.fail("nothing happened in the background")


async def test_state_files_hold_no_serials(garage: Any, tmp_path: Any) -> None:
    """A charger's box is not its system's: neither serial is in the state folder unmasked."""
    home = garage.connect(state_dir=tmp_path)
    charger = await ok(home.ev_charger())
    garage.system.chargers[0].plug()
    await ok(charger.start(confirm="readback"))
    await ok(charger.set_current_limit(20, scope="site"))
    native = home.native.for_device(garage.system.serial)
    await ok(native.control_ev_charger(charger.info.serial, False))
    await close(home)

    kept = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert kept
    assert garage.system.serial.encode() not in kept
    assert charger.info.serial.encode() not in kept


@pytest.mark.parametrize("count", [0, -1, "many", 1.5])
async def test_a_budget_that_cannot_be(emulated: Any, count: Any) -> None:
    """Said when connecting, not at the first write."""
    with pytest.raises(errors.InvalidValue, match="writes_per_day"):
        emulated.connect(writes_per_day=count)


async def test_a_budget_from_a_profile(emulated: Any, tmp_path: Any, monkeypatch: Any) -> None:
    """Profiles and command lines give text; a program does not."""
    file = tmp_path / "config.toml"
    file.write_text('[profiles.home]\nprovider = "alphaess"\nwrites_per_day = "3"\n')
    file.chmod(0o600)
    monkeypatch.setenv("OPENPOWER_CONFIG", str(file))
    battery = await ok(emulated.connect(profile="home").battery())

    assert battery.capabilities.writes.per_day == 3
    with pytest.raises(errors.InvalidValue, match="writes_per_day is '3'; it must be a whole number"):
        emulated.connect(writes_per_day="3")


class Guard:
    """A plugin that refuses, or crashes."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure
        self.plans: list[Any] = []

    @hookimpl
    def openpower_before_write(self, device: Any, plan: Any) -> None:
        del device
        self.plans.append(plan)
        raise self.failure


@pytest.mark.parametrize("failure", [errors.Veto("not while the car charges"), ZeroDivisionError()])
async def test_a_guard_blocks_every_write(garage: Any, failure: Exception) -> None:
    """Unified or native, battery or charger: nothing is sent, and the guard saw what was before and after."""
    home = garage.connect()
    battery, charger = await ok(home.battery()), await ok(home.ev_charger())
    garage.system.chargers[0].plug()
    native = home.native.for_device(garage.system.serial)
    off = (time(0), time(0))
    guard = Guard(failure)
    HOOKS.add(guard)
    try:
        calls: list[Any] = [
            lambda: battery.set_schedule(NIGHTS),
            lambda: battery.charge(until=AT_SIX, unattended=True),
            lambda: battery.apply_settings(reserve_soc_pct=30),
            charger.start,
            lambda: native.set_discharging_settings(0.1, False, off, off),
        ]
        for call in calls:
            with pytest.raises(errors.Veto) as caught:
                await ok(call())
            assert caught.value.receipt is not None
    finally:
        HOOKS.remove(guard)

    assert garage.writes == []
    assert [plan.native for plan in guard.plans] == [False] * 4 + [True]
    assert guard.plans[0].before != guard.plans[0].after
