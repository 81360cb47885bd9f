"""A year of five-minute prices of two channels through ``retailer.prices``: at most 6 times ``orjson.loads`` of the same answers.

    python benchmarks/price_year.py

Then the same prices in half hours (at most 0.3 of the time that it took to get them), the memory of a price (at most 500 bytes, its raw
record apart, whose size is printed too), one price looked up (at most 3 µs), and the cheapest three hours of a week (at most 5 ms). The answers are those
of ``series.py``, handed out by a stand-in for the network.
"""

from __future__ import annotations

import gc
import itertools
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from _measure import report
from series import answers, medians

import openpower
from openpower_amber.plugin import openpower_provider
from openpower_core.clock import ManualClock

START, END = datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 12, 31, 14, tzinfo=UTC)
SITE = {"id": "S", "status": "active", "network": "Ausgrid"}
TIMES, RESAMPLED, BYTES, LOOK_UP_US, CHEAPEST_MS = 6, 0.3, 500, 3, 5


def home(contents: list[bytes]) -> Any:
    """A connection that gets the responses one after the other, repeatedly."""
    places = itertools.count()

    def answer(request: httpx.Request) -> httpx.Response:
        content = (
            orjson.dumps([SITE]) if request.url.path.endswith("/sites") else contents[next(places) % len(contents)]
        )
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})

    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    return openpower.connect(
        openpower_provider(), token="psk_none", transport=httpx.MockTransport(answer), clock=clock, wait=True
    )


def main() -> int:
    """Compare all; 1 if a limit is exceeded."""
    contents = answers("ActualInterval")
    with home(contents) as connection:
        retailer = connection.retailer()

        def year() -> Any:
            return retailer.prices(START, END)

        series = year()
        assert len(series) == 210_240, len(series)
        taken = medians(
            {
                "orjson": lambda: [orjson.loads(content) for content in contents],
                "ours": year,
                "half hours": lambda: series.resample(timedelta(minutes=30)),
            },
            turns=3,
        )
        passed = [report("a year of prices / orjson.loads", taken["orjson"], taken["ours"], limit=TIMES)]
        passed.append(report("half hours / the year", taken["ours"], taken["half hours"], limit=RESAMPLED))
        del series
        gc.collect()
        tracemalloc.start()
        series = year()
        both, count, records = tracemalloc.get_traced_memory()[0], len(series), [price.raw for price in series]
        del series
        gc.collect()
        # What both share, such as the end of an interval, is the record's. The list of the records is of no account.
        kept = tracemalloc.get_traced_memory()[0] - sys.getsizeof(records)
        tracemalloc.stop()
        passed.append(absolute("bytes for each price, its raw record apart", (both - kept) / count, BYTES))
        print(f"bytes for each price and its raw record together: {both / count:.2f}")
        series = year()
    week = series.between(START, START + timedelta(days=7))
    times = [START + timedelta(minutes=37 * n) for n in range(10_000)]
    taken = medians(
        {"look up": lambda: [series.at(time) for time in times], "cheapest": lambda: week.cheapest(timedelta(hours=3))}
    )
    passed.append(absolute("µs to look up a price", taken["look up"] / len(times) * 1e6, LOOK_UP_US))
    passed.append(absolute("ms for the cheapest three hours of a week", taken["cheapest"] * 1e3, CHEAPEST_MS))
    return 0 if all(passed) else 1


def absolute(what: str, found: float, limit: float) -> bool:
    """Say a figure that has a limit of its own."""
    print(f"{what}: {found:.2f} (limit {limit}) {'ok' if found <= limit else 'TOO MUCH'}")
    return found <= limit


if __name__ == "__main__":
    sys.exit(main())
