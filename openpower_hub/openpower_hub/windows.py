"""When a rule acts: pure functions from a rule, prices and the battery's state to time windows with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from openpower_core.checks import clock_time
from openpower_core.clock import from_wall_clock
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_hub.config import Rule, RuleConfig
from openpower_hub.plans import HORIZON

SLOT: Final = timedelta(minutes=15)
"""What the cheapest hours are made of: no market has shorter intervals but Australia's, where five minutes are too short for commands."""
MOST_WINDOWS: Final = 4
"""In how many pieces the cheapest hours may be: each is a command."""
_SHORTEST: Final = timedelta(minutes=5)
"""What is left of a slot for which a command is still worth while."""
KEPT_FOR: Final = timedelta(hours=6)
"""How long before a high price the charge is kept for it, unless the rule says otherwise."""


@frozen(kw_only=True)
class Situation:
    """The input from which a rule plans."""

    now: datetime
    """UTC."""
    prices: PriceSeries
    """The prices that may be relied on, running and ahead."""
    tz: str | None = None
    """The home's zone."""
    soc_pct: float | None = None
    """The battery's charge now; None where it is unknown."""
    ran: tuple[tuple[datetime, datetime], ...] = ()
    """When commands of this rule ran, or run."""
    running: bool = False
    """Whether a command of this rule runs now."""
    writes_left: int = MOST_WINDOWS
    """How many commands it may send yet."""


@frozen(kw_only=True)
class Window:
    """A time window in which a rule acts, or the reason why it does not."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it."""
    why: str
    """The reason, in words."""
    note: str = ""
    """What else to know."""
    acts: bool = True
    """Whether something is to be done."""
    known: bool = True
    """Whether enough is known to say so; else what runs goes on until its end."""


def windows_of(rule: RuleConfig, situation: Situation) -> list[Window]:
    """When a rule acts within the next day, in time order."""
    if not situation.prices:
        return [_nothing(situation, "no prices are known", known=False)]
    found = _PLANS[rule.rule](rule, situation)
    return [each for each in found if each.end > situation.now and each.start < situation.now + HORIZON]


def _nothing(situation: Situation, why: str, end: datetime | None = None, *, known: bool = True) -> Window:
    end = end or situation.now + HORIZON
    return Window(start=situation.now, end=end, why=f"Nothing is planned: {why}.", acts=False, known=known)


# The cheapest hours before a time of day.


def _cheapest(rule: RuleConfig, situation: Situation) -> Iterator[Window]:
    if situation.tz is None:
        yield _nothing(situation, "the time zone of the home is unknown", known=False)
        return
    if Channel.IMPORT not in situation.prices.channels:
        yield _nothing(situation, "no prices of import are known", known=False)
        return
    before, first, second = deadlines(rule.before or "", situation.now, situation.tz)
    yield from _cheapest_before(rule, situation, before, situation.now, first)
    if (known := known_until(situation.prices, Channel.IMPORT, first)) is not None and known >= second:
        # The next night, as far as it is known already; what has run counts for this one.
        later = evolve(situation, ran=(), running=False)
        yield from _cheapest_before(rule, later, first, first, second)


def deadlines(before: str, now: datetime, tz: str) -> tuple[datetime, datetime, datetime]:
    """The last, the next and the second next time at which the home's clock shows a time of day (UTC)."""
    zone, time = ZoneInfo(tz), clock_time(before, "before")
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(-2, 4))
    found = [from_wall_clock(datetime.combine(day, time), zone) for day in days]
    return next(
        (one, two, three) for one, two, three in zip(found, found[1:], found[2:], strict=False) if one <= now < two
    )


def _cheapest_before(
    rule: RuleConfig, situation: Situation, begin: datetime, start: datetime, end: datetime
) -> Iterator[Window]:
    """The cheapest of what is left between start and end; the period began at ``begin``."""
    clock = _clock(end, situation.tz)
    target = rule.target_soc_pct
    if target is not None and situation.soc_pct is None and not situation.running and start == situation.now:
        yield _nothing(situation, "the charge of the battery is unknown", end, known=False)
        return
    known = known_until(situation.prices, Channel.IMPORT, start)
    if known is None or known < end:
        upto = "not known" if known is None else f"known until {_clock(known, situation.tz)}"
        yield _nothing(situation, f"the prices are {upto}, and not yet until {clock}", end, known=False)
        return
    slots = slots_of(situation.prices, Channel.IMPORT, start, end)
    if slots and not situation.running and _end(slots[0]) - start < _SHORTEST:
        del slots[0]
    first = slots[0].start if slots else start
    ran = _overlap(situation.ran, begin, min(first, situation.now))
    # A command that began some seconds or minutes late is not worth another one.
    left = timedelta(hours=rule.hours or 0) - ran - (SLOT / 2 if ran else timedelta())
    count = min(ceil(left / SLOT), len(slots))
    most = min(MOST_WINDOWS, situation.writes_left)
    if not slots:
        yield _nothing(situation, f"{clock} is too near", end)
        return
    if count <= 0:
        yield _nothing(situation, f"{rule.hours:g} h before {clock} are over", end)
        return
    chosen = cheapest_slots(slots, count, most, running=situation.running)
    if chosen is None:
        yield _nothing(situation, "its commands of 24 hours are used up (most_writes)", end)
        return
    usual = _mean(slots)
    # A command for the last percent would be spent on what a battery loses in a night.
    reached = target is not None and (situation.soc_pct or 0) >= target - 1 and not situation.running
    for run in _runs([slots[place] for place in chosen]):
        mean = _mean(run)
        why = f"Among the cheapest {rule.hours:g} h before {clock}: {_money(mean, run)}, against {_money(usual, slots)} on average."
        if reached and run[0].start <= situation.now:
            yield _nothing(situation, f"the battery has its {target:g} %", _end(run[-1]))
            continue
        unless = f"Unless the battery has its {target:g} % by then. " if reached else ""
        note = f"{unless}{_estimated(run)}".strip()
        yield Window(start=run[0].start, end=_end(run[-1]), why=why, note=note)


def cheapest_slots(slots: Sequence[Price], count: int, most: int, *, running: bool = False) -> list[int] | None:
    """The cheapest slots that form at most so many windows; of equals fewer windows, then the earliest. None if there are none.

    Args:
        slots: equally long ones, in time order, perhaps with gaps.
        count: how many.
        most: how many windows they may form.
        running: whether a window reaches into the first slot already: going on with it is no new window, and wins against
            what is at most 5 % cheaper.
    """
    joined = [False, *(_end(one) == two.start for one, two in pairwise(slots))]
    prices = [int(price.best_per_kwh.scaleb(9)) for price in slots]
    if running and prices:
        prices[0] -= abs(prices[0]) // 20  # else forecasts that change a little would stop and start it again and again
    # One number orders by price, then by windows, then by time: each is more than all of the next could add up to.
    early = 1 + len(slots) ** 2
    dear = early * (2 + len(slots))
    # By (windows, slots, whether the last slot is in): the least cost so far, and the slots, the last one first.
    best: dict[tuple[int, int, bool], tuple[int, _Path]] = {(0, 0, running): (0, None)}
    for place, price in enumerate(prices):
        step: dict[tuple[int, int, bool], tuple[int, _Path]] = {}
        for (windows, taken, inside), (cost, path) in best.items():
            _keep(step, (windows, taken, False), cost, path)
            goes_on = inside and (joined[place] or place == 0)
            if taken < count and windows + (not goes_on) <= most:
                more = cost + price * dear + (0 if goes_on else early) + place
                _keep(step, (windows + (not goes_on), taken + 1, True), more, (place, path))
        best = step
    found = min(
        ((cost, path) for (_, taken, _), (cost, path) in best.items() if taken == count), key=_cost, default=None
    )
    return None if found is None else _places(found[1])


_Path = tuple[int, "_Path"] | None


def _keep(
    step: dict[tuple[int, int, bool], tuple[int, _Path]], key: tuple[int, int, bool], cost: int, path: _Path
) -> None:
    if key not in step or cost < step[key][0]:
        step[key] = cost, path


def _cost(found: tuple[int, _Path]) -> int:
    return found[0]


def _places(path: _Path) -> list[int]:
    places: list[int] = []
    while path is not None:
        places.append(path[0])
        path = path[1]
    return places[::-1]


# Rules about single prices.


def _hold_above(rule: RuleConfig, situation: Situation) -> Iterator[Window]:
    """Keep the charge for prices above a threshold: hold in the hours before them."""
    above = Decimal(str(rule.above))
    kept = timedelta(hours=rule.hours) if rule.hours else KEPT_FOR
    high = list(_runs(price for price in _ahead(situation, Channel.IMPORT) if price.best_per_kwh > above))
    kept_until = _EPOCH
    for run in high:
        start, end = max(run[0].start - kept, kept_until), run[0].start
        kept_until = _end(run[-1])
        if start < end:
            top = max(run, key=lambda price: price.best_per_kwh)
            why = f"From {_clock(end, situation.tz)} the price is above {rule.above:g}, up to {_money(top.best_per_kwh, run)}: the charge is kept for it."
            yield Window(start=start, end=end, why=why, note=_estimated(run))


def _export_spike(rule: RuleConfig, situation: Situation) -> Iterator[Window]:
    def spikes(price: Price) -> bool:
        return price.spike is True if rule.above is None else price.best_per_kwh > Decimal(str(rule.above))

    for run in _runs(filter(spikes, _ahead(situation, Channel.EXPORT))):
        limit = "the retailer calls it a spike" if rule.above is None else f"above {rule.above:g}"
        why = f"Feed-in pays {_money(_mean(run), run)} ({limit})."
        note, acts = _estimated(run), True
        if run[0].start <= situation.now and not situation.running:
            if situation.soc_pct is None:
                note, acts = "The charge of the battery is unknown.", False
            elif rule.target_soc_pct is not None and situation.soc_pct <= rule.target_soc_pct + 1:
                note, acts = (
                    f"The battery is at {situation.soc_pct:.0f} %; it stops at {rule.target_soc_pct:g} %.",
                    False,
                )
        yield Window(start=run[0].start, end=_end(run[-1]), why=why, note=note, acts=acts)


def _stop_negative_export(rule: RuleConfig, situation: Situation) -> Iterator[Window]:
    del rule
    for run in _runs(price for price in _ahead(situation, Channel.EXPORT) if price.best_per_kwh < 0):
        why = f"Feed-in costs money: {_money(_mean(run), run)} on average."
        yield Window(start=run[0].start, end=_end(run[-1]), why=why, note=_estimated(run))


_PLANS: Final[Mapping[Rule, Callable[[RuleConfig, Situation], Iterable[Window]]]] = {
    "cheapest": _cheapest,
    "hold_above": _hold_above,
    "export_spike": _export_spike,
    "stop_negative_export": _stop_negative_export,
}


# Prices.


def _lane(prices: PriceSeries, channel: Channel, start: datetime, end: datetime) -> PriceSeries:
    """The prices of one channel; where it has several registers, those of the first."""
    found = prices.on(channel).between(start, end)
    return found.on(channel, found[0].register) if found else found


def slots_of(
    prices: PriceSeries, channel: Channel, start: datetime, end: datetime, step: timedelta = SLOT
) -> list[Price]:
    """Prices as means on a grid of UTC, as far as whole slots are known; the first one may have begun already."""
    floor = start - (start - _EPOCH) % step
    found = [*_lane(prices, channel, floor, end)]
    # Prices without an end, and those that reach over the range, are cut to it.
    cut = [evolve(each, start=max(each.start, floor), end=min(_end(each), end)) for each in found]
    return [*PriceSeries(cut, start=floor, end=end, tz="UTC").resample(step, whole=True)]


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_NEVER: Final = datetime.fromisoformat("2199-01-01T00:00:00+00:00")


def _end(price: Price) -> datetime:
    return price.end or _NEVER


def _ahead(situation: Situation, channel: Channel) -> Iterator[Price]:
    """The prices of the next day as they are, the running one first."""
    if channel in situation.prices.channels:
        until = situation.now + HORIZON
        for price in _lane(situation.prices, channel, situation.now, until):
            yield price if _end(price) <= until else evolve(price, end=until)


def known_until(prices: PriceSeries, channel: Channel, start: datetime) -> datetime | None:
    """Until when the prices of a channel are known without a gap; None if they are not known at all."""
    known = None
    for price in _lane(prices, channel, start, _NEVER):
        if price.start > (start if known is None else known):
            break
        known = _end(price)
    return known


def _runs(prices: Iterable[Price]) -> Iterator[list[Price]]:
    """Prices that follow each other without a gap."""
    run: list[Price] = []
    for price in prices:
        if run and run[-1].end != price.start:
            yield run
            run = []
        run.append(price)
    if run:
        yield run


def _mean(prices: Sequence[Price]) -> Decimal:
    seconds = [Decimal((_end(price) - price.start).total_seconds()) for price in prices]
    return sum((price.best_per_kwh * each for price, each in zip(prices, seconds, strict=True)), Decimal()) / sum(
        seconds
    )


def _overlap(spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> timedelta:
    return sum((max(min(stop, end) - max(begin, start), timedelta()) for begin, stop in spans), timedelta())


# Words.


def _clock(time: datetime, tz: str | None) -> str:
    return f"{time.astimezone(ZoneInfo(tz)):%H:%M}" if tz else f"{time:%H:%M} UTC"


def _money(amount: Decimal, prices: Sequence[Price]) -> str:
    return f"{amount:.4f} {prices[0].currency}/kWh"


def _estimated(prices: Iterable[Price]) -> str:
    return "" if all(price.firm for price in prices) else "The prices are a forecast, and may change."
