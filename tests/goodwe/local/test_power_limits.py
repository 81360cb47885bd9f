"""The battery's power limits: registers of currents that never let more through than was asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openpower_core.capabilities import Feature, Support
from openpower_core.control import PowerLimits
from openpower_core.errors import InvalidValue, Unsupported, WriteNotConfirmed, WriteRejected
from openpower_core.writes import WriteState
from openpower_goodwe.local.control.registers import BatteryRegisters, battery_changes, plan_battery
from openpower_goodwe.local.emulator import ServedInverter
from openpower_goodwe.local.models import Facts, Family
from openpower_simulation import Plant

from .conftest import Flavour, ok

Make = Callable[..., ServedInverter]
CHARGE, DISCHARGE, VOLTS = 45353, 45355, 45352
DELIVERED = BatteryRegisters(
    battery_discharge_depth=10, battery_charge_current=250, battery_discharge_current=250, volts=2880
)


# By the library (goodwe 0.4.10, et.py): currents and voltages in tenths. 288.0 V and 0.1 A are 28.8 W.
@pytest.mark.parametrize(
    ("volts", "asked", "tenths", "got"),
    [
        (2880, 3000, 104, 2995.2),
        (2880, 2880, 100, 2880),
        (2880, 2879.999, 99, 2851.2),
        (2880, 28.8, 1, 28.8),
        (5800, 5000, 86, 4988),
        (576, 2500, 434, 2499.84),
        (576, 1e9, 0x7FFE, 0x7FFE * 5.76),
    ],
)
def test_watts_as_a_current(volts: int, asked: float, tenths: int, got: float) -> None:
    """The greatest step that stays below at the highest voltage; an adjustment says what it became."""
    current = BatteryRegisters(
        battery_discharge_depth=10, battery_charge_current=1, battery_discharge_current=1, volts=volts
    )
    draft = plan_battery(current, {"max_charge_w": asked})
    (change,) = battery_changes(Facts(family=Family.ET, serial=""), draft.document, current) or [(None, None, b"\0\1")]

    assert draft.document.battery_charge_current == tenths == int.from_bytes(change[2], "big")
    assert draft.document.battery_discharge_current == 1
    assert draft.document.power_limits is not None
    assert draft.document.power_limits.max_charge_w == pytest.approx(got)
    assert [each.got for each in draft.adjustments] == ([pytest.approx(got)] if asked - got >= 0.5 else [])


@given(
    st.sampled_from(["max_charge_w", "max_discharge_w"]),
    st.floats(min_value=0, max_value=1e6),
    st.integers(min_value=1, max_value=0x7FFE),
)
def test_never_more_than_asked(name: str, asked: float, volts: int) -> None:
    """At any voltage; what is read is accepted again, as the very same current."""
    current = BatteryRegisters(
        battery_discharge_depth=10, battery_charge_current=0x7FFE, battery_discharge_current=0x7FFE, volts=volts
    )
    if asked * 100 < volts * (1 - 1e-9):
        with pytest.raises(InvalidValue, match="the least") as refused:
            plan_battery(current, {name: asked})
        assert refused.value.hint
        return
    draft = plan_battery(current, {name: asked})
    got = getattr(draft.document.power_limits, name)

    assert 0 < got <= asked
    assert asked - got < volts / 100 + 1e-6 or draft.document == current
    assert plan_battery(draft.document, {name: got}).document == draft.document


async def test_the_house_obeys_and_the_same_again_sends_nothing(make: Make, flavour: Flavour) -> None:
    """Each direction alone; the voltage of the moment changes nothing; what was there can be set again."""
    served = make()
    inverter: Any = served.inverter
    flavour.clock.advance(timedelta(hours=20))
    home = flavour.connect(served)
    battery = await ok(home.battery())
    before = (await ok(battery.settings())).power_limits
    receipt = await ok(battery.apply_settings(max_charge_w=2000, confirm="readback"))
    await ok(battery.charge(power_w=4500, unattended=True))
    flavour.clock.advance(60)
    charging = inverter.house.at(flavour.clock.now()).battery_w
    served.log.clear()
    again = await ok(battery.apply_settings(max_charge_w=2000))
    limits = (await ok(battery.settings())).power_limits
    sent = list(served.log.writes)
    await ok(battery.export(power_w=4500, unattended=True))
    flavour.clock.advance(60)
    exporting = inverter.house.at(flavour.clock.now()).battery_w
    both = await ok(battery.apply_settings(reserve_soc_pct=30, max_discharge_w=1000, confirm="readback"))
    flavour.clock.advance(60)
    limited = inverter.house.at(flavour.clock.now()).battery_w
    held = inverter.registers[CHARGE], inverter.registers[DISCHARGE], inverter.registers[45356]
    await ok(battery.apply_settings(max_charge_w=before.max_charge_w, max_discharge_w=before.max_discharge_w))
    await flavour.close(home)

    assert before == PowerLimits(max_charge_w=7200, max_discharge_w=7200)
    assert receipt.state is both.state is WriteState.CONFIRMED
    assert [(call.method, call.arguments["address"]) for call in receipt.calls] == [("battery_charge_current", CHARGE)]
    assert again.state is WriteState.UNCHANGED
    assert sent == []
    assert limits == PowerLimits(max_charge_w=69 * 28.8, max_discharge_w=7200)
    assert -2000 <= charging < -1500
    assert exporting == 4500
    assert 700 < limited <= 1000
    assert held == (69, 34, 30)
    assert (inverter.registers[CHARGE], inverter.registers[DISCHARGE]) == (250, 250)


@pytest.mark.parametrize("asked", [None, 0, 28.7])
@pytest.mark.parametrize("name", ["max_charge_w", "max_discharge_w"])
async def test_what_is_refused_writes_nothing(make: Make, flavour: Flavour, name: str, asked: float | None) -> None:
    """Lifting a limit, and less than the least step; the error says what to do instead."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    with pytest.raises(InvalidValue, match=name) as refused:
        await ok(battery.apply_settings(**{name: asked}))
    await flavour.close(home)

    assert refused.value.hint
    assert served.log.writes == []


@pytest.mark.parametrize("highest", [0, 0x7FFF, 0xFFFF, 2499])
async def test_without_the_highest_voltage(make: Make, flavour: Flavour, highest: int) -> None:
    """Nor with one below the present 250.0 V: limits are unknown and cannot be set; the reserve works."""
    served = make()
    inverter: Any = served.inverter
    inverter.registers.put(VOLTS, "H", highest)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    settings = await ok(battery.settings())
    with pytest.raises(InvalidValue, match="45352"):
        await ok(battery.apply_settings(max_charge_w=2000))
    assert served.log.writes == []
    receipt = await ok(battery.apply_settings(reserve_soc_pct=30, confirm="readback"))
    await flavour.close(home)

    assert settings.power_limits is None
    assert receipt.state is WriteState.CONFIRMED


@pytest.mark.parametrize("odd", [0, 0x7FFF, 0xFFFF])
async def test_a_current_that_nobody_set(make: Make, flavour: Flavour, odd: int) -> None:
    """Is no limit of 0 W; setting it makes it known."""
    served = make()
    inverter: Any = served.inverter
    inverter.registers.put(DISCHARGE, "H", odd)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    before = (await ok(battery.settings())).power_limits
    await ok(battery.apply_settings(max_discharge_w=2880, confirm="readback"))
    after = (await ok(battery.settings())).power_limits
    await flavour.close(home)

    assert before is None
    assert after == PowerLimits(max_charge_w=7200, max_discharge_w=2880)


async def test_firmware_without_the_registers(make: Make, flavour: Flavour) -> None:
    """It refuses their addresses: the reserve is read all the same."""
    served = make()
    inverter: Any = served.inverter
    del inverter.registers._words[VOLTS]
    home = flavour.connect(served)
    battery = await ok(home.battery())
    settings = await ok(battery.settings())
    with pytest.raises(InvalidValue, match="45352"):
        await ok(battery.apply_settings(max_charge_w=2000))
    await flavour.close(home)

    assert (settings.reserve_soc_pct, settings.power_limits) == (10, None)


@pytest.mark.parametrize(("kind", "options"), [("ES", {}), ("ES v1", {}), ("ET", {"batteries": (1, 2)})])
async def test_unsupported_elsewhere(make: Make, flavour: Flavour, kind: str, options: dict[str, Any]) -> None:
    """No register is known, or not which of two batteries it limits; nothing is asked."""
    if options:
        options = {**options, "plant": Plant(ev=False, inverter_w=30_000)}
    served = make(kind, **options)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    served.log.clear()
    with pytest.raises(Unsupported) as refused:
        await ok(battery.apply_settings(max_charge_w=2000))
    count = served.log.count
    limits = (await ok(battery.settings())).power_limits
    await flavour.close(home)

    assert refused.value.alternatives
    assert count == 0
    assert limits is None
    assert battery.capabilities[Feature.POWER_LIMITS].support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("fault", "how"), [("refused", {"code": 2}), ("failed", {"code": 4}), ("lost", {}), ("answer_lost", {})]
)
@pytest.mark.parametrize("skip", [0, 1])
async def test_the_way_back_after_any_fault(
    make: Make, flavour: Flavour, fault: str, how: dict[str, Any], skip: int
) -> None:
    """A limit changed in part is put back by asking for what was read before, whatever became of the first request."""
    served = make()
    inverter: Any = served.inverter
    home = flavour.connect(served, answer_within=0.1)
    battery = await ok(home.battery())
    before = (await ok(battery.settings())).power_limits
    await ok(battery.idle(unattended=True))
    served.faults.add(fault, writes=True, skip=skip, **how)
    with suppress(WriteNotConfirmed, WriteRejected):
        await ok(battery.apply_settings(max_charge_w=2000, max_discharge_w=1000))
    served.faults.clear()
    flavour.clock.advance(timedelta(minutes=2))
    limits = {"max_charge_w": before.max_charge_w, "max_discharge_w": before.max_discharge_w}
    back = await ok(battery.apply_settings(**limits, confirm="readback"))
    released = await ok(battery.release(confirm="readback"))
    await flavour.close(home)

    assert back.state in (WriteState.CONFIRMED, WriteState.UNCHANGED)
    assert released.state is WriteState.CONFIRMED
    assert (inverter.registers[CHARGE], inverter.registers[DISCHARGE]) == (250, 250)
    assert inverter.registers[47511] == 1


async def test_nothing_here_is_proven(make: Make, flavour: Flavour) -> None:
    """The note says by what it is known."""
    served = make()
    home = flavour.connect(served)
    capability = (await ok(home.battery())).capabilities[Feature.POWER_LIMITS]
    await flavour.close(home)

    assert capability.support is Support.CONDITIONAL
    assert not capability.verified
    assert "45353" in capability.note
    assert "Unproven" in capability.note
