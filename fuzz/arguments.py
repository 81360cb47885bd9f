"""What users type: times, days, zones, options, windows and schedules; and the types that they end in."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st

from fuzz.odd import CHANGES, TEXTS, VALUES, changed
from openpower.cli.arguments import day_start, next_time, provider_options, zone_of
from openpower.cli.schedule import parse_window, read_schedule, schedule_text
from openpower_core.control import BatteryCommand, Schedule, Window
from openpower_core.errors import OpenPowerError

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
ZONES = st.one_of(st.sampled_from([None, "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu", "UTC"]), TEXTS)
SCHEDULE = {
    "schedule": {
        "windows": [
            {"start": "01:00", "end": "05:00", "mode": "charge", "target_soc_pct": 90, "power_w": 3000, "days": [1, 2]},
            {"start": "23:00", "end": "00:30", "mode": "hold"},
        ],
        "otherwise": "auto",
        "tz": "Europe/Berlin",
    }
}
PIECES = st.sampled_from(
    [
        "charge",
        "hold",
        "export",
        "idle",
        "auto",
        "to",
        "at",
        "on",
        "otherwise",
        "1:00-5:00",
        "23:30–6:00",
        "24:00",
        "90",
        "90%",
        "3000w",
        "mon-wed,sun",
        "\n",
        "-",
        ":",
        "9",
    ]
)
LINES = st.one_of(TEXTS, st.lists(PIECES | TEXTS, max_size=8).map(" ".join))


@given(text=TEXTS, tz=ZONES)
def times(text: str, tz: str | None) -> None:
    """A day, a time of day, an instant, a time zone."""
    for read in (day_start, next_time):
        with suppress(OpenPowerError):
            read(text, tz, now=NOW)
    with suppress(OpenPowerError):
        zone_of(text)


@given(
    pairs=st.lists(
        st.one_of(
            TEXTS, st.tuples(st.sampled_from(["tz", "timeout", "port", "family", "base_url"]), TEXTS).map("=".join)
        ),
        max_size=3,
    )
)
def options(pairs: list[str]) -> None:
    """``-O KEY=VALUE``."""
    for provider in ("demo", "alphaess", "amber", "dayahead", "goodwe", "goodwe-sems", "goodwe-local", "octopus"):
        with suppress(OpenPowerError):
            provider_options(provider, pairs)


@given(text=LINES)
def schedules(text: str) -> None:
    """Windows and schedules as lines; what is read can be written."""
    with suppress(OpenPowerError):
        parse_window(text)
    with suppress(OpenPowerError):
        schedule_text(read_schedule(text))


@given(changes=CHANGES)
def schedule_documents(changes: list[tuple[int, Any]]) -> None:
    """Schedules as JSON."""
    with suppress(OpenPowerError):
        schedule_text(read_schedule(json.dumps(changed(SCHEDULE, changes))))


@given(values=st.lists(VALUES, min_size=7, max_size=7))
def control(values: list[Any]) -> None:
    """Windows, schedules and commands, made of anything."""
    a, b, c, d, e, f, g = values
    for make in (
        lambda: Window(start=a, end=b, mode=c, days=d, power_w=e, target_soc_pct=f),
        lambda: Schedule(windows=a, otherwise=b, tz=c),
        lambda: BatteryCommand(mode=a, power_w=b, target_soc_pct=c, start=d, until=e),
        lambda: BatteryCommand(mode="charge", power_w=b, target_soc_pct=g),
    ):
        with suppress(OpenPowerError):
            repr(make())
