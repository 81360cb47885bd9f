"""The processor time of one warm call, beside httpx (at most 0.9 of it through ``native``) and aiohttp.

    python benchmarks/http_call.py [--json]

The call is AlphaESS's ``getLastPowerData``, signed by all sides, over connections kept alive, without TLS and with; all
sides have the same TLS context. The native one checks the envelope and gives a typed record besides; the others decode
JSON. aiohttp, which has its parser in C, shows what asynchronous code could cost at best.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import sys
import time
from functools import partial

import aiohttp
import httpx
from _measure import alternate, quick_server, report

import openpower
from openpower_core.http import AsyncHttpClient, HttpClient, Request

NATIVE = 0.9  # of httpx
ALONE = 0.8
BESIDE_AIOHTTP = 4.0
ROUNDS = 500  # AlphaESS's limiter lets 3,000 calls through in five minutes
SERIAL = "AL70110230300001"
QUERY = {"sysSn": SERIAL}
BODY = (
    '{"code":200,"msg":"Success","expMsg":null,"data":{"ppv":0.0,"ppvDetail":{"ppv1":0.0,"ppv2":0.0,'
    '"ppv3":null,"ppv4":null,"pmeterDc":0.0},"soc":77.6,"pev":0,"pevDetail":{"ev1Power":null},'
    '"prealL1":1264.0,"prealL2":0.0,"prealL3":0.0,"pgrid":11.0,"pgridDetail":{"pmeterL1":11.0,'
    '"pmeterL2":0.0,"pmeterL3":0.0},"pload":1275.0,"pbat":1264.0}}'
)


def signed(_request: Request | None = None, _now: object = None) -> dict[str, str]:
    """The headers of one call."""
    stamp = str(int(time.time()))
    sign = hashlib.sha512(("bench" + "secret" + stamp).encode()).hexdigest()
    return {"appId": "bench", "timeStamp": stamp, "sign": sign}


def options(url: str) -> dict[str, str]:
    """Connects to the server."""
    return {"app_id": "bench", "app_secret": "secret", "serial_number": SERIAL, "base_url": url}


def synchronous(url: str, tls: ssl.SSLContext) -> list[bool]:
    """Compare in synchronous code."""
    path, kind = f"{url}/getLastPowerData", url.partition(":")[0]
    measure = partial(alternate, rounds=ROUNDS, clock=time.process_time)
    with (
        httpx.Client(verify=tls) as bare,
        HttpClient(provider="bench", base_url=url, sign=signed) as client,
        openpower.connect("alphaess", **options(url)) as home,
    ):

        def by_httpx() -> float:
            soc: float = bare.get(path, params=QUERY, headers=signed()).json()["data"]["soc"]
            return soc

        native = measure(by_httpx, lambda: home.native.get_realtime_power_usage().soc)
        alone = measure(by_httpx, lambda: client.request("GET", "/x", operation="x", params=QUERY).json())
    return [
        report(f"{kind}: a call by native / by httpx.Client", *native, limit=NATIVE),
        report(f"{kind}: a call by HttpClient / by httpx.Client", *alone, limit=ALONE),
    ]


def asynchronous(url: str, tls: ssl.SSLContext) -> list[bool]:
    """Compare in asynchronous code."""
    with asyncio.Runner() as runner:
        return _asynchronous(runner, url, tls)


def _asynchronous(runner: asyncio.Runner, url: str, tls: ssl.SSLContext) -> list[bool]:
    path, kind = f"{url}/getLastPowerData", url.partition(":")[0]
    bare, client = httpx.AsyncClient(verify=tls), AsyncHttpClient(provider="bench", base_url=url, sign=signed)
    home = openpower.connect_async("alphaess", **options(url))

    async def session_of_aiohttp() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))

    session = runner.run(session_of_aiohttp())

    async def by_httpx() -> object:
        return (await bare.get(path, params=QUERY, headers=signed())).json()["data"]["soc"]

    async def by_aiohttp() -> object:
        async with session.get(path, params=QUERY, headers=signed()) as answer:
            return (await answer.json())["data"]["soc"]

    async def by_client() -> object:
        return (await client.request("GET", "/x", operation="x", params=QUERY)).json()

    async def by_native() -> object:
        return (await home.native.get_realtime_power_usage()).soc

    within = []
    for title, base, ours, limit in (
        ("native / by httpx.AsyncClient", by_httpx, by_native, NATIVE),
        ("AsyncHttpClient / by httpx.AsyncClient", by_httpx, by_client, ALONE),
        ("AsyncHttpClient / by aiohttp", by_aiohttp, by_client, BESIDE_AIOHTTP),
    ):
        runs = (lambda base=base: runner.run(base()), lambda ours=ours: runner.run(ours()))
        figures = alternate(*runs, rounds=ROUNDS, clock=time.process_time)
        within.append(report(f"{kind}: an asynchronous call by {title}", *figures, limit=limit))
    for closing in (session.close(), bare.aclose(), client.aclose(), home.aclose()):
        runner.run(closing)
    return within


def main() -> int:
    """Run all comparisons; the result is the exit status."""
    with quick_server(BODY) as urls:
        tls = ssl.create_default_context()
        within = [each for url in urls for compare in (synchronous, asynchronous) for each in compare(url, tls)]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
