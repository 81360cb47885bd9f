"""What the sources send, in their own words and units: prices per MWh, without levies and tax.

Sources: energy-charts' OpenAPI 1.5; aWATTar's and Nord Pool's answers as captured; ENTSO-E's guide to its API and captured
documents. Energy-charts' ``license_info`` says what its prices may be used for. ENTSO-E's names are those of IEC 62325-451-3
without their namespace.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from openpower_core.provider import Record, VendorEnum, key, record

__all__ = [
    "AreaState",
    "AwattarMarketData",
    "AwattarPrice",
    "CurveType",
    "Document",
    "EnergyChartsPrices",
    "NordPoolEntry",
    "NordPoolPrices",
    "PublicationDocument",
    "PublicationPeriod",
    "PublicationPoint",
    "PublicationSeries",
    "State",
    "TimeInterval",
]


@record
class EnergyChartsPrices(Record):
    """``GET /price`` of energy-charts: two arrays that run in parallel."""

    license_info: str | None = None
    """The licence, which differs by zone: CC BY 4.0, or private and internal use only."""
    unix_seconds: tuple[int | None, ...] | None = None
    """Seconds since 1970: the beginning of each interval."""
    price: tuple[Decimal | None, ...] | None = None
    """In ``unit``; None where there is none."""
    unit: str | None = None
    """``"EUR / MWh"``."""
    deprecated: bool | None = None


@record
class AwattarPrice(Record):
    """One hour."""

    start_timestamp: int | None = None
    """Milliseconds since 1970."""
    end_timestamp: int | None = None
    """Milliseconds since 1970; not part of it."""
    marketprice: Decimal | None = None
    """In ``unit``, net."""
    unit: str | None = None
    """``"Eur/MWh"``."""


@record
class AwattarMarketData(Record):
    """``GET /v1/marketdata`` of aWATTar."""

    data: tuple[AwattarPrice, ...] = ()
    url: str | None = None


@record
class TimeInterval(Record):
    """From when to when, as ``2024-10-05T22:00Z``."""

    start: str | None = None
    end: str | None = None


@record
class PublicationPoint(Record):
    """The price at one position, counted from 1; it may hold for the positions after it too."""

    position: int | None = key(default=None, lenient=True)
    """From 1; times the resolution it gives the time."""
    amount: Decimal | None = key("price.amount", default=None)
    """In the currency and unit of its series."""


class CurveType(VendorEnum):
    """How the points of a series make a curve."""

    SEQUENTIAL_FIXED_BLOCKS = "A01"
    """Every position is there."""
    VARIABLE_BLOCKS = "A03"
    """A position that is missing has the price of the one before it, up to the end of the period."""


@record
class PublicationPeriod(Record):
    """A stretch of time in steps of one length."""

    interval: TimeInterval | None = key("timeInterval", default=None)
    resolution: str | None = None
    """ISO 8601: ``PT60M``, ``PT15M``."""
    points: tuple[PublicationPoint, ...] = key("Point", default=())


@record
class PublicationSeries(Record):
    """The prices of one auction."""

    currency: str | None = key("currency_Unit.name", default=None)
    unit: str | None = key("price_Measure_Unit.name", default=None)
    agreement: str | None = key("contract_MarketAgreement.type", default=None)
    """A01 is day-ahead."""
    sequence: int | None = key("classificationSequence_AttributeInstanceComponent.position", default=None, lenient=True)
    """1 is the coupled auction (SDAC), 2 another one, such as EXAA's at 10:15."""
    curve_type: CurveType | None = key("curveType", default=None)
    periods: tuple[PublicationPeriod, ...] = key("Period", default=())


@record
class PublicationDocument(Record):
    """``Publication_MarketDocument`` of ENTSO-E's transparency platform, document type A44."""

    mrid: str | None = key("mRID", default=None)
    series: tuple[PublicationSeries, ...] = key("TimeSeries", default=())


class State(VendorEnum):
    """Whether prices may still change."""

    PRELIMINARY = "Preliminary"
    FINAL = "Final"


@record
class AreaState(Record):
    """The state of some areas."""

    state: State | None = None
    areas: tuple[str, ...] | None = None


@record
class NordPoolEntry(Record):
    """One interval of delivery, with the price of each area."""

    start: datetime | None = key("deliveryStart", default=None)
    end: datetime | None = key("deliveryEnd", default=None)
    prices: dict[str, Any] | None = key("entryPerArea", default=None)
    """A number for each area, or null."""


@record
class NordPoolPrices(Record):
    """``GET /api/DayAheadPrices`` of Nord Pool's data portal: one delivery day (CET). For private use only."""

    day: date | None = key("deliveryDateCET", default=None)
    version: int | None = None
    """0: not published."""
    currency: str | None = None
    states: tuple[AreaState, ...] = key("areaStates", default=())
    entries: tuple[NordPoolEntry, ...] = key("multiAreaEntries", default=(), also=("multiIndexEntries",))


Document: TypeAlias = EnergyChartsPrices | AwattarMarketData | PublicationDocument | NordPoolPrices
"""What one call brings, by the source."""
