"""The words of prices; apart from what has to do with money, since a home without a retailer needs no more."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """In which direction, and through which register of the meter, energy flows."""

    IMPORT = "import"
    CONTROLLED_LOAD = "controlled_load"
    EXPORT = "export"


class PriceKind(StrEnum):
    """Whether an interval is past, running or ahead."""

    SETTLED = "settled"
    CURRENT = "current"
    FORECAST = "forecast"


class UsageQuality(StrEnum):
    """How firm a metered figure is."""

    BILLABLE = "billable"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Fuel(StrEnum):
    """What a retailer sells: gas is counted in kWh as well, and the meter's m³ stand in the raw record."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class Per(StrEnum):
    """What a charge is made for."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    BILL = "bill"


class BillKind(StrEnum):
    """What a line of a bill is for."""

    ENERGY = "energy"
    ADJUSTMENT = "adjustment"
    """What a time of day adds to the price of the tiers, or takes off it."""
    STANDING_CHARGE = "standing_charge"
    DEMAND_CHARGE = "demand_charge"
