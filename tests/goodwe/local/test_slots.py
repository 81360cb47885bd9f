"""Eco slots, ratings and powers: what is pure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from openpower_core.clock import ManualClock
from openpower_core.control import Schedule, Weekday
from openpower_core.errors import BadResponse
from openpower_core.readings import Quality, Stamp
from openpower_goodwe.local import Facts, Family, RuntimeData, mapping
from openpower_goodwe.local.control.program import ControlState, FastCharge, Planner
from openpower_goodwe.local.control.registers import changes
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


FACTS = Facts(family=Family.ET, serial="96000EHU000W0001", rated_w=6000, slot_bytes=12, slots_at=47547)
PLANNER = Planner(FACTS, None, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
PEAK = bytes.fromhex("0000173bfc7f006400140fff")
states = st.builds(
    ControlState,
    work_mode=st.sampled_from([0, 2, 3]),
    ems_mode=st.sampled_from([1, 8]),
    ems_w=st.integers(0, 6000),
    fast=st.none() | st.builds(FastCharge, on=st.booleans(), soc_pct=st.integers(0, 100), ended=st.booleans()),
    slots=st.tuples(*[slots.map(lambda slot: encode(evolve(slot, kind=SlotKind.PERCENT))) | st.just(PEAK)] * 4),
)


@given(states)
def test_the_schedule_that_is_there_changes_nothing(state: ControlState) -> None:
    """Whatever else the slots hold, in whatever mode."""
    try:
        schedule = PLANNER.schedule(state)
    except BadResponse:
        assume(False)
        raise
    assert PLANNER.draft(state, schedule).document == state


@given(states, st.integers(0, 3))
def test_a_schedule_leaves_what_it_does_not_need(state: ControlState, place: int) -> None:
    """Slots for another purpose, those that are off, and a window that is in the schedule still."""
    state = evolve(state, work_mode=3, slots=tuple(PEAK if n == place else raw for n, raw in enumerate(state.slots)))
    try:
        windows = PLANNER.schedule(state).windows
    except BadResponse:
        assume(False)
        raise
    kept = [window for window in windows[1:] if window.end_minute <= 1440]
    after = PLANNER.draft(state, Schedule(windows=kept)).document
    assert after.slots[place] == PEAK
    for old, new in zip(state.slots, after.slots, strict=True):
        assert new in (old, switched_off(old))
    assert set(PLANNER.schedule(after).windows) == set(kept)


@given(states, states)
def test_fields_are_what_is_written(one: ControlState, two: ControlState) -> None:
    """One request for each field that differs, and with_fields brings them back."""
    two = evolve(two, fast=None if one.fast is None else (two.fast or one.fast))
    fields, before = two.to_json(), one.to_json()
    differ = {name for name, value in fields.items() if before[name] != value}
    assert one.with_fields({name: fields[name] for name in differ}) == two
    found = changes(FACTS, two, one)
    assert [name for name, _, _ in found] == [name for name in fields if name in differ]
    assert len({address for _, address, _ in found}) == len(found)


def test_powers_go_before_the_modes_that_use_them() -> None:
    """And slots before everything, so that no step runs with old figures."""
    one = ControlState(
        work_mode=0, ems_mode=1, ems_w=0, fast=FastCharge(on=False, soc_pct=100, power_pct=100), slots=(PEAK,)
    )
    two = ControlState(
        work_mode=3, ems_mode=11, ems_w=9, fast=FastCharge(on=True, soc_pct=80, power_pct=50), slots=(b"\1" * 12,)
    )
    assert changes(FACTS, two, one) == [
        ("eco_mode_1", 47547, b"\1" * 12),
        ("fast_charging_soc", 47546, b"\0\x50"),
        ("fast_charging_power", 47603, b"\0\x32"),
        ("fast_charging", 47545, b"\0\1"),
        ("ems_power_limit", 47512, b"\0\x09"),
        ("ems_mode", 47511, b"\0\x0b"),
        ("work_mode", 47000, b"\0\x03"),
    ]


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


@pytest.mark.parametrize(
    ("lost", "power_w", "soc_pct"), [(set(), -4000, 50), ({"pbattery2"}, None, 50), ({"battery2_soc"}, -4000, None)]
)
def test_one_of_two_batteries_does_not_pass_for_both(
    lost: set[str], power_w: float | None, soc_pct: float | None
) -> None:
    """Refused once, battery 2 leaves -1,000 W instead of -4,000, and 80 % instead of 50: either is unknown."""
    values = {"battery_mode": 3, "battery2_mode": 3, "pbattery1": -1000, "pbattery2": -3000}
    values |= {"battery_soc": 80, "battery2_soc": 20, **dict.fromkeys(lost)}
    facts = Facts(family=Family.ET, serial="9025KETT00000000", rated_w=25_000)
    reading = mapping.to_battery_reading(
        RuntimeData(values), facts, Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
    )

    assert (reading.power_w, reading.soc_pct) == (power_w, soc_pct)


def test_nothing_known_is_nothing_reported() -> None:
    """An answer whose registers are all unset: no zeros."""
    data = RuntimeData({"battery_mode": 1, "ppv1": None, "pbattery1": None, "active_power": None, "battery_soc": 0})
    facts = Facts(family=Family.ET, serial="96000EHU000W0001")
    stamp = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
    battery = mapping.to_battery_reading(data, facts, stamp)
    inverter = mapping.to_inverter_reading(data, facts, stamp)

    assert (battery.power_w, battery.soc_pct, battery.charge_energy) == (None, None, None)
    assert (inverter.pv_w, inverter.load_w, inverter.pv_energy) == (None, None, None)
