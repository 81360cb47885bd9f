"""Prices of one channel: overlaid so that one applies at a time, and averaged on a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any, Final, TypeVar

from attrs import evolve

from openpower_core.prices._nouns import Price, PriceKind

BY_START: Final = attrgetter("start")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_FIRMNESS: Final = {PriceKind.SETTLED: 0, PriceKind.CURRENT: 1, PriceKind.FORECAST: 2}

_T = TypeVar("_T")
_Number = TypeVar("_Number", Decimal, float)
_Rank = tuple[int, bool, timedelta, int]


def firmest(prices: Sequence[Price]) -> list[Price]:
    """Make prices of one channel, in any order, into ones that do not overlap, in time order.

    At each instant the settled price takes precedence over a current one, and that over a forecast;
    then what is no estimate, then the shorter interval, then what comes later in the list. A partly covered price is cut.
    """
    ordered = sorted(prices, key=BY_START)
    # The prices of one response rarely overlap, and then there is nothing to decide.
    end = ordered[0].start if ordered else _EPOCH
    for price in ordered:
        if not end <= price.start < price.end:
            return list(_overlaid(prices))
        end = price.end
    return ordered


def _overlaid(prices: Sequence[Price]) -> Iterator[Price]:
    # A sweep through all starts and ends in time order. "running" is a heap of the prices that have started, the
    # firmest first; those that are over are only removed once they come to the top, which keeps each step cheap.
    ranked = sorted(((price.start, _rank(price, -place), price) for place, price in enumerate(prices)), key=_by_rank)
    waiting = iter(ranked)
    coming = next(waiting, None)
    running: list[tuple[_Rank, Price]] = []
    current: tuple[Price, datetime] | None = None
    for line in sorted({instant for price in prices for instant in (price.start, price.end)}):
        while coming is not None and coming[0] <= line:
            heappush(running, (coming[1], coming[2]))
            coming = next(waiting, None)
        while running and running[0][1].end <= line:
            heappop(running)
        best = running[0][1] if running else None
        if current is not None and current[0] is not best:
            yield _cut(*current, line)
            current = None
        if current is None and best is not None:
            current = best, line


def _by_rank(ranked: tuple[datetime, _Rank, Price]) -> tuple[datetime, _Rank]:
    return ranked[:2]


def _rank(price: Price, place: int) -> _Rank:
    """The firmest price sorts first; the position makes every rank unique."""
    # False sorts before True: a price known to be no estimate is firmer than one of which that is unknown.
    return (_FIRMNESS[price.kind], price.estimate is not False, price.end - price.start, place)


def _cut(price: Price, start: datetime, end: datetime) -> Price:
    return price if (price.start, price.end) == (start, end) else evolve(price, start=start, end=end)


def resampled(lane: Sequence[Price], resolution: timedelta, origin: datetime | None) -> Iterator[Price]:
    """Bring sorted prices of one channel to a grid; see :meth:`PriceSeries.resample`."""
    base = origin or _EPOCH
    run: list[Price] = []
    slot = 0
    for piece in _pieces(lane, resolution, base):
        place = (piece.start - base) // resolution
        # A mean covers pieces of one slot that follow each other without a gap, in the same currency.
        if run and (place != slot or run[-1].end != piece.start or run[-1].currency != piece.currency):
            yield _mean(run)
            run = []
        run.append(piece)
        slot = place
    if run:
        yield _mean(run)


def _pieces(lane: Sequence[Price], step: timedelta, origin: datetime) -> Iterator[Price]:
    """Cut every price at the lines of the grid."""
    for price in lane:
        start = price.start
        while (line := origin + ((start - origin) // step + 1) * step) < price.end:
            yield _cut(price, start, line)
            start = line
        yield _cut(price, start, price.end)


def _mean(run: Sequence[Price]) -> Price:
    """One price for pieces that follow each other without a gap."""
    if len(run) == 1:
        return run[0]
    # Whole microseconds, since a Decimal times an int is exact and times a float is not even allowed.
    weights = [(price.end - price.start) // _TICK for price in run]
    return Price(
        start=run[0].start,
        end=run[-1].end,
        channel=run[0].channel,
        per_kwh=_weighted([price.per_kwh for price in run], weights),
        currency=run[0].currency,
        tax_included=_agreed([price.tax_included for price in run]),
        # A slot that is partly past and partly ahead is running.
        kind=_agreed([price.kind for price in run]) or PriceKind.CURRENT,
        estimate=_estimate(run),
        expected_per_kwh=_if_all([price.expected_per_kwh for price in run], weights),
        low=_if_all([price.low for price in run], weights),
        high=_if_all([price.high for price in run], weights),
        spot_per_kwh=_if_all([price.spot_per_kwh for price in run], weights),
        renewables_pct=_if_all([price.renewables_pct for price in run], weights),
        spike=_any([price.spike for price in run]),
        demand_window=_any([price.demand_window for price in run]),
        raw=tuple(price.raw for price in run),
    )


def _weighted(values: Sequence[_Number], weights: Sequence[int]) -> _Number:
    """The mean of values, each weighted by its duration."""
    if len(set(values)) == 1:
        return values[0]  # dividing a product again could round it
    total: Any = sum(value * weight for value, weight in zip(values, weights, strict=True))
    mean: _Number = total / sum(weights)
    return mean


def _if_all(values: Sequence[_Number | None], weights: Sequence[int]) -> _Number | None:
    """The mean of a figure that every piece has, else None."""
    known = [value for value in values if value is not None]
    return _weighted(known, weights) if len(known) == len(weights) else None


def _agreed(values: Sequence[_T]) -> _T | None:
    """The value if all have the same, else None."""
    return values[0] if all(value == values[0] for value in values) else None


def _any(values: Sequence[bool | None]) -> bool | None:
    """True if any is True; False only if all are False."""
    if any(values):
        return True
    return None if None in values else False


def _estimate(run: Sequence[Price]) -> bool | None:
    """Whether a mean may still change: if any part of it may, or is still ahead."""
    coming = [price.kind is PriceKind.FORECAST for price in run]
    if any(coming) and not all(coming):
        return True
    return _any([price.estimate for price in run])
