# Generated from devices.py by openpower_testing; do not edit.
"""The unified retailer for asyncio, one site of Amber, and the discovery of the sites of an account."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any, Final

from openpower_amber import mapping
from openpower_amber._sync.client import BASE_URL, Amber
from openpower_amber.client.requests import nem_date, spans, to_state
from openpower_amber.models import Site, State
from openpower_core import provider as core

logger = logging.getLogger("openpower.amber")

HORIZON: Final = 500
"""Intervals to ask for per channel: more than any forecast holds, and three channels of it are allowed."""

SHORTEST: Final = timedelta(minutes=5)
"""The shortest interval that Amber bills."""

CURRENT_KEPT: Final = timedelta(seconds=10)
"""How long the running price is kept: however often you ask, it takes at most 30 of 50 calls."""


class AmberRetailer(core.BaseRetailer):
    """Prices, usage and renewables of one site.

    Args:
        native: the client, for this site.
        site: the site.
        site_id: its id.
        context: the connection's clock, time zone and transport.
        state: the state, where the user gave it.
    """

    def __init__(
        self, native: Amber, site: Site, site_id: str, context: core.Context, *, state: State | None = None
    ) -> None:
        self._state = state or mapping.state_of(site)
        self._registers = mapping.registers_of(site)
        super().__init__(
            mapping.to_info(site, site_id, context.tz),
            capabilities=mapping.capabilities_of(site, self._state),
            native=native,
            context=context,
            channels=mapping.channels_of(site),
            hints={"current_price": "It happens while the market's own data is late; ask again in a minute."},
        )
        self._site = site
        self._api = native
        self._clock = context.clock
        self._running = core.SharedFetch(native.get_current_prices, max_age=CURRENT_KEPT, clock=context.clock)

    def _around_now(self, channel: core.Channel | str, max_age: timedelta | None) -> tuple[core.PriceSeries, datetime]:
        kept = self._running.get(max_age)
        # Whatever the other channels hold.
        here = [each for each in kept.value if mapping.CHANNELS.get(each.channel_type or "") == channel]
        return mapping.to_series(here, registers=self._registers), kept.received_at

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: core.Channel | str | None = None,
        resolution: core.Span | None = None,
    ) -> core.PriceSeries:
        """Prices of a range, billed intervals, and half hours from the next hour on; what Amber does not know, or no longer, is a gap."""
        self._check_channel(channel, core.Feature.PRICES)
        now = self._clock.now()
        first, last = core.grid_range(start or now, end, resolution, self.info.tz)
        answers, past = self._intervals(first, last, by_days=start is not None)
        series = mapping.to_series(*answers, registers=self._registers, tz=self.info.tz, gaps=past.gaps)
        return past.checked(series.select(start, end, channel, resolution, now=now))

    def usage(self, start: datetime, end: datetime, *, channel: core.Channel | str | None = None) -> list[core.Usage]:
        """What was metered in the intervals that begin in ``[start, end)``; an empty list is none.

        A range that Amber has in part gives that part; what it no longer keeps or has not published is not asked for, and stands in
        ``gaps`` with what could not be had.

        Raises:
            RateLimited: its ``found`` has what came before; or the range takes more calls than are left, and none was sent.
            NotPublishedYet: a day's usage comes on the day after it.
            NoLongerKept: it is kept for some 90 days.
        """
        self._check_channel(channel, core.Feature.USAGE)
        if start >= end:
            return core.Usages()
        now = self._clock.now()
        yesterday = nem_date(now) - timedelta(days=1)
        days, gaps = mapping.days_to_ask(start, end, now, kept=mapping.USAGE_KEPT, until=yesterday)
        answers, past = self._in_parts("get_usage", days, gaps)
        usages = mapping.to_usages([record for answer in answers for record in answer])
        missing = mapping.missing_days(self._site, days, usages, now, lost=past.lost)
        # Those that begin in the range, so that neighbouring ranges share none and miss none.
        chosen = (usage for usage in usages if start <= usage.start < end and channel in (None, usage.channel))
        found = past.checked(core.Usages(chosen, gaps=[*past.gaps, *missing, *usages.gaps]))
        if not usages:
            mapping.explain_no_usage(self._site, start, end, now)
        return found

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[core.GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast.

        The past comes from the shares that Amber sends with each price.
        """
        now = self._clock.now()
        if self._state is None or (start is not None and start < now):
            series = self.prices(start, end)
            # The share of renewables is the same on all channels; the one with most prices has fewest gaps.
            lane = max((series.on(channel) for channel in series.channels), key=len, default=series)
            return [mapping.price_to_grid_mix(price) for price in lane]
        records = self._api.get_current_renewables(self._state, 0, HORIZON)
        mixes = [mix for mix in map(mapping.to_grid_mix, records) if mix is not None]
        first = start or now
        return [mix for mix in mixes if first < mix.end and (end is None or mix.start < end)]

    def _intervals(
        self, start: datetime, end: datetime | None, *, by_days: bool
    ) -> tuple[list[list[Any]], mapping.Past]:
        # The past comes by days, and what is live or to come by the call made for it: Amber advises against the call
        # by days for that, and it has failed late in the evening.
        now = self._clock.now()
        answers, past = list[list[Any]](), mapping.Past()
        if by_days and start < now:
            until = now if end is None else min(end, now)
            days, gaps = mapping.days_to_ask(start, until, now, kept=mapping.PRICES_KEPT, until=nem_date(now))
            answers, past = self._in_parts("get_prices", days, gaps)
        if (end is None or end > now) and past.limited is None:
            # Of a grid's running cell, the intervals that are over.
            over = 0 if by_days else -((start - now) // SHORTEST)
            answers.append(self._api.get_current_prices(previous=over, next=HORIZON))
        return answers, past

    def _in_parts(
        self, operation: str, days: tuple[date, date] | None, gaps: list[core.Gap]
    ) -> tuple[list[list[Any]], mapping.Past]:
        """The answers to calls of seven days; where one cannot be read, of its single days, so that only the bad one is a gap."""
        past, answers = mapping.Past(gaps), list[list[Any]]()
        weeks = dict(spans(*days)) if days else {}
        self._api.expect(operation, len(weeks))
        ask: Any = getattr(self._api, operation)
        lost = core.Gaps(logger, f"{core.mask(self.info.id)}: ", clock=self._clock)
        for week in lost.among([*weeks]):
            try:
                answers.append(ask(week, weeks[week]))
            except (*core.ACCOUNT_ERRORS, core.DeviceNotFound):
                raise
            except core.RateLimited as error:
                past.limited = error
                lost.give_up((day for day, _ in spans(week, max(weeks.values()), days=1)), error)
                break
            except core.OpenPowerError as error:
                garbled = isinstance(error, core.DataError) and week < weeks[week]
                for day, _ in spans(week, weeks[week], days=1):
                    with lost.attempt(day):
                        if not garbled:
                            raise
                        answers.append(ask(day, day))
        past.add(lost)
        return answers, past


def connect(
    context: core.Context,
    *,
    token: str | core.Secret,
    site: str | None = None,
    state: State | str | None = None,
    wait: bool | timedelta | None = None,
) -> AmberBackend:
    """Make the backend of a connection, without any request."""
    native = Amber(
        token,
        site,
        base_url=context.url(BASE_URL),
        allow_http=context.allow_http,
        timeout=context.timeout,
        transport=context.transport,
        wait=wait,
        clock=context.clock,
    )
    return AmberBackend(native, context, state=None if state is None else to_state(state))


class AmberBackend(core.BaseBackend[Amber]):
    """The sites of one account, or the one that ``site=`` names."""

    def __init__(self, native: Amber, context: core.Context, *, state: State | None) -> None:
        super().__init__(native, context)
        self._state = state

    def discover(self) -> list[core.Device]:
        """Ask for the sites; closed and pending ones are listed, and used only when named."""
        sites = self.native.list_sites()
        wanted = self.native.site
        found: list[core.Device] = []
        for site_id, site in mapping.addressable(sites, wanted):
            with self.parts.attempt(f"site {core.mask(site_id)}"):
                found.append(self._retailer(site_id, site))
        if not found and not self.parts.failures:
            raise self._unknown(wanted, sites)
        self.parts.name_unreadable("some sites", sites)
        if nameless := sum(not site.id for site in sites):
            self.parts.failed(f"{nameless} of {len(sites)} sites", core.BadResponse("without an id."))
        return found

    def _retailer(self, site_id: str, site: Site) -> AmberRetailer:
        return AmberRetailer(self.native.for_site(site_id), site, site_id, self.context, state=self._state)

    def _unknown(self, wanted: str | None, sites: list[Site]) -> core.DeviceNotFound:
        known = ", ".join(core.mask(site.id) for site in sites if site.id) or "none"
        if wanted is None:
            words = "the account has no site."
            hint = "Amber lists a home once its supply is set up; look at https://app.amber.com.au with the account of this token."
        else:
            words = f"the account has no site {core.mask(wanted)}; it has {known}."
            hint = "Leave site= out to see them all with devices()."
        return core.DeviceNotFound(words, provider="amber", device_id=wanted, operation="list_sites", hint=hint)
