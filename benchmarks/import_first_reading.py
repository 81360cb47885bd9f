"""A cold process to its first reading over TLS, beside the same request by bare httpx: at most 1.3 times as long.

    python benchmarks/import_first_reading.py [--json]

Both sides start an interpreter, build one TLS context that trusts the same file (certifi's authorities and the
stand-in's certificate), sign and send the same requests to the same stand-in on loopback, and print the battery's
state of charge. Neither finds click, as where only the library
is installed: httpx imports its own command line, rich included, where it does. Three ways of ours are measured: the
native class alone, the native API of a connection, and a battery that a connection discovered, for which four requests
are made (systems, chargers, power, the day's energy).
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import certifi
from _measure import CERTIFICATE, medians, report, standin, start

LIMIT = 1.3
BATTERY_LIMIT = 1.8
TZ = "Australia/Brisbane"
SERIAL = "AL0000000000000"
APP_ID, APP_SECRET = "alpha0000000000000000", "0" * 32

_WITHOUT_CLICK = "import sys; sys.modules['click'] = None\n"

_BARE = """
import hashlib, os, ssl, time
import httpx
with httpx.Client(verify=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]), timeout=30) as client:
    for path in {paths!r}:
        stamp = str(int(time.time()))
        sign = hashlib.sha512(({app_id!r} + {app_secret!r} + stamp).encode()).hexdigest()
        answer = client.get({base_url!r} + path, headers={{"appId": {app_id!r}, "timeStamp": stamp, "sign": sign}}).json()
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
with openpower.connect("alphaess", app_id={app_id!r}, app_secret={app_secret!r}, base_url={base_url!r}) as home:
    print(home.native.get_realtime_power_usage({serial!r}).soc)
"""

_BATTERY = """
import openpower
with openpower.connect("alphaess", app_id={app_id!r}, app_secret={app_secret!r}, base_url={base_url!r}, tz={tz!r}) as home:
    print(home.battery().read().soc_pct)
"""


def _compared(url: str, trusted: Path) -> list[bool]:
    names: dict[str, Any] = {"app_id": APP_ID, "app_secret": APP_SECRET, "base_url": url, "serial": SERIAL, "tz": TZ}
    trusting = {"SSL_CERT_FILE": str(trusted)}

    def beside(what: str, code: str, paths: list[str], limit: float) -> bool:
        bare, ours = (
            start(_WITHOUT_CLICK + each.format(paths=paths, **names), environment=trusting) for each in (_BARE, code)
        )
        return report(f"{what} / bare httpx", *medians(bare, ours, rounds=25), limit=limit)

    power = f"/getLastPowerData?sysSn={SERIAL}"
    today = datetime.now(UTC).astimezone(ZoneInfo(TZ)).date()
    four = [
        "/getEssList",
        f"/getEvChargerConfigList?sysSn={SERIAL}",
        power,
        f"/getOneDateEnergyBySn?sysSn={SERIAL}&queryDate={today}",
    ]
    return [
        beside("cold process to a native reading by the class", _CLASS, [power], LIMIT),
        beside("cold process to a native reading by a connection", _NATIVE, [power], LIMIT),
        beside("cold process to a battery's reading", _BATTERY, four, BATTERY_LIMIT),
    ]


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    with tempfile.TemporaryDirectory() as folder, standin(1, tls=True) as url:
        trusted = Path(folder) / "trusted.pem"
        trusted.write_bytes(Path(certifi.where()).read_bytes() + CERTIFICATE.read_bytes())
        return int(not all(_compared(url, trusted)))


if __name__ == "__main__":
    sys.exit(main())
