"""The cost of a write with and without a state folder, and whether it grows with the number of remembered writes.

    python benchmarks/writes.py [--json]

One write is ``battery.apply_settings`` on the demo, its read-back included. A folder makes it durable: the baseline is the same
write kept in memory, and three durable commits of plain SQLite on the same disk (intent, outcome, audit line). For 1,000 and 10,000
remembered writes the baseline is the write at one, by processor time, in a folder in memory where there is one: disks are
slow to fill, and other programs would decide the result of a comparison with half a minute between its sides. The demo itself
keeps its settings of the last week in the folder, which is full before the first of these writes.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from _measure import report

import openpower
from openpower_core.clock import ManualClock
from openpower_core.write.sqlite import FILE_NAME

ROUNDS = 60
WEEK = 7 * 24
FOLDER_LIMIT, GROWTH_LIMIT = 3, 1.5


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


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    return int(not all([on_disk(), *grown()]))


if __name__ == "__main__":
    sys.exit(main())
