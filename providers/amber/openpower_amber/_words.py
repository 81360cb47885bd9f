"""The words that Amber uses, as enums; a word that is not listed here survives with ``known`` False.

Source: Amber's OpenAPI document, version 2.0.0.
"""

from __future__ import annotations

from enum import StrEnum

from openpower_core.provider import VendorEnum

__all__ = [
    "ChannelType",
    "PriceDescriptor",
    "RenewableDescriptor",
    "Season",
    "SiteStatus",
    "SpikeStatus",
    "State",
    "TariffPeriod",
    "UsageQuality",
]


class State(StrEnum):
    """The states whose share of renewables Amber tells; their markets cover the other regions of the NEM."""

    NEW_SOUTH_WALES = "nsw"
    QUEENSLAND = "qld"
    SOUTH_AUSTRALIA = "sa"
    VICTORIA = "vic"


class ChannelType(VendorEnum):
    """The registers of a meter: continuous, timed (hot water, say), and what goes back to the grid."""

    GENERAL = "general"
    CONTROLLED_LOAD = "controlledLoad"
    FEED_IN = "feedIn"


class SiteStatus(VendorEnum):
    """Whether Amber supplies a site: not yet, now, or no longer."""

    PENDING = "pending"
    ACTIVE = "active"
    CLOSED = "closed"


class SpikeStatus(VendorEnum):
    """Whether the price of an interval is a spike; the threshold is Amber's and is not published."""

    NONE = "none"
    POTENTIAL = "potential"
    SPIKE = "spike"


class PriceDescriptor(VendorEnum):
    """How a price compares with the average of the regulated offers."""

    NEGATIVE = "negative"
    """No longer sent; EXTREMELY_LOW took its place."""
    EXTREMELY_LOW = "extremelyLow"
    VERY_LOW = "veryLow"
    LOW = "low"
    NEUTRAL = "neutral"
    HIGH = "high"
    SPIKE = "spike"


class RenewableDescriptor(VendorEnum):
    """How green the grid is."""

    BEST = "best"
    GREAT = "great"
    OK = "ok"
    NOT_GREAT = "notGreat"
    WORST = "worst"


class TariffPeriod(VendorEnum):
    """The part of the day, on a time-of-use tariff."""

    OFF_PEAK = "offPeak"
    SHOULDER = "shoulder"
    SOLAR_SPONGE = "solarSponge"
    PEAK = "peak"


class Season(VendorEnum):
    """The part of the year or week, on a time-of-use tariff."""

    DEFAULT = "default"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"
    SPRING = "spring"
    NON_SUMMER = "nonSummer"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"
    WEEKEND_HOLIDAY = "weekendHoliday"
    WEEKDAY = "weekday"


class UsageQuality(VendorEnum):
    """Whether metered data will be on the bill, or stands in for data that is not there yet."""

    ESTIMATED = "estimated"
    BILLABLE = "billable"
