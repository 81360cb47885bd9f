"""Calendar days in any zone join without gaps, whatever the clocks do."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings, strategies as st

from openpower_simulation.localday import MINUTE, from_micros, local_date, local_day

zones = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
days = st.integers(0, 3 * 365).map(lambda n: date(2025, 1, 1) + timedelta(days=n))


@settings(deadline=None, max_examples=200)
@given(day=days, tz=zones)
def test_days_join_and_hold_their_own_moments(day: date, tz: ZoneInfo) -> None:
    """Each day ends where the next one begins, on the market's grid, and is 22 to 26 hours long."""
    this, following = local_day(day, tz), local_day(day + timedelta(days=1), tz)

    assert this.end == following.start
    assert this.start % (5 * MINUTE) == 0
    assert this.minutes * MINUTE == this.end - this.start
    assert 22 * 60 <= this.minutes <= 26 * 60
    assert local_date(this.start, tz) == local_date(this.end - 1, tz) == day


@settings(deadline=None, max_examples=100)
@given(day=days, tz=zones, share=st.floats(0, 1))
def test_each_minute_knows_what_the_wall_shows(day: date, tz: ZoneInfo, share: float) -> None:
    """Through changes of the clocks as well."""
    this = local_day(day, tz)
    minute = min(int(share * this.minutes), this.minutes - 1)
    local = from_micros(this.start + minute * MINUTE).astimezone(tz)

    assert this.wall[minute] == local.hour * 60 + local.minute
