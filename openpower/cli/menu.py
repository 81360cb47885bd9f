"""The menu: every command with its one-line help, printed without loading what commands need."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ABOUT", "COMMANDS", "asks_for_menu", "print_menu"]

ABOUT: Final = "Every solar inverter, home battery, EV charger and electricity retailer, in one command."
COMMANDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Look": {
        "demo": ("status:demo", "Show a simulated home: no account, no hardware, no network."),
        "site": ("site:site", "Join several profiles into one home and show it."),
        "status": ("status:status", "Show what a home does now, and what electricity costs."),
        "watch": ("watch:watch", "Show it live, in place; JSON lines when piped."),
        "prices": ("market:prices", "Show the prices to come."),
        "usage": ("market:usage", "Show what was used and what it cost."),
        "history": ("history:history", "Save the devices' past readings to a file."),
        "devices": ("listing:devices", "List a home's devices and what each can do."),
    },
    "Control": {
        "charge": ("control:charge", "Charge the battery, from the grid if need be."),
        "hold": ("control:hold", "Keep what is in the battery."),
        "export": ("control:export", "Discharge the battery into the grid."),
        "auto": ("control:auto", "Let the battery serve the house."),
        "release": ("control:release", "Put back what was there before the last command."),
        "schedule": ("schedule:app", "Show, set or clear what a battery does through the week."),
        "ev": ("ev:app", "Start, stop or limit the charging of the car."),
        "audit": ("control:audit", "Show what was written, when, and how it ended."),
    },
    "Homes": {
        "login": ("signin:login", "Sign in to a provider and remember it as a profile."),
        "logout": ("signin:logout", "Forget a profile and its secrets."),
        "profiles": ("signin:profiles_command", "List the profiles."),
        "new-provider": ("scaffold:new_provider", "Write a working provider to start from."),
        "completion": ("completion:completion", "Print the completion for bash, zsh or fish."),
        "doctor": ("doctor:doctor", "Check the installation, and a home's clock, limits and signs."),
        "emulate": ("doctor:emulate", "Serve a provider's emulator on this machine."),
        "providers": ("listing:providers", "List the installed providers."),
    },
}
"""By section: where each command is defined, below ``openpower.cli.commands``, and what it does."""

_USAGE: Final = "Usage: openpower COMMAND [NAME] [OPTIONS]"
_WIDEST: Final = 100
_GAP: Final = 2


def asks_for_menu(arguments: Sequence[str]) -> bool:
    """Whether nothing, or nothing but help, is asked for."""
    return list(arguments) in ([], ["--help"], ["-h"])


def print_menu() -> None:
    """Print the menu, as wide as the terminal allows."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in _lines(_width()):
        title = bool(line) and not line.startswith(" ") and line in COMMANDS
        sys.stdout.write(f"\x1b[1m{line}\x1b[0m\n" if bold and title else f"{line}\n")
    sys.stdout.flush()


def _width() -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told):
        return min(int(told), _WIDEST)
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns or 80, _WIDEST)
    except (OSError, ValueError):
        return 80


def _lines(width: int) -> Iterator[str]:
    yield from _folded(_USAGE, width, "")
    yield ""
    yield from _folded(ABOUT, width, "")
    size = max(len(name) for commands in COMMANDS.values() for name in commands) + 2 * _GAP
    for title, commands in COMMANDS.items():
        yield ""
        yield title
        for name, (_, about) in commands.items():
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
