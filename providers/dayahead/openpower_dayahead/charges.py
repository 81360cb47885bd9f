"""What a home pays beside the market's price: charges by the hour, the day and the month, tax, and what feed-in is paid.

>>> contract = Contract.of(charges="0.15651", tax_rate="0.19", tz="Europe/Berlin")
>>> noon = datetime(2025, 12, 10, 11, tzinfo=UTC)
>>> [(_, parts)] = contract.importing(noon, noon + timedelta(hours=1), Decimal("0.09285"))
>>> sum(parts.values())
Decimal('0.2967384')
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from attrs import field, frozen

from openpower_core import provider as core

ENERGY: Final = "energy"
TAX: Final = "tax"
"""The names of the parts that are not charges."""

Parts: TypeAlias = dict[str, Decimal]
"""What a price is made of, per kWh."""

_DAY: Final = timedelta(days=1)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


def _months(value: Any) -> frozenset[int]:
    found: set[int] = set() if value is not None else {*range(1, 13)}
    texts = None if value is None else [str(each) for each in core.one_or_many(value, "months")]
    for word in core.words(texts, "months"):
        first, dash, last = word.partition("-")
        month, end = _month(first), _month(last if dash else first)
        found.add(month)
        while month != end:  # after December comes January
            month = month % 12 + 1
            found.add(month)
    return frozenset(found)


def _month(word: str) -> int:
    if word.strip()[:3] in _MONTHS and word.strip().isalpha():
        return _MONTHS.index(word.strip()[:3]) + 1
    if word.isdigit() and 1 <= int(word) <= 12:
        return int(word)
    raise core.refused(word, "months", "months such as 'oct-mar', 'jul' or 7")


def _name(value: Any) -> str:
    found = core.text(value, "name")
    if found in (ENERGY, TAX):
        raise core.refused(value, "name", f"a name other than {ENERGY!r} and {TAX!r}")
    return found


@frozen(kw_only=True)
class Charge:
    """One charge, net of tax; of several with the same name, the last one that applies counts, and different names add up.

    Hours, days and months are those of the home's clock. Hours past midnight belong to the day on which they begin.
    """

    name: str = field(default="charges", converter=_name)
    per_kwh: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """In the currency of the prices; negative for a reduction."""
    pct: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """Instead: a percentage of the market's price without its sign, so that it is a charge at negative prices as well."""
    days: frozenset[core.Weekday] = field(default=core.EVERY_DAY, converter=core.weekdays)
    """``"mon-fri"``, ``"sat,sun"``."""
    hours: tuple[tuple[int, int], ...] = field(default=None, converter=core.hour_spans)
    """``"17-20"``, ``["00:00-05:30", "22-24"]``."""
    months: frozenset[int] = field(default=None, converter=_months)
    """``"oct-mar"``."""

    def __attrs_post_init__(self) -> None:
        if (self.per_kwh is None) is (self.pct is None):
            raise core.InvalidValue(f"the charge {self.name!r} needs per_kwh or pct, and not both.")

    def applies(self, day: date, minute: int) -> bool:
        """Whether it applies at a minute of a local day."""
        return any(map(self._on, core.days_of(self.hours, day, minute)))

    def _on(self, day: date) -> bool:
        return day.isoweekday() in self.days and day.month in self.months

    def amount(self, spot: Decimal) -> Decimal:
        """What it adds to a price of the market."""
        if self.per_kwh is not None:
            return self.per_kwh
        return core.EXACT.divide(core.EXACT.multiply(abs(spot), self.pct or _ZERO), _HUNDRED)


class Charges:
    """Charges on the clock of a home."""

    def __init__(self, charges: tuple[Charge, ...], zone: ZoneInfo) -> None:
        self._zone = zone
        self._charges = charges
        self._none = {charge.name: None for charge in charges}
        ends = {minute for charge in charges for span in charge.hours for minute in span}
        timed = any(charge.days != core.EVERY_DAY or len(charge.months) < 12 for charge in charges)
        # Where the charges may change: at the ends of their hours, and at midnight.
        self._lines = sorted(ends - {core.MIDNIGHT} | {0}) if timed or ends - {0, core.MIDNIGHT} else []
        self._of_slot = lru_cache(maxsize=None)(self._applying)
        self._of_day = lru_cache(maxsize=64)(self._instants)

    def pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, tuple[Charge | None, ...]]]:
        """The parts of an interval in each of which the same charges apply: when each begins, and what applies, name by name."""
        running = self._at(start)
        yield start, running
        if not self._lines:
            return
        day, last = start.astimezone(self._zone).date(), end.astimezone(self._zone).date()
        while day <= last:
            for instant in self._of_day(day):
                if start < instant < end and (applying := self._at(instant)) != running:
                    yield instant, (running := applying)
            day += _DAY

    @property
    def names(self) -> list[str]:
        """The names of the charges."""
        return list(self._none)

    @property
    def has_money(self) -> bool:
        """Whether any is an amount, and no percentage."""
        return any(charge.per_kwh for charge in self._charges)

    def _at(self, instant: datetime) -> tuple[Charge | None, ...]:
        if not self._lines:
            return self._of_slot(date.min.replace(day=2), 0)
        local = instant.astimezone(self._zone)
        line = self._lines[bisect_right(self._lines, local.hour * 60 + local.minute) - 1]
        return self._of_slot(local.date(), line)

    def _applying(self, day: date, minute: int) -> tuple[Charge | None, ...]:
        found: dict[str, Charge | None] = dict(self._none)
        found |= {charge.name: charge for charge in self._charges if charge.applies(day, minute)}
        return tuple(found.values())

    def _instants(self, day: date) -> list[datetime]:
        walls = [datetime.combine(day, time(*divmod(minute, 60)), self._zone) for minute in self._lines]
        # A time that the clock shows twice is two instants; of one that it skips, either is an instant at which nothing changes.
        return sorted({wall.replace(fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)})


@frozen(kw_only=True)
class Contract:
    """What makes a retail price of a market's price."""

    imports: Charges
    tax_rate: Decimal | None
    exports: Charges | None
    """None: nothing is fed in."""
    export_tax_rate: Decimal | None
    standing_charges: tuple[core.StandingCharge, ...]

    @classmethod
    def of(
        cls,
        *,
        tz: str,
        charges: Any = None,
        tax_rate: Any = None,
        feed_in_charges: Any = None,
        feed_in_tax_rate: Any = None,
        standing_charges: Any = None,
    ) -> Contract:
        """What the user's options say; see the provider's specification."""
        zone = ZoneInfo(tz)
        feed_in = None if feed_in_charges is None else to_charges(feed_in_charges, "feed_in_charges")
        return cls(
            imports=Charges(to_charges(charges, "charges"), zone),
            tax_rate=to_rate(tax_rate, "tax_rate"),
            exports=None if feed_in is None else Charges(feed_in, zone),
            export_tax_rate=to_rate(feed_in_tax_rate, "feed_in_tax_rate"),
            standing_charges=tuple(_documents(core.StandingCharge, standing_charges, "standing_charges")),
        )

    def importing(self, start: datetime, end: datetime, spot: Decimal) -> Iterator[tuple[datetime, Parts]]:
        """What a kWh costs in an interval, part by part: (spot + charges) and the tax on both."""
        for begin, applying in self.imports.pieces(start, end):
            yield begin, _priced(spot, self.imports.names, applying, self.tax_rate, sign=1)

    def exporting(self, start: datetime, end: datetime, spot: Decimal) -> Iterator[tuple[datetime, Parts]]:
        """What is paid for a kWh: the market's price without the charges, and tax only if the user said so."""
        if self.exports is not None:
            for begin, applying in self.exports.pieces(start, end):
                yield begin, _priced(spot, self.exports.names, applying, self.export_tax_rate, sign=-1)

    @property
    def has_money(self) -> bool:
        """Whether it names amounts of a currency."""
        lists = (self.imports, self.exports or self.imports)
        return bool(self.standing_charges) or any(charges.has_money for charges in lists)

    def gross(self, amount: Decimal) -> Decimal:
        """An amount with the tax."""
        return core.EXACT.multiply(amount, 1 + self.tax_rate) if self.tax_rate is not None else amount


def _priced(
    spot: Decimal, names: list[str], applying: tuple[Charge | None, ...], rate: Decimal | None, *, sign: int
) -> Parts:
    parts = {ENERGY: spot}
    for name, charge in zip(names, applying, strict=True):
        parts[name] = _ZERO if charge is None else core.EXACT.multiply(charge.amount(spot), sign)
    if rate is not None:
        parts[TAX] = core.EXACT.multiply(total(parts), rate)
    return parts


def total(parts: Mapping[str, Decimal]) -> Decimal:
    """The sum, which no program's own decimal context rounds."""
    found = _ZERO
    for amount in parts.values():
        found = core.EXACT.add(found, amount)
    return found


def to_charges(value: Any, name: str) -> tuple[Charge, ...]:
    """Charges as a user gives them: one number, or a list of charges or tables."""
    if value is None:
        return ()
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        return (Charge(per_kwh=core.decimal(value)),)
    return tuple(_documents(Charge, value, name))


def _documents(kind: Any, value: Any, name: str) -> Iterator[Any]:
    items: list[Any] = [value] if isinstance(value, Mapping) else [] if value is None else core.one_or_many(value, name)
    for place, item in enumerate(items):
        yield item if isinstance(item, kind) else core.read_document(kind, item, name=f"{name}[{place}]")


def to_rate(value: Any, name: str) -> Decimal | None:
    """A tax rate, such as 0.19."""
    if value is None:
        return None
    found = core.decimal(value)
    if not 0 <= found < 1:
        raise core.refused(value, name, "a rate from 0 to below 1", hint="0.19 is 19 %.")
    return found
