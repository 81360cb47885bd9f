"""The price of an interval, the energy used in it, and the grid's mix.

Money is :class:`~decimal.Decimal` in the major unit of an ISO 4217 currency per kWh, never rounded.
IMPORT and CONTROLLED_LOAD: + you pay. EXPORT: + you are paid. Intervals are half-open ``[start, end)``, UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from openpower_core.checks import aware


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


@frozen(kw_only=True)
class Price:
    """The price of one interval on one channel."""

    start: datetime = field(converter=aware)
    end: datetime = field(converter=aware)
    channel: Channel = Channel.IMPORT
    per_kwh: Decimal
    currency: str
    """ISO 4217, such as ``"AUD"``."""
    tax_included: bool | None = None
    kind: PriceKind = PriceKind.SETTLED
    estimate: bool | None = None
    """Whether the figure may still change; None when the retailer does not say."""
    expected_per_kwh: Decimal | None = None
    """The retailer's own prediction of what this interval will cost."""
    low: Decimal | None = None
    high: Decimal | None = None
    """The band of that prediction; low ≤ high on every channel."""
    spot_per_kwh: Decimal | None = None
    """The wholesale price, as the retailer reports it (same sign on every channel)."""
    renewables_pct: float | None = None
    """Share of renewables in the grid; some markets report above 100."""
    spike: bool | None = None
    demand_window: bool | None = None
    raw: Any = field(default=None, repr=False, eq=False)


@frozen(kw_only=True)
class Usage:
    """Energy metered in one interval on one channel, and what it cost."""

    start: datetime = field(converter=aware)
    end: datetime = field(converter=aware)
    channel: Channel = Channel.IMPORT
    kwh: float
    """Never negative; the channel gives the direction."""
    cost: Decimal | None = None
    """+ you pay, − you are paid, on every channel."""
    currency: str
    quality: UsageQuality = UsageQuality.UNKNOWN
    raw: Any = field(default=None, repr=False, eq=False)


@frozen(kw_only=True)
class GridMix:
    """Where the grid's energy comes from in one interval."""

    start: datetime = field(converter=aware)
    end: datetime = field(converter=aware)
    renewables_pct: float | None = None
    carbon_g_per_kwh: float | None = None
    kind: PriceKind = PriceKind.SETTLED
    raw: Any = field(default=None, repr=False, eq=False)
