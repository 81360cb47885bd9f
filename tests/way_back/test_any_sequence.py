"""The state machine of ``way_back`` on every emulator."""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from way_back import Deaths, Vendor, WayBack

from openpower_core.waiting import Background
from openpower_core.write.sqlite import SQLiteStore
from openpower_demo.client import World

from .vendors import VENDORS, Demo, faulty_put


@pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.name)
def test_any_sequence(kind: type[Vendor], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sequence strands a field, sends twice, waits or asks for too long, or leaves a write out of the audit."""
    deaths, numbers = Deaths(), count()
    for name in ("begin", "record"):
        monkeypatch.setattr(SQLiteStore, name, deaths.around(getattr(SQLiteStore, name)), raising=False)
    monkeypatch.setattr(World, "put", faulty_put(World.put))
    # What the machine does, and when, is its own choice.
    monkeypatch.setattr(Background, "wake", lambda _: None)
    members = {"make": staticmethod(lambda: kind(tmp_path / str(next(numbers)))), "deaths": deaths}
    # `nox -s kills` runs others each time; a tenth of those of the plain pipeline, since an emulator takes its time.
    examples = int(os.environ.get("OPENPOWER_SEQUENCES", "0")) // 10

    run_state_machine_as_test(
        type("Machine", (WayBack,), members),
        settings=settings(
            max_examples=examples or 25,
            stateful_step_count=20 if examples else 12,
            deadline=None,
            derandomize=not examples,
            database=None,
        ),
    )


@pytest.mark.parametrize("kind", [kind for kind in VENDORS if kind is not Demo], ids=lambda kind: kind.name)
def test_a_target_that_is_reached_ends_the_command(
    kind: type[Vendor], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the hardware does not do so, as soon as the releaser looks; everything is as it was before."""
    monkeypatch.setattr(Background, "wake", lambda _: None)
    vendor = kind(tmp_path)
    for name, value in vendor.settings().items():
        vendor.change(name, value)
    vendor.restart()
    vendor.clock.advance(vendor.longest)
    before, soc_pct = vendor.fields(), vendor.battery.read().soc_pct
    vendor.battery.charge(target_soc_pct=int(soc_pct) + 4, confirm="readback")
    holds = vendor.battery.active_command() is not None
    vendor.clock.advance(timedelta(hours=2))
    for _ in range(3):
        vendor.battery.writer.release_due()
        vendor.clock.advance(vendor.longest)
    vendor.connection.close()

    assert holds
    assert vendor.fields() == before
