"""What the unified devices ask of the settings, the emulated house does; in both flavours and for all families."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from openpower_core.capabilities import Feature, Support
from openpower_core.control import BatteryMode, Schedule, Window
from openpower_core.errors import BadResponse, InvalidValue, Unsupported
from openpower_core.writes import WriteState
from openpower_goodwe.local.control.slots import EcoSlot, SlotKind, encode
from openpower_goodwe.local.emulator import ServedInverter
from openpower_simulation import Plant

from .conftest import FAMILIES, FRESH, Flavour, ok

Make = Callable[..., ServedInverter]
HYBRIDS = [kind for kind in FAMILIES if not kind.startswith("DT")]
ALL = list(FAMILIES)


def _house(served: ServedInverter) -> Any:
    inverter: Any = served.inverter
    return inverter.house


@pytest.mark.parametrize("kind", ALL)
async def test_readings_are_the_houses(make: Make, flavour: Flavour, kind: str) -> None:
    """Through a day: powers and signs as in the house, and the balance closes."""
    served = make(kind)
    home = flavour.connect(served)
    inverter, meter = await ok(home.inverter()), await ok(home.meter())
    battery = (await ok(home.batteries()) or [None])[0]
    for _ in range(6):
        flavour.clock.advance(timedelta(hours=4))
        seen = await ok(inverter.read(max_age=FRESH))
        grid = await ok(meter.read())
        cells = await ok(battery.read()) if battery else None
        house = _house(served).at(flavour.clock.now())
        battery_w = cells.power_w if cells else 0.0

        assert seen.pv_w == pytest.approx(house.pv_w, abs=3)
        assert grid.power_w == house.grid_w
        assert battery_w == pytest.approx(house.battery_w, abs=3)
        assert seen.load_w == pytest.approx(house.load_w, abs=5)
        assert seen.pv_w + battery_w + grid.power_w == pytest.approx(seen.load_w, abs=1)
        if cells:
            assert cells.soc_pct == pytest.approx(house.soc_pct, abs=0.6)
    await flavour.close(home)


async def test_one_look_serves_all_devices(make: Make, flavour: Flavour) -> None:
    """Discovery's own look included."""
    served = make()
    home = flavour.connect(served)
    devices = await ok(home.devices())
    served.log.clear()
    for device in devices:
        await ok(device.read())
    await flavour.close(home)

    assert [device.info.role for device in devices] == ["inverter", "battery", "meter"]
    assert served.log.count == 0


async def test_modbus_tcp_is_the_same(make: Make, flavour: Flavour) -> None:
    """Readings and settings by the newer dongles' way."""
    served = make("ET", protocol="tcp")
    home = flavour.connect(served)
    inverter = await ok(home.inverter())
    reading = await ok(inverter.read())
    receipt = await ok(inverter.set_export_limit(2500, confirm="readback"))
    await flavour.close(home)

    assert reading.pv_w == _house(served).at(flavour.clock.now()).pv_w
    assert receipt.state is WriteState.CONFIRMED
    assert _house(served).controls.export_limit_w == 2500


MODES = [
    ("ET", "charge", {"power_w": 3000}, -3000),
    ("ET", "export", {"power_w": 2000}, 2000),
    ("ET", "idle", {}, 0),
    ("ES", "charge", {"power_w": 2000}, -2000),
    ("ES", "export", {"power_w": 2000}, 2000),
    ("ES v1", "charge", {"power_w": 2000}, -2000),
    ("ET 745", "export", {"power_w": 1806}, 1806),
]


@pytest.mark.parametrize(("kind", "mode", "options", "battery_w"), MODES)
async def test_commands_are_obeyed_and_released(
    make: Make, flavour: Flavour, kind: str, mode: str, options: dict[str, Any], battery_w: int
) -> None:
    """For hours, until the release puts back every register that was there."""
    served = make(kind)
    flavour.clock.advance(timedelta(hours=20))  # before sunrise, half full
    home = flavour.connect(served)
    battery = await ok(home.battery())
    inverter: Any = served.inverter
    before = inverter.eco.raw()
    receipt = await ok(getattr(battery, mode)(**options, confirm="readback"))
    flavour.clock.advance(60)
    current = _house(served).at(flavour.clock.now())
    again = await ok(getattr(battery, mode)(**options))
    released = await ok(battery.release(confirm="readback"))
    flavour.clock.advance(60)
    await flavour.close(home)

    assert receipt.state is WriteState.CONFIRMED
    assert "released" in receipt.note
    assert current.battery_w == battery_w
    assert again.state is WriteState.UNCHANGED
    assert released.state is WriteState.CONFIRMED
    assert inverter.eco.raw() == before
    assert _house(served).at(flavour.clock.now()).battery_mode is BatteryMode.AUTO


async def test_hold_takes_pv_and_gives_nothing(make: Make, flavour: Flavour) -> None:
    """Through a night and a morning: the row of HOLD, except that PV goes into the battery before the house."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    await ok(battery.export(power_w=5000))
    flavour.clock.advance(timedelta(hours=1))
    await ok(battery.hold(confirm="readback"))
    powers = []
    for _ in range(24):
        flavour.clock.advance(timedelta(hours=1))
        house = _house(served).at(flavour.clock.now())
        powers.append(house.battery_w)

        assert house.grid_charge_w <= house.load_w
    await flavour.close(home)

    assert max(powers) == 0
    assert min(powers) < -500


async def test_a_target_means_fast_charging(make: Make, flavour: Flavour) -> None:
    """Which ends by itself at the target."""
    served = make()
    flavour.clock.advance(timedelta(hours=20))
    home = flavour.connect(served)
    battery = await ok(home.battery())
    begun = (await ok(battery.read(max_age=FRESH))).soc_pct
    receipt = await ok(battery.charge(target_soc_pct=begun + 5, power_w=3000, confirm="readback"))
    flavour.clock.advance(timedelta(minutes=5))
    first = _house(served).at(flavour.clock.now())
    flavour.clock.advance(timedelta(hours=2))
    reading = await ok(battery.read(max_age=FRESH))
    await flavour.close(home)

    assert receipt.adjustments == ()
    assert "ends by itself" in receipt.note
    assert [call.method for call in receipt.calls][-1] == "fast_charging"
    assert first.battery_w == -3000
    assert reading.soc_pct <= begun + 6


async def test_until_needs_somebody_to_release(make: Make, flavour: Flavour) -> None:
    """The inverter keeps no end."""
    served = make()
    home = flavour.connect(served, state_dir=None)
    battery = await ok(home.battery())
    until = flavour.clock.now() + timedelta(hours=1)
    served.log.clear()
    with pytest.raises(InvalidValue, match="does not end the command"):
        await ok(battery.idle(until=until))
    plan = await ok(battery.idle(until=until, dry_run=True))
    with pytest.raises(InvalidValue, match="for now only"):
        await ok(battery.idle(start=until, unattended=True))
    await flavour.close(home)

    assert plan.state is WriteState.PLANNED
    assert plan.release_due == until
    assert served.log.writes == []


@pytest.mark.parametrize("kind", HYBRIDS)
async def test_schedules_live_in_eco_slots(make: Make, flavour: Flavour, kind: str) -> None:
    """What is written is read back; what the slots cannot hold is reported; the same again sends nothing."""
    served = make(kind)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    night = Window(start=time(1), end=time(5), mode="charge", power_w=1500, target_soc_pct=80)
    evening = Window(start=time(17), end=time(20), mode="export", days=[1, 2, 3, 4, 5])
    desired = Schedule(windows=[night, evening])
    receipt = await ok(battery.set_schedule(desired, confirm="readback"))
    schedule = await ok(battery.schedule())
    again = await ok(battery.set_schedule(schedule))
    empty = await ok(battery.set_schedule(Schedule(), confirm="readback"))
    left = await ok(battery.schedule())
    await flavour.close(home)

    assert receipt.state is WriteState.CONFIRMED
    first, second = schedule.windows
    rated = _house(served).plant.inverter_w
    assert (first.start, first.end, first.mode) == (time(1), time(5), "charge")
    assert first.power_w == pytest.approx(1500, abs=rated / 200)
    assert first.target_soc_pct == (None if kind.endswith("v1") else 80)
    assert second.days == evening.days
    assert second.power_w == rated
    lost = {each.field for each in receipt.adjustments} - {"windows[0].power_w"}
    assert lost == ({"windows[0].target_soc_pct"} if kind.endswith("v1") else set())
    assert again.state is WriteState.UNCHANGED
    assert empty.state is WriteState.CONFIRMED
    assert left.windows == ()


async def test_the_house_follows_the_slots(make: Make, flavour: Flavour) -> None:
    """On the inverter's own clock (Sydney, UTC+11 in January)."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    windows = [Window(start=time(10), end=time(12), mode="export", power_w=3000)]
    await ok(battery.set_schedule(Schedule(windows=windows)))
    powers = {}
    for hour in (9, 10, 11, 12):
        flavour.clock.advance(timedelta(hours=1))
        powers[hour] = _house(served).at(flavour.clock.now() + timedelta(minutes=1)).battery_mode
    await flavour.close(home)

    assert [mode.value for mode in powers.values()] == ["auto", "export", "export", "auto"]


async def test_foreign_slots_stay_as_they_are(make: Make, flavour: Flavour) -> None:
    """Peak shaving in the fourth slot, a slot switched off in the third: byte for byte."""
    served = make()
    inverter: Any = served.inverter
    peak = bytes.fromhex("0000173bfc7f00640014 0fff".replace(" ", ""))
    mine = encode(EcoSlot(kind=SlotKind.PERCENT, on=False, start_minute=60, end_minute=120, power_pct=-40, soc_pct=90))
    inverter.registers.put_bytes(47559, mine)
    inverter.registers.put_bytes(47565, peak)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    windows = [Window(start=time(1), end=time(5), mode="charge")]
    await ok(battery.set_schedule(Schedule(windows=windows), confirm="readback"))
    await flavour.close(home)

    assert inverter.eco.raw()[2] == mine
    assert inverter.eco.raw()[3] == peak


async def test_schedules_that_cannot_be(make: Make, flavour: Flavour) -> None:
    """Too many windows, other modes, another zone: refused, and nothing is written."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    many = [Window(start=time(h), end=time(h + 1), mode="charge") for h in range(5)]
    hold = [Window(start=time(1), end=time(2), mode="hold")]
    for desired, why in (
        (Schedule(windows=many), "5 slots"),
        (Schedule(windows=hold), "none can hold"),
        (Schedule(tz="Europe/Berlin"), "Europe/Berlin"),
        (Schedule(otherwise="idle"), "auto"),
    ):
        with pytest.raises(InvalidValue, match=why):
            await ok(battery.set_schedule(desired))
    night = [Window(start=time(22), end=time(6), mode="charge")]
    receipt = await ok(battery.set_schedule(Schedule(windows=night)))
    await flavour.close(home)

    assert [call.method for call in receipt.calls] == ["eco_mode_1", "eco_mode_2", "work_mode"]
    assert [each.got for each in receipt.adjustments] == ["23:59"]


@pytest.mark.parametrize("kind", HYBRIDS)
async def test_the_reserve_is_100_less_the_depth(make: Make, flavour: Flavour, kind: str) -> None:
    """And not below what the inverter takes."""
    served = make(kind)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    receipt = await ok(battery.apply_settings(reserve_soc_pct=35, confirm="readback"))
    settings = await ok(battery.settings())
    dod = await ok(home.native.get_ongrid_battery_dod())
    low = await ok(battery.apply_settings(reserve_soc_pct=5, dry_run=True))
    await flavour.close(home)

    assert receipt.state is WriteState.CONFIRMED
    assert (settings.reserve_soc_pct, dod) == (35, 65)
    assert _house(served).controls.reserve_soc_pct == 35
    assert [(each.asked, each.got) for each in low.adjustments] == [(5, 11)]


@pytest.mark.parametrize(("kind", "got"), [("ET", 1230), ("DT", 1200), ("DT 1", 1230)])
async def test_export_limits(make: Make, flavour: Flavour, kind: str, got: float) -> None:
    """In W or as a percentage, including its switch; None switches it off."""
    served = make(kind)
    flavour.clock.advance(timedelta(hours=4))
    home = flavour.connect(served)
    inverter = await ok(home.inverter())
    before = await ok(inverter.export_limit())
    receipt = await ok(inverter.set_export_limit(1230, confirm="readback"))
    limit = await ok(inverter.export_limit())
    flavour.clock.advance(60)
    exported = -_house(served).at(flavour.clock.now()).grid_w
    lifted = await ok(inverter.set_export_limit(None, confirm="readback"))
    after = await ok(inverter.export_limit())
    await flavour.close(home)

    assert (before, limit, after) == (None, got, None)
    assert exported <= got
    assert receipt.state is lifted.state is WriteState.CONFIRMED
    assert bool(receipt.adjustments) == (got != 1230)


async def test_es_cannot_switch_its_export_limit(make: Make, flavour: Flavour) -> None:
    """The library would write to a wrong register; so nothing does."""
    served = make("ES")
    home = flavour.connect(served)
    inverter = await ok(home.inverter())
    served.log.clear()
    with pytest.raises(InvalidValue, match="SolarGo"):
        await ok(inverter.set_export_limit(None))
    with pytest.raises(Unsupported, match="read only"):
        await ok(home.native.write_setting("grid_export", 0))
    changed = await ok(inverter.set_export_limit(3000, confirm="readback"))
    await flavour.close(home)

    assert changed.state is WriteState.CONFIRMED
    assert len(served.log.writes) == 1


@pytest.mark.parametrize("kind", ALL)
async def test_what_is_unsupported_sends_nothing(make: Make, flavour: Flavour, kind: str) -> None:
    """And nothing that writes claims to be proven."""
    served = make(kind)
    home = flavour.connect(served)
    devices = await ok(home.devices())
    served.log.clear()
    with pytest.raises(Unsupported, match="goodwe-sems"):
        await ok(devices[0].history(flavour.clock.now(), flavour.clock.now()))
    for battery in await ok(home.batteries()):
        with pytest.raises(Unsupported):
            await ok(battery.no_charge())
    await flavour.close(home)

    assert served.log.count == 0
    for device in devices:
        verified = {f for f, each in device.capabilities.items() if each.verified}
        assert verified == {Feature.READ}
        assert device.capabilities[Feature.HISTORY].support is Support.UNSUPPORTED


@pytest.mark.parametrize("kind", ["ET", "ES"])
async def test_a_target_that_is_reached_already(make: Make, flavour: Flavour, kind: str) -> None:
    """There is nothing to charge, and nothing is sent."""
    served = make(kind)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    served.log.clear()
    receipt = await ok(battery.charge(target_soc_pct=5))
    await flavour.close(home)

    assert receipt.state is WriteState.UNCHANGED
    assert "already" in receipt.note
    assert served.log.writes == []


async def test_fast_charging_that_is_over_was_applied(make: Make, flavour: Flavour) -> None:
    """Looking late finds it switched off by the inverter itself, at the target: that is no failure."""
    served = make()
    flavour.clock.advance(timedelta(hours=20))
    home = flavour.connect(served)
    battery = await ok(home.battery())
    begun = (await ok(battery.read(max_age=FRESH))).soc_pct
    receipt = await ok(battery.charge(target_soc_pct=begun + 4))
    flavour.clock.advance(timedelta(hours=1))
    inverter: Any = served.inverter
    receipt = await ok(battery.confirm(receipt))
    await flavour.close(home)

    assert inverter.registers[47545] == 0
    assert receipt.state is WriteState.CONFIRMED


async def test_a_reserve_below_the_least_may_stay(make: Make, flavour: Flavour) -> None:
    """Inverters are delivered with 10 %; asking for what is there changes nothing."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    same = await ok(battery.apply_settings(reserve_soc_pct=10))
    nothing = await ok(battery.apply_settings())
    await flavour.close(home)

    assert same.state is nothing.state is WriteState.UNCHANGED


async def test_release_after_a_restart(make: Make, flavour: Flavour, tmp_path: Path) -> None:
    """The state folder knows the registers that were there."""
    served = make("ES")
    inverter: Any = served.inverter
    before = inverter.eco.raw()
    home = flavour.connect(served, state_dir=tmp_path)
    battery = await ok(home.battery())
    until = flavour.clock.now() + timedelta(hours=1)
    receipt = await ok(battery.export(power_w=1000, until=until))
    await flavour.close(home)
    assert inverter.work_mode == 3
    again = flavour.connect(served, state_dir=tmp_path)
    battery = await ok(again.battery())
    confirmed = await ok(battery.confirm(receipt))
    released = await ok(battery.release(confirm="readback"))
    await flavour.close(again)

    assert confirmed.state is released.state is WriteState.CONFIRMED
    assert inverter.eco.raw() == before
    assert inverter.work_mode == 0


@pytest.mark.parametrize("batteries", [(1,), (1, 2)])
async def test_the_reserve_of_two_batteries(make: Make, flavour: Flavour, batteries: tuple[int, ...]) -> None:
    """Only battery 1 has a known register: with two the receipt and the capability say so."""
    served = make(batteries=batteries, plant=Plant(ev=False, inverter_w=30_000))
    home = flavour.connect(served)
    battery = await ok(home.battery())
    receipt = await ok(battery.apply_settings(reserve_soc_pct=35, confirm="readback"))
    same = await ok(battery.apply_settings(reserve_soc_pct=35))
    note = battery.capabilities[Feature.RESERVE_SOC].note
    await flavour.close(home)

    two = len(batteries) == 2
    assert (receipt.state, same.state) == (WriteState.CONFIRMED, WriteState.UNCHANGED)
    assert ["battery 2" in each.reason for each in receipt.adjustments] == ([True] if two else [])
    assert ("battery 2" in note) is two
    assert len(served.log.writes) == 1


async def test_an_export_limit_that_is_no_percentage_is_not_read_as_one(make: Make, flavour: Flavour) -> None:
    """The unit of the register is not proven then: nothing is claimed, and nothing is written."""
    served = make("DT")
    home = flavour.connect(served)
    inverter = await ok(home.inverter())
    emulated: Any = served.inverter
    emulated.registers.put(40336, "H", 6000)
    with pytest.raises(BadResponse, match="no percentage"):
        await ok(inverter.set_export_limit(3000))
    await flavour.close(home)

    assert not served.log.writes


async def test_watching_keeps_to_the_pace(make: Make, flavour: Flavour) -> None:
    """Devices say how often the inverter may be asked."""
    served = make()
    home = flavour.connect(served, min_poll=45.0)
    paces = {device.capabilities.interval for device in await ok(home.devices())}
    await flavour.close(home)

    assert paces == {timedelta(seconds=45)}
