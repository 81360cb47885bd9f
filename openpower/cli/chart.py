"""Charts for the screen: bars over time on a scale with a zero line, with the present, gaps and what exceeds the scale.

Geometry: the zero line has a row of its own. In the n-th row above it, a full cell reaches ``n × step``, which is that row's label; below
it likewise, downwards. A column stands for a span of time of the same length as every other, so that a day on which the clock
changes has 23 or 25 hours' worth of them. All characters are one cell wide, and each has one ASCII character in its place where the
terminal's encoding lacks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from attrs import field, frozen
from rich.text import Text

LOW, MIDDLE, HIGH = "#0072B2", "", "#D55E00"
"""Blue and vermilion, which the colour-blind tell apart, also where the terminal has 16 colours, or is light."""

_UP: Final = " ▁▂▃▄▅▆▇█"
_DOWN: Final = " ▔▀█"
_STEPS_MIN: Final = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440, 2 * 1440)
_TICKS_H: Final = (1, 2, 3, 4, 6, 12, 24, 48, 168, 336, 1344)
_LABEL: Final = len("00:00") + 2
_NICE: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_OUTLIER: Final = 4.0
"""How many times as far from zero as three quarters of the columns a value must be to be left out of the scale."""


@frozen
class Span:
    """A value that holds in ``[start, end)``."""

    start: datetime
    end: datetime
    value: float
    high: float | None = None
    """The upper end of its band."""
    marked: bool = False
    """Whether it gets an exclamation mark."""


@frozen(kw_only=True)
class Panel:
    """One quantity over time."""

    title: str
    spans: Sequence[Span]
    rows: int = 8
    """About how many rows it has."""
    style: Callable[[float], str] = field(default=lambda _share: "")
    """The colour of a bar, by its height as a share of the scale."""
    outliers: bool = False
    """Whether a few extreme values are left out of the scale, and marked, so that they do not flatten all others."""
    limit: float | None = None
    """The end of the scale, of a quantity that has one."""


@frozen(kw_only=True)
class _Times:
    """The time axis: columns of one length."""

    start: datetime
    step: timedelta
    count: int
    wide: int
    """How many cells a column is wide."""
    tz: tzinfo

    def column(self, instant: datetime) -> int:
        return (instant - self.start) // self.step

    def begin(self, column: int) -> datetime:
        return self.start + column * self.step


def time_chart(
    panels: Iterable[Panel], *, start: datetime, end: datetime, now: datetime, tz: tzinfo, width: int
) -> Iterator[Text]:
    """The lines of charts one below the other, of the same time, at most ``width`` cells wide."""
    panels = list(panels)
    size = max((len(label) for panel in panels for label in _labels(panel)), default=0)
    times = _times(start, end, tz, room=max(width - size - 2, 4))
    for number, panel in enumerate(panels):
        yield Text(panel.title, style="bold")
        if marks := _marks(panel, times, now if number == 0 else None):
            yield Text(" " * (size + 2) + marks)
        yield from _panel(panel, times, size)
    yield Text(f"{'':{size + 2}}{_clock_line(times)}", style="dim")


def _times(start: datetime, end: datetime, tz: tzinfo, *, room: int) -> _Times:
    """Columns that begin at whole steps of the local day, as short as there is room for."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    midnight = start.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)

    def fitted(step: timedelta) -> tuple[datetime, int]:
        first = midnight + (start - midnight) // step * step
        return first, max(1, -((first - end) // step))

    steps = (timedelta(minutes=minutes) for minutes in _STEPS_MIN)
    weeks = timedelta(weeks=1 + (end - start) // (room * timedelta(weeks=1)))
    step = next((step for step in steps if fitted(step)[1] <= room), weeks)
    first, count = fitted(step)
    return _Times(start=first, step=step, count=min(count, room), wide=max(1, min(room // count, 4)), tz=tz)


def _means(spans: Sequence[Span], times: _Times, of: Callable[[Span], float | None]) -> list[float | None]:
    """The mean of each column, weighted by time; None where nothing is known."""
    sums, weights = [0.0] * times.count, [0.0] * times.count
    for span in spans:
        if (value := of(span)) is None:
            continue
        for column in range(max(0, times.column(span.start)), times.count):
            begin = times.begin(column)
            if begin >= span.end:
                break
            weight = (min(span.end, begin + times.step) - max(span.start, begin)).total_seconds()
            sums[column] += value * weight
            weights[column] += weight
    return [total / weight if weight > 0 else None for total, weight in zip(sums, weights, strict=True)]


@frozen
class _Scale:
    """The value of a row, and how many rows are above and below the zero line."""

    step: float
    above: int
    below: int


def _scale(panel: Panel) -> _Scale:
    values = [span.value for span in panel.spans]
    low, high = usual_range(values) if panel.outliers else (min(values, default=0.0), max(values, default=0.0))
    low, high = min(low, 0.0), max(high, panel.limit or 0.0, 0.0)
    most = panel.rows + (low < 0 < high)
    least = 10.0 ** math.floor(math.log10((high - low) / panel.rows or 1.0))
    # A hair of rounding makes no further row.
    scales = (
        _Scale(step, *(math.ceil(round(size / step, 6)) for size in (high, -low)))
        for step in (power * factor * least for power in (1.0, 10.0) for factor in _NICE)
    )
    found = next(scale for scale in scales if scale.above + scale.below <= most)
    return found if found.above or found.below else _Scale(found.step, 1, 0)


def usual_range(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest value, without the few that would flatten all others."""
    sizes = sorted(map(abs, values))
    most = _OUTLIER * sizes[len(sizes) * 3 // 4]
    usual = [value for value in values if abs(value) <= most] if most else values
    return min(usual), max(usual)


def _rows(scale: _Scale) -> range:
    """The rows from the top one down; 0 is the zero line."""
    return range(scale.above, -scale.below - 1, -1)


def _labels(panel: Panel) -> list[str]:
    """The figure of each row; of many rows every second one, from the zero line on."""
    scale = _scale(panel)
    rows = _rows(scale)
    every = 1 if len(rows) <= 5 else 2
    digits = next(digits for digits in range(9) if math.isclose(round(scale.step, digits), scale.step) or digits == 8)
    return [f"{row * scale.step:.{digits}f}" if row % every == 0 else "" for row in rows]


def _panel(panel: Panel, times: _Times, size: int) -> Iterator[Text]:
    scale = _scale(panel)
    values = _means(panel.spans, times, lambda span: span.value)
    highs = _means(panel.spans, times, lambda span: span.high)
    span = (scale.above or scale.below) * scale.step
    styles = ["" if value is None else panel.style(max(value, 0.0) / span) for value in values]
    beyond = _beyond(panel, times)
    for row, label in zip(_rows(scale), _labels(panel), strict=True):
        line = Text(f"{label:>{size}} ", style="dim")
        if row == 0:
            cells = "".join(
                ("┴" if column in _ticks(times) else "─").ljust(times.wide, "─") for column in range(times.count)
            )
            yield line.append(f"┼{cells}")
            continue
        line.append("┤" if label else "│")
        edge = scale.above if row > 0 else -scale.below
        for column, (value, high, style) in enumerate(zip(values, highs, styles, strict=True)):
            marked = row == edge and column in beyond and (beyond[column] > 0) == (row > 0)
            cell = ("▲" if row > 0 else "▼") if marked else _cell(value, high, row, scale.step)
            line.append(cell * times.wide, style=f"{style} bold" if marked else "dim" if cell == "▒" else style)
        yield line


def _cell(value: float | None, high: float | None, row: int, step: float) -> str:
    """What a column shows in a row: its bar, the band above it, or nothing."""
    if value is None:
        return " "
    reached = value / step - (row - 1) if row > 0 else -value / step - (-row - 1)
    if row < 0:
        return _DOWN[0 if reached <= 0 else 1 + round(min(reached, 1.0) * 2)]
    bar = _UP[round(max(0.0, min(reached, 1.0)) * 8)]
    return "▒" if bar == " " and high is not None and high / step >= row - 0.5 else bar


def _beyond(panel: Panel, times: _Times) -> dict[int, float]:
    """The columns with a value that exceeds the scale, and that value; a mean would hide a short one."""
    found: dict[int, float] = {}
    for span in beyond_scale(panel):
        column = min(max(times.column(span.start), 0), times.count - 1)
        found[column] = max(found.get(column, 0.0), span.value, key=abs)
    return found


def beyond_scale(panel: Panel) -> list[Span]:
    """The values that exceed the panel's scale: what has to be named below the chart."""
    scale = _scale(panel)
    low, high = -scale.below * scale.step - 1e-9, scale.above * scale.step + 1e-9
    return [span for span in panel.spans if not low <= span.value <= high]


def _marks(panel: Panel, times: _Times, now: datetime | None) -> str:
    """The line above a chart: ``▼ now 14:05`` over the column of the present, ``!`` over what is marked."""
    cells = [" "] * times.count * times.wide
    column = -1 if now is None else times.column(now)
    if now is not None and 0 <= column < times.count:
        place, words = column * times.wide, f"now {now.astimezone(times.tz):%H:%M}"
        cells[place] = "▼"
        words = words if len(words) + 2 <= len(cells) else ""
        after = place + 2 + len(words) <= len(cells) or place < len(words) + 1
        words = f" {words}" if after else f"{words} "
        begin = place + 1 if after else place - len(words)
        cells[begin : begin + len(words)] = words
    for span in panel.spans:
        place = times.column(span.start) * times.wide
        if span.marked and 0 <= place < len(cells) and cells[place] == " ":
            cells[place] = "!"
    return "".join(cells).rstrip()


def _ticks(times: _Times) -> dict[int, str]:
    """The columns in which a round hour of the local clock begins, with their labels, as many as fit."""
    per_hour = times.wide * (timedelta(hours=1) / times.step)
    hours = next((hours for hours in _TICKS_H if hours * per_hour >= _LABEL), _TICKS_H[-1])
    found: dict[int, str] = {}
    for column in range(times.count):
        there = times.begin(column).astimezone(times.tz)
        before = times.begin(column - 1).astimezone(times.tz)
        if _count(there, hours) == _count(before, hours):
            continue
        # A step of many hours may begin after midnight, and is labelled by its day all the same.
        midnight = there.date() != before.date()
        found[column] = (
            (f"{there:%a} {there.day}" if hours < 48 else f"{there.day} {there:%b}") if midnight else f"{there:%H:%M}"
        )
    return found


def _count(there: datetime, hours: int) -> int:
    """How many times so many hours have passed on the local clock; the same in an hour that it shows twice."""
    return (there.date().toordinal() * 24 + there.hour) // hours


def _clock_line(times: _Times) -> str:
    line = ""
    for column, label in _ticks(times).items():
        place = column * times.wide
        if place + len(label) <= times.count * times.wide and (not line or place > len(line)):
            line = f"{line:<{place}}{label}"
    return line
