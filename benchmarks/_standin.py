"""A quick stand-in for AlphaESS and Amber on loopback: fixed responses by the last part of the path, in its own process.

python benchmarks/_standin.py SYSTEMS    # prints its address, and ends when its standard input does
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["answers"]


def answers(systems: int) -> dict[str, bytes]:
    """The vendors' responses: shapes as captured, figures made up."""
    power = {"ppv": 1200.0, "pload": 700.0, "soc": 55.2, "pgrid": -500.0, "pbat": 0.0, "pev": 0.0}
    day = [
        {
            "uploadTime": f"2026-11-20 {minute // 60:02}:{minute % 60:02}:00",
            "cbat": 55.2,
            "feedIn": 500.0,
            "gridCharge": 0.0,
        }
        | {"load": 700.0, "pchargingPile": 0.0, "ppv": 1200.0, "sysSn": _serial(0)}
        for minute in range(0, 1440, 5)
    ]
    found: dict[str, Any] = {
        "getEssList": _ok([_system(_serial(number)) for number in range(systems)]),
        "getLastPowerData": _ok(power),
        "getEvChargerConfigList": _ok([]),
        "getOneDateEnergyBySn": _ok({"epv": 5.1, "eInput": 1.0, "eOutput": 2.0, "eCharge": 1.5, "eDischarge": 1.2}),
        "getOneDayPowerBySn": _ok(day),
        "sites": [_SITE],
        "current": _prices(),
        "prices": _prices(),
    }
    return {name: json.dumps(answer).encode() for name, answer in found.items()}


def _ok(data: object) -> dict[str, Any]:
    return {"code": 200, "msg": "Success", "data": data}


def _serial(number: int) -> str:
    return f"AL{number:013}"


def _system(serial: str) -> dict[str, Any]:
    known = {"minv": "SMILE5-INV", "mbat": "SMILE-BAT-10.1P", "poinv": 5.0, "popv": 6.6, "cobat": 10.1}
    return {"sysSn": serial, **known, "surplusCobat": 9.09, "usCapacity": 90.0, "emsStatus": "Normal"}


_SITE = {
    "id": "01SITE",
    "nmi": "41000000001",
    "channels": [
        {"identifier": "E1", "type": "general", "tariff": "A1"},
        {"identifier": "B1", "type": "feedIn", "tariff": "A1"},
    ],
    "network": "Ausgrid",
    "status": "active",
    "activeFrom": "2023-01-01",
    "intervalLength": 30,
}


def _prices() -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    first = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return [
        {
            "type": "CurrentInterval" if half == 0 else "ForecastInterval",
            "duration": 30,
            "date": f"{start:%Y-%m-%d}",
            "nemTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "startTime": f"{start + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
            "endTime": f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
            "perKwh": sign * (20 + half / 10),
            "spotPerKwh": 9.1,
            "renewables": 40.2,
            "channelType": channel,
            "spikeStatus": "none",
            "descriptor": "neutral",
            "estimate": half == 0,
            "tariffInformation": None,
            "advancedPrice": {"low": 18.0, "predicted": 19.0, "high": 22.0},
        }
        for half in range(63)
        for start in [first + timedelta(minutes=30 * half)]
        for channel, sign in (("general", 1), ("feedIn", -1))
    ]


async def _serve(systems: int) -> None:
    known, seen = answers(systems), {"connections": 0}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen["connections"] += 1
        while head := await _head(reader):
            name = head.split(b" ", 2)[1].partition(b"?")[0].rpartition(b"/")[2].decode()
            body = str(seen["connections"]).encode() if name == "connections" else known.get(name, b"{}")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024) as server:
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for connection in asyncio.all_tasks() - {asyncio.current_task()}:
            connection.cancel()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return b""


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
