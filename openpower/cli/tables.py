"""Tables: aligned on a terminal, record by record where it is narrow, tab-separated in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower.cli.output import is_terminal, print_lines
from openpower.cli.screen import console, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["show_table"]

_GAP: Final = 2
_LEAST: Final = 16
"""The last column may be folded, but not below this width."""


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads; all columns but the last keep their cells on one line."""
    rows = list(rows)
    if not is_terminal():
        print_lines("\t".join(row) for row in [head, *rows])
        return
    width = console().width
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    before = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    if before + min(widths[-1], _LEAST) > width:
        _show_records(head, rows, width)
        return
    for number, row in enumerate([head, *rows]):
        start = "".join(f"{cell:<{size + _GAP}}" for cell, size in zip(row, widths, strict=False))
        text = wrapped(row[-1], width, first=start[:before], rest=" " * before)
        console().print(text, style="bold" if number == 0 else None, markup=False, soft_wrap=True)


def _show_records(head: Sequence[str], rows: list[Sequence[str]], width: int) -> None:
    """A block for each row: its first cell, then a line for each other one."""
    for row in rows:
        console().print(row[0], style="bold", markup=False, soft_wrap=True)
        for name, cell in zip(head[1:], row[1:], strict=True):
            text = wrapped(cell, width, first=f"  {name}: ", rest="    ")
            console().print(text, markup=False, soft_wrap=True)
