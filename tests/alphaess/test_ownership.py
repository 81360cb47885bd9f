"""What the vendor holds, however odd, survives a command and comes back to the letter; reading and setting sends nothing."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from openpower_alphaess import models
from openpower_alphaess.client.grid import PER_WEEK
from openpower_alphaess.control.legacy import LegacyPair, legacy_plan
from openpower_alphaess.control.pair import SIDES, Plan, charging, side_of
from openpower_alphaess.control.periodic import PeriodicPair
from openpower_alphaess.control.planning import Planner, stretch_of
from openpower_alphaess.control.week import AUTO, HOLD, Slot
from openpower_core.clock import ManualClock
from openpower_core.control import BatteryCommand, BatteryMode, Schedule
from openpower_core.convert import structure
from openpower_core.errors import InvalidValue

LEGACY, PERIODIC = LegacyPair(), PeriodicPair(5000)
MODES = [BatteryMode.CHARGE, BatteryMode.HOLD, BatteryMode.AUTO]
NOW = datetime(2026, 1, 12, 21, 7, tzinfo=UTC)
TIMES = st.integers(0, 95).map(lambda slot: f"{slot // 4:02d}:{slot % 4 * 15:02d}")
ODD = st.sampled_from(["24:00", "06:07", "6:00", "25:61", "noon"])
TEXTS = st.one_of(TIMES, TIMES, TIMES, st.just("00:00"), ODD)
LIMITS = st.sampled_from([0, 5, 10, 11, 55.5, 80, 100])


@st.composite
def legacy_answers(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both answers of the legacy pair, with whatever somebody may have stored."""
    charge = {name: draw(TEXTS) for name in ("timeChaf1", "timeChae1", "timeChaf2", "timeChae2")}
    discharge = {name: draw(TEXTS) for name in ("timeDisf1", "timeDise1", "timeDisf2", "timeDise2")}
    charge |= {"gridCharge": draw(st.integers(0, 1)), "batHighCap": draw(LIMITS)}
    return charge, discharge | {"ctrDis": draw(st.integers(0, 1)), "batUseCap": draw(LIMITS)}


@st.composite
def periodic_answers(draw: st.DrawFn) -> dict[str, Any]:
    """The periodic answer: odd times, periods without a power, off, overlapping, on some days, with their own limits."""
    weekly = draw(st.booleans())
    lists = {
        name: [
            {
                "beginTime": draw(TEXTS),
                "endTime": draw(TEXTS),
                "weeks": sorted(draw(st.sets(st.integers(1, 7), min_size=1))) if weekly else list(range(1, 8)),
                "chargePower": draw(st.sampled_from([None, 0, 100, 2500, 20000])),
                "chargeLimit": draw(LIMITS.filter(lambda limit: limit >= 10)),
            }
            for _ in range(draw(st.integers(0, 3)))
        ]
        for name in ("chargeTimeList", "dischargeTimeList")
    }
    return {"executeCycleType": int(weekly), "gridChargeCycle": 0, "ctrDisCycle": 0, **lists}


def legacy_of(answer: tuple[dict[str, Any], dict[str, Any]]) -> Plan:
    return legacy_plan(structure(models.ChargeSettings, answer[0]), structure(models.DischargeSettings, answer[1]))


def periodic_of(answer: dict[str, Any]) -> Plan:
    return PERIODIC.plan(structure(models.TimeCharge, answer))


stored = st.one_of(
    legacy_answers().map(lambda answer: (LEGACY, legacy_of(answer))),
    periodic_answers().map(lambda answer: (PERIODIC, periodic_of(answer))),
)
commands = st.builds(
    lambda mode, hours: BatteryCommand(mode=mode, until=hours and NOW + timedelta(hours=hours)),
    st.sampled_from(MODES),
    st.one_of(st.none(), st.integers(1, 23)),
)


def planner(pair: Any) -> Planner:
    return Planner(pair=pair, tz="Europe/Berlin", clock=ManualClock(NOW))


def meaning(pair: Any, plan: Plan) -> list[Any]:
    week, otherwise = pair.week(plan)
    return [Slot(otherwise) if slot is None else slot for slot in week]


def overlapping(plan: Plan) -> bool:
    periods = [*plan.charge.periods, *plan.discharge.periods]
    return any(one.overlaps(other) for one, other in itertools.combinations(periods, 2))


def put_back(pair: Any, current: Plan, plan: Plan) -> Plan:
    """The plan with every field that differs as it was before: what the pipeline makes of it for a release."""
    had, has = pair.fields(current), pair.fields(plan)
    changed = [name for name, value in has.items() if name not in had or had[name] != value]
    restored: Plan = pair.with_fields(plan, {name: had.get(name) for name in changed})
    return restored


@settings(deadline=None, max_examples=300)
@given(stored)
def test_what_is_read_and_set_sends_nothing(found: tuple[Any, Plan]) -> None:
    """``set_schedule(schedule())``, for every plan that the vendor can hold."""
    pair, current = found
    at_work = planner(pair)

    draft = at_work.draft(current, at_work.schedule(current))

    assert draft.document == current
    assert pair.writes("SN", draft.document, current) == []
    assert draft.adjustments == ()


@settings(deadline=None, max_examples=300)
@given(stored, commands)
def test_a_release_puts_back_every_letter(found: tuple[Any, Plan], command: BatteryCommand) -> None:
    """Times, limits, powers and weekdays, and text that cannot be read, are written as they were."""
    pair, current = found
    if pair is PERIODIC and overlapping(current):  # the service takes no such list back
        return
    try:
        plan = planner(pair).draft(current, command).document
    except InvalidValue:
        return

    restored = put_back(pair, current, plan)

    assert restored == current
    before = [body for _, body in pair.writes("SN", current, Plan())]
    assert all(body in before for _, body in pair.writes("SN", restored, plan))
    assert pair.with_fields(pair.empty, pair.fields(plan)) == plan


@settings(deadline=None, max_examples=300)
@given(stored, commands)
def test_an_untouched_period_survives(found: tuple[Any, Plan], command: BatteryCommand) -> None:
    """What a command does not cover is what it was, period by period; what had to change is an adjustment."""
    pair, current = found
    try:
        draft = planner(pair).draft(current, command)
    except InvalidValue:
        return
    covered = frozenset(range(PER_WEEK))
    if command.until is not None:
        zone = planner(pair)._needed_zone()
        covered = stretch_of(NOW, command.until, zone, running=True, daily=pair.daily).slots
    reported = {each.asked for each in draft.adjustments if each.field == "windows"}
    suspended = any(isinstance(each, int) for each in reported) or any(
        each.field == "otherwise" for each in draft.adjustments
    )
    week, otherwise = pair.week(current)
    # Permissions that charge windows hide altogether permit nothing: the hold around them is written by charge windows.
    if suspended or (otherwise is BatteryMode.HOLD and AUTO not in week):
        return

    was, now = meaning(pair, current), meaning(pair, draft.document)
    assert [now[slot] for slot in range(PER_WEEK) if slot not in covered] == [
        was[slot] for slot in range(PER_WEEK) if slot not in covered
    ]
    for name in SIDES:
        before, after = side_of(current, name), side_of(draft.document, name)
        for period in before.periods:
            slots = pair.covered(period)
            if slots and (not pair.runs(before) or slots & covered):
                continue
            if not slots and period.off:
                continue
            # One limit serves both legacy charge windows: beside a charge the discharge half has to hold.
            if pair is LEGACY and name == "charge" and charging(period, before) == HOLD:
                continue
            # Two that adjoin may become one, to make room.
            near = {(index + step) % PER_WEEK for index in slots for step in (-1, 0, 1)}
            # So may one that overlaps another: what it means under that one is nothing, and may be left out.
            others = [each for side in SIDES for each in side_of(current, side).periods if each is not period]
            if near & covered or any(pair.covered(each) & near for each in others):
                continue
            # In a daily schedule the days that a period names mean nothing; a command makes it a weekly one.
            there = {attrs.evolve(each, weeks=None) for each in after.periods}
            assert attrs.evolve(period, weeks=None) in there or f"{period.begin}-{period.end}" in reported


@settings(deadline=None)
@given(stored)
def test_switches_beside_nothing_assert_nothing(found: tuple[Any, Plan]) -> None:
    """That windows which are all off permit nothing, and so hold the battery, is not known: nobody is told so."""
    pair, current = found
    running = [period for period in current.discharge.periods if pair.covered(period)]

    schedule = planner(pair).schedule(current)

    assert (schedule.otherwise is BatteryMode.HOLD) is bool(running and current.discharge.on is not False)


@settings(deadline=None)
@given(stored, commands | st.just(Schedule(otherwise=BatteryMode.HOLD)))
def test_no_switch_beside_nothing_is_written(found: tuple[Any, Plan], desired: Any) -> None:
    """A hold is made of charge windows, or of discharge windows with at least one in force, with a note; never of none."""
    pair, current = found
    try:
        draft = planner(pair).draft(current, desired)
    except InvalidValue:
        return

    switched = draft.document.discharge.on and not current.discharge.on
    if switched:
        assert pair.runs(draft.document.discharge)
        assert "not proven" in draft.note


def test_auto_does_not_trust_a_switch_beside_nothing() -> None:
    """With ``ctrDis`` 1 and no window the battery may be holding: auto() switches it off."""
    answer = structure(models.DischargeSettings, {"ctrDis": 1, "batUseCap": 20})
    current = legacy_plan(structure(models.ChargeSettings, {}), answer)

    for until in (None, NOW + timedelta(hours=2)):
        document = planner(LEGACY).draft(current, BatteryCommand(mode=BatteryMode.AUTO, until=until)).document
        ((call, body),) = LEGACY.writes("SN", document, current)
        assert (call, body["ctrDis"], body["batUseCap"]) == ("updateDisChargeConfigInfo", 0, 20)


def test_text_that_is_no_time_goes_back_as_it_was() -> None:
    """A charge needs the first window; the second one, 22:00 to 24:00, is sent as it was."""
    answer = {"gridCharge": 1, "timeChaf1": "00:00", "timeChae1": "00:00", "timeChaf2": "22:00", "timeChae2": "24:00"}
    current = legacy_of((answer | {"batHighCap": 80}, {}))

    draft = planner(LEGACY).draft(
        current, BatteryCommand(mode=BatteryMode.CHARGE, target_soc_pct=80, until=NOW + timedelta(hours=1))
    )

    ((_, body),) = LEGACY.writes("SN", draft.document, current)
    assert (body["timeChaf1"], body["timeChae1"]) == ("22:00", "23:00")
    assert (body["timeChaf2"], body["timeChae2"]) == ("22:00", "24:00")
    assert [each.field for each in draft.adjustments] == ["until"]


@pytest.mark.parametrize(("target", "power"), [(10, None), (10.9, None), (5, None), (50, 0.5)])
def test_a_limit_is_never_raised(target: float, power: float | None) -> None:
    """Below the least it is refused; the battery would otherwise charge further, or faster, than was asked for."""
    command = BatteryCommand(mode=BatteryMode.CHARGE, target_soc_pct=target, power_w=power)

    with pytest.raises(InvalidValue, match="or more"):
        planner(PERIODIC).draft(PERIODIC.empty, command)


def cut(limit: float, end: str) -> Plan:
    """A plan that serves the house from 20:00 to midnight; a charge until 23:00 cuts it, and then somebody edits the rest."""
    body = {"beginTime": "20:00", "endTime": "00:00", "chargePower": 3333, "chargeLimit": limit, "weeks": [1]}
    current = periodic_of({"executeCycleType": 1, "dischargeTimeList": [body], "chargeTimeList": []})
    command = BatteryCommand(mode=BatteryMode.CHARGE, until=NOW + timedelta(hours=1))
    plan = planner(PERIODIC).draft(current, command).document
    had, has = PERIODIC.fields(current), PERIODIC.fields(plan)
    edited = {
        name: {**value, "limit": 35.0, "end": end if value["end"] == "00:00" else value["end"]}
        for name, value in has.items()
        if name.startswith("discharge ") and value
    }
    theirs = PERIODIC.with_fields(plan, dict.fromkeys(edited) | {f"discharge {name}": edited[name] for name in edited})
    return PERIODIC.with_fields(theirs, {name: had.get(name) for name in has if has[name] != had.get(name)})


def test_a_period_whose_rest_was_edited_comes_back_whole() -> None:
    """With the limit that somebody has given to what a command had left of it."""
    (period,) = cut(12, end="00:00").discharge.periods

    assert (period.begin, period.end, period.limit, period.power) == ("20:00", "00:00", 35, 3333)


def test_a_period_whose_rest_was_moved_stays_as_they_have_it() -> None:
    """The service takes no overlaps, and what somebody has changed is theirs."""
    periods = cut(12, end="23:30").discharge.periods

    assert {(period.begin, period.end) for period in periods} == {("20:00", "22:00"), ("23:00", "23:30")}
    assert not any(one.overlaps(other) for one, other in itertools.combinations(periods, 2))
