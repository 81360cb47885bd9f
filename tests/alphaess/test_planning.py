"""Commands on the vendor's wall clock: any start, any end, any zone, over any earlier schedule."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower_alphaess.control.legacy import LegacyPair
from openpower_alphaess.control.periodic import PeriodicPair
from openpower_alphaess.control.planning import Planner, slot_of
from openpower_core.clock import ManualClock
from openpower_core.control import BatteryCommand, BatteryMode, Schedule, Window
from openpower_core.errors import InvalidValue

PAIRS: list[tuple[Any, Any]] = [(pair, pair.empty) for pair in (LegacyPair(), PeriodicPair(5000))]
CHARGE, HOLD, AUTO = BatteryMode.CHARGE, BatteryMode.HOLD, BatteryMode.AUTO
STEP = timedelta(minutes=15)
ZONES = ["Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kathmandu"]
NEAR_A_CHANGE = [
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 10, 24, 20, tzinfo=UTC),
    datetime(2026, 4, 4, 8, tzinfo=UTC),
    datetime(2026, 10, 3, 8, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
]
NIGHTS = Schedule(windows=(Window(start=time(1), end=time(3), mode=CHARGE, target_soc_pct=60, power_w=None),))
EVENINGS = Schedule(otherwise=HOLD, windows=(Window(start=time(17), end=time(22), mode=AUTO),))


def planner(pair: Any, now: datetime, tz: str = "Europe/Berlin") -> Planner:
    return Planner(pair=pair, tz=tz, clock=ManualClock(now))


def slot_at(pair: Any, plan: Any, instant: datetime, zone: ZoneInfo) -> Any:
    week, otherwise = pair.week(plan)
    slot = week[slot_of(instant, zone)]
    return otherwise if slot is None else slot.mode


@settings(deadline=None)
@given(
    which=st.sampled_from(PAIRS),
    near=st.sampled_from(NEAR_A_CHANGE),
    minutes=st.integers(0, 24 * 60),
    lasts=st.integers(16, 23 * 60),
    tz=st.sampled_from(ZONES),
    mode=st.sampled_from([CHARGE, HOLD, AUTO]),
    beneath=st.sampled_from([Schedule(), NIGHTS, EVENINGS]),
)
def test_any_command(
    which: tuple[Any, Any], near: datetime, minutes: int, lasts: int, tz: str, mode: BatteryMode, beneath: Schedule
) -> None:
    """It holds in every quarter until its end, ends then or says when it comes back."""
    pair, empty = which
    zone, now = ZoneInfo(tz), near + timedelta(minutes=minutes)
    until = now + timedelta(minutes=lasts)
    at_work = planner(pair, now, tz)
    current = at_work.draft(empty, beneath).document
    desired = BatteryCommand(mode=mode, until=until)

    draft = at_work.draft(current, desired)

    plan, due = draft.document, draft.release_due
    assert due is not None
    assert until - STEP < due <= until
    instant = now
    while instant < due:
        assert slot_at(pair, plan, instant, zone) is mode
        instant += STEP
    if plan != current:
        assert draft.recurs_at is not None
        instant = due
        while instant < draft.recurs_at:
            if beneath.otherwise is not mode and not beneath.windows:
                assert slot_at(pair, plan, instant, zone) is not mode
            instant += STEP


@pytest.mark.parametrize(("pair", "empty"), PAIRS)
def test_a_command_keeps_what_is_scheduled_beside_it(pair: Any, empty: Any) -> None:
    """A charge from 22:00 to 23:00 leaves the one from 01:00 to 03:00 with the same target alone."""
    at_work = planner(pair, datetime(2026, 1, 12, 21, tzinfo=UTC))
    current = at_work.draft(empty, NIGHTS).document
    until = datetime(2026, 1, 12, 22, tzinfo=UTC)

    draft = at_work.draft(current, BatteryCommand(mode=CHARGE, target_soc_pct=60, until=until))

    starts = {each.start for each in at_work.schedule(draft.document).windows}
    assert starts == {time(1), time(22)}
    assert draft.adjustments == ()


def test_what_cannot_stand_beside_it_is_suspended() -> None:
    """The legacy pair has one limit: another target suspends the nights, and the receipt says so."""
    pair, empty = PAIRS[0]
    at_work = planner(pair, datetime(2026, 1, 12, 21, tzinfo=UTC))
    current = at_work.draft(empty, NIGHTS).document
    until = datetime(2026, 1, 12, 22, tzinfo=UTC)

    draft = at_work.draft(current, BatteryCommand(mode=CHARGE, target_soc_pct=90, until=until))

    assert [each.start for each in at_work.schedule(draft.document).windows] == [time(22)]
    (change,) = draft.adjustments
    assert (change.field, change.asked, change.got) == ("windows", 1, 0)
    assert "release" in change.reason


@pytest.mark.parametrize(("pair", "empty"), PAIRS)
@pytest.mark.parametrize("start", [timedelta(minutes=3), timedelta(hours=3)])
def test_ends_that_cannot_be(pair: Any, empty: Any, start: timedelta) -> None:
    """An end that is over, an empty stretch, a beginning without an end."""
    now = datetime(2026, 1, 12, 21, tzinfo=UTC)
    at_work = planner(pair, now)
    current = empty
    begin = now + start

    with pytest.raises(InvalidValue, match="has passed"):
        at_work.draft(current, BatteryCommand(mode=CHARGE, until=now))
    end = begin + timedelta(minutes=5)
    with pytest.raises(InvalidValue, match="15-minute"):
        at_work.draft(current, BatteryCommand(mode=CHARGE, start=begin, until=end))
    with pytest.raises(InvalidValue, match="until="):
        at_work.draft(current, BatteryCommand(mode=CHARGE, start=begin))
