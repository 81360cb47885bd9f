"""What Amber sends, in Amber's own words and units: sites, price intervals, usage and renewables.

Prices are cents per kWh and costs are cents, GST included where you pay and not where you are paid. On the
feed-in channel **negative means that you are paid**. ``start_time`` is one second after the end of the interval
before. ``date`` and ``nem_time`` are in the market's time, UTC+10 without daylight saving.

Lists mix several types; each record has the class that its ``type`` names, and a type that is not known here
becomes the base class. What the vendor sends beyond these fields is kept in ``extras``.

Words are enums; one that is not listed here survives with ``known`` False.

Source: Amber's OpenAPI document, version 2.0.0, checked against captured answers.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from openpower_core.provider import Record, VendorEnum, key, record

__all__ = [
    "ActualInterval",
    "ActualRenewable",
    "AdvancedPrice",
    "Channel",
    "ChannelType",
    "CurrentInterval",
    "CurrentRenewable",
    "ForecastInterval",
    "ForecastRenewable",
    "Interval",
    "PriceDescriptor",
    "Range",
    "Renewable",
    "RenewableDescriptor",
    "Season",
    "Site",
    "SiteStatus",
    "SpikeStatus",
    "State",
    "TariffInformation",
    "TariffPeriod",
    "Usage",
    "UsageQuality",
]


class State(StrEnum):
    """The states whose share of renewables Amber reports; their markets cover the other regions of the NEM."""

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


@record
class Channel(Record):
    """One register of a site's meter."""

    identifier: str | None = None
    """``E1``, ``E9`` … bring energy, ``B1``, ``B9`` … take it back."""
    type: ChannelType | None = None
    tariff: str | None = None
    """The network's code of the tariff."""


@record
class Site(Record):
    """A place that Amber supplies, supplied, or will supply."""

    id: str | None = key(default=None, serial=True)
    """The name under which all site calls know it."""
    nmi: str | None = key(default=None, serial=True)
    """National Metering Identifier."""
    channels: tuple[Channel, ...] | None = None
    network: str | None = None
    """Who owns the lines, such as ``"Energex"``."""
    status: SiteStatus | None = None
    active_from: date | None = key("activeFrom", default=None)
    """The first day of supply, which may be to come; None where Amber has an issue with the address."""
    closed_on: date | None = key("closedOn", default=None)
    interval_length: int | None = key("intervalLength", default=None)
    """How long the intervals are that it is billed by (minutes): 5 or 30."""


@record
class TariffInformation(Record):
    """Where an interval lies in its tariff; each field only on a tariff of that kind. Advisory."""

    period: TariffPeriod | None = None
    season: Season | None = None
    block: int | None = None
    """The number of the block of a block tariff."""
    demand_window: bool | None = key("demandWindow", default=None)


@record
class Range(Record):
    """The bounds of the **spot** price (c/kWh) where the market operator's scenarios differ."""

    min: float | None = None
    max: float | None = None


@record
class AdvancedPrice(Record):
    """Amber's own prediction of the price you pay (c/kWh), fees included.

    On the feed-in channel it falls from ``low`` to ``high``: ``low`` is where you earn least.
    """

    low: float | None = None
    predicted: float | None = None
    high: float | None = None


@record
class Interval(Record):
    """What every price interval has; also what an interval of an unknown type becomes."""

    type: str | None = None
    duration: int | None = None
    """How long it lasts (minutes)."""
    spot_per_kwh: float | None = key("spotPerKwh", default=None)
    """The wholesale price (c/kWh, GST included), the same on every channel."""
    per_kwh: float | None = key("perKwh", default=None)
    """What you pay (c/kWh); on the feed-in channel negative is what you earn."""
    date: date | None = None
    """The market day in which it starts."""
    nem_time: datetime | None = key("nemTime", default=None)
    """When it ends, in market time."""
    start_time: datetime | None = key("startTime", default=None)
    """One second after it starts."""
    end_time: datetime | None = key("endTime", default=None)
    renewables: float | None = None
    """Share of renewables in the grid (percentage); above 100 has been seen."""
    channel_type: ChannelType | None = key("channelType", default=None)
    channel_identifier: str | None = key("channelIdentifier", default=None)
    """The register; with usage only, as far as answers have been seen (2026-09)."""
    spike_status: SpikeStatus | None = key("spikeStatus", default=None)
    descriptor: PriceDescriptor | None = None
    tariff_information: TariffInformation | None = key("tariffInformation", default=None)


@record
class ActualInterval(Interval):
    """An interval that is over."""

    type: Literal["ActualInterval"] = "ActualInterval"


@record
class CurrentInterval(Interval):
    """The interval that runs."""

    type: Literal["CurrentInterval"] = "CurrentInterval"
    estimate: bool | None = None
    """Whether its price may still change; it is confirmed some 15 to 35 seconds into a 5-minute interval."""
    range: Range | None = None
    advanced_price: AdvancedPrice | None = key("advancedPrice", default=None)
    """Absent once the price is confirmed."""


@record
class ForecastInterval(Interval):
    """An interval to come."""

    type: Literal["ForecastInterval"] = "ForecastInterval"
    range: Range | None = None
    advanced_price: AdvancedPrice | None = key("advancedPrice", default=None)
    """Absent more than a day ahead."""


@record
class Usage(Interval):
    """What one register metered in one interval, and what it cost."""

    kwh: float | None = None
    """Never negative, whatever the direction."""
    quality: UsageQuality | None = None
    cost: float | None = None
    """Cents; on the feed-in channel negative is what you earned."""


@record
class Renewable(Record):
    """The share of renewables in the grid in one interval; also what an unknown type becomes."""

    type: str | None = None
    duration: int | None = None
    """How long it lasts (minutes)."""
    date: date | None = None
    """The market day in which it starts."""
    nem_time: datetime | None = key("nemTime", default=None)
    """When it ends, in market time."""
    start_time: datetime | None = key("startTime", default=None)
    """One second after it starts."""
    end_time: datetime | None = key("endTime", default=None)
    renewables: float | None = None
    """Percentage; above 100 has been seen."""
    descriptor: RenewableDescriptor | None = None


@record
class ActualRenewable(Renewable):
    """An interval that is over."""

    type: Literal["ActualRenewable"] = "ActualRenewable"


@record
class CurrentRenewable(Renewable):
    """The interval that runs."""

    type: Literal["CurrentRenewable"] = "CurrentRenewable"


@record
class ForecastRenewable(Renewable):
    """An interval to come."""

    type: Literal["ForecastRenewable"] = "ForecastRenewable"


AnyInterval: TypeAlias = ActualInterval | CurrentInterval | ForecastInterval | Interval
"""What lists of prices hold; told apart by ``type``."""

AnyRenewable: TypeAlias = ActualRenewable | CurrentRenewable | ForecastRenewable | Renewable
"""What lists of renewables hold; told apart by ``type``."""
