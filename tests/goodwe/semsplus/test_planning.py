"""Programs from schedules and commands: what is not needed stays as the vendor spelt it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from openpower_core.control import BatteryCommand, BatteryMode, Schedule, Weekday, Window
from openpower_core.errors import InvalidValue
from openpower_goodwe.semsplus._sync.documents import _charge_values, _settings
from openpower_goodwe.semsplus.control.program import (
    Immediate,
    Planner,
    Program,
    fields_of_program,
    program_of,
    to_schedule,
)
from openpower_goodwe.semsplus.control.settings import ChargePower, ExportRegisters, plan_power
from openpower_goodwe.semsplus.control.slots import PowerScale, slot_data, slot_of
from openpower_goodwe.semsplus.mapping.chargers import PowerRange

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
PLANNER = Planner(scale=PowerScale(rated_w=5000), zone=UTC)
times = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}") | st.sampled_from(
    ["24:00", "7:5"]
)


def vendors(place: int) -> st.SearchStrategy[dict[str, Any]]:
    """One slot as the vendor might spell it, with a field that openpower does not know."""
    return st.fixed_dictionaries(
        {
            f"TOUStart{place}": times,
            f"TOUEnd{place}": times,
            f"TOUWeekEnable{place}": st.sampled_from([249, 6, 85, 252, "249"]),
            f"TOUWeek{place}": st.lists(st.integers(0, 6), max_size=7),
            f"TOUMonth{place}": st.lists(st.integers(0, 11), max_size=12),
            f"ChargeDischargePW{place}": st.integers(-1000, 1000),
            f"ChargeCutOffSet{place}": st.integers(0, 100) | st.just("80"),
            "novel": st.integers(),
        }
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program with four slots."""
    slots = [slot_of(place, draw(vendors(place))) for place in range(1, 5)]
    figures = st.none() | st.integers(0, 100)
    charge = st.builds(Immediate, on=st.booleans(), target_pct=figures, power_pct=figures)
    return Program(immediate=draw(st.none() | charge), enabled=draw(st.booleans()), slots=slots)


def _schedule(program: Program) -> Schedule:
    try:
        return to_schedule(program, PLANNER.scale)
    except (InvalidValue, ValueError):
        assume(False)
        raise


@given(programs())
def test_the_schedule_that_is_there_changes_nothing(program: Program) -> None:
    """Whether or not the slots are in force."""
    assert PLANNER.draft(program, _schedule(program), NOW).document == program


@given(programs())
def test_fields_hold_the_vendors_own_data(program: Program) -> None:
    """To the last letter, through JSON."""
    fields = fields_of_program(program)
    again = program_of(json.loads(json.dumps(fields)))
    assert again == program
    assert fields_of_program(again) == fields
    for place, slot in enumerate(program.slots, start=1):
        assert fields[f"TOU{place}"] == slot.data


@given(programs())
def test_a_window_that_stays_is_not_written(program: Program) -> None:
    """Only the window that was added."""
    program = evolve(program, enabled=True)
    schedule = _schedule(program)
    assume(all(window.start < window.end and window.start.hour > 0 for window in schedule.windows))
    added = Window(start="00:00", end="00:30", mode="charge", days={Weekday.MONDAY})
    try:
        document = PLANNER.draft(program, Schedule(windows=[*schedule.windows, added]), NOW).document
    except InvalidValue:
        assume(False)
        raise
    assert len(_settings(document, program)) == 1


def test_a_command_and_its_end() -> None:
    """One call for each slot and for the mode; what was there is spelt as before when it is restored."""
    night = {
        "TOUStart1": "1:00",
        "TOUEnd1": "24:00",
        "TOUWeekEnable1": 249,
        "TOUWeek1": [0, 1, 2, 3, 4, 5, 6],
        "new": 7,
    }
    program = Program(enabled=True, slots=[slot_of(1, night), slot_of(2, {}), slot_of(3, {}), slot_of(4, {})])
    command = BatteryCommand(mode=BatteryMode.EXPORT)
    document = PLANNER.draft(program, command, NOW).document
    back = program_of({**fields_of_program(document), **fields_of_program(program)})
    assert [name for name, _ in _settings(document, program)] == ["TOU1", "TOU2"]
    assert slot_data(1, document.slots[0]) == {**night, "TOUWeekEnable1": 6}
    assert dict(_settings(back, document))["TOU1"] == night


@pytest.mark.parametrize(
    ("current", "wanted", "values"),
    [
        (Immediate(), Immediate(on=True, target_pct=80, power_pct=50), {"47546": 80, "47603": 50, "47545": 1}),
        (Immediate(on=True, target_pct=80, power_pct=50), Immediate(target_pct=80, power_pct=50), {"47545": 0}),
        (
            Immediate(on=True, target_pct=80, power_pct=50),
            Immediate(target_pct=100, power_pct=90),
            {"47546": 100, "47603": 90, "47545": 0},
        ),
        (Immediate(target_pct=80), Immediate(target_pct=80), {}),
    ],
)
def test_the_immediate_charge_is_one_call(current: Immediate, wanted: Immediate, values: dict[str, int]) -> None:
    """With the figures that were there when it is restored."""
    assert _charge_values(Program(immediate=wanted), Program(immediate=current)) == values


def test_a_limit_never_snaps_up() -> None:
    """Below the least that the model takes it is refused; between two steps it is the lower one."""
    span = PowerRange(min_kw=4.2, max_kw=11, phases=3)
    with pytest.raises(InvalidValue, match=r"no limit below 6\.1 A"):
        plan_power(ChargePower(mode=0, kw=11), 3, span)
    assert plan_power(ChargePower(mode=0, kw=11), 6.1, span).document.kw == 4.2
    watts = ExportRegisters(switch="47509", figure="47510", span=(500, 5000))
    with pytest.raises(InvalidValue, match="no export limit below 500 W"):
        watts.plan(499)
    share = ExportRegisters(switch="40327", figure="40336", rated_w=6000)
    assert [share.plan(limit).document.watts for limit in (1979, 1980, 2039.9)] == [1920, 1980, 1980]
