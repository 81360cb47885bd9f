"""From an account, or from public products, to what becomes a retailer: contracts with their tariffs by time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from openpower_core import provider as core
from openpower_octopus import models
from openpower_octopus.client import TariffCode, fields

ZONE: Final = "Europe/London"
LONDON: Final = ZoneInfo(ZONE)
OPENING: Final = datetime(2016, 1, 1, tzinfo=UTC)
"""Where a rate begins that holds since ever: before that Octopus had no customers."""

SLOT: Final = timedelta(minutes=30)
DAY: Final = timedelta(days=1)
Times = tuple[datetime, datetime]


@frozen(kw_only=True)
class Night:
    """When a meter with two registers counts the night; Octopus does not know it (each list of rates is for all day).

    Smart meters keep 00:30 to 07:30 UTC all year, which is 01:30 to 08:30 in summer (Octopus's clients, 2026-08).
    """

    windows: tuple[tuple[time, time], ...] = ((time(0, 30), time(7, 30)),)
    zone: Any = UTC
    assumed: bool = True
    """Whether the user did not say it."""

    @classmethod
    def parse(cls, text: str | None) -> Night:
        """Read ``00:30-07:30 UTC``, or several of the wall clock: ``22:30-00:30, 02:30-07:30``."""
        if text is None:
            return cls()
        spans, utc, _ = core.text(text, "night").upper().partition("UTC")
        windows = [core.texts(span.split("-"), "night") for span in spans.split(",")]
        if any(len(window) != 2 for window in windows):
            raise core.refused(text, "night", "such as '00:30-07:30 UTC', or '00:00-07:00' by the wall clock")
        read = tuple((_clock(begin), _clock(end)) for begin, end in windows)
        return cls(windows=read, zone=UTC if utc else LONDON, assumed=False)

    def between(self, start: datetime, end: datetime) -> list[Times]:
        """The nights that touch ``[start, end)``, in order."""
        found: list[Times] = []
        day = start.astimezone(self.zone).date() - DAY
        while day <= end.astimezone(self.zone).date():
            for begin, until in self.windows:
                last = day if until > begin else day + DAY
                found.append((datetime.combine(day, begin, self.zone), datetime.combine(last, until, self.zone)))
            day += DAY
        return merged((begin.astimezone(UTC), until.astimezone(UTC)) for begin, until in found)


def merged(found: Iterable[Times]) -> list[Times]:
    """Spans in order, those that touch or overlap as one."""
    joined: list[Times] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _clock(text: str) -> time:
    return core.clock_time(text.strip(), "night")


@frozen(kw_only=True)
class Preferences:
    """What the user chose."""

    payment: models.PaymentMethod = models.PaymentMethod.DIRECT_DEBIT
    vat: bool = True
    night: Night = Night()
    gas_unit: str | None = None
    calorific_value: float = 39.5


@frozen(kw_only=True)
class Term:
    """A tariff, and from when to when it applies; None is open."""

    code: TariffCode
    start: datetime | None = None
    end: datetime | None = None

    @property
    def intelligent(self) -> bool:
        """Whether dispatches change its price. Intelligent Flux has none."""
        product = self.code.product
        return product.startswith(("INTELLI", "IOG")) and "FLUX" not in product

    def overlap(self, start: datetime, end: datetime | None) -> tuple[datetime, datetime | None] | None:
        """The part of a range in which it applies; None if there is none."""
        first = max(start, self.start or start)
        last = min((each for each in (end, self.end) if each is not None), default=None)
        return None if last is not None and last <= first else (first, last)


@frozen(kw_only=True)
class Contract:
    """One direction of supply: its tariffs in time order, and the meters that count it."""

    channel: core.Channel = core.Channel.IMPORT
    register: str | None = None
    terms: tuple[Term, ...] = ()
    point: str | None = field(default=None, repr=False)
    """The MPAN or MPRN."""
    serials: tuple[str, ...] = field(default=(), repr=False)

    def term(self, now: datetime) -> Term | None:
        """The tariff that applies at an instant."""
        return next((term for term in self.terms if term.overlap(now, now + SLOT)), None)


@frozen(kw_only=True)
class Supply:
    """What becomes one retailer: the electricity of a home, the gas of a meter point, or a product without an account."""

    serial: str
    fuel: core.Fuel = core.Fuel.ELECTRICITY
    contracts: tuple[Contract, ...] = ()
    account: str | None = field(default=None, repr=False)

    @property
    def channels(self) -> frozenset[core.Channel]:
        """Import, and export if it is sold."""
        return frozenset(contract.channel for contract in self.contracts)

    def on(self, channel: core.Channel | str | None) -> list[Contract]:
        """The contracts of a channel; None is all."""
        return [contract for contract in self.contracts if channel in (None, contract.channel)]


def to_terms(agreements: Iterable[models.Agreement] | None) -> tuple[Term, ...]:
    """The tariffs of a meter point, in time order and without overlap.

    After re-contracting some agreements end when they begin, and several begin at once: the first are left out, and of
    the others the later in the list counts.
    """
    found: list[Term] = []
    for agreement in agreements or ():
        if agreement.tariff_code is None or agreement.unreadable():
            continue
        start, end = core.aware_or_none(agreement.valid_from), core.aware_or_none(agreement.valid_to)
        with suppress(core.InvalidValue):  # a code of a kind that is not known here: its time has no price
            code = TariffCode.parse(agreement.tariff_code)
            if start is None or end is None or start < end:
                found.append(Term(code=code, start=start, end=end))
    found.sort(key=lambda term: term.start or OPENING)
    for place, (term, after) in enumerate(pairwise(found)):
        if after.start is not None and (term.end is None or after.start < term.end):
            found[place] = evolve(term, end=after.start)
    return tuple(term for term in found if term.start is None or term.end is None or term.start < term.end)


def to_supplies(account: models.Account, now: datetime) -> list[Supply]:
    """The supplies of the homes of an account that are lived in: electricity by home, gas by meter point."""
    homes = [home for home in account.properties or () if home.moved_out_at is None or home.moved_out_at > now]
    number, found = account.number or "", list[Supply]()
    for home in homes:
        points = home.electricity_meter_points or ()
        if contracts := tuple(_electricity(points, export=False) + _electricity(points, export=True)):
            serial = number if len(homes) == 1 else f"{number}-{home.id}"
            found.append(Supply(serial=serial, contracts=contracts, account=number))
        for point in home.gas_meter_points or ():
            if point.mprn and (contract := _contract(point, point.mprn)):
                found.append(Supply(serial=point.mprn, fuel=core.Fuel.GAS, contracts=(contract,), account=number))
    return found


def _electricity(points: Sequence[models.ElectricityMeterPoint], *, export: bool) -> list[Contract]:
    chosen = [point for point in points if bool(point.is_export) is export]
    channel = core.Channel.EXPORT if export else core.Channel.IMPORT
    made = [_contract(point, point.mpan, channel) for point in chosen if point.mpan]
    found = [contract for contract in made if contract]
    # A home may have a second meter point, as for its heating: their prices stay apart.
    return found if len(found) < 2 else [evolve(each, register=str(place)) for place, each in enumerate(found, start=1)]


def _contract(
    point: models.ElectricityMeterPoint | models.GasMeterPoint, number: str, channel: core.Channel = core.Channel.IMPORT
) -> Contract | None:
    serials = [meter.serial_number for meter in point.meters or () if meter.serial_number]
    terms = to_terms(point.agreements)
    # The newest meter is the last in the list.
    return Contract(channel=channel, terms=terms, point=number, serials=tuple(reversed(serials))) if terms else None


_SECTIONS: Final = (
    ("single_register_electricity_tariffs", core.Fuel.ELECTRICITY),
    ("dual_register_electricity_tariffs", core.Fuel.ELECTRICITY),
    ("single_register_gas_tariffs", core.Fuel.GAS),
)


def tariff_in(product: models.Product, region: str, fuel: core.Fuel) -> TariffCode | None:
    """The tariff of a product in a region; with one register, if there are both."""
    for section, kind in _SECTIONS:
        payments = fields(fields(product.extras.get(section)).get(f"_{region}")).values()
        codes = [code for each in payments if isinstance(code := fields(each).get("code"), str)]
        if kind is fuel and codes:
            return TariffCode.parse(codes[0])
    return None


def is_export(product: models.Product) -> bool:
    """Whether a product pays for export. Only the list of products says so; the codes all do."""
    code = product.code or ""
    return product.direction == "EXPORT" or "EXPORT" in code or "OUTGOING" in code


@frozen(kw_only=True)
class Products:
    """The products whose public prices were asked for, and where."""

    codes: tuple[str, ...]
    region: str | None = None
    postcode: str | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls, product: str | None, export_product: str | None, region: str | None, postcode: str | None, *, has_key: bool
    ) -> Products | None:
        """Read the options; None where the account says what is supplied."""
        codes = tuple(code.strip().upper() for code in (product, export_product) if code)
        if not codes:
            if not has_key:
                hint = (
                    "Or give product= and region=, such as product='AGILE-24-10-01', region='C', which need no account."
                )
                raise core.MissingCredential("api_key is missing.", provider="octopus", hint=hint)
            return None
        if region is None and postcode is None:
            hint = "region= is a letter, such as 'C' for London; postcode= finds it."
            words = "product= needs region= or postcode=."
            raise core.InvalidValue(words, provider="octopus", argument="region", hint=hint)
        letter = None if region is None else core.choice(region.strip().strip("_").upper(), "region", REGIONS)
        return cls(codes=codes, region=letter, postcode=postcode)


REGIONS: Final = tuple("ABCDEFGHJKLMNP")
PAYMENTS: Final = ("direct_debit", "non_direct_debit")


def region_in(points: Iterable[models.GridSupplyPoint]) -> str:
    """The region of a postcode.

    Raises:
        InvalidValue: it has none, or lies in several.
    """
    found = sorted({point.group_id.strip("_") for point in points if point.group_id})
    if len(found) == 1:
        return core.choice(found[0], "region", REGIONS)
    words = f"the postcode lies in {' and '.join(found)}" if found else "Octopus knows no region of the postcode"
    raise core.InvalidValue(f"{words}.", provider="octopus", hint="Give region= instead.")


def public_supplies(products: Iterable[models.Product], region: str) -> list[Supply]:
    """The supplies of products in a region: their electricity as one, and their gas."""
    contracts: dict[core.Fuel, list[Contract]] = {}
    for product in products:
        channel = core.Channel.EXPORT if is_export(product) else core.Channel.IMPORT
        for fuel in core.Fuel:
            if code := tariff_in(product, region, fuel):
                contracts.setdefault(fuel, []).append(Contract(channel=channel, terms=(Term(code=code),)))
    # Named by its tariffs, as there is nobody whose supply it is.
    return [
        Supply(serial=str(found[0].terms[0].code), fuel=fuel, contracts=tuple(found))
        for fuel, found in contracts.items()
    ]


def to_info(supply: Supply, now: datetime, tz: str | None) -> core.DeviceInfo:
    """The retailer; one without a tariff that applies now is not in use."""
    terms = [term for contract in supply.contracts if (term := contract.term(now))]
    return core.DeviceInfo(
        id=f"{supply.serial}/{core.Role.RETAILER}",
        provider="octopus",
        serial=supply.serial,
        role=core.Role.RETAILER,
        model=terms[0].code.product if terms else None,
        vendor="Octopus Energy",
        tz=tz or ZONE,
        active=bool(terms),
        fuel=supply.fuel,
    )


_AHEAD_NOTE: Final = (
    "Agile and Tracker: the next day is published at 16:00 and 11:00 in London, Agile's as late as 20:00; other tariffs hold "
    "until further notice."
)
_USAGE_NOTE: Final = (
    "A day comes on the next one, often after two; half hours without a reading are gaps. Without costs."
)
_GAS_NOTE: Final = " Of m³, kWh are estimates by calorific_value=."
_DISPATCH_NOTE: Final = "Dispatches of intelligent tariffs change prices; unproven."


def capabilities_of(supply: Supply) -> core.Capabilities:
    """What a supply offers; nothing of it was seen at the real service."""
    full = core.Capability(support=core.Support.FULL)
    conditional = core.Capability(support=core.Support.CONDITIONAL, note=_AHEAD_NOTE)
    intelligent = any(term.intelligent for contract in supply.contracts for term in contract.terms)
    features = {
        core.Feature.CURRENT_PRICE: full,
        core.Feature.PRICES: core.Capability(support=core.Support.FULL, note=_DISPATCH_NOTE) if intelligent else full,
        core.Feature.FORECAST: conditional,
        core.Feature.TARIFF: full,
    }
    if core.Channel.EXPORT in supply.channels:
        features[core.Feature.EXPORT_PRICES] = full
    if any(contract.serials for contract in supply.contracts):
        note = _USAGE_NOTE + _GAS_NOTE * (supply.fuel is core.Fuel.GAS)
        features[core.Feature.USAGE] = core.Capability(support=core.Support.FULL, note=note)
    return core.Capabilities(features=features, interval=timedelta(minutes=1))
