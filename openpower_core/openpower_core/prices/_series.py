"""A series of prices: sorted, without overlaps; gaps stay gaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias, overload
from zoneinfo import ZoneInfo

from openpower_core.checks import Span, aware, aware_or_none, instant, one_of, or_none, span, zone
from openpower_core.errors import InvalidValue
from openpower_core.prices._grid import Grid
from openpower_core.prices._lanes import BY_START, FOREVER, cheapest, end_of, firmest, lane_by_clock, resampled, within
from openpower_core.prices._nouns import Gap, Price, columns_of
from openpower_core.prices._words import Channel

if TYPE_CHECKING:
    from openpower_core.checks import Zone

_Lane: TypeAlias = tuple[Channel, str | None]

HORIZON: Final = timedelta(days=2)
"""How far a price without an end, or with a far one, is cut into pieces where no end is asked for."""


def _lanes(series: Iterable[Price]) -> Mapping[_Lane, list[Price]]:
    """The prices of each channel and register, in the order of :class:`Channel`."""
    found: dict[_Lane, list[Price]] = {}
    for price in series:
        lane = (price.channel, price.register)
        if lane in found:
            found[lane].append(price)
        else:
            found[lane] = [price]
    order = list(Channel)
    # Here, and not for each price: a plain word equals its member, but is not the same where identity counts.
    lanes = {(one_of(Channel, channel, "channel"), register): prices for (channel, register), prices in found.items()}
    return {lane: lanes[lane] for lane in sorted(lanes, key=lambda lane: (order.index(lane[0]), lane[1] or ""))}


def _merged(lanes: Mapping[_Lane, Sequence[Price]]) -> tuple[Price, ...]:
    # Sorting is stable, so that channels keep their order where intervals start together.
    return tuple(sorted(chain.from_iterable(lanes.values()), key=BY_START))


def _check_currency(prices: Iterable[Price]) -> None:
    if len(currencies := {price.currency for price in prices}) > 1:
        raise InvalidValue(
            f"A series has one currency; these prices have {' and '.join(sorted(currencies))}.",
            hint="Make a series for each.",
        )


def _check(lane: Sequence[Price]) -> None:
    """Refuse intervals of one channel that are empty or overlap."""
    end = None
    for price in lane:
        start = price.start
        if end is not None and start < end:
            raise InvalidValue(
                f"Two {price.channel} prices overlap at {start.isoformat()}.",
                hint="A series holds one price per instant and channel.",
            )
        end = price.end or FOREVER
        if end <= start:
            raise InvalidValue(f"The price at {start.isoformat()} ends at {end.isoformat()}, not after it.")


class PriceSeries(Sequence[Price]):
    """An immutable sequence of prices in time order, at most one per instant, channel and register, in one currency.

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

    Args:
        prices: in any order.
        start: the beginning of the range that was asked for.
        end: its end; None is open.
        tz: the zone of the home, whose midnight grids begin at.
        gaps: what of the range could not be had, and why.
        next_published_at: when the retailer publishes the next prices, where that is known.

    Raises:
        InvalidValue: two prices of one channel overlap, one ends before it starts, or they have two currencies.
    """

    __slots__ = ("_lanes", "_prices", "_starts", "end", "gaps", "next_published_at", "start", "tz")

    def __init__(
        self,
        prices: Iterable[Price] = (),
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        tz: Zone | None = None,
        gaps: Iterable[Gap] = (),
        next_published_at: datetime | None = None,
    ) -> None:
        self._lanes = {lane: sorted(found, key=BY_START) for lane, found in _lanes(prices).items()}
        for found in self._lanes.values():
            _check(found)
        self._prices = _merged(self._lanes)
        self._starts: dict[_Lane, list[datetime]] = {}
        _check_currency(self._prices)
        self.start, self.end = aware_or_none(start), aware_or_none(end)
        self.tz: ZoneInfo | None = None if tz is None else ZoneInfo(zone(tz, "tz"))
        self.gaps = tuple(gaps)
        self.next_published_at = aware_or_none(next_published_at)

    @classmethod
    def firmest(cls, prices: Iterable[Price], **about: Any) -> PriceSeries:
        """Join prices that may overlap, such as those of several responses: the firmest applies.

        Settled before current before forecast; then what is no estimate, then the shorter interval, then
        what comes later. What is covered in part is cut, so that no instant has two prices or loses one.

        Args:
            prices: in any order.
            about: the other arguments of a series.
        """
        lanes = {lane: firmest(found) for lane, found in _lanes(prices).items()}
        made = cls(**about)._like(lanes)  # noqa: SLF001
        _check_currency(made)
        return made

    def _like(self, lanes: Mapping[_Lane, list[Price]], **changes: Any) -> PriceSeries:
        """Other prices, each channel's in order and without overlaps, with what else this series says."""
        about: dict[str, Any] = {
            name: getattr(self, name) for name in ("start", "end", "tz", "gaps", "next_published_at")
        }
        made = PriceSeries(**about | changes)
        made._lanes = {lane: found for lane, found in lanes.items() if found}
        # A year of which nothing is cut off is not merged again.
        same = lanes.keys() == self._lanes.keys() and all(found is self._lanes[lane] for lane, found in lanes.items())
        made._prices = self._prices if same else _merged(lanes)
        return made

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of its prices: import, controlled load, export."""
        return tuple(dict.fromkeys(channel for channel, _ in self._lanes))

    @property
    def currency(self) -> str | None:
        """The currency of its prices; None if it has none."""
        return self._prices[0].currency if self._prices else None

    @property
    def known_until(self) -> datetime | None:
        """Until when the prices of all its channels are known; None if without end, and if it has no prices."""
        last = min((end_of(lane[-1]) for lane in self._lanes.values()), default=FOREVER)
        return None if last == FOREVER else last

    def on(self, channel: Channel | str, register: str | None = None) -> PriceSeries:
        """The prices of one channel, and of one of its registers if it is named."""
        channel = one_of(Channel, channel, "channel")
        chosen = [lane for lane in self._lanes if lane[0] is channel and register in (None, lane[1])]
        return self._like({lane: self._lanes[lane] for lane in chosen})

    def between(self, start: datetime, end: datetime | None) -> PriceSeries:
        """The prices that apply at some instant of ``[start, end)``, each with its whole interval; an end of None is open."""
        start, end = instant(start, "start"), or_none(instant)(end, "end")
        lanes = {lane: within(found, start, end or FOREVER) for lane, found in self._lanes.items()}
        return self._like(lanes, start=start, end=end)

    def at(self, time: datetime, channel: Channel | str | None = None, *, register: str | None = None) -> Price | None:
        """The price that applies at an instant; None where the series has a gap.

        Args:
            time: the instant, in any zone.
            channel: None means the only channel of the series, or IMPORT if it has several.
            register: the register of the meter; None means the only one, or the first.
        """
        time = aware(time, "time")
        lane = self._lane(channel, register)
        if lane is None:
            return None
        if (starts := self._starts.get(lane)) is None:
            starts = self._starts[lane] = [price.start for price in self._lanes[lane]]
        place = bisect_right(starts, time) - 1
        price = self._lanes[lane][place] if place >= 0 else None
        return price if price is not None and (price.end is None or time < price.end) else None

    def _lane(self, channel: Channel | str | None, register: str | None) -> _Lane | None:
        if channel is None:
            channels = self.channels
            channel = channels[0] if len(channels) == 1 else Channel.IMPORT
        elif channel.__class__ is not Channel:
            channel = one_of(Channel, channel, "channel")
        return next((lane for lane in self._lanes if lane[0] is channel and register in (None, lane[1])), None)

    def resample(
        self, resolution: Span, *, whole: bool = False, origin: datetime | None = None, tz: Zone | None = None
    ) -> PriceSeries:
        """The same prices on another grid, as time-weighted means, channel by channel.

        It has the cells that overlap the range that was asked for. The money stays the same: an interval that crosses a line of
        the grid is cut there, and each part keeps its price. A gap stays a gap, so a cell beside one is shorter than ``resolution``.
        A mean is SETTLED or FORECAST only if all of it is, else CURRENT; it is an estimate if any of it may still change, where
        a price that is firm is its own expectation; and it has a figure (band, spot, renewables …) only if all its parts have.

        Args:
            resolution: the grid's step (a timedelta, or seconds): at most a day, or whole days.
            whole: leave out the cells of which a part is not known.
            origin: an instant that lies on the grid, for one that knows no wall clock.
            tz: the zone whose midnights begin the grid; None is the home's. Where that is not known either, it is UTC's. A day
                on which the clock changes has 23 or 25 hours.

        Raises:
            InvalidValue: a price has no end, and no end was asked for.
        """
        step = span(resolution, "resolution", above=True)
        home = self.tz if tz is None else ZoneInfo(zone(tz, "tz"))
        grid = Grid(step, zone=home, origin=None if origin is None else instant(origin, "origin"))
        if not self._prices:
            return self
        start = self._prices[0].start if self.start is None else self.start
        end = self.end or max(end_of(lane[-1]) for lane in self._lanes.values())
        if end == FOREVER:
            raise InvalidValue(
                "a price without an end has no end on a grid either.", hint="Name one: between(start, end)."
            )
        start, end = grid.floor(start), grid.ceil(end)
        return self._like(
            {lane: resampled(found, grid, start, end, whole=whole) for lane, found in self._lanes.items()}
        )

    def select(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        channel: Channel | str | None = None,
        resolution: Span | None = None,
        *,
        now: datetime | None = None,
        register: str | None = None,
    ) -> PriceSeries:
        """What a retailer's ``prices`` returns of all known prices; see its arguments there.

        Args:
            start: None is ``now``.
            end: None is the end of the series.
            channel: None is all of them.
            resolution: None leaves the intervals as they are.
            now: the retailer's clock, by which prices are settled, current or forecasts; None leaves them as they are.
            register: one register of the channel.
        """
        chosen = self if channel is None else self.on(channel, register)
        start = start or now or self.start
        if start is None and chosen:
            start = chosen[0].start
        if start is None:
            return chosen
        if resolution is not None:
            until = end = end or chosen.horizon(start)
            grid = Grid(span(resolution, "resolution", above=True), zone=self.tz)
            chosen = chosen.between(grid.floor(instant(start, "start")), grid.ceil(until)).resample(resolution)
        chosen = chosen.between(start, end)
        if now is None:
            return chosen
        return chosen._like({lane: lane_by_clock(found, now) for lane, found in chosen._lanes.items()})  # noqa: SLF001

    def horizon(self, start: datetime) -> datetime:
        """Where prices end that were asked for without an end: a price that lasts long, or without end, is cut after two days."""
        ends = [start]
        for lane in self._lanes.values():
            last = lane[-1]
            far = max(last.start, start) + HORIZON
            ends.append(min(end_of(last), far))
        return max(ends)

    def cheapest(
        self,
        duration: Span,
        *,
        contiguous: bool = True,
        after: datetime | None = None,
        before: datetime | None = None,
        channel: Channel | str | None = None,
        register: str | None = None,
        highest: bool = False,
    ) -> PriceSeries | None:
        """The cheapest time of a length, by :attr:`Price.best_per_kwh`, as the prices that apply in it; None if there is none.

        >>> from datetime import UTC, datetime, timedelta
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> series = PriceSeries(
        ...     Price(start=noon + timedelta(hours=n), end=noon + timedelta(hours=n + 1), per_kwh=cost, currency="AUD")
        ...     for n, cost in enumerate(["0.30", "0.10", "0.20"])
        ... )
        >>> window = series.cheapest(timedelta(minutes=90))
        >>> window.start.time(), window.end.time()
        (datetime.time(13, 0), datetime.time(14, 30))

        Args:
            duration: how long (a timedelta, or seconds).
            contiguous: one window without a gap; False for the cheapest pieces, wherever they are.
            after: it may begin here; None is the beginning of the range that was asked for, which is now for ``prices()``.
            before: it has to end by here; None is the end of the range.
            channel: None means the only channel of the series, or IMPORT if it has several.
            register: the register of the meter; None means the only one, or the first.
            highest: the highest prices instead, such as for export, where a price is what you are paid.
        """
        length = span(duration, "duration", above=True)
        lane = self._lane(channel, register)
        if lane is None:
            return None
        prices = self._lanes[lane]
        start = instant(after, "after") if after else self.start or prices[0].start
        end = instant(before, "before") if before else self.end or self.horizon(start)
        found = cheapest(prices, length, start, end, contiguous=contiguous, highest=highest)
        return None if found is None else self._like({lane: found}, start=found[0].start, end=found[-1].end)

    def columns(self) -> dict[str, list[Any]]:
        """The prices as columns, for tables: UTC datetimes, Decimals, words; see :func:`openpower.to_frame`."""
        return columns_of(Price, self._prices)

    @overload
    def __getitem__(self, index: int) -> Price: ...
    @overload
    def __getitem__(self, index: slice) -> PriceSeries: ...
    def __getitem__(self, index: int | slice) -> Price | PriceSeries:
        if isinstance(index, slice):
            return self._like(_lanes(sorted(self._prices[index], key=BY_START)))
        return self._prices[index]

    def __iter__(self) -> Iterator[Price]:
        return iter(self._prices)

    def __len__(self) -> int:
        return len(self._prices)

    def __eq__(self, other: object) -> bool:
        return self._prices == other._prices if isinstance(other, PriceSeries) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._prices)

    def __repr__(self) -> str:
        if not self._prices:
            return "PriceSeries()"
        last = max(end_of(lane[-1]) for lane in self._lanes.values())
        span = f"{self._prices[0].start.isoformat()} to {'further notice' if last == FOREVER else last.isoformat()}"
        return f"<PriceSeries of {len(self)}: {', '.join(self.channels)}; {span}>"
