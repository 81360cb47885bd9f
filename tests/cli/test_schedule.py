"""Schedules as text and files: what ``show`` prints is what ``set`` reads, and what is not meant is refused."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openpower.cli.arguments import day_start, next_time
from openpower.cli.schedule import read_schedule, schedule_text, window_text
from openpower_core.control import BatteryMode, Schedule, Weekday, Window
from openpower_core.convert import to_dict
from openpower_core.errors import InvalidValue

HOLD = {"start": "16:00", "end": "18:00", "mode": "hold"}


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any schedule, with figures of any number of digits."""
    made = Schedule(otherwise=draw(st.sampled_from(BatteryMode)))
    for _ in range(draw(st.integers(0, 5))):
        start, end = (draw(st.builds(time, st.integers(0, 23), st.integers(0, 59))) for _ in "se")
        try:
            window = Window(
                start=start,
                end=end,
                mode=draw(st.sampled_from(BatteryMode)),
                days=draw(st.sets(st.sampled_from(Weekday), min_size=1)),
                power_w=draw(st.none() | st.floats(0, 1e300, exclude_min=True) | st.integers(1, 10**9)),
                target_soc_pct=draw(st.none() | st.floats(0, 100)),
            )
            made = Schedule(windows=(*made.windows, window), otherwise=made.otherwise)
        except InvalidValue:  # an empty window, or one that overlaps
            continue
    return made


@given(schedules())
def test_what_show_prints_is_what_set_reads(schedule: Schedule) -> None:
    """Byte for byte, to the last digit: as text, and as JSON."""
    text = schedule_text(schedule).replace("; ", "\n")
    read = read_schedule(text)

    assert set(read.windows) == set(schedule.windows)
    assert read.otherwise is schedule.otherwise
    assert schedule_text(read).replace("; ", "\n") == text
    assert read_schedule(json.dumps({"schema": 1, "schedule": to_dict(schedule)})) == schedule
    assert read_schedule(json.dumps(to_dict(schedule))) == schedule


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize(
    "windows",
    [
        (),
        ("-w", "charge 01:00-05:00 to 33.333333 at 1234.5678 on mon-fri", "-w", "no-charge 22:30-00:00 on sat,sun"),
        ("-w", "hold 01:00-00:00", "--otherwise", "no-charge"),
    ],
)
def test_show_into_set_sends_nothing(
    cli: Any, windows: tuple[str, ...], form: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a pipe, for a schedule of each kind, without windows too."""
    if windows:
        cli("schedule", "set", "demo", *windows, "--yes")
    shown = cli("schedule", "show", "demo", *form).out
    monkeypatch.setattr("sys.stdin", io.StringIO(shown))

    again = cli("schedule", "set", "demo", "--file", "-", "--yes", "--json")

    assert again.data["receipt"]["state"] == "unchanged"
    assert cli("schedule", "show", "demo", *form).out == shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "winter.json is empty"),
        ("\ufeff \n", "winter.json is empty"),
        ("{}", "lacks the key 'windows'. To remove all windows: openpower schedule clear"),
        ('{"schedule": {}}', "lacks the key 'windows'"),
        ('{"schedule": {"windows_": []}}', "Did you mean 'windows'?"),
        (json.dumps({"windows": [{**HOLD, "day": ["mon"]}]}), "has no key 'day'"),
        (json.dumps({"windows": [{**HOLD, "target": 90}]}), "Did you mean 'target_soc_pct'?"),
        (json.dumps({"windows": [{**HOLD, "power_w": -1}]}), "windows[0]: power_w is -1"),
        ('{"windows": [], "windows": []}', "has the key 'windows' twice"),
        ('{"schedule": {"windows": []}, "shedule": 1}', "has no key 'shedule'"),
        ('{"schema": 2, "schedule": {"windows": []}}', "schema is 2; it must be 1"),
        ('{"schema": 1}', "lacks the key 'schedule'"),
        (json.dumps([HOLD]), "it must be an object"),
        ("hold 16:00-18:00\ncharg 01:00-02:00", "winter.json, line 2: mode is 'charg'"),
        ("hold 16:00-18:00 every day", "line 1: 'hold 16:00-18:00 every day' is not a window"),
        ("otherwise hold\nhold 16:00-18:00", "line 1: 'otherwise hold' is not a window"),
        ("otherwise", "line 1: otherwise is ''"),
    ],
)
def test_a_slip_in_a_file_sends_nothing(cli: Any, own_folders: Any, content: str, message: str) -> None:
    """It used to remove the schedule, or to widen it to all days, and to end with 0."""
    cli("schedule", "set", "demo", "-w", "charge 01:00-05:00", "--yes")
    before = cli("audit", "--json").data["audit"]
    file = own_folders / "winter.json"
    file.write_text(content, encoding="utf-8")

    shown = cli("schedule", "set", "demo", "--file", str(file), "--yes")

    assert shown.code == 2
    assert message in shown.err
    assert cli("audit", "--json").data["audit"] == before


def test_a_window_names_all_its_digits() -> None:
    """Without an exponent, which is no number for whoever reads it back."""
    window = Window(start="01:00", end="02:00", mode="charge", power_w=1e-7, target_soc_pct=66.66666666666667)

    assert window_text(window) == "charge 01:00-02:00 to 66.66666666666667 at 0.0000001"


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # 23:00 in Sydney


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("23:30", "2026-11-27T12:30Z"),
        ("6:00", "2026-11-27T19:00Z"),
        ("24:00", "2026-11-27T13:00Z"),
        ("23:30Z", "2026-11-27T23:30Z"),
        ("23:30-11:00", "2026-11-28T10:30Z"),
        ("23:30 +02:00", "2026-11-27T21:30Z"),
        ("2026-11-28T06:00", "2026-11-27T19:00Z"),
        ("2026-11-28T06:00+02:00", "2026-11-28T04:00Z"),
        ("2026-11-28 06:00-11:00", "2026-11-28T17:00Z"),
        ("2026-11-28", "2026-11-27T13:00Z"),
        ("2026-11-28+02:00", "2026-11-27T22:00Z"),
        ("2026-11-28Z", "2026-11-28T00:00Z"),
    ],
)
def test_an_end_keeps_its_offset(typed: str, meant: str) -> None:
    """A clock without an offset is the home's; with one, it is what it says (it used to be the home's all the same)."""
    assert next_time(typed, "Australia/Sydney", now=NOON) == datetime.fromisoformat(meant)


def test_a_day_keeps_its_offset() -> None:
    """2026-08-04+02:00 begins at midnight there, not at two o'clock here."""
    assert day_start("2026-08-04+02:00", "Australia/Sydney", now=NOON) == datetime(2026, 8, 3, 22, tzinfo=UTC)


def test_an_offset_needs_no_zone() -> None:
    """Where the home's zone is unknown, an offset still says when."""
    assert next_time("23:30Z", None, now=NOON) == datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    with pytest.raises(InvalidValue, match="time zone is unknown"):
        next_time("23:30", None, now=NOON)
