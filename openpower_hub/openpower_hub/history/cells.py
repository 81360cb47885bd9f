"""What a figure was over five minutes, an hour or a day: made of readings, and of shorter cells.

A reading stands until the next one, and no longer than it was expected to (``until``). All sums are of whole numbers, so that
a day made of hours, of five minutes or of readings is the same day to the last digit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from attrs import define, fields, frozen

from openpower_core.errors import InvalidValue
from openpower_core.readings import in_bulk
from openpower_hub.figures import DIGITS, Figure, Kind

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
ALIGNED: Final = 15 * MINUTE
"""What the offsets of all zones are multiples of (ms)."""
LEVELS: Final = (5 * MINUTE, HOUR, DAY)
"""The lengths of the cells that are kept for ever (ms)."""
MOST_CELLS: Final = 20_000
"""How many cells one series may have: five minutes for two months."""
_MOST: Final = 1e12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Value: TypeAlias = "int | str | None"


@frozen(kw_only=True)
class Cell:
    """A figure over a stretch of time, as far as it is known; where nothing is known there is no cell."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it. A day has 23 or 25 hours where the clock is changed."""
    mean: float | None = None
    """Weighted by time; None for energy counters and for a status."""
    low: float | None = None
    """The least value; None for energy counters and for a status."""
    high: float | None = None
    """The highest value; None for energy counters and for a status."""
    last: float | str | None = None
    """The last value."""
    forward_kwh: float | None = None
    """Of power: the energy that flowed into the house; of a counter: by how much it grew. None for other figures."""
    backward_kwh: float | None = None
    """Of power: the energy that flowed out of the house, not negative. None for other figures."""
    known_s: float = 0.0
    """Of how much of it the value is known (s); 0 for energy counters and for a status."""


# What of a figure is kept of a cell. The names of the fields are those of the columns: ``power_w_high``.


@define(eq=True)
class Gauge:
    """A value that goes up and down."""

    ms: int
    """How long it is known."""
    sum: int
    """The value times the milliseconds that it stood."""
    low: int
    high: int
    last: int

    def stand(self, value: int, ms: int) -> None:
        """Add a value that stood for a time, after what is there."""
        self.ms += ms
        self.sum += value * ms
        self.low, self.high, self.last = min(self.low, value), max(self.high, value), value

    def merge(self, later: Any, kind: Kind) -> None:  # noqa: ARG002 - counters need the kind
        """Add what comes after it."""
        self.ms += later.ms
        self.sum += later.sum
        self.low, self.high, self.last = min(self.low, later.low), max(self.high, later.high), later.last

    @classmethod
    def of(cls, value: int, ms: int) -> Self:
        """A value that stood for a time."""
        return cls(ms, value * ms, value, value, value)


@define(eq=True)
class Power(Gauge):
    """Power: what flowed into the house is summed up apart."""

    forward: int = 0
    """The same sum of what was above zero."""

    def stand(self, value: int, ms: int) -> None:
        """Add a value that stood for a time, after what is there."""
        Gauge.stand(self, value, ms)
        self.forward += max(value, 0) * ms

    def merge(self, later: Any, kind: Kind) -> None:
        """Add what comes after it."""
        Gauge.merge(self, later, kind)
        self.forward += later.forward

    @classmethod
    def of(cls, value: int, ms: int) -> Self:
        """A value that stood for a time."""
        return cls(ms, value * ms, value, value, value, max(value, 0) * ms)


@define(eq=True)
class Counter:
    """Energy that is counted."""

    first: int
    """Where it stood at the beginning, or when it was first known."""
    last: int
    grown: int
    """By how much it grew, whatever restarts there were."""

    def merge(self, later: Any, kind: Kind) -> None:
        """Add what comes after it; what was counted between the two, while nobody looked, belongs to both together."""
        self.grown += growth(self.last, later.first, kind) + later.grown
        self.last = later.last

    @classmethod
    def of(cls, value: int, ms: int) -> Self:  # noqa: ARG003 - as of a gauge
        """A counter that stood at a value."""
        return cls(value, value, 0)


@define(eq=True)
class Word:
    """A status."""

    last: str

    def merge(self, later: Any, kind: Kind) -> None:  # noqa: ARG002 - as of a counter
        """Add what comes after it."""
        self.last = later.last

    @classmethod
    def of(cls, value: Any, ms: int) -> Self:  # noqa: ARG003 - as of a gauge
        """A status."""
        return cls(str(value))


Part: TypeAlias = Gauge | Counter | Word
_COUNTERS: Final = frozenset({Kind.ENERGY_TOTAL, Kind.ENERGY_TODAY, Kind.ENERGY_SESSION})


class Layout:
    """What is kept of a figure, by its kind."""

    CLASSES: ClassVar[dict[Kind, type[Part]]] = {
        kind: Power if kind is Kind.POWER else Counter if kind in _COUNTERS else Word if kind is Kind.STATUS else Gauge
        for kind in Kind
    }
    NAMES: ClassVar[dict[Kind, tuple[str, ...]]] = {
        kind: tuple(each.name for each in fields(cls)) for kind, cls in CLASSES.items()
    }


def growth(before: int, after: int, kind: Kind) -> int:
    """By how much a counter grew; one that fell was set to zero (a new day, another car), or belongs to another device."""
    if after >= before:
        return after - before
    return 0 if kind is Kind.ENERGY_TOTAL else after


def scaled(figure: Figure, value: float | str | None) -> Value:
    """A value as it is kept: a whole number of its last digit worth keeping; None where it is unknown."""
    if value is None or isinstance(value, str):
        return None if value == "unknown" else value
    return round(value * 10 ** DIGITS[figure.kind]) if abs(value) < _MOST else None  # neither NaN


def unscaled(figure: Figure, value: Value) -> float | str | None:
    """The value that was kept."""
    if value is None or isinstance(value, str):
        return value
    return value / 10.0 ** DIGITS[figure.kind]


def to_cells(figure: Figure, parts: Sequence[tuple[int, int, Part]]) -> list[Cell]:
    """Cells in the figure's own unit, of what is kept: from when, to when, and what it was; all at once, since a month is 8,640."""
    scale = 10.0 ** DIGITS[figure.kind] if figure.kind in DIGITS else 1.0
    times = [to_time(start) for start, _, _ in parts]
    following = [*times[1:], None][: len(times)]
    values: dict[str, list[Any]] = {
        "start": times,
        # Where there is no gap, the end is the beginning of the next one.
        "end": [
            after if after is not None and end == parts[place + 1][0] else to_time(end)
            for place, ((_, end, _), after) in enumerate(zip(parts, following, strict=True))
        ],
    }
    found: list[Any] = [part for _, _, part in parts]
    if figure.kind is Kind.STATUS:
        return in_bulk(Cell, len(parts), last=[part.last for part in found], **values)
    values["last"] = [part.last / scale for part in found]
    if figure.kind in _COUNTERS:
        return in_bulk(Cell, len(parts), forward_kwh=[part.grown / scale for part in found], **values)
    if figure.kind is Kind.POWER:
        per_kwh = scale * 1000 * HOUR
        values["forward_kwh"] = [part.forward / per_kwh for part in found]
        values["backward_kwh"] = [(part.forward - part.sum) / per_kwh for part in found]
    return in_bulk(
        Cell,
        len(parts),
        mean=[part.sum / part.ms / scale for part in found],
        low=[part.low / scale for part in found],
        high=[part.high / scale for part in found],
        known_s=[part.ms / 1000 for part in found],
        **values,
    )


# Cells of readings, and of cells


def roll(
    figure: Figure, spans: Sequence[tuple[int, int]], values: Sequence[Value], edges: Sequence[int]
) -> dict[int, Part]:
    """What a figure was in each cell, by the cell's start.

    Args:
        figure: which.
        spans: from when to when each reading stands (ms), in time order; the first ones may begin before the first cell.
        values: what it was in each reading, scaled.
        edges: where the cells begin, and where the last one ends.
    """
    cls, kind, cells = Layout.CLASSES[figure.kind], figure.kind, dict[int, Part]()
    for (at, until), value in zip(spans, values, strict=True):
        if value is None:
            continue
        for start, ms in _shares(at, until, edges):
            part = cells.get(start)
            if part is None:
                cells[start] = cls.of(value, ms)  # type: ignore[arg-type]
            elif isinstance(part, Gauge):
                part.stand(value, ms)  # type: ignore[arg-type]
            else:
                part.merge(cls.of(value, ms), kind)  # type: ignore[arg-type]
    return cells


def _shares(at: int, until: int, edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """How long of each cell (its start) a reading stands."""
    at, until = max(at, edges[0]), min(until, edges[-1])
    place = bisect_right(edges, at) - 1
    while at < until:
        end = min(until, edges[place + 1])
        yield edges[place], end - at
        at, place = end, place + 1


def merged(parts: Iterable[tuple[int, Part]], edges: Sequence[int], kind: Kind) -> dict[int, Part]:
    """Longer cells, by their start, of shorter ones in time order; the parts are used up."""
    cells: dict[int, Part] = {}
    starts = set(edges[:-1])
    for at, part in parts:
        start = at
        if at not in starts:  # it is shorter than the cell
            place = bisect_right(edges, at) - 1
            if not 0 <= place < len(edges) - 1:
                continue
            start = edges[place]
        if start in cells:
            cells[start].merge(part, kind)
        else:
            cells[start] = part
    return cells


# Where cells begin


def to_ms(time: datetime) -> int:
    """Milliseconds since 1970."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def to_time(ms: int) -> datetime:
    """The instant (UTC)."""
    return _EPOCH + timedelta(milliseconds=ms)


def floor(at: int, step: int, zone: ZoneInfo) -> int:
    """Where the cell begins that an instant is in; steps up to a day count from midnight on the clock of the zone."""
    if step <= ALIGNED:
        return at - at % step
    local = to_time(at).astimezone(zone)
    into = (local.hour * HOUR + local.minute * MINUTE) % step // MINUTE
    wall = local.replace(second=0, microsecond=0, tzinfo=None) - timedelta(minutes=into)
    # A time that the clock skips is the instant of the change; of two equal times it is the same one as that of ``at``.
    return to_ms(wall.replace(tzinfo=zone, fold=local.fold if step <= HOUR else 0).astimezone(UTC))


def after(start: int, step: int, zone: ZoneInfo) -> int:
    """Where the cell ends that begins at ``start``."""
    if step > DAY:  # whole days, from wherever the first begins
        wall = to_time(start).astimezone(zone).replace(tzinfo=None) + timedelta(milliseconds=step)
        return floor(to_ms(wall.replace(tzinfo=zone, hour=12).astimezone(UTC)), DAY, zone)
    later = start + step
    while (found := floor(later, step, zone)) <= start:  # the clock is put back in this cell
        later += 30 * MINUTE
    return found


def edges_of(start: int, end: int, step: int, zone: ZoneInfo) -> list[int]:
    """Where the cells begin that ``[start, end)`` touches, and where the last one ends.

    Raises:
        InvalidValue: a day is no multiple of the step, nor the step one of a day; or there would be too many.
    """
    if step <= 0 or (DAY % step and step % DAY):
        raise InvalidValue(f"step is {timedelta(milliseconds=step)}; it must divide a day, or be whole days.")
    if (end - start) // step > MOST_CELLS:
        raise InvalidValue(f"that would be more than {MOST_CELLS:,} cells.", hint="Take a longer step, or less time.")
    edges = [floor(start, min(step, DAY), zone)]
    if step <= ALIGNED:
        return list(range(edges[0], end + step, step)) if end > edges[0] else edges
    while edges[-1] < end:
        edges.append(after(edges[-1], step, zone))
    return edges
