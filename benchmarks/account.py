"""Four hundred systems on one account, all read at once: processor time a reading beside aiohttp doing the same requests.

python benchmarks/account.py [--json]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
import urllib.request
from datetime import timedelta

import aiohttp
from _measure import report, standin

import openpower

SYSTEMS, ROUNDS, LIMIT, MOST_SOCKETS = 400, 5, 4, 100


async def bare(session: aiohttp.ClientSession, url: str) -> None:
    """One system's powers, by hand."""
    async with session.get(f"{url}/api/getLastPowerData", params={"sysSn": "AL"}) as answer:
        data = json.loads(await answer.read())["data"]
        assert data["soc"] == 55.2


async def measure(url: str) -> bool:
    """Alternate in one process."""
    options = {"app_id": "x", "app_secret": "y", "base_url": f"{url}/api", "tz": "Australia/Brisbane"}
    base: list[float] = []
    ours: list[float] = []
    async with openpower.connect_async("alphaess", **options) as home, aiohttp.ClientSession() as session:
        batteries = await home.batteries()
        assert len(batteries) == SYSTEMS
        before = _connections(url)
        for _ in range(ROUNDS):
            begin = time.process_time()
            await asyncio.gather(*(bare(session, url) for _ in batteries))
            base.append(time.process_time() - begin)
            begin = time.process_time()
            readings = await asyncio.gather(*(battery.read(max_age=timedelta(0)) for battery in batteries))
            ours.append(time.process_time() - begin)
            assert all(reading.soc_pct == 55.2 for reading in readings)
        sockets = _connections(url) - before
    each = [statistics.median(times) / SYSTEMS for times in (base, ours)]
    within = report(f"one of {SYSTEMS} readings at once / aiohttp", *each, limit=LIMIT)
    print(f"connections opened by both sides: {sockets}", file=sys.stderr)
    return within and sockets <= 2 * MOST_SOCKETS + 4


def _connections(url: str) -> int:
    with urllib.request.urlopen(f"{url}/connections", timeout=5) as answer:
        return int(answer.read())


def main() -> int:
    """Run the comparison; the result is the exit status."""
    with standin(SYSTEMS) as url:
        return int(not asyncio.run(measure(url)))


if __name__ == "__main__":
    sys.exit(main())
