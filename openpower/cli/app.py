"""The commands' names and one-line helps; each command's module is loaded only when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cyclopts import App

from openpower.cli.exits import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

_PACKAGE: Final = "openpower.cli.commands"

app = App(
    name="openpower",
    help="Every solar inverter, home battery, EV charger and electricity retailer, in one command.",
    help_epilogue="New here? Run: openpower demo",
    version=lambda: _version(),
    result_action="return_value",
)
app.command(
    f"{_PACKAGE}.status:demo",
    name="demo",
    help="Show a simulated home: no account, no hardware, no network.",
)
app.command(
    f"{_PACKAGE}.status:status",
    name="status",
    help="Show what a home's solar, battery, grid and charger do now, and what electricity costs.",
)
app.command(
    f"{_PACKAGE}.listing:devices", name="devices", help="List a provider's devices and what each can do."
)
app.command(
    f"{_PACKAGE}.listing:providers", name="providers", help="List the installed providers."
)


def _version() -> str:
    from importlib.metadata import version

    return f"openpower {version('openpower')}"


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    return guarded(lambda: app(list(arguments), exit_on_error=False, print_error=False), arguments)
