"""What other integrations read: figures in their own units, and nothing where there is nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hub_history import BATTERY, START, sample, sqlite_in

from openpower_core.clock import ManualClock
from openpower_core.errors import InvalidValue
from openpower_hub.history import Cell, Store

MINUTES = timedelta(minutes=5)
END = START + timedelta(minutes=20)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Ten minutes of a battery: charging with 1200 W, then giving 600 W; a gap of five minutes; then 600 W again."""
    database = sqlite_in(tmp_path)
    powers = [-1200] * 30 + [600] * 30
    samples = [
        sample(10 * place, 10, power_w=watts, soc_pct=505, charge_energy_total_kwh=1000 + place // 3)
        for place, watts in enumerate(powers)
    ]
    samples += [sample(s, 10, power_w=600, charge_energy_total_kwh=1040) for s in range(900, 1200, 10)]
    database.write([(BATTERY, samples)])
    made = Store(database, ManualClock(END))
    await made.roll(END, None)
    yield made
    await made.aclose()


async def test_power_in_both_directions(store: Store) -> None:
    """1200 W for five minutes are 0.1 kWh into the battery; the energy of each direction, and a gap that is no cell."""
    cells = await store.series(BATTERY.key, "power_w", START, END, step=MINUTES)
    (whole,) = await store.series(BATTERY.key, "power_w", START, END, step=timedelta(hours=1))

    assert [(each.start - START, each.end - each.start) for each in cells] == [
        (timedelta(0), MINUTES), (MINUTES, MINUTES), (3 * MINUTES, MINUTES)
    ]  # fmt: skip
    assert [each.mean for each in cells] == [-1200, 600, 600]
    assert (cells[0].forward_kwh, cells[0].backward_kwh) == (0, pytest.approx(0.1))
    assert whole == Cell(
        start=START, end=START + timedelta(hours=1), mean=0, low=-1200, high=600, last=600,
        forward_kwh=pytest.approx(0.1), backward_kwh=pytest.approx(0.1), known_s=900,
    )  # fmt: skip


async def test_levels_and_counters(store: Store) -> None:
    """A level has no energy, a counter no mean; what was counted in the gap belongs to the whole alone."""
    level = await store.series(BATTERY.key, "soc_pct", START, END, step=MINUTES)
    counted = await store.series(BATTERY.key, "charge_energy_total_kwh", START, END, step=MINUTES)
    (whole,) = await store.series(BATTERY.key, "charge_energy_total_kwh", START, END, step=timedelta(days=1))

    assert [(each.mean, each.last, each.forward_kwh, each.known_s) for each in level] == [(50.5, 50.5, None, 300)] * 2
    assert [each.mean for each in counted] == [None] * 3
    assert [each.forward_kwh for each in counted] == [pytest.approx(0.09), pytest.approx(0.09), 0]
    assert whole.forward_kwh == pytest.approx(0.4)
    assert whole.last == 10.4


async def test_nothing_is_nothing(store: Store) -> None:
    """Before, after, of a figure that is never known, and of a device that nobody has."""
    early = START - timedelta(days=2)

    assert await store.series(BATTERY.key, "power_w", early, early + timedelta(days=1), step=MINUTES) == []
    assert await store.series(BATTERY.key, "power_w", END, END, step=MINUTES) == []
    assert await store.series(BATTERY.key, "temperature_c", START, END, step=MINUTES) == []
    assert await store.series("nobody", "power_w", START, END, step=MINUTES) == []
    assert await store.prices("nobody", "import", START, END) == []
    assert await store.receipts("nobody") == []
    assert await store.readings("nobody", START, END) == []


async def test_what_cannot_be_meant_is_refused(store: Store) -> None:
    """With what may be asked for."""
    with pytest.raises(InvalidValue, match="power_w"):
        await store.series(BATTERY.key, "pv_w", START, END, step=MINUTES)
    with pytest.raises(InvalidValue, match="must divide a day"):
        await store.series(BATTERY.key, "power_w", START, END, step=timedelta(minutes=7))
