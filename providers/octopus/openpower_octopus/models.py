"""What Octopus sends, in Octopus's own words and units: products, rates, accounts, consumption, dispatches.

Rates are pence per kWh, standing charges pence per day, each with and without VAT. Times of rates are UTC, those of
consumption carry the local offset, those of agreements either. What is sent beyond these fields is kept in ``extras``.

Sources: Octopus's REST and GraphQL documentation, and bodies that clients published (2026-08); none of it was captured
by us.
"""

from __future__ import annotations

from datetime import datetime

from openpower_core.provider import Record, VendorEnum, key, record

__all__ = [
    "Account",
    "Agreement",
    "CompletedDispatch",
    "Consumption",
    "Device",
    "DeviceStatus",
    "DispatchMeta",
    "ElectricityMeterPoint",
    "GasMeterPoint",
    "GridSupplyPoint",
    "Meter",
    "PaymentMethod",
    "PlannedDispatch",
    "Product",
    "Property",
    "Rate",
    "Register",
]


class PaymentMethod(VendorEnum):
    """How a customer pays; a rate without one is for all."""

    DIRECT_DEBIT = "DIRECT_DEBIT"
    NON_DIRECT_DEBIT = "NON_DIRECT_DEBIT"


@record
class Product(Record):
    """A product. The answer about one has in ``extras`` its tariffs by region (``_A`` … ``_P``) and by payment, in sections such as
    ``single_register_electricity_tariffs``; a section without any is empty."""

    code: str | None = None
    direction: str | None = None
    """``IMPORT`` or ``EXPORT``; only in the list of products."""
    full_name: str | None = None
    display_name: str | None = None
    description: str | None = None
    is_variable: bool | None = None
    is_green: bool | None = None
    is_tracker: bool | None = None
    is_prepay: bool | None = None
    is_business: bool | None = None
    term: int | None = None
    """Months; None is open."""
    available_from: datetime | None = None
    available_to: datetime | None = None
    """None: on sale."""
    brand: str | None = None


@record
class Rate(Record):
    """A unit rate (p/kWh), or a standing charge (p/day). One period may have two, which differ in the payment method."""

    value_exc_vat: float | None = None
    value_inc_vat: float | None = None
    """Rounded on its own: not always the other one times 1.05."""
    valid_from: datetime | None = None
    """None: since ever."""
    valid_to: datetime | None = None
    """None: until further notice."""
    payment_method: PaymentMethod | None = None


@record
class GridSupplyPoint(Record):
    """A supply region."""

    group_id: str | None = None
    """``_A`` … ``_P``."""


@record
class Agreement(Record):
    """A tariff of a meter point; one that ends when it begins never applied."""

    tariff_code: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    """None: open."""


@record
class Register(Record):
    """A register of an electricity meter."""

    identifier: str | None = None
    rate: str | None = None
    """``STANDARD``, ``DAY`` or ``NIGHT``."""
    is_settlement_register: bool | None = None


@record
class Meter(Record):
    """A meter; those that were replaced stay in the list."""

    serial_number: str | None = key(default=None, serial=True)
    registers: tuple[Register, ...] | None = None


@record
class ElectricityMeterPoint(Record):
    """A place where electricity is metered in one direction; export has one of its own, with the same meter."""

    mpan: str | None = key(default=None, serial=True)
    is_export: bool | None = None
    profile_class: int | None = None
    """Elexon's profile class, 1 to 8."""
    consumption_standard: int | None = None
    """An estimate of a year (kWh)."""
    meters: tuple[Meter, ...] | None = None
    agreements: tuple[Agreement, ...] | None = None


@record
class GasMeterPoint(Record):
    """A place where gas is metered."""

    mprn: str | None = key(default=None, serial=True)
    consumption_standard: int | None = None
    """An estimate of a year (kWh)."""
    meters: tuple[Meter, ...] | None = None
    agreements: tuple[Agreement, ...] | None = None


@record
class Property(Record):
    """A home of the account; those that were left stay in the list."""

    id: int | None = key(default=None, secret=True)
    """Octopus's number for it."""
    moved_in_at: datetime | None = None
    moved_out_at: datetime | None = None
    """None: lived in."""
    address_line_1: str | None = key(default=None, secret=True)
    address_line_2: str | None = key(default=None, secret=True)
    address_line_3: str | None = key(default=None, secret=True)
    town: str | None = key(default=None, secret=True)
    county: str | None = key(default=None, secret=True)
    postcode: str | None = key(default=None, secret=True)
    electricity_meter_points: tuple[ElectricityMeterPoint, ...] | None = None
    gas_meter_points: tuple[GasMeterPoint, ...] | None = None


@record
class Account(Record):
    """An account, with the homes it has and had."""

    number: str | None = key(default=None, serial=True)
    properties: tuple[Property, ...] | None = None


@record
class Consumption(Record):
    """What a meter counted in a half hour (or the group asked for)."""

    consumption: float | None = None
    """kWh; of gas kWh or m³, which the answer does not tell. An export meter point counts what was exported."""
    interval_start: datetime | None = None
    interval_end: datetime | None = None


@record
class DeviceStatus(Record):
    """The state of a controlled device."""

    current: str | None = None
    """``LIVE``: in use."""


@record
class Device(Record):
    """A car or charger that Octopus controls (GraphQL)."""

    id: str | None = key(default=None, serial=True)
    provider: str | None = None
    device_type: str | None = key("deviceType", default=None)
    """``ELECTRIC_VEHICLES`` …"""
    status: DeviceStatus | None = None


@record
class PlannedDispatch(Record):
    """When Octopus intends to charge the car; plans change, split and vanish (GraphQL)."""

    start: datetime | None = None
    end: datetime | None = None
    type: str | None = None
    """``SMART``; ``BOOST`` is a bump charge, at the usual price."""
    energy_added_kwh: float | None = key("energyAddedKwh", default=None, lenient=True)
    """Negative is charged."""


@record
class DispatchMeta(Record):
    """About a dispatch that was completed."""

    source: str | None = None
    """``smart-charge``, ``bump-charge``; None is common, and smart."""
    location: str | None = None


@record
class CompletedDispatch(Record):
    """When Octopus charged the car; kept for about three days (GraphQL)."""

    start: datetime | None = None
    end: datetime | None = None
    delta: float | None = key(default=None, lenient=True)
    """kWh; negative is charged."""
    meta: DispatchMeta | None = None
