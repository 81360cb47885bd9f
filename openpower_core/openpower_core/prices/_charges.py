"""What a tariff charges for a part of a bill: tiers, standing charges and demand charges, by local days."""

from __future__ import annotations

from calendar import isleap, monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from openpower_core.prices._grid import Grid
from openpower_core.prices._nouns import BillLine, DemandCharge, Price, StandingCharge, Tariff, Tier, Usage
from openpower_core.prices._words import BillKind, Channel, Per

_ZERO: Final = Decimal(0)
_WHOLE: Final = Decimal(1)
_TICK: Final = timedelta(microseconds=1)


class Part(NamedTuple):
    """The part of a bill in which one tariff holds."""

    tariff: Tariff | None
    start: datetime
    end: datetime


class Piece(NamedTuple):
    """Energy that one price applies to."""

    start: datetime
    end: datetime
    usage: Usage
    price: Price | None
    kwh: Decimal


class Charges:
    """What one tariff charges beside the prices of intervals.

    Args:
        tariff: the tariff.
        days: the local days on which it holds.
        of: how many days the whole bill has.
        zone: the home's zone.
        pieces: what was used meanwhile.
    """

    def __init__(self, tariff: Tariff, days: Sequence[date], of: int, zone: ZoneInfo, pieces: Iterable[Piece]) -> None:
        self._tariff, self._days, self._of, self._zone = tariff, days, of, zone
        self._imports = [piece for piece in pieces if piece.usage.channel is Channel.IMPORT]
        self.rules: list[str] = []
        """How they were computed."""

    def lines(self) -> Iterator[BillLine]:
        """All of them."""
        if self._tariff.tiers:
            yield from self._tiers()
        for charge in self._tariff.standing_charges:
            yield self._standing_charge(charge)
        for demand in self._tariff.demand_charges:
            yield from self._demand(demand)

    def _line(
        self, kind: BillKind, name: str, quantity: Decimal, unit: str, per_unit: Decimal, **more: Any
    ) -> BillLine:
        about: dict[str, Any] = {
            "channel": self._tariff.channel,
            "tax_included": self._tariff.tax_included,
            "tax_rate": self._tariff.tax_rate,
            "amount": quantity * per_unit,
        }
        return BillLine(kind=kind, name=name, quantity=quantity, unit=unit, per_unit=per_unit, **about | more)

    def _tiers(self) -> Iterator[BillLine]:
        """The energy of each counter, filled into the tiers from the first on; and what times of day add to them."""
        tiers = sorted(self._tariff.tiers, key=lambda tier: tier.above_kwh)
        monthly = tiers[-1].per is Per.MONTH
        counters: dict[date, Decimal] = defaultdict(Decimal)
        added: dict[tuple[str | None, Decimal], Decimal] = defaultdict(Decimal)
        for piece in self._imports:
            if piece.price is None:
                continue  # a gap
            counters[self._month(piece.start) if monthly else date.min] += piece.kwh
            added[piece.price.period, piece.price.per_kwh - tiers[0].per_kwh] += piece.kwh
        for month, kwh in counters.items():
            lows = [self._threshold(tier, month) for tier in tiers]
            for tier, low, high in zip(tiers, lows, [*lows[1:], kwh], strict=True):
                quantity = max(_ZERO, min(kwh, high) - low)
                if quantity or tier is tiers[0]:
                    name = f"import{f' {month:%Y-%m}' if monthly else ''} above {round(low, 6).normalize():f} kWh"
                    yield self._line(BillKind.ENERGY, name, quantity, "kWh", tier.per_kwh)
        for (period, per_kwh), kwh in added.items():
            if per_kwh:
                name = period or "time of day"
                yield self._line(BillKind.ADJUSTMENT, name, kwh, "kWh", per_kwh, period=period)
        self.rules.append(
            "Thresholds of tiers go by the days of the bill, of which each tariff has its share; all import counts, and export is not deducted."
        )

    def _threshold(self, tier: Tier, month: date) -> Decimal:
        if tier.per is Per.MONTH:
            inside = sum(day.replace(day=1) == month for day in self._days)
            found = tier.above_kwh * inside / monthrange(month.year, month.month)[1]
        else:
            found = self._charged(tier.above_kwh, tier.per, self._days)
        return found.quantize(_WHOLE, ROUND_HALF_UP) if tier.round_kwh else found

    def _standing_charge(self, charge: StandingCharge) -> BillLine:
        # The amount is not the quantity times the price: a third of a month has no end.
        quantity, amount = (self._charged(each, charge.per, self._days) for each in (_WHOLE, charge.amount))
        return self._line(
            BillKind.STANDING_CHARGE, charge.name, quantity, charge.per.value, charge.amount, amount=amount
        )

    def _demand(self, charge: DemandCharge) -> Iterator[BillLine]:
        """The highest mean power of the demand window: of each month, or of the bill."""
        once = charge.per is Per.BILL
        peaks: dict[date, Decimal] = {}
        for cell, (kwh, hours) in self._cells(charge.interval).items():
            month = date.min if once else self._month(cell)
            peaks[month] = max(peaks.get(month, _ZERO), kwh / hours)
        for month, peak in peaks.items():
            days = [day for day in self._days if once or day.replace(day=1) == month]
            name = charge.name if once else f"{charge.name} {month:%Y-%m}"
            yield self._line(BillKind.DEMAND_CHARGE, name, peak, "kW", self._charged(charge.per_kw, charge.per, days))
        minutes = int(charge.interval.total_seconds() // 60)
        self.rules.append(f"Demand is the highest mean power of {minutes} minutes within the demand window.")

    def _cells(self, interval: timedelta) -> dict[datetime, tuple[Decimal, Decimal]]:
        """Import in the demand window by intervals: energy, and their length in hours."""
        # Where no price names a window, power counts at any time.
        named = any(piece.price and piece.price.demand_window is not None for piece in self._imports)
        grid, found = Grid(interval, zone=self._zone), dict[datetime, tuple[Decimal, Decimal]]()
        for piece in self._imports:
            if named and not (piece.price and piece.price.demand_window):
                continue
            begin, length = piece.start, (piece.end - piece.start) // _TICK
            while begin < piece.end:
                first, last = grid.cell(begin)
                upto = min(last, piece.end)
                share = piece.kwh * ((upto - begin) // _TICK) / length
                hours = Decimal((last - first) // _TICK) / 3_600_000_000
                found[first] = found.get(first, (_ZERO, hours))[0] + share, hours
                begin = upto
        return found

    def _charged(self, amount: Decimal, per: Per, days: Sequence[date]) -> Decimal:
        """An amount for these days: months and years by their own days, so that a whole one is exactly the amount."""
        if per is Per.DAY:
            return amount * len(days)
        if per is Per.BILL:
            return amount * len(days) / self._of
        if per is Per.YEAR:
            self.rules.append("A yearly charge is divided by 365 days, in leap years by 366.")
            counts = Counter(day.year for day in days)
            return sum((amount * count / (366 if isleap(year) else 365) for year, count in counts.items()), _ZERO)
        months = Counter((day.year, day.month) for day in days)
        return sum((amount * count / monthrange(*month)[1] for month, count in months.items()), _ZERO)

    def _month(self, at: datetime) -> date:
        return at.astimezone(self._zone).date().replace(day=1)
