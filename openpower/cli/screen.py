"""What people see on a terminal: labelled lines, tables, charts, and a home; all of it plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from openpower.cli.home import flow_rows, price_rows, problem_lines
from openpower.cli.output import is_terminal, print_lines
from openpower.cli.phrases import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from openpower.cli.home import HomeView, Row
    from openpower_core.prices import PriceSeries

__all__ = ["bar_chart", "console", "home_lines", "print_labelled", "show_home", "show_table"]

_WIDE: Final = 64
"""From this many columns on there is room for bars."""
_BAR_WIDTH: Final = 18
_CURVE_WIDTH: Final = 48
_CHART_WIDTH: Final = (5, 40)
_GAP: Final = 2
_LEAST: Final = 16
"""The last column of a table may be folded, but not below this width."""
_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def console() -> Console:
    """The terminal; rich keeps to NO_COLOR, TERM and the width by itself."""
    return Console(highlight=False)


def _wrapped(text: str, width: int, *, first: str, rest: str) -> str:
    """Break a text between words to the width; a word that is too long is broken as well."""
    import textwrap

    return textwrap.fill(
        text, max(width, len(rest) + 8), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def print_labelled(lines: Iterable[tuple[str, str]], *, styles: Mapping[str, str] | None = None) -> None:
    """Print ``label  text`` lines, on a terminal wrapped beside their labels."""
    found = list(lines)
    size = max((len(label) for label, _ in found), default=0) + _GAP
    if not is_terminal():
        print_lines(f"{label:<{size}}{text}" for label, text in found)
        return
    width = console().width
    rest = " " * size if width >= _WIDE else "  "
    for label, text in found:
        line = Text(_wrapped(text, width, first=f"{label:<{size}}", rest=rest))
        line.stylize((styles or {}).get(label, "bold"), 0, len(label))
        console().print(line, soft_wrap=True)


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads: aligned on a terminal, a block for each where it is narrow, by tabs in a pipe."""
    rows = [head, *rows]
    if not is_terminal():
        print_lines("\t".join(row) for row in rows)
        return
    width = console().width
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    before = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    if before + min(widths[-1], _LEAST) > width:
        _show_blocks(head, rows[1:], width)
        return
    for number, row in enumerate(rows):
        start = "".join(f"{cell:<{size + _GAP}}" for cell, size in zip(row[:-1], widths, strict=False))
        text = _wrapped(row[-1], width, first=start, rest=" " * before)
        console().print(text, style="bold" if number == 0 else None, markup=False, soft_wrap=True)


def _show_blocks(head: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> None:
    """For each row its first cell, then a line for each other one."""
    for row in rows:
        console().print(row[0], style="bold", markup=False, soft_wrap=True)
        for name, cell in zip(head[1:], row[1:], strict=True):
            text = _wrapped(cell, width, first=f"  {name}: ", rest="    ")
            console().print(text, markup=False, soft_wrap=True)


def bar_chart(rows: list[tuple[str, float, str]], *, width: int) -> Table:
    """Draw ``(label, value, figure)`` rows on one scale: a bar each, negative ones to the left of the axis."""
    least, most = _CHART_WIDTH
    words = max((len(label) + len(figure) + 3 for label, _, figure in rows), default=0)
    room = max(least, min(most, width - words))
    values = [0.0, *(value for _, value, _ in rows)]
    low, span = min(values), (max(values) - min(values)) or 1.0
    axis = round(-low / span * room)
    table = Table.grid(padding=(0, 1))
    for label, value, figure in rows:
        size = round(abs(value) / span * room)
        left = axis if value >= 0 else axis - size
        style = _price_style((value - low) / span) if value >= 0 else "green"
        table.add_row(Text(label, style="dim"), Text(figure), Text(" " * left + "█" * size, style=style))
    return table


def _price_style(share: float) -> str:
    if share < 1 / 3:
        return "green"
    return "yellow" if share < 2 / 3 else "red"


def show_home(home: HomeView, *, hints: Sequence[tuple[str, str]]) -> None:
    """Print the status of a home, for people; ``hints`` are commands and what they are for."""
    if is_terminal():
        console().print(home_lines(home, hints=hints))
        return
    print_lines([f"{home.name}, {_headline(home)}"])
    rows = [*flow_rows(home), *price_rows(home)]
    size = max((len(row.name) for row in rows), default=0)
    print_lines(f"{row.name:<{size}}  {row.figure}  {row.words}" for row in rows)
    print_lines(f"! {problem}" for problem in problem_lines(home))
    print_lines(f"  {command}  {purpose}" if purpose else command for command, purpose in hints)


def home_lines(home: HomeView, *, hints: Sequence[tuple[str, str]]) -> Group:
    """The same, coloured, for whoever prints it."""
    width = console().width
    headline = _headline(home)
    gap = "  " if len(home.name) + 2 + len(headline) <= width else "\n"
    title = Text.assemble((home.name, "bold"), gap, (headline, "dim"))
    parts: list[RenderableType] = ["", title, "", _flow_table(list(flow_rows(home)), wide=width >= _WIDE)]
    if prices := list(price_rows(home)):
        parts += ["", _price_table(prices)]
    if home.ahead:
        parts.append(_price_curve(home, home.ahead, width=width))
    parts += [Text(f"! {problem}", style="yellow") for problem in problem_lines(home)]
    return Group(*parts, "", *_hint_lines(hints, width))


def _headline(home: HomeView) -> str:
    at = home.local(home.at)
    zone = home.tz or "UTC, as the home's zone is not known"
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M} ({zone})"


def _hint_lines(hints: Sequence[tuple[str, str]], width: int) -> Iterator[Text]:
    """Commands and what they are for: side by side where there is room, else one under the other."""
    size = max((len(command) for command, purpose in hints if purpose), default=0) + 5
    side_by_side = all(size + len(purpose) <= width for _, purpose in hints)
    for command, purpose in hints:
        if not purpose:
            yield Text(_wrapped(command, width, first="", rest="  "), style="dim")
        elif side_by_side:
            yield Text.assemble(f"  {command:<{size - 2}}", (purpose, "dim"))
        else:
            yield Text(_wrapped(command, width, first="  ", rest="    "))
            yield Text(_wrapped(purpose, width, first="    ", rest="    "), style="dim")


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
        words = Text(row.words, style="dim")
        if wide:
            cells.append(Text("━" * round((row.watts or 0.0) / most * _BAR_WIDTH), style=row.style))
        if wide and row.level_pct is not None:
            words = Text.assemble(_gauge(row.level_pct), " ", words)
        table.add_row(*cells, words)
    return table


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
    words = (
        f"until {home.local(ahead[-1].end):%a %H:%M}: "
        f"lowest {money(lowest.per_kwh, lowest.currency)} at {home.local(lowest.start):%H:%M}, "
        f"highest {money(highest.per_kwh, highest.currency)} at {home.local(highest.start):%H:%M}"
    )
    curve = _sparkline(steps, width=min(width - 4, _CURVE_WIDTH))
    return Text.assemble("  ", (curve, "cyan"), "\n", (_wrapped(words, width, first="  ", rest="  "), "dim"))


def _sparkline(values: Sequence[float], *, width: int) -> str:
    """One row of block characters, ``width`` wide at most, from the lowest value to the highest."""
    count = min(width, len(values))
    # Each character is the mean of its share of the values, so that none is left out when there are more than fit.
    groups = [values[len(values) * index // count : len(values) * (index + 1) // count] for index in range(count)]
    means = [sum(group) / len(group) for group in groups]
    low, span = min(means), (max(means) - min(means)) or 1.0
    return "".join(_BLOCKS[round((mean - low) / span * (len(_BLOCKS) - 1))] for mean in means)
