"""A cold process to its first reading, beside the same by ``http.client`` and ``json``: at most 2.2 times as long.

    python benchmarks/import_first_reading.py [--json]

Both sides start an interpreter, sign and send the same requests to the same emulator on loopback, and print the
battery's state of charge; the other side imports ``hashlib``, ``http.client``, ``json`` and ``time`` and nothing
else. Three ways of ours are measured: the native class alone, the native API of a connection, and a battery that
a connection discovered, for which four requests are made (systems, chargers, power, the day's energy).
It needs the extra ``emulator``.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from _measure import compare, emulator, report, start

import openpower

LIMIT = 2.2

_BARE = """
import hashlib, http.client, json, time
connection = http.client.HTTPConnection({host!r}, {port}, timeout=30)
for path in {paths!r}:
    stamp = str(int(time.time()))
    sign = hashlib.sha512(({app_id!r} + {app_secret!r} + stamp).encode()).hexdigest()
    headers = {{"appId": {app_id!r}, "timeStamp": stamp, "sign": sign}}
    connection.request("GET", path, headers=headers)
    answer = json.loads(connection.getresponse().read())
    assert answer["code"] == 200, answer
    if path.partition("?")[0].endswith("getLastPowerData"):
        print(answer["data"]["soc"])
"""

_CLASS = """
from openpower.alphaess import AlphaESS
with AlphaESS({app_id!r}, {app_secret!r}, {serial!r}, base_url={base_url!r}) as api:
    print(api.get_realtime_power_usage().soc)
"""

_NATIVE = """
import openpower
with openpower.connect("alphaess", **{options!r}) as home:
    print(home.native.get_realtime_power_usage({serial!r}).soc)
"""

_BATTERY = """
import openpower
with openpower.connect("alphaess", **{options!r}) as home:
    print(home.battery().read().soc_pct)
"""


def _paths(prefix: str, serial: str, tz: str | None) -> list[str]:
    """What a discovered battery asks for when it is read for the first time."""
    power = f"{prefix}/getLastPowerData?sysSn={serial}"
    found = [f"{prefix}/getEssList", f"{prefix}/getEvChargerConfigList?sysSn={serial}", power]
    if tz is not None:
        day = datetime.now(UTC).astimezone(ZoneInfo(tz)).date()
        found.append(f"{prefix}/getOneDateEnergyBySn?sysSn={serial}&queryDate={day}")
    return found


def _compared(options: dict[str, Any]) -> list[bool]:
    with openpower.connect("alphaess", **options) as home:
        serial = home.battery().info.serial
    address = urlsplit(options["base_url"])
    paths = _paths(address.path, serial, options.get("tz"))
    names = {name: options[name] for name in ("app_id", "app_secret")}
    told = {"serial": serial, "base_url": options["base_url"], "options": options, **names}

    def beside(what: str, code: str, requests: list[str]) -> bool:
        bare = _BARE.format(host=address.hostname, port=address.port, paths=requests, **names)
        base, ours = compare(start(bare), start(code.format(**told)))
        return report(f"{what} / http.client and json", base, ours, limit=LIMIT)

    power = [path for path in paths if "getLastPowerData" in path]
    return [
        beside("cold process to a native reading by the class", _CLASS, power),
        beside("cold process to a native reading by a connection", _NATIVE, power),
        beside("cold process to a battery's reading", _BATTERY, paths),
    ]


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    with emulator() as options:
        within = _compared(options)
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
