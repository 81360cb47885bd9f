"""A series of prices: sorted, without overlaps, and honest about its gaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, overload

from openpower_core.checks import aware
from openpower_core.errors import InvalidValue
from openpower_core.prices._nouns import Channel, Price
from openpower_core.prices._overlap import firmest
from openpower_core.prices._resample import resampled

if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = ["PriceSeries"]

_ORDER = {channel: place for place, channel in enumerate(Channel)}


def _by_time(price: Price) -> tuple[datetime, int]:
    return price.start, _ORDER[price.channel]


def _check(lane: Sequence[Price]) -> None:
    """Refuse intervals of one channel that are empty or overlap."""
    for price in lane:
        if price.end <= price.start:
            raise InvalidValue(f"The price at {price.start.isoformat()} ends at {price.end.isoformat()}, not after it.")
    for earlier, later in pairwise(lane):
        if later.start < earlier.end:
            raise InvalidValue(
                f"Two {later.channel} prices overlap at {later.start.isoformat()}.",
                hint="A series holds one price per moment and channel.",
            )


class PriceSeries(Sequence[Price]):
    """An immutable sequence of prices in time order, at most one per moment and channel.

    Intervals may differ in length, and there may be gaps: what is not known is not made up.
    Slices are series again.

    >>> from datetime import UTC, datetime, timedelta
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> half = timedelta(minutes=30)
    >>> series = PriceSeries(
    ...     Price(start=noon + n * half, end=noon + (n + 1) * half, per_kwh=Decimal(cost), currency="AUD")
    ...     for n, cost in enumerate(["0.30", "0.10"])
    ... )
    >>> series.at(noon + half).per_kwh
    Decimal('0.10')
    >>> [str(price.per_kwh) for price in series.resample(2 * half)]
    ['0.20']

    Raises:
        InvalidValue: two prices of one channel overlap, or one ends before it starts.
    """

    __slots__ = ("_lanes", "_prices", "_starts")

    def __init__(self, prices: Iterable[Price] = ()) -> None:
        self._prices = tuple(sorted(prices, key=_by_time))
        lanes: dict[Channel, list[Price]] = {}
        for price in self._prices:
            lanes.setdefault(price.channel, []).append(price)
        for lane in lanes.values():
            _check(lane)
        self._lanes = {channel: lanes[channel] for channel in Channel if channel in lanes}
        self._starts = {channel: [price.start for price in lane] for channel, lane in self._lanes.items()}

    @classmethod
    def firmest(cls, prices: Iterable[Price]) -> PriceSeries:
        """Join prices that may overlap, such as those of several answers: the firmest holds.

        Settled before current before forecast; then what is no estimate, then the shorter interval, then
        what comes later. What is covered in part is cut, so that no moment has two prices or loses one.
        """
        lanes: dict[Channel, list[Price]] = {}
        for price in prices:
            lanes.setdefault(price.channel, []).append(price)
        return cls(price for lane in lanes.values() for price in firmest(lane))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that it holds prices of: import, controlled load, export."""
        return tuple(self._lanes)

    def on(self, channel: Channel) -> PriceSeries:
        """The prices of one channel."""
        return PriceSeries(self._lanes.get(channel, ()))

    def between(self, start: datetime, end: datetime) -> PriceSeries:
        """The prices that hold at some moment of ``[start, end)``, each with its whole interval."""
        start, end = aware(start), aware(end)
        return PriceSeries(p for p in self._prices if p.start < end and start < p.end)

    def at(self, time: datetime, channel: Channel | None = None) -> Price | None:
        """The price that holds at a moment; None where the series has a gap.

        Args:
            time: the moment, in any zone.
            channel: which one; None is the only one that the series holds, and IMPORT in one of several.
        """
        time = aware(time)
        if channel is None:
            channel = self.channels[0] if len(self._lanes) == 1 else Channel.IMPORT
        if channel not in self._lanes:
            return None
        place = bisect_right(self._starts[channel], time) - 1
        price = self._lanes[channel][place] if place >= 0 else None
        return price if price is not None and time < price.end else None

    def resample(self, resolution: timedelta, *, origin: datetime | None = None) -> PriceSeries:
        """The same prices on another grid, as time-weighted means, channel by channel.

        The money stays the same: an interval that crosses a line of the grid is cut there, and each
        part keeps its price. A gap stays a gap, so an interval beside one is shorter than ``resolution``.
        A mean is SETTLED or FORECAST only if all of it is, else CURRENT; it is an estimate if any of it
        may still change; and it has a figure (band, spot, renewables …) only where all of it has.

        Args:
            resolution: the grid's step.
            origin: a moment that lies on the grid; None is midnight UTC, so give a local midnight for
                days, and for hours in a zone that is off by half an hour.
        """
        return PriceSeries(
            price
            for lane in self._lanes.values()
            for price in resampled(lane, resolution, None if origin is None else aware(origin))
        )

    def select(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
        *,
        now: datetime,
    ) -> PriceSeries:
        """What a retailer's ``prices`` gives of everything that it knows; see its arguments there.

        Args:
            start: None is ``now``.
            end: None is the end of the series.
            channel: None is all of them.
            resolution: None leaves the intervals as they are.
            now: the retailer's clock.
        """
        last = max((price.end for price in self._prices), default=now)
        chosen = self.between(start or now, end or last)
        chosen = chosen if channel is None else chosen.on(channel)
        return chosen if resolution is None else chosen.resample(resolution)

    @overload
    def __getitem__(self, index: int) -> Price: ...
    @overload
    def __getitem__(self, index: slice) -> PriceSeries: ...
    def __getitem__(self, index: int | slice) -> Price | PriceSeries:
        if isinstance(index, slice):
            return PriceSeries(self._prices[index])
        return self._prices[index]

    def __len__(self) -> int:
        return len(self._prices)

    def __eq__(self, other: object) -> bool:
        return self._prices == other._prices if isinstance(other, PriceSeries) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._prices)

    def __repr__(self) -> str:
        if not self._prices:
            return "PriceSeries()"
        last = max(price.end for price in self._prices)
        span = f"{self._prices[0].start.isoformat()} to {last.isoformat()}"
        return f"<PriceSeries of {len(self)}: {', '.join(self.channels)}; {span}>"
