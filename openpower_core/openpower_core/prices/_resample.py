"""Time-weighted means of the prices of one channel, on a grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from openpower_core.errors import InvalidValue
from openpower_core.prices._nouns import Price, PriceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["resampled"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

_T = TypeVar("_T")
_Number = TypeVar("_Number", Decimal, float)


def resampled(lane: Sequence[Price], resolution: timedelta, origin: datetime | None) -> Iterator[Price]:
    """Bring sorted prices of one channel to a grid; see :meth:`PriceSeries.resample`."""
    if resolution <= timedelta(0):
        raise InvalidValue(f"A resolution of {resolution} is no step.", hint="Give a positive one.")
    run: list[Price] = []
    for piece in _pieces(lane, resolution, origin or _EPOCH):
        if run and not _same_cell(run[-1], piece, resolution, origin or _EPOCH):
            yield _mean(run)
            run = []
        run.append(piece)
    if run:
        yield _mean(run)


def _pieces(lane: Sequence[Price], step: timedelta, origin: datetime) -> Iterator[Price]:
    """Cut every price at the lines of the grid."""
    for price in lane:
        start = price.start
        while (line := origin + ((start - origin) // step + 1) * step) < price.end:
            yield evolve(price, start=start, end=line)
            start = line
        yield price if start == price.start else evolve(price, start=start)


def _same_cell(earlier: Price, later: Price, step: timedelta, origin: datetime) -> bool:
    """Whether two pieces lie in one cell with nothing between them, in the same money."""
    return (
        earlier.end == later.start
        and earlier.currency == later.currency
        and (earlier.start - origin) // step == (later.start - origin) // step
    )


def _mean(run: Sequence[Price]) -> Price:
    """One price for pieces that follow each other without a gap."""
    if len(run) == 1:
        return run[0]
    weights = [(price.end - price.start) // _TICK for price in run]
    return Price(
        start=run[0].start,
        end=run[-1].end,
        channel=run[0].channel,
        per_kwh=_weighted([price.per_kwh for price in run], weights),
        currency=run[0].currency,
        tax_included=_agreed([price.tax_included for price in run]),
        kind=_kind([price.kind for price in run]),
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
    """The mean of values that hold for so long."""
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
    """The value that all share, else None."""
    return values[0] if all(value == values[0] for value in values) else None


def _any(values: Sequence[bool | None]) -> bool | None:
    """True if one is; False only if every one is known to be."""
    if any(values):
        return True
    return None if None in values else False


def _kind(kinds: Sequence[PriceKind]) -> PriceKind:
    """What is over in part and to come in part is running."""
    return _agreed(kinds) or PriceKind.CURRENT


def _estimate(run: Sequence[Price]) -> bool | None:
    """Whether a mean may still change: it does if any part of it may, or has yet to come."""
    coming = [price.kind is PriceKind.FORECAST for price in run]
    if any(coming) and not all(coming):
        return True
    return _any([price.estimate for price in run])
