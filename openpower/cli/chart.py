"""Charts in the terminal: one bar for each figure, negative ones to the left of the axis."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

__all__ = ["bar_chart"]

_MOST = 40
_LEAST = 5


def bar_chart(rows: list[tuple[str, float, str]], *, width: int) -> Table:
    """Draw ``(label, value, figure)`` rows, all on one scale and within a width."""
    words = max((len(label) + len(figure) + 3 for label, _, figure in rows), default=0)
    room = max(_LEAST, min(_MOST, width - words))
    values = [value for _, value, _ in rows]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    left = round(-low / span * room)
    table = Table.grid(padding=(0, 1))
    for label, value, figure in rows:
        size = round(abs(value) / span * room)
        bar = (
            Text(" " * left + "█" * size, style=_colour((value - low) / span))
            if value >= 0
            else Text(" " * (left - size) + "█" * size, style="green")
        )
        table.add_row(Text(label, style="dim"), Text(figure), bar)
    return table


def _colour(share: float) -> str:
    if share < 1 / 3:
        return "green"
    return "yellow" if share < 2 / 3 else "red"
