"""A series of prices: sorted, without overlaps; gaps stay gaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, pairwise
from typing import overload

from openpower_core.checks import Span, aware, instant, one_of, span
from openpower_core.errors import InvalidValue
from openpower_core.prices._lanes import BY_START, firmest, resampled
from openpower_core.prices._nouns import Channel, Price


def _lanes(prices: Iterable[Price]) -> Mapping[Channel, list[Price]]:
    """The prices of each channel, in the order of :class:`Channel`."""
    found: dict[Channel, list[Price]] = {}
    for price in prices:
        found.setdefault(price.channel, []).append(price)
    return {channel: found[channel] for channel in Channel if channel in found}


def _check(lane: Sequence[Price]) -> None:
    """Refuse intervals of one channel that are empty or overlap."""
    for price in lane:
        if price.end <= price.start:
            raise InvalidValue(f"The price at {price.start.isoformat()} ends at {price.end.isoformat()}, not after it.")
    for earlier, later in pairwise(lane):
        if later.start < earlier.end:
            raise InvalidValue(
                f"Two {later.channel} prices overlap at {later.start.isoformat()}.",
                hint="A series holds one price per instant and channel.",
            )


class PriceSeries(Sequence[Price]):
    """An immutable sequence of prices in time order, at most one per instant and channel.

    Intervals may differ in length, and there may be gaps: missing prices are not filled in.
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

    __slots__ = ("_lanes", "_prices")

    def __init__(self, prices: Iterable[Price] = ()) -> None:
        self._lanes = {channel: sorted(lane, key=BY_START) for channel, lane in _lanes(prices).items()}
        for lane in self._lanes.values():
            _check(lane)
        # Sorting is stable, so that channels keep their order where intervals start together.
        self._prices = tuple(sorted(chain.from_iterable(self._lanes.values()), key=BY_START))

    @classmethod
    def firmest(cls, prices: Iterable[Price]) -> PriceSeries:
        """Join prices that may overlap, such as those of several responses: the firmest applies.

        Settled before current before forecast; then what is no estimate, then the shorter interval, then
        what comes later. What is covered in part is cut, so that no instant has two prices or loses one.
        """
        return cls(chain.from_iterable(map(firmest, _lanes(prices).values())))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of its prices: import, controlled load, export."""
        return tuple(self._lanes)

    @property
    def _end(self) -> datetime | None:
        """Where the last interval of any channel ends."""
        return max((lane[-1].end for lane in self._lanes.values()), default=None)

    def on(self, channel: Channel | str) -> PriceSeries:
        """The prices of one channel."""
        return PriceSeries(self._lanes.get(one_of(Channel, channel, "channel"), ()))

    def between(self, start: datetime, end: datetime) -> PriceSeries:
        """The prices that apply at some instant of ``[start, end)``, each with its whole interval."""
        start, end = instant(start, "start"), instant(end, "end")
        return PriceSeries([price for price in self._prices if price.start < end and start < price.end])

    def at(self, time: datetime, channel: Channel | str | None = None) -> Price | None:
        """The price that applies at an instant; None where the series has a gap.

        Args:
            time: the instant, in any zone.
            channel: None means the only channel of the series, or IMPORT if it has several.
        """
        time = aware(time, "time")
        if channel is None:
            channel = self.channels[0] if len(self._lanes) == 1 else Channel.IMPORT
        lane = self._lanes.get(one_of(Channel, channel, "channel"), ())
        place = bisect_right(lane, time, key=BY_START) - 1
        price = lane[place] if place >= 0 else None
        return price if price is not None and time < price.end else None

    def resample(self, resolution: Span, *, origin: datetime | None = None) -> PriceSeries:
        """The same prices on another grid, as time-weighted means, channel by channel.

        The money stays the same: an interval that crosses a line of the grid is cut there, and each
        part keeps its price. A gap stays a gap, so an interval beside one is shorter than ``resolution``.
        A mean is SETTLED or FORECAST only if all of it is, else CURRENT; it is an estimate if any of it
        may still change; and it has a figure (band, spot, renewables …) only if all its parts have.

        Args:
            resolution: the grid's step (a timedelta, or seconds).
            origin: an instant that lies on the grid; None is midnight UTC, so give a local midnight for
                days, and for hours in a zone that is off by half an hour.
        """
        base = None if origin is None else instant(origin, "origin")
        step = span(resolution, "resolution", above=True)
        return PriceSeries(chain.from_iterable(resampled(lane, step, base) for lane in self._lanes.values()))

    def select(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        channel: Channel | str | None = None,
        resolution: Span | None = None,
        *,
        now: datetime,
    ) -> PriceSeries:
        """What a retailer's ``prices`` returns of all known prices; see its arguments there.

        Args:
            start: None is ``now``.
            end: None is the end of the series.
            channel: None is all of them.
            resolution: None leaves the intervals as they are.
            now: the retailer's clock.
        """
        chosen = self.between(now if start is None else start, (self._end or now) if end is None else end)
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
        if self._end is None:
            return "PriceSeries()"
        span = f"{self._prices[0].start.isoformat()} to {self._end.isoformat()}"
        return f"<PriceSeries of {len(self)}: {', '.join(self.channels)}; {span}>"
