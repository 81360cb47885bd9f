"""The words of prices; apart from what has to do with money, since a home without a retailer needs no more."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """In which direction, and through which register of the meter, energy flows."""

    IMPORT = "import"
    """From the grid."""
    CONTROLLED_LOAD = "controlled_load"
    """From the grid, on a register that the network switches (a boiler, say)."""
    EXPORT = "export"
    """Into the grid."""


class PriceKind(StrEnum):
    """Whether an interval is past, running or ahead."""

    SETTLED = "settled"
    """It is over."""
    CURRENT = "current"
    """It runs, by the vendor's clock."""
    FORECAST = "forecast"
    """It lies ahead."""


class UsageQuality(StrEnum):
    """How firm a metered figure is."""

    BILLABLE = "billable"
    """Metered for billing."""
    ESTIMATED = "estimated"
    """An estimate, to be replaced."""
    UNKNOWN = "unknown"
    """The retailer does not say."""


class Fuel(StrEnum):
    """What a retailer sells: gas is counted in kWh as well, and the meter's m³ stand in the raw record."""

    ELECTRICITY = "electricity"
    """Energy in kWh."""
    GAS = "gas"
    """Converted to kWh, by the retailer or by the calorific value."""


class Per(StrEnum):
    """What a charge is made for."""

    DAY = "day"
    """Each day of the bill."""
    MONTH = "month"
    """Each month, days of a month by their share."""
    YEAR = "year"
    """Each year, days by their share."""
    BILL = "bill"
    """Once per bill."""


class BillKind(StrEnum):
    """What a line of a bill is for."""

    ENERGY = "energy"
    """kWh at their price."""
    ADJUSTMENT = "adjustment"
    """What a time of day adds to the price of the tiers, or takes off it."""
    STANDING_CHARGE = "standing_charge"
    """For being supplied."""
    DEMAND_CHARGE = "demand_charge"
    """For the highest power."""
