"""One call through ``native`` beside the same call by bare httpx, both on a connection kept alive: at most 1.25.

    python benchmarks/http_call.py [--json]

The call is AlphaESS's ``getLastPowerData``, signed by both sides; the native one checks the envelope and gives
a typed record besides. The door alone, which every provider's calls go through, is held to the same limit.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time

import httpx
from _measure import alternate, fault_server, report

import openpower
from openpower_core.http import AsyncHttpClient, HttpClient

LIMIT = 0.9
SERIAL = "AL70110230300001"
QUERY = {"sysSn": SERIAL}
BODY = (
    b'{"code":200,"msg":"Success","expMsg":null,"data":{"ppv":0.0,"ppvDetail":{"ppv1":0.0,"ppv2":0.0,'
    b'"ppv3":null,"ppv4":null,"pmeterDc":0.0},"soc":77.6,"pev":0,"pevDetail":{"ev1Power":null},'
    b'"prealL1":1264.0,"prealL2":0.0,"prealL3":0.0,"pgrid":11.0,"pgridDetail":{"pmeterL1":11.0,'
    b'"pmeterL2":0.0,"pmeterL3":0.0},"pload":1275.0,"pbat":1264.0}}'
)


def signed() -> dict[str, str]:
    """The headers of one call."""
    stamp = str(int(time.time()))
    sign = hashlib.sha512(("bench" + "secret" + stamp).encode()).hexdigest()
    return {"appId": "bench", "timeStamp": stamp, "sign": sign}


def synchronous(url: str) -> list[bool]:
    """Compare in synchronous code."""
    path = f"{url}/getLastPowerData"
    with (
        httpx.Client() as bare,
        HttpClient(provider="bench", base_url=url) as door,
        openpower.connect("alphaess", **options(url)) as home,
    ):
        native = alternate(
            lambda: bare.get(path, params=QUERY, headers=signed()).json()["data"]["soc"],
            lambda: home.native.get_realtime_power_usage().soc,
            rounds=1000,
        )
        alone = alternate(
            lambda: bare.get(path, params=QUERY).json(),
            lambda: door.request("GET", "/x", operation="x", params=QUERY).json(),
        )
    return [
        report("a call by native / by httpx.Client", *native, limit=LIMIT),
        report("a call by HttpClient / by httpx.Client", *alone, limit=LIMIT),
    ]


def asynchronous(url: str) -> list[bool]:
    """Compare in asynchronous code."""
    path = f"{url}/getLastPowerData"
    with asyncio.Runner() as runner:
        bare, door = httpx.AsyncClient(), AsyncHttpClient(provider="bench", base_url=url)
        home = openpower.connect_async("alphaess", **options(url))

        async def by_httpx() -> float:
            answer = await bare.get(path, params=QUERY, headers=signed())
            soc: float = answer.json()["data"]["soc"]
            return soc

        native = alternate(
            lambda: runner.run(by_httpx()), lambda: runner.run(home.native.get_realtime_power_usage()), rounds=1000
        )
        alone = alternate(
            lambda: runner.run(bare.get(path, params=QUERY)).json(),
            lambda: runner.run(door.request("GET", "/x", operation="x", params=QUERY)).json(),
        )
        for each in (bare, door, home):
            runner.run(each.aclose())
    return [
        report("an asynchronous call by native / by httpx.AsyncClient", *native, limit=LIMIT),
        report("a call by AsyncHttpClient / by httpx.AsyncClient", *alone, limit=LIMIT),
    ]


def options(url: str) -> dict[str, str]:
    """What connects to the server."""
    return {"app_id": "bench", "app_secret": "secret", "serial_number": SERIAL, "base_url": url}


def main() -> int:
    """Run all comparisons; the result is the exit status."""
    with fault_server(BODY) as url:
        within = [*synchronous(url), *asynchronous(url)]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
