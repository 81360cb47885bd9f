"""A tariff as a document says it: when which price holds, what is charged beside it, and when each version is valid.

Every class is one table of the document, and every attribute a key; an unknown key is refused. Money is in the major unit of
the currency (0.2635 for 26.35 pence). Days, hours and seasons are those of the tariff's zone; rules are tried in order, and
the first that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from openpower_core import provider as core

Span: TypeAlias = tuple[int, int]
"""From and to, in minutes since midnight; one that ends before it begins runs past midnight."""
DayOfYear: TypeAlias = tuple[int, int]
"""Month and day."""
Season: TypeAlias = tuple[DayOfYear, DayOfYear]
"""First and last day, both inclusive; one that ends before it begins runs past New Year."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _season(value: Any) -> tuple[Season, ...]:
    return tuple(map(_days_of_year, core.words(value, "season")))


def _days_of_year(word: str) -> Season:
    # "05-01 to 10-31" or "may-oct": what is in digits needs "to", since its own parts are joined by hyphens.
    parts = re.split(r"\s+to\s+", word) if re.search(r"[0-9]", word) else re.split(r"\s*-\s*|\s+to\s+", word)
    if len(parts) <= 2 and all(parts):
        first, last = _day_of_year(parts[0], last=False), _day_of_year(parts[-1], last=True)
        if first and last:
            return first, last
    raise core.refused(word, "season", "days such as '05-01 to 10-31', or months such as 'nov-apr' or 'jul'")


def _day_of_year(part: str, *, last: bool) -> DayOfYear | None:
    if part[:3] in _MONTHS and part.isalpha():
        # Whoever names a month means all of it; no month has a 32nd day, so its last day is not after this one.
        return _MONTHS.index(part[:3]) + 1, 31 if last else 1
    try:
        found = date.fromisoformat(f"2024-{part}")  # a leap year, so that 02-29 is a day
    except ValueError:
        return None
    return found.month, found.day


def _day(value: Any) -> date | None:
    found = None if value is None else core.day(value, "a day of the tariff")
    if found is not None and not 1900 < found.year < 2200:
        raise core.refused(value, "a day of the tariff", "a day of these centuries")
    return found


def _name(value: Any) -> str:
    return core.text(value, "name")


def _zone(value: Any) -> str:
    return core.zone(value, "tz")


def _zone_or_none(value: Any) -> str | None:
    return None if value is None else _zone(value)


def _names(value: Any) -> tuple[str, ...]:
    return tuple(
        str(each) if isinstance(each, date) else core.text(each, "holidays")
        for each in core.one_or_many(value, "holidays")
    )


@frozen(kw_only=True)
class DemandWindow:
    """When something holds: on all the days, in all the hours and seasons, unless it says which."""

    days: frozenset[core.Weekday] = field(default=core.EVERY_DAY, converter=core.weekdays)
    """``"mon-fri"``, ``"sat,sun"``."""
    hours: tuple[Span, ...] = field(default=None, converter=core.hour_spans)
    """``"07:00-11:00"``, ``["17-19", "22:00-06:00"]``: half-open; past midnight they belong to the day on which they begin."""
    season: tuple[Season, ...] = field(default=None, converter=_season)
    """``"05-01 to 10-31"``, ``"nov-apr"``: both ends inclusive."""
    holidays: bool | None = None
    """True: on holidays only; false: on no holiday; left out: whether it is one does not matter."""
    tz: str | None = field(default=None, converter=_zone_or_none)
    """The zone of its hours and days where it is not the tariff's, such as ``"UTC"`` for meters that know no summer time."""


@frozen(kw_only=True)
class Rule(DemandWindow):
    """The price at some of the time."""

    period: str | None = None
    """Its name on the bill: ``"peak"``."""
    price: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """Per kWh."""
    add: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """Instead of a price: what is added to the table's own price, or to that of the tier."""

    def __attrs_post_init__(self) -> None:
        if (self.price is None) is (self.add is None):
            raise core.InvalidValue("a rule has either a price or add.")


@frozen(kw_only=True)
class SeasonalTier:
    """The price of the energy above a threshold; see :class:`openpower.Tier`."""

    above_kwh: Decimal = field(converter=core.decimal)
    """The first tier begins at 0."""
    price: Decimal = field(converter=core.decimal)
    """In the document's currency per kWh."""
    per: core.Per = core.Per.BILL
    """What the threshold is for: bill, month, or day (which is times the days of the bill, not day by day)."""
    round_kwh: bool = False
    """Whether the threshold of a bill is rounded to whole kWh."""
    season: tuple[Season, ...] = field(default=None, converter=_season)


@frozen(kw_only=True)
class Rates:
    """The prices of one channel."""

    price: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """Per kWh, whenever no rule matches. Without one, the rules have to cover every hour."""
    period: str | None = None
    """The name of that time, such as ``"off-peak"``."""
    rules: tuple[Rule, ...] = ()
    """The first that matches decides."""
    tiers: tuple[SeasonalTier, ...] = ()
    """Instead of a price; rules then say ``add``."""

    def __attrs_post_init__(self) -> None:
        if self.tiers and self.price is not None:
            raise core.InvalidValue("it has a price and tiers.", hint="The tier above 0 kWh is its price.")
        if self.tiers and any(rule.add is None for rule in self.rules):
            raise core.InvalidValue(
                "beside tiers, a rule says what it adds to them.", hint="Write add instead of price."
            )
        if not self.tiers and self.price is None and any(rule.add is not None for rule in self.rules):
            raise core.InvalidValue("a rule adds to a price, and there is none.", hint="Give price beside rules.")
        if not self.tiers and self.price is None and not self.rules:
            raise core.InvalidValue("it has neither a price nor rules nor tiers.")


@frozen(kw_only=True)
class Version:
    """What holds from one day to another."""

    start: date | None = field(default=None, converter=_day)
    """The first day; left out: since ever."""
    end: date | None = field(default=None, converter=_day)
    """The first day on which it holds no longer; left out: until the next version begins, or until further notice."""
    imports: Rates | None = field(default=None, metadata={"key": "import"})
    export: Rates | None = None
    """What you are paid for a kWh."""
    controlled_load: Rates | None = None
    standing_charges: tuple[core.StandingCharge, ...] = ()
    demand_charges: tuple[core.DemandCharge, ...] = ()
    demand_window: DemandWindow | None = None
    """When power counts for the demand charges; left out: always."""

    def __attrs_post_init__(self) -> None:
        if self.start and self.end and self.end <= self.start:
            raise core.InvalidValue(f"a version ends on {self.end}, which is not after its start.")
        if any(rates and rates.tiers for rates in (self.export, self.controlled_load)):
            raise core.InvalidValue("only import has tiers.")
        if self.demand_window and not self.demand_charges:
            raise core.InvalidValue("there is a demand_window, and no demand charge that it is for.")

    @property
    def rates(self) -> dict[core.Channel, Rates]:
        """The channels that it has prices for."""
        both = {
            core.Channel.IMPORT: self.imports,
            core.Channel.CONTROLLED_LOAD: self.controlled_load,
            core.Channel.EXPORT: self.export,
        }
        return {channel: rates for channel, rates in both.items() if rates}


class Observed(StrEnum):
    """What becomes of a holiday that falls on a weekend."""

    LAW = "law"
    """It is observed on another day where the law of the country says so."""
    NEXT_WEEKDAY = "next_weekday"
    """It is observed on the next weekday that is not a holiday, as Ontario's time of use has it."""
    NEVER = "never"


def _observed(value: Any) -> Observed:
    return core.one_of(Observed, value, "observed")


@frozen(kw_only=True)
class Holidays:
    """Which days are holidays: those of the library ``holidays``, by country and subdivision."""

    country: str
    """ISO 3166, such as ``"CA"``."""
    subdivision: str | None = None
    """Such as ``"ON"``."""
    observed: Observed = field(default=Observed.LAW, converter=_observed)
    also: tuple[str, ...] = field(default=(), converter=_names)
    """More: days (``"2026-12-24"``), or names of days that the library knows and that are no public holidays (``"Civic Holiday"``)."""
    without: tuple[str, ...] = field(default=(), converter=_names)
    """Days, or names, that are holidays and do not count."""


@frozen(kw_only=True)
class TariffDocument(Version):
    """A whole tariff: one version as it stands, or several."""

    name: str = field(converter=_name)
    currency: str = field(converter=core.currency)
    """ISO 4217."""
    tz: str = field(converter=_zone)
    """The zone of its days and hours."""
    code: str | None = None
    """The retailer's own code of it."""
    tax_included: bool | None = None
    """Whether its prices and charges hold the tax. What you are paid for export is left as it is."""
    tax_rate: Decimal | None = field(default=None, converter=core.decimal_or_none)
    """0.19 for 19 %."""
    holidays: Holidays | None = None
    versions: tuple[Version, ...] = ()
    """In time order."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.versions and (self.rates or self.start or self.end or self.standing_charges or self.demand_charges):
            raise core.InvalidValue(
                "it has versions, and prices or charges beside them.", hint="Put them into a version."
            )
        if not any(version.imports for version in self.parts):
            raise core.InvalidValue("it has no prices of import.", hint="Write [import] and below it: price = 0.25")
        if self.tax_included is False and self.tax_rate is None:
            raise core.InvalidValue("its prices hold no tax, and tax_rate is missing.", hint="0 where none is due.")
        if self.tax_rate is not None and not 0 <= self.tax_rate < 1:
            raise core.refused(self.tax_rate, "tax_rate", "at least 0 and below 1", hint="19 % is 0.19.")
        for version, after in zip(self.parts, self.parts[1:], strict=False):
            if after.start is None or (version.start or date.min) >= after.start:
                raise core.InvalidValue("versions begin one after the other: every later one needs a later start.")
            if version.end and version.end > after.start:
                raise core.InvalidValue(f"two versions hold on {after.start}.", hint="Leave out the end of the first.")

    @property
    def parts(self) -> tuple[Version, ...]:
        """Its versions; the document itself where it has none."""
        return self.versions or (self,)

    def spans(self) -> Iterator[tuple[Version, date | None, date | None]]:
        """Its versions, each with its first day and the first day after it."""
        for place, version in enumerate(self.parts):
            after = self.parts[place + 1].start if place + 1 < len(self.parts) else None
            yield version, version.start, version.end or after


EXAMPLE: Final = """\
# A tariff for openpower; money is in the major unit of the currency, per kWh.
name = "My tariff"
currency = "EUR"
tz = "Europe/Berlin"
tax_included = true
tax_rate = 0.19

[import]
price = 0.3996                 # whenever no rule matches
# rules = [                    # the first that matches decides
#   { period = "peak", price = 0.45, days = "mon-fri", hours = "17:00-21:00", season = "nov-mar", holidays = false },
#   { period = "night", price = 0.29, hours = "22:00-06:00" },
# ]

[export]
price = 0.0794

[[standing_charges]]
amount = 120.00
per = "year"                   # or "month", "day"

# [holidays]
# country = "DE"
# subdivision = "NW"
"""
"""What ``openpower login tariff`` writes where there is no file yet."""
