"""Control over the emulated service: the house obeys, what reverts is reported, nothing is sent twice."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.capabilities import Feature, Support
from openpower_core.control import BatteryMode, Schedule, Window
from openpower_core.readings import ChargerStatus
from openpower_core.writes import WriteState
from openpower_simulation.emulation import FaultKind

FRESH = timedelta(0)
NOW = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)  # 19:00 in Amsterdam


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


async def test_the_export_limit(flavour: Any, home: Any) -> None:
    """Found by its register, written once, seen again, and unchanged the second time."""
    inverter = await ok(home.inverter())

    assert await ok(inverter.export_limit()) is None
    receipt = await ok(inverter.set_export_limit(2000.4, confirm="readback"))
    assert receipt.state is WriteState.CONFIRMED
    assert [(each.field, each.got) for each in receipt.adjustments] == [("limit_w", 2000)]
    assert await ok(inverter.export_limit()) == 2000
    assert (await ok(inverter.set_export_limit(2000))).state is WriteState.UNCHANGED
    assert flavour.writes == ["setDeviceFunctionParameters"]
    assert flavour.emulator.station.house.controls.export_limit_w == 2000


async def test_a_limit_beyond_the_models_range(flavour: Any, home: Any) -> None:
    """It comes down to what the function says."""
    receipt = await ok((await ok(home.inverter())).set_export_limit(9000, dry_run=True))

    assert receipt.state is WriteState.PLANNED
    assert receipt.adjustments[0].got == 5000
    assert flavour.writes == []


async def test_a_model_without_the_function(flavour: Any, home: Any) -> None:
    """Found on first use; from then on the capability says so, and nothing is asked."""
    flavour.emulator.station.quirks.export_functions = False
    inverter = await ok(home.inverter())

    with pytest.raises(errors.Unsupported, match="function tree"):
        await ok(inverter.export_limit())
    asked = len(flavour.calls)
    assert inverter.capabilities[Feature.SET_EXPORT_LIMIT].support is Support.UNSUPPORTED
    with pytest.raises(errors.Unsupported):
        await ok(inverter.set_export_limit(0))
    assert len(flavour.calls) == asked


async def test_what_is_accepted_and_reverts(flavour: Any, home: Any) -> None:
    """The device acknowledges, and goes back within a minute: that is no success."""
    flavour.emulator.station.quirks.reverts_after = timedelta(seconds=60)
    inverter = await ok(home.inverter())

    with pytest.raises(errors.WriteNotConfirmed) as failed:
        await ok(inverter.set_export_limit(1000, confirm="readback"))
    assert failed.value.receipt.state is WriteState.NOT_APPLIED
    assert flavour.writes == ["setDeviceFunctionParameters"]


async def test_a_device_that_refuses(flavour: Any, home: Any) -> None:
    """P0215 is a refusal: the state is unchanged, and nothing is sent again."""
    flavour.emulator.refuse("setDeviceFunctionParameters", "P0215")
    inverter = await ok(home.inverter())

    with pytest.raises(errors.WriteRejected) as refused:
        await ok(inverter.set_export_limit(1000))
    assert refused.value.vendor_code == "P0215"
    assert len(flavour.writes) == 1


async def test_a_lost_answer(flavour: Any, home: Any) -> None:
    """It is read back, not sent again."""
    inverter = await ok(home.inverter())
    await ok(inverter.export_limit())
    flavour.emulator.faults.add(FaultKind.LOST, path="setDeviceFunctionParameters")
    receipt = await ok(inverter.set_export_limit(1000))

    assert receipt.state is WriteState.CONFIRMED
    assert len(flavour.writes) == 1


async def test_an_inverter_that_takes_its_time(flavour: Any, home: Any) -> None:
    """Thirty seconds are within the time that writes have."""
    flavour.emulator.station.quirks.write_delay_s = 35.0
    receipt = await ok((await ok(home.inverter())).set_export_limit(1000))

    assert receipt.state is WriteState.ACCEPTED


async def test_charging_at_once(flavour: Any, home: Any) -> None:
    """The house charges with the power that was asked, until it is released."""
    flavour.clock.advance(timedelta(hours=9))  # early in the morning, when the battery is low
    battery = await ok(home.battery())
    until = flavour.clock.now() + timedelta(hours=2)
    receipt = await ok(
        battery.charge(target_soc_pct=95, power_w=2500, until=until, unattended=True, confirm="readback")
    )
    reading = await ok(battery.read(max_age=FRESH))

    assert receipt.state is WriteState.CONFIRMED
    assert receipt.release_due == until
    assert receipt.recurs_at is None
    assert reading.charging_w == pytest.approx(2500, abs=1)
    again = await ok(battery.charge(target_soc_pct=95, power_w=2500, until=until, unattended=True))
    assert again.state is WriteState.UNCHANGED
    released = await ok(battery.release(confirm="readback"))
    assert released.state is WriteState.CONFIRMED
    assert flavour.emulator.station.registers.values["47545"] == 0
    assert len(flavour.writes) == 2


async def test_an_end_that_nobody_keeps_is_refused(flavour: Any) -> None:
    """The hardware does not keep it."""
    home = flavour.connect(state_dir=None)
    battery = await ok(home.battery())

    with pytest.raises(errors.InvalidValue, match="unattended"):
        await ok(battery.charge(until=NOW + timedelta(hours=1)))
    await ok(home.close() if flavour.name == "sync" else home.aclose())
    assert flavour.writes == []


@pytest.mark.parametrize("mode", ["charge", "export"])
async def test_an_end_that_is_over_is_refused(flavour: Any, home: Any, mode: str) -> None:
    """It would begin, and never end."""
    battery = await ok(home.battery())

    with pytest.raises(errors.InvalidValue, match="has passed"):
        await ok(getattr(battery, mode)(until=NOW - timedelta(hours=1), unattended=True))
    assert flavour.writes == []


async def test_exporting_by_a_slot(flavour: Any, home: Any) -> None:
    """A slot of this weekday; its neighbours sleep meanwhile, and all is put back."""
    battery = await ok(home.battery())
    before = dict(flavour.emulator.station.registers.values)
    until = NOW + timedelta(hours=1)
    receipt = await ok(
        battery.export(power_w=1500, target_soc_pct=20, until=until, unattended=True, confirm="readback")
    )
    reading = await ok(battery.read(max_age=FRESH))

    assert receipt.recurs_at == NOW + timedelta(days=7)
    assert reading.discharging_w == pytest.approx(1500, abs=1)
    flavour.clock.advance(60)
    again = await ok(battery.export(power_w=1500, target_soc_pct=20, until=until, unattended=True))
    assert again.state is WriteState.UNCHANGED
    await ok(battery.release(confirm="readback"))
    assert flavour.emulator.station.registers.values == before


async def test_a_schedule(flavour: Any, home: Any) -> None:
    """Windows become slots, those past midnight two, and come back as windows."""
    battery = await ok(home.battery())
    desired = Schedule(
        windows=[
            Window(start=time(2), end=time(5), mode=BatteryMode.CHARGE, power_w=3000, target_soc_pct=80),
            Window(start=time(23), end=time(1), mode=BatteryMode.EXPORT, days={5}, target_soc_pct=30),
        ]
    )
    receipt = await ok(battery.set_schedule(desired, confirm="readback"))
    shown = await ok(battery.schedule())

    assert receipt.state is WriteState.CONFIRMED
    assert [each.field for each in receipt.adjustments] == ["windows[1].end"]
    assert [(each.start, each.end, each.mode) for each in shown.windows] == [
        (time(2), time(5), BatteryMode.CHARGE),
        (time(23), time(0), BatteryMode.EXPORT),
        (time(0), time(1), BatteryMode.EXPORT),
    ]
    assert shown.windows[2].days == {6}
    flavour.clock.advance(60)
    assert (await ok(battery.set_schedule(desired))).state is WriteState.UNCHANGED
    flavour.clock.advance(timedelta(hours=10))  # 05:0x on the wall clock is over; look at 03:00 of tomorrow
    cleared = await ok(battery.set_schedule(Schedule(), confirm="readback"))
    assert cleared.state is WriteState.CONFIRMED
    assert (await ok(battery.schedule())).windows == ()


async def test_a_schedule_that_slots_cannot_hold(flavour: Any, home: Any) -> None:
    """Refused before anything is asked."""
    battery = await ok(home.battery())
    asked = len(flavour.calls)
    hold = Schedule(windows=[Window(start=time(1), end=time(2), mode=BatteryMode.HOLD)])

    with pytest.raises(errors.Unsupported):
        await ok(battery.set_schedule(hold))
    assert len(flavour.calls) == asked


async def test_an_old_work_mode_has_no_slots(flavour: Any, home: Any) -> None:
    """Generation 1 has one exclusive mode at a time."""
    flavour.emulator.station.quirks.work_mode = "1.0"
    battery = await ok(home.battery())

    with pytest.raises(errors.Unsupported, match="slots"):
        await ok(battery.export(until=NOW + timedelta(hours=1), unattended=True))
    assert flavour.writes == []


async def test_the_reserve(flavour: Any, home: Any) -> None:
    """By its register, as a whole percentage."""
    battery = await ok(home.battery())
    receipt = await ok(battery.apply_settings(reserve_soc_pct=22.4, confirm="readback"))
    settings = await ok(battery.settings())

    assert receipt.adjustments[0].got == 22
    assert (settings.reserve_soc_pct, settings.max_soc_pct) == (22, 100)
    assert flavour.emulator.station.house.controls.reserve_soc_pct == 22


async def test_auto_gives_the_battery_back(flavour: Any, home: Any) -> None:
    """The immediate charge stops."""
    battery = await ok(home.battery())
    await ok(battery.charge(target_soc_pct=100))
    flavour.clock.advance(120)
    receipt = await ok(battery.auto(confirm="readback"))

    assert receipt.state is WriteState.CONFIRMED
    assert flavour.emulator.station.registers.values["47545"] == 0


async def test_native_start_and_stop(flavour: Any, home: Any) -> None:
    """Whichever address the model has; through the same gate as ours."""
    native = home.native.for_station(flavour.emulator.station.plate.station_id)
    await ok(native.stop_inverter("GW0000000000001"))

    assert flavour.emulator.station.written == [{"80017": 2}]


async def evening(flavour: Any, home: Any) -> Any:
    """The charger, with a car that charges."""
    charger = await ok(home.ev_charger())
    for _ in range(48):
        if (await ok(charger.read())).status is ChargerStatus.CHARGING:
            return charger
        flavour.clock.advance(timedelta(minutes=30))
    raise AssertionError("the car never came")


async def test_a_charger_that_takes_ninety_seconds(flavour: Any, home: Any) -> None:
    """The write waits for it, and is sent once."""
    flavour.emulator.station.quirks.ev_delay_s = 90.0
    charger = await evening(flavour, home)
    began = flavour.clock.now()
    receipt = await ok(charger.stop(confirm="readback"))

    assert receipt.state is WriteState.CONFIRMED
    assert flavour.clock.now() - began >= timedelta(seconds=90)
    assert flavour.writes == ["stopCharge"]
    assert (await ok(charger.read())).power_w == 0


async def test_a_charger_that_acknowledges_and_does_nothing(flavour: Any, home: Any) -> None:
    """NOT_APPLIED, and nothing sent again."""
    charger = await evening(flavour, home)
    flavour.emulator.station.quirks.ignores_ev_writes = True

    with pytest.raises(errors.WriteNotConfirmed):
        await ok(charger.stop(confirm="readback"))
    assert flavour.writes == ["stopCharge"]


async def test_starting_without_a_car(flavour: Any, home: Any) -> None:
    """Refused, since nothing could charge."""
    charger = await ok(home.ev_charger())

    with pytest.raises(errors.InvalidValue, match="no car"):
        await ok(charger.start())
    assert flavour.writes == []


async def test_the_chargers_limit(flavour: Any, home: Any) -> None:
    """Amperes as the kilowatts below them; the car obeys."""
    charger = await evening(flavour, home)
    limits = await ok(charger.limits())
    receipt = await ok(charger.set_current_limit(16, confirm="readback"))
    reading = await ok(charger.read())

    assert (limits.min_a, limits.max_a, limits.present_a) == (6.1, 30.4, 30.4)
    assert receipt.adjustments[0].got == 15.7
    assert reading.power_w <= 3600
    assert (await ok(charger.set_current_limit(15.7))).state is WriteState.UNCHANGED


async def test_the_households_limit(flavour: Any, home: Any) -> None:
    """The cloud reports success for anything, so only reading back shows the truth."""
    charger = await ok(home.ev_charger())
    receipt = await ok(charger.set_current_limit(25, scope="site", confirm="readback"))
    flavour.emulator.station.quirks.ignores_ev_writes = True
    flavour.clock.advance(60)

    assert receipt.state is WriteState.CONFIRMED
    with pytest.raises(errors.WriteNotConfirmed):
        await ok(charger.set_current_limit(20, scope="site", confirm="readback"))


async def test_native_charge_modes_say_what_they_need(flavour: Any, api: Any) -> None:
    """Fast without a power is ignored, and a PV mode with one reverts: neither is sent."""
    with pytest.raises(errors.InvalidValue):
        await ok(api.set_charge_mode("EV0000000000001", 0, "GW7K-HCA-20"))
    with pytest.raises(errors.InvalidValue):
        await ok(api.set_charge_mode("EV0000000000001", 1, "GW7K-HCA-20", power_kw=3.0))
    await ok(api.set_charge_mode("EV0000000000001", 2, "GW7K-HCA-20"))

    assert flavour.writes == ["set-mode"]
    assert flavour.emulator.station.ev["chargeMode"] == 2


async def test_a_remote_control_that_failed_on_its_way(flavour: Any, home: Any) -> None:
    """R0305 says nothing of the device: it is read back, and not sent again."""
    charger = await evening(flavour, home)
    flavour.emulator.refuse("set-mode", "R0305")

    with pytest.raises(errors.WriteNotConfirmed) as failed:
        await ok(charger.set_current_limit(10))
    assert failed.value.receipt.state is WriteState.NOT_APPLIED
    assert flavour.writes == ["set-mode"]


async def test_native_writes_ask_the_same_guards(flavour: Any, home: Any) -> None:
    """They have no plan, and count for the same budget."""
    native = home.native.for_station(flavour.emulator.station.plate.station_id)
    await ok(native.stop_charge("EV0000000000001", "GW7K-HCA-20"))
    began = flavour.clock.now()
    await ok(native.start_charge("EV0000000000001", "GW7K-HCA-20"))

    assert flavour.clock.now() - began >= timedelta(seconds=30)
    assert flavour.writes == ["stopCharge", "startCharge"]


async def test_old_names_of_native_writes_ask_them_too(flavour: Any, home: Any) -> None:
    """They went past the guards once; nothing public does now."""
    native = home.native.for_station(flavour.emulator.station.plate.station_id)
    with pytest.warns(DeprecationWarning, match="send_order is internal now"):
        await ok(native.send_order("EV0000000000001", "stopCharge", "GW7K-HCA-20"))
    began = flavour.clock.now()
    with pytest.warns(DeprecationWarning, match="send_charge_mode is now called set_charge_mode"):
        await ok(native.send_charge_mode("EV0000000000001", 0, "GW7K-HCA-20", power_kw=3, generation=1))

    assert flavour.clock.now() - began >= timedelta(seconds=30)
    assert flavour.writes == ["stopCharge", "set-mode"]
    assert "unguarded" not in dir(native)
