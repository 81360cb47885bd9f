"""One price per moment, where several are known: the firmest of them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from attrs import evolve

from openpower_core.prices._nouns import PriceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from openpower_core.prices._nouns import Price

__all__ = ["firmest"]

_FIRMNESS = {PriceKind.SETTLED: 0, PriceKind.CURRENT: 1, PriceKind.FORECAST: 2}


def firmest(prices: Sequence[Price]) -> Iterator[Price]:
    """Make prices of one channel, in any order, into ones that do not overlap, in time order.

    At each moment the settled price holds before the current one and that before a forecast; then what is
    no estimate, then the shorter interval, then what comes later in the list. What is covered in part is cut.
    """
    ranked = [(price.start, _rank(price, -place), price) for place, price in enumerate(prices)]
    ranked.sort(key=lambda each: each[:2])
    lines = sorted({moment for price in prices for moment in (price.start, price.end)})
    waiting = iter(ranked)
    coming = next(waiting, None)
    open_: list[tuple[tuple[int, bool, timedelta, int], Price]] = []
    current: tuple[Price, datetime] | None = None
    for line in lines:
        while coming is not None and coming[0] <= line:
            heappush(open_, (coming[1], coming[2]))
            coming = next(waiting, None)
        while open_ and open_[0][1].end <= line:
            heappop(open_)
        best = open_[0][1] if open_ else None
        if current is not None and current[0] is not best:
            yield _cut(*current, line)
            current = None
        if current is None and best is not None:
            current = best, line


def _rank(price: Price, place: int) -> tuple[int, bool, timedelta, int]:
    """What sorts first is the firmest; the place makes every rank a different one."""
    return (_FIRMNESS[price.kind], price.estimate is not False, price.end - price.start, place)


def _cut(price: Price, start: datetime, end: datetime) -> Price:
    if (price.start, price.end) == (start, end):
        return price
    return evolve(price, start=start, end=end)
