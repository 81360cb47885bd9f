"""Prices ahead as a drawing and in words: steps on a time axis, the cheapest windows, and what is planned, below one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Final

from attrs import frozen

from openpower_core.prices import Channel, Price, PriceSeries
from openpower_hub.page import words
from openpower_hub.plans import PlannedAction

AHEAD: Final = timedelta(hours=48)
WINDOWS: Final = (1, 2, 3, 4)
"""How many hours the cheapest windows have that are offered."""
MOST_ROWS: Final = 200
SMALL_SPREAD: Final = Decimal("0.1")
"""Prices that differ by less than this share of their mean are all normal."""
_LETTERS: Final = {"charge": "▲ C", "export": "▼ E", "hold": "■ H", "no_charge": "□ N", "idle": "– I", "auto": "A"}


@frozen(kw_only=True)
class Shape:
    """A path of the drawing, in a box of 1000 × 100 that is stretched to its place."""

    kind: str
    """``"firm"``, ``"estimate"``, ``"past"`` or ``"negative"``: its style."""
    d: str


@frozen(kw_only=True)
class Mark:
    """A place on the time axis (%), and what stands there."""

    x: float
    text: str
    minor: bool = False
    """Whether it is left out where there is little room."""


@frozen(kw_only=True)
class Level:
    """A line across the drawing (% from its top), and its price."""

    y: float
    text: str


@frozen(kw_only=True)
class Window:
    """The cheapest time of a length."""

    hours: int
    x: float
    width: float
    text: str
    """``"01:30–03:30 at 14.0 ct"``."""


@frozen(kw_only=True)
class Action:
    """Something planned, on the time axis."""

    x: float
    width: float
    kind: str
    """The operation: its style."""
    letter: str
    text: str
    """When, what and why."""


@frozen(kw_only=True)
class Chart:
    """Everything that is drawn and said of prices."""

    shapes: tuple[Shape, ...]
    export: str
    """The path of export prices; empty if there are none."""
    zero: float
    """Where zero is (%)."""
    negative: bool
    """Whether buying costs less than nothing at some time."""
    now: Mark
    hours: tuple[Mark, ...]
    levels: tuple[Level, ...]
    windows: tuple[Window, ...]
    actions: tuple[Action, ...]
    summary: str
    estimates: bool
    """Whether some of the prices may still change."""
    unit: str
    rows: tuple[tuple[str, str, str, str], ...]
    """The same as a table: time, import, export, remark."""


@frozen(kw_only=True)
class Axis:
    """The time that a drawing covers."""

    start: datetime
    end: datetime
    zone: tzinfo

    def at(self, time: datetime) -> float:
        """Where an instant is (%), within the drawing."""
        share = (time - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def hours(self) -> tuple[Mark, ...]:
        """Marks on round hours of the home's clock: every 3 hours of a day, every 6 of more."""
        every = 3 if self.end - self.start <= timedelta(hours=26) else 6
        marks: list[Mark] = []
        time = self.start.astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        utc = time.astimezone(self.start.tzinfo)
        while utc <= self.end:
            local = utc.astimezone(self.zone)
            if local.hour % every == 0 and 1 <= self.at(utc) <= 97:
                text = f"{local:%a}" if local.hour == 0 else f"{local:%H}"
                marks.append(Mark(x=self.at(utc), text=text, minor=local.hour % (2 * every) != 0))
            utc += timedelta(hours=1)
        return tuple(marks)


def word_of(price: Price, series: PriceSeries) -> str:
    """Whether a price is cheap, normal or dear among those of its day: in the lowest or highest third of what is known.

    Where all are within a tenth of their mean, as with a flat tariff, each is normal.
    """
    known = [each.best_per_kwh for each in series.on(price.channel)]
    low, high = min(known), max(known)
    if high - low <= SMALL_SPREAD * abs(sum(known, Decimal(0)) / len(known)):
        return "normal"
    third = (high - low) / 3
    if price.best_per_kwh <= low + third:
        return "cheap"
    return "dear" if price.best_per_kwh >= high - third else "normal"


def next_change(series: PriceSeries, now: datetime, zone: tzinfo) -> str:
    """When the running price's word changes: ``"cheap from 01:00"``; empty if it does not, as far as prices are known."""
    lane = series.on(Channel.IMPORT)
    running = lane.at(now)
    if running is None:
        return ""
    word = word_of(running, series)
    for price in lane:
        if price.start > now and (other := word_of(price, series)) != word:
            return f"{other} from {words.clock(price.start, zone, now)}"
    return ""


def chart_of(series: PriceSeries, now: datetime, zone: tzinfo, planned: Sequence[PlannedAction] = ()) -> Chart | None:
    """The drawing of the prices from this hour on; None where none are known."""
    start = now.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
    ahead = series.between(start, start + AHEAD)
    imports, exports = list(ahead.on(Channel.IMPORT)), list(ahead.on(Channel.EXPORT))
    if not imports:
        return None
    ends = [price.end for price in imports if price.end]
    end = min(max([*ends, start + timedelta(hours=6)]), start + AHEAD)
    axis = Axis(start=start, end=end, zone=zone)
    scale = _Scale.of([each.best_per_kwh for each in (*imports, *exports)])
    currency = imports[0].currency
    windows = tuple(_windows(ahead, axis, now, currency))
    shapes = tuple(_shapes(imports, axis, scale, now))
    return Chart(
        shapes=shapes,
        export=_line(exports, axis, scale),
        zero=scale.at(Decimal(0)),
        negative=any(shape.kind == "negative" for shape in shapes),
        now=Mark(x=axis.at(now), text=words.clock(now, zone)),
        hours=axis.hours(),
        levels=tuple(
            Level(y=scale.at(each), text=words.price(each, currency).replace(".0 ", " ")) for each in scale.steps()
        ),
        windows=windows,
        actions=tuple(_actions(planned, axis)),
        summary=_summary(imports, windows, axis, now),
        estimates=any(not price.firm and price.start > now for price in imports),
        unit=f"per kWh in {currency}",
        rows=tuple(_rows(ahead, axis, now)),
    )


@frozen(kw_only=True)
class _Scale:
    """The prices that a drawing covers, zero among them."""

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, prices: Sequence[Decimal]) -> _Scale:
        low, high = min(Decimal(0), *prices), max(Decimal(0), *prices)
        if high == low:
            high = low + Decimal("0.1")
        room = (high - low) / 12
        return cls(low=low - room if low < 0 else low, high=high + room)

    def at(self, price: Decimal) -> float:
        """Where a price is (% from the top)."""
        return round(float(100 * (self.high - price) / (self.high - self.low)), 2)

    def steps(self) -> list[Decimal]:
        """Three to five round prices within it."""
        raw = (self.high - self.low) / 4
        size = Decimal(1).scaleb(raw.adjusted())
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
        first = (self.low / step).to_integral_value(rounding="ROUND_CEILING")
        return [each for n in range(8) if (each := (first + n) * step) <= self.high]


def _shapes(prices: Sequence[Price], axis: Axis, scale: _Scale, now: datetime) -> Iterable[Shape]:
    """The areas between zero and the prices; neighbours of one style are one path, and a gap stays a gap."""

    def kind(price: Price) -> str:
        if price.end is not None and price.end <= now:
            return "past"
        if price.best_per_kwh < 0:
            return "negative"
        return "firm" if price.firm or price.covers(now) else "estimate"

    zero = scale.at(Decimal(0))
    for style, group in groupby(prices, kind):
        path = ""
        for run in _runs(list(group)):
            path += f"M{_x(axis, run[0].start)} {zero}"
            for price in run:
                y = scale.at(price.best_per_kwh)
                path += f"V{y}H{_x(axis, price.end or axis.end)}"
            path += f"V{zero}z"
        yield Shape(kind=style, d=path)


def _line(prices: Sequence[Price], axis: Axis, scale: _Scale) -> str:
    path = ""
    for run in _runs(prices):
        for index, price in enumerate(run):
            y = scale.at(price.best_per_kwh)
            path += f"V{y}" if index else f"M{_x(axis, price.start)} {y}"
            path += f"H{_x(axis, price.end or axis.end)}"
    return path


def _runs(prices: Sequence[Price]) -> list[list[Price]]:
    """Prices that follow each other without a gap."""
    runs = [[price] for price in prices[:1]]
    for before, price in pairwise(prices):
        if before.end == price.start:
            runs[-1].append(price)
        else:
            runs.append([price])
    return runs


def _x(axis: Axis, time: datetime) -> float:
    return round(10 * axis.at(time), 1)


def _windows(series: PriceSeries, axis: Axis, now: datetime, currency: str) -> Iterable[Window]:
    for hours in WINDOWS:
        found = series.cheapest(timedelta(hours=hours), after=now, before=axis.end, channel=Channel.IMPORT)
        if not found:
            continue
        first, last = found[0].start, found[-1].end or axis.end
        total = sum((price.best_per_kwh * _seconds(price, axis) for price in found), Decimal(0))
        mean = total / sum(_seconds(price, axis) for price in found)
        text = f"{words.clock(first, axis.zone, now)}–{words.clock(last, axis.zone)} at {words.price(mean, currency)}"
        yield Window(hours=hours, x=axis.at(first), width=round(axis.at(last) - axis.at(first), 3), text=text)


def _seconds(price: Price, axis: Axis) -> Decimal:
    return Decimal(((price.end or axis.end) - price.start).total_seconds())


def _actions(planned: Sequence[PlannedAction], axis: Axis) -> Iterable[Action]:
    for each in planned:
        if each.end <= axis.start or each.start >= axis.end:
            continue
        operation = "auto" if each.order is None else each.order.operation
        x = axis.at(each.start)
        yield Action(
            x=x,
            width=round(axis.at(each.end) - x, 3),
            kind=operation if each.state != "refused" else "refused",
            letter=_LETTERS.get(operation, "◆"),
            text=action_words(each, axis.zone),
        )


def action_words(action: PlannedAction, zone: tzinfo) -> str:
    """What is planned, in a line."""
    what = "nothing" if action.order is None else action.order.operation.replace("_", " ")
    if action.order is not None and action.order.target_soc_pct is not None:
        what += f" to {action.order.target_soc_pct:.0f} %"
    if action.order is not None and action.order.value is not None:
        what += f" {action.order.value:g} {action.order.rule.unit}"
    text = f"{words.clock(action.start, zone)}–{words.clock(action.end, zone)} {what} ({action.by}): {action.why}"
    note = f" {action.note}" if action.note else ""
    text += "" if text.endswith((".", "?", "!")) else "."
    return f"{text} {action.state.value.capitalize()}.{note}"


def _summary(prices: Sequence[Price], windows: Sequence[Window], axis: Axis, now: datetime) -> str:
    ahead = [price for price in prices if price.end is None or price.end > now]
    if not ahead:
        return "No prices are known ahead."
    low, high = (choose(ahead, key=lambda price: price.best_per_kwh) for choose in (min, max))
    if low.best_per_kwh == high.best_per_kwh:
        return f"The price stays at {words.price(low.best_per_kwh, low.currency)} per kWh."
    until = f"Until {words.clock(axis.end, axis.zone, now)}"
    text = (
        f"{until} from {words.price(low.best_per_kwh, low.currency)} ({_clock(low, axis, now)})"
        f" to {words.price(high.best_per_kwh, high.currency)} ({_clock(high, axis, now)}) per kWh."
    )
    two = next((window for window in windows if window.hours == 2), None)
    return f"{text} Cheapest 2 hours: {two.text}." if two else text


def _clock(price: Price, axis: Axis, now: datetime) -> str:
    return words.clock(max(price.start, axis.start), axis.zone, now)


def _rows(series: PriceSeries, axis: Axis, now: datetime) -> Iterable[tuple[str, str, str, str]]:
    """The prices as a table; by the hour where there are too many."""
    if len(series.on(Channel.IMPORT)) > MOST_ROWS:
        series = series.between(axis.start, axis.end).resample(timedelta(hours=1))
    exports = series.on(Channel.EXPORT)
    for price in series.on(Channel.IMPORT):
        other = exports.at(price.start) if exports else None
        remarks = [word_of(price, series)] + ([] if price.firm or price.covers(now) else ["estimate"])
        yield (
            words.clock(price.start, axis.zone, now),
            words.price(price.best_per_kwh, price.currency),
            words.NONE if other is None else words.price(other.best_per_kwh, other.currency),
            ", ".join(remarks),
        )
