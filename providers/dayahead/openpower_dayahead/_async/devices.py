"""The unified retailer for asyncio: the market of one bidding zone, with the user's own charges and tax."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from openpower_core import provider as core
from openpower_core.waiting import ALock
from openpower_dayahead import mapping
from openpower_dayahead._async.client import AsyncDayAhead
from openpower_dayahead.areas import to_area
from openpower_dayahead.charges import Contract
from openpower_dayahead.client import market_day, market_days, market_midnight, runs, service_of, to_source

_DAY: Final = timedelta(days=1)


class AsyncDayAheadRetailer(core.AsyncBaseRetailer):
    """Day-ahead prices of one bidding zone as a home pays them.

    Args:
        native: the client.
        contract: the user's charges and tax.
        context: the connection's clock, time zone and transport.
    """

    def __init__(self, native: AsyncDayAhead, contract: Contract, context: core.Context) -> None:
        super().__init__(
            mapping.to_info(native.area, native.service, context.tz or native.area.tz),
            capabilities=mapping.capabilities_of(native.source, native.area, native.service, contract),
            native=native,
            context=context,
        )
        self._api, self._contract, self._clock = native, contract, context.clock
        self._book = mapping.Book(native.service)
        self._lock = ALock()

    @property
    def native(self) -> AsyncDayAhead:
        """The source's own API."""
        return self._api

    async def current_price(self, channel: core.Channel | str = core.Channel.IMPORT) -> core.Price:
        """The price of the running interval, which is firm."""
        channel = core.one_of(core.Channel, channel, "channel")
        self._check_channel(channel, core.Feature.CURRENT_PRICE)
        now = self._clock.now()
        price = (await self._series(now, now + timedelta(microseconds=1))).at(now, channel)
        if price is None:
            raise core.PartialData(
                f"{self._api.service.title} has no price of now for {self._api.area.name}.",
                provider="dayahead",
                device_id=self.info.id,
                operation="current_price",
                hint="Ask again in a few minutes, or another source=.",
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
        """Prices that hold at some instant of ``[start, end)``, with their whole intervals; up to the end of tomorrow once it is published.

        What the source does not have (yet) is in ``gaps``, with the reason; ``next_published_at`` is when more is due.

        Args:
            start: None is now.
            end: None is the end of what is published.
            channel: None is all.
            resolution: brings them to one grid, as time-weighted means; None leaves the market's quarter hours.
        """
        if channel is not None:
            self._check_channel(channel, core.Feature.PRICES)
        now = self._clock.now()
        first, last = core.grid_range(start or now, end, resolution, self.info.tz)
        series = await self._series(first, last)
        return series.select(start, end, channel, resolution, now=now)

    async def tariff(self) -> core.Tariff:
        """The standing charges that the user named, with the tax."""
        return mapping.to_tariff(self._contract, self._api.area, self._api.currency)

    async def _series(self, start: datetime, end: datetime | None) -> core.PriceSeries:
        """The prices of a range, and what of it could not be had."""
        now, service = self._clock.now(), self._api.service
        tomorrow = market_day(now) + _DAY
        last = market_midnight(tomorrow + _DAY) if end is None else end
        days = market_days(start, max(start, last))
        failed = await self._fetch(days, now)
        spots = self._book.of(days, start, last)
        if failed and not spots:
            raise next(iter(failed.values()))
        gaps = [
            core.Gap(
                start=begin, end=until, reason=str(failed.get(market_day(begin)) or mapping.reason(begin, now, service))
            )
            for begin, until in mapping.holes(spots, start, last)
            if end is not None or begin < market_midnight(tomorrow)
        ]
        known = self._book.knows(tomorrow)
        return core.PriceSeries.firmest(
            mapping.to_prices(spots, self._contract),
            tz=self.info.tz,
            gaps=gaps,
            next_published_at=mapping.next_publication(now, service, known=known),
        )

    async def _fetch(self, days: list[date], now: datetime) -> dict[date, core.OpenPowerError]:
        """Ask for the days that are due; one call that fails costs its own days."""
        failed: dict[date, core.OpenPowerError] = {}
        unreachable: core.OpenPowerError | None = None
        async with self._lock:
            for run in runs(self._book.due(days, now, self._clock.monotonic()), self._api.service.days):
                if unreachable is not None:  # each further call could take as long to fail
                    failed |= dict.fromkeys(run, unreachable)
                    self._book.forget(run)
                    continue
                try:
                    documents = await self._api.get_prices(run[0], run[-1])
                    spots = [spot for document in documents for spot in mapping.to_spots(document, self._api.area)]
                    mapping.check_currency(spots, self._api.currency, self._contract)
                except core.ACCOUNT_ERRORS:
                    raise
                except core.OpenPowerError as error:
                    failed |= dict.fromkeys(run, error)
                    self._book.forget(run)
                    if isinstance(error, core.NetworkError | core.Timeout | core.RateLimited):
                        unreachable = error
                else:
                    self._book.put(run, spots, self._clock.monotonic())
        return failed

    def _check_channel(self, channel: core.Channel | str, feature: core.Feature) -> None:
        channels = [core.Channel.IMPORT, *([core.Channel.EXPORT] if self._contract.exports else [])]
        if channel not in channels:
            raise core.Unsupported(
                f"there are no {channel} prices; nothing was sent.",
                feature=feature,
                alternatives=channels,
                provider="dayahead",
                device_id=self.info.id,
                hint="feed_in_charges= gives prices of export.",
            )


class AsyncDayAheadBackend(core.AsyncBaseBackend[AsyncDayAhead]):
    """One bidding zone."""

    def __init__(self, native: AsyncDayAhead, context: core.Context, contract: Contract) -> None:
        super().__init__(native, context)
        # Public services behind caches: none documents that its clock can be gone by, so this machine's counts.
        self.context = context
        self._contract = contract

    async def discover(self) -> list[core.AsyncDevice]:
        """The market of the zone, without any request."""
        return [AsyncDayAheadRetailer(self.native, self._contract, self.context)]


def connect(
    context: core.Context,
    *,
    area: str | None = None,
    source: str = "energy-charts",
    token: core.Secret | None = None,
    currency: str | None = None,
    **contract: Any,
) -> AsyncDayAheadBackend:
    """Make the backend of a connection, without any request."""
    if area is None:
        hint = "Name the one you live in, such as 'DE-LU', 'AT', 'NO2' or 'IT-North'."
        raise core.InvalidValue("area= is missing: the bidding zone.", provider="dayahead", argument="area", hint=hint)
    zone = to_area(area)
    native = AsyncDayAhead(
        zone,
        source,
        token=token,
        currency=currency,
        base_url=context.url(service_of(to_source(source), zone).base_url),
        allow_http=context.allow_http,
        timeout=context.timeout,
        transport=context.transport,
        clock=context.clock,
    )
    terms = Contract.of(tz=context.tz or zone.tz, **contract)
    if currency is None and native.currency != zone.currency and terms.has_money:
        raise core.InvalidValue(
            f"{native.source} gives prices in {native.currency}, and a home in {zone.name} pays in {zone.currency}.",
            provider="dayahead",
            hint=f"If the charges are in {native.currency}, say so with currency={native.currency!r}.",
        )
    return AsyncDayAheadBackend(native, context, terms)
