"""A year of the simulated home, hour by hour: beside a minimal simulation, and how much memory it keeps.

    python benchmarks/demo_year.py [--json]

The baseline steps the same five-minute intervals with the same figures in plain floats: sun, load, battery, grid.
"""

from __future__ import annotations

import math
import resource
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from _measure import report

import openpower
from openpower_core.clock import ManualClock

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, LIMIT, MOST_MB = 365, 120, 40


def bare() -> float:
    """A house in plain floats."""
    soc, bought = 5.0, 0.0
    for step in range(DAYS * 288):
        hour = step % 288 / 12
        pv = max(0.0, 5000 * math.sin((hour - 6) / 12 * math.pi)) if 6 < hour < 18 else 0.0
        load = 400 + 300 * math.sin(hour / 24 * 2 * math.pi) ** 2
        battery = max(-3000.0, min(3000.0, load - pv, soc * 12000), (soc - 10) * 12000)
        soc -= battery / 12000
        bought += max(0.0, load - pv - battery) / 12000
    return bought + soc


def ours() -> int:
    """The demo's battery, read each hour of the year, and its history each day."""
    clock, read = ManualClock(BEGIN), 0
    with openpower.connect("demo", clock=clock) as home:
        battery = home.battery()
        for hour in range(1, DAYS * 24 + 1):
            clock.advance(timedelta(hours=1))
            read += battery.read().soc_pct is not None
            if hour % 24 == 0:
                read += len(battery.history(clock.now() - timedelta(days=1), clock.now()))
    return read


def main() -> int:
    """Run the comparison; the result is the exit status."""
    base: list[float] = []
    took: list[float] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        for times, run in ((base, bare), (took, ours)):
            begin = time.process_time()
            assert run() > 0
            times.append(time.process_time() - begin)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    within = report("a year of the demo / plain floats", statistics.median(base), statistics.median(took), limit=LIMIT)
    print(f"memory that a year adds: {grown:.1f} MB (limit {MOST_MB} MB)", file=sys.stderr)
    return int(not within or grown > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
