"""``openpower status`` and ``openpower demo``: what a home does now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import openpower
from openpower.cli.data import home_data
from openpower.cli.home import read_home
from openpower.cli.output import print_json
from openpower.cli.rows import flow_rows, price_rows, trouble_rows
from openpower.cli.screen import show_home
from openpower.cli.target import PLAIN, Common, connect_to
from openpower.cli.when import zone_of
from openpower.site import Site

__all__ = ["demo", "show_site", "status"]

_DEMO_HINTS = [
    ("This home is simulated. Try next:", ""),
    ("openpower demo --start 2026-06-21T18:30", "another moment of another day"),
    ("openpower watch demo", "the same home, live"),
    ("openpower charge demo --to 80", "a command, planned before it is sent"),
    ("openpower providers", "the vendors you can connect to"),
]


def demo(*, start: str | None = None, seed: int | None = None, tz: str | None = None, json: bool = False) -> None:
    """Show a simulated home: no account, no hardware, no network.

    Args:
        start: the moment to look at, on the home's own clock, such as 2026-06-21T18:30 (default: this afternoon).
        seed: another number gives another home and another weather.
        tz: the home's time zone, such as Australia/Sydney.
        json: print JSON.
    """
    given = {"seed": seed, "tz": tz}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    connection = openpower.connect("demo", **options, **_demo_start(start, tz))
    with Site(connection) as site:
        show_site(site, "Simulated home", json=json, hints=_DEMO_HINTS)


def status(name: str | None = None, /, *, common: Common = PLAIN) -> None:
    """Show what a home's solar, battery, grid and charger do now, and what electricity costs.

    Args:
        name: a profile or a provider (default: the only profile).
    """
    target, connection = connect_to(name, common)
    with Site(connection) as site:
        show_site(site, target.name, json=common.json)


def show_site(site: Site, title: str, *, json: bool, hints: Sequence[tuple[str, str]] = ()) -> None:
    """Print one look at a site."""
    home = read_home(site, name=title)
    if json:
        print_json(home_data(home))
        return
    show_home(
        home, flows=list(flow_rows(home)), prices=list(price_rows(home)), troubles=list(trouble_rows(home)), hints=hints
    )


def _demo_start(start: str | None, tz: str | None) -> dict[str, str]:
    """The moment to look at: as told, or this afternoon, when most is to be seen."""
    if start is not None:
        return {"start": start}
    zone = zone_of(tz)
    today = datetime.now(zone or UTC)
    return {"start": f"{today:%Y-%m-%d}T16:45"}
