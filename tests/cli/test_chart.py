"""Charts: what stands in which row and column is computed here from times and values alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openpower.cli.chart import Panel, Span, beyond_scale, time_chart, usual_range

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def hourly(start: datetime, values: list[float], **about: Any) -> list[Span]:
    return [Span(start + n * HOUR, start + (n + 1) * HOUR, value, **about) for n, value in enumerate(values)]


def drawn(
    spans: list[Span], *, width: int, now: datetime | None = None, tz: ZoneInfo = BERLIN, **about: Any
) -> list[str]:
    """The lines without the title."""
    start, end = spans[0].start, spans[-1].end
    lines = time_chart(
        [Panel(title="Title", spans=spans, **about)], start=start, end=end, now=now or end + HOUR, tz=tz, width=width
    )
    return [line.plain.rstrip() for line in lines][1:]


def area(line: str) -> str:
    """What is right of the axis."""
    return line[max(line.find(mark) for mark in "┤│┼") + 1 :]


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)


def test_a_bar_is_as_high_as_its_value() -> None:
    """Four rows of 1: a value of 2.5 fills two and half of the third; each label is the value that its row reaches."""
    lines = drawn(hourly(midnight("2026-07-01"), [0, 1, 2.5, 4]), width=8, rows=4)

    assert [line.split()[0] for line in lines[:5]] == ["4", "3", "2", "1", "0"]
    column = [area(line)[2:3] for line in lines[:5]]
    assert column[1:] == ["▄", "█", "█", "─"]
    assert [area(line)[3:4] for line in lines[:4]] == ["█"] * 4
    assert all(area(line)[0:1] in ("", " ") for line in lines[:4])


def test_negative_values_hang_below_the_zero_line() -> None:
    """The zero line has a row of its own, and nothing crosses it."""
    lines = drawn(hourly(midnight("2026-07-01"), [2, -1, -0.4, 1]), width=8, rows=3)

    assert [line.split()[0] for line in lines[:4]] == ["2", "1", "0", "-1"]
    zero = next(line for line in lines if "┼" in line)
    below = area(lines[lines.index(zero) + 1])
    assert below == " █▀"
    assert set(area(zero)) <= {"─", "┴"}


@pytest.mark.parametrize(("at", "column"), [(0, 0), (30, 0), (60, 1), (60 * 23 + 59, 23)])
def test_the_present_is_marked_above_its_column(at: int, column: int) -> None:
    """Also in the last column, where the words have no room on its right."""
    day = midnight("2026-07-01")
    now = day + timedelta(minutes=at)
    lines = drawn(hourly(day, [1.0] * 24), width=30, now=now, rows=2)
    shown = lines[0]
    left = lines[1].index("┤") + 1

    assert shown.index("▼") - left == column
    assert f"now {now.astimezone(BERLIN):%H:%M}" in shown


def test_a_present_that_is_not_shown_is_not_marked() -> None:
    """Yesterday's chart has no present."""
    assert "now" not in "".join(drawn(hourly(midnight("2026-07-01"), [1.0] * 24), width=30))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-07-01", 24), ("2026-10-25", 25)])
def test_a_day_has_as_many_columns_as_hours(day: str, hours: int) -> None:
    """Noon is 11, 12 or 13 hours after midnight, and its tick stands there."""
    start = midnight(day)
    lines = drawn(hourly(start, [1.0] * hours), width=30, rows=2)
    zero = next(line for line in lines if "┼" in line)

    assert len(area(zero)) == hours
    noon = hours - 12
    assert area(zero)[noon] == "┴"
    assert lines[-1].index("12:00") - zero.index("┼") - 1 == noon
    assert lines[-1].split()[0] == f"{start.astimezone(BERLIN):%a}"


def test_a_spike_does_not_flatten_the_rest() -> None:
    """It leaves the scale, is marked in the top row at its time, and is what has to be named."""
    values = [0.2, 0.25, 0.3, 0.35] * 6
    values[18] = 17.5
    spans = hourly(midnight("2026-07-01"), values)
    lines = drawn(spans, width=30, rows=7, outliers=True)

    assert area(lines[0]).index("▲") == 18
    assert lines[1].split()[0] == "0.30"  # six of seven rows of 0.05
    assert {area(line)[0] for line in lines[3:7]} == {"█"}  # 0.2 of 0.35: four of seven rows
    assert beyond_scale(Panel(title="", spans=spans, rows=7, outliers=True)) == [spans[18]]


def test_a_spike_below_zero_is_marked_in_the_bottom_row() -> None:
    """Paid a dollar to import, for five minutes of an hour whose mean hides it."""
    spans = hourly(midnight("2026-07-01"), [0.2, -0.1, 0.3, 0.4] * 6)
    at = spans[5].start + timedelta(minutes=20)
    spans[5:6] = [
        Span(spans[5].start, at, 0.1),
        Span(at, at + timedelta(minutes=5), -9.0),
        Span(at + timedelta(minutes=5), spans[6].start, 0.1),
    ]
    lines = drawn(spans, width=30, rows=5, outliers=True)

    assert area(lines[-2]).index("▼") == 5


def test_what_is_usual_is_everything_where_nothing_stands_out() -> None:
    """Twice as much in the evening is no outlier; nor is anything where most values are zero."""
    assert usual_range([0.1, 0.2, 0.3, 0.6]) == (0.1, 0.6)
    assert usual_range([0.0] * 20 + [7.4]) == (0.0, 7.4)


def test_a_band_stands_above_its_bar_and_a_mark_above_its_column() -> None:
    """Forecasts show how high they may turn out; what the retailer calls a spike is marked."""
    day = midnight("2026-07-01")
    spans = [Span(day, day + HOUR, 1, high=3), Span(day + HOUR, day + 2 * HOUR, 4, marked=True)]
    lines = drawn(spans, width=12, rows=4)

    assert lines[0].index("!") == lines[1].index("┤") + 1 + 4  # each hour is four cells wide
    assert [area(line)[:4] for line in lines[1:5]] == ["    ", "▒▒▒▒", "▒▒▒▒", "████"]


def test_a_gap_is_empty() -> None:
    """What is not known is no zero and no bar."""
    spans = hourly(midnight("2026-07-01"), [1.0] * 24)
    lines = drawn(spans[:6] + spans[12:], width=30, rows=2)

    assert area(lines[0]) == "█" * 6 + " " * 6 + "█" * 12


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("hours", [1, 24, 49, 31 * 24])
def test_it_fits(width: int, hours: int) -> None:
    """No line is wider than the terminal, whatever is drawn."""
    spans = hourly(midnight("2026-07-01"), [n % 7 - 2.5 for n in range(hours)])
    lines = drawn(spans, width=width, now=spans[-1].start)

    assert max(map(len, lines)) <= width
    assert min(len(area(line)) for line in lines if "┼" in line) >= min(width // 4, 4)


def test_days_are_named_in_a_long_range() -> None:
    """A month has a tick every few days, at midnight."""
    lines = drawn(hourly(midnight("2026-07-01"), [1.0] * 31 * 24), width=80, rows=2)
    labels = lines[-1].split()

    assert set(labels[1::2]) == {"Jul"}
    steps = {int(b) - int(a) for a, b in zip(labels[::2], labels[2::2], strict=False)}
    assert steps in ({2}, {7})
