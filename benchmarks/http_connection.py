"""What a second client costs beside httpx's: at most 20 kB and 0.5 ms, since all share one TLS context.

python benchmarks/http_connection.py [--json]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from _measure import report

from openpower_core.http import AsyncHttpClient, HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES, MOST_SECONDS = 20_000, 0.0005
CLIENTS = 50

_RESIDENT = """
import resource, sys
def used(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
{setup}
kept = [make()]
before = used()
kept += [make() for _ in range({clients})]
print((used() - before) / {clients})
"""
_OURS = """
from openpower_core.http import {name}
def make(): return {name}(provider="bench", base_url="https://vendor.invalid/api")
"""
_BARE = """
import httpx
def make(): return httpx.Client()
"""


def seconds(make: Callable[[], Any]) -> float:
    """Give the median time of making one client after the first."""
    kept, times = [make()], []
    for _ in range(CLIENTS):
        begin = time.perf_counter()
        kept.append(make())
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def resident(setup: str) -> float:
    """Give the memory that one client more takes from the system (bytes; Linux)."""
    code = _RESIDENT.format(setup=setup, clients=CLIENTS)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    import httpx

    bare_seconds, within = seconds(httpx.Client), []
    for kind in (HttpClient, AsyncHttpClient):

        def make(kind: Any = kind) -> Any:
            return kind(provider="bench", base_url="https://vendor.invalid/api")

        limit = MOST_SECONDS / bare_seconds
        within.append(
            report(
                f"another {kind.__name__} / another httpx.Client",
                bare_seconds,
                seconds(make),
                limit=limit,
            )
        )
        if sys.platform == "linux":
            taken, bare = resident(_OURS.format(name=kind.__name__)), resident(_BARE)
            print(
                f"another {kind.__name__}: {taken / 1000:.1f} kB (limit 20), another httpx.Client: {bare / 1000:.0f} kB"
            )
            within.append(taken <= MOST_BYTES)
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
