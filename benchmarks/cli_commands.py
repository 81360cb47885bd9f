"""How long a command takes, beside a script that asks the library for the same and prints it.

python benchmarks/cli_commands.py

Whole processes on the simulated home, output into a pipe. What the command adds is the parsing of what is typed and
the laying out of what is printed: at most as much again as the script takes.
"""

from __future__ import annotations

import os
import sys
import tempfile

from _measure import medians, report, start

LIMIT = 2.0

_SCRIPTS = {
    "status demo": """
from openpower import Channel, Site
with Site(home) as site:
    snapshot = site.snapshot()
    print(snapshot.balance, snapshot.cost_per_minute)
    for reading in snapshot.readings.values():
        print(reading)
    for price in home.retailer().prices(channel=Channel.IMPORT):
        print(price)
""",
    "devices demo": """
for device in home.devices():
    print(device.info.id, device.info.model, [feature.value for feature, can in device.capabilities.items() if can])
""",
    "prices demo": """
from openpower import Channel
for price in home.retailer().prices(channel=Channel.IMPORT):
    print(price.start, price.end, price.per_kwh, price.kind)
""",
    "charge demo --to 80 --dry-run": """
battery = home.battery()
print(battery.schedule())
print(battery.charge(target_soc_pct=80, dry_run=True))
""",
}

_CONNECT = """
import os
import openpower
home = openpower.connect("demo", state_dir=os.environ["OPENPOWER_STATE_DIR"])
"""

_COMMAND = """
from openpower.cli import main
main({arguments!r})
"""


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    within: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"OPENPOWER_STATE_DIR": f"{folder}/state", "OPENPOWER_CONFIG": f"{folder}/config.toml"}
        for command, script in _SCRIPTS.items():
            base = start(f"{_CONNECT}{script}home.close()")
            figures = medians(base, start(_COMMAND.format(arguments=command.split())))
            within.append(report(f"openpower {command} / a script", *figures, limit=LIMIT))
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
