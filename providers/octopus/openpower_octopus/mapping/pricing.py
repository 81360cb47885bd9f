"""Rates as prices: pounds per kWh with VAT, as far as an agreement goes, with dispatches, and gaps where nothing is known.

No interval is assumed to be a half hour: rows last from 30 minutes (Agile) to for ever (flat export tariffs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from openpower_core import provider as core
from openpower_octopus import models
from openpower_octopus.mapping.contracts import (
    DAY,
    LONDON,
    OPENING,
    SLOT,
    Contract,
    Preferences,
    Supply,
    Term,
    Times,
    merged,
)

CURRENCY: Final = "GBP"
AHEAD: Final = timedelta(days=2)
"""How far the nights of Economy 7 are drawn where no end is asked for."""
DISPATCHES_KEPT: Final = timedelta(days=3)

_TICK: Final = timedelta(microseconds=1)
_PENCE: Final = Decimal(100)
_VAT: Final = Decimal("0.05")
"""VAT on domestic energy."""


def to_pounds(pence: float) -> Decimal:
    """Pence, or pence per kWh, as the number was written.

    >>> to_pounds(28.95858)
    Decimal('0.2895858')
    """
    return core.EXACT.divide(Decimal(str(pence)), _PENCE)


def of_payment(rates: Iterable[models.Rate], payment: models.PaymentMethod) -> list[models.Rate]:
    """The rows that are whole and for all customers or for those who pay like this; of one period there may be one of each kind."""
    fitting = [rate for rate in rates if rate.payment_method in (None, payment) and not rate.unreadable()]
    whole = [rate for rate in fitting if rate.value_inc_vat is not None and rate.value_exc_vat is not None]
    # "Since ever" can be true of one row; where several have no beginning, it was lost.
    ever = [rate for rate in whole if rate.valid_from is None]
    return [rate for rate in whole if rate.valid_from is not None or len(ever) == 1]


def to_prices(
    rates: Iterable[models.Rate], term: Term, contract: Contract, chosen: Preferences, *, period: str | None = None
) -> list[core.Price]:
    """The prices of a tariff's rows, as far as the tariff applies, in time order."""
    found = [_price(rate, term, contract, chosen, period) for rate in of_payment(rates, chosen.payment)]
    return list(core.PriceSeries.firmest(price for price in found if price is not None))


def _price(
    rate: models.Rate, term: Term, contract: Contract, chosen: Preferences, period: str | None
) -> core.Price | None:
    part = term.overlap(core.aware_or_none(rate.valid_from) or OPENING, core.aware_or_none(rate.valid_to))
    if part is None or rate.value_inc_vat is None or rate.value_exc_vat is None:
        return None
    gross, net = to_pounds(rate.value_inc_vat), to_pounds(rate.value_exc_vat)
    # Nowhere does Octopus say whether what it pays for export bears VAT.
    taxed = gross != net and contract.channel is not core.Channel.EXPORT
    # Both are sent, and each is rounded on its own: what is between them is the tax, whatever 5 % would be.
    near = abs(gross - net * (1 + _VAT)) < Decimal("0.00001")
    return core.Price(
        start=part[0],
        end=part[1],
        channel=contract.channel,
        register=contract.register,
        per_kwh=gross if chosen.vat else net,
        currency=CURRENCY,
        tax_included=chosen.vat if taxed else None,
        tax_rate=_VAT if taxed and near else None,
        components={"energy": net, "tax": core.EXACT.subtract(gross, net)} if chosen.vat and taxed else None,
        estimate=False,
        period=period,
        raw=rate,
    )


def by_night(
    day: Iterable[core.Price], night: Iterable[core.Price], nights: Sequence[Times], *, assumed: bool
) -> list[core.Price]:
    """The prices of Economy 7: those of the night inside the night's windows, those of the day outside."""
    found = [
        evolve(price, start=start, end=end, estimate=assumed)
        for prices, wanted in ((day, False), (night, True))
        for price in prices
        for start, end, inside in pieces(price, nights)
        if inside is wanted
    ]
    return sorted(found, key=lambda price: price.start)


def pieces(price: core.Price, windows: Sequence[Times]) -> Iterator[tuple[datetime, datetime | None, bool]]:
    """A price cut where windows (sorted, apart) begin and end: each piece, and whether it is inside one."""
    at = price.start
    for begin, until in windows:
        if until <= at or (price.end is not None and begin >= price.end):
            continue
        if begin > at:
            yield at, begin, False
            at = begin
        stop = until if price.end is None else min(until, price.end)
        yield at, stop, True
        at = stop
    if price.end is None or at < price.end:
        yield at, price.end, False


def clipped(prices: Iterable[core.Price], start: datetime, end: datetime) -> list[core.Price]:
    """The parts of prices inside a range."""
    cut = (evolve(price, start=max(price.start, start), end=min(price.end or end, end)) for price in prices)
    return [price for price in cut if price.end is not None and price.start < price.end]


@frozen(kw_only=True)
class Dispatches:
    """When the car's charging made the price low, and when it is meant to; each in whole half hours, sorted and apart."""

    completed: tuple[Times, ...] = ()
    planned: tuple[Times, ...] = ()
    problem: str | None = None
    """Why they are not known."""


def to_dispatches(
    planned: Iterable[models.PlannedDispatch], completed: Iterable[models.CompletedDispatch]
) -> Dispatches:
    """The half hours that dispatches touch; a bump charge costs what the time of day costs, and is left out.

    A source of None is common, and smart (BottlecapDave/HomeAssistant-OctopusEnergy). What was completed comes also where
    nothing was drawn (-0.01 kWh), and counts (its issue 1354).
    """
    smart = [each for each in planned if each.type is None or each.type.upper() != "BOOST"]
    done = [each for each in completed if each.meta is None or each.meta.source != "bump-charge"]
    return Dispatches(completed=_half_hours(done), planned=_half_hours(smart))


def _half_hours(found: Iterable[models.PlannedDispatch | models.CompletedDispatch]) -> tuple[Times, ...]:
    times = [(core.aware(each.start), core.aware(each.end)) for each in found if each.start and each.end]
    return tuple(merged((_slot(start), _slot(end + SLOT - _TICK)) for start, end in times if start < end))


def _slot(time: datetime) -> datetime:
    return time - (time - OPENING) % SLOT


def with_dispatches(prices: Sequence[core.Price], found: Dispatches, now: datetime) -> list[core.Price]:
    """Prices of an intelligent tariff, with the low one where the car was charged, or is meant to be.

    What was completed is firm. A plan may vanish, and then the price is the usual one: its half hours are estimates, in a
    band up to that price. UNPROVEN: newer variants of the tariff limit the hours of a day, or price the car apart.
    """
    done = _at_low(prices, found.completed, prices, estimate=False)
    ahead = [(max(start, _slot(now)), end) for start, end in found.planned if end > now]
    return _at_low(done, ahead, prices, estimate=True)


def unsure(prices: Iterable[core.Price]) -> list[core.Price]:
    """Prices of which it is unknown whether a dispatch makes them lower."""
    return [evolve(price, estimate=None) for price in prices]


def _at_low(
    prices: Sequence[core.Price], windows: Sequence[Times], usual: Sequence[core.Price], *, estimate: bool
) -> list[core.Price]:
    if not windows:
        return list(prices)
    found: list[core.Price] = []
    for price in prices:
        for start, end, inside in pieces(price, windows):
            piece = evolve(price, start=start, end=end)
            low = min((each for each in usual if _near(each, piece)), key=lambda each: each.per_kwh, default=piece)
            if inside and low.per_kwh < piece.per_kwh:
                changed = evolve(low, start=start, end=end, period="dispatch", estimate=estimate)
                if estimate:
                    changed = evolve(changed, expected_per_kwh=low.per_kwh, low=low.per_kwh, high=piece.per_kwh)
                piece = changed
            found.append(piece)
    return found


def _near(price: core.Price, other: core.Price) -> bool:
    """Whether two prices belong to the same day or its neighbours: the low rate may change with a quarter."""
    return price.start < (other.end or other.start) + DAY and (price.end is None or other.start - DAY < price.end)


def dispatch_gaps(
    found: Dispatches, contract: Contract, start: datetime, end: datetime | None, now: datetime
) -> list[core.Gap]:
    """What of a range may have had, or may get, a low price that is not known."""
    kept = now - DISPATCHES_KEPT
    if found.problem is not None:
        return [core.Gap(start=start, end=end, reason=found.problem, channel=contract.channel)]
    if start >= kept:
        return []
    reason = "the prices are there, but dispatches are kept for three days: some may have been lower"
    return [core.Gap(start=start, end=kept if end is None else min(end, kept), reason=reason, channel=contract.channel)]


def price_gaps(
    known: Iterable[core.Price | core.Gap], contract: Contract, start: datetime, end: datetime | None, now: datetime
) -> list[core.Gap]:
    """What of a range has no price, and why; without an end, up to now, or to the last price that is known."""
    known = list(known)
    published = max([now, *(each.start for each in known if each.start is not None)])
    until = max(published, now + _TICK, start) if end is None else end
    return [
        core.Gap(start=a, end=b, channel=contract.channel, reason=_why_no_price(contract, a, b, published))
        for a, b in core.uncovered(((each.start, each.end) for each in known), start, until)
    ]


def _why_no_price(contract: Contract, start: datetime, end: datetime, published: datetime) -> str:
    if not any(term.overlap(start, end) for term in contract.terms):
        return "no tariff applies then"
    return "not published yet" if end > published else "Octopus has no rate for that time"


PUBLISHED: Final = (("AGILE", time(16)), ("SILVER", time(11)))
"""When the prices of the next day are expected, by the clock of London. Agile's have come as late as 20:00."""


def next_publication(supply: Supply, prices: Iterable[core.Price], now: datetime) -> datetime | None:
    """When the next prices are expected; None for a tariff that does not change daily. A time that is past: they are late."""
    ends = [price.end for price in prices if price.channel is core.Channel.IMPORT and price.end is not None]
    term = next((term for contract in supply.on(core.Channel.IMPORT) if (term := contract.term(now))), None)
    at = next((at for start, at in PUBLISHED if term is not None and term.code.product.startswith(start)), None)
    if at is None or not ends:
        return None
    today = datetime.combine(now.astimezone(LONDON).date(), at, LONDON)
    # What is known ends at 23:00 (Agile) or at midnight: today's is followed by what is published today.
    last = (max(ends) - SLOT).astimezone(LONDON).date()
    return today if last <= today.date() else today + DAY


def to_tariffs(
    charges: Iterable[models.Rate], term: Term, contract: Contract, fuel: core.Fuel, chosen: Preferences, wanted: Times
) -> Iterator[core.Tariff]:
    """The standing charges of a tariff in a range, each with the days at whose local midnight its row holds."""
    for row in to_prices(charges, term, contract, chosen):
        start, end = _midnight(row.start), None if row.end is None else _midnight(row.end)
        if start < wanted[1] and (end is None or max(start, wanted[0]) < end):
            yield core.Tariff(
                name=term.code.product,
                code=str(term.code),
                fuel=fuel,
                currency=CURRENCY,
                tax_included=chosen.vat,
                tax_rate=_VAT,
                standing_charges=(core.StandingCharge(amount=row.per_kwh),),
                start=start,
                end=end,
                raw=row.raw,
            )


def _midnight(at: datetime) -> datetime:
    """The first midnight of London that is not before an instant."""
    return datetime.combine((at - _TICK).astimezone(LONDON).date() + DAY, time(), LONDON).astimezone(UTC)
