"""What a state folder keeps of the simulated home: shared by processes, as cheap after years as on the first day."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from typing import Any

from openpower_demo.models import ExportLimit


async def test_two_connections_see_each_other(flavour: Any, tmp_path: Any) -> None:
    """Whatever one puts into the box, the other reads, also as the state beneath its own write."""
    first, second = flavour.home(state_dir=tmp_path), flavour.home(state_dir=tmp_path)
    await first.call("battery", "apply_settings", reserve_soc_pct=30)
    seen = await second.call("battery", "settings")
    await second.call("battery", "apply_settings", max_soc_pct=90)
    both = await first.call("battery", "settings")
    await first.close()
    await second.close()

    assert seen.reserve_soc_pct == 30
    assert (both.reserve_soc_pct, both.max_soc_pct) == (30, 90)


async def test_the_cost_of_a_write_does_not_grow(flavour: Any, tmp_path: Any) -> None:
    """With ten thousand writes before it; of those that are older than a week, the last is kept."""

    def cost() -> float:
        began = time.process_time()
        for limit in range(30):
            world.put(ExportLimit(limit_w=limit))
        return time.process_time() - began

    home = flavour.home(state_dir=tmp_path)
    world = home.native._world
    fresh = min(cost() for _ in range(3))
    with closing(sqlite3.connect(tmp_path / "demo-home-7.sqlite")) as database, database:
        row = database.execute("SELECT home, kind, at, value FROM events ORDER BY id DESC").fetchone()
        database.executemany("INSERT INTO events (home, kind, at, value) VALUES (?, ?, ?, ?)", [row] * 10_000)
    world.now()  # takes all of them over
    grown = min(cost() for _ in range(3))
    home.later(days=8)
    world.put(ExportLimit(limit_w=1))
    with closing(sqlite3.connect(tmp_path / "demo-home-7.sqlite")) as database:
        (rows,) = database.execute("SELECT COUNT(*) FROM events").fetchone()
    await home.close()

    assert grown < 3 * fresh
    assert rows == 2


async def test_a_clock_that_is_set_back_forgets_nothing(flavour: Any, tmp_path: Any) -> None:
    """The settings stay, and a command that had ended does not begin again."""
    first = flavour.home(state_dir=tmp_path)
    await first.call("battery", "apply_settings", reserve_soc_pct=30)
    await first.call("battery", "charge", until=flavour.clock.now() + timedelta(hours=2), unattended=True)
    first.later(hours=3)
    ended = await first.native.get_program() if flavour.name == "async" else first.native.get_program()
    await first.close()
    flavour.clock.jump(timedelta(days=-1))
    second = flavour.home(state_dir=tmp_path)
    settings = await second.call("battery", "settings")
    program = await second.native.get_program() if flavour.name == "async" else second.native.get_program()
    await second.close()

    assert settings.reserve_soc_pct == 30
    assert (ended.command, program.command) == (None, None)
