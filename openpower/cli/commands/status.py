"""``openpower status`` and ``openpower demo``: what a home does now."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

import openpower
from openpower.cli.data import home_data
from openpower.cli.home import read_home
from openpower.cli.options import Options, provider_options
from openpower.cli.rows import flow_rows, price_rows, trouble_rows
from openpower.cli.screen import print_json, show_home

__all__ = ["demo", "status"]

_DEMO_HINTS = [
    "This home is simulated. Try next:",
    "  openpower demo --start 2026-06-21T18:30   another moment of another day",
    "  openpower devices demo                    what each device can do",
    "  openpower providers                       the vendors you can connect to",
    "  python -c 'import openpower; print(openpower.connect(\"demo\").battery().read())'",
]


def demo(
    *,
    start: str | None = None,
    seed: int | None = None,
    tz: str | None = None,
    json: bool = False,
) -> None:
    """Show a simulated home: no account, no hardware, no network.

    Args:
        start: the moment to look at, on the home's own clock, such as 2026-06-21T18:30 (default: now).
        seed: another number gives another home and another weather.
        tz: the home's time zone, such as Australia/Sydney.
        json: print JSON.
    """
    given = {"start": start, "seed": seed, "tz": tz}
    options = {name: value for name, value in given.items() if value is not None}
    _show("demo", "Simulated home", options, json=json, hints=_DEMO_HINTS)


def status(
    name: str,
    /,
    *,
    option: Annotated[Options, Parameter(name=["--option", "-o"])] = (),
    json: bool = False,
) -> None:
    """Show what a home's solar, battery, grid and charger do now, and what electricity costs.

    Args:
        name: the provider, such as alphaess; credentials come from the environment.
        option: an option of the provider, such as -o tz=Europe/Berlin (may be repeated).
        json: print JSON.
    """
    _show(name, name, provider_options(name, option), json=json, hints=[])


def _show(
    provider: str, title: str, options: dict[str, Any], *, json: bool, hints: list[str]
) -> None:
    with openpower.connect(provider, **options) as connection:
        home = read_home(connection, name=title)
    if json:
        print_json(home_data(provider, home))
        return
    show_home(
        home,
        flows=list(flow_rows(home)),
        prices=list(price_rows(home.prices)) if home.prices else [],
        troubles=list(trouble_rows(home)),
        hints=hints,
    )
