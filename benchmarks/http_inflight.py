"""Calls in flight on one account beside aiohttp and httpx: 64 cost at most 3 times aiohttp's CPU, 1,000 run at 0.35 of its rate.

    python benchmarks/http_inflight.py [--json]

All sides sign each call, send a query and decode the answer. The open sockets are counted while the calls run and when
the client has been closed.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import httpx
from _measure import open_sockets, quick_server, report
from http_call import BODY, QUERY, signed

from openpower_core.http import AsyncHttpClient, Rate, RateLimiter

CPU_LIMIT = 3.0  # of aiohttp's, with 64 calls in flight
RATE_LIMIT = 0.35  # of aiohttp's, with 1,000
HTTPX_LIMIT = 0.6
MOST_SOCKETS = 100
ROUNDS = 5

Call = Callable[[], Awaitable[object]]


@asynccontextmanager
async def by_aiohttp(url: str) -> AsyncIterator[Call]:
    """Calls of aiohttp."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(120)) as session:

        async def call() -> object:
            async with session.get(f"{url}/x", params=QUERY, headers=signed()) as answer:
                return await answer.json()

        yield call


@asynccontextmanager
async def by_httpx(url: str) -> AsyncIterator[Call]:
    """Calls of httpx."""
    async with httpx.AsyncClient(timeout=120) as client:

        async def call() -> object:
            return (await client.get(f"{url}/x", params=QUERY, headers=signed())).json()

        yield call


@asynccontextmanager
async def by_ours(url: str) -> AsyncIterator[Call]:
    """Calls of openpower, with the account's limiter, as in every provider."""
    limiter = RateLimiter(Rate(1_000_000, timedelta(minutes=1)))
    async with AsyncHttpClient(provider="bench", base_url=url, timeout=120, sign=signed, limiter=limiter) as client:

        async def call() -> object:
            return (await client.request("GET", "/x", operation="x", params=QUERY)).json()

        yield call


async def keep_in_flight(call: Call, width: int, count: int) -> None:
    """Make a number of calls, with a number of them in flight."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(work() for _ in range(width)))


async def measure(url: str, peers: tuple[Callable[[str], object], ...], width: int, count: int) -> list[list[float]]:
    """Alternate; return the median CPU (s) and time (s) per call of each."""
    taken: list[list[tuple[float, float]]] = [[] for _ in peers]
    for index in range(ROUNDS + 1):
        for times, opened in zip(taken, peers, strict=True):
            async with opened(url) as call:  # type: ignore[attr-defined]
                await keep_in_flight(call, width, width)
                cpu, begin = time.process_time(), time.perf_counter()
                await keep_in_flight(call, width, count)
                if index:  # the first round warms up
                    times.append(((time.process_time() - cpu) / count, (time.perf_counter() - begin) / count))
    return [[statistics.median(each[kind] for each in times) for kind in (0, 1)] for times in taken]


async def sockets(url: str) -> bool:
    """Count the sockets of a thousand calls in flight, and those that stay."""
    before = open_sockets()
    async with by_ours(url) as call:
        await keep_in_flight(call, 1000, 3000)
        used = open_sockets() - before
    left = open_sockets() - before
    within = used <= MOST_SOCKETS and left == 0
    print(f"sockets of 1,000 calls in flight: {used} (limit {MOST_SOCKETS}), left when closed: {left} (limit 0)")
    return within


async def compare(url: str) -> list[bool]:
    """Run all comparisons."""
    aio, bare, ours = await measure(url, (by_aiohttp, by_httpx, by_ours), 64, 1500)
    within = [
        report("CPU of a call, 64 in flight / by aiohttp", aio[0], ours[0], limit=CPU_LIMIT),
        report("CPU of a call, 64 in flight / by httpx", bare[0], ours[0], limit=HTTPX_LIMIT),
    ]
    aio, ours = await measure(url, (by_aiohttp, by_ours), 1000, 4000)
    within.append(report("seconds a call, 1,000 in flight / by aiohttp", aio[1], ours[1], limit=1 / RATE_LIMIT))
    if sys.platform == "linux":
        within.append(await sockets(url))
    return within


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    with quick_server(BODY) as (url, _):
        return int(not all(asyncio.run(compare(url))))


if __name__ == "__main__":
    sys.exit(main())
