"""What people see on a terminal: labelled lines, tables and charts; plain text in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from openpower.cli.output import is_terminal, print_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDE: Final = 64
"""From this many columns on there is room for bars."""
_CHART_WIDTH: Final = (5, 40)
_GAP: Final = 2
_LEAST: Final = 16
"""The last column of a table may be folded, but not below this width."""


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
    size = max((len(label) for label, _ in found), default=0) + _GAP
    if not is_terminal():
        print_lines(f"{label:<{size}}{text}" for label, text in found)
        return
    width = console().width
    rest = " " * size if width >= WIDE else "  "
    for label, text in found:
        line = Text(wrapped(text, width, first=f"{label:<{size}}", rest=rest))
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
    # Only the last column is folded; where even that leaves it too narrow, a row becomes a block.
    before = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    if before + min(widths[-1], _LEAST) > width:
        _show_blocks(head, rows[1:], width)
        return
    for number, row in enumerate(rows):
        start = "".join(f"{cell:<{size + _GAP}}" for cell, size in zip(row[:-1], widths, strict=False))
        text = wrapped(row[-1], width, first=start, rest=" " * before)
        console().print(text, style="bold" if number == 0 else None, markup=False, soft_wrap=True)


def _show_blocks(head: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> None:
    """For each row its first cell, then a line for each other one."""
    for row in rows:
        console().print(row[0], style="bold", markup=False, soft_wrap=True)
        for name, cell in zip(head[1:], row[1:], strict=True):
            text = wrapped(cell, width, first=f"  {name}: ", rest="    ")
            console().print(text, markup=False, soft_wrap=True)


def bar_chart(rows: list[tuple[str, float, str]], *, width: int) -> Table:
    """Draw ``(label, value, figure)`` rows on one scale: a bar each, negative ones to the left of the axis."""
    least, most = _CHART_WIDTH
    words = max((len(label) + len(figure) + 3 for label, _, figure in rows), default=0)
    room = max(least, min(most, width - words))
    values = [0.0, *(value for _, value, _ in rows)]
    low, span = min(values), (max(values) - min(values)) or 1.0
    # The axis stands where zero is, so that negative bars have room on its left; without any it is the left edge.
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
