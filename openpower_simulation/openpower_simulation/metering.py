"""What the retailer's meter reports of the house: energy per billed interval and channel, a day late."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_core.prices import Channel
from openpower_simulation.market import MarketInterval

if TYPE_CHECKING:
    from openpower_simulation.house import House
    from openpower_simulation.market import Market

__all__ = ["Metered", "metered"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True, slots=True)
class Metered:
    """Energy of one billed interval on one channel."""

    interval: MarketInterval
    channel: Channel
    kwh: float
    """Never negative, in whole watt-hours, as meters count."""
    per_kwh: Decimal
    """IMPORT: + you pay, EXPORT: + you are paid."""

    @property
    def cost(self) -> Decimal:
        """+ you pay, − you are paid."""
        amount = Decimal(str(self.kwh)) * self.per_kwh
        return -amount if self.channel is Channel.EXPORT else amount


def metered(house: House, market: Market, start: datetime, end: datetime, *, now: datetime) -> list[Metered]:
    """The meter's figures for the billed intervals that lie in ``[start, end)`` and are over at ``now``.

    When they are published (the next morning, say) is the retailer's business: choose ``end`` accordingly.
    """
    intervals = {
        interval.start: interval
        for interval in market.intervals(start, end, now=now, resolution=market.resolution)
        if interval.start >= start and interval.end <= min(end, now)
    }
    sums: dict[datetime, tuple[float, float]] = {}
    for line in house.history(start, end, now=now):
        begin = line.start - (line.start - _EPOCH) % market.resolution
        bought, sold = sums.get(begin, (0.0, 0.0))
        sums[begin] = (bought + line.energies.imported_kwh, sold + line.energies.exported_kwh)
    return [
        _one(intervals[begin], market, channel, kwh)
        for begin in sums
        if begin in intervals
        for channel, kwh in zip((Channel.IMPORT, Channel.EXPORT), sums[begin], strict=True)
    ]


def _one(interval: MarketInterval, market: Market, channel: Channel, kwh: float) -> Metered:
    return Metered(interval=interval, channel=channel, kwh=round(kwh, 3), per_kwh=market.price(interval, channel))
