"""Amber's own API for asyncio, complete and typed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any, Final

from openpower_amber.client import requests
from openpower_amber.client.errors import TOKENS_FROM, TOO_MANY, check
from openpower_amber.client.pacing import Pacer, patience, shared_limiter
from openpower_amber.client.ratelimits import RateLimits
from openpower_amber.client.requests import OnProgress, Progress, in_vendor_order, records_of, within
from openpower_amber.models import AnyInterval, AnyRenewable, Interval, Renewable, Site, State, Usage
from openpower_core import provider as core

BASE_URL: Final = "https://api.amber.com.au/v1"

_ANONYMOUS: Final = frozenset({"get_current_renewables"})
"""The calls that need no token; they get none."""
_SERIES: Final[Mapping[str, tuple[str, Any]]] = {"get_prices": ("prices", AnyInterval), "get_usage": ("usage", Usage)}


class AsyncAmber(core.AsyncNativeClient):
    """Amber Electric's API in Amber's own words and units: cents, and feed-in negative when you are paid.

    Days are days of the electricity market (UTC+10 all year), so a call for one never has 23 or 25 hours.
    It may be used as a context manager; :meth:`aclose` releases the connections.

    Args:
        token: from https://app.amber.com.au/developers; renewables need none.
        site: the site that calls are about when they name none; see :meth:`for_site`.
        base_url: replaces ``https://api.amber.com.au/v1``: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        timeout: seconds within which a call has to end, its wait for the rate limit apart.
        transport: replaces the network.
        wait: how long a call waits for the account's rate limit before it raises
            :class:`~openpower_core.errors.RateLimited`: True as long as it takes (minutes), False not at
            all, or this long; None as long as ``timeout``.
        clock: replaces the system's clock.
    """

    _arguments = requests.ARGUMENTS

    def __init__(
        self,
        token: str | core.Secret | None = None,
        site: str | Site | None = None,
        *,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: core.Span = 30.0,
        transport: core.AsyncTransport | None = None,
        wait: bool | core.Span | None = None,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        token = core.Secret(token) if token else None  # so that no traceback shows it
        self._subject: str | None = None if site is None else requests.site_id(site)
        self._session: AsyncSession = AsyncSession(
            token,
            base_url=base_url,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            wait=wait,
            clock=clock,
        )

    @property
    def site(self) -> str | None:
        """The id of the site that calls are about when they name none."""
        return self._subject

    def for_site(self, site: str | Site) -> AsyncAmber:
        """The same API, with the site set; session and limits are shared."""
        scoped = copy(self)
        scoped._subject = requests.site_id(site)  # noqa: SLF001
        return scoped

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Amber's clock was ahead of this machine's at the last answer, to a second; None before the first."""
        return self._session.clock_offset

    def get_ratelimits(self) -> RateLimits | None:
        """What Amber last said about the calls that are left; None before the first limited call."""
        return self._session.ratelimits

    async def list_sites(self) -> list[Site]:
        """All sites of the account, closed ones included."""
        return records_of(Site, await self._session.get("list_sites", "/sites"), partly=True)

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
            previous: how many past intervals.
            next: how many intervals to come.
            resolution: 5 or 30 minutes; None is 30.
        """
        path = requests.renewables_path(state)
        params = requests.counts(previous, next, resolution)
        answer = await self._session.get("get_current_renewables", path, params)
        return records_of(AnyRenewable, answer, partly=True)

    async def get_current_prices(
        self,
        previous: int | None = None,
        next: int | None = None,  # noqa: A002
        resolution: int | None = None,
        site: str | Site | None = None,
    ) -> list[Interval]:
        """The running interval of each channel, and those around it.

        Args:
            previous: how many past intervals, per channel.
            next: how many intervals to come, per channel, whatever their length: near ones have 5 minutes
                and far ones 30. More than there are is no error.
            resolution: 5 or 30 minutes; None is what the site is billed by.
            site: the site; None is this client's.
        """
        path = self._path(site, "prices/current")
        params = requests.counts(previous, next, resolution)
        answer = await self._session.get("get_current_prices", path, params)
        return records_of(AnyInterval, answer, partly=True)

    async def get_prices(
        self,
        start: date | str | None = None,
        end: date | str | None = None,
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
        return in_vendor_order([page async for page in pages if page])

    async def iter_prices(
        self,
        start: date | str | None = None,
        end: date | str | None = None,
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
        start: date | str | None = None,
        end: date | str | None = None,
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
            resolution: Amber accepts and ignores it: usage always comes in the length it is billed by.
            site: the site; None is this client's.
            progress: called after each call.
        """
        pages = self._pages("get_usage", start, end, resolution, site, progress)
        return in_vendor_order([page async for page in pages if page])

    async def iter_usage(
        self,
        start: date | str | None = None,
        end: date | str | None = None,
        resolution: int | None = None,
        site: str | Site | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> AsyncIterator[Usage]:
        """Like :meth:`get_usage`, call after call, each channel by channel; for long ranges."""
        async for page in self._pages("get_usage", start, end, resolution, site, progress):
            for usage in page:
                yield usage

    def expect(self, operation: str, calls: int) -> None:
        """Refuse a range that takes more calls than the account has left, before the first is sent.

        Raises:
            RateLimited: and waiting for them is not what ``wait=`` says.
        """
        self._session.expect(operation, calls)

    def _path(self, site: str | Site | None, rest: str) -> str:
        return requests.site_path(self._subject if site is None else requests.site_id(site), rest)

    async def _pages(
        self,
        operation: str,
        start: date | str | None,
        end: date | str | None,
        resolution: int | None,
        site: str | Site | None,
        progress: OnProgress | None,
    ) -> AsyncIterator[list[Any]]:
        """The answers to as many calls as the days take, one after the other."""
        rest, kind = _SERIES[operation]
        path = self._path(site, rest)
        calls = list(requests.calls(start, end, today=requests.nem_date(self._session.clock.now())))
        self.expect(operation, len(calls))
        count = 0
        for done, (first, last) in enumerate(calls, start=1):
            answer = await self._session.get(operation, path, requests.dates(first, last, resolution))
            records = within(records_of(kind, answer), first, last)
            count += len(records)
            if progress is not None:
                progress(Progress(calls=done, of=len(calls), first=first, last=last, records=count))
            yield records


class AsyncSession:
    """Sends calls within the account's limits, which all its clients in the process share."""

    def __init__(
        self,
        token: core.Secret | None,
        *,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: core.Span = 30.0,
        transport: core.AsyncTransport | None = None,
        wait: bool | core.Span | None = None,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        self._token = core.credential(token, "token", provider="amber") if token else None
        self.clock = clock
        url = (base_url or BASE_URL).rstrip("/")
        limiter = shared_limiter(url, self._token, clock) if self._token else core.RateLimiter()
        self._pacer = Pacer(limiter, clock, patience=patience(wait, timeout))
        self._http = core.AsyncHttpClient(
            provider="amber",
            base_url=url,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            sign=self._sign,
            check=self._check,
            clock=clock,
            secrets=[self._token] if self._token else [],
        )

    @property
    def ratelimits(self) -> RateLimits | None:
        """What Amber last said about the calls that are left."""
        return self._pacer.latest

    def expect(self, operation: str, calls: int) -> None:
        """Refuse more calls than are left, unless they are waited for."""
        self._pacer.expect(operation, calls)

    async def get(self, operation: str, path: str, params: Mapping[str, Any] | None = None) -> core.Answer:
        """Make one call, as soon as the limits allow it."""
        if self._token is None and operation not in _ANONYMOUS:
            raise core.MissingCredential(
                f"{operation} needs a token, and none was given.",
                provider="amber",
                operation=operation,
                hint=f"Make one at {TOKENS_FROM} and give it as token=.",
            )
        call = self._pacer.begin(operation)
        while True:
            await self._pause(self._pacer.delay(call))
            answer = await self._http.request("GET", path, operation=operation, params=params)
            if answer.status != TOO_MANY:
                return answer
            await self._pause(self._pacer.refused(answer, call))

    @property
    def vendor_time(self) -> core.VendorTime | None:
        """Amber's time at its last answer; see :attr:`AsyncHttpClient.vendor_time`."""
        return self._http.vendor_time

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Amber's clock was ahead of ours at its last answer."""
        return self._http.clock_offset

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self.clock.asleep(seconds)

    def _sign(self, request: core.Request, _now: datetime) -> Mapping[str, str]:
        if self._token is None or request.operation in _ANONYMOUS:
            return {}
        return {"Authorization": f"Bearer {self._token.reveal()}"}

    def _check(self, answer: core.Answer, request: core.Request) -> None:
        self._pacer.learn(answer, request.operation)
        check(answer, request)
