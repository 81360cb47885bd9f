"""The cost of printing help, beside a bare cyclopts application that prints the same.

python benchmarks/cli_help.py

The menu is printed without cyclopts: at most half of what cyclopts takes for a menu of the same commands. A
command's help comes from cyclopts: at most 1.5 times as long as for a function with the same options and nothing
else, which is what loading our modules may add.
"""

from __future__ import annotations

import sys

from _measure import medians, report, start

from openpower.cli.app import COMMANDS

MENU_LIMIT = 0.5
COMMAND_LIMIT = 1.5

_CYCLOPTS_MENU = f"""
from cyclopts import App, Group
app = App(name="openpower", help_format="plaintext")
for title, commands in {COMMANDS!r}.items():
    group = Group(title)
    for name, (_, about, _) in commands.items():
        app.command(lambda: None, name=name, help=about, group=group)
app(["--help"])
"""

_CYCLOPTS_COMMAND = '''
from typing import Annotated, Optional
from cyclopts import App, Parameter
app = App(name="openpower", help_format="plaintext", default_parameter=Parameter(negative=(), show_default=False))

@app.command
def charge(name: Optional[str] = None, /, *, to: Optional[float] = None, power: Optional[float] = None,
           until: Optional[str] = None, battery: Optional[str] = None, dry_run: bool = False, yes: bool = False,
           wait: bool = False, unattended: bool = False, profile: Optional[str] = None,
           option: Annotated[tuple[str, ...], Parameter(name=["--option", "-O"])] = (), json: bool = False):
    """Charge the battery, from the grid if need be.

    Args:
        name: a profile or a provider (default: the only profile).
        to: the state of charge to stop at, as a percentage.
        power: how fast, in watts (default: the device's choice).
        until: when to stop, such as 06:00 or 2026-08-04T06:00.
        battery: the battery's id, where there are several.
        dry_run: show the plan and send nothing.
        yes: do not ask.
        wait: wait until it is confirmed and, where it has to be released, until that is done.
        unattended: accept that nothing releases it, where the hardware does not keep its end.
        profile: the profile whose credentials and options are used.
        option: an option of the provider, such as -O tz=Europe/Berlin (may be repeated).
        json: print JSON.
    """

app(["charge", "--help"])
'''

_OURS = """
from openpower.cli import main
main({arguments!r})
"""


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    within = [
        report(title, *medians(start(base), start(_OURS.format(arguments=arguments))), limit=limit)
        for title, base, arguments, limit in (
            ("openpower --help / the same menu by cyclopts", _CYCLOPTS_MENU, ["--help"], MENU_LIMIT),
            ("openpower charge --help / the same by cyclopts", _CYCLOPTS_COMMAND, ["charge", "--help"], COMMAND_LIMIT),
        )
    ]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
