"""What the page shows of the history: the powers of today, energies of a week, month or year, and what today cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import frozen

from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError
from openpower_core.prices import Channel, PriceSeries
from openpower_hub.page import words
from openpower_hub.page.live import zone_of

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.history import History, Store
    from openpower_hub.homes import Home

T = TypeVar("T")
STEP: Final = timedelta(minutes=5)
PERIODS: Final = ("week", "month", "year")
LINES: Final = {
    "solar": (Role.INVERTER, "pv_w"),
    "house": (Role.INVERTER, "load_w"),
    "battery": (Role.BATTERY, "power_w"),
    "grid": (Role.METER, "power_w"),
}
"""The lines of the chart of today."""


@frozen(kw_only=True)
class Flowed:
    """An energy: the counter that counts it, and the power whose integral it is."""

    role: Role
    counter: str
    power: str
    out: bool = False
    """Whether it flowed out of the house, where the power is negative."""


FLOWED: Final = {
    "solar": Flowed(role=Role.INVERTER, counter="pv_energy_total_kwh", power="pv_w"),
    "discharged": Flowed(role=Role.BATTERY, counter="discharge_energy_total_kwh", power="power_w"),
    "imported": Flowed(role=Role.METER, counter="import_energy_total_kwh", power="power_w"),
    "exported": Flowed(role=Role.METER, counter="export_energy_total_kwh", power="power_w", out=True),
    "charged": Flowed(role=Role.BATTERY, counter="charge_energy_total_kwh", power="power_w", out=True),
    "house": Flowed(role=Role.INVERTER, counter="load_energy_total_kwh", power="load_w"),
}
"""The energies of a home, by name."""
ABOVE: Final = ("solar", "discharged", "imported")
"""Where the energy of a bar came from, from zero upwards."""
BELOW: Final = ("exported", "charged")
"""Where it went besides the house, from zero downwards."""


@frozen(kw_only=True)
class Today:
    """The powers of a day, five minutes a point."""

    start: datetime
    end: datetime
    times: tuple[int, ...]
    """Seconds since 1970, the beginning of each point."""
    lines: Mapping[str, tuple[float | None, ...]]
    """By name (W); None where it is unknown."""

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not any(watts is not None for line in self.lines.values() for watts in line)

    def rows(self, zone: tzinfo) -> Iterable[tuple[str, list[str]]]:
        """The means of its hours, for a table."""
        hours: dict[datetime, list[int]] = defaultdict(list)
        for index, time in enumerate(self.times):
            hours[datetime.fromtimestamp(time, zone).replace(minute=0)].append(index)
        for hour, indexes in hours.items():
            means = [_mean([line[index] for index in indexes]) for line in self.lines.values()]
            if any(each is not None for each in means):
                yield f"{hour:%H:%M}", [_signed(each) for each in means]


@frozen(kw_only=True)
class Bar:
    """The energy of a day or a month (kWh); None where it is unknown."""

    label: str
    name: str
    """The day or month, written out."""
    kwh: Mapping[str, float | None]

    def of(self, name: str) -> float:
        """One of its parts, 0.0 where unknown: nothing is drawn."""
        return self.kwh.get(name) or 0.0


@frozen(kw_only=True)
class Bars:
    """A week, a month or a year."""

    period: str
    title: str
    bars: tuple[Bar, ...]
    before: str
    """The day that shows the period before."""
    after: str
    """The same of the next one; empty if it lies ahead."""

    @property
    def parts(self) -> list[str]:
        """What is known of any bar."""
        return [name for name in FLOWED if any(bar.kwh.get(name) is not None for bar in self.bars)]

    @property
    def most(self) -> float:
        """The length of the longest bar, upwards (kWh)."""
        return max((sum(bar.of(name) for name in ABOVE) for bar in self.bars), default=0.0) or 1.0

    @property
    def least(self) -> float:
        """The same downwards."""
        return max((sum(bar.of(name) for name in BELOW) for bar in self.bars), default=0.0)

    def total(self, name: str) -> float | None:
        """The sum of a part, as far as it is known."""
        known = [kwh for bar in self.bars if (kwh := bar.kwh.get(name)) is not None]
        return sum(known) if known else None

    def drawn(self) -> Iterable[tuple[str, float, float, float, float]]:
        """The rectangles (kind, x, y, width, height) in a box of 1000 × 100."""
        scale = 96 / (self.most + self.least)
        zero = 2 + self.most * scale
        pitch = 1000 / max(1, len(self.bars))
        for index, bar in enumerate(self.bars):
            for names, direction in ((ABOVE, -1), (BELOW, 1)):
                y = zero
                for name in names:
                    size = bar.of(name) * scale
                    if size > 0:
                        top = y - size if direction < 0 else y
                        yield (
                            name,
                            round((index + 0.14) * pitch, 1),
                            round(top, 2),
                            round(0.72 * pitch, 1),
                            round(size, 2),
                        )
                        y += direction * size

    @property
    def zero(self) -> float:
        """Where zero is (%)."""
        return round(2 + 96 * self.most / (self.most + self.least), 2)

    @property
    def summary(self) -> str:
        """The totals in a sentence."""
        said = [
            f"{words.energy(total)} {words_}"
            for name, words_ in (("solar", "from solar"), ("imported", "bought"), ("exported", "sold"))
            if (total := self.total(name)) is not None
        ]
        return f"{words.listed(said)}." if said else "Nothing was recorded."


def store_of(hub: Hub) -> Store | None:
    """The history, if it runs."""
    history: Any = hub.integrations.get("history")
    found: History | None = history
    return None if found is None else found.store


def midnight(now: datetime, zone: tzinfo, days: int = 0) -> datetime:
    """The beginning of a day on the home's clock."""
    day = now.astimezone(zone).date() + timedelta(days=days)
    return _at(day, zone, now.tzinfo)


def _at(day: date, zone: tzinfo, utc: tzinfo | None) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(utc)


async def today_of(store: Store, home: Home, now: datetime) -> Today:
    """The powers since midnight."""
    zone = zone_of(home)
    start, end = midnight(now, zone), midnight(now, zone, 1)
    count = int((now - start) / STEP) + 1
    times = tuple(int((start + index * STEP).timestamp()) for index in range(count))
    lines: dict[str, tuple[float | None, ...]] = {}
    for name, (role, figure) in LINES.items():
        states = home.of_role(role)
        if not states:
            continue
        found = [await store.series(state.key, figure, start, now, step=STEP) for state in states]
        by_time = [{int(cell.start.timestamp()): cell.mean for cell in cells} for cells in found]
        lines[name] = tuple(_sum([each.get(time) for each in by_time]) for time in times)
    return Today(start=start, end=end, times=times, lines=lines)


async def bars_of(store: Store, home: Home, now: datetime, period: str, day: date | None) -> Bars:
    """The energies of the week, month or year that holds a day; None is today."""
    zone = zone_of(home)
    today = now.astimezone(zone).date()
    day = min(day or today, today)
    first, last = _span(period, day)
    start, end = _at(first, zone, now.tzinfo), _at(last, zone, now.tzinfo)
    cells: dict[str, dict[date, float | None]] = {}
    for name, flowed in FLOWED.items():
        if states := home.of_role(flowed.role):
            found = [await energies(store, state.key, flowed, start, end, timedelta(days=1)) for state in states]
            cells[name] = _daily(found, zone)
    bars = [
        Bar(
            label=label, name=title, kwh={name: _known_sum(each.get(on) for on in days) for name, each in cells.items()}
        )
        for label, title, days in _bins(period, first, last)
    ]
    return Bars(
        period=period,
        title=_title(period, first, last),
        bars=tuple(bars),
        before=(first - timedelta(days=1)).isoformat(),
        after=last.isoformat() if last <= today else "",
    )


async def energies(
    store: Store, key: str, flowed: Flowed, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, float]:
    """The energy of each step of ``[start, end)`` in which it is known, by the beginning of the step (kWh).

    A counter is exact, but after a gap its growth may be that of the gap: then the power counts, which is also known where
    a vendor was asked for the past.
    """
    counted = await store.series(key, flowed.counter, start - step, end, step=step)
    measured = await store.series(key, flowed.power, start, end, step=step)
    found = {cell.start: cell.backward_kwh if flowed.out else cell.forward_kwh for cell in measured}
    ends = {cell.end for cell in counted}
    for cell in counted:
        if cell.start >= start and (cell.start in ends or found.get(cell.start) is None):
            found[cell.start] = cell.forward_kwh
    return {time: kwh for time, kwh in sorted(found.items()) if kwh is not None}


def _daily(devices: Sequence[Mapping[datetime, float]], zone: tzinfo) -> dict[date, float | None]:
    found = [{time.astimezone(zone).date(): kwh for time, kwh in each.items()} for each in devices]
    days = {day for each in found for day in each}
    return {day: _sum([each.get(day) for each in found]) for day in days}


def _span(period: str, day: date) -> tuple[date, date]:
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    if period == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def _bins(period: str, first: date, last: date) -> Iterable[tuple[str, str, list[date]]]:
    """The bars: each with its label, its name and its days."""
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    if period == "year":
        for month in range(1, 13):
            mine = [day for day in days if day.month == month]
            yield f"{mine[0]:%b}"[0], f"{mine[0]:%B}", mine
        return
    for day in days:
        yield (f"{day:%a}" if period == "week" else f"{day.day}"), f"{day:%a} {day.day} {day:%b}", [day]


def _title(period: str, first: date, last: date) -> str:
    final = last - timedelta(days=1)
    if period == "week":
        return f"{first.day} {first:%b} – {final.day} {final:%b %Y}"
    return f"{first:%B %Y}" if period == "month" else f"{first.year}"


async def cost_today(store: Store, home: Home, now: datetime) -> tuple[str, str]:
    """What today's energy cost so far, by the prices of its intervals, and since when that is known.

    Standing charges are not in it. It is ``–`` where no usage, or a price of what was used, is known.
    """
    zone = zone_of(home)
    start = midnight(now, zone)
    retailers, meters = home.of_role(Role.RETAILER), home.of_role(Role.METER)
    cost, first, currency = Decimal(0), now, ""
    for channel, name, sign in _DEALS if retailers else ():
        prices = PriceSeries.firmest(await store.prices(retailers[0].key, channel, start, now))
        for meter in meters:
            for time, kwh in (await energies(store, meter.key, FLOWED[name], start, now, STEP)).items():
                first = min(first, time)
                if not kwh:
                    continue
                if (price := prices.at(time, channel)) is None:
                    return words.NONE, ""
                currency = price.currency
                cost += sign * price.per_kwh * Decimal(str(kwh))
    if not currency:
        return words.NONE, ""
    since = f", since {words.clock(first, zone)}" if first > start + _GAP else " so far"
    return words.money(cost, currency), f"energy only{since}"


_DEALS: Final = ((Channel.IMPORT, "imported", 1), (Channel.EXPORT, "exported", -1))
_GAP: Final = timedelta(minutes=10)


async def or_empty(call: Awaitable[T], empty: T) -> tuple[T, str]:
    """What a call of the history gives, or why it gives nothing."""
    try:
        return await call, ""
    except OpenPowerError as error:
        return empty, f"The history cannot be read: {error}"


def _sum(values: Sequence[float | None]) -> float | None:
    """The sum; None where a part is unknown."""
    return sum(each for each in values if each is not None) if values and None not in values else None


def _known_sum(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) if known else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if known else None


def _signed(watts: float | None) -> str:
    text = words.power(watts)
    return f"−{text}" if watts is not None and watts < 0 and text != "0 W" else text
