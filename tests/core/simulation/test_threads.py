"""An emulator serves the house from its own thread while a test looks at it from another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from openpower_simulation import House, Plant


def test_threads_see_one_house() -> None:
    """Whichever thread asks, and in any order, energy is counted once."""
    start = datetime(2026, 11, 3, 14, tzinfo=UTC)
    shared, alone = House(Plant(seed=7), start=start), House(Plant(seed=7), start=start)
    looks = [start + timedelta(minutes=7 * n) for n in range(200)]

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(shared.at, looks))

    assert all(s.pv_w + s.battery_w + s.grid_w == s.load_w + s.ev_w for s in seen)
    assert shared.at(looks[-1]) == alone.at(looks[-1])
