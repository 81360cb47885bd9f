"""The house's books: exact energies in five-minute lines, a day's page at a time."""

from __future__ import annotations

from array import array
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_simulation.energies import WIDTH, Energies
from openpower_simulation.localday import MINUTE, from_micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpower_simulation.localday import LocalDay

__all__ = ["LINE", "Average", "Ledger", "average"]

LINE: Final = 5 * MINUTE
"""The length of a line, in microseconds."""

_COLUMNS: Final = WIDTH + 1
_MILLI: Final = 1000


@frozen(kw_only=True, slots=True)
class Average:
    """Five minutes of the house: mean powers (W), the energies behind them, and the last state of charge."""

    start: datetime
    end: datetime
    pv_w: float
    load_w: float
    ev_w: float
    battery_w: float
    """+ discharging, − charging."""
    grid_w: float
    """+ importing, − exporting."""
    soc_pct: float
    """At the end of the five minutes."""
    energies: Energies


class Ledger:
    """Lines of energy per direction, in watt-microseconds, kept day by day."""

    def __init__(self) -> None:
        self._pages: dict[int, array[int]] = {}
        self._start = 0
        self._page = array("q")

    def open_day(self, day: LocalDay) -> None:
        """Begin the page of a day."""
        self._page = array("q", bytes(8 * _COLUMNS * ((day.end - day.start) // LINE)))
        self._pages[day.start] = self._page
        self._start = day.start

    def book(self, start: int, counts: Sequence[int], soc_pct: float) -> None:
        """Add what flowed in one step, which begins at ``start`` and lies within one line."""
        base = (start - self._start) // LINE * _COLUMNS
        page = self._page
        for column, count in enumerate(counts, base):
            if count:
                page[column] += count
        page[base + WIDTH] = round(soc_pct * _MILLI)

    def lines(self, start: int, end: int) -> Iterator[tuple[int, array[int]]]:
        """The lines that lie in ``[start, end)``, in order: their start, and counts with milli-per-cent SoC."""
        for begin in sorted(self._pages):
            page = self._pages[begin]
            count = len(page) // _COLUMNS
            first = max(0, -((begin - start) // LINE))
            for index in range(first, min(count, (end - begin) // LINE)):
                yield begin + index * LINE, page[index * _COLUMNS : (index + 1) * _COLUMNS]


def average(start: int, line: array[int]) -> Average:
    """A line in watts."""
    pv, load, ev, charged, discharged, imported, exported, _, soc = line
    return Average(
        start=from_micros(start),
        end=from_micros(start + LINE),
        pv_w=pv / LINE,
        load_w=load / LINE,
        ev_w=ev / LINE,
        battery_w=(discharged - charged) / LINE,
        grid_w=(imported - exported) / LINE,
        soc_pct=soc / _MILLI,
        energies=Energies.of(line[:WIDTH]),
    )
