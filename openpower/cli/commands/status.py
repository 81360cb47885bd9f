"""``openpower status`` and ``openpower demo``: what a home does now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpower
from openpower.cli.data import home_data
from openpower.cli.home import read_home
from openpower.cli.rows import flow_rows, price_rows, trouble_rows
from openpower.cli.screen import print_json, show_home
from openpower.cli.target import PLAIN, Common, connect_to
from openpower.site import Site

if TYPE_CHECKING:
    from openpower_core.connection import Connection

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
    connection = openpower.connect("demo", **options)
    _show(connection, "Simulated home", json=json, hints=_DEMO_HINTS)


def status(name: str | None = None, /, *, common: Common = PLAIN) -> None:
    """Show what a home's solar, battery, grid and charger do now, and what electricity costs.

    Args:
        name: a profile or a provider (default: the only profile).
    """
    target, connection = connect_to(name, common)
    _show(connection, target.name, json=common.json, hints=[])


def _show(connection: Connection[Any], title: str, *, json: bool, hints: list[str]) -> None:
    with Site(connection) as site:
        home = read_home(site, name=title)
    if json:
        print_json(home_data(home))
        return
    show_home(
        home,
        flows=list(flow_rows(home)),
        prices=list(price_rows(home)),
        troubles=list(trouble_rows(home)),
        hints=hints,
    )
