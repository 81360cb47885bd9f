"""Prices of one channel: overlaid so that one applies at a time, cut to a range, and averaged on a grid."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from heapq import heappop, heappush
from itertools import accumulate, chain, pairwise, repeat
from operator import attrgetter
from typing import Any, Final, TypeVar, cast

from attrs import evolve

from openpower_core.prices._grid import Grid
from openpower_core.prices._money import EXACT
from openpower_core.prices._nouns import Price
from openpower_core.prices._words import PriceKind
from openpower_core.records import instances, uncollected

BY_START: Final = attrgetter("start")
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
"""Where a price ends that holds until further notice."""

_TICK: Final = timedelta(microseconds=1)
_FIRMNESS: Final = {PriceKind.SETTLED: 0, PriceKind.CURRENT: 1, PriceKind.FORECAST: 2}

_T = TypeVar("_T")
_Number = TypeVar("_Number", Decimal, float)
_Rank = tuple[int, bool, timedelta, int]


def end_of(price: Price) -> datetime:
    """Where a price ends; far in the future if it has no end."""
    return price.end or FOREVER


def firmest(prices: Sequence[Price]) -> list[Price]:
    """Make prices of one channel, in any order, into ones that do not overlap, in time order.

    At each instant the settled price takes precedence over a current one, and that over a forecast;
    then what is no estimate, then the shorter interval, then what comes later in the list. A partly covered price is cut.
    """
    # The prices of one response rarely overlap, and mostly come in order; then there is nothing to decide.
    if not _in_order(found := list(prices)) and not _in_order(found := sorted(prices, key=BY_START)):
        return list(_overlaid(prices))
    return found


def _in_order(prices: Sequence[Price]) -> bool:
    """Whether each begins at or after the end of the one before, and ends later than it begins."""
    end = prices[0].start if prices else FOREVER
    for price in prices:
        if not end <= price.start < (price.end or FOREVER):
            return False
        end = price.end or FOREVER
    return True


def _overlaid(prices: Sequence[Price]) -> Iterator[Price]:
    # A sweep through all starts and ends in time order. "running" is a heap of the prices that have started, the
    # firmest first; those that are over are only removed once they come to the top, which keeps each step cheap.
    ranked = sorted(((price.start, _rank(price, -place), price) for place, price in enumerate(prices)), key=_by_rank)
    waiting = iter(ranked)
    coming = next(waiting, None)
    running: list[tuple[_Rank, Price]] = []
    current: tuple[Price, datetime] | None = None
    for line in sorted({instant for price in prices for instant in (price.start, end_of(price))}):
        while coming is not None and coming[0] <= line:
            heappush(running, (coming[1], coming[2]))
            coming = next(waiting, None)
        while running and end_of(running[0][1]) <= line:
            heappop(running)
        best = running[0][1] if running else None
        if current is not None and current[0] is not best:
            yield cut(*current, line)
            current = None
        if current is None and best is not None:
            current = best, line


def _by_rank(ranked: tuple[datetime, _Rank, Price]) -> tuple[datetime, _Rank]:
    return ranked[:2]


def _rank(price: Price, place: int) -> _Rank:
    """The firmest price sorts first; the position makes every rank unique."""
    # False sorts before True: a price known to be no estimate is firmer than one of which that is unknown.
    return (_FIRMNESS[price.kind], price.estimate is not False, end_of(price) - price.start, place)


def cut(price: Price, start: datetime, end: datetime) -> Price:
    """The part of a price from start to end."""
    if price.start == start and end_of(price) == end:
        return price
    return evolve(price, start=start, end=None if end == FOREVER else end)


def within(lane: list[Price], start: datetime, end: datetime) -> list[Price]:
    """The prices that apply at some instant of a range: the list itself where all do."""
    first = max(bisect_right(lane, start, key=BY_START) - 1, 0)
    if first < len(lane) and end_of(lane[first]) <= start:
        first += 1
    last = bisect_left(lane, end, key=BY_START)
    return lane if (first, last) == (0, len(lane)) else lane[first:last]


def by_clock(price: Price, now: datetime) -> Price:
    """The same price, settled, current or a forecast by the clock: a vendor's label may be older than its answer."""
    if now < price.start:
        kind = PriceKind.FORECAST
    else:
        kind = PriceKind.CURRENT if now < (price.end or FOREVER) else PriceKind.SETTLED
    if kind is price.kind:
        return price
    # What was forecast, and has not been confirmed since, is not settled because its time has come.
    ahead = price.kind is PriceKind.FORECAST and price.estimate is None
    return evolve(price, kind=kind, estimate=True if ahead else price.estimate)


def lane_by_clock(lane: list[Price], now: datetime) -> list[Price]:
    """Prices of one channel by the clock: the list itself where all of them are over."""
    if not lane or (end_of(lane[-1]) <= now and set(map(attrgetter("kind"), lane)) == {PriceKind.SETTLED}):
        return lane
    return [by_clock(price, now) for price in lane]


@uncollected
def resampled(lane: list[Price], grid: Grid, start: datetime, end: datetime, *, whole: bool) -> list[Price]:
    """Bring sorted prices of one channel to a grid; see :meth:`PriceSeries.resample`."""
    runs: list[list[Price]] = []
    run: list[Price] = []
    line = known = start
    lane = within(lane, start, end)
    # Only the first price may begin before the range, and only the last one end after it.
    pieces = [cut(price, max(price.start, start), min(end_of(price), end)) for price in (*lane[:1], *lane[1:][-1:])]
    for price in (*pieces[:1], *lane[1:-1], *pieces[1:]):
        begin, stop = price.start, end_of(price)
        while begin < stop:
            if begin >= line or begin != known:
                run = []
                runs.append(run)
                line = line if begin < line else grid.cell(begin)[1]
            known = min(stop, line)
            run.append(price if known is stop and begin is price.start else cut(price, begin, known))
            begin = known
    if whole:
        runs = [run for run in runs if grid.cell(run[0].start) == (run[0].start, run[-1].end)]
    # A context of our own, since sums and means of a program's would be rounded to its precision.
    with localcontext(EXACT):
        return _means(runs)


_AGREED: Final = ("kind", "tax_included", "tax_rate", "period")
_FLAGS: Final = ("spike", "demand_window")
_AVERAGED: Final = ("per_kwh", "spot_per_kwh", "renewables_pct")
_PREDICTED: Final = ("expected_per_kwh", "low", "high")
_SAME: Final = ("channel", "register", "currency")


def _means(runs: Sequence[Sequence[Price]]) -> list[Price]:
    """One price for each run of pieces that follow each other without a gap.

    Figure by figure rather than run by run, since most figures of a tariff are the same in all its prices, or missing.
    """
    joined = [run for run in runs if len(run) > 1]
    if not joined:
        return [run[0] for run in runs]
    pieces = list(chain.from_iterable(joined))
    places = [slice(*ends) for ends in pairwise(accumulate(map(len, joined), initial=0))]
    lengths = [end_of(price) - price.start for price in pieces]
    equal = lengths.count(lengths[0]) == len(lengths)
    # Most pieces are equally long, and then there is nothing to weigh.
    means = [_Mean(())] * len(joined) if equal else [_Mean(lengths[place]) for place in places]

    def of(name: str, make: Callable[[list[Any], int], Any]) -> Iterable[Any]:
        values = list(map(attrgetter(name), pieces))
        if values.count(values[0]) == len(values) and (name not in _PREDICTED or values[0] is None):
            return repeat(values[0])
        return [make(values[place], number) for number, place in enumerate(places)]

    columns: dict[str, Iterable[Any]] = {name: repeat(getattr(pieces[0], name)) for name in _SAME}
    columns |= {name: of(name, lambda values, _: _agreed(values)) for name in _AGREED}
    columns |= {name: of(name, lambda values, _: _any(values)) for name in _FLAGS}
    columns["estimate"] = of("estimate", lambda values, number: _uncertain(joined[number], values))
    columns |= {name: of(name, lambda values, number: means[number].of_all(values)) for name in _AVERAGED}
    columns |= {
        name: of(name, lambda values, number: _predicted(joined[number], values, means[number])) for name in _PREDICTED
    }
    columns["components"] = of("components", lambda values, number: _components(values, means[number]))
    # A cell that is partly past and partly ahead is running.
    columns["kind"] = (kind or PriceKind.CURRENT for kind in columns["kind"])
    columns["start"], columns["end"] = [run[0].start for run in joined], [run[-1].end for run in joined]
    columns["raw"] = [tuple(price.raw for price in run) for run in joined]
    made = iter(instances(Price, len(joined), columns))
    return [run[0] if len(run) == 1 else next(made) for run in runs]


_MEANS: Final = Context(prec=28)
"""Thirds have no end; 28 digits are what decimals have by default."""


def _times(value: Any, weight: int) -> Any:
    return value * weight


class _Mean:
    """Means of figures, each weighted by its duration."""

    def __init__(self, lengths: Sequence[timedelta]) -> None:
        self._weights = [length // _TICK for length in lengths] if len(set(lengths)) > 1 else None

    def of(self, values: Sequence[_Number]) -> _Number:
        """The mean."""
        if values.count(values[0]) == len(values):
            return values[0]  # dividing a sum again could round it
        # A Decimal times an int is exact.
        total: Any = sum(values) if self._weights is None else sum(map(_times, values, self._weights))
        count = len(values) if self._weights is None else sum(self._weights)
        mean: Any = _MEANS.divide(total, count) if isinstance(total, Decimal) else total / count
        return cast("_Number", mean)

    def of_all(self, values: Sequence[_Number | None]) -> _Number | None:
        """The mean of a figure that every piece has, else None."""
        # "in" would ask each decimal whether it equals None, which takes long.
        if any(value is None for value in values):
            return None
        return self.of(cast("Sequence[_Number]", values))


def _predicted(run: Sequence[Price], values: Sequence[Decimal | None], mean: _Mean) -> Decimal | None:
    """The mean of a prediction, or of an end of its band. A price that is firm is its own; an estimate without one leaves none."""
    if all(value is None for value in values):
        return None
    return mean.of_all([price.per_kwh if price.firm else value for price, value in zip(run, values, strict=True)])


def _components(parts: Sequence[Mapping[str, Decimal] | None], mean: _Mean) -> Mapping[str, Decimal] | None:
    first = parts[0]
    if first is None or any(part is None or part.keys() != first.keys() for part in parts):
        return None
    return {name: mean.of([part[name] for part in parts if part]) for name in first}


def _agreed(values: Sequence[_T]) -> _T | None:
    """The value if all have the same, else None."""
    return values[0] if values.count(values[0]) == len(values) else None


def _any(values: Sequence[bool | None]) -> bool | None:
    """True if any is True; False only if all are False."""
    if True in values:
        return True
    return None if None in values else False


def _uncertain(run: Sequence[Price], values: Sequence[bool | None]) -> bool | None:
    found = _any(values)
    # A settled price is firm without saying so; joined with one that is not settled, it would no longer be.
    settled = all(price.kind is PriceKind.SETTLED for price in run)
    return False if found is None and not settled and all(price.firm for price in run) else found


def cheapest(
    lane: Sequence[Price], duration: timedelta, start: datetime, end: datetime, *, contiguous: bool, highest: bool
) -> list[Price] | None:
    """See :meth:`PriceSeries.cheapest`; of equals the earliest."""
    pieces = [
        cut(price, begin, stop)
        for price in lane
        if (begin := max(price.start, start)) < (stop := min(end_of(price), end))
    ]
    sign = -1 if highest else 1
    with localcontext(EXACT):
        if contiguous:
            return _cheapest_window(pieces, duration, sign)
        return _cheapest_pieces(pieces, duration, sign)


def _cheapest_pieces(pieces: Sequence[Price], duration: timedelta, sign: int) -> list[Price] | None:
    """Take the cheapest first until they are long enough; of the last one the beginning."""
    chosen: list[Price] = []
    missing = duration
    for piece in sorted(pieces, key=lambda price: sign * price.best_per_kwh):
        taken = min(end_of(piece) - piece.start, missing)
        chosen.append(cut(piece, piece.start, piece.start + taken))
        missing -= taken
        if not missing:
            return sorted(chosen, key=BY_START)
    return None


def _cheapest_window(pieces: Sequence[Price], duration: timedelta, sign: int) -> list[Price] | None:
    """Of all windows without a gap the cheapest: it begins where a price begins, or ends where one ends.

    In between, moving a window exchanges one price for another at a constant rate, so that no better one is missed.
    """
    best: tuple[Decimal, datetime] | None = None
    for begin, costs in _windows(pieces, duration):
        if best is None or sign * costs < best[0]:
            best = sign * costs, begin
    if best is None:
        return None
    start, end = best[1], best[1] + duration
    return [
        cut(piece, max(piece.start, start), min(end_of(piece), end))
        for piece in pieces
        if piece.start < end and start < end_of(piece)
    ]


def _windows(pieces: Sequence[Price], duration: timedelta) -> Iterator[tuple[datetime, Decimal]]:
    """The begin of each window that may be the cheapest, in time order, and its price times its length."""
    length = duration // _TICK
    for run in _without_gaps(pieces):
        first = run[0].start
        running = _Running(run)
        last = running.lines[-1] - length
        begins = {line for line in (*running.lines, *(line - length for line in running.lines)) if 0 <= line <= last}
        ordered = sorted(begins)
        # What a window costs is the difference of two sums.
        before, up_to = running.sums(ordered), running.sums([begin + length for begin in ordered])
        for begin, one, other in zip(ordered, before, up_to, strict=True):
            yield first + begin * _TICK, other - one


class _Running:
    """What a run of prices costs from its beginning to instants; times are in microseconds since then."""

    def __init__(self, run: Sequence[Price]) -> None:
        first = run[0].start
        self.lines = [0, *((end_of(piece) - first) // _TICK for piece in run)]
        self._prices = [piece.best_per_kwh for piece in run]
        lengths = [end - start for start, end in pairwise(self.lines)]
        self._costs = [
            Decimal(0),
            *accumulate(price * length for price, length in zip(self._prices, lengths, strict=True)),
        ]

    def sums(self, times: Iterable[int]) -> Iterator[Decimal]:
        """What it costs up to each of the times, which are in order."""
        place, last = 0, len(self._prices) - 1
        for time in times:
            while place < last and self.lines[place + 1] <= time:
                place += 1
            yield self._costs[place] + self._prices[place] * (time - self.lines[place])


def _without_gaps(pieces: Sequence[Price]) -> Iterator[Sequence[Price]]:
    first = 0
    for place, piece in enumerate(pieces, 1):
        if place == len(pieces) or pieces[place].start != piece.end:
            yield pieces[first:place]
            first = place
