"""The commands of the menu as an application; each command's module is loaded only when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cyclopts import App, Group, Parameter

from openpower.cli.examples import epilogue
from openpower.cli.exits import guarded
from openpower.cli.menu import ABOUT, COMMANDS, asks_for_menu, print_menu

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

_PACKAGE: Final = "openpower.cli.commands"

app = App(
    name="openpower",
    help=ABOUT,
    version=lambda: _version(),  # noqa: PLW0108 - defined below
    help_format="plaintext",  # markdown would cost half of the time that --help takes
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # exits.py has a word to say
    # Without "--no-json" and "[default: False]" the helps are half as long.
    default_parameter=Parameter(negative=(), show_default=False),
)

for _number, (_title, _commands) in enumerate(COMMANDS.items()):
    _group = Group(_title, sort_key=_number)
    for _place, (_name, (_where, _help)) in enumerate(_commands.items()):
        app.command(
            f"{_PACKAGE}.{_where}",
            name=_name,
            help=_help,
            group=_group,
            sort_key=_place,
            **({} if _where.endswith(":app") else {"help_epilogue": epilogue(_name)}),
        )


def _version() -> str:
    from importlib.metadata import version

    return f"openpower {version('openpower')}"


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    if asks_for_menu(arguments):
        return guarded(print_menu, arguments)
    return guarded(lambda: app(list(arguments), exit_on_error=False, print_error=False), arguments)
