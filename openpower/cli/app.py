"""All commands in one table, the menu that is printed from it, and the application that runs them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from openpower.cli.output import busy, columns, console, fix_streams, printing, program, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cyclopts import App

ABOUT: Final = "Every solar inverter, home battery, EV charger and electricity retailer, in one command."

_Command = tuple[str, str, tuple[str, ...]]
COMMANDS: Final[dict[str, dict[str, _Command]]] = {
    "Look": {
        "demo": (
            "reading:demo",
            "Show a simulated home: no account, no hardware, no network.",
            ("", "--start 2026-06-21T18:30", "--seed 7 --tz Europe/Berlin"),
        ),
        "site": ("reading:site", "Show several profiles as one home.", ("", "alphaess amber")),
        "status": (
            "reading:status",
            "Show what a home is doing now, and what electricity costs.",
            ("", "alphaess", "home --json"),
        ),
        "watch": (
            "reading:watch",
            "Show a home live, in place; JSON lines in a pipe.",
            ("", "home --every 30", "home > figures.jsonl"),
        ),
        "prices": (
            "prices:prices",
            "Show prices, and when they are lowest.",
            (
                "amber",
                "amber --chart",
                "amber --cheapest 3h --before 07:00",
                "amber --from 2026-08-01 --to 2026-09-01 -o august.csv",
            ),
        ),
        "usage": (
            "prices:usage",
            "Show how much electricity was used, and what it cost.",
            ("amber", "amber --from 2026-08-01 --to 2026-09-01"),
        ),
        "bill": (
            "bill:bill",
            "Show what a month cost, line by line.",
            ("amber --month 2026-10", "tariff alphaess --from 2026-10-01 --to 2026-10-08"),
        ),
        "history": (
            "history:history",
            "Show past power and energy, or save the readings of the devices to a file.",
            (
                "",
                "home --from 2026-08-01 --to 2026-08-08",
                "-o yesterday.csv",
                "home --from 2026-08-01 --to 2026-09-01 -o august.parquet",
            ),
        ),
        "devices": ("reading:devices", "List the devices of a home, and what each can do.", ("", "home --json")),
    },
    "Control": {
        "charge": (
            "control:charge",
            "Charge the battery, from the grid if necessary.",
            ("--to 80 --until 06:00", "home --to 80 --until 06:00 --wait", "home --power 3000 --dry-run"),
        ),
        "hold": (
            "control:hold",
            "Hold the charge of the battery; only solar adds to it.",
            ("--until 16:00", "home --until 16:00 --wait"),
        ),
        "export": (
            "control:export",
            "Discharge the battery into the grid.",
            ("--to 40 --until 20:00", "home --power 2500 --until 20:00 --yes"),
        ),
        "auto": ("control:auto", "Return the battery to automatic operation.", ("", "home --yes")),
        "release": (
            "control:release",
            "Restore what was set before the last command.",
            ("", "home --yes", "--due", "--due home flat --yes", "--discard home"),
        ),
        "supervise": ("overdue:supervise", "Release what is due at homes, until ctrl-C.", ("", "home flat")),
        "schedule": (
            "schedule:app",
            "Show, set or clear the weekly schedule of a battery.",
            ("show", 'set -w "charge 01:00-05:00 to 90" -w "hold 16:00-18:00"', "set --file schedule.json", "clear"),
        ),
        "reserve": (
            "settings:reserve",
            "Show or set the charge that the battery keeps for a power cut.",
            ("", "20", "home 20 --dry-run"),
        ),
        "max-soc": (
            "settings:max_soc",
            "Show or set the charge above which the battery does not charge from the grid.",
            ("", "home 90"),
        ),
        "limits": (
            "settings:limits",
            "Show or set the most power that the battery charges and discharges with.",
            ("", "--charge 3000", "home --charge 3000 --discharge none"),
        ),
        "export-limit": (
            "settings:export_limit",
            "Show or set the most power that the inverter exports.",
            ("", "5000", "home none"),
        ),
        "ev": ("control:app", "Start, stop or limit charging of the car.", ("start", "stop", "limit --amps 10")),
        "plan": (
            "plan:plan",
            "Show what rules and EMHASS would do on the next day, and why.",
            ("", "--config openpower.toml --json"),
        ),
        "audit": ("control:audit", "Show what was written, when, and the outcome.", ("", "--last 5", "--json")),
    },
    "Homes": {
        "run": (
            "run:run",
            "Keep homes connected: a page, MQTT, Prometheus and a history.",
            ("", "--profile alphaess --profile amber", "--config openpower.toml"),
        ),
        "login": (
            "login:login",
            "Sign in to a provider and store it as a profile.",
            ("alphaess", "amber --profile flat", "alphaess -O tz=Europe/Berlin"),
        ),
        "discover": (
            "discover:discover",
            "Find inverters and other devices on the local network.",
            ("", "--timeout 10", "--yes"),
        ),
        "logout": ("profiles:logout", "Delete a profile and its secrets.", ("flat",)),
        "profiles": ("profiles:profiles", "List the profiles.", ("",)),
        "new-provider": ("tools:new_provider", "Create a working provider to start from.", ("acme",)),
        "completion": (
            "tools:completion",
            "Print the completion script for bash, zsh or fish.",
            ("bash > openpower.bash",),
        ),
        "doctor": (
            "doctor:doctor",
            "Check the installation, and a home's devices, figures, clock, limits and signs.",
            ("", "home --minutes 5", "home --json"),
        ),
        "emulate": (
            "tools:emulate",
            "Serve a provider's emulator on this machine.",
            ("alphaess", "amber --port 8001 --minutes 30"),
        ),
        "providers": ("tools:providers", "List the installed providers.", ("",)),
    },
}
"""By section: where each command is defined (below ``openpower.cli``), what it does, and examples of its arguments."""

_ASKING: Final = {*COMMANDS["Look"], *COMMANDS["Control"], "doctor"} - {"audit", "supervise"}
"""The commands that may wait for a vendor before they have anything to show."""
_WIDEST: Final = 100
_GAP: Final = 2


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    if list(arguments) in ([], ["--help"], ["-h"]):
        return printing(_print_menu)
    helps = not {"--help", "-h"}.isdisjoint(arguments)
    if not helps and arguments[0] in _ASKING:
        fix_streams()
        busy.begin()  # before anything heavy is loaded, so that the screen is never blank
    try:
        return _run(arguments, helps=helps)
    finally:
        busy.end()


def _run(arguments: Sequence[str], *, helps: bool) -> int:
    from openpower.cli.exits import guarded

    def command() -> Any:
        return command_tree(helps=helps)(list(arguments), exit_on_error=False, print_error=False)

    return guarded(command, arguments)


def command_tree(*, helps: bool = False, documented: bool = False) -> App:
    """The application; each command's module is loaded only when it runs."""
    from cyclopts import App, Group, Parameter

    class Tree(App):
        def generate_completion(self, **options: Any) -> str:
            # bash takes a home that is called like a command (demo) for one; commands have at most one below them.
            return super().generate_completion(**options).replace(_BASH, f"{_BASH[:-6]} && {_IS_COMMAND}; then")

    # cyclopts documents no command of a derived class that is not of that class as well.
    app = (App if documented else Tree)(
        name="openpower",
        help=ABOUT,
        version=_version,
        help_format="plaintext",  # markdown would take half of the time of a help
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # exits.py reports what is interrupted
        # Without "--no-json" and "[default: False]" the helps are half as long.
        default_parameter=Parameter(negative=(), show_default=False),
        console=console() if helps else None,
        help_formatter=_formatter() if helps else None,
    )
    # Where the scripts of a shell belong is known to cyclopts, and which line its startup file needs.
    cast("Any", app).register_install_completion_command(show=False)
    for number, (title, commands) in enumerate(COMMANDS.items()):
        section = Group(title, sort_key=number)
        for place, (name, (function, _, _)) in enumerate(commands.items()):
            # Groups (schedule, ev) bring their examples themselves.
            epilogue = {} if function.endswith(":app") else {"help_epilogue": examples(name)}
            app.command(f"openpower.cli.{function}", name=name, group=section, sort_key=place, **epilogue)
    return app


def _formatter() -> Any:
    """The usual help, whose first line has the arguments as they are typed: ``openpower charge [NAME] [OPTIONS]``."""
    from cyclopts.help import DefaultFormatter

    class Formatter(DefaultFormatter):
        def render_usage(self, console: Any, options: Any, usage: Any) -> None:
            line = str(usage)
            value = " [VALUE]" if line.split()[1:2][0] in ("reserve", "max-soc", "export-limit") else ""
            for shown, better in (("[ARGS]", f"[NAME]{value}"), ("[ARGS...]", "[NAME]...")):
                line = line.replace(f"[OPTIONS] {shown}", f"{better} [OPTIONS]")
            super().render_usage(console, options, line)

    return Formatter()


_BASH: Final = 'if [[ " $all_commands " =~ " $word " ]]; then'
_IS_COMMAND: Final = (
    '{ [[ ${#cmd_path[@]} -eq 0 ]] || [[ ${#cmd_path[@]} -eq 1 && " schedule ev " =~ " ${cmd_path[0]} " ]]; }'
)


def group(name: str) -> App:
    """The application of a command that has commands of its own."""
    from cyclopts import App

    about = next(commands[name][1] for commands in COMMANDS.values() if name in commands)
    return App(name=name, help=about, help_epilogue=examples(name))


def examples(command: str) -> str:
    """The last lines of a command's help: what to type."""
    typed = next(commands[command][2] for commands in COMMANDS.values() if command in commands)
    return "\n".join(["Examples:", *(f"  {program()} {command} {words}".rstrip() for words in typed)])


def _version() -> str:
    from importlib.metadata import version

    return f"openpower {version('openpower')}"


def _print_menu() -> int:
    """Print the menu, as wide as the terminal allows; nothing heavy is loaded for it."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in _menu(min(columns(sys.stdout), _WIDEST)):
        sys.stdout.write(f"\x1b[1m{line}\x1b[0m\n" if bold and line in COMMANDS else f"{line}\n")
    return 0


def _menu(width: int) -> Iterator[str]:
    yield wrapped("Usage: openpower COMMAND [NAME] [OPTIONS]", width)
    yield ""
    yield wrapped(ABOUT, width)
    size = max(len(name) for commands in COMMANDS.values() for name in commands) + 2 * _GAP
    for title, commands in COMMANDS.items():
        yield ""
        yield title
        for name, (_, about, _) in commands.items():
            yield wrapped(about, width, first=f"{'':{_GAP}}{name:<{size - _GAP}}", rest=" " * size)
    yield ""
    yield f"New here? {program()} demo"
    yield f"Help:     {program()} charge --help"
    yield f"Version:  {program()} --version"
