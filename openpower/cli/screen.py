"""What people see on a terminal: the home, and labelled lines; both plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from openpower.cli.figures import money, sparkline
from openpower.cli.output import is_terminal, print_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpower.cli.home import HomeView
    from openpower.cli.rows import Row
    from openpower_core.prices import PriceSeries

__all__ = ["console", "home_lines", "print_labelled", "show_home", "wrapped"]

_BAR_WIDTH: Final = 18
_CURVE_WIDTH: Final = 48
_WIDE: Final = 64
"""From this many columns on there is room for bars."""


def console() -> Console:
    """The terminal; rich keeps to NO_COLOR, TERM and the width by itself."""
    return Console(highlight=False)


def wrapped(text: str, width: int, *, first: str, rest: str) -> str:
    """Break a text between words to the width; a word that is too long is broken as well."""
    import textwrap

    return textwrap.fill(
        text, max(width, len(rest) + 8), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def print_labelled(lines: Iterable[tuple[str, str]], *, styles: Mapping[str, str] | None = None) -> None:
    """Print ``label  text`` lines, on a terminal wrapped beside their labels."""
    found = list(lines)
    size = max((len(label) for label, _ in found), default=0) + 2
    for label, text in found:
        if not is_terminal():
            print_lines([f"{label:<{size}}{text}"])
            continue
        width = console().width
        rest = " " * size if width >= _WIDE else "  "
        body = wrapped(text, width, first=f"{label:<{size}}", rest=rest)
        line = Text(body)
        line.stylize((styles or {}).get(label, "bold"), 0, len(label))
        console().print(line, soft_wrap=True)


def show_home(
    home: HomeView, *, flows: list[Row], prices: list[Row], troubles: list[str], hints: Sequence[tuple[str, str]]
) -> None:
    """The status of a home, for people."""
    if is_terminal():
        console().print(home_lines(home, flows=flows, prices=prices, troubles=troubles, hints=hints))
    else:
        print_lines(_plain(home, flows, prices, troubles))
        print_lines(f"  {command}  {what}" if what else command for command, what in hints)


def home_lines(
    home: HomeView, *, flows: list[Row], prices: list[Row], troubles: list[str], hints: Sequence[tuple[str, str]]
) -> Group:
    """The same, coloured, for whoever prints it."""
    width = console().width
    parts: list[RenderableType] = ["", _title(home, width), "", _flow_table(flows, wide=width >= _WIDE)]
    if prices:
        parts += ["", _price_table(prices)]
    if home.ahead:
        parts.append(_price_curve(home, home.ahead, width=width))
    parts += [Text(f"! {trouble}", style="yellow") for trouble in troubles]
    parts.append("")
    parts += _hint_lines(hints, width)
    return Group(*parts)


def _hint_lines(hints: Sequence[tuple[str, str]], width: int) -> Iterable[Text]:
    """Commands and what they are for: side by side where there is room, else one under the other."""
    size = max((len(command) for command, what in hints if what), default=0) + 5
    side_by_side = all(size + len(what) <= width for _, what in hints)
    for command, what in hints:
        if not what:
            yield Text(wrapped(command, width, first="", rest="  "), style="dim")
        elif side_by_side:
            yield Text.assemble((f"  {command:<{size - 2}}", ""), (what, "dim"))
        else:
            yield Text(wrapped(command, width, first="  ", rest="    "))
            yield Text(wrapped(what, width, first="    ", rest="    "), style="dim")


def _title(home: HomeView, width: int) -> Text:
    headline = _headline(home)
    gap = "  " if len(home.name) + 2 + len(headline) <= width else "\n"
    return Text.assemble((home.name, "bold"), gap, (headline, "dim"))


def _headline(home: HomeView) -> str:
    moment = home.local(home.at)
    zone = home.tz or "UTC, as the home's zone is not known"
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M} ({zone})"


def _plain(home: HomeView, flows: list[Row], prices: list[Row], troubles: list[str]) -> Iterable[str]:
    yield f"{home.name}, {_headline(home)}"
    width = max((len(row.name) for row in [*flows, *prices]), default=0)
    for row in [*flows, *prices]:
        yield f"{row.name:<{width}}  {row.figure}" + (f"  {row.words}" if row.words else "")
    yield from (f"! {trouble}" for trouble in troubles)


def _flow_table(rows: list[Row], *, wide: bool) -> Table:
    most = max((row.watts or 0.0 for row in rows), default=0.0) or 1.0
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
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
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(Text(f"  {row.name}"), Text(row.figure, style=f"bold {row.style}"), Text(row.words, style="dim"))
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
        (sparkline(steps, width=min(width - 4, _CURVE_WIDTH)), "cyan"),
        "\n",
        (
            wrapped(
                f"until {home.local(ahead[-1].end):%a %H:%M}: "
                f"lowest {money(lowest.per_kwh, lowest.currency)} at {home.local(lowest.start):%H:%M}, "
                f"highest {money(highest.per_kwh, highest.currency)} at {home.local(highest.start):%H:%M}",
                width,
                first="  ",
                rest="  ",
            ),
            "dim",
        ),
    )
