"""The market's intervals as Amber writes them: cents, feed-in turned, and one second more at the start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_amber.client.requests import NEM, nem_date
from openpower_amber.emulator.site import WIRE_CHANNELS
from openpower_core.provider import Channel, PriceKind

if TYPE_CHECKING:
    from decimal import Decimal

    from openpower_amber.emulator.site import EmulatedSite
    from openpower_simulation import Metered
    from openpower_simulation.market import MarketInterval

_TYPES: Final = {PriceKind.SETTLED: "Actual", PriceKind.CURRENT: "Current", PriceKind.FORECAST: "Forecast"}
_PERIODS: Final = {"off_peak": "offPeak", "solar_sponge": "solarSponge", "peak": "peak"}
_DESCRIPTORS: Final = ((10.0, "extremelyLow"), (22.0, "veryLow"), (30.0, "low"), (38.0, "neutral"), (100.0, "high"))
_GREENNESS: Final = ((10.0, "worst"), (20.0, "notGreat"), (35.0, "ok"), (45.0, "great"))
_SCENARIOS_DIFFER: Final = timedelta(hours=20)


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
        "channelIdentifier": WIRE_CHANNELS[channel][1],
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
    told: dict[str, Any] = {
        "perKwh": cents,
        "renewables": interval.renewables_pct,
        "spotPerKwh": _rounded(interval.spot),
        "channelType": WIRE_CHANNELS[channel][0],
        "spikeStatus": interval.spike.value,
        "descriptor": "spike" if interval.spike == "spike" else _descriptor(cents, channel),
    }
    if channel is not Channel.EXPORT:
        told["tariffInformation"] = _tariff(site, interval)
    return told


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
