"""The vendor-agnostic examples on emulated inverters, unchanged, as far as the capabilities go."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openpower_core.capabilities import Feature
from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect
from openpower_core.control import BatteryMode
from openpower_core.errors import Unsupported
from openpower_core.writes import WriteState
from openpower_goodwe.local.emulator import ServedInverter
from openpower_goodwe.local.plugin import openpower_provider

Make = Callable[..., ServedInverter]


def _example(name: str) -> Any:
    path = Path(__file__).parents[3] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _connect(served: ServedInverter, clock: ManualClock) -> Any:
    return connect(openpower_provider(), **served.options, clock=clock, answer_within=0.15)


def _run(served: ServedInverter, clock: ManualClock, seen: list[BatteryMode]) -> list[Any]:
    inverter: Any = served.inverter
    charged_by = clock.now() + timedelta(hours=3)

    def wait_until(instant: datetime) -> None:
        clock.advance(instant - clock.now() - timedelta(minutes=1))
        seen.append(inverter.house.at(clock.now()).battery_mode)
        clock.advance(60)

    with _connect(served, clock) as home:
        receipts: list[Any] = _example("charge_then_hold").charge_then_hold(
            home.battery(), charged_by=charged_by, hold_until=charged_by + timedelta(hours=10), wait_until=wait_until
        )
    return receipts


def test_charge_then_hold(make: Make, clock: ManualClock) -> None:
    """Fast charging, then an EMS mode, then what was before."""
    clock.advance(timedelta(hours=19))
    served = make("ET")
    seen: list[BatteryMode] = []
    receipts = _run(served, clock, seen)
    inverter: Any = served.inverter
    clock.advance(60)

    assert [each.state for each in receipts[:2]] == [WriteState.ACCEPTED] * 2
    # The open connection releases what is due by itself, and may be faster than the script.
    assert receipts[2].state in (WriteState.ACCEPTED, WriteState.UNCHANGED)
    assert seen[1] in (BatteryMode.HOLD, BatteryMode.CHARGE)  # PV goes into the battery first
    assert inverter.house.at(clock.now()).battery_mode is BatteryMode.AUTO
    assert inverter.registers[47511] == 1


def test_charge_then_hold_where_nothing_holds(make: Make, clock: ManualClock) -> None:
    """The ES family: refused before any request, and released nevertheless."""
    clock.advance(timedelta(hours=19))
    served = make("ES v1")
    inverter: Any = served.inverter
    before = inverter.eco.raw()
    with pytest.raises(Unsupported) as caught:
        _run(served, clock, [])

    assert caught.value.feature == Feature.HOLD
    assert inverter.eco.raw() == before
    assert inverter.work_mode == 0
