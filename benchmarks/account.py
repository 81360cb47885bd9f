"""Four hundred systems on one account, all read at once: processor time a reading beside aiohttp doing the same requests.

And discovery with a state folder: four hundred systems take at most 1.5 times four times what one hundred take.

python benchmarks/account.py [--json]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from typing import Any

import aiohttp
from _measure import report, standin

import openpower

SYSTEMS, ROUNDS, LIMIT, MOST_SOCKETS, LINEAR = 400, 3, 4, 100, 1.5


async def bare(session: aiohttp.ClientSession, url: str) -> None:
    """One system's powers and the day's energy, by hand."""
    async with session.get(f"{url}/api/getLastPowerData", params={"sysSn": "AL"}) as answer:
        data = json.loads(await answer.read())["data"]
        assert data["soc"] == 55.2
    async with session.get(
        f"{url}/api/getOneDateEnergyBySn", params={"sysSn": "AL", "queryDate": "2026-08-01"}
    ) as answer:
        json.loads(await answer.read())


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


def discovery() -> Any:
    """Discover with a state folder that remembers nothing yet, and once more."""
    taken: list[float] = []
    for systems in (SYSTEMS // 4, SYSTEMS):
        times: list[float] = []
        with standin(systems) as url, tempfile.TemporaryDirectory() as folder:
            for _ in range(ROUNDS):
                begin = time.process_time()
                options = {"app_id": "x", "app_secret": "y", "base_url": f"{url}/api", "tz": "Australia/Brisbane"}
                with openpower.connect("alphaess", **options, state_dir=folder) as home:
                    assert len(home.batteries()) == systems
                times.append(time.process_time() - begin)
        taken.append(statistics.median(times))
    return report(
        f"discovery of {SYSTEMS} systems / four times that of {SYSTEMS // 4}", 4 * taken[0], taken[1], limit=LINEAR
    )


def _connections(url: str) -> int:
    with urllib.request.urlopen(f"{url}/connections", timeout=5) as answer:
        return int(answer.read())


def main() -> int:
    """Run the comparison; the result is the exit status."""
    with standin(SYSTEMS) as url:
        passed = asyncio.run(measure(url))
    return int(not (discovery() and passed))


if __name__ == "__main__":
    sys.exit(main())
