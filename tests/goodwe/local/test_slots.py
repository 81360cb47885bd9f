"""Eco slots, ratings and powers: what is pure."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from openpower_core.control import Weekday
from openpower_core.readings import Quality, Stamp
from openpower_goodwe.local import Facts, Family, RuntimeData, mapping
from openpower_goodwe.local.control.program import ControlState, FastCharge
from openpower_goodwe.local.control.slots import EcoSlot, SlotKind, decode, encode, is_on, switched_off

slots = st.builds(
    EcoSlot,
    kind=st.sampled_from(SlotKind),
    on=st.booleans(),
    start_minute=st.integers(0, 1439),
    end_minute=st.integers(0, 1439),
    days=st.frozensets(st.sampled_from(Weekday)),
    power_pct=st.integers(-100, 100).map(float),
    soc_pct=st.integers(0, 100),
    months=st.integers(1, 0x0FFF),
)


@given(slots)
def test_slots_survive_encoding(slot: EcoSlot) -> None:
    """Whatever the layout holds comes back."""
    raw = encode(slot)
    read = decode(raw)

    assert read is not None
    assert (read.start_minute, read.end_minute) == (slot.start_minute, slot.end_minute)
    assert (read.kind, read.on, read.days) == (slot.kind, slot.on, slot.days)
    assert read.power_pct == slot.power_pct
    assert len(raw) == slot.kind.size
    if slot.kind is not SlotKind.V1:
        assert (read.soc_pct, read.months) == (slot.soc_pct, slot.months)


@given(slots)
def test_switching_off_changes_one_byte(slot: EcoSlot) -> None:
    """And once is enough."""
    raw = encode(slot)
    off = switched_off(raw)

    assert not is_on(off)
    assert switched_off(off) == off
    assert sum(one != other for one, other in zip(raw, off, strict=True)) == int(slot.on)


def test_what_is_not_about_charging_is_left_alone() -> None:
    """Slots that were never set, and those of peak shaving."""
    for raw in ("300030005500006400640000", "0000173bfc7f006400140fff", "3000300000640000"):
        assert decode(bytes.fromhex(raw)) is None


def test_restore_points_survive_json() -> None:
    """With everything an inverter may have, and with as little."""
    full = ControlState(
        work_mode=3,
        ems_mode=11,
        ems_w=3000,
        fast=FastCharge(on=True, soc_pct=80, power_pct=None),
        slots=(b"\x01" * 12,) * 4,
    )
    for state in (full, ControlState(work_mode=0)):
        assert ControlState.of_json(state.to_json()) == state


def test_two_batteries_are_one() -> None:
    """Their powers add up, and their states of charge are averaged, which the reading says."""
    data = RuntimeData(
        {
            "battery_mode": 2,
            "ppv1": 500,
            "pbattery1": 1200,
            "pbattery2": -200,
            "active_power": -100,
            "battery_soc": 60,
            "battery2_soc": 70,
        }
    )
    facts = Facts(family=Family.ET, serial="9025KETT00000000", rated_w=25_000)
    stamp = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
    battery = mapping.to_battery_reading(data, facts, stamp)
    inverter = mapping.to_inverter_reading(data, facts, stamp)

    assert (battery.power_w, battery.soc_pct) == (1000, 65)
    assert battery.stamp.quality is Quality.DERIVED
    assert inverter.load_w == 500 + 1000 + 100


def test_nothing_known_is_nothing_reported() -> None:
    """An answer whose registers are all unset: no zeros."""
    data = RuntimeData({"battery_mode": 1, "ppv1": None, "pbattery1": None, "active_power": None, "battery_soc": 0})
    facts = Facts(family=Family.ET, serial="96000EHU000W0001")
    stamp = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
    battery = mapping.to_battery_reading(data, facts, stamp)
    inverter = mapping.to_inverter_reading(data, facts, stamp)

    assert (battery.power_w, battery.soc_pct, battery.charge_energy) == (None, None, None)
    assert (inverter.pv_w, inverter.load_w, inverter.pv_energy) == (None, None, None)
