"""From a document to prices and charges: which rule holds when, by the wall clock of the tariff's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise, product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from openpower_core import provider as core
from openpower_tariff.models import (
    DemandWindow,
    Holidays,
    Observed,
    Rates,
    Rule,
    Season,
    SeasonalTier,
    Span,
    TariffDocument,
    Version,
)

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=2)
"""How far prices reach that change by the clock, and that were asked for without an end."""
_LEAP_YEAR = [date(2024, 1, 1) + number * _DAY for number in range(366)]


class Cost(NamedTuple):
    """What a kWh costs for a while, and what that is called."""

    per_kwh: Decimal
    period: str | None
    demand_window: bool | None
    low: Decimal | None
    high: Decimal | None


def in_season(seasons: Iterable[Season], day: date) -> bool:
    """Whether a day lies in one of them; none at all is the whole year."""
    of_year, found = (day.month, day.day), False
    for first, last in seasons:
        found = True
        if first <= of_year <= last if first <= last else (of_year >= first or of_year <= last):
            return True
    return not found


def in_force(tiers: Iterable[SeasonalTier], day: date) -> tuple[SeasonalTier, ...]:
    """The tiers of a day, the first one first."""
    return tuple(sorted((tier for tier in tiers if in_season(tier.season, day)), key=lambda tier: tier.above_kwh))


class Calendar:
    """The prices and charges of one document, worked out when they are asked for."""

    def __init__(self, document: TariffDocument) -> None:
        self.document = document
        self.zone = ZoneInfo(document.tz)
        self._holidays: dict[int, dict[date, str]] = {}
        self._spans = [
            (version, self._midnight(first), self._midnight(end)) for version, first, end in document.spans()
        ]
        for version in document.parts:
            for channel, rates in version.rates.items():
                _check_tiers(rates)
                _check_covered(channel, rates, holidays=document.holidays is not None)
        if any(window.holidays is not None for window in self._windows()) and document.holidays is None:
            raise _refused("a rule goes by holidays, and there is no table [holidays].", "Give its country.")
        if document.holidays is not None:
            _check_holidays(document.holidays)

    def _windows(self) -> Iterator[DemandWindow]:
        for version in self.document.parts:
            yield from (rule for rates in version.rates.values() for rule in rates.rules)
            if version.demand_window:
                yield version.demand_window

    @property
    def channels(self) -> tuple[core.Channel, ...]:
        """The channels that some version has prices for."""
        return tuple(dict.fromkeys(channel for version in self.document.parts for channel in version.rates))

    def holidays(self, year: int) -> dict[date, str]:
        """The holidays of a year, by their names."""
        if self.document.holidays is None:
            return {}
        if (found := self._holidays.get(year)) is None:
            found = self._holidays[year] = holidays_of(self.document.holidays, year)
        return found

    def series(self, start: datetime, end: datetime | None) -> core.PriceSeries:
        """The prices that hold at some time of ``[start, end)``, firm also ahead; where no version holds is a gap.

        With an open end, for two days, or as long as one lasts; a fixed price has no end.
        """
        end = end or start + _AHEAD
        versions = ((first, after) for _, first, after in self._spans)
        gaps = [
            core.Gap(start=begin, end=stop, reason="no version of the tariff holds")
            for begin, stop in core.uncovered(versions, start, end)
        ]
        return core.PriceSeries(self._prices(start, end), tz=self.zone, gaps=gaps)

    def _prices(self, start: datetime, end: datetime) -> Iterator[core.Price]:
        about: dict[str, Any] = {"currency": self.document.currency, "estimate": False}
        taxed: dict[str, Any] = {"tax_included": self.document.tax_included, "tax_rate": self.document.tax_rate}
        for version, first, after in self._spans:
            begin, stop = max(start, first or start), min(end, after or end)
            if begin >= stop:
                continue
            for channel, rates in version.rates.items():
                more = about if channel is core.Channel.EXPORT else about | taxed
                for one, other, cost in self._pieces(version, channel, rates, begin, stop):
                    # Which tier a kWh falls into is known only with what was used before it.
                    tiered: dict[str, Any] = {"estimate": True} if cost.low != cost.high else {}
                    yield core.Price(start=one, end=other, channel=channel, **more | tiered | cost._asdict())

    def _pieces(
        self, version: Version, channel: core.Channel, rates: Rates, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime | None, Cost]]:
        window = version.demand_window if channel is core.Channel.IMPORT else None
        windows = [*rates.rules, *([window] if window else [])]
        first, after = next(span[1:] for span in self._spans if span[0] is version)
        days = core.local_days(start, end, self.zone)
        if not windows and not any(tier.season for tier in rates.tiers):
            # A price that never changes is one price, however long it lasts.
            yield first or self._at(days[0]), after, self._cost(rates, window, start)
            return
        for day in days:
            current: tuple[datetime, Cost] | None = None
            for line in self._lines(day, windows):
                cost = self._cost(rates, window, line)
                if current is None or current[1] != cost:
                    if current is not None:
                        yield current[0], line, current[1]
                    current = line, cost
            if current is not None:
                yield current[0], self._at(day + _DAY), current[1]

    def _lines(self, day: date, windows: Iterable[DemandWindow]) -> list[datetime]:
        """Every instant of a local day at which a rule may begin or end to hold."""
        start, end = self._at(day), self._at(day + _DAY)
        found = {start}
        for window in windows:
            zone = self._zone_of(window)
            # Where the hours do not go by the day's own clock, neither does the midnight that its days begin at.
            minutes = {0, *(minute % core.MIDNIGHT for span in window.hours for minute in span)}
            for local, minute, fold in product(core.local_days(start, end, zone), minutes, (0, 1)):
                wall = datetime.combine(local, time(minute // 60, minute % 60))
                found.add(core.from_wall_clock(wall, zone, fold=fold))
            found.add(_change(start, end, zone))
        return sorted(line for line in found if start <= line < end)

    def _cost(self, rates: Rates, window: DemandWindow | None, at: datetime) -> Cost:
        rule = next((rule for rule in rates.rules if self._holds(rule, at)), None)
        demand = None if window is None else self._holds(window, at)
        prices = [tier.price for tier in in_force(rates.tiers, at.astimezone(self.zone).date())]
        if rule is not None and rule.price is not None:
            return Cost(rule.price, rule.period, demand, None, None)
        base, add = prices[0] if prices else rates.price, Decimal(0) if rule is None or rule.add is None else rule.add
        if base is None:  # which reading the document has ruled out
            raise _refused(f"there is no price at {at.isoformat()}.", "Give price beside rules.")
        band = (min(prices) + add, max(prices) + add) if len(prices) > 1 else (None, None)
        return Cost(base + add, rates.period if rule is None else rule.period, demand, *band)

    def _holds(self, window: DemandWindow, at: datetime) -> bool:
        wall = at.astimezone(self._zone_of(window))
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        return any(self._on(window, each) for each in core.days_of(window.hours, day, minute))

    def _on(self, window: DemandWindow, day: date) -> bool:
        if core.Weekday(day.isoweekday()) not in window.days or not in_season(window.season, day):
            return False
        return window.holidays is None or window.holidays is (day in self.holidays(day.year))

    def _zone_of(self, window: DemandWindow) -> ZoneInfo:
        return ZoneInfo(window.tz) if window.tz else self.zone

    def _midnight(self, day: date | None) -> datetime | None:
        return None if day is None else self._at(day)

    def _at(self, day: date) -> datetime:
        return core.from_wall_clock(datetime.combine(day, time()), self.zone)

    def tariffs(self, start: datetime, end: datetime) -> Iterator[core.Tariff]:
        """What is charged at some time of ``[start, end)``, in time order; another one where a tier comes with a season."""
        for version, first, after in self._spans:
            tiers = version.imports.tiers if version.imports else ()
            years = range(start.year - 1, end.year + 2)
            changes = [
                self._at(_safe_day(year, *first_day))
                for tier, year in product(tiers, years)
                for season in tier.season
                for first_day in (season[0], _next_day(season[1]))
            ]
            inner = sorted(
                {change for change in changes if (not first or change > first) and (not after or change < after)}
            )
            for one, other in pairwise([first, *inner, after]):
                if (one is None or one < end) and (other is None or start < other):
                    yield self._tariff(version, tiers, one, other)

    def _tariff(
        self, version: Version, tiers: Iterable[SeasonalTier], start: datetime | None, end: datetime | None
    ) -> core.Tariff:
        document = self.document
        at = start or (end - _DAY if end else datetime(2024, 1, 1, tzinfo=UTC))
        return core.Tariff(
            name=document.name,
            code=document.code,
            currency=document.currency,
            tax_included=document.tax_included,
            tax_rate=document.tax_rate,
            standing_charges=version.standing_charges,
            demand_charges=version.demand_charges,
            tiers=tuple(
                core.Tier(above_kwh=tier.above_kwh, per_kwh=tier.price, per=tier.per, round_kwh=tier.round_kwh)
                for tier in in_force(tiers, at.astimezone(self.zone).date())
            ),
            start=start,
            end=end,
            raw=version,
        )


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """When the clock is put forward or back in a day; its start if it is not."""
    before = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return start
    low, high = 0, int((end - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = (start + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return start + timedelta(seconds=high)


def _safe_day(year: int, month: int, day: int) -> date:
    """29 February of a year that has none is 1 March."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month + 1, 1)


def _next_day(of_year: tuple[int, int]) -> tuple[int, int]:
    month, day = of_year
    return (month % 12 + 1, 1) if day >= 31 or _safe_day(2024, month, day + 1).month != month else (month, day + 1)


def holidays_of(rules: Holidays, year: int) -> dict[date, str]:
    """The holidays of one year, by their names."""
    years = (year - 1, year)  # one of December may be observed in January
    found, every = _legal(rules, years), _legal(rules, years, every=True)
    for name in rules.also:
        found |= _named(name, every)
    for name in rules.without:
        for day in _named(name, found):
            found.pop(day, None)
    if rules.observed is Observed.NEXT_WEEKDAY:
        for day, name in sorted(found.items()):
            later = day
            while later.weekday() > 4 or (later != day and later in found):
                later += _DAY
            found.setdefault(later, f"{name} (observed)")
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def _legal(rules: Holidays, years: Iterable[int], *, every: bool = False) -> dict[date, str]:
    """The public holidays of some years, or every day that the library has a name for."""
    import holidays as library  # few documents need it, and importing it takes long

    about: dict[str, Any] = {"subdiv": rules.subdivision, "years": years, "observed": rules.observed is Observed.LAW}
    try:
        legal = library.country_holidays(rules.country, **about)
    except NotImplementedError as error:
        raise _refused(f"the library of holidays does not know it: {error}") from None
    if every:
        legal = library.country_holidays(rules.country, **about, categories=legal.supported_categories)
    return dict(legal.items())


def _named(name: str, known: dict[date, str]) -> dict[date, str]:
    """The days of a name, or the day that is written out."""
    try:
        return {date.fromisoformat(name): name}
    except ValueError:
        return {day: each for day, each in known.items() if name.casefold() in each.casefold()}


def _check_holidays(rules: Holidays) -> None:
    """Refuse what the library does not know: a country, a subdivision, or a name in none of these years."""
    known = _legal(rules, range(2015, 2035), every=True)
    for name in (*rules.also, *rules.without):
        if not _named(name, known):
            names = ", ".join(sorted(set(known.values())))
            raise _refused(f"no holiday is called {name!r}.", f"There are: {names}.")


def _check_tiers(rates: Rates) -> None:
    if not rates.tiers:
        return
    for day in _LEAP_YEAR:
        thresholds = [tier.above_kwh for tier in in_force(rates.tiers, day)]
        if not thresholds or thresholds[0] != 0 or len(set(thresholds)) < len(thresholds):
            raise _refused(f"on {day:%m-%d} there is not one tier above 0 kWh, and one for each threshold.")
        if len({tier.per for tier in in_force(rates.tiers, day)[1:]}) > 1:
            raise _refused("the thresholds of the tiers are for different times.", "Write the same per for all.")


def _check_covered(channel: core.Channel, rates: Rates, *, holidays: bool) -> None:
    """Refuse rules that leave an hour without a price: tried on every kind of day, with the kind of day before it."""
    if rates.price is not None or rates.tiers:
        return
    # A rule on another clock covers other hours in summer than in winter, so it cannot be counted on.
    rules = [rule for rule in rates.rules if rule.tz is None]
    kinds = {_seasons(rules, day): day for day in _LEAP_YEAR}
    pairs = {(_seasons(rules, one), _seasons(rules, other)) for one, other in pairwise([*_LEAP_YEAR, _LEAP_YEAR[0]])}
    free = (False, True) if holidays else (False,)
    for (before, today), weekday, late, on in product(pairs, core.Weekday, free, free):
        yesterday = core.Weekday((weekday - 2) % 7 + 1)
        spans = [span for rule in _of(rules, today, weekday, on) for span in _early(rule)]
        spans += [
            (0, last) for rule in _of(rules, before, yesterday, late) for first, last in rule.hours if last < first
        ]
        if (minute := _first_free(spans)) is not None:
            day = f"{kinds[today]:%d %B}" if len(kinds) > 1 else "any day"
            raise _refused(
                f"{channel} has no price at {minute // 60:02}:{minute % 60:02} on a {weekday.name.title()}"
                f"{', a holiday,' if on else ''} such as {day}.",
                "Give price beside rules: it holds whenever none matches.",
            )


def _seasons(rules: Iterable[Rule], day: date) -> tuple[bool, ...]:
    """For each rule whether a day is in its season."""
    return tuple(in_season(rule.season, day) for rule in rules)


def _of(rules: Sequence[Rule], seasons: Sequence[bool], weekday: core.Weekday, holiday: bool) -> list[Rule]:
    """The rules that hold on such a day."""
    return [
        rule
        for rule, inside in zip(rules, seasons, strict=True)
        if inside and weekday in rule.days and rule.holidays in (None, holiday)
    ]


def _early(rule: DemandWindow) -> list[Span]:
    """The parts of a rule's hours on the day on which they begin."""
    return [(first, last if first < last else core.MIDNIGHT) for first, last in rule.hours or ((0, core.MIDNIGHT),)]


def _first_free(spans: Sequence[Span]) -> int | None:
    """The first minute of a day that no span covers."""
    free = 0
    for first, last in sorted(spans):
        if first > free:
            break
        free = max(free, last)
    return free if free < core.MIDNIGHT else None


def _refused(words: str, hint: str | None = None) -> core.InvalidValue:
    # The names in it are keys of the document, not arguments of a call.
    return core.InvalidValue(words, operation="read_document", hint=hint)


def to_info(document: TariffDocument) -> core.DeviceInfo:
    """The retailer that a document describes."""
    # So that what messages shorten, as they do serial numbers, can still be told apart: "ta…Flat".
    words = "".join(each if each.isalnum() else " " for each in document.code or document.name).split()
    serial = "-".join(["tariff", *words])[:60]
    return core.DeviceInfo(
        id=f"{serial}/retailer",
        provider="tariff",
        serial=serial,
        role=core.Role.RETAILER,
        model=document.name,
        tz=document.tz,
    )


def capabilities_of(calendar: Calendar) -> core.Capabilities:
    """What a document answers: everything but what was used."""
    features = [core.Feature.CURRENT_PRICE, core.Feature.PRICES, core.Feature.FORECAST, core.Feature.TARIFF]
    if core.Channel.EXPORT in calendar.channels:
        features.append(core.Feature.EXPORT_PRICES)
    full = core.Capability(support=core.Support.FULL)
    no_meter = core.Capability(
        support=core.Support.UNSUPPORTED,
        note="a document has no meter",
        alternatives=("history() of the home's meter",),
    )
    return core.Capabilities(features={**dict.fromkeys(features, full), core.Feature.USAGE: no_meter})
