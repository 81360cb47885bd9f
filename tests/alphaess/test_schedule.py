"""Schedules to the vendor's documents and back: nothing is lost that was not reported."""

from __future__ import annotations

import itertools
from datetime import time
from typing import Any

import alphaess_answers as answers
import attrs
import pytest
from hypothesis import given, settings, strategies as st

from openpower_alphaess import models
from openpower_alphaess.client import requests
from openpower_alphaess.client.grid import minutes
from openpower_alphaess.control.legacy import LegacyPair, legacy_plan
from openpower_alphaess.control.pair import DesiredSettings, Plan
from openpower_alphaess.control.periodic import PeriodicPair
from openpower_alphaess.control.week import schedule_of, snap
from openpower_core.control import EVERY_DAY, BatteryMode, Schedule, Weekday, Window
from openpower_core.convert import structure
from openpower_core.errors import InvalidValue, Unsupported

PERIODIC = PeriodicPair(5000)
LEGACY = LegacyPair()
CHARGE, HOLD, AUTO = BatteryMode.CHARGE, BatteryMode.HOLD, BatteryMode.AUTO


def legacy_of(charge: Any, discharge: Any) -> Plan:
    return legacy_plan(structure(models.ChargeSettings, charge), structure(models.DischargeSettings, discharge))


def charge_body(serial: str, plan: Plan) -> Any:
    side = plan.charge
    return requests.charge_write(serial, on=bool(side.on), windows=side.periods, limit=side.limit or 0)[1]


def discharge_body(serial: str, plan: Plan) -> Any:
    side = plan.discharge
    return requests.discharge_write(serial, on=bool(side.on), windows=side.periods, limit=side.limit or 0)[1]


def schedule_body(serial: str, plan: Plan) -> Any:
    ((_, body),) = PERIODIC.writes(serial, plan, LEGACY.empty)
    return body


def times(side: Any) -> list[tuple[str, str]]:
    return [(each.begin, each.end) for each in side.periods]


def window(start: str, end: str, mode: BatteryMode, **more: Any) -> Window:
    return Window(start=time.fromisoformat(start), end=time.fromisoformat(end), mode=mode, **more)


# --- real answers, in both directions


@pytest.mark.parametrize(
    ("charge", "discharge"),
    [
        (answers.CHARGE, answers.DISCHARGE),
        (answers.CHARGE_DEFAULT | {"batHighCap": 100.0}, {}),
        (answers.CHARGE_STALE, {}),
        (answers.CHARGE_DEFAULT, answers.DISCHARGE_DEFAULT),
    ],
)
def test_legacy_settings_that_are_off(charge: Any, discharge: Any) -> None:
    """Stored windows that are switched off schedule nothing, and stay stored under an empty schedule."""
    plan = legacy_of(charge, discharge)

    schedule = schedule_of(*LEGACY.week(plan))
    assert schedule == Schedule()

    snapped = snap(schedule, LEGACY.full_w)
    again, changes = LEGACY.encode(snapped.week, snapped.otherwise, plan)
    assert (again, changes) == (plan, [])


def test_legacy_settings_to_the_vendors_bodies() -> None:
    """What was read and is written again is the same document."""
    plan = legacy_of(answers.CHARGE, answers.DISCHARGE)
    charge = charge_body("SN", plan)
    discharge = discharge_body("SN", plan)

    assert charge == {**answers.CHARGE, "sysSn": "SN"}
    assert discharge == {**answers.DISCHARGE, "sysSn": "SN"}


def test_legacy_settings_in_force() -> None:
    """Switched on: charge from 11:00 to 14:00 up to 100 %, every day."""
    plan = legacy_of({**answers.CHARGE, "gridCharge": 1}, answers.DISCHARGE)

    assert schedule_of(*LEGACY.week(plan)) == Schedule(windows=(window("11:00", "14:00", CHARGE, target_soc_pct=100),))


def test_the_vendors_own_example_overlaps() -> None:
    """The Postman body holds text for a number and windows 00:00–22:15 and 01:15–00:00: all day."""
    body = answers.POSTMAN_CHARGE
    plan = legacy_plan(structure(models.ChargeSettings, body), structure(models.DischargeSettings, {"ctrDis": 0}))

    assert plan.charge.limit == 95
    (whole_day,) = schedule_of(*LEGACY.week(plan)).windows
    assert (whole_day.start, whole_day.end, whole_day.target_soc_pct) == (time(0), time(0), 95)
    written = charge_body(body["sysSn"], attrs.evolve(plan, charge=attrs.evolve(plan.charge, on=True)))
    assert written == {**body, "batHighCap": 95}


def test_the_vendors_discharge_example() -> None:
    """The other Postman body, there and back."""
    body = answers.POSTMAN_DISCHARGE
    plan = legacy_plan(structure(models.ChargeSettings, {}), structure(models.DischargeSettings, body))

    written = discharge_body(body["sysSn"], plan)
    assert written == body


def test_a_weekly_period() -> None:
    """Charge from 05:00 to 06:00 at 5 kW up to 55 %, all days; its flags read 0 though it runs."""
    plan = PERIODIC.plan(structure(models.TimeCharge, answers.WEEKLY))

    assert plan.charge.on is None
    assert plan.discharge.on is None
    assert schedule_of(*PERIODIC.week(plan)) == Schedule(
        windows=(window("05:00", "06:00", CHARGE, target_soc_pct=55, power_w=5000),)
    )


def test_a_read_is_never_echoed() -> None:
    """What was read, sent back: flags from what is there, a filler for the empty list, the same charge period."""
    body = schedule_body("SN", PERIODIC.plan(structure(models.TimeCharge, answers.WEEKLY)))

    assert (body["gridChargeCycle"], body["ctrDisCycle"]) == (1, 0)
    assert body["executeCycleType"] == 1
    (charge,) = body["chargeTimeList"]
    assert (charge["beginTime"], charge["endTime"]) == ("05:00", "06:00")
    assert (charge["chargePower"], charge["chargeLimit"]) == (5000, 55)
    assert charge["weeks"] == [1, 2, 3, 4, 5, 6, 7]
    (filler,) = body["dischargeTimeList"]
    assert filler["beginTime"] == filler["endTime"] == "00:00"
    assert filler["chargePower"] == 5000


def test_a_request_as_it_was_sent() -> None:
    """Weekend and weekdays apart, with a discharge element that was cut off in the source."""
    plan = PERIODIC.plan(structure(models.TimeCharge, answers.WEEKLY_REQUEST))

    weekdays = frozenset({Weekday(day) for day in range(1, 6)})
    weekend = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})
    windows = {each.days: each for each in schedule_of(*PERIODIC.week(plan)).windows if each.mode is CHARGE}
    assert windows[weekdays].power_w == 5000
    assert (windows[weekend].start, windows[weekend].end) == (time(0), time(6))
    assert windows[weekend].power_w == 1000
    assert windows[weekend].target_soc_pct == 55


def test_the_worked_example() -> None:
    """d_request_setTimeChargeBySn is what a schedule of a charge and a discharge window becomes."""
    request = answers.WORKED_EXAMPLE
    weekdays = frozenset({Weekday(day) for day in range(1, 6)})
    current = PERIODIC.plan(structure(models.TimeCharge, request))
    schedule = Schedule(
        otherwise=HOLD,
        windows=(
            window("01:00", "05:00", CHARGE, days=weekdays, target_soc_pct=90, power_w=5000),
            window("17:00", "21:00", AUTO, days=weekdays),
        ),
    )

    snapped = snap(schedule, PERIODIC.full_w)
    plan, changes = PERIODIC.encode(snapped.week, snapped.otherwise, current)

    assert not (snapped.adjustments)
    assert not changes
    assert schedule_body(request["sysSn"], plan) == request
    assert schedule_of(*PERIODIC.week(current)) == schedule


def test_the_documented_read() -> None:
    """The portal's shape, with ``info``: flags 1/1 in the answer are not believed either."""
    plan = PERIODIC.plan(structure(models.TimeCharge, answers.DOCUMENTED_READ))

    assert plan.charge.on is None
    schedule = schedule_of(*PERIODIC.week(plan))
    assert schedule.otherwise is HOLD
    assert {each.mode for each in schedule.windows} == {CHARGE, AUTO}


# --- rules


def test_windows_snap_inward() -> None:
    """05:07–08:52 becomes 05:15–08:45, and both changes are reported."""
    snapped = snap(
        Schedule(windows=(window("05:07", "08:52", CHARGE, target_soc_pct=80, power_w=3000),)), PERIODIC.full_w
    )

    (got,) = schedule_of(snapped.week, snapped.otherwise).windows
    assert (got.start, got.end) == (time(5, 15), time(8, 45))
    assert [(each.field, each.got) for each in snapped.adjustments] == [
        ("windows[0].start", time(5, 15)),
        ("windows[0].end", time(8, 45)),
    ]


def test_nothing_left() -> None:
    """A window that snapping empties is refused."""
    with pytest.raises(InvalidValue, match="15-minute"):
        snap(Schedule(windows=(window("05:01", "05:16", CHARGE),)), PERIODIC.full_w)


@pytest.mark.parametrize("mode", [BatteryMode.EXPORT, BatteryMode.IDLE, BatteryMode.NO_CHARGE])
def test_modes_that_are_not_there(mode: BatteryMode) -> None:
    """No window and no otherwise of these."""
    with pytest.raises(Unsupported):
        snap(Schedule(windows=(window("05:00", "06:00", mode),)), PERIODIC.full_w)
    with pytest.raises(Unsupported):
        snap(Schedule(otherwise=mode), PERIODIC.full_w)


def test_legacy_has_no_power() -> None:
    """A power becomes an adjustment, not an error."""
    snapped = snap(
        Schedule(windows=(window("05:00", "06:00", CHARGE, power_w=3000, target_soc_pct=80),)), LEGACY.full_w
    )

    (change,) = snapped.adjustments
    assert (change.field, change.asked, change.got) == ("windows[0].power_w", 3000, None)


def test_legacy_knows_no_weekdays() -> None:
    """A window for one day cannot become one for all."""
    snapped = snap(Schedule(windows=(window("05:00", "06:00", CHARGE, days={Weekday.MONDAY}),)), LEGACY.full_w)

    with pytest.raises(InvalidValue, match="every day"):
        LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)


def test_legacy_has_two_windows() -> None:
    """A window past midnight takes both; a third does not fit."""
    past_midnight = Schedule(windows=(window("22:00", "06:00", CHARGE, target_soc_pct=80),))
    snapped = snap(past_midnight, LEGACY.full_w)
    plan, _ = LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)
    assert sorted(times(plan.charge)) == [("00:00", "06:00"), ("22:00", "00:00")]
    assert schedule_of(*LEGACY.week(plan)) == past_midnight

    snapped = snap(Schedule(windows=(*past_midnight.windows, window("12:00", "13:00", CHARGE))), LEGACY.full_w)
    with pytest.raises(InvalidValue, match="two charge windows"):
        LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)


def test_hold_alone_is_a_charge_window_with_the_lowest_limit() -> None:
    """The emulation that the capability names."""
    snapped = snap(Schedule(windows=(window("16:00", "20:00", HOLD),)), LEGACY.full_w)
    plan, _ = LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)

    assert (plan.charge.on, plan.charge.limit, plan.discharge.on) == (True, 10, False)


def test_legacy_charge_and_hold_together() -> None:
    """One limit serves both charge windows, so the discharge windows leave the hold out."""
    snapped = snap(
        Schedule(windows=(window("00:00", "06:00", CHARGE, target_soc_pct=80), window("06:00", "16:00", HOLD))),
        LEGACY.full_w,
    )
    plan, _ = LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)

    assert (times(plan.charge), plan.charge.limit) == ([("00:00", "06:00"), ("00:00", "00:00")], 80)
    assert (plan.discharge.on, times(plan.discharge)) == (True, [("16:00", "00:00"), ("00:00", "00:00")])


def test_a_whole_day_is_two_halves() -> None:
    """00:00–00:00 is how the vendor says "off"."""
    snapped = snap(
        Schedule(windows=(window("00:00", "00:00", CHARGE, power_w=100, target_soc_pct=50),)), PERIODIC.full_w
    )
    plan, _ = PERIODIC.encode(snapped.week, snapped.otherwise, PERIODIC.empty)

    assert times(plan.charge) == [("00:00", "12:00"), ("12:00", "00:00")]


def test_the_reserve_of_discharge_periods_stays() -> None:
    """A new schedule keeps the lower bound that the current periods agree on."""
    wanted = snap(Schedule(otherwise=HOLD, windows=(window("17:00", "21:00", AUTO),)), PERIODIC.full_w)
    first, _ = PERIODIC.encode(wanted.week, wanted.otherwise, PERIODIC.empty)
    current, _ = PERIODIC.change(first, _settings(reserve_soc_pct=25))
    snapped = snap(Schedule(otherwise=HOLD, windows=(window("18:00", "20:00", AUTO),)), PERIODIC.full_w)
    plan, _ = PERIODIC.encode(snapped.week, snapped.otherwise, current)

    assert [each.limit for each in plan.discharge.periods] == [25]


def _settings(**wanted: Any) -> Any:
    return DesiredSettings(**wanted)


def test_legacy_settings() -> None:
    """Reserve, maximum and permission are fields of the pair; fractions are rounded to the safe side."""
    plan, changes = LEGACY.change(
        LEGACY.empty, _settings(reserve_soc_pct=20.5, max_soc_pct=80.5, grid_charge_allowed=True)
    )

    assert (plan.discharge.limit, plan.charge.limit, plan.charge.on) == (21, 80, True)
    assert {each.field for each in changes} == {"reserve_soc_pct", "max_soc_pct"}


def test_periodic_settings_need_periods() -> None:
    """Without a period there is nothing that could carry a limit."""
    for desired in ({"reserve_soc_pct": 20}, {"max_soc_pct": 80}, {"grid_charge_allowed": True}):
        with pytest.raises(InvalidValue, match="period"):
            PERIODIC.change(PERIODIC.empty, _settings(**desired))


@pytest.mark.parametrize(("pair", "empty"), [(LEGACY, LEGACY.empty), (PERIODIC, PERIODIC.empty)])
def test_settings_do_not_end_a_hold(pair: Any, empty: Any) -> None:
    """A hold is made of charge windows; another limit would make them charge, and no charging would free it."""
    snapped = snap(Schedule(windows=(window("16:00", "20:00", HOLD),)), pair.full_w)
    plan, _ = pair.encode(snapped.week, snapped.otherwise, empty)

    assert pair.settings(plan).max_soc_pct is None
    for desired in ({"max_soc_pct": 80}, {"grid_charge_allowed": False}):
        with pytest.raises(InvalidValue):
            pair.change(plan, _settings(**desired))


@pytest.mark.parametrize(("pair", "empty"), [(LEGACY, LEGACY.empty), (PERIODIC, PERIODIC.empty)])
def test_no_side_is_switched_on_with_fillers_alone(pair: Any, empty: Any) -> None:
    """A hold through the whole week is made of windows; it is unknown what an active 00:00–00:00 would do."""
    snapped = snap(Schedule(otherwise=HOLD), pair.full_w)

    plan, _ = pair.encode(snapped.week, snapped.otherwise, empty)

    assert (plan.charge.on, plan.discharge.on) == (True, False)
    assert {(each.start, each.end, each.mode) for each in schedule_of(*pair.week(plan)).windows} == {
        (time(0), time(0), HOLD)
    }


# --- any schedule

quarter = st.integers(0, 95)
minute = st.integers(0, 1439)


@st.composite
def schedules(draw: st.DrawFn, *, daily: bool = False) -> Schedule:
    windows: list[Window] = []
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(minute), draw(st.integers(1, 1439))
        end = (start + length) % 1440
        days = EVERY_DAY if daily else draw(st.sets(st.sampled_from(list(Weekday)), min_size=1))
        mode = draw(st.sampled_from([CHARGE, HOLD, AUTO]))
        if start == end:
            continue
        new = Window(
            start=time(start // 60, start % 60),
            end=time(end // 60, end % 60),
            mode=mode,
            days=frozenset(days),
            power_w=draw(st.none() | st.floats(0.5, 9000)),
            target_soc_pct=draw(st.none() | st.just(0.0) | st.floats(1, 100)),
        )
        try:
            Schedule(windows=(*windows, new))
        except InvalidValue:
            continue
        windows.append(new)
    return Schedule(windows=tuple(windows), otherwise=draw(st.sampled_from([AUTO, HOLD])))


def asked_for(schedule: Schedule, adjustments: Any, pair: Any) -> list[Any]:
    """What each quarter hour should hold once the reported adjustments are applied."""
    reported = {each.field: each.got for each in adjustments}
    slots: list[Any] = [(schedule.otherwise, None, None)] * 672
    for index, each in enumerate(schedule.windows):
        got = {
            name: reported.get(f"windows[{index}].{name}", getattr(each, name))
            for name in ("start", "end", "power_w", "target_soc_pct")
        }
        first = got["start"].hour * 4 + got["start"].minute // 15
        if each.start > got["start"]:  # the start moved to the next midnight
            first += 96
        last = got["end"].hour * 4 + got["end"].minute // 15
        while last <= first:
            last += 96
        value = (each.mode, got["target_soc_pct"], got["power_w"])
        for day in each.days:
            for place in range(first, last):
                slots[((day - 1) * 96 + place) % 672] = value
    return slots


def seen_in(pair: Any, plan: Any) -> list[Any]:
    week, otherwise = pair.week(plan)
    return [(otherwise, None, None) if slot is None else (slot.mode, slot.target, slot.power) for slot in week]


def check_body_lists(*lists: Any) -> None:
    spans: dict[int, list[tuple[int, int]]] = {}
    for elements in lists:
        assert elements
        for each in elements:
            begin, end = (int(each[key][:2]) * 60 + int(each[key][3:]) for key in ("beginTime", "endTime"))
            assert begin % 15 == end % 15 == 0
            assert 10 <= each["chargeLimit"] <= 100
            assert each["chargePower"] > 0
            if begin == end:
                assert begin == 0
                continue
            assert (end or 1440) > begin
            for day in each.get("weeks", range(1, 8)):
                spans.setdefault(day, []).append((begin, end or 1440))
    for day in spans.values():
        day.sort()
        assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(day))


@settings(deadline=None)
@given(schedules())
def test_any_schedule_on_the_periodic_pair(schedule: Schedule) -> None:
    """The document means what was requested, except for the reported adjustments."""
    try:
        snapped = snap(schedule, PERIODIC.full_w)
        plan, changes = PERIODIC.encode(snapped.week, snapped.otherwise, PERIODIC.empty)
    except InvalidValue:
        return  # told, not lost

    body = schedule_body("SN", plan)
    assert seen_in(PERIODIC, plan) == asked_for(schedule, [*snapped.adjustments, *changes], PERIODIC)
    check_body_lists(body["chargeTimeList"], body["dischargeTimeList"])
    assert len({each["chargePower"] for each in body["chargeTimeList"]}) >= 1
    read = PERIODIC.plan(structure(models.TimeCharge, {**body, "gridChargeCycle": 0, "ctrDisCycle": 0}))
    assert (read.charge.periods, read.discharge.periods) == (plan.charge.periods, plan.discharge.periods)
    assert PERIODIC.with_fields(PERIODIC.empty, PERIODIC.fields(plan)) == plan


@settings(deadline=None)
@given(schedules(daily=True))
def test_any_schedule_on_the_legacy_pair(schedule: Schedule) -> None:
    """The same, with the common limit of both charge windows reported as an adjustment."""
    try:
        snapped = snap(schedule, LEGACY.full_w)
        plan, changes = LEGACY.encode(snapped.week, snapped.otherwise, LEGACY.empty)
    except InvalidValue:
        return

    got = {each.asked: each.got for each in changes}
    wanted = [
        (mode, got.get(target, target), power)
        for mode, target, power in asked_for(schedule, snapped.adjustments, LEGACY)
    ]
    assert seen_in(LEGACY, plan) == wanted
    for side in (plan.charge, plan.discharge):
        spans = [(minutes(each.begin) or 0, minutes(each.end) or 0) for each in side.periods]
        running = sorted((begin, end or 1440) for begin, end in spans if begin != end)
        assert all(begin % 15 == end % 15 == 0 and begin < end for begin, end in running)
        assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(running))
    charge = charge_body("SN", plan)
    discharge = discharge_body("SN", plan)
    read = legacy_plan(structure(models.ChargeSettings, charge), structure(models.DischargeSettings, discharge))
    assert read == plan
    assert LEGACY.with_fields(LEGACY.empty, LEGACY.fields(plan)) == plan


@settings(deadline=None)
@given(schedules())
def test_reading_and_writing_again_changes_nothing(schedule: Schedule) -> None:
    """Vendor document → schedule → vendor document is the same document."""
    try:
        snapped = snap(schedule, PERIODIC.full_w)
        plan, _ = PERIODIC.encode(snapped.week, snapped.otherwise, PERIODIC.empty)
    except InvalidValue:
        return
    read = schedule_of(*PERIODIC.week(plan))

    again = snap(read, PERIODIC.full_w)
    assert not again.adjustments
    assert PERIODIC.encode(again.week, again.otherwise, plan)[0] == plan
