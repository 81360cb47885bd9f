"""The station's one-minute series as readings, and its zone and wall-clock times."""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import repeat
from operator import itemgetter, lt, sub
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from openpower_core import provider as core
from openpower_goodwe.cloud import fields_of, rows_of
from openpower_goodwe.semsplus.models import finite

if TYPE_CHECKING:
    from collections.abc import Sequence


def zone_of(given: str | None, *names: str | None) -> ZoneInfo | None:
    """The zone that the user gave, or the first of the vendor's names that means one.

    SEMS+ says UTC of Australian homes whose zone it does not know; no home that it serves keeps UTC.
    """
    resolved = (zone for zone in map(core.resolve_zone, names) if zone is not None and zone != "Etc/UTC")
    zone = given or next(resolved, None)
    return ZoneInfo(zone) if zone else None


def inverted_hours(zone: tzinfo, at: datetime) -> float:
    """The ``timeZone`` of the power series: hours behind UTC, so UTC+11 is −11."""
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    hours = -offset.total_seconds() / 3600
    return int(hours) if hours.is_integer() else hours


def to_utc(text: str | None, zone: tzinfo | None, *, fold: int = 0) -> datetime | None:
    """A wall-clock time of the station in UTC; None where either is unknown.

    Args:
        text: the time, without a zone.
        zone: the station's.
        fold: 1 for the second of two equal times, in the night in which the clock is put back.
    """
    if not text or zone is None:
        return None
    try:
        return core.from_wall_clock(datetime.fromisoformat(text.strip()), zone, fold=fold)
    except (ValueError, OverflowError):  # no time, or one of year 1 that UTC does not have
        return None


_MINUTE = timedelta(minutes=1)
_SOURCE = "statisticsAndPreV2"
Column: TypeAlias = "list[float | None]"
R = TypeVar("R", bound=core.Reading)


class Day:
    """A day of the station's series, column by column, in time order and each instant once.

    A week has 50,000 points: they are read in one pass, and figures and stamps are made only where they are asked for.
    """

    __slots__ = ("_columns", "_rows", "_stamps", "_unreadable", "at", "received_at")

    def __init__(self, data: Any, zone: tzinfo, received_at: datetime) -> None:
        self.at: list[datetime]
        """The minutes' instants (UTC)."""
        self.at, self._columns, self._unreadable = _in_time(data, zone)
        self.received_at = received_at
        self._stamps: list[core.Stamp] | None = None
        self._rows: list[dict[str, float | None]] | None = None

    def part(self, start: datetime, end: datetime) -> slice:
        """The minutes within ``[start, end)``."""
        return slice(bisect_left(self.at, start), bisect_left(self.at, end))

    def column(self, name: str, part: slice) -> Column:
        """What the vendor reports under a name (kW, %)."""
        return self._columns[name][part] if name in self._columns else [None] * len(self.at[part])

    def watts(self, name: str, part: slice, *, sign: int = 1) -> Column:
        """The same in watts."""
        factor = 1000 * sign
        return [None if kw is None else round(kw * factor, 3) + 0.0 for kw in self.column(name, part)]

    def forward(self, name: str, part: slice) -> Column:
        """The same of a power that has one direction only; core refuses what is clearly negative."""
        least = -core.NOISE_W
        return [None if each is None else each if each < least else max(0.0, each) for each in self.watts(name, part)]

    def issues(self, part: slice, **names: str) -> list[tuple[core.Issue, ...]] | tuple[()]:
        """What could not be read, minute by minute; empty where nothing is wrong, as on nearly all days.

        Args:
            part: the minutes.
            **names: the vendor's name of each field.
        """
        if not self._unreadable:
            return ()
        return [
            tuple(core.Issue(field, f"{name} is {odd[name]}") for field, name in names.items() if name in odd)
            for odd in (self._unreadable.get(at, {}) for at in self.at[part])
        ]

    @property
    def stamps(self) -> list[core.Stamp]:
        """Means of the minutes; the readings of all devices share them."""
        if self._stamps is None:
            self._stamps = core.in_bulk(
                core.Stamp,
                len(self.at),
                received_at=self.received_at,
                measured_at=self.at,
                quality=core.Quality.AVERAGE,
                source=_SOURCE,
                interval=[(at, at + _MINUTE) for at in self.at],
            )
        return self._stamps

    @property
    def rows(self) -> list[dict[str, float | None]]:
        """The minutes by the vendor's names."""
        if self._rows is None:
            names = tuple(self._columns)
            columns = zip(*self._columns.values(), strict=True)
            self._rows = [dict(zip(names, row, strict=True)) for row in columns]
        return self._rows


Unreadable: TypeAlias = "dict[datetime, dict[str, str]]"


def _in_time(data: Any, zone: tzinfo) -> tuple[list[datetime], dict[str, Column], Unreadable]:
    texts, columns, odd = _columns(data)
    first = next(iter(texts.values())) if texts else []
    if all(each == first for each in texts.values()):
        at = [each for each in instants(first, zone) if each is not None]
        whole = len(at) == len(first) and not any(None in each for each in columns.values())
        if whole and all(map(lt, at, at[1:])):
            return at, columns, {}
    # A minute that is empty, comes twice, has no time or a figure that cannot be read.
    minutes: dict[datetime, dict[str, float]] = {}
    unreadable: Unreadable = {}
    for name, column in columns.items():
        for place, (time, power) in enumerate(zip(instants(texts[name], zone), column, strict=True)):
            if time is not None and power is not None:
                minutes.setdefault(time, {})[name] = power
            elif time is not None and (name, place) in odd:
                minutes.setdefault(time, {})
                unreadable.setdefault(time, {})[name] = odd[name, place]
    ordered = sorted(minutes)
    return ordered, {name: [minutes[time].get(name) for time in ordered] for name in columns}, unreadable


def _columns(data: Any) -> tuple[dict[str, list[Any]], dict[str, Column], dict[tuple[str, int], str]]:
    """The times and the figures of each item that has any, and what was sent where a figure cannot be read."""
    texts: dict[str, list[Any]] = {}
    columns: dict[str, Column] = {}
    odd: dict[tuple[str, int], str] = {}
    for item in rows_of(data, ("dataList",)) or ():
        name, points = fields_of(item).get("item"), rows_of(item, ("statisticsList", "powerData")) or []
        times: list[Any]
        figures: list[Any]
        try:
            times, figures = list(map(_TIME, points)), list(map(_POWER, points))
        except (TypeError, KeyError):
            times = [fields_of(point).get("tp") for point in points]
            figures = [fields_of(point).get("power") for point in points]
        if not isinstance(name, str):
            continue
        if not set(map(type, figures)) <= {float, int} or not math.isfinite(sum(figures)):
            sent, figures = figures, list(map(finite, figures))
            odd |= {
                (name, place): core.shown(each)
                for place, each in enumerate(sent)
                if figures[place] is None and each not in (None, "")
            }
        if figures.count(None) < len(figures):
            texts[name], columns[name] = times, figures
    return texts, columns, odd


_TIME, _POWER = itemgetter("tp"), itemgetter("power")


def instants(texts: Sequence[Any], zone: tzinfo) -> list[datetime | None]:
    """A day's wall-clock times in UTC; a time that comes twice is in the hour that the clock repeats."""
    try:
        local = list(map(datetime.fromisoformat, texts))
        first, last = min(local), max(local)
        offsets = {end.replace(tzinfo=zone, fold=fold).utcoffset() for end in (first, last) for fold in (0, 1)}
        offset = offsets.pop()
        # Nearly all days have one offset from UTC, so that each time needs an addition only.
        if not offsets and offset is not None and first.tzinfo is None and last - first < timedelta(days=2):
            begin = (first - offset).replace(tzinfo=UTC)
            return list(map(begin.__add__, map(sub, local, repeat(first))))
    except (TypeError, ValueError, OverflowError):  # none, one that is no time, or one of year 1
        pass
    found: list[datetime | None] = []
    seen: set[Any] = set()
    for text in texts:
        found.append(to_utc(text, zone, fold=int(text in seen)) if isinstance(text, str) else None)
        seen.add(text if isinstance(text, str) else None)
    return found


def _made(cls: type[R], day: Day, part: slice, issues: Any, **figures: Column) -> list[R]:
    rows = day.rows[part]
    return core.in_bulk(cls, len(rows), stamp=day.stamps[part], raw=rows, issues=issues, **figures)


def inverters(day: Day, part: slice) -> list[core.InverterReading]:
    """PV and house in some of a day's minutes."""
    issues = day.issues(part, pv_w="pSystem", load_w="pConsum")
    pv, load = day.forward("pSystem", part), day.forward("pConsum", part)
    return _made(core.InverterReading, day, part, issues, pv_w=pv, load_w=load)


def meters(day: Day, part: slice) -> list[core.MeterReading]:
    """The grid connection, which GoodWe counts + exporting, in some of a day's minutes."""
    power = day.watts("pGrid", part, sign=-1)
    return _made(core.MeterReading, day, part, day.issues(part, power_w="pGrid"), power_w=power)


def batteries(day: Day, part: slice) -> list[core.BatteryReading]:
    """The battery in some of a day's minutes; core refuses a state of charge beyond 100 %."""
    issues = day.issues(part, power_w="pBat", soc_pct="soc")
    power, soc = day.watts("pBat", part), day.column("soc", part)
    return _made(core.BatteryReading, day, part, issues, power_w=power, soc_pct=soc)
