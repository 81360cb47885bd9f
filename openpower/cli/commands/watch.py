"""``openpower watch``: a home as it goes, in place on a terminal, as JSON lines in a pipe."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, validators

from openpower.cli.data import home_data
from openpower.cli.home import HomeView, read_home
from openpower.cli.output import SCHEMA, is_terminal
from openpower.cli.rows import flow_rows, price_rows, trouble_rows
from openpower.cli.screen import console, home_lines
from openpower.cli.target import PLAIN, Common, connect_to
from openpower.site import Site
from openpower_core.errors import RateLimited, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["watch"]


def watch(
    name: str | None = None,
    /,
    *,
    every: Annotated[float, Parameter(validator=validators.Number(gte=1))] = 10.0,
    count: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
    common: Common = PLAIN,
) -> None:
    """Show a home live, in place; JSON lines when piped or with --json.

    Args:
        name: a profile or a provider (default: the only profile).
        every: seconds between two looks; vendors refresh every 10 to 60.
        count: stop after that many looks.
    """
    target, connection = connect_to(name, common)
    with Site(connection) as site:
        looks = _looks(site, target.name, every, count)
        if common.json or not is_terminal():
            _stream(looks)
        else:
            _live(looks)


def _looks(site: Site, name: str, every: float, count: int | None) -> Iterator[HomeView | TemporaryError]:
    """Look again and again; what passes by itself is shown and outlived."""
    done = 0
    while True:
        pause = every
        try:
            yield read_home(site, name=name)
        except TemporaryError as error:
            if isinstance(error, RateLimited) and error.retry_after is not None:
                pause = max(every, error.retry_after.total_seconds())
            yield error
        done += 1
        if done == count:
            return
        time.sleep(pause)


def _stream(looks: Iterator[HomeView | TemporaryError]) -> None:
    for look in looks:
        data: dict[str, Any] = (
            home_data(look)
            if isinstance(look, HomeView)
            else {"error": {"type": type(look).__name__, "message": str(look)}}
        )
        sys.stdout.write(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _live(looks: Iterator[HomeView | TemporaryError]) -> None:
    from rich.live import Live
    from rich.text import Text

    shown: Any = Text("Reading …", style="dim")
    with Live(shown, console=console(), auto_refresh=False, screen=False) as live:
        live.refresh()
        for look in looks:
            if isinstance(look, HomeView):
                shown = home_lines(
                    look,
                    flows=list(flow_rows(look)),
                    prices=list(price_rows(look)),
                    troubles=list(trouble_rows(look)),
                    hints=[("ctrl-C to stop", "")],
                )
                live.update(shown, refresh=True)
            else:
                from rich.console import Group

                live.update(Group(shown, Text(f"! {look}", style="yellow")), refresh=True)
