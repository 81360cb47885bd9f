"""uploadTime is the system's wall clock: right in both directions, and on the days the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower_alphaess.mapping.series import instants, wall_clock

BERLIN = ZoneInfo("Europe/Berlin")
SYDNEY = ZoneInfo("Australia/Sydney")
ZONES = [BERLIN, SYDNEY, ZoneInfo("Europe/London"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
DAYS = [
    (BERLIN, datetime(2026, 10, 25, tzinfo=BERLIN), 300),
    (BERLIN, datetime(2026, 3, 29, tzinfo=BERLIN), 276),
    (SYDNEY, datetime(2026, 4, 5, tzinfo=SYDNEY), 300),
    (SYDNEY, datetime(2026, 10, 4, tzinfo=SYDNEY), 276),
    (ZONES[3], datetime(2026, 4, 5, tzinfo=ZONES[3]), 294),
    (BERLIN, datetime(2026, 8, 4, tzinfo=BERLIN), 288),
]


def day_of(start: datetime, rows: int, second: int = 4) -> list[datetime]:
    """The true instants of one day's rows."""
    first = start.astimezone(UTC) + timedelta(seconds=second)
    return [first + timedelta(minutes=5 * index) for index in range(rows)]


def local(times: list[datetime], zone: ZoneInfo) -> list[datetime]:
    return [time.astimezone(zone).replace(tzinfo=None, fold=0) for time in times]


@pytest.mark.parametrize(("zone", "start", "rows"), DAYS)
@pytest.mark.parametrize("newest_first", [True, False])
def test_whole_days(zone: ZoneInfo, start: datetime, rows: int, newest_first: bool) -> None:
    """Each row gets its own instant, also in the hour that occurs twice."""
    truth = day_of(start, rows)
    if newest_first:
        truth.reverse()

    assert instants(local(truth, zone), zone) == truth


@settings(deadline=None)
@given(
    case=st.sampled_from(DAYS),
    second=st.integers(0, 299),
    gaps=st.sets(st.integers(0, 299), max_size=8),
    doubled=st.sets(st.integers(0, 299), max_size=5),
    newest_first=st.booleans(),
)
def test_with_gaps_and_doubles(
    case: tuple[ZoneInfo, datetime, int], second: int, gaps: set[int], doubled: set[int], newest_first: bool
) -> None:
    """Missing and repeated rows do not shift the others by an hour."""
    zone, start, rows = case
    truth = [
        time
        for index, time in enumerate(day_of(start, rows, second))
        if index not in gaps
        for _ in range(2 if index in doubled else 1)
    ]
    if newest_first:
        truth.reverse()

    assert instants(local(truth, zone), zone) == truth


def test_sorted_by_the_wall_clock() -> None:
    """Where the vendor interleaves both passes, each pair is one of the first and one of the second."""
    truth = day_of(datetime(2026, 10, 25, tzinfo=BERLIN), 300)
    shuffled = sorted(local(truth, BERLIN))

    found = instants(shuffled, BERLIN)

    assert sorted(found) == truth


@pytest.mark.parametrize(("skipped", "fold"), [(range(24, 42), 1), (range(30, 48), 0)])
def test_one_pass_is_missing(skipped: range, fold: int) -> None:
    """Where part of one pass was recorded, the rows that it touches tell which."""
    whole = day_of(datetime(2026, 10, 25, tzinfo=BERLIN), 300)
    truth = [time for index, time in enumerate(whole) if index not in skipped]

    found = instants(local(truth, BERLIN), BERLIN)

    assert found == truth
    assert found[24].astimezone(BERLIN).fold == fold


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-13-01 00:00:00"])
def test_no_time(text: str | None) -> None:
    """What is not a time is None."""
    assert wall_clock(text) is None


def test_wall_clock() -> None:
    """The vendor's format."""
    assert wall_clock("2026-08-04 20:09:04") == datetime(2026, 8, 4, 20, 9, 4)  # noqa: DTZ001
