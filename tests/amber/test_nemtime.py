"""Market days: ten hours ahead of UTC all year, and cut into calls without holes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from openpower_amber.client.requests import NEM, as_day, nem_date, nem_days, nem_midnight, spans
from openpower_core.errors import InvalidValue

SYDNEY = ZoneInfo("Australia/Sydney")


def test_a_market_day_keeps_standard_time_in_summer() -> None:
    """At 00:30 in Sydney's summer the market still has the day before."""
    assert nem_date(datetime(2026, 1, 15, 0, 30, tzinfo=SYDNEY)) == date(2026, 1, 14)
    assert nem_date(datetime(2026, 7, 15, 0, 30, tzinfo=SYDNEY)) == date(2026, 7, 15)


@pytest.mark.parametrize("day", [date(2026, 4, 5), date(2026, 10, 4), date(2026, 6, 1)])
def test_a_market_day_has_twenty_four_hours(day: date) -> None:
    """Also on the days on which Sydney's has 23 or 25."""
    assert nem_midnight(day + timedelta(days=1)) - nem_midnight(day) == timedelta(days=1)
    assert nem_midnight(day).utcoffset() == timedelta(hours=10)


def test_a_local_day_touches_two_market_days_in_summer() -> None:
    """And one in winter."""
    summer, winter = datetime(2026, 1, 15, tzinfo=SYDNEY), datetime(2026, 7, 15, tzinfo=SYDNEY)

    assert nem_days(summer, datetime(2026, 1, 16, tzinfo=SYDNEY)) == (date(2026, 1, 14), date(2026, 1, 15))
    assert nem_days(winter, datetime(2026, 7, 16, tzinfo=SYDNEY)) == (date(2026, 7, 15), date(2026, 7, 15))


def test_the_end_of_a_range_is_not_part_of_it() -> None:
    """A range that ends at a market midnight does not ask for the day that begins there."""
    start = datetime(2026, 1, 1, tzinfo=NEM)

    assert nem_days(start, start + timedelta(days=2)) == (date(2026, 1, 1), date(2026, 1, 2))
    assert nem_days(start, start) == (date(2026, 1, 1), date(2026, 1, 1))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_spans_cover_every_day_once_and_in_order(start: date, days: int) -> None:
    """No call is longer than seven days, no day is missing, none is requested twice."""
    end = start + timedelta(days=days)

    covered: list[date] = []
    for first, last in spans(start, end):
        assert timedelta(0) <= last - first <= timedelta(days=6)
        covered += [first + timedelta(days=n) for n in range((last - first).days + 1)]

    assert covered == [start + timedelta(days=n) for n in range(days + 1)]


def test_a_year_takes_fifty_three_calls() -> None:
    """365 days in pieces of seven."""
    assert len(list(spans(date(2025, 1, 1), date(2025, 12, 31)))) == 53


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    """It is a mistake and not an empty answer."""
    with pytest.raises(InvalidValue, match="before"):
        list(spans(date(2026, 1, 2), date(2026, 1, 1)))


def test_an_instant_is_no_day() -> None:
    """Its day depends on the zone, so the caller has to specify it."""
    with pytest.raises(InvalidValue, match="UTC\\+10"):
        as_day(datetime(2026, 1, 1, tzinfo=UTC), "start")
    with pytest.raises(InvalidValue, match="calendar day"):
        as_day("2026-W01-4", "start")
    assert as_day(date(2026, 1, 1), "start") == as_day("2026-01-01", "start") == date(2026, 1, 1)
