"""The sources' documents as prices: per MWh to per kWh without rounding, intervals from their times and never from counts."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from openpower_core import provider as core
from openpower_dayahead.areas import OPEN_LICENCE, Area
from openpower_dayahead.charges import TAX, Contract, Parts, total
from openpower_dayahead.client import MARKET, Service, Source, market_day, market_midnight
from openpower_dayahead.models import (
    AwattarMarketData,
    CurveType,
    Document,
    EnergyChartsPrices,
    NordPoolPrices,
    PublicationDocument,
    PublicationPeriod,
    State,
)

logger: Final = logging.getLogger("openpower.dayahead")

QUARTERS_SINCE: Final = datetime(2025, 9, 30, 22, tzinfo=UTC)
"""From the market day of 2025-10-01 on the coupled auction has quarter hours."""

_HOUR: Final = timedelta(hours=1)
_QUARTER: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
_PER_KWH: Final = -3
"""The power of ten from MWh to kWh."""


@frozen(slots=True)
class Spot:
    """The market's price of one interval."""

    start: datetime
    end: datetime
    per_mwh: Decimal | None
    """None where the source has the interval and no price."""
    currency: str
    estimate: bool | None
    """Whether it may still change; None where the source does not say."""
    sequence: int
    """The auction: 1 is the coupled one."""
    raw: Any


def to_spots(document: Document, area: Area) -> list[Spot]:
    """The prices of a document in time order, of one auction for each day.

    Raises:
        BadResponse: they are not per MWh, or in no currency.
    """
    try:
        spots = sorted(_OF[type(document)](document, area), key=lambda spot: spot.start)
    except core.BadResponse as error:
        # A source may echo what it was asked, and with it a token, which a traceback with locals would show.
        del document
        raise core.without_frames(error)  # noqa: B904
    return _of_one_auction(spots)


def _of_one_auction(spots: list[Spot]) -> list[Spot]:
    # Of several auctions the coupled one counts, and the next one only on days on which it has nothing: never a mixture.
    first: dict[date, int] = {}
    for spot in spots:
        day = market_day(spot.start)
        first[day] = min(first.get(day, spot.sequence), spot.sequence)
    return [spot for spot in spots if spot.sequence == first[market_day(spot.start)]]


def _of_energy_charts(document: EnergyChartsPrices, _area: Area) -> Iterator[Spot]:
    _check_unit(document.unit, "EUR/MWH")
    times, prices = document.unix_seconds or (), document.price or ()
    if len(times) != len(prices):
        logger.warning("energy-charts sent %d times and %d prices; the rest is left out", len(times), len(prices))
    paired = dict(zip(times, prices, strict=False)) | dict.fromkeys(times[len(prices) :])
    stamps = [datetime.fromtimestamp(stamp, UTC) for stamp in sorted(filter(None, paired))]
    for start, end in _intervals(stamps):
        price = paired[int(start.timestamp())]
        yield Spot(start, end, price, "EUR", estimate=False, sequence=1, raw=document)


def _intervals(stamps: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Each beginning with its end, which is the next beginning; the last one is as long as the one before it.

    Steps never grow longer again: after a quarter of an hour an hour to the next beginning is a hole in the series.
    """
    step = _HOUR
    for place, start in enumerate(stamps):
        ahead = stamps[place + 1] - start if place + 1 < len(stamps) else step
        if place == 0 and start >= QUARTERS_SINCE:
            # There is nothing before it to go by; a hole after it would look like a longer interval.
            ahead = min([ahead, *(two - one for one, two in pairwise(stamps[1:3]))]) if len(stamps) > 1 else _QUARTER
        step = min(step, ahead)
        yield start, start + step


def _of_awattar(document: AwattarMarketData, _area: Area) -> Iterator[Spot]:
    for row in document.data:
        _check_unit(row.unit, "EUR/MWH")
        if row.start_timestamp is not None and row.end_timestamp is not None:
            start, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (row.start_timestamp, row.end_timestamp))
            if start < end:
                yield Spot(start, end, row.marketprice, "EUR", estimate=False, sequence=1, raw=row)


def _of_nordpool(document: NordPoolPrices, area: Area) -> Iterator[Spot]:
    code = area.nordpool or area.name
    states = {name: state.state for state in document.states for name in state.areas or ()}
    state = states.get(code)
    estimate = None if state is None or not state.known else state is State.PRELIMINARY
    currency = _currency(document.currency)
    for entry in document.entries:
        if entry.start is not None and entry.end is not None and entry.start < entry.end:
            price = _amount((entry.prices or {}).get(code))
            start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
            yield Spot(start, end, price, currency, estimate, sequence=1, raw=entry)


def _amount(value: Any) -> Decimal | None:
    try:
        return core.decimal_or_none(value)
    except core.InvalidValue:
        return None


def _of_entsoe(document: PublicationDocument, _area: Area) -> Iterator[Spot]:
    for series in document.series:
        if series.agreement not in (None, "A01"):
            continue  # intraday
        _check_unit(series.unit, "MWH")
        currency, sequence = _currency(series.currency), series.sequence or 1
        # Without a type of curve it is one of fixed blocks, but what is missing in it is filled like one of variable ones.
        fill = series.curve_type != CurveType.SEQUENTIAL_FIXED_BLOCKS
        for period in series.periods:
            for start, end, price, raw in _slots(period, fill=fill):
                yield Spot(start, end, price, currency, estimate=False, sequence=sequence, raw=raw)


def _slots(period: PublicationPeriod, *, fill: bool) -> Iterator[tuple[datetime, datetime, Decimal | None, Any]]:
    """The intervals of a period: as many as its times and its resolution make, each with its own price or the last one before it."""
    step = _resolution(period.resolution)
    bounds = period.interval and (period.interval.start, period.interval.end)
    start, end = (_minute(text) for text in bounds or (None, None))
    count = (end - start) // step
    points = {point.position: point for point in period.points if point.position is not None}
    if beyond := [position for position in points if not 1 <= position <= count]:
        logger.warning("ENTSO-E sent position %d of a period that has %d; it is left out", beyond[0], count)
    last = None
    for position in range(1, count + 1):
        point = points.get(position)
        last = point or (last if fill else None)
        if last is not None:
            begin = start + (position - 1) * step
            yield begin, begin + step, last.amount, last


def _resolution(text: str | None) -> timedelta:
    found = re.fullmatch(r"(?a)PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?", text or "")
    step = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta(0)
    if not step:
        raise _bad(f"a period has the resolution {_short(text)}")
    return step


def _minute(text: str | None) -> datetime:
    """An instant without seconds, ``2024-10-05T22:00Z``."""
    try:
        return core.aware(datetime.fromisoformat(text or ""))
    except (ValueError, core.InvalidValue):
        raise _bad(f"a period begins or ends at {_short(text)}") from None


def _check_unit(unit: str | None, wanted: str) -> None:
    # "EUR / MWh" and "Eur/MWh" have been seen.
    if unit is not None and re.sub(r"\s", "", unit).upper() != wanted:
        raise _bad(f"prices are in {_short(unit)}, not per MWh")


def _currency(code: str | None) -> str:
    try:
        return core.currency(code)
    except core.InvalidValue:
        raise _bad(f"prices are in the currency {_short(code)}") from None


def _short(text: str | None) -> str:
    # A source may echo what it was asked in a longer text, and with it a token.
    return repr(text) if text is None or len(text) <= 12 else f"a text of {len(text)} characters"


def _bad(words: str) -> core.BadResponse:
    hint = "Ask again; if it stays, the source has changed its format."
    return core.BadResponse(f"{words}.", provider="dayahead", operation="prices", hint=hint)


_OF: Final[dict[type[Any], Callable[[Any, Area], Iterator[Spot]]]] = {
    EnergyChartsPrices: _of_energy_charts,
    AwattarMarketData: _of_awattar,
    NordPoolPrices: _of_nordpool,
    PublicationDocument: _of_entsoe,
}


# Prices


def check_currency(spots: Iterable[Spot], expected: str, contract: Contract) -> None:
    """Refuse to add charges to prices of another currency.

    Raises:
        InvalidValue: that would happen.
    """
    for currency in {spot.currency for spot in spots} - {expected}:
        if contract.has_money:
            raise core.InvalidValue(
                f"the source's prices are in {currency}, and the charges in {expected}.",
                provider="dayahead",
                operation="prices",
                hint=f"Give the charges in {currency}, and currency={currency!r}.",
            )


def to_prices(spots: Iterable[Spot], contract: Contract) -> Iterator[core.Price]:
    """What a home pays and is paid for the intervals; one in which the charges change becomes several."""
    for spot in spots:
        if spot.per_mwh is not None:
            market = spot.per_mwh.scaleb(_PER_KWH, core.EXACT)
            parts = list(contract.importing(spot.start, spot.end, market))
            yield from _priced(spot, core.Channel.IMPORT, parts, contract.tax_rate)
            parts = list(contract.exporting(spot.start, spot.end, market))
            yield from _priced(spot, core.Channel.EXPORT, parts, contract.export_tax_rate)


def _priced(
    spot: Spot, channel: core.Channel, pieces: list[tuple[datetime, Parts]], rate: Decimal | None
) -> Iterator[core.Price]:
    ends = [begin for begin, _ in pieces[1:]] + [spot.end]
    for (start, parts), end in zip(pieces, ends, strict=False):
        yield core.Price(
            start=start,
            end=end,
            channel=channel,
            per_kwh=total(parts),
            currency=spot.currency,
            # Without a rate, what you pay is net of it; no tax applies to what a home is paid, unless its owner says so.
            tax_included=TAX in parts or (None if channel is core.Channel.EXPORT else False),
            tax_rate=rate,
            components=parts,
            estimate=spot.estimate,
            spot_per_kwh=parts["energy"],
            raw=spot.raw,
        )


def to_tariff(contract: Contract, area: Area, currency: str) -> core.Tariff:
    """The standing charges, with the tax."""
    charges = [
        core.StandingCharge(amount=contract.gross(charge.amount), per=charge.per, name=charge.name)
        for charge in contract.standing_charges
    ]
    return core.Tariff(
        name=f"day-ahead market, {area.name}",
        currency=currency,
        tax_included=contract.tax_rate is not None,
        tax_rate=contract.tax_rate,
        standing_charges=tuple(charges),
    )


def holes(spots: Iterable[Spot], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a range that have no price."""
    return core.uncovered(((spot.start, spot.end) for spot in spots if spot.per_mwh is not None), start, end)


def reason(start: datetime, now: datetime, service: Service) -> str:
    """Why a source has no price of an interval."""
    if service.kept is not None and start < now - service.kept:
        return f"{service.title} shows no more than {service.kept.days} days"
    if market_day(start) > market_day(now):
        return (
            f"not published yet; a day comes on the day before, about {service.published:%H:%M} Central European time"
        )
    return f"{service.title} has no price"


def next_publication(now: datetime, service: Service, *, known: bool) -> datetime:
    """When the next day's prices are due.

    Args:
        now: the time.
        service: the source.
        known: whether those of tomorrow are there.
    """
    today = now.astimezone(MARKET).date()
    due = datetime.combine(today + (_DAY if known else timedelta(0)), service.published, MARKET).astimezone(UTC)
    return due if due > now else now + service.pace  # late: look again soon


# The retailer


def to_info(area: Area, service: Service, tz: str) -> core.DeviceInfo:
    """The market of a zone, as a retailer."""
    return core.DeviceInfo(
        id=f"{area.name}/{core.Role.RETAILER}",
        provider="dayahead",
        serial=area.name,
        role=core.Role.RETAILER,
        model=f"day-ahead market, {area.name}",
        vendor=service.title,
        tz=tz,
    )


def capabilities_of(source: Source, area: Area, service: Service, contract: Contract) -> core.Capabilities:
    """What a source offers."""
    note = service.note
    if source is Source.ENERGY_CHARTS:
        open_to_all = area.name in OPEN_LICENCE
        note = "CC BY 4.0, Bundesnetzagentur | SMARD.de." if open_to_all else "For private and internal use only."
    ahead = f"Firm prices up to the end of tomorrow, from about {service.published:%H:%M} Central European time on."
    kept = f"Prices are kept for an hour; a day that is due is asked for every {service.pace.seconds // 60} minutes."
    full, missing = core.Support.FULL, core.Support.UNSUPPORTED
    no_export = core.Capability(support=missing, note="feed_in_charges= says what is deducted; 0 is the market's price")
    no_tariff = core.Capability(support=missing, note="standing_charges= says what is charged beside the prices")
    return core.Capabilities(
        features={
            core.Feature.CURRENT_PRICE: core.Capability(support=full, note=kept),
            core.Feature.PRICES: core.Capability(support=full, note=note),
            core.Feature.FORECAST: core.Capability(support=full, note=ahead),
            core.Feature.EXPORT_PRICES: core.Capability(support=full) if contract.exports else no_export,
            core.Feature.TARIFF: core.Capability(support=full) if contract.standing_charges else no_tariff,
        },
        interval=service.pace,
    )


# What is kept


@frozen
class Kept:
    """The prices of one day of the market, and when they were asked for."""

    spots: tuple[Spot, ...]
    asked: float
    """On the monotonic clock."""


class Book:
    """The days that are known. Published prices hardly ever change, and sources ask for moderation."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._days: dict[date, Kept] = {}

    def of(self, days: Iterable[date], start: datetime, end: datetime) -> list[Spot]:
        """The prices of days that hold at some instant of ``[start, end)``."""
        known = [kept for day in days if (kept := self._days.get(day)) is not None]
        return [spot for kept in known for spot in kept.spots if spot.start < end and start < spot.end]

    def due(self, days: Iterable[date], now: datetime, monotonic: float) -> list[date]:
        """The days to ask for: those that are neither known nor asked for a short time ago, and that can be published."""
        today = market_day(now)
        published = datetime.combine(today, self._service.published, MARKET)
        last = today + (_DAY if now >= published - _EARLY else timedelta(0))
        oldest = _FIRST_DAY if self._service.kept is None else today - self._service.kept
        return [day for day in days if oldest <= day <= last and not self._is_fresh(day, monotonic)]

    def put(self, days: Iterable[date], spots: Sequence[Spot], monotonic: float) -> None:
        """Keep the prices of days that were asked for; rows of other days are left out."""
        for day in days:
            start, end = market_midnight(day), market_midnight(day + _DAY)
            mine = tuple(spot for spot in spots if start <= spot.start < end)
            self._days[day] = Kept(mine, monotonic)
        while len(self._days) > _MOST_DAYS:
            del self._days[min(self._days, key=lambda day: self._days[day].asked)]

    def forget(self, days: Iterable[date]) -> None:
        """Drop days that were due and could not be had: what is old is not given as new."""
        for day in days:
            self._days.pop(day, None)

    def knows(self, day: date) -> bool:
        """Whether a whole day is known."""
        kept = self._days.get(day)
        return kept is not None and not [*holes(kept.spots, market_midnight(day), market_midnight(day + _DAY))]

    def _is_fresh(self, day: date, monotonic: float) -> bool:
        kept = self._days.get(day)
        age = KEPT if self.knows(day) else self._service.pace
        return kept is not None and monotonic - kept.asked < age.total_seconds()


KEPT: Final = timedelta(hours=1)
"""After so long a day is asked for again: what is preliminary becomes final, and corrections are rare but happen."""
_EARLY: Final = timedelta(minutes=5)
"""A source may be ahead of its habit."""
_FIRST_DAY: Final = date(2015, 1, 1)
"""No source has earlier days."""
_MOST_DAYS: Final = 800
