# Generated from devices.py by openpower_testing; do not edit.
"""The unified retailer for asyncio: the market of one bidding zone, with the user's own charges and tax."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from openpower_core import provider as core
from openpower_dayahead import mapping
from openpower_dayahead._sync.client import DayAhead
from openpower_dayahead.areas import to_area
from openpower_dayahead.charges import Contract
from openpower_dayahead.client import market_day, market_days, market_midnight, runs, service_of, to_source

_DAY: Final = timedelta(days=1)


class DayAheadBackend(core.BaseBackend[DayAhead]):
    """One bidding zone, and its market as a retailer, with the user's charges and tax.

    Prices reach to the end of tomorrow once that is published. What the source does not have (yet) is in their ``gaps``, with the
    reason; ``next_published_at`` is when more is due.
    """

    def __init__(self, native: DayAhead, context: core.Context, contract: Contract) -> None:
        super().__init__(native, context)
        # Public services behind caches: none documents that its clock can be gone by, so this machine's counts.
        self.context, self._clock = context, context.clock
        self._contract, self._service = contract, native.service
        self._tz = context.tz or native.area.tz
        self._book = mapping.Book(native.service)
        self._lock = core.Lock()

    def discover(self) -> list[core.Device]:
        """The market of the zone, without any request."""
        native, contract = self.native, self._contract
        retailer = core.BaseRetailer(
            mapping.to_info(native.area, native.service, self._tz),
            capabilities=mapping.capabilities_of(native.source, native.area, native.service, contract),
            backend=self,
            series=self._series,
            tariffs=self._tariffs,
            channels=[core.Channel.IMPORT, *([core.Channel.EXPORT] if contract.exports else [])],
            hints={"current_price": "Ask again in a few minutes, or another source=."},
        )
        return [retailer]

    def _tariffs(self, _start: datetime, _end: datetime) -> list[core.Tariff]:
        return [mapping.to_tariff(self._contract, self.native.area, self.native.currency)]

    def _series(self, start: datetime, end: datetime | None) -> core.PriceSeries:
        """The prices of a range, and what of it could not be had."""
        now, service = self._clock.now(), self._service
        tomorrow = market_day(now) + _DAY
        last = market_midnight(tomorrow + _DAY) if end is None else end
        days = market_days(start, max(start, last))
        failed = self._fetch(days, now)
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
            tz=self._tz,
            gaps=gaps,
            next_published_at=mapping.next_publication(now, service, known=known),
        )

    def _fetch(self, days: list[date], now: datetime) -> dict[date, core.OpenPowerError]:
        """Ask for the days that are due; one call that fails costs its own days."""
        failed: dict[date, core.OpenPowerError] = {}
        unreachable: core.OpenPowerError | None = None
        with self._lock:
            for run in runs(self._book.due(days, now, self._clock.monotonic()), self._service.days):
                if unreachable is not None:  # each further call could take as long to fail
                    failed |= dict.fromkeys(run, unreachable)
                    self._book.forget(run)
                    continue
                try:
                    documents = self.native.get_prices(run[0], run[-1])
                    spots = [spot for document in documents for spot in mapping.to_spots(document, self.native.area)]
                    mapping.check_currency(spots, self.native.currency, self._contract)
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


def connect(
    context: core.Context,
    *,
    area: str | None = None,
    source: str = "energy-charts",
    token: core.Secret | None = None,
    currency: str | None = None,
    **contract: Any,
) -> DayAheadBackend:
    """Make the backend of a connection, without any request."""
    if area is None:
        hint = "Name the one you live in, such as 'DE-LU', 'AT', 'NO2' or 'IT-North'."
        raise core.InvalidValue("area= is missing: the bidding zone.", provider="dayahead", argument="area", hint=hint)
    zone = to_area(area)
    native = DayAhead(
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
    return DayAheadBackend(native, context, terms)
