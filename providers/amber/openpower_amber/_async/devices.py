"""The unified retailer for asyncio, one site of Amber, and the discovery of the sites of an account."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from openpower_amber import mapping
from openpower_amber._async.client import BASE_URL, AsyncAmber
from openpower_amber.client.requests import nem_days, spans, to_state
from openpower_amber.models import Interval, Site, State
from openpower_core import provider as core

T = TypeVar("T")
logger = logging.getLogger("openpower.amber")

HORIZON: Final = 500
"""Intervals to ask for per channel: more than any forecast holds, and three channels of it are allowed."""

SHORTEST: Final = timedelta(minutes=5)
"""The shortest interval that Amber bills."""

CURRENT_KEPT: Final = timedelta(seconds=10)
"""How long the running price is kept: however often you ask, it takes at most 30 of 50 calls."""


class AsyncAmberRetailer(core.AsyncBaseRetailer):
    """Prices, usage and renewables of one site.

    Args:
        native: the client, for this site.
        site: the site.
        site_id: its id.
        context: the connection's clock, time zone and transport.
        state: the state, where the user gave it.
    """

    def __init__(
        self, native: AsyncAmber, site: Site, site_id: str, context: core.Context, *, state: State | None = None
    ) -> None:
        self._state = state or mapping.state_of(site)
        self._channels = mapping.channels_of(site)
        super().__init__(
            mapping.to_info(site, site_id, context.tz),
            capabilities=mapping.capabilities_of(site, self._state),
            native=native,
            context=context,
        )
        self._site = site
        self._api = native
        self._clock = context.clock
        self._running = core.AsyncSharedFetch(native.get_current_prices, max_age=CURRENT_KEPT, clock=context.clock)

    @property
    def native(self) -> AsyncAmber:
        """Amber's own API, for this site."""
        return self._api

    async def current_price(self, channel: core.Channel | str = core.Channel.IMPORT) -> core.Price:
        """The price of the running interval; an estimate for some 30 seconds after it began."""
        channel = core.Channel(channel)
        self._check_channel(channel, core.Feature.CURRENT_PRICE)
        kept = await self._running.get()
        price = mapping.running(kept.value, channel)
        # The interval of the kept answer is over: ask once more. Only once, since Amber itself may be late.
        if price is not None and price.covers(kept.received_at) and not price.covers(self._clock.now()):
            price = mapping.running((await self._running.get(timedelta(0))).value, channel)
        if price is None:
            raise core.PartialData(
                f"Amber has no current {channel} price.",
                provider="amber",
                device_id=self.info.id,
                operation="current_price",
                hint="It happens while the market's own data is late; ask again in a minute.",
            )
        return price

    async def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: core.Channel | str | None = None,
        resolution: core.Span | None = None,
    ) -> core.PriceSeries:
        """Prices that hold at some instant of ``[start, end)``, with their whole intervals.

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
            self._check_channel(channel, core.Feature.PRICES)
        now = self._clock.now()
        first, last = core.grid_range(start or now, end, resolution, self.info.tz)
        series = mapping.to_series(await self._intervals(first, last, by_days=start is not None), tz=self.info.tz)
        return series.select(start, end, channel, resolution, now=now)

    async def usage(
        self, start: datetime, end: datetime, *, channel: core.Channel | str | None = None
    ) -> list[core.Usage]:
        """What was metered in the intervals that begin in ``[start, end)``; an empty list is none.

        A range that Amber has in part gives that part.

        Raises:
            NotPublishedYet: a day's usage comes on the day after it.
            NoLongerKept: it is kept for some 90 days.
        """
        if channel is not None:
            self._check_channel(channel, core.Feature.USAGE)
        if start >= end:
            return []

        async def ask(first: date, last: date) -> list[core.Usage]:
            return mapping.to_usages(await self._api.get_usage(first, last))

        usages = mapping.in_order(await self._in_parts(ask, *nem_days(start, end)))
        # Those that begin in the range, so that neighbouring ranges share none and miss none.
        found = [usage for usage in usages if start <= usage.start < end]
        if not found:
            mapping.explain_no_usage(self._site, start, end, self._clock.now())
        return [usage for usage in found if channel is None or usage.channel is channel]

    async def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[core.GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast.

        The past comes from the shares that Amber sends with each price.
        """
        now = self._clock.now()
        if self._state is None or (start is not None and start < now):
            series = await self.prices(start, end)
            # The share of renewables is the same on all channels; the one with most prices has fewest gaps.
            lane = max((series.on(channel) for channel in series.channels), key=len, default=series)
            return [mapping.price_to_grid_mix(price) for price in lane]
        records = await self._api.get_current_renewables(self._state, 0, HORIZON)
        mixes = [mix for mix in map(mapping.to_grid_mix, records) if mix is not None]
        first = start or now
        return [mix for mix in mixes if first < mix.end and (end is None or mix.start < end)]

    async def _intervals(self, start: datetime, end: datetime | None, *, by_days: bool) -> list[Interval]:
        # The past comes by days, and what is live or to come by the call made for it: Amber advises against the call
        # by days for that, and it has failed late in the evening.
        now = self._clock.now()
        found: list[Interval] = []
        if by_days and start < now:
            days = nem_days(start, now if end is None else min(end, now))
            found += await self._in_parts(self._api.get_prices, *days)
        if end is None or end > now:
            # Of a grid's running cell, the intervals that are over.
            over = 0 if by_days else -((start - now) // SHORTEST)
            found += await self._api.get_current_prices(previous=over, next=HORIZON)
        return found

    async def _in_parts(self, ask: Callable[[date, date], Awaitable[list[T]]], first: date, last: date) -> list[T]:
        """The answers to calls of seven days; where one cannot be read, of its single days, so that only the bad one is a gap."""
        found: list[T] = []
        gaps = core.Gaps(logger, f"{core.mask(self.info.id)}: ")
        weeks = dict(spans(first, last))
        for week in gaps.among([*weeks]):
            try:
                found += await ask(week, weeks[week])
            except core.ACCOUNT_ERRORS:
                raise
            except core.OpenPowerError as error:
                garbled = isinstance(error, core.DataError) and week < weeks[week]
                for day, _ in spans(week, weeks[week], days=1):
                    with gaps.attempt(day):
                        if not garbled:
                            raise
                        found += await ask(day, day)
        gaps.check(found)
        return found

    def _check_channel(self, channel: core.Channel | str, feature: core.Feature) -> None:
        """Refuse a channel that the site's meter does not have, before any request."""
        if channel not in self._channels and self._channels:
            raise core.Unsupported(
                f"this site has no {channel} channel; nothing was sent.",
                feature=feature,
                alternatives=sorted(self._channels),
                provider="amber",
                device_id=self.info.id,
            )


def connect(
    context: core.Context,
    *,
    token: str | core.Secret,
    site: str | None = None,
    state: State | str | None = None,
    wait: bool | timedelta | None = None,
) -> AsyncAmberBackend:
    """Make the backend of a connection, without any request."""
    native = AsyncAmber(
        token,
        site,
        base_url=context.url(BASE_URL),
        allow_http=context.allow_http,
        timeout=context.timeout,
        transport=context.transport,
        wait=wait,
        clock=context.clock,
    )
    return AsyncAmberBackend(native, context, state=None if state is None else to_state(state))


class AsyncAmberBackend(core.AsyncBaseBackend[AsyncAmber]):
    """The sites of one account, or the one that ``site=`` names."""

    def __init__(self, native: AsyncAmber, context: core.Context, *, state: State | None) -> None:
        super().__init__(native, context)
        self._state = state

    async def discover(self) -> list[core.AsyncDevice]:
        """Ask for the sites; closed and pending ones are listed, and used only when named."""
        sites = await self.native.list_sites()
        wanted = self.native.site
        found: list[core.AsyncDevice] = []
        for site_id, site in mapping.addressable(sites, wanted):
            with self.parts.attempt(f"site {core.mask(site_id)}"):
                found.append(self._retailer(site_id, site))
        if not found and not self.parts.failures:
            raise self._unknown(wanted, sites)
        return found

    def _retailer(self, site_id: str, site: Site) -> AsyncAmberRetailer:
        return AsyncAmberRetailer(self.native.for_site(site_id), site, site_id, self.context, state=self._state)

    def _unknown(self, wanted: str | None, sites: list[Site]) -> core.DeviceNotFound:
        known = ", ".join(core.mask(site.id) for site in sites if site.id) or "none"
        if wanted is None:
            words = "the account has no site."
            hint = "Amber lists a home once its supply is set up; look at https://app.amber.com.au with the account of this token."
        else:
            words = f"the account has no site {core.mask(wanted)}; it has {known}."
            hint = "Leave site= out to see them all with devices()."
        return core.DeviceNotFound(words, provider="amber", device_id=wanted, operation="list_sites", hint=hint)
