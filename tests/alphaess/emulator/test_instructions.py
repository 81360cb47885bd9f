"""What the inverter makes of its settings, minute by minute, as laws that hold for any of them."""

from __future__ import annotations

from hypothesis import given, strategies as st

from openpower_alphaess.emulator.settings import (
    CHARGE_DEFAULTS,
    DISCHARGE_DEFAULTS,
    Period,
    PeriodicSchedule,
    covers,
    legacy_instruction,
    periodic_instruction,
)
from openpower_core.control import BatteryMode

quarters = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
minutes = st.integers(0, 1439)
days = st.integers(1, 7)


@given(begin=quarters, end=quarters, minute=minutes)
def test_period_is_half_open_within_its_day(begin, end, minute):
    """It begins with its first minute, ends before its last; 00:00 at the end is midnight, equal ends are off."""
    now = f"{minute // 60:02}:{minute % 60:02}"
    last = "24:00" if end == "00:00" else end

    assert covers(begin, end, minute) == (begin != end and begin <= now < last)


@given(begin=quarters, end=quarters, minute=minutes, weekday=days)
def test_both_pairs_mean_the_same_window(begin, end, minute, weekday):
    """A daily charge period with its flag does what the legacy window with its switch does."""
    legacy = legacy_instruction(
        {**CHARGE_DEFAULTS, "gridCharge": 1, "timeChaf1": begin, "timeChae1": end, "batHighCap": 80},
        DISCHARGE_DEFAULTS,
        minute,
    )
    period = Period(begin=begin, end=end, limit_pct=80, power_w=5000)
    periodic = periodic_instruction(PeriodicSchedule(charge_flag=1, charge=(period,)), weekday, minute)

    assert (legacy.mode, legacy.target_soc_pct) == (periodic.mode, periodic.target_soc_pct)


@given(begin=quarters, end=quarters, minute=minutes, weekday=days, weeks=st.frozensets(days, min_size=1))
def test_weekly_period_is_the_daily_one_on_its_days(begin, end, minute, weekday, weeks):
    """On its days a weekly period is a daily one; on the others there is none."""
    period = Period(begin=begin, end=end, limit_pct=80, power_w=5000, weeks=weeks)
    daily, weekly = (
        periodic_instruction(PeriodicSchedule(cycle=cycle, charge_flag=1, charge=(period,)), weekday, minute)
        for cycle in (0, 1)
    )

    assert weekly.mode == (daily.mode if weekday in weeks else BatteryMode.AUTO)


@given(minute=minutes, weekday=days, periods=st.lists(st.tuples(quarters, quarters), max_size=3))
def test_nothing_is_ever_exported_by_force(minute, weekday, periods):
    """No setting of the Open API forces a discharge: periods permit, and outside them the battery holds."""
    discharge = tuple(Period(begin=begin, end=end, limit_pct=20, power_w=5000) for begin, end in periods)
    schedule = PeriodicSchedule(discharge_flag=1, discharge=discharge)

    assert periodic_instruction(schedule, weekday, minute).mode in {BatteryMode.AUTO, BatteryMode.HOLD}
