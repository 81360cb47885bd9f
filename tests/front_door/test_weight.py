"""A call stays short: how many of openpower's files and functions it passes, in a steady state."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import openpower
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, serve
from openpower_core.clock import ManualClock

ROOT = str(Path(__file__).parents[2])


def passed(operation: Callable[[], object]) -> list[str]:
    """The file of every Python call into openpower's own code in this thread."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(ROOT) and "site-packages" not in file and "/tests/" not in file:
            files.append(file)

    sys.setprofile(note)
    try:
        operation()
    finally:
        sys.setprofile(None)
    return files


def test_a_charge_passes_few_files_and_functions() -> None:
    """At most 35 files and 2,000 calls for a command like the one before it, and half of that for a reading."""
    clock = ManualClock(datetime.now(UTC))
    plate = Nameplate(tz="Australia/Brisbane")
    with (
        serve(Emulator([EmulatedSystem(plate, start=clock.now())], clock=clock)) as served,
        openpower.connect("alphaess", **served.options, clock=clock) as home,
    ):
        battery = home.battery()
        for _ in range(2):
            battery.read(max_age=0)
        reading = passed(lambda: battery.read(max_age=0))
        battery.charge(target_soc_pct=80, unattended=True)
        clock.advance(timedelta(hours=1))  # beyond the pace between two writes
        charging = passed(lambda: battery.charge(target_soc_pct=81, unattended=True))

    assert 5 < len(set(reading)) <= 35
    assert 50 < len(reading) <= 1000
    assert 10 < len(set(charging)) <= 35, sorted(set(charging))
    assert 100 < len(charging) <= 2000
