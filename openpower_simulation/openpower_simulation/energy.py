"""Energy per direction, counted exactly, and the ledger that keeps it in five-minute lines, one page per day.

Powers are whole watts and times whole microseconds, so energy is an integer of watt-microseconds. Sums of integers do
not depend on their order: totals, days and averages agree to the last digit however often anybody looked, which
floats would not give.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from openpower_simulation.dispatch import Powers
from openpower_simulation.localday import MINUTE, LocalDay, from_micros

KWH: Final = 3_600_000_000_000
"""A kilowatt-hour in watt-microseconds."""

WIDTH: Final = 8
"""How many directions are counted."""


@frozen(kw_only=True, slots=True)
class Energies:
    """What flowed in each direction over some time (kWh, never negative)."""

    pv_kwh: float
    load_kwh: float
    ev_kwh: float
    charged_kwh: float
    """Into the battery, at the AC bus."""
    discharged_kwh: float
    imported_kwh: float
    exported_kwh: float
    grid_charged_kwh: float
    """The part of ``charged_kwh`` that came from the grid."""

    @classmethod
    def of(cls, counts: Sequence[int]) -> Energies:
        """The energies of exact counts (watt-microseconds, in the order above)."""
        pv, load, ev, charged, discharged, imported, exported, grid_charged = counts
        return cls(
            pv_kwh=pv / KWH,
            load_kwh=load / KWH,
            ev_kwh=ev / KWH,
            charged_kwh=charged / KWH,
            discharged_kwh=discharged / KWH,
            imported_kwh=imported / KWH,
            exported_kwh=exported / KWH,
            grid_charged_kwh=grid_charged / KWH,
        )


def directions(powers: Powers) -> tuple[int, int, int, int, int, int, int, int]:
    """The powers as unsigned directions, in the order of :class:`Energies`."""
    battery, grid = powers.battery, powers.grid
    return (
        powers.pv,
        powers.load,
        powers.ev,
        -battery if battery < 0 else 0,
        max(0, battery),
        max(0, grid),
        -grid if grid < 0 else 0,
        powers.grid_charge,
    )


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

    def fork(self) -> Ledger:
        """A copy that is kept separately."""
        twin = Ledger()
        twin._pages = {day: page[:] for day, page in self._pages.items()}
        twin._start, twin._page = self._start, twin._pages.get(self._start, self._page)
        return twin

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
