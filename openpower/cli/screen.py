"""Where output goes: coloured on a terminal, plain in a pipe, JSON when asked."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from openpower.cli.figures import money, sparkline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpower.cli.home import HomeView
    from openpower.cli.rows import Row
    from openpower_core.prices import PriceSeries

__all__ = [
    "SCHEMA",
    "console",
    "home_lines",
    "is_terminal",
    "print_json",
    "print_lines",
    "show_home",
    "show_table",
]

SCHEMA: Final = 1
"""The version of the JSON that commands print; it changes when a field's meaning does."""

_BAR_WIDTH: Final = 18
_WIDE: Final = 64
"""From this many columns on there is room for bars."""


def console() -> Console:
    """The terminal; rich keeps to NO_COLOR, TERM and the width by itself."""
    return Console(highlight=False)


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def print_json(data: dict[str, Any]) -> None:
    """Print one object with its schema version."""
    sys.stdout.write(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, indent=2) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines."""
    for line in lines:
        sys.stdout.write(f"{line.rstrip()}\n")


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table: ruled on a terminal, tab-separated in a pipe."""
    if not is_terminal():
        print_lines("\t".join(row) for row in [head, *rows])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def show_home(
    home: HomeView,
    *,
    flows: list[Row],
    prices: list[Row],
    troubles: list[str],
    hints: Sequence[str],
) -> None:
    """The status of a home, for people."""
    if is_terminal():
        console().print(
            home_lines(home, flows=flows, prices=prices, troubles=troubles, hints=hints)
        )
    else:
        print_lines([*_plain(home, flows, prices, troubles), *hints])


def home_lines(
    home: HomeView,
    *,
    flows: list[Row],
    prices: list[Row],
    troubles: list[str],
    hints: Sequence[str],
) -> Group:
    """The same, coloured, for whoever prints it."""
    width = console().width
    parts: list[RenderableType] = [
        "",
        Text.assemble((home.name, "bold"), "  ", (_headline(home), "dim")),
        "",
        _flow_table(flows, wide=width >= _WIDE),
    ]
    if prices:
        parts += ["", _price_table(prices)]
    if home.ahead:
        parts.append(_price_curve(home, home.ahead, width=min(width - 4, 48)))
    parts += [Text(f"! {trouble}", style="yellow") for trouble in troubles]
    parts += ["", *(Text(hint, style="dim") for hint in hints)]
    return Group(*parts)


def _headline(home: HomeView) -> str:
    moment = home.local(home.at)
    zone = home.tz or "UTC; the home's own zone is not known"
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M} ({zone})"


def _plain(
    home: HomeView, flows: list[Row], prices: list[Row], troubles: list[str]
) -> Iterable[str]:
    yield f"{home.name}, {_headline(home)}"
    width = max((len(row.name) for row in [*flows, *prices]), default=0)
    for row in [*flows, *prices]:
        yield f"{row.name:<{width}}  {row.figure}" + (f"  {row.words}" if row.words else "")
    yield from (f"! {trouble}" for trouble in troubles)


def _flow_table(rows: list[Row], *, wide: bool) -> Table:
    most = max((row.watts or 0.0 for row in rows), default=0.0) or 1.0
    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column(justify="right")
    if wide:
        table.add_column(width=_BAR_WIDTH)
    table.add_column(overflow="fold")
    for row in rows:
        cells = [Text(f"  {row.name}"), Text(row.figure, style="bold")]
        if wide:
            cells.append(_bar((row.watts or 0.0) / most, row.style))
        words = Text(row.words, style="dim")
        if wide and row.level_pct is not None:
            words = Text.assemble(_gauge(row.level_pct), " ", words)
        table.add_row(*cells, words)
    return table


def _bar(share: float, style: str) -> Text:
    return Text("━" * round(share * _BAR_WIDTH), style=style)


def _gauge(level_pct: float) -> Text:
    full = round(level_pct / 10)
    style = "green" if level_pct > 20 else "red"
    return Text.assemble(("█" * full, style), ("░" * (10 - full), "dim"))


def _price_table(rows: list[Row]) -> Table:
    table = Table.grid(padding=(0, 1))
    for row in rows:
        table.add_row(
            Text(f"  {row.name}"),
            Text(row.figure, style=f"bold {row.style}"),
            Text(row.words, style="dim"),
        )
    return table


def _price_curve(home: HomeView, ahead: PriceSeries, *, width: int) -> Text:
    lowest = min(ahead, key=lambda price: price.per_kwh)
    highest = max(ahead, key=lambda price: price.per_kwh)
    steps: list[float] = []
    for price in ahead:  # a half hour counts six times as much as five minutes
        minutes = int((price.end - price.start).total_seconds() // 60)
        steps += [float(price.per_kwh)] * max(1, minutes // 5)
    return Text.assemble(
        "  ",
        (sparkline(steps, width=width), "cyan"),
        "\n  ",
        (
            f"to {home.local(ahead[-1].end):%H:%M}: "
            f"lowest {money(lowest.per_kwh, lowest.currency)} at {home.local(lowest.start):%H:%M}, "
            f"highest {money(highest.per_kwh, highest.currency)} at {home.local(highest.start):%H:%M}",
            "dim",
        ),
    )
