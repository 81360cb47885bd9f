"""One call through the HTTP door beside the same call by bare httpx, both on a connection kept alive: at most 1.25.

python benchmarks/http_call.py [--json]
"""

from __future__ import annotations

import asyncio
import sys

import httpx
from _measure import alternate, fault_server, report

from openpower_core.http import AsyncHttpClient, HttpClient

LIMIT = 1.25
QUERY = {"sysSn": "AL70110230300001"}


def synchronous(url: str) -> bool:
    """Compare in synchronous code."""
    with httpx.Client() as bare, HttpClient(provider="bench", base_url=url) as door:
        base, ours = alternate(
            lambda: bare.get(f"{url}/x", params=QUERY).json(),
            lambda: door.request("GET", "/x", operation="x", params=QUERY).json(),
        )
    return report("a call by HttpClient / by httpx.Client", base, ours, limit=LIMIT)


def asynchronous(url: str) -> bool:
    """Compare in asynchronous code."""
    with asyncio.Runner() as runner:
        bare, door = httpx.AsyncClient(), AsyncHttpClient(provider="bench", base_url=url)
        base, ours = alternate(
            lambda: runner.run(bare.get(f"{url}/x", params=QUERY)).json(),
            lambda: runner.run(door.request("GET", "/x", operation="x", params=QUERY)).json(),
        )
        runner.run(bare.aclose())
        runner.run(door.aclose())
    return report("a call by AsyncHttpClient / by httpx.AsyncClient", base, ours, limit=LIMIT)


def main() -> int:
    """Run both comparisons; the result is the exit status."""
    with fault_server() as url:
        within = [synchronous(url), asynchronous(url)]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
