"""The commands: one table of them all, the menu that is printed from it, and the application that runs them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from openpower.cli.output import printing

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
        "site": ("reading:site", "Join several profiles into one home and show it.", ("", "alphaess amber")),
        "status": (
            "reading:status",
            "Show what a home does now, and what electricity costs.",
            ("", "alphaess", "home --json"),
        ),
        "watch": (
            "reading:watch",
            "Show a home live, in place; JSON lines when piped.",
            ("", "home --every 30", "home > figures.jsonl"),
        ),
        "prices": ("series:prices", "Show upcoming prices.", ("amber", "amber --chart", "amber --channel export")),
        "usage": (
            "series:usage",
            "Show what was used and what it cost.",
            ("amber", "amber --from 2026-08-01 --to 2026-09-01"),
        ),
        "history": (
            "series:history",
            "Save the devices' past readings to a file.",
            ("-o yesterday.csv", "home --from 2026-08-01 --to 2026-09-01 -o august.parquet"),
        ),
        "devices": ("reading:devices", "List a home's devices and what each can do.", ("", "home --json")),
    },
    "Control": {
        "charge": (
            "control:charge",
            "Charge the battery, from the grid if need be.",
            ("--to 80 --until 06:00", "home --to 80 --until 06:00 --wait", "home --power 3000 --dry-run"),
        ),
        "hold": ("control:hold", "Keep what is in the battery.", ("--until 16:00", "home --until 16:00 --wait")),
        "export": (
            "control:export",
            "Discharge the battery into the grid.",
            ("--to 40 --until 20:00", "home --power 2500 --until 20:00 --yes"),
        ),
        "auto": ("control:auto", "Let the battery serve the house.", ("", "home --yes")),
        "release": ("control:release", "Restore what was set before the last command.", ("", "home --yes")),
        "schedule": (
            "schedule:app",
            "Show, set or clear what a battery does through the week.",
            (
                "show",
                'set -w "charge 01:00-05:00 to 90 on mon-fri" -w "hold 16:00-18:00"',
                "set --file schedule.json",
                "clear",
            ),
        ),
        "ev": ("control:ev", "Start, stop or limit the charging of the car.", ("start", "stop", "limit --amps 10")),
        "audit": ("control:audit", "Show what was written, when, and how it ended.", ("", "--last 5", "--json")),
    },
    "Homes": {
        "login": (
            "login:login",
            "Sign in to a provider and store it as a profile.",
            ("alphaess", "amber --profile flat", "alphaess -O tz=Europe/Berlin"),
        ),
        "logout": ("login:logout", "Delete a profile and its secrets.", ("flat",)),
        "profiles": ("login:profiles", "List the profiles.", ("",)),
        "new-provider": ("tools:new_provider", "Write a working provider to start from.", ("acme",)),
        "completion": (
            "tools:completion",
            "Print the completion for bash, zsh or fish.",
            ("bash > ~/.local/share/bash-completion/completions/openpower",),
        ),
        "doctor": (
            "doctor:doctor",
            "Check the installation, and a home's clock, limits and signs.",
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
"""By section: where each command is defined, below ``openpower.cli``, what it does, and what people type after it."""

_USAGE: Final = "Usage: openpower COMMAND [NAME] [OPTIONS]"
_WIDEST: Final = 100
_GAP: Final = 2


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    if list(arguments) in ([], ["--help"], ["-h"]):
        return printing(_print_menu)
    from openpower.cli.exits import guarded

    return guarded(lambda: command_tree()(list(arguments), exit_on_error=False, print_error=False), arguments)


def command_tree() -> App:
    """The application; each command's module is loaded only when it runs."""
    from cyclopts import App, Group, Parameter

    app = App(
        name="openpower",
        help=ABOUT,
        version=_version,
        help_format="plaintext",  # markdown would take half of the time of a help
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # exits.py says what is interrupted
        # Without "--no-json" and "[default: False]" the helps are half as long.
        default_parameter=Parameter(negative=(), show_default=False),
    )
    for number, (title, commands) in enumerate(COMMANDS.items()):
        group = Group(title, sort_key=number)
        for place, (name, (function, about, _)) in enumerate(commands.items()):
            # An App of its own (schedule, ev) brings its examples itself.
            epilogue = {} if name in {"schedule", "ev"} else {"help_epilogue": examples(name)}
            target = f"openpower.cli.{function}"
            app.command(target, name=name, help=about, group=group, sort_key=place, **epilogue)
    return app


def examples(command: str) -> str:
    """The last lines of a command's help: what people type."""
    typed = next(commands[command][2] for commands in COMMANDS.values() if command in commands)
    return "\n".join(["Examples:", *(f"  openpower {command} {words}".rstrip() for words in typed)])


def _version() -> str:
    from importlib.metadata import version

    return f"openpower {version('openpower')}"


def _print_menu() -> int:
    """Print the menu, as wide as the terminal allows; nothing heavy is loaded for it."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in _menu(_width()):
        sys.stdout.write(f"\x1b[1m{line}\x1b[0m\n" if bold and line in COMMANDS else f"{line}\n")
    return 0


def _width() -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return min(int(given), _WIDEST)
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns or 80, _WIDEST)
    except (OSError, ValueError):
        return 80


def _menu(width: int) -> Iterator[str]:
    yield from _folded(_USAGE, width, "")
    yield ""
    yield from _folded(ABOUT, width, "")
    size = max(len(name) for commands in COMMANDS.values() for name in commands) + 2 * _GAP
    for title, commands in COMMANDS.items():
        yield ""
        yield title
        for name, (_, about, _) in commands.items():
            first, *more = _folded(about, width, " " * size)
            yield f"{'':{_GAP}}{name:<{size - _GAP}}{first.strip()}"
            yield from more
    yield ""
    yield "New here? openpower demo"
    yield "More:     openpower charge --help"
    yield "Version:  openpower --version"


def _folded(text: str, width: int, indent: str) -> list[str]:
    """Break a text between words; textwrap would take longer to load than all this to print."""
    lines = [indent]
    for word in text.split():
        joint = "" if lines[-1] == indent else " "
        if joint and len(lines[-1]) + 1 + len(word) > width:
            lines.append(indent)
            joint = ""
        lines[-1] += joint + word
    return lines
