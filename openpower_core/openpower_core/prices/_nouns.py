"""The price of an interval, what else a tariff charges, the energy used and what it cost, and the grid's mix.

Money is :class:`~decimal.Decimal` in the major unit of an ISO 4217 currency per kWh, never rounded.
IMPORT and CONTROLLED_LOAD: + you pay. EXPORT: + you are paid. Intervals are half-open ``[start, end)``, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from attrs import field, fields, frozen

from openpower_core._error import Named
from openpower_core.checks import Span, aware, aware_or_none, one_of, step
from openpower_core.errors import InvalidValue
from openpower_core.prices._money import components, currency, decimal, decimal_or_none, kept, kept_or_none
from openpower_core.prices._words import BillKind, Channel, Fuel, Per, PriceKind, UsageQuality


@frozen(kw_only=True)
class Price(Named):
    """The price of one interval on one channel."""

    start: datetime = field(converter=aware)
    """When it begins to apply (UTC); ``end`` is not part of it."""
    end: datetime | None = field(converter=aware_or_none)
    """None where the price holds until further notice."""
    channel: Channel = Channel.IMPORT
    """What it is for."""
    per_kwh: Decimal = field(converter=decimal)
    """In ``currency`` per kWh; IMPORT: + you pay, EXPORT: + you are paid."""
    currency: str = field(converter=currency)
    """ISO 4217, such as ``"AUD"``."""
    tax_included: bool | None = None
    """Whether ``per_kwh`` holds the tax; None where none applies, or it is not known."""
    tax_rate: Decimal | None = field(default=None, converter=decimal_or_none)
    """The tax on the net price, such as 0.1 for 10 %."""
    components: Mapping[str, Decimal] | None = field(default=None, converter=components, hash=False)
    """What the price is made of (``energy``, ``network``, ``tax`` …), in currency per kWh."""
    kind: PriceKind = PriceKind.SETTLED
    """Whether the interval is past, running or ahead."""
    estimate: bool | None = None
    """Whether the figure may still change; None when the retailer does not say."""
    expected_per_kwh: Decimal | None = field(default=None, converter=decimal_or_none)
    """The retailer's own prediction of what this interval will cost; a price that is firm is its own."""
    low: Decimal | None = field(default=None, converter=decimal_or_none)
    """The lower end of the band of that prediction."""
    high: Decimal | None = field(default=None, converter=decimal_or_none)
    """The band of that prediction; low ≤ high on every channel."""
    spot_per_kwh: Decimal | None = field(default=None, converter=decimal_or_none)
    """The wholesale price, as the retailer reports it (same sign on every channel)."""
    renewables_pct: float | None = None
    """Share of renewables in the grid; some markets report above 100."""
    spike: bool | None = None
    """Whether the wholesale price spikes; None where it may (a potential spike), or it is not known."""
    demand_window: bool | None = None
    """Whether power drawn now counts for the demand charge; None where there is none, or it is not known."""
    period: str | None = None
    """The tariff's own word for the time of use, such as ``"peak"``."""
    register: str | None = None
    """The register of the meter, where a channel has several, such as ``"E2"``."""
    raw: Any = field(default=None, repr=False, eq=False)
    """The vendor's own record."""

    def covers(self, time: datetime) -> bool:
        """Whether it applies at an instant."""
        return self.start <= time and (self.end is None or time < self.end)

    @property
    def duration(self) -> timedelta | None:
        """How long it applies; None where it has no end."""
        return None if self.end is None else self.end - self.start

    @property
    def firm(self) -> bool:
        """Whether it is known not to change: settled, or confirmed."""
        return self.estimate is False or (self.estimate is None and self.kind is PriceKind.SETTLED)

    @property
    def best_per_kwh(self) -> Decimal:
        """What an optimiser should use: the price itself where it is firm, else the retailer's prediction if there is one."""
        return self.per_kwh if self.expected_per_kwh is None or self.firm else self.expected_per_kwh


# A plain word would pass for none of the members where they are compared by identity.
def _per(value: Per | str) -> Per:
    return one_of(Per, value, "per")


def _fuel(value: Fuel | str) -> Fuel:
    return one_of(Fuel, value, "fuel")


def _channel(value: Channel | str) -> Channel:
    return one_of(Channel, value, "channel")


@frozen(kw_only=True)
class StandingCharge:
    """What is paid for being supplied, whatever is used."""

    amount: Decimal = field(converter=decimal)
    """In the tariff's currency; + you pay."""
    per: Per = field(default=Per.DAY, converter=_per)
    """How often it is paid."""
    name: str = "standing charge"
    """The retailer's name for it; it becomes the line of a bill."""


def _interval(value: Span) -> timedelta:
    return step(value, "interval")


@frozen(kw_only=True)
class DemandCharge:
    """What is paid for the highest power that was drawn in the demand window of a bill's months."""

    per_kw: Decimal = field(converter=decimal)
    """In the tariff's currency per kW."""
    per: Per = field(default=Per.MONTH, converter=_per)
    """How often the highest power is taken anew."""
    interval: timedelta = field(default=timedelta(minutes=30), converter=_interval)
    """Over which the power is averaged."""
    name: str = "demand charge"
    """The retailer's name for it; it becomes the line of a bill."""


@frozen(kw_only=True)
class Tier:
    """The price of the energy above a threshold, which counts from the beginning of each bill or month."""

    above_kwh: Decimal = field(converter=decimal)
    """The first tier begins at 0. Per day, month or bill, as ``per`` says."""
    per_kwh: Decimal = field(converter=decimal)
    """In the tariff's currency per kWh."""
    per: Per = field(default=Per.BILL, converter=_per)
    """DAY: the threshold of a bill is this many kWh for each of its days, not day by day."""
    round_kwh: bool = False
    """Whether the threshold of a bill is rounded to whole kWh."""


@frozen(kw_only=True)
class Tariff:
    """What a contract charges beside the prices of its intervals."""

    name: str
    """The retailer's name for it."""
    code: str | None = None
    """The retailer's own code of it."""
    fuel: Fuel = field(default=Fuel.ELECTRICITY, converter=_fuel)
    """What it is for."""
    channel: Channel = field(default=Channel.IMPORT, converter=_channel)
    """The channel whose energy it charges."""
    currency: str = field(converter=currency)
    """ISO 4217, such as ``"AUD"``."""
    tax_included: bool | None = None
    """Whether the charges hold the tax."""
    tax_rate: Decimal | None = field(default=None, converter=decimal_or_none)
    """The tax on the net charges, such as 0.1 for 10 %."""
    standing_charges: tuple[StandingCharge, ...] = ()
    """What is paid whatever is used."""
    demand_charges: tuple[DemandCharge, ...] = ()
    """What is paid for the highest power."""
    tiers: tuple[Tier, ...] = ()
    """Where they are, the price of an interval is that of the first, with what its time of day adds; the sum of a bill decides
    which tier a kWh falls into."""
    start: datetime | None = field(default=None, converter=aware_or_none)
    """When it begins to hold (UTC)."""
    end: datetime | None = field(default=None, converter=aware_or_none)
    """When it holds; None where that is open."""
    raw: Any = field(default=None, repr=False, eq=False)
    """The vendor's own record."""

    def __attrs_post_init__(self) -> None:
        if not self.tiers:
            return
        first, *others = sorted(self.tiers, key=attrgetter("above_kwh"))
        if first.above_kwh != 0:
            raise InvalidValue(f"the first tier begins above {first.above_kwh} kWh; it must begin at 0.")
        if len({tier.above_kwh for tier in self.tiers}) < len(self.tiers):
            raise InvalidValue("two tiers begin at the same threshold.")
        # Thresholds of different measures change places with the length of a bill.
        if len({tier.per for tier in others}) > 1:
            raise InvalidValue("the thresholds of the tiers are for different times; per must be the same for all.")


@frozen(kw_only=True)
class Usage(Named):
    """Energy metered in one interval on one channel, and what it cost."""

    start: datetime = field(converter=aware)
    """UTC."""
    end: datetime = field(converter=aware)
    """UTC; not part of it."""
    channel: Channel = field(default=Channel.IMPORT, converter=_channel)
    kwh: float
    """Never negative; the channel gives the direction."""
    cost: Decimal | None = field(default=None, converter=decimal_or_none)
    """+ you pay, − you are paid, on every channel."""
    currency: str = field(converter=currency)
    """ISO 4217, of ``cost``."""
    quality: UsageQuality = UsageQuality.UNKNOWN
    """How firm ``kwh`` is."""
    period: str | None = None
    """The tariff's own word for the time of use, such as ``"peak"``."""
    register: str | None = None
    """The register of the meter, where a channel has several, such as ``"E2"``."""
    raw: Any = field(default=None, repr=False, eq=False)
    """The vendor's own record."""


@frozen(kw_only=True)
class Gap:
    """What of a series could not be had, and why."""

    start: datetime | None = field(converter=aware_or_none)
    """None where the vendor's record does not tell its time."""
    end: datetime | None = field(converter=aware_or_none)
    """UTC; not part of it."""
    reason: str
    """In words."""
    channel: Channel | None = None
    """None: all of them."""


class Usages(list[Usage]):
    """Metered intervals in time order, and the parts of the range that could not be had.

    Attributes:
        gaps: what is missing and why, such as a day that is not published yet.
    """

    def __init__(self, usages: Any = (), *, gaps: Any = ()) -> None:
        super().__init__(usages)
        self.gaps: tuple[Gap, ...] = tuple(gaps)

    def columns(self) -> dict[str, list[Any]]:
        """The figures as columns, for tables: UTC datetimes, Decimals, words; see :func:`openpower.to_frame`."""
        return columns_of(Usage, self)


def columns_of(cls: Any, items: Sequence[Any]) -> dict[str, list[Any]]:
    """A column for each field of prices or usages; words are plain text, and ``raw`` is left out.

    What prices are made of has a column for each part, such as ``components_energy``.
    """
    columns: dict[str, list[Any]] = {each.name: list(map(attrgetter(each.name), items)) for each in fields(cls)}
    del columns["raw"]
    for name, words in columns.items():
        if name in ("channel", "kind", "quality"):
            columns[name] = list(map(str, words))
    parts: list[Mapping[str, Decimal]] = [part or {} for part in columns.pop("components", [])]
    names = dict.fromkeys(name for part in parts for name in part)
    return columns | {f"components_{name}": [part.get(name) for part in parts] for name in names}


@frozen(kw_only=True)
class GridMix:
    """Where the grid's energy comes from in one interval."""

    start: datetime = field(converter=aware)
    """UTC."""
    end: datetime = field(converter=aware)
    """UTC; not part of it."""
    renewables_pct: float | None = None
    """Share of renewables (%); some markets report above 100."""
    carbon_g_per_kwh: float | None = None
    """Emissions (g CO₂ per kWh)."""
    kind: PriceKind = PriceKind.SETTLED
    """Whether the interval is past, running or ahead."""
    raw: Any = field(default=None, repr=False, eq=False)
    """The vendor's own record."""


@frozen(kw_only=True)
class BillLine:
    """One line of a bill."""

    kind: BillKind
    """What it is for."""
    name: str
    """In the retailer's words, where it has some."""
    channel: Channel = Channel.IMPORT
    """Of energy: its channel."""
    period: str | None = None
    """The tariff's own word for the time of use; None where it is none."""
    register: str | None = None
    """The register of the meter, where a channel has several."""
    quantity: Decimal = field(converter=kept)
    """In ``unit``; never negative."""
    unit: str
    """``"kWh"``, ``"kW"``, ``"day"``, ``"month"``, ``"year"`` or ``"bill"``."""
    per_unit: Decimal | None = field(default=None, converter=kept_or_none)
    """The price of a unit; where several applied, their mean by quantity."""
    amount: Decimal = field(converter=kept)
    """Not rounded to cents; + you pay, − you are paid."""
    tax_included: bool | None = None
    """Whether ``amount`` holds the tax; None where none applies, or it is not known."""
    tax_rate: Decimal | None = None
    """The tax on the net amount, such as 0.1 for 10 %."""


@frozen(kw_only=True)
class Bill:
    """What a range of days costs, as far as it is known."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it."""
    tz: str | None = None
    """IANA zone whose days count."""
    currency: str
    """ISO 4217, of all amounts."""
    lines: tuple[BillLine, ...] = ()
    """Energy, charges and adjustments."""
    net: Decimal | None
    """Without tax; None where the tax in the prices is not known."""
    tax: Decimal | None
    """None where the tax in the prices is not known."""
    total: Decimal
    """Rounded to the currency's minor unit, as are ``net`` and ``tax``; of what is known."""
    gaps: tuple[Gap, ...] = ()
    """Times without usage, and times without a price: what they cost is in no line."""
    missing_share: float = 0.0
    """The share of the time that has such a gap, from 0 to 1."""
    estimated_share: float = 0.0
    """The share of the energy that was not metered for billing but estimated, from 0 to 1."""
    rules: tuple[str, ...] = ()
    """How it was computed: days, tax, rounding, thresholds."""

    @property
    def complete(self) -> bool:
        """Whether usage and prices are known for all of it."""
        return not self.gaps
