"""A cold process to its first reading, beside the same by ``http.client`` and ``json``: at most 2.2 times as long.

    python benchmarks/import_first_reading.py

Both start an interpreter, sign and send the same requests to the same emulator on loopback, and print the
battery's state of charge. It needs the extra ``emulator``.
"""

from __future__ import annotations

import sys
from urllib.parse import urlencode, urlsplit

from _measure import compare, report, start

import openpower
from openpower_alphaess.emulator import Emulator, serve
from openpower_core.emulation import ServedEmulator

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

_OURS = """
import openpower
with openpower.connect("alphaess", **{options!r}) as home:
    print(home.battery().read().soc_pct)
"""


def _paths(served: ServedEmulator[Emulator]) -> list[str]:
    """What our own first reading asks for, to be asked by the other side as well."""
    with openpower.connect("alphaess", **served.options) as home:
        home.battery().read()
    prefix = urlsplit(served.url).path
    return [
        f"{prefix}/{seen.endpoint}" + (f"?{urlencode(seen.params)}" if seen.params else "")
        for seen in served.emulator.requests
    ]


def main() -> int:
    """Run the comparison; the result is the exit status."""
    with serve() as served:
        address = urlsplit(served.url)
        bare = _BARE.format(
            host=address.hostname,
            port=address.port,
            paths=_paths(served),
            app_id=served.options["app_id"],
            app_secret=served.options["app_secret"],
        )
        base, ours = compare(start(bare), start(_OURS.format(options=served.options)))
    title = "cold process to its first reading / http.client and json"
    return int(not report(title, base, ours, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
