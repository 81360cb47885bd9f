"""Switching vendors: every example runs, unchanged, on every provider that has the roles it needs.

The only line that differs is the call of ``connect``, and it stands here, in one place.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower_core.capabilities import Feature
from openpower_core.clock import ManualClock
from openpower_core.devices import Role
from openpower_core.errors import Unsupported
from openpower_core.registry import load

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EVENING = datetime(2026, 8, 4, 20, 0, 40, tzinfo=UTC)  # 22:00 in Berlin


@contextlib.contextmanager
def demo(clock: ManualClock) -> Iterator[dict[str, Any]]:
    yield {"tz": "Europe/Berlin", "seed": 3}


@contextlib.contextmanager
def alphaess(clock: ManualClock, generation: Any) -> Iterator[dict[str, Any]]:
    from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve

    system = EmulatedSystem(Nameplate(), start=clock.now(), quirks=Quirks(generation=generation))
    with serve(Emulator([system], clock=clock)) as served:
        yield served.options


@contextlib.contextmanager
def goodwe_sems(clock: ManualClock) -> Iterator[dict[str, Any]]:
    from openpower_goodwe.semsplus.emulator import Emulator, serve

    with serve(Emulator(clock=clock)) as served:
        yield served.options


@contextlib.contextmanager
def goodwe_local(clock: ManualClock) -> Iterator[dict[str, Any]]:
    from openpower_goodwe.local.emulator import EmulatedET, serve

    with serve(EmulatedET(clock=clock)) as served:
        yield served.options


@contextlib.contextmanager
def amber(clock: ManualClock) -> Iterator[dict[str, Any]]:
    from openpower_amber.emulator import Emulator, serve

    with serve(Emulator(clock=clock)) as served:
        yield served.options


HOMES: dict[str, tuple[str, Any]] = {
    "demo": ("demo", demo),
    "alphaess-legacy": ("alphaess", lambda clock: alphaess(clock, "legacy")),
    "alphaess-periodic": ("alphaess", lambda clock: alphaess(clock, "periodic")),
    "goodwe-sems": ("goodwe-sems", goodwe_sems),
    "goodwe-local": ("goodwe-local", goodwe_local),
    "amber": ("amber", amber),
}


def having(role: Role) -> list[str]:
    """The homes whose provider brings that kind of device."""
    return [name for name, (provider, _) in HOMES.items() if role in load(provider).roles]


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def connected(home: str, clock: ManualClock) -> Iterator[Any]:
    """The one line that differs between vendors."""
    provider, serve = HOMES[home]
    with serve(clock) as options, openpower.connect(provider, clock=clock, **options) as connection:
        yield connection


@pytest.mark.parametrize("home", having(Role.INVERTER))
def test_where_it_flows(home: str) -> None:
    """Every home's flows are printed, and they close to what its vendor rounds away."""
    clock = ManualClock(EVENING - timedelta(hours=9))  # early afternoon
    with connected(home, clock) as connection:
        lines = example("where_it_flows").where_it_flows(openpower.Site(connection, clock=clock))

    (left,) = [line for line in lines if line.startswith("residual")]
    assert abs(float(re.findall(r"-?\d+", left)[0])) <= 50
    assert not [line for line in lines if "unknown" in line and "car" not in line]


@pytest.mark.parametrize("home", having(Role.BATTERY))
def test_charge_then_hold(home: str) -> None:
    """Charged to 80 % by morning where the battery can charge and hold; else refused before any request."""
    clock = ManualClock(EVENING)
    levels: list[float] = []
    with connected(home, clock) as connection:
        battery = connection.battery()

        def wait_until(instant: datetime) -> None:
            clock.advance(instant - clock.now() - timedelta(minutes=1))
            levels.append(battery.read(max_age=timedelta(0)).soc_pct)
            clock.advance(90)

        def run() -> Any:
            return example("charge_then_hold").charge_then_hold(
                battery,
                charged_by=EVENING + timedelta(hours=8),
                hold_until=EVENING + timedelta(hours=18),
                wait_until=wait_until,
            )

        if not all(battery.capabilities[feature] for feature in (Feature.CHARGE, Feature.HOLD)):
            with pytest.raises(Unsupported):
                run()
            return
        receipts = run()

    assert [receipt.operation for receipt in receipts] == ["command", "command", "release"]
    assert levels[0] >= 78
    assert levels[1] >= levels[0] - 1.5


@pytest.mark.parametrize("home", having(Role.BATTERY))
def test_cheapest_hours(home: str, tmp_path: Path) -> None:
    """With the simulated retailer beside it, every battery is charged in the cheapest hours before the deadline."""
    clock = ManualClock(EVENING)
    provider, serve = HOMES[home]
    with serve(clock) as options:
        common: dict[str, Any] = {"clock": clock, "state_dir": tmp_path}
        market = openpower.connect("demo", tz="Europe/Berlin", start=EVENING, clock=clock)
        vendor = openpower.connect(provider, **options, **common)
        with openpower.Site(market, vendor, clock=clock):
            reached = example("cheapest_hours").charge_cheaply(
                market.retailer(),
                vendor.battery(),
                target_pct=85.0,
                by=EVENING + timedelta(hours=11),
                clock=clock,
                say=lambda _line: None,
            )

    assert reached is not None
    assert reached >= 83


def test_the_examples_name_no_vendor_but_in_what_one_types() -> None:
    """No example imports a provider or asks which vendor it has."""
    for file in EXAMPLES.glob("*.py"):
        code = re.sub(r'""".*?"""', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"openpower_(alphaess|amber|goodwe|demo)|\.provider\b", code), file.name
