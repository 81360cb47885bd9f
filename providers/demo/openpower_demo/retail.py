"""What the simulated retailer tells: which intervals and usage, from when until when. Pure but for the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.provider import Channel, InvalidValue, PriceSeries, Unsupported
from openpower_demo.mapping.prices import CHANNELS, to_grid_mix, to_price, to_usage
from openpower_simulation import metered

if TYPE_CHECKING:
    from openpower_core.provider import GridMix, Price, Usage
    from openpower_demo.world import World
    from openpower_simulation import MarketInterval, Metered

__all__ = ["current_price", "grid_mix", "intervals", "metered_usage", "prices", "usage"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PUBLISHED: Final = 6
"""The hour of the morning at which the day before is published."""


def intervals(
    world: World, start: datetime | None, end: datetime | None, *, resolution: timedelta | None = None
) -> list[MarketInterval]:
    """The market's intervals in ``[start, end)``; without times, from now to the horizon."""
    now = world.now()
    begin, finish = start or now, end or world.market.horizon(now)
    if finish <= begin:
        return []
    return world.market.intervals(begin, finish, now=now, resolution=resolution)


def current_price(world: World, channel: Channel) -> Price:
    """The price of the running interval."""
    _check_channel(channel)
    market = world.market
    return to_price(market.current(world.now()), channel, market=market, currency=world.plant.currency)


def prices(
    world: World, start: datetime | None, end: datetime | None, *, channel: Channel | None, resolution: timedelta | None
) -> PriceSeries:
    """Prices as the retailer sends them, or on another grid."""
    if resolution is not None and resolution <= timedelta(0):
        raise InvalidValue(f"resolution is {resolution}; it must be above 0.")
    chosen = CHANNELS if channel is None else (_check_channel(channel),)
    series = PriceSeries(
        to_price(interval, each, market=world.market, currency=world.plant.currency)
        for interval in intervals(world, start, end)
        for each in chosen
    )
    return series if resolution is None else series.resample(resolution)


def metered_usage(world: World, start: datetime, end: datetime) -> list[Metered]:
    """What the meter counted in the intervals that begin in ``[start, end)``, as far as it is published."""
    into = (end - _EPOCH) % world.market.resolution
    whole = end if not into else end - into + world.market.resolution
    finish = min(whole, published_until(world))
    if finish <= start:
        return []
    return metered(world.house, world.market, start, finish, now=world.now())


def usage(world: World, start: datetime, end: datetime, *, channel: Channel | None) -> list[Usage]:
    """What was metered, and what it cost."""
    chosen = CHANNELS if channel is None else (_check_channel(channel),)
    currency = world.plant.currency
    return [to_usage(item, currency=currency) for item in metered_usage(world, start, end) if item.channel in chosen]


def grid_mix(world: World, start: datetime | None, end: datetime | None) -> list[GridMix]:
    """The grid's mix."""
    return [to_grid_mix(interval) for interval in intervals(world, start, end)]


def published_until(world: World) -> datetime:
    """Midnight after the last day whose usage is published: yesterday's, from six in the morning on."""
    local = world.now().astimezone(world.plant.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    late = 0 if local.hour >= _PUBLISHED else 1
    return (midnight - timedelta(days=late)).astimezone(UTC)


def _check_channel(channel: Channel | str) -> Channel:
    if channel not in CHANNELS:
        raise Unsupported(
            f"the simulated home's meter has no channel {str(channel)!r}.",
            feature="prices",
            alternatives=[str(each) for each in CHANNELS],
            provider="demo",
        )
    return Channel(channel)
