"""The commands' names and one-line helps; each command's module is loaded only when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cyclopts import App, Group, Parameter

from openpower.cli.examples import epilogue
from openpower.cli.exits import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

_PACKAGE: Final = "openpower.cli.commands"

app = App(
    name="openpower",
    help="Every solar inverter, home battery, EV charger and electricity retailer, in one command.",
    version=lambda: _version(),  # noqa: PLW0108 - defined below
    help_format="plaintext",  # markdown would cost half of the time that --help takes
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # exits.py has a word to say
    # Without "--no-json" and "[default: False]" the helps are half as long.
    default_parameter=Parameter(negative=(), show_default=False),
)

# Helps stand here, so that "openpower --help" loads no command and no provider.
_COMMANDS: Final = {
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
        "new-provider": (
            "scaffold:new_provider",
            "Write a working provider to start from.",
        ),
        "completion": ("completion:completion", "Print the completion for bash, zsh or fish."),
        "doctor": (
            "doctor:doctor",
            "Check the installation, and a home's clock, limits and signs.",
        ),
        "emulate": ("doctor:emulate", "Serve a provider's emulator on this machine."),
        "providers": ("listing:providers", "List the installed providers."),
    },
}
for _title, _commands in _COMMANDS.items():
    _group = Group.create_ordered(_title)
    for _place, (_name, (_where, _help)) in enumerate(_commands.items()):
        app.command(
            f"{_PACKAGE}.{_where}",
            name=_name,
            help=_help,
            group=_group,
            sort_key=_place,
            **({} if _where.endswith(":app") else {"help_epilogue": epilogue(_name)}),
        )
app.help_epilogue = "New here? Run: openpower demo\nA command's own help: openpower charge --help"


def _version() -> str:
    from importlib.metadata import version

    return f"openpower {version('openpower')}"


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    return guarded(lambda: app(list(arguments), exit_on_error=False, print_error=False), arguments)
