"""A thousand calls in flight through the HTTP door beside the same by bare httpx: they must not melt (at most 1.25).

python benchmarks/http_inflight.py [--json]
"""

from __future__ import annotations

import asyncio
import sys
import time

import httpx
from _measure import fault_server, report

from openpower_core.http import AsyncHttpClient

CALLS = 1000
LIMIT = 1.25
ROUNDS = 3


async def measure(url: str) -> tuple[float, float]:
    """Take turns, and give the least time of each."""
    bare_times, door_times = [], []
    for _ in range(ROUNDS):
        async with httpx.AsyncClient(timeout=60) as bare:
            begin = time.perf_counter()
            await asyncio.gather(*(bare.get(f"{url}/x") for _ in range(CALLS)))
            bare_times.append(time.perf_counter() - begin)
        async with AsyncHttpClient(provider="bench", base_url=url, timeout=60) as door:
            begin = time.perf_counter()
            await asyncio.gather(*(door.request("GET", "/x", operation="x") for _ in range(CALLS)))
            door_times.append(time.perf_counter() - begin)
    return min(bare_times), min(door_times)


def main() -> int:
    """Run the comparison; the result is the exit status."""
    with fault_server() as url:
        base, ours = asyncio.run(measure(url))
    return int(not report(f"{CALLS} calls in flight / by httpx", base, ours, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
