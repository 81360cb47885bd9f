"""How large a year of ten devices is, read every 10 s, and how long a month's chart takes.

    python benchmarks/hub_history.py                            # some days; the rest in proportion, which the parts show
    python benchmarks/hub_history.py --days 30 --cells 335      # the whole year, about ten minutes

The cells of the year come from readings of five minutes, and its last days from readings of 10 s: a cell is as large whatever
it was made of. Values are those of real homes: power to the watt, counters that grow, details of inverters with two strings.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from _measure import report
from sqlalchemy import URL

from openpower_core.clock import ManualClock
from openpower_core.devices.roles import Role
from openpower_hub.figures import figures_of
from openpower_hub.history.cells import DAY, HOUR, MINUTE, Cell, Value, to_ms, to_time
from openpower_hub.history.database import Database, Device, Sample
from openpower_hub.history.store import Store

ROLES = [Role.INVERTER, Role.BATTERY, Role.METER] * 3 + [Role.EV_CHARGER]
DEVICES = [
    Device(key=f"vendor_{place:08x}_{role}", home="house", role=role, provider="vendor", tz="Australia/Sydney")
    for place, role in enumerate(ROLES)
]
END = to_ms(datetime(2026, 7, 1, tzinfo=UTC))
UNKNOWN = {"status", "pv_string_3_w", "pv_string_4_w", "pv_string_5_w", "pv_string_6_w"}


def values(role: Role, at: int, dice: random.Random) -> dict[str, Value]:
    """What a device shows at an instant."""
    sun = max(0.0, math.sin((at % DAY) / DAY * 2 * math.pi - 1))
    years = 4 + at / DAY / 10_000
    found: dict[str, Value] = {}
    for figure in figures_of(role):
        match figure.unit:
            case "W":
                found[figure.name] = (
                    int(sun * 5000 * dice.uniform(0.8, 1)) - (role is Role.METER) * 1800 + dice.randint(0, 400)
                )
            case "kWh" if figure.name.endswith("total_kwh"):
                found[figure.name] = int(years * 400_000 + (at - END + 400 * DAY) / HOUR * 80)
            case "kWh":
                found[figure.name] = int(at % DAY / HOUR * 80)
            case "°C":
                found[figure.name] = 250 + dice.randint(0, 99)
            case "%":
                found[figure.name] = 500 + int(400 * sun)
            case "Hz":
                found[figure.name] = 5000 + dice.randint(-5, 5)
            case "A":
                found[figure.name] = dice.randint(0, 320)
            case _:
                found[figure.name] = "running"
    return found | {name: None for name in UNKNOWN - {"status"} if name in found}


def samples(role: Role, start: int, end: int, step: int) -> Iterator[Sample]:
    """Readings at an interval."""
    dice = random.Random(start)
    for at in range(start, end, step):
        yield Sample(at=at + dice.randint(0, 500), holds=2 * step, values=values(role, at, dice))


def fill(database: Database, start: int, end: int, step: int) -> float:
    """Record, day by day; returns the seconds that a day took."""
    begun = time.perf_counter()
    for day in range(start, end, DAY):
        database.write([(device, list(samples(device.role, day, day + DAY, step))) for device in DEVICES])
        database.roll(day + DAY)
    return (time.perf_counter() - begun) / ((end - start) / DAY)


def size_mb(database: Database) -> float:
    """Of the file, with what is free in it."""
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert database.path is not None
    return database.path.stat().st_size / 1e6


def chart_ms(database: Database, figure: str, role: Role, step: int) -> float:
    """The least of reading a month of a figure, as a page gets it: other work on the machine is not the hub's."""
    store = Store(database, ManualClock(to_time(END)))
    key = next(each for each in DEVICES if each.role is role).key
    times: list[float] = []
    for _ in range(9):
        begun = time.perf_counter()
        found = asyncio.run(_chart(store, key, figure, timedelta(milliseconds=step)))
        times.append((time.perf_counter() - begun) * 1000)
    assert len(found) > min(28, 20 * DAY // step)
    return min(times)


async def _chart(store: Store, key: str, figure: str, step: timedelta) -> list[Cell]:
    return await store.series(key, figure, to_time(END - 30 * DAY), to_time(END), step=step)


def grown(database: Database, start: int, end: int, step: int, what: str, parts: int = 3) -> float:
    """Record a time in equal parts, to show that it grows in proportion; returns the MB of a day."""
    sizes = [size_mb(database)]
    for part in range(parts):
        edges = [start + (end - start) // DAY * place // parts * DAY for place in (part, part + 1)]
        seconds = fill(database, edges[0], edges[1], step)
        while step > MINUTE and database.prune(edges[1]):
            pass
        sizes.append(size_mb(database))
        print(f"{what}: {sizes[-1]:.1f} MB after {(edges[1] - start) // DAY} days, {seconds:.1f} s a day")
    steps = [after - before for before, after in pairwise(sizes)]
    print(f"{what}: parts differ by {max(steps[1:]) / min(steps[1:]) - 1:.1%}")
    return (sizes[-1] - sizes[1]) / ((end - start) / DAY * (parts - 1) / parts)


def main() -> int:
    """Measure, and compare with what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=3, help="of readings at 10 s (30 are kept)")
    parser.add_argument("--cells", type=int, default=60, help="days of cells before that")
    parser.add_argument("--folder", type=Path, help="where the file is left; else it is deleted")
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        database = Database(URL.create("sqlite", database=str((given.folder or Path(temporary)) / "history.sqlite")))
        raw = END - given.days * DAY
        cells = grown(database, raw - given.cells * DAY, raw, 5 * MINUTE, "cells")
        readings = grown(database, raw, END, 10_000, "readings and cells")
        year = 335 * cells + 30 * readings
        print(f"a day of cells: {cells:.3f} MB; with readings: {readings:.2f} MB")
        charts = {
            f"{figure}, {timedelta(milliseconds=step)}": chart_ms(database, figure, role, step)
            for figure, role in (
                ("pv_w", Role.INVERTER),
                ("soc_pct", Role.BATTERY),
                ("import_energy_total_kwh", Role.METER),
            )
            for step in (5 * MINUTE, HOUR, DAY)
        }
        print(f"a year of ten devices, 30 days of readings included: {year:.0f} MB (limit 500)")
        found = [report(f"a month of {name}", 0.1, spent / 1000, limit=1) for name, spent in charts.items()]
        database.close()
    return 0 if year <= 500 and all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
