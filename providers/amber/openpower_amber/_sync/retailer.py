# Generated from retailer.py by openpower_testing; do not edit.
"""The unified retailer for asyncio: one site of Amber in openpower's words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_amber._ranges import explain_no_usage, in_range, wanted
from openpower_amber.mapping import price_to_grid_mix, running, to_grid_mix, to_series, to_usages
from openpower_amber.nemtime import nem_days
from openpower_amber.sites import capabilities_of, channels_of, state_of, to_info
from openpower_core.provider import BaseRetailer, Channel, Feature, PartialData, SharedFetch, Unsupported

if TYPE_CHECKING:
    from datetime import datetime

    from openpower_amber._sync.client import Amber
    from openpower_amber.models import Interval, Site, State
    from openpower_core.provider import Context, GridMix, Price, PriceSeries, Usage

__all__ = ["AmberRetailer"]

HORIZON: Final = 500
"""Intervals to ask for per channel: more than any forecast holds, and three channels of it are allowed."""

CURRENT_KEPT: Final = timedelta(seconds=10)
"""How long the running price is kept: asked for ever so often, it takes at most 30 of 50 calls."""


class AmberRetailer(BaseRetailer):
    """Prices, usage and renewables of one site.

    Args:
        native: the client, for this site.
        site: the site.
        site_id: its id.
        context: the connection's surroundings.
        state: the state, where the user told it.
    """

    def __init__(
        self, native: Amber, site: Site, site_id: str, context: Context, *, state: State | None = None
    ) -> None:
        self._state = state or state_of(site)
        self._channels = channels_of(site)
        super().__init__(
            to_info(site, site_id, context.tz),
            capabilities=capabilities_of(site, self._state),
            native=native,
            context=context,
        )
        self._site = site
        self._api = native
        self._clock = context.clock
        self._running = SharedFetch(native.get_current_prices, max_age=CURRENT_KEPT, clock=context.clock)

    @property
    def native(self) -> Amber:
        """Amber's own API, for this site."""
        return self._api

    def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The price of the running interval; an estimate for some 30 seconds after it began."""
        self._check_channel(channel, Feature.CURRENT_PRICE)
        kept = self._running.get()
        price = running(kept.value, channel)
        if price is not None and kept.received_at < price.end <= self._clock.now():
            price = running(self._running.get(timedelta(0)).value, channel)
        if price is None:
            raise PartialData(
                f"Amber has no current {channel} price.",
                provider="amber",
                device_id=self.info.id,
                operation="current_price",
                hint="It happens while the market's own data is late; ask again in a minute.",
            )
        return price

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices that hold at some moment of ``[start, end)``, with their whole intervals.

        Without times, from the running interval to the end of the forecast. What Amber does not know, or no
        longer, is a gap.

        Args:
            start: None is now.
            end: None is the end of the forecast.
            channel: None is all that the site has.
            resolution: brings them to one grid, as time-weighted means; None leaves them as they came:
                billed intervals, and half hours from the next hour on.
        """
        if channel is not None:
            self._check_channel(channel, Feature.PRICES)
        now = self._clock.now()
        series = to_series(self._intervals(start, end))
        return series.select(start, end, channel, resolution, now=now)

    def usage(self, start: datetime, end: datetime, *, channel: Channel | None = None) -> list[Usage]:
        """What was metered in the intervals that begin in ``[start, end)``; an empty list is none.

        A range that Amber has in part gives that part.

        Raises:
            NotPublishedYet: a day's usage comes on the day after it.
            NoLongerKept: it is kept for some 90 days.
        """
        if channel is not None:
            self._check_channel(channel, Feature.USAGE)
        if start >= end:
            return []
        found = in_range(to_usages(self._api.get_usage(*nem_days(start, end))), start, end)
        if not found:
            explain_no_usage(self._site, start, end, self._clock.now())
        return [usage for usage in found if channel is None or usage.channel is channel]

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast.

        The past comes from the shares that Amber tells with each price.
        """
        now = self._clock.now()
        if self._state is None or (start is not None and start < now):
            lane = _longest(self.prices(start, end))
            return [price_to_grid_mix(price) for price in lane]
        records = self._api.get_current_renewables(self._state, 0, HORIZON)
        mixes = [mix for mix in map(to_grid_mix, records) if mix is not None]
        first = start or now
        return [mix for mix in mixes if first < mix.end and (end is None or mix.start < end)]

    def _intervals(self, start: datetime | None, end: datetime | None) -> list[Interval]:
        asked = wanted(start, end, self._clock.now())
        found: list[Interval] = []
        if asked.days is not None:
            found += self._api.get_prices(*asked.days)
        if asked.forecast:
            found += self._api.get_current_prices(next=HORIZON)
        return found

    def _check_channel(self, channel: Channel, feature: Feature) -> None:
        """Refuse a channel that the site's meter has not, before anything is asked."""
        if channel not in self._channels and self._channels:
            raise Unsupported(
                f"this site has no {channel} channel; nothing was sent.",
                feature=feature,
                alternatives=sorted(self._channels),
                provider="amber",
                device_id=self.info.id,
            )


def _longest(series: PriceSeries) -> PriceSeries:
    """The prices of the channel that has most; the share of renewables is the same on all."""
    return max((series.on(channel) for channel in series.channels), key=len, default=series)
