"""Another account of the same vendor: at most 20 kB, 0.5 ms and no socket more, since all share connections and TLS.

    python benchmarks/http_connection.py [--json]

Measured is ``openpower.connect`` itself with its provider's native client, made and then used for a call under TLS, by
what the process takes from the system; beside it another ``httpx.Client``. The first ones are not counted: they load the
modules, make the TLS context and connect.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from _measure import quick_server, report
from http_call import BODY, SERIAL

import openpower

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES, MOST_SECONDS, MOST_SOCKETS = 20_000, 0.0005, 0
MOST_BYTES_OF_A_CONNECTION = 60_000
CONNECTIONS = 300
OPTIONS: dict[str, Any] = {"app_id": "bench", "app_secret": "secret", "serial_number": SERIAL}

_RESIDENT = """
import resource, sys
sys.path.insert(0, {here!r})
from _measure import open_sockets
def used(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
{setup}
kept = [make() for _ in range(20)]
before = used(), open_sockets()
kept += [make() for _ in range({count})]
print((used() - before[0]) / {count}, open_sockets() - before[1])
"""
_BLOCKING = """
import openpower
def make():
    home = openpower.connect("alphaess", base_url={url!r}, **{options!r})
    home.native.get_realtime_power_usage()
    return home
"""
_ASYNCIO = """
import asyncio, openpower
runner = asyncio.Runner()
def make():
    home = openpower.connect_async("alphaess", base_url={url!r}, **{options!r})
    runner.run(home.native.get_realtime_power_usage())
    return home
"""
_BARE = """
import httpx
def make():
    client = httpx.Client()
    client.get({url!r})
    return client
"""
# Each connection of its own, as a hundred calls in flight have them.
_IN_FLIGHT = """
import asyncio, httpx
from openpower_core.http import _async_transport, network, route
runner = asyncio.Runner()
async def connect():
    transport = _async_transport.AsyncSharedTransport(route.Route.to({url!r}), 120.0)
    transport.pool.clients.add(runner)
    extensions = {{"timeout": network.timeouts(10), "limit": 10_000}}
    await transport.handle_async_request(httpx.Request("GET", {url!r}, extensions=extensions))
    return transport
def make(): return runner.run(connect())
"""


def seconds(make: Callable[[], Any]) -> float:
    """Give the median time of making one after the first."""
    kept, times = [make()], []
    for _ in range(CONNECTIONS):
        begin = time.perf_counter()
        kept.append(make())
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def resident(setup: str, url: str) -> tuple[float, int]:
    """Give the memory (bytes; Linux) and the sockets that one more takes, the median of several processes."""
    here = __file__.rpartition("/")[0]
    code = _RESIDENT.format(here=here, count=CONNECTIONS, setup=setup.format(url=url, options=OPTIONS))
    taken: list[tuple[float, int]] = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        memory, sockets = done.stdout.split()
        taken.append((float(memory), int(sockets)))
    return statistics.median(each[0] for each in taken), max(each[1] for each in taken)


def in_time(name: str, bare: float) -> bool:
    """Compare the time that one more connection takes."""
    connect = getattr(openpower, name)
    ours = seconds(lambda: connect("alphaess", **OPTIONS))
    return report(f"a second {name} / another httpx.Client", bare, ours, limit=MOST_SECONDS / bare)


def compared(title: str, taken: tuple[float, int], bare: tuple[float, int], most_bytes: int, most_sockets: int) -> bool:
    """Print what one more takes, and return whether that is within the limits."""
    within = taken[0] <= most_bytes and taken[1] <= most_sockets
    if "--json" in sys.argv:
        line = {"title": title, "ours_bytes": taken[0], "base_bytes": bare[0], "limit_bytes": most_bytes}
        print(json.dumps({**line, "sockets": taken[1], "limit_sockets": most_sockets, "ok": within}))
    else:
        figures = f"{taken[0] / 1000:.1f} kB (limit {most_bytes / 1000:.0f} kB), {taken[1]} sockets more"
        beside = f"another httpx.Client: {bare[0] / 1000:.0f} kB, {bare[1] / CONNECTIONS:.0f} socket"
        print(f"{title}: {figures} (limit {most_sockets}); {beside} {'ok' if within else 'TOO MUCH'}")
    return within


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    import httpx

    bare_seconds = seconds(httpx.Client)
    within = [in_time(name, bare_seconds) for name in ("connect", "connect_async")]
    if sys.platform == "linux":
        with quick_server(BODY) as (_, url):
            bare = resident(_BARE, url)
            for name, setup in (("connect", _BLOCKING), ("connect_async", _ASYNCIO)):
                title = f"another account under TLS by {name}"
                within.append(compared(title, resident(setup, url), bare, MOST_BYTES, MOST_SOCKETS))
            title, taken = "another connection under TLS in a loop", resident(_IN_FLIGHT, url)
            within.append(compared(title, taken, bare, MOST_BYTES_OF_A_CONNECTION, CONNECTIONS))
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
