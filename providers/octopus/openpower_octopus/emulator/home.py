"""The home that the emulator serves, and its account, rates and consumption as Octopus writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import field, frozen

from openpower_core.provider import Channel
from openpower_octopus.client import TariffCode
from openpower_simulation import Market

LONDON: Final = ZoneInfo("Europe/London")
DAY: Final = timedelta(days=1)
SLOT: Final = timedelta(minutes=30)
_VAT: Final = Decimal("1.05")
_CAP: Final = Decimal(95)  # 100 p with VAT, nearly


@frozen(kw_only=True)
class Home:
    """One home, with solar, a gas meter, and a car."""

    number: str = "A-00000001"
    mpan: str = "1000000000001"
    export_mpan: str | None = "1000000000002"
    mprn: str | None = "1000000003"
    serials: tuple[str, ...] = ("00L0000001", "00L0000002")
    """The meter that was replaced, and the one that counts."""
    gas_serial: str = "E6S00000000001"
    gas_unit: str | None = "m³"
    tariff: str = "E-1R-AGILE-24-10-01-C"
    export_tariff: str = "E-1R-AGILE-OUTGOING-19-05-13-C"
    gas_tariff: str = "G-1R-VAR-22-11-01-C"
    planned: tuple[Mapping[str, Any], ...] = ()
    completed: tuple[Mapping[str, Any], ...] = ()
    missing: frozenset[datetime] = field(default=frozenset())
    """Half hours without a reading."""

    def account(self) -> dict[str, Any]:
        """The account: a home that was left, and one that is lived in, with agreements that never applied."""
        begun, switched = "2023-04-01T00:00:00+01:00", "2025-03-01T00:00:00Z"
        agreements: list[Any] = [
            {"tariff_code": "E-1R-VAR-22-11-01-C", "valid_from": begun, "valid_to": switched},
            {"tariff_code": "E-1R-GO-VAR-22-10-14-C", "valid_from": switched, "valid_to": switched},
            {"tariff_code": self.tariff, "valid_from": switched, "valid_to": None},
        ]
        register = {"identifier": "01", "rate": "STANDARD", "is_settlement_register": True}
        meters: list[Any] = [{"serial_number": serial, "registers": [register]} for serial in self.serials]
        about = {"profile_class": 1, "consumption_standard": 2560}
        points: list[Any] = [
            {"mpan": self.mpan, "is_export": False, **about, "meters": meters, "agreements": agreements}
        ]
        if self.export_mpan:
            sold = [{"tariff_code": self.export_tariff, "valid_from": switched, "valid_to": None}]
            points.append(
                {"mpan": self.export_mpan, "is_export": True, **about, "meters": meters[1:], "agreements": sold}
            )
        gas = [{"tariff_code": self.gas_tariff, "valid_from": begun, "valid_to": None}]
        boiler = {"consumption_standard": 3448, "meters": [{"serial_number": self.gas_serial}], "agreements": gas}
        burnt = [{"mprn": self.mprn, **boiler}] if self.mprn else []
        address = {"address_line_1": "1 EXAMPLE STREET", "address_line_2": "", "address_line_3": ""}
        address |= {"town": "EXAMPLETON", "county": "", "postcode": "ZZ1 1ZZ"}
        left = {"id": 1, "moved_in_at": "2020-01-01T00:00:00Z", "moved_out_at": "2023-04-01T00:00:00+01:00", **address}
        old = {"mpan": "1000000000009", "is_export": False, **about, "meters": [], "agreements": agreements[:1]}
        here = {"id": 2, "moved_in_at": begun, "moved_out_at": None, **address}
        return {
            "number": self.number,
            "properties": [
                {**left, "electricity_meter_points": [old], "gas_meter_points": []},
                {**here, "electricity_meter_points": points, "gas_meter_points": burnt},
            ],
        }


PRODUCTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "AGILE-24-10-01": {"display_name": "Agile Octopus", "direction": "IMPORT"},
    "AGILE-OUTGOING-19-05-13": {"display_name": "Agile Outgoing Octopus", "direction": "EXPORT"},
    "VAR-22-11-01": {"display_name": "Flexible Octopus", "direction": "IMPORT"},
    "GO-VAR-22-10-14": {"display_name": "Octopus Go", "direction": "IMPORT"},
    "INTELLI-VAR-22-10-14": {"display_name": "Intelligent Octopus Go", "direction": "IMPORT"},
    "OUTGOING-FIX-12M-19-05-13": {"display_name": "Outgoing Octopus", "direction": "EXPORT"},
    "SILVER-24-10-01": {"display_name": "Octopus Tracker", "direction": "IMPORT"},
    "PARTNER-24-01-01": {"display_name": "A partner's product", "direction": "IMPORT"},
}
KEPT: Final = timedelta(days=60)
"""How far back the half hours of this service go; each is worked out anew."""
PRIVATE: Final = frozenset({"PARTNER-24-01-01"})


def product(code: str) -> dict[str, Any]:
    """A product with the tariffs of each region."""
    regions = "ABCDEFGHJKLMNP"

    def section(start: str) -> dict[str, Any]:
        codes = {region: f"{start}-{code}-{region}" for region in regions}
        return {f"_{region}": {"direct_debit_monthly": _tariff(each)} for region, each in codes.items()}

    variable = code.startswith(("VAR", "SILVER"))
    # Only the list tells the direction.
    return {
        **{name: value for name, value in listed(code).items() if name != "direction"},
        "single_register_electricity_tariffs": section("E-1R"),
        "dual_register_electricity_tariffs": section("E-2R") if code.startswith("VAR") else {},
        "single_register_gas_tariffs": section("G-1R") if variable else {},
        "sample_quotes": {},
        "sample_consumption": {},
    }


def _tariff(code: str) -> dict[str, Any]:
    """A tariff as products list it (AGILE-FLEX-22-11-25, 2024-05), with invented prices."""
    taxed = ("standing_charge", "online_discount", "dual_fuel_discount", "exit_fees", "standard_unit_rate")
    pence = {f"{name}_{tax}_vat": 0.0 for name in taxed for tax in ("exc", "inc")}
    pence |= {"standing_charge_exc_vat": 45.57, "standing_charge_inc_vat": 47.8485}
    pence |= {"standard_unit_rate_exc_vat": 24.5, "standard_unit_rate_inc_vat": 25.725}
    return {"code": code, **pence, "exit_fees_type": "NONE", "links": []}


_FLAGS: Final = ("is_green", "is_tracker", "is_prepay", "is_business", "is_restricted")


def listed(code: str) -> dict[str, Any]:
    """A product as the list of products has it."""
    name = PRODUCTS[code]["display_name"]
    about = {
        "code": code,
        "full_name": f"{name} v1",
        "description": name,
        "is_variable": True,
        **dict.fromkeys(_FLAGS, False),
    }
    term = {"term": None, "available_from": "2022-10-14T00:00:00+01:00", "available_to": None}
    return {
        **about,
        "is_tracker": code.startswith("SILVER"),
        **term,
        "links": [],
        "brand": "OCTOPUS_ENERGY",
        **PRODUCTS[code],
    }


def rates(
    market: Market, code: TariffCode, kind: str, start: datetime, end: datetime, now: datetime
) -> list[dict[str, Any]]:
    """The rows of a tariff that overlap a range, oldest first."""
    if kind == "standing-charges":
        rows = (
            []
            if "OUTGOING" in code.product
            else _by_payment(Decimal("45.57"), datetime(2024, 4, 1, tzinfo=LONDON), None)
        )
    elif kind in ("day-unit-rates", "night-unit-rates"):
        pence = Decimal("30.008") if kind.startswith("day") else Decimal("12.588")
        rows = _by_payment(pence, datetime(2024, 4, 1, tzinfo=LONDON), None)
    elif code.product.startswith("AGILE"):
        rows = list(_agile(market, code, start, end, now))
    elif code.product.startswith("SILVER"):
        rows = list(_daily(market, start, min(end, _midnight(now, 2 if now.astimezone(LONDON).hour >= 11 else 1))))
    elif code.product.startswith(("GO", "INTELLI")):
        begin = time(0, 30) if code.product.startswith("GO") else time(23, 30)
        rows = list(_nightly(begin, start, min(end, _midnight(now, 3))))
    elif code.product.startswith("OUTGOING"):
        rows = [_row(Decimal("14.2857"), None, None)]
    else:
        pence = Decimal("6.04") if code.fuel == "gas" else Decimal("24.5")
        rows = _by_payment(pence, datetime(2025, 7, 1, tzinfo=LONDON), None)
        rows += _by_payment(pence + 1, datetime(2024, 4, 1, tzinfo=LONDON), datetime(2025, 7, 1, tzinfo=LONDON))
    return [row for row in rows if _overlaps(row, start, end)]


def _row(pence: Decimal, start: datetime | None, end: datetime | None, method: str | None = None) -> dict[str, Any]:
    return {
        "value_exc_vat": float(pence),
        "value_inc_vat": float(round(pence * _VAT, 6)),
        "valid_from": _text(start),
        "valid_to": _text(end),
        "payment_method": method,
    }


def _by_payment(pence: Decimal, start: datetime, end: datetime | None) -> list[dict[str, Any]]:
    """The same period twice, at two prices."""
    return [_row(pence, start, end, "DIRECT_DEBIT"), _row(pence + 1, start, end, "NON_DIRECT_DEBIT")]


def _text(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _overlaps(row: Mapping[str, Any], start: datetime, end: datetime) -> bool:
    first, last = (
        None if row[name] is None else datetime.fromisoformat(row[name]) for name in ("valid_from", "valid_to")
    )
    return (first is None or first < end) and (last is None or start < last)


def _midnight(now: datetime, days: int) -> datetime:
    return datetime.combine(now.astimezone(LONDON).date() + days * DAY, time(), LONDON).astimezone(UTC)


def agile_end(now: datetime) -> datetime:
    """Until when Agile's prices are published: 23:00 of today, from five past four of tomorrow."""
    local = now.astimezone(LONDON)
    day = local.date() + DAY * ((local.hour, local.minute) >= (16, 5))
    return datetime.combine(day, time(23), LONDON).astimezone(UTC)


def _agile(market: Market, code: TariffCode, start: datetime, end: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    channel = Channel.EXPORT if "OUTGOING" in code.product else Channel.IMPORT
    start = max(start, now - KEPT)
    at, last = start - (start - datetime(2016, 1, 1, tzinfo=UTC)) % SLOT, min(end, agile_end(now))
    while at < last:
        # An auction has settled the price the day before: it does not change any more.
        interval = market.intervals(at, at + SLOT, now=at + SLOT, resolution=SLOT)[0]
        pence = min(round(market.price(interval, channel) * 100, 2), _CAP)
        yield _row(pence, at, at + SLOT)
        at += SLOT


def _daily(market: Market, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    at = _midnight(start, 0)
    while at < end:
        noon = at + 12 * timedelta(hours=1)
        interval = market.intervals(noon, noon + SLOT, now=noon + SLOT, resolution=SLOT)[0]
        yield _row(min(round(market.price(interval, Channel.IMPORT) * 100 + 8, 2), _CAP), at, _midnight(at, 1))
        at = _midnight(at, 1)


def _nightly(begin: time, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Low from ``begin`` to half past five by the wall clock; one row for the rest of the day."""
    day = start.astimezone(LONDON).date() - DAY
    while (after := datetime.combine(day, time(5, 30), LONDON)) < end:
        night = datetime.combine(day if begin > time(5, 30) else day + DAY, begin, LONDON)
        yield _row(Decimal("27.5796"), after, night)
        yield _row(Decimal("8.095"), night, datetime.combine(day + DAY, time(5, 30), LONDON))
        day += DAY
