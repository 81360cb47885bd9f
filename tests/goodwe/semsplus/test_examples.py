"""The vendor-agnostic example on emulated SEMS+: it runs as far as the capabilities allow, and then releases."""

from __future__ import annotations

import importlib.util
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower_core.clock import ManualClock
from openpower_goodwe.semsplus.emulator import Emulator, serve


def example(name: str) -> Any:
    """An example as a module."""
    path = Path(__file__).parents[3] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_charging_runs_and_holding_is_refused_before_a_request(emulator: Emulator) -> None:
    """The charge is released nevertheless."""
    clock: Any = ManualClock(emulator.clock.now())
    served_emulator = Emulator(clock=clock)
    asked: list[int] = []

    def wait_until(instant: Any) -> None:
        clock.advance(instant - clock.now())
        asked.append(len(served_emulator.requests))

    with (
        serve(served_emulator) as served,
        openpower.connect("goodwe-sems", clock=clock, **served.options) as home,
        pytest.raises(openpower.Unsupported, match="hold"),
    ):
        example("charge_then_hold").charge_then_hold(
            home.battery(),
            charged_by=clock.now() + timedelta(hours=2),
            hold_until=clock.now() + timedelta(hours=6),
            wait_until=wait_until,
        )
    writes = [each for each in served_emulator.requests[asked[0] :] if each.writes]

    assert len(writes) == 1
    assert served_emulator.station.registers.values["47545"] == 0
