"""The market as a retailer's customers see it: settled prices, the running interval, and forecasts that err."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from attrs import frozen

from openpower_core.checks import aware
from openpower_core.errors import InvalidValue
from openpower_core.prices import PriceKind
from openpower_simulation.localday import MINUTE, from_micros, local_date, local_day, to_micros
from openpower_simulation.spot import spot_day
from openpower_simulation.tariff import Tariff
from openpower_simulation.weather import seeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpower_core.prices import Channel
    from openpower_simulation.plant import Plant

__all__ = ["Market", "MarketInterval", "SpikeStatus"]

_Column = Literal["calm", "settled", "surprise", "renewables_pct"]

_SLOT: Final = 5 * MINUTE
_HALF_HOUR: Final = 30 * MINUTE
_HOUR: Final = 60 * MINUTE
_DAY: Final = 24 * _HOUR
_FIRM_BY: Final = MINUTE
"""How long after its beginning a price is firm at the latest."""


class SpikeStatus(StrEnum):
    """Whether the market spikes."""

    NONE = "none"
    POTENTIAL = "potential"
    SPIKE = "spike"


@frozen(kw_only=True, slots=True)
class MarketInterval:
    """One interval as it is known at one moment; prices are spot prices per kWh, tax included."""

    start: datetime
    end: datetime
    local: datetime
    """Its start on the house's wall clock, which tariffs go by."""
    kind: PriceKind
    estimate: bool
    """Whether the price may still change."""
    spot: Decimal
    expected: Decimal | None
    """The retailer's own prediction; None once the price is firm, and far ahead."""
    low: Decimal | None
    high: Decimal | None
    renewables_pct: float
    spike: SpikeStatus


class Market:
    """Prices on a grid of 5 or 30 minutes, a pure function of the seed and of when one looks."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._zone = plant.zone
        self._unit = plant.price_interval_min * MINUTE
        today = local_day(date(2026, 1, 1), self._zone)
        self._day = today, spot_day(plant.seed, today)
        """The day that was looked at last: neighbouring intervals are asked for together."""
        self.tariff = Tariff(Decimal(str(plant.tax_share)))

    @property
    def resolution(self) -> timedelta:
        """The length of the intervals that are billed."""
        return timedelta(minutes=self._plant.price_interval_min)

    def horizon(self, now: datetime) -> datetime:
        """The end of the forecasts: 04:00, from half past noon on that of the day after (16–40 hours)."""
        local = aware(now).astimezone(self._zone)
        days = 2 if (local.hour, local.minute) >= (12, 30) else 1
        day = local_day(local.date() + timedelta(days=days), self._zone)
        return from_micros(-(-(day.start + 4 * _HOUR) // _HALF_HOUR) * _HALF_HOUR)

    def confirmed_at(self, start: datetime) -> datetime:
        """When the price of the interval that begins at ``start`` becomes firm: 15 to 40 seconds in."""
        chance = seeded(self._plant.seed, "confirmed", to_micros(aware(start)))
        return start + timedelta(seconds=chance.randint(15, 40))

    def current(self, now: datetime) -> MarketInterval:
        """The interval that runs now."""
        begin = to_micros(aware(now)) // self._unit * self._unit
        return self._interval(begin, begin + self._unit, to_micros(aware(now)))

    def intervals(
        self, start: datetime, end: datetime, *, now: datetime, resolution: timedelta | None = None
    ) -> list[MarketInterval]:
        """The intervals that overlap ``[start, end)``, as they are known now, none beyond the horizon.

        Args:
            start: the first moment of interest.
            end: the moment after the last one.
            now: when one looks.
            resolution: 30 minutes for half hours throughout; None for what retailers send: intervals as they
                are billed, and half hours from the end of the half hour that is half an hour away on.
        """
        if resolution not in (None, self.resolution, timedelta(minutes=30)):
            raise InvalidValue(f"the market knows {self.resolution} and half hours, not {resolution}.")
        moment = to_micros(aware(now))
        finish = min(to_micros(aware(end)), to_micros(self.horizon(now)))
        begin = to_micros(aware(start))
        if resolution is None:
            edges = self._as_sent(begin, finish, moment)
        else:
            edges = _grid(begin, finish, resolution // timedelta(minutes=1) * MINUTE)
        return [self._interval(begin, until, moment) for begin, until in edges]

    def price(self, interval: MarketInterval, channel: Channel, spot: Decimal | None = None) -> Decimal:
        """The retail price of an interval on a channel (or of another spot price in it)."""
        return self.tariff.per_kwh(channel, interval.spot if spot is None else spot, interval.local)

    def _as_sent(self, start: int, finish: int, now: int) -> Iterator[tuple[int, int]]:
        """Edges of the intervals that overlap ``[start, finish)``: fine ones until soon, then half hours."""
        coarse = -(-(now + _HALF_HOUR) // _HALF_HOUR) * _HALF_HOUR
        yield from _grid(start, min(finish, coarse), self._unit)
        yield from _grid(max(start, coarse), finish, _HALF_HOUR)

    def _interval(self, start: int, end: int, now: int) -> MarketInterval:
        kind = _kind(start, end, now)
        units = [self._unit_as_known(at, now) for at in range(start, end, self._unit)]
        spot = math.fsum(price for price, _ in units) / len(units)
        firm = all(is_firm for _, is_firm in units)
        local = from_micros(start).astimezone(self._zone)
        expected, low, high = (None, None, None) if firm else self._band(start, end, now)
        return MarketInterval(
            start=from_micros(start),
            end=from_micros(end),
            local=local,
            kind=kind,
            estimate=not firm,
            spot=_money(spot),
            expected=expected,
            low=low,
            high=high,
            renewables_pct=round(self._mean("renewables_pct", start, end), 2),
            spike=_spike(spot, firm=firm),
        )

    def _unit_as_known(self, start: int, now: int) -> tuple[float, bool]:
        """The spot price of one billed interval as known now, and whether it is firm."""
        settled = self._mean("settled", start, start + self._unit)
        if now >= start + _FIRM_BY or (now >= start and now >= to_micros(self.confirmed_at(from_micros(start)))):
            return settled, True
        ahead = max(0, start - now) / _HOUR
        calm = self._mean("calm", start, start + self._unit)
        # Spikes are seen coming only when they are near, and never in full.
        foreseen = calm + (settled - calm) * 0.7 * math.exp(-ahead / 2)
        return foreseen + self._error(start, start + self._unit, ahead), False

    def _error(self, start: int, end: int, ahead: float) -> float:
        return self._mean("surprise", start, end) * (0.002 + 0.012 * math.sqrt(ahead))

    def _band(self, start: int, end: int, now: int) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The retailer's prediction with its band; it dares none beyond a day."""
        ahead = max(0, start - now)
        if ahead > _DAY:
            return None, None, None
        hours = ahead / _HOUR
        expected = self._mean("calm", start, end) + 0.6 * self._error(start, end, hours)
        width = 0.006 + 0.012 * math.sqrt(hours)
        return _money(expected), _money(expected - width), _money(expected + 1.8 * width)

    def _mean(self, column: _Column, start: int, end: int) -> float:
        if end - start == _SLOT:
            return self._slot(column, start)
        values = [self._slot(column, at) for at in range(start, end, _SLOT)]
        return math.fsum(values) / len(values)

    def _slot(self, column: _Column, at: int) -> float:
        day, spots = self._day
        if not day.start <= at < day.end:
            day = local_day(local_date(at, self._zone), self._zone)
            spots = spot_day(self._plant.seed, day)
            # One assignment, so that threads see a day and its prices or the ones before.
            self._day = day, spots
        values: list[float] = getattr(spots, column)
        return values[(at - day.start) // _SLOT]


def _grid(start: int, finish: int, length: int) -> Iterator[tuple[int, int]]:
    """Edges of the intervals of one length that overlap ``[start, finish)``."""
    for begin in range(start // length * length, finish, length):
        yield begin, begin + length


def _kind(start: int, end: int, now: int) -> PriceKind:
    if end <= now:
        return PriceKind.SETTLED
    return PriceKind.CURRENT if start <= now else PriceKind.FORECAST


def _spike(spot: float, *, firm: bool) -> SpikeStatus:
    if spot >= 0.9 and firm:
        return SpikeStatus.SPIKE
    return SpikeStatus.POTENTIAL if spot >= 0.5 else SpikeStatus.NONE


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 7)))
