"""The vendor's records, the only query, and how its response becomes openpower's prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from openpower_core.provider import (
    AuthenticationFailed,
    BadResponse,
    Capabilities,
    Capability,
    Channel,
    DeviceInfo,
    Feature,
    Gap,
    OpenPowerError,
    PartialData,
    Price,
    PriceKind,
    PriceSeries,
    Record,
    Role,
    Support,
    key,
    record,
    structure,
)

if TYPE_CHECKING:
    from openpower_core.provider import Answer

URL: Final = "https://api.nordlys.example"
QUERY: Final = "{ home { meterId zone currency prices { from to total } } }"
_HERE = Capability(support=Support.FULL, note="made up, like its vendor")
CAPABILITIES: Final = Capabilities(
    features=dict.fromkeys((Feature.CURRENT_PRICE, Feature.PRICES, Feature.FORECAST), _HERE)
)


@record
class Hour(Record):
    """An hour's price, energy, grid and taxes together."""

    start: datetime = key("from")
    end: datetime = key("to")
    total: float | None = key("total", default=None)


@record
class House(Record):
    """The one home of an account."""

    meter_id: str = key("meterId", serial=True)
    zone: str = key("zone")
    currency: str = key("currency")
    prices: list[Hour] = key("prices")

    @property
    def info(self) -> DeviceInfo:
        """The retailer."""
        return DeviceInfo(
            id=f"{self.meter_id}/retailer",
            provider="nordlys",
            serial=self.meter_id,
            role=Role.RETAILER,
            vendor="Nordlys Kraft",
            tz=self.zone,
        )


@record
class Code(Record):
    """The kind of problem."""

    code: str | None = key("code")


@record
class Problem(Record):
    """Why a query was refused."""

    message: str | None = key("message")
    extensions: Code | None = key("extensions")


@record
class Data(Record):
    """What was asked for."""

    home: House = key("home")


@record
class Envelope(Record):
    """GraphQL's response; it sends errors with status 200."""

    data: Data | None = key("data")
    errors: list[Problem] | None = key("errors")


def to_house(answer: Answer) -> House:
    """Read the response, or raise its error."""
    envelope: Envelope = structure(Envelope, answer.json())
    for problem in envelope.errors or ():
        code = problem.extensions.code if problem.extensions else None
        kind: type[OpenPowerError] = AuthenticationFailed if code == "UNAUTHENTICATED" else BadResponse
        raise kind("the query was refused.", provider="nordlys", vendor_code=code, vendor_message=problem.message)
    if envelope.data is None:
        raise PartialData("the response contains neither data nor errors.", provider="nordlys")
    return envelope.data.home


def to_series(house: House, now: datetime) -> PriceSeries:
    """Hours as openpower's prices; an hour without a price is a gap, and the others stay."""
    hours = [(hour, hour.total) for hour in house.prices]
    return PriceSeries(
        (_price(hour, total, house.currency, now) for hour, total in hours if total is not None),
        gaps=[Gap(start=hour.start, end=hour.end, reason="it has no price") for hour, total in hours if total is None],
    )


def _price(hour: Hour, total: float, currency: str, now: datetime) -> Price:
    return Price(
        start=hour.start,
        end=hour.end,
        channel=Channel.IMPORT,
        per_kwh=Decimal(str(total)),
        currency=currency,
        tax_included=True,
        kind=_kind(hour, now),
        raw=hour,
    )


def _kind(hour: Hour, now: datetime) -> PriceKind:
    if hour.end <= now:
        return PriceKind.SETTLED
    return PriceKind.CURRENT if hour.start <= now else PriceKind.FORECAST
