"""What the auctions of a simulated market set, and when it is published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from attrs import frozen

from openpower_dayahead.client import MARKET, market_days
from openpower_dayahead.mapping import QUARTERS_SINCE
from openpower_simulation.localday import from_micros, local_day
from openpower_simulation.market import spot_day

_SLOT: Final = timedelta(minutes=5)


@frozen(slots=True)
class Row:
    """One interval, EUR per MWh."""

    start: datetime
    end: datetime
    price: float


@frozen(kw_only=True)
class Auction:
    """The day-ahead auction of one zone."""

    seed: int = 1
    published: time = time(12, 57)
    """When tomorrow's prices are there, in Central European time."""

    def last_day(self, now: datetime) -> date:
        """The last day that is published."""
        local = now.astimezone(MARKET)
        return local.date() + timedelta(days=local.time() >= self.published)

    def rows(self, start: datetime, end: datetime, now: datetime, *, hourly: bool = False) -> list[Row]:
        """The published intervals that begin in ``[start, end)``."""
        days = [day for day in market_days(start, end) if day <= self.last_day(now)] if start < end else []
        return [row for day in days for row in self.day(day, hourly=hourly) if start <= row.start < end]

    def day(self, day: date, *, hourly: bool = False) -> Iterator[Row]:
        """A day of the market: quarters of an hour since October 2025, hours before, or hours as means of the quarters."""
        local = local_day(day, MARKET)
        prices = spot_day(self.seed, local).calm
        start = from_micros(local.start)
        step = 12 if hourly or start < QUARTERS_SINCE else 3
        for first in range(0, len(prices), step):
            mean = sum(prices[first : first + step]) / step
            yield Row(start + first * _SLOT, start + (first + step) * _SLOT, round(mean * 1000, 2))

    def last_known(self, now: datetime) -> datetime:
        """The beginning of the day after the last one that is published."""
        return from_micros(local_day(self.last_day(now) + timedelta(days=1), MARKET).start)
