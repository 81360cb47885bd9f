"""The example program, unchanged, on the simulated home and on both generations of the emulated vendor."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve
from openpower_core.clock import ManualClock
from openpower_core.control import BatteryMode, Schedule, Window

EVENING = datetime(2026, 1, 12, 21, 7, 30, tzinfo=UTC)  # Monday 22:07:30 in Berlin
AT_SIX = datetime(2026, 1, 13, 5, 0, tzinfo=UTC)
AT_FOUR = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def example() -> Any:
    path = Path(__file__).resolve().parents[2] / "examples" / "charge_then_hold.py"
    spec = importlib.util.spec_from_file_location("charge_then_hold", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("generation", ["legacy", "periodic"])
def test_on_both_generations(example: Any, generation: Any) -> None:
    """Over real HTTP: charged by six, holding until four, and the earlier schedule is restored."""
    clock = ManualClock(EVENING)
    plate = Nameplate(serial=f"ALEXAMPLE{generation:0>8}")
    system = EmulatedSystem(plate, start=EVENING, quirks=Quirks(generation=generation))
    with (
        serve(Emulator([system], clock=clock)) as served,
        openpower.connect("alphaess", clock=clock, **served.options) as home,
    ):
        battery = home.battery()
        night = Window(start=time(2), end=time(3), mode=BatteryMode.CHARGE, target_soc_pct=50)
        battery.set_schedule(Schedule(windows=(night,)), confirm="readback")
        before = battery.schedule()

        levels = run(example, battery, clock, lambda: system.house.at(clock.now()).soc_pct)

        clock.advance(120)
        assert levels[0] == pytest.approx(80, abs=2)
        assert levels[1] >= levels[0] - 1
        assert battery.schedule() == before


def test_on_the_simulated_home(example: Any) -> None:
    """The same function on a vendor of another kind."""
    clock = ManualClock(EVENING)
    with openpower.connect("demo", clock=clock, tz="Europe/Berlin", seed=3) as home:
        battery = home.battery()
        before = battery.schedule()

        levels = run(example, battery, clock, lambda: battery.read().soc_pct)

        assert levels[0] == pytest.approx(80, abs=2)
        assert levels[1] >= levels[0] - 1
        assert battery.schedule() == before


def run(example: Any, battery: Any, clock: ManualClock, level: Any) -> list[float]:
    levels: list[float] = []

    def wait_until(instant: datetime) -> None:
        # The vendors' clouds take minutes to hand a write to the inverter.
        clock.advance(max(0.0, (instant - clock.now()).total_seconds()))
        levels.append(level())

    receipts = example.charge_then_hold(battery, charged_by=AT_SIX, hold_until=AT_FOUR, wait_until=wait_until)

    assert len(receipts) == 3
    return levels
