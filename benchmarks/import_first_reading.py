"""A cold process to its first reading under TLS, by processor time: at most 1.3 of the same by a bare ``httpx.get``
for the native class, 1.5 for a connection, which has to look for installed providers first.

    python benchmarks/import_first_reading.py [--json]

Both sides start an interpreter, sign and send the same request, check the certificate by the same authorities, and print
the battery's state of charge. Two ways of ours are measured, the native class alone and the native API of a connection;
and a battery that a connection discovered, for which four requests are made on both sides, without TLS, to the emulator
(extra ``emulator``).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from _measure import cpu, emulator, medians, quick_server, report
from http_call import BODY, SERIAL

import openpower

NATIVE, CONNECTED, DISCOVERED = 1.3, 1.5, 1.6

_BARE = """
import hashlib, httpx, os, ssl, time
tls = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
with httpx.Client(verify=tls) as client:
    for path in {paths!r}:
        stamp = str(int(time.time()))
        sign = hashlib.sha512(({app_id!r} + {app_secret!r} + stamp).encode()).hexdigest()
        answer = client.get({host!r} + path, headers={{"appId": {app_id!r}, "timeStamp": stamp, "sign": sign}}).json()
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
    """The requests of a discovered battery's first reading."""
    power = f"{prefix}/getLastPowerData?sysSn={serial}"
    found = [f"{prefix}/getEssList", f"{prefix}/getEvChargerConfigList?sysSn={serial}", power]
    if tz is not None:
        day = datetime.now(UTC).astimezone(ZoneInfo(tz)).date()
        found.append(f"{prefix}/getOneDateEnergyBySn?sysSn={serial}&queryDate={day}")
    return found


def _beside(what: str, code: str, options: dict[str, Any], serial: str, paths: list[str], limit: float) -> bool:
    address = urlsplit(options["base_url"])
    given = {"serial": serial, "options": options, "host": f"{address.scheme}://{address.netloc}", "paths": paths}
    names = {name: options[name] for name in ("app_id", "app_secret", "base_url")}
    base, ours = medians(cpu(_BARE.format(**given, **names)), cpu(code.format(**given, **names)))
    return report(f"cold process to {what} / by httpx", base, ours, limit=limit)


def _native() -> list[bool]:
    with quick_server(BODY) as (_, url):
        options = {"app_id": "bench", "app_secret": "secret", "base_url": url}
        paths = [f"/getLastPowerData?sysSn={SERIAL}"]
        return [
            _beside("a native reading by the class", _CLASS, options, SERIAL, paths, NATIVE),
            _beside("a native reading by a connection", _NATIVE, options, SERIAL, paths, CONNECTED),
        ]


def _discovered() -> list[bool]:
    with emulator() as options:
        with openpower.connect("alphaess", **options) as home:
            serial = home.battery().info.serial
        paths = _paths(urlsplit(options["base_url"]).path, serial, options.get("tz"))
        return [_beside("a battery's reading", _BATTERY, options, serial, paths, DISCOVERED)]


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    return int(not all([*_native(), *_discovered()]))


if __name__ == "__main__":
    sys.exit(main())
