"""A bill: what a range of days cost, line by line, and what of it is not known.

Pure arithmetic over usage, prices and tariffs. Nothing is rounded before the total, and what is missing is named instead of
counted as zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpower_core.checks import Zone, instant, zone
from openpower_core.clock import from_wall_clock, local_days
from openpower_core.errors import InvalidValue
from openpower_core.prices._charges import Charges, Part, Piece
from openpower_core.prices._grid import EPOCH, uncovered
from openpower_core.prices._lanes import FOREVER
from openpower_core.prices._money import EXACT
from openpower_core.prices._nouns import Bill, BillLine, Gap, Price, Tariff, Usage
from openpower_core.prices._series import PriceSeries
from openpower_core.prices._words import BillKind, Channel, Per, UsageQuality

_ZERO: Final = Decimal(0)
_TICK: Final = timedelta(microseconds=1)
# ISO 4217's minor units, where they are not hundredths.
_MINOR: Final = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


def bill_of(
    usages: Iterable[Usage],
    prices: PriceSeries,
    tariffs: Sequence[Tariff] = (),
    *,
    start: datetime,
    end: datetime,
    tz: Zone | None = None,
    gaps: Iterable[Gap] = (),
    rules: Iterable[str] = (),
) -> Bill:
    """Compute a bill for ``[start, end)``.

    Where usage has its own cost, that is charged, except with tiers, which go by the sum. An interval that a price, a tier or a
    tariff divides is divided evenly. Of usage that overlaps, the first counts.

    Args:
        usages: what was used, in any order.
        prices: what it costs, by channel.
        tariffs: what else is charged; each from its start to its end.
        start: the beginning, usually a local midnight.
        end: its end, which is no longer part of it.
        tz: the home's zone; None is that of the prices, else UTC.
        gaps: why parts of usage or prices are missing, where that is known.
        rules: further statements of how it came about.

    Raises:
        InvalidValue: the range is empty, the currencies differ, or usage is negative or ends before it starts.
    """
    start, end = instant(start, "start"), instant(end, "end")
    if end <= start:
        raise InvalidValue("a bill needs an end after its start.")
    found = sorted(
        (usage for usage in usages if usage.start < end and start < usage.end), key=lambda usage: usage.start
    )
    _check(found)
    currencies = {usage.currency for usage in found} | {tariff.currency for tariff in tariffs}
    currencies |= {prices.currency} if prices.currency else set()
    if len(currencies) != 1:
        listed = ", ".join(sorted(currencies)) or "neither usage, prices nor a tariff"
        raise InvalidValue(f"a bill has one currency; there is {listed}.")
    known = zone(tz, "tz") if tz is not None else None if prices.tz is None else str(prices.tz)
    with localcontext(EXACT):
        return _Account(found, prices, tariffs, start, end, known).bill(
            currencies.pop(), (*gaps, *prices.gaps), tuple(rules)
        )


def _check(usages: Iterable[Usage]) -> None:
    for usage in usages:
        if not 0 <= usage.kwh < inf:
            raise InvalidValue(
                f"the usage at {usage.start.isoformat()} is {usage.kwh} kWh; it must be a number from 0.",
                hint="The channel gives the direction.",
            )
        if usage.end <= usage.start:
            raise InvalidValue(f"the usage at {usage.start.isoformat()} does not end after its start.")


class _Account:
    """Gathers the lines of one bill."""

    def __init__(
        self,
        usages: Sequence[Usage],
        prices: PriceSeries,
        tariffs: Sequence[Tariff],
        start: datetime,
        end: datetime,
        tz: str | None,
    ) -> None:
        self._usages, self._prices, self._start, self._end, self._tz = usages, prices, start, end, tz
        self._zone = ZoneInfo(tz or "UTC")
        self._days = local_days(start, end, self._zone)
        # A day on which the tariff changes is charged once: by the tariff that holds at its beginning.
        self._begins = [max(start, from_wall_clock(datetime.combine(day, time()), self._zone)) for day in self._days]
        self._parts = list(_parts(tariffs, start, end))
        self._starts: dict[Channel, list[datetime]] = defaultdict(list)
        self._registers: dict[Channel, list[str | None]] = {}
        for price in prices:
            self._starts[price.channel].append(price.start)
            if price.register not in (registers := self._registers.setdefault(price.channel, [])):
                registers.append(price.register)
        self._pieces = list(self._cut())
        self._rules: list[str] = []

    def bill(self, currency: str, reasons: Sequence[Gap], rules: tuple[str, ...]) -> Bill:
        lines = [line for part in self._parts for line in self._lines(part)]
        missing = sorted(self._missing(reasons))
        unit = Decimal(1).scaleb(-_MINOR.get(currency, 2))
        total, tax = _sums(lines, unit)
        energy = sum((piece.kwh for piece in self._pieces), _ZERO)
        guessed = [piece.kwh for piece in self._pieces if piece.usage.quality is UsageQuality.ESTIMATED]
        first, last = self._days[0], self._days[-1]
        about = (
            f"{len(self._days)} days, from {first} to {last}, both inclusive, by the midnight of {self._tz or 'UTC'}.",
            f"Lines are not rounded; the total is rounded half up to {unit} {currency}.",
        )
        return Bill(
            start=self._start,
            end=self._end,
            tz=self._tz,
            currency=currency,
            lines=tuple(lines),
            net=None if tax is None else total - tax,
            tax=tax,
            total=total,
            gaps=tuple(Gap(start=at, end=stop, channel=channel, reason=words) for at, stop, channel, words in missing),
            missing_share=_covered((at, stop) for at, stop, *_ in missing) / (self._end - self._start),
            estimated_share=float(sum(guessed, _ZERO) / energy) if energy else 0.0,
            rules=(*about, *_taxation(lines), *dict.fromkeys(self._rules), *rules),
        )

    # Energy

    def _cut(self) -> Iterator[Piece]:
        """Usage, cut where its price or tariff changes, and where a month with its own tiers begins."""
        until: dict[tuple[Channel, str | None], datetime] = {}
        tariffs = [part.tariff for part in self._parts if part.tariff is not None]
        monthly = any(tier.per is Per.MONTH for tariff in tariffs for tier in tariff.tiers)
        months = (datetime.combine(day, time()) for day in self._days if day.day == 1 and monthly)
        edges = [*(part.start for part in self._parts), *(from_wall_clock(month, self._zone) for month in months)]
        for usage in self._usages:
            lane = usage.channel, usage.register
            begin = max(usage.start, self._start, until.get(lane, self._start))
            stop = min(usage.end, self._end)
            until[lane] = max(stop, until.get(lane, stop))
            kwh, length = Decimal(str(usage.kwh)), (usage.end - usage.start) // _TICK
            while begin < stop:
                price = self._price(usage, begin)
                ends = [stop, *(edge for edge in edges if begin < edge < stop)]
                if price is None:
                    starts = self._starts[usage.channel]
                    ends += starts[(after := bisect_right(starts, begin)) : after + 1]
                elif price.end is not None:
                    ends.append(price.end)
                upto = min(ends)
                ticks = (upto - begin) // _TICK
                yield Piece(begin, upto, usage, price, kwh if ticks == length else kwh * ticks / length)
                begin = upto

    def _price(self, usage: Usage, at: datetime) -> Price | None:
        """That of its own register, else the one that is for all of them; never that of another register."""
        registers = self._registers.get(usage.channel, [])
        own = usage.register if usage.register in registers else None
        if own is None and None not in registers and (usage.register or len(registers) > 1):
            return None  # whose it is would be a guess
        return self._prices.at(at, usage.channel, register=own)

    def _lines(self, part: Part) -> Iterator[BillLine]:
        pieces = [piece for piece in self._pieces if part.start <= piece.start < part.end]
        yield from self._energy(pieces, part.tariff)
        days = [day for day, begin in zip(self._days, self._begins, strict=True) if part.start <= begin < part.end]
        if part.tariff is None and days:
            self._rules.append(
                f"Standing and demand charges of {days[0]} to {days[-1]} are not in it: they are not known."
            )
        elif part.tariff is not None:
            charges = Charges(part.tariff, days, len(self._days), self._zone, pieces)
            yield from charges.lines()
            self._rules += charges.rules

    def _energy(self, pieces: Iterable[Piece], tariff: Tariff | None) -> Iterator[BillLine]:
        groups: dict[tuple[Any, ...], list[tuple[Decimal, Decimal]]] = defaultdict(list)
        for piece in pieces:
            usage, price = piece.usage, piece.price
            if _tiered(usage.channel, tariff):
                continue
            if usage.cost is not None:
                amount = usage.cost * ((piece.end - piece.start) // _TICK) / ((usage.end - usage.start) // _TICK)
            elif price is not None:
                amount = piece.kwh * (-price.per_kwh if usage.channel is Channel.EXPORT else price.per_kwh)
            else:
                continue  # a gap
            period = usage.period or (price.period if price else None)
            tax = _tax_of(usage.channel, price, tariff)
            groups[usage.channel, usage.register, period, *tax].append((piece.kwh, amount))
        # Import first; within a channel in the order of time.
        for (channel, register, period, included, rate), found in sorted(groups.items(), key=_by_channel):
            kwh, amount = sum((each[0] for each in found), _ZERO), sum((each[1] for each in found), _ZERO)
            yield BillLine(
                kind=BillKind.ENERGY,
                name=" ".join(filter(None, (channel.value.replace("_", " "), register, period))),
                channel=channel,
                period=period,
                register=register,
                quantity=kwh,
                unit="kWh",
                per_unit=(-amount if channel is Channel.EXPORT else amount) / kwh if kwh else None,
                amount=amount,
                tax_included=included,
                tax_rate=rate,
            )

    # What is missing

    def _missing(self, reasons: Sequence[Gap]) -> Iterator[tuple[datetime, datetime, Channel, str]]:
        """From when to when what is missing on which channel, and why."""
        channels = dict.fromkeys([Channel.IMPORT, *(usage.channel for usage in self._usages)])
        for channel in channels:
            spans = [(usage.start, usage.end) for usage in self._usages if usage.channel is channel]
            for begin, stop in uncovered(spans, self._start, self._end):
                yield begin, stop, channel, _reason(reasons, begin, channel, "no usage")
            for begin, stop, kwh in self._unpriced(channel):
                words = f"no price for {kwh.normalize():f} kWh"
                yield begin, stop, channel, _reason(reasons, begin, channel, words)

    def _unpriced(self, channel: Channel) -> Iterator[tuple[datetime, datetime, Decimal]]:
        """Times with usage that neither has a price nor its own cost, neighbours joined."""
        current: tuple[datetime, datetime, Decimal] | None = None
        for piece in self._pieces:
            tariff = next(part.tariff for part in self._parts if part.start <= piece.start < part.end)
            costs = piece.usage.cost is not None and not _tiered(channel, tariff)
            if piece.usage.channel is not channel or piece.price or costs:
                continue
            if current is not None and current[1] >= piece.start:
                current = current[0], max(current[1], piece.end), current[2] + piece.kwh
                continue
            if current is not None:
                yield current
            current = piece.start, piece.end, piece.kwh
        if current is not None:
            yield current


def _parts(tariffs: Sequence[Tariff], start: datetime, end: datetime) -> Iterator[Part]:
    """The range, cut where the tariff changes."""
    cursor = start
    for tariff in sorted(tariffs, key=lambda tariff: tariff.start or EPOCH):
        begin, stop = max(cursor, tariff.start or cursor), min(end, tariff.end or FOREVER)
        if begin >= stop:
            continue
        if cursor < begin:
            yield Part(None, cursor, begin)
        yield Part(tariff, begin, stop)
        cursor = stop
    if cursor < end:
        yield Part(None, cursor, end)


_ORDER: Final = {channel: place for place, channel in enumerate(Channel)}


def _by_channel(group: tuple[tuple[Any, ...], object]) -> int:
    return _ORDER[group[0][0]]


def _tiered(channel: Channel, tariff: Tariff | None) -> bool:
    return channel is Channel.IMPORT and tariff is not None and bool(tariff.tiers)


def _tax_of(channel: Channel, price: Price | None, tariff: Tariff | None) -> tuple[bool | None, Decimal | None]:
    if channel is Channel.EXPORT or (price is not None and price.tax_included is not None):
        return (None, None) if price is None else (price.tax_included, price.tax_rate)
    return (None, None) if tariff is None else (tariff.tax_included, tariff.tax_rate)


def _tax(line: BillLine) -> tuple[Decimal, Decimal | None]:
    """The tax that comes on top of a line, and the one that is in it; None where that is not known."""
    rate = line.tax_rate
    if line.tax_included is None or rate == 0:
        return _ZERO, _ZERO
    if rate is None:
        return _ZERO, None
    return (_ZERO, line.amount * rate / (1 + rate)) if line.tax_included else (line.amount * rate, _ZERO)


def _sums(lines: Sequence[BillLine], unit: Decimal) -> tuple[Decimal, Decimal | None]:
    """The total and the tax in it, rounded; the tax is None where that of a line is not known."""
    taxes = [_tax(line) for line in lines]
    total = sum((line.amount + added for line, (added, _) in zip(lines, taxes, strict=True)), _ZERO)
    inside = [part for _, part in taxes if part is not None]
    tax = sum((added for added, _ in taxes), _ZERO) + sum(inside, _ZERO)
    return (
        total.quantize(unit, ROUND_HALF_UP),
        tax.quantize(unit, ROUND_HALF_UP) if len(inside) == len(taxes) else None,
    )


def _taxation(lines: Iterable[BillLine]) -> Iterator[str]:
    for included, rate in dict.fromkeys(
        (line.tax_included, line.tax_rate) for line in lines if line.channel is not Channel.EXPORT
    ):
        if included is None:
            yield "Of some prices it is not known whether they hold tax; none is added to them."
        elif rate is None:
            yield f"Prices {'hold' if included else 'do not hold'} tax, whose rate is not known; none is added."
        else:
            percent = f"{(rate * 100).normalize():f} %"
            yield (
                f"Prices hold {percent} tax; none is added."
                if included
                else f"{percent} tax is added to prices without tax."
            )


def _reason(reasons: Iterable[Gap], at: datetime, channel: Channel, words: str) -> str:
    """What is missing, and why where that is known."""
    for gap in reasons:
        if (
            (gap.start is None or gap.start <= at)
            and (gap.end is None or at < gap.end)
            and gap.channel in (None, channel)
        ):
            return f"{words}: {gap.reason}"
    return words


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """How long spans are together, overlaps counted once."""
    total, cursor = timedelta(), EPOCH
    for begin, stop in sorted(spans):
        if stop > cursor:
            total += stop - max(begin, cursor)
            cursor = stop
    return total
