"""A second connection beside another ``httpx.Client``: at most 20 kB and 0.5 ms, since all share one TLS context.

    python benchmarks/http_connection.py [--json]

Measured is ``openpower.connect`` itself, with its provider's native client, by what the process takes from the
system. Each first one is not counted: it loads the modules and makes the TLS context.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from _measure import report

import openpower

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES, MOST_SECONDS = 20_000, 0.0005
CONNECTIONS = 50
OPTIONS: dict[str, Any] = {"app_id": "bench", "app_secret": "secret"}

_RESIDENT = """
import resource
def used(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
{setup}
kept = [make() for _ in range(5)]
before = used()
kept += [make() for _ in range({count})]
print((used() - before) / {count})
"""
_OURS = """
import openpower
def make():
    home = openpower.{name}("alphaess", **{options!r})
    home.native
    return home
"""
_BARE = """
import httpx
def make(): return httpx.Client()
"""


def seconds(make: Callable[[], Any]) -> float:
    """Give the median time of making one after the first."""
    kept, times = [make()], []
    for _ in range(CONNECTIONS):
        begin = time.perf_counter()
        kept.append(make())
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def resident(setup: str) -> float:
    """Give the memory that one more takes from the system (bytes; Linux), the median of several processes."""
    code = _RESIDENT.format(setup=setup, count=CONNECTIONS)
    command = [sys.executable, "-c", code]
    return statistics.median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(3)
    )


def in_time(name: str, bare: float) -> bool:
    """Compare the time that one more connection takes."""
    connect = getattr(openpower, name)
    ours = seconds(lambda: connect("alphaess", **OPTIONS))
    return report(f"a second {name} / another httpx.Client", bare, ours, limit=MOST_SECONDS / bare)


def in_memory(name: str, bare: float) -> bool:
    """Compare the memory that one more connection takes."""
    taken = resident(_OURS.format(name=name, options=OPTIONS))
    within = taken <= MOST_BYTES
    if "--json" in sys.argv:
        title = f"a second {name}: memory"
        line = {"title": title, "ours_bytes": taken, "base_bytes": bare, "limit_bytes": MOST_BYTES}
        print(json.dumps({**line, "ok": within}))
    else:
        verdict = "ok" if within else "TOO MUCH"
        print(
            f"a second {name}: {taken / 1000:.1f} kB, another httpx.Client: {bare / 1000:.0f} kB "
            f"(limit {MOST_BYTES / 1000:.0f} kB) {verdict}"
        )
    return within


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    import httpx

    names = ("connect", "connect_async")
    bare_seconds = seconds(httpx.Client)
    within = [in_time(name, bare_seconds) for name in names]
    if sys.platform == "linux":
        bare_bytes = resident(_BARE)
        within += [in_memory(name, bare_bytes) for name in names]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
