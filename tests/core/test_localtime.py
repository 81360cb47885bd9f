"""Calendar days and wall-clock times, on the days of a clock change too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from openpower_core.provider import from_wall_clock, local_days

SYDNEY = ZoneInfo("Australia/Sydney")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_days_are_those_of_the_zone() -> None:
    """A UTC evening is the next morning in Sydney; an end on midnight does not touch its day."""
    start = datetime(2026, 1, 9, 14, 0, tzinfo=UTC)
    midnight = datetime(2026, 1, 11, 0, 0, tzinfo=SYDNEY)

    assert local_days(start, midnight, SYDNEY) == [date(2026, 1, 10)]
    assert local_days(start, midnight + timedelta(seconds=1), SYDNEY) == [date(2026, 1, 10), date(2026, 1, 11)]
    assert local_days(start, start, SYDNEY) == []
    assert local_days(start, start - timedelta(days=1), SYDNEY) == []


def test_the_hour_that_the_clock_repeats() -> None:
    """Both of it; a time with a zone of its own keeps it."""
    twice = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - a wall clock

    assert from_wall_clock(twice, AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert from_wall_clock(twice, AMSTERDAM, fold=1) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert from_wall_clock(twice.replace(tzinfo=UTC), AMSTERDAM) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
