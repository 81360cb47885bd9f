"""The cost of a write with and without a state folder, and whether it grows with the number of remembered writes.

    python benchmarks/writes.py [--json]

One write is ``battery.apply_settings`` on the demo, its read-back included. A folder makes it durable: the baseline is the same
write kept in memory, and three durable commits of plain SQLite on the same disk (intent, outcome, audit line). For 1,000 and 10,000
remembered writes the baseline is the write at one, by processor time, in a folder in memory where there is one: disks are
slow to fill, and other programs would decide the result of a comparison with half a minute between its sides. The demo itself
keeps its settings of the last week in the folder, which is full before the first of these writes.

The last two take the demo away: a setting of a vendor that answers at once, in folders that hold 100,000 writes of one box and
of 1,000 boxes. Looking for 400 systems is measured
with and without a state folder.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from _measure import alternate, report, standin

import openpower
from openpower_core.clock import ManualClock
from openpower_core.devices.info import BatteryInfo
from openpower_core.devices.roles import Role
from openpower_core.write import Setting, SQLiteStore, Writer as Pipeline
from openpower_core.write.sqlite import FILE_NAME

ROUNDS = 60
WEEK = 7 * 24
FOLDER_LIMIT, GROWTH_LIMIT, DISCOVERY_LIMIT = 3, 1.5, 3
MANY, BOXES, SYSTEMS = 100_000, 1_000, 400


class Writer:
    """One connection to the demo that writes repeatedly."""

    def __init__(self, state_dir: Path | None, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
        self._home = openpower.connect("demo", state_dir=state_dir, clock=self.clock)
        self._battery = self._home.battery()
        self._levels = cycle((25, 35))
        self.remembered = 0

    def write(self, timer: Callable[[], float] = time.perf_counter) -> float:
        """Write once; seconds."""
        self.clock.advance(timedelta(hours=1))  # beyond every pace
        begin = timer()
        receipt = self._battery.apply_settings(reserve_soc_pct=next(self._levels), confirm="readback")
        took = timer() - begin
        assert receipt.state is openpower.WriteState.CONFIRMED
        self.remembered += 1
        return took

    def median(self, upto: int) -> float:
        """Write until so many are remembered, then measure."""
        while self.remembered < upto:
            self.write()
        return statistics.median(self.write(time.process_time) for _ in range(ROUNDS))

    def close(self) -> None:
        self._home.close()


class Commits:
    """Three durable commits of plain SQLite."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE line (what TEXT)")

    def write(self) -> float:
        """Commit three times; seconds."""
        begin = time.perf_counter()
        for _ in range(3):
            self._database.execute("INSERT INTO line VALUES (?)", ("x" * 500,))
        return time.perf_counter() - begin


def on_disk() -> bool:
    """A durable write beside its parts, alternating, because disks vary."""
    with tempfile.TemporaryDirectory() as folder:
        memory, kept, commits = Writer(None), Writer(Path(folder)), Commits(Path(folder))
        taken = [(memory.write() + commits.write(), kept.write()) for _ in range(ROUNDS)]
        memory.close()
        kept.close()
    base, ours = (statistics.median(times) for times in zip(*taken, strict=True))
    return report("a write with a state folder / in memory, and three commits", base, ours, limit=FOLDER_LIMIT)


def grown() -> list[bool]:
    """The same write as the folder fills."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        week = Writer(Path(folder))
        week.median(WEEK)
        week.close()
        for database in Path(folder).glob(f"{FILE_NAME}*"):
            database.unlink()
        kept = Writer(Path(folder), week.clock)
        one = kept.median(1)
        within = [
            report(f"a write at {many:,} / at one", one, kept.median(many), limit=GROWTH_LIMIT)
            for many in (1_000, 10_000)
        ]
        kept.close()
    return within


class Plain:
    """The pipeline alone, in front of a vendor that costs nothing."""

    def __init__(self, folder: Path) -> None:
        self._clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
        self._has, self._levels = 20, cycle((25, 35))
        self._setting = Setting("reserve", read=lambda: self._has, write=self._take, kind=int)
        self._writer = Pipeline(SQLiteStore(folder), clock=self._clock)
        self._info = BatteryInfo(id="TOY1/battery", provider="toy", serial="TOY1", role=Role.BATTERY, capacity_kwh=10)

    def _take(self, value: int) -> None:
        self._has = value

    def write(self) -> float:
        """Write once; seconds of processor time."""
        self._clock.advance(timedelta(hours=1))
        begin = time.process_time()
        self._writer.write(self._info, self._setting, next(self._levels), operation="apply_settings")
        return time.process_time() - begin

    def median(self) -> float:
        """Of many writes, after the one that finds a full folder."""
        self.write()
        return statistics.median(self.write() for _ in range(10 * ROUNDS))


def fill(folder: Path, boxes: int) -> None:
    """Repeat the folder's write, with its line of the audit."""
    with sqlite3.connect(folder / FILE_NAME) as db:
        box, *rest = db.execute("SELECT box, document, budget, at, counts, live, data FROM entries").fetchone()
        rows = ((uuid.uuid4().hex, f"{box}{number % boxes or ''}", *rest) for number in range(MANY))
        db.executemany(
            "INSERT INTO entries (id, box, document, budget, at, counts, live, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        db.executemany("INSERT INTO audit (line) VALUES (?)", (db.execute("SELECT line FROM audit").fetchone(),) * MANY)
    db.close()


def crowded() -> list[bool]:
    """A write in full folders beside one in a new one."""
    medians: list[float] = []
    for boxes in (0, 1, BOXES):
        shared = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
            Plain(Path(folder)).write()
            if boxes:
                fill(Path(folder), boxes)
            medians.append(Plain(Path(folder)).median())
    return [
        report(f"a write among {MANY:,} of {boxes} / in a new folder", medians[0], ours, limit=GROWTH_LIMIT)
        for boxes, ours in zip(("one box", f"{BOXES:,} boxes"), medians[1:], strict=True)
    ]


def discovered() -> bool:
    """The devices of many systems, with a folder in which an earlier process may have left something."""
    with standin(SYSTEMS) as url, tempfile.TemporaryDirectory() as folder:

        def look(state_dir: Path | None) -> None:
            # An account each, since each has a rate limit.
            options = {
                "app_id": uuid.uuid4().hex,
                "app_secret": "y",
                "base_url": f"{url}/api",
                "tz": "Australia/Brisbane",
            }
            with openpower.connect("alphaess", state_dir=state_dir, **options) as home:
                assert len(home.batteries()) == SYSTEMS

        Plain(Path(folder)).write()  # an empty folder has nothing to look up
        base, ours = alternate(lambda: look(None), lambda: look(Path(folder)), rounds=5, clock=time.process_time)
    return report(f"looking for {SYSTEMS} systems with a state folder / without", base, ours, limit=DISCOVERY_LIMIT)


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    return int(not all([on_disk(), *grown(), *crowded(), discovered()]))


if __name__ == "__main__":
    sys.exit(main())
