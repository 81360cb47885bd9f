"""The market as a retailer's customers see it: spot prices, tariffs, forecasts with errors, a meter.

Everything is a function of the seed and of the time of the query; nothing is stored, so that prices of any day can be
queried in any order.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from attrs import frozen

from openpower_core.checks import aware
from openpower_core.errors import InvalidValue
from openpower_core.prices import Channel, PriceKind
from openpower_simulation.house import House
from openpower_simulation.localday import MINUTE, LocalDay, from_micros, local_date, local_day, to_micros
from openpower_simulation.plant import Plant
from openpower_simulation.weather import seeded, sunniness

_FLOOR: Final = -0.30
"""No price falls below this (per kWh)."""


class SpotDay(NamedTuple):
    """One value per five minutes of a calendar day."""

    calm: list[float]
    """The price without spikes (per kWh)."""
    settled: list[float]
    """The final price."""
    surprise: list[float]
    """The error of the forecasts, in standard deviations; neighbours are similar."""
    renewables_pct: list[float]


@lru_cache(maxsize=64)
def spot_day(seed: int, day: LocalDay) -> SpotDay:
    """The market on one calendar day."""
    chance = seeded(seed, "spot", day.date)
    walls = day.wall[::5]
    sun = sunniness(seed, day.date)
    dip = 0.03 + 0.085 * sun + (0.015 if day.date.isoweekday() > 5 else 0.0)
    if chance.random() < 0.25 * sun:
        dip += chance.uniform(0.05, 0.14)  # A day on which prices are negative.
    level = math.exp(chance.gauss(0, 0.12))
    noise = _wander(chance, len(walls))
    calm = [max(_FLOOR, level * _shape(wall, dip) + 0.008 * wobble) for wall, wobble in zip(walls, noise, strict=True)]
    wind = _wander(chance, len(walls))
    renewables = [
        min(104.0, max(6.0, 26 + 52 * sun * _bell(wall - 750, 170) + 5 * gust))
        for wall, gust in zip(walls, wind, strict=True)
    ]
    return SpotDay(calm, _spiked(chance, calm, walls), _wander(chance, len(walls)), renewables)


def _shape(wall: int, dip: float) -> float:
    """A day's price by local time: breakfast, the dip at noon, dinner."""
    return 0.078 + 0.055 * _bell(wall - 430, 60) - dip * _bell(wall - 750, 140) + 0.150 * _bell(wall - 1120, 80)


def _bell(distance: float, width: float) -> float:
    return math.exp(-0.5 * (distance / width) ** 2)


def _wander(chance: random.Random, count: int) -> list[float]:
    """A random walk that is drawn back to zero, with deviation one."""
    value, values = chance.gauss(0, 1), list[float]()
    for _ in range(count):
        # 0.94² + 0.34² ≈ 1: neighbours are similar, and the deviation stays at one.
        value = 0.94 * value + 0.34 * chance.gauss(0, 1)
        values.append(value)
    return values


def _spiked(chance: random.Random, calm: list[float], walls: tuple[int, ...]) -> list[float]:
    """The day with its spikes: now and then at dinner, rarely at breakfast."""
    prices = list(calm)
    for likely, wall in ((0.15, 1080 + chance.randint(0, 90)), (0.03, 400 + chance.randint(0, 60))):
        height, length = math.exp(chance.uniform(-0.2, 2.6)), chance.randint(2, 7)
        if chance.random() < likely:
            start = next((index for index, at in enumerate(walls) if at >= wall), 0)
            for index in range(start, min(start + length, len(prices))):
                prices[index] = height * (0.8 + 0.4 * chance.random())
    return prices


class TariffPeriod(StrEnum):
    """The parts of the day with different network prices, by local time."""

    OFF_PEAK = "off_peak"
    SOLAR_SPONGE = "solar_sponge"
    PEAK = "peak"


_LOSS: Final = Decimal("1.07145")
"""Network losses, which customers pay as well."""
_CONTROLLED_LOAD: Final = Decimal("0.0720")
_NETWORK: Final = {
    TariffPeriod.OFF_PEAK: (Decimal("0.1617"), Decimal("0.0000")),
    TariffPeriod.SOLAR_SPONGE: (Decimal("0.0825"), Decimal("-0.0186")),
    TariffPeriod.PEAK: (Decimal("0.1999"), Decimal("0.0347")),
}
"""Per kWh bought (tax included), and per kWh sold (no tax)."""
_PLACES: Final = Decimal("0.0000001")


@frozen
class Tariff:
    """Retail prices from spot prices, both per kWh; the spot price includes tax, as markets quote it to homes."""

    tax: Decimal

    def period(self, local: datetime) -> TariffPeriod:
        """The period of a wall-clock time."""
        if 10 <= local.hour < 15:
            return TariffPeriod.SOLAR_SPONGE
        return TariffPeriod.PEAK if 15 <= local.hour < 21 else TariffPeriod.OFF_PEAK

    def demand_window(self, local: datetime) -> bool:
        """Whether the month's highest demand is counted now: weekday evenings."""
        return local.isoweekday() <= 5 and 15 <= local.hour < 21

    def per_kwh(self, channel: Channel, spot: Decimal, local: datetime) -> Decimal:
        """The retail price; IMPORT and CONTROLLED_LOAD: + you pay, EXPORT: + you are paid."""
        bought, sold = _NETWORK[self.period(local)]
        match channel:
            case Channel.IMPORT:
                price = _LOSS * spot + bought
            case Channel.CONTROLLED_LOAD:
                price = _LOSS * spot + _CONTROLLED_LOAD
            case Channel.EXPORT:
                price = _LOSS / (1 + self.tax) * spot + sold
        return price.quantize(_PLACES)

    @staticmethod
    def tax_included(channel: Channel) -> bool:
        """Buyers pay tax; households that sell charge none."""
        return channel is not Channel.EXPORT


_Column = Literal["calm", "settled", "surprise", "renewables_pct"]

_SLOT: Final = 5 * MINUTE
_HALF_HOUR: Final = 30 * MINUTE
_HOUR: Final = 60 * MINUTE
_DAY: Final = 24 * _HOUR
_FIRM_BY: Final = MINUTE
"""The latest time after its beginning at which a price is firm."""


class SpikeStatus(StrEnum):
    """Whether the market spikes."""

    NONE = "none"
    POTENTIAL = "potential"
    SPIKE = "spike"


@frozen(kw_only=True, slots=True)
class MarketInterval:
    """One interval as it is known at one time; prices are spot prices per kWh, tax included."""

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
    """Prices on a grid of 5 or 30 minutes, a pure function of the seed and of the time of the query."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._zone = plant.zone
        self._unit = plant.price_interval_min * MINUTE
        today = local_day(date(2026, 1, 1), self._zone)
        self._day = today, spot_day(plant.seed, today)
        """The day of the last query, because neighbouring intervals are queried together."""
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
            start: where the range of interest begins.
            end: where it ends (exclusive).
            now: the time of the query.
            resolution: 30 minutes for half hours throughout; None for what retailers send: intervals as they
                are billed, and half hours from the end of the half hour that is half an hour away on.
        """
        if resolution not in (None, self.resolution, timedelta(minutes=30)):
            raise InvalidValue(f"the market has intervals of {self.resolution} and half hours, not {resolution}.")
        known_at = to_micros(aware(now))
        finish = min(to_micros(aware(end)), to_micros(self.horizon(now)))
        begin = to_micros(aware(start))
        if resolution is None:
            edges = self._as_sent(begin, finish, known_at)
        else:
            edges = _grid(begin, finish, resolution // timedelta(minutes=1) * MINUTE)
        return [self._interval(begin, until, known_at) for begin, until in edges]

    def price(self, interval: MarketInterval, channel: Channel, spot: Decimal | None = None) -> Decimal:
        """The retail price of an interval on a channel (or of another spot price in it)."""
        return self.tariff.per_kwh(channel, interval.spot if spot is None else spot, interval.local)

    def _as_sent(self, start: int, finish: int, now: int) -> Iterator[tuple[int, int]]:
        """Edges of the intervals that overlap ``[start, finish)``: fine ones until soon, then half hours."""
        # Rounded up to a half hour: retailers switch to half hours there, and no interval may straddle it.
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
        # Spikes are predicted only shortly before, and never in full.
        foreseen = calm + (settled - calm) * 0.7 * math.exp(-ahead / 2)
        return foreseen + self._error(start, start + self._unit, ahead), False

    def _error(self, start: int, end: int, ahead: float) -> float:
        # Like a random walk: the error grows with the root of the time ahead.
        return self._mean("surprise", start, end) * (0.002 + 0.012 * math.sqrt(ahead))

    def _band(self, start: int, end: int, now: int) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The retailer's prediction with its band; it has none beyond a day."""
        ahead = max(0, start - now)
        if ahead > _DAY:
            return None, None, None
        hours = ahead / _HOUR
        expected = self._mean("calm", start, end) + 0.6 * self._error(start, end, hours)
        # Wider upwards, because prices spike and hardly ever fall as far.
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

    The retailer decides when they are published, such as the next morning: choose ``end`` accordingly.
    """
    intervals = {
        interval.start: interval
        for interval in market.intervals(start, end, now=now, resolution=market.resolution)
        if interval.start >= start and interval.end <= min(end, now)
    }
    sums: dict[datetime, tuple[float, float]] = {}
    # The house counts in five minutes, the market bills in five or thirty.
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
