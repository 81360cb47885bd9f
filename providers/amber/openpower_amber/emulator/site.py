"""A site that the emulator serves, and its records as Amber writes them: cents, feed-in flipped, a second at the start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from openpower_amber.client.requests import NEM, nem_date
from openpower_amber.models import SiteStatus
from openpower_core.provider import Channel, PriceKind
from openpower_simulation import House, Market, Metered, Plant
from openpower_simulation.market import MarketInterval

CHANNELS: Final = {
    Channel.IMPORT: ("general", "E1", "3950"),
    Channel.CONTROLLED_LOAD: ("controlledLoad", "E2", "9000"),
    Channel.EXPORT: ("feedIn", "B1", "9850"),
}
"""In the order of Amber's answers: the type, the register, and the network's tariff code."""

_TYPES: Final = {PriceKind.SETTLED: "Actual", PriceKind.CURRENT: "Current", PriceKind.FORECAST: "Forecast"}
_PERIODS: Final = {"off_peak": "offPeak", "solar_sponge": "solarSponge", "peak": "peak"}
_DESCRIPTORS: Final = ((10.0, "extremelyLow"), (22.0, "veryLow"), (30.0, "low"), (38.0, "neutral"), (100.0, "high"))
_GREENNESS: Final = ((10.0, "worst"), (20.0, "notGreat"), (35.0, "ok"), (45.0, "great"))
_SCENARIOS_DIFFER: Final = timedelta(hours=20)


@frozen(kw_only=True)
class Nameplate:
    """What Amber knows of a site."""

    id: str = "01HZXEM0SA1TEDS1TE00000001"
    nmi: str = "3100000001"
    network: str = "Energex"
    status: SiteStatus = SiteStatus.ACTIVE
    interval_length: int = 5
    channels: tuple[Channel, ...] = (Channel.IMPORT, Channel.EXPORT)
    active_from: date | None = date(2023, 5, 1)
    closed_on: date | None = None
    tz: str = "Australia/Brisbane"
    demand_tariff: bool = True
    """Whether intervals tell a demand window; else they tell period and season."""
    usage_published: time = time(6)
    """When, in market time, a day's usage is there: on the day after it."""


class EmulatedSite:
    """A nameplate with a simulated house behind it; the house may be shared with other emulators."""

    def __init__(
        self, nameplate: Nameplate | None = None, *, start: datetime, seed: int = 1, house: House | None = None
    ) -> None:
        self.nameplate = nameplate or Nameplate()
        plant = Plant(seed=seed, tz=self.nameplate.tz, price_interval_min=self.nameplate.interval_length)
        self.house = house or House(plant, start=start)
        self.market = Market(self.house.plant)

    @property
    def channels(self) -> Iterator[Channel]:
        """Its channels in the order of Amber's answers."""
        return (channel for channel in CHANNELS if channel in self.nameplate.channels)

    def record(self) -> dict[str, Any]:
        """The site as ``GET /sites`` shows it; what does not apply is absent."""
        plate = self.nameplate
        record: dict[str, Any] = {
            "id": plate.id,
            "nmi": plate.nmi,
            "channels": [_channel(channel) for channel in self.channels],
            "network": plate.network,
            "status": plate.status.value,
            "intervalLength": self.market.resolution.seconds // 60,
        }
        if plate.active_from is not None:
            record["activeFrom"] = plate.active_from.isoformat()
        if plate.closed_on is not None:
            record["closedOn"] = plate.closed_on.isoformat()
        return record


def _channel(channel: Channel) -> dict[str, str]:
    kind, identifier, tariff = CHANNELS[channel]
    return {"identifier": identifier, "type": kind, "tariff": tariff}


def price_record(site: EmulatedSite, interval: MarketInterval, channel: Channel, now: datetime) -> dict[str, Any]:
    """One price interval on one channel."""
    record = {
        "type": f"{_TYPES[interval.kind]}Interval",
        **_times(interval),
        **_price(site, interval, channel, _cents(site, interval, channel)),
    }
    if interval.kind is PriceKind.CURRENT:
        record["estimate"] = interval.estimate
    if interval.kind is not PriceKind.SETTLED and interval.expected is not None:
        record["advancedPrice"] = {
            name: _cents(site, interval, channel, spot)
            for name, spot in (("low", interval.low), ("predicted", interval.expected), ("high", interval.high))
        }
    if interval.kind is PriceKind.FORECAST and interval.start - now >= _SCENARIOS_DIFFER:
        spot = float(interval.spot) * 100
        record["range"] = {"min": round(spot - 6, 5), "max": round(spot + 9, 5)}
    return record


def usage_record(site: EmulatedSite, metered: Metered) -> dict[str, Any]:
    """What one register metered in one interval."""
    channel, interval = metered.channel, metered.interval
    per_kwh = _cents(site, interval, channel)
    return {
        "type": "Usage",
        **_times(interval),
        **_price(site, interval, channel, per_kwh),
        "quality": "billable",
        "kwh": metered.kwh,
        "channelIdentifier": CHANNELS[channel][1],
        "cost": round(metered.kwh * per_kwh, 4),
    }


def renewable_record(interval: MarketInterval) -> dict[str, Any]:
    """The share of renewables in one interval."""
    return {
        "type": f"{_TYPES[interval.kind]}Renewable",
        **_times(interval),
        "renewables": interval.renewables_pct,
        "descriptor": _word(interval.renewables_pct, _GREENNESS, "best"),
    }


def _times(interval: MarketInterval) -> dict[str, Any]:
    start, end = interval.start.astimezone(UTC), interval.end.astimezone(UTC)
    return {
        "date": nem_date(start).isoformat(),
        "duration": (end - start) // timedelta(minutes=1),
        "startTime": f"{start + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "nemTime": end.astimezone(NEM).isoformat(),
    }


def _price(site: EmulatedSite, interval: MarketInterval, channel: Channel, cents: float) -> dict[str, Any]:
    record: dict[str, Any] = {
        "perKwh": cents,
        "renewables": interval.renewables_pct,
        "spotPerKwh": _rounded(interval.spot),
        "channelType": CHANNELS[channel][0],
        "spikeStatus": interval.spike.value,
        "descriptor": "spike" if interval.spike == "spike" else _descriptor(cents, channel),
    }
    if channel is not Channel.EXPORT:
        record["tariffInformation"] = _tariff(site, interval)
    return record


def _tariff(site: EmulatedSite, interval: MarketInterval) -> dict[str, Any]:
    tariff = site.market.tariff
    if site.nameplate.demand_tariff:
        return {"demandWindow": tariff.demand_window(interval.local)}
    return {"period": _PERIODS[tariff.period(interval.local).value], "season": "nonSummer"}


def _cents(site: EmulatedSite, interval: MarketInterval, channel: Channel, spot: Decimal | None = None) -> float:
    """The retail price as Amber signs it: on the feed-in channel negative is what you earn."""
    price = site.market.price(interval, channel, spot)
    return _rounded(-price if channel is Channel.EXPORT else price)


def _rounded(dollars: Decimal) -> float:
    return round(float(dollars) * 100, 5)


def _descriptor(cents: float, channel: Channel) -> str:
    # What is dear to buy is good to sell, and is called high on both channels.
    return _word(-cents + 15 if channel is Channel.EXPORT else cents, _DESCRIPTORS, "spike")


def _word(value: float, words: tuple[tuple[float, str], ...], above: str) -> str:
    return next((word for bound, word in words if value < bound), above)
