"""Amber's own API for asyncio, complete and typed."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final

from openpower_amber import _queries
from openpower_amber._answers import OnProgress, Progress, in_vendor_order, records_of, within
from openpower_amber._async.session import AsyncSession
from openpower_amber.models import AnyInterval, AnyRenewable, Interval, Renewable, Site, Usage
from openpower_amber.nemtime import nem_date
from openpower_core.provider import SYSTEM_CLOCK, AsyncNativeClient, Clock, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date, timedelta

    from openpower_amber.models import State
    from openpower_amber.ratelimits import RateLimits
    from openpower_core.provider import AsyncTransport

__all__ = ["AsyncAmber"]

_SERIES: Final[dict[str, tuple[str, Any]]] = {"get_prices": ("prices", AnyInterval), "get_usage": ("usage", Usage)}


class AsyncAmber(AsyncNativeClient):
    """Amber Electric's API in Amber's own words and units: cents, and feed-in negative when you are paid.

    Days are days of the electricity market (UTC+10 all year), so a call for one never has 23 or 25 hours.
    It may be used as a context manager; :meth:`aclose` lets go of the connections.

    Args:
        token: from https://app.amber.com.au/developers; renewables need none.
        site: the site that calls are about when they name none; see :meth:`for_site`.
        base_url: replaces ``https://api.amber.com.au/v1``: an emulator, a proxy.
        timeout: seconds within which a call has to end, its wait for the rate limit apart.
        transport: replaces the network.
        wait: how long a call waits for the account's rate limit before it raises
            :class:`~openpower_core.errors.RateLimited`: True as long as it takes (minutes), False not at
            all, or so long; None as long as ``timeout``.
        clock: replaces the system's clock.
    """

    _session: AsyncSession

    def __init__(
        self,
        token: str | Secret | None = None,
        site: str | Site | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        transport: AsyncTransport | None = None,
        wait: bool | timedelta | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._site = site
        self._subject = self.site
        self._session = AsyncSession(
            token, base_url=base_url, timeout=timeout, transport=transport, wait=wait, clock=clock
        )

    @property
    def site(self) -> str | None:
        """The id of the site that calls are about when they name none."""
        return self._site.id if isinstance(self._site, Site) else self._site

    def for_site(self, site: str | Site) -> AsyncAmber:
        """The same API, with the site set; session and limits are shared."""
        scoped = copy(self)
        scoped._site = site  # noqa: SLF001
        scoped._subject = scoped.site  # noqa: SLF001
        return scoped

    @property
    def clock_offset(self) -> timedelta | None:
        """What Amber's clock was ahead of this machine's at the last answer, to a second; None before the first."""
        return self._session.clock_offset

    def get_ratelimits(self) -> RateLimits | None:
        """What Amber last said about the calls that are left; None before the first limited call."""
        return self._session.ratelimits

    async def list_sites(self) -> list[Site]:
        """All sites of the account, closed ones included."""
        return records_of(Site, await self._session.get("list_sites", "/sites"))

    async def get_current_renewables(
        self,
        state: State | str,
        previous: int | None = None,
        next: int | None = None,  # noqa: A002
        resolution: int | None = None,
    ) -> list[Renewable]:
        """The share of renewables in a state's grid; needs no token and counts on no limit.

        Args:
            state: one of :class:`State`.
            previous: how many intervals that are over.
            next: how many intervals to come.
            resolution: 5 or 30 minutes; None is 30.
        """
        path = _queries.renewables_path(state)
        params = _queries.counts(previous, next, resolution)
        answer = await self._session.get("get_current_renewables", path, params)
        return records_of(AnyRenewable, answer)

    async def get_current_prices(
        self,
        previous: int | None = None,
        next: int | None = None,  # noqa: A002
        resolution: int | None = None,
        site: str | Site | None = None,
    ) -> list[Interval]:
        """The running interval of each channel, and those around it.

        Args:
            previous: how many intervals that are over, per channel.
            next: how many intervals to come, per channel, whatever their length: near ones have 5 minutes
                and far ones 30. More than there are is no error.
            resolution: 5 or 30 minutes; None is what the site is billed by.
            site: the site; None is this client's.
        """
        path = _queries.site_path(_queries.which_site(site, self._site), "prices/current")
        params = _queries.counts(previous, next, resolution)
        answer = await self._session.get("get_current_prices", path, params)
        return records_of(AnyInterval, answer)

    async def get_prices(
        self,
        start: date | None = None,
        end: date | None = None,
        resolution: int | None = None,
        site: str | Site | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> list[Interval]:
        """The prices of market days, however many: channel by channel, in time order within each.

        More than seven days take several calls; :meth:`iter_prices` holds only one of them in memory.

        Args:
            start: the first market day; None is today's.
            end: the last one, included; None is today's. What is still to come that day is forecast.
            resolution: 5 or 30 minutes; None is what the site is billed by.
            site: the site; None is this client's.
            progress: called after each call.
        """
        pages = self._pages("get_prices", start, end, resolution, site, progress)
        return in_vendor_order([interval async for page in pages for interval in page])

    async def iter_prices(
        self,
        start: date | None = None,
        end: date | None = None,
        resolution: int | None = None,
        site: str | Site | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> AsyncIterator[Interval]:
        """Like :meth:`get_prices`, call after call, each channel by channel; for years of data."""
        async for page in self._pages("get_prices", start, end, resolution, site, progress):
            for interval in page:
                yield interval

    async def get_usage(
        self,
        start: date | None = None,
        end: date | None = None,
        resolution: int | None = None,
        site: str | Site | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> list[Usage]:
        """What was metered on market days, however many: channel by channel, in time order within each.

        A day comes on the day after it, and stays for some 90 days; else the list is empty.

        Args:
            start: the first market day; None is today's.
            end: the last one, included; None is today's.
            resolution: taken by Amber and ignored: usage always has the length it is billed by.
            site: the site; None is this client's.
            progress: called after each call.
        """
        pages = self._pages("get_usage", start, end, resolution, site, progress)
        return in_vendor_order([usage async for page in pages for usage in page])

    async def iter_usage(
        self,
        start: date | None = None,
        end: date | None = None,
        resolution: int | None = None,
        site: str | Site | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> AsyncIterator[Usage]:
        """Like :meth:`get_usage`, call after call, each channel by channel; for long ranges."""
        async for page in self._pages("get_usage", start, end, resolution, site, progress):
            for usage in page:
                yield usage

    async def _pages(
        self,
        operation: str,
        start: date | None,
        end: date | None,
        resolution: int | None,
        site: str | Site | None,
        progress: OnProgress | None,
    ) -> AsyncIterator[list[Any]]:
        """The answers to as many calls as the days take, one after the other."""
        rest, kind = _SERIES[operation]
        path = _queries.site_path(_queries.which_site(site, self._site), rest)
        calls = list(_queries.calls(start, end, today=nem_date(self._session.clock.now())))
        count = 0
        for done, (first, last) in enumerate(calls, start=1):
            asked = _queries.dates(first, last, resolution)
            answer = await self._session.get(operation, path, asked)
            records = within(records_of(kind, answer), first, last)
            count += len(records)
            if progress is not None:
                progress(Progress(calls=done, of=len(calls), first=first, last=last, records=count))
            yield records
