"""``getOneDayPowerBySn`` to readings: rows in any order, doubled or missing, put in time order.

``gridCharge`` is the whole import and ``feedIn`` the export. The battery's power is not in the series;
it follows from the rest, so it is DERIVED. Where the live answer is empty, the newest row stands in for it.
Rows are five minutes apart, but whether a row stands for the time before its ``uploadTime`` or after it is not known,
so readings have no ``stamp.interval``.

Days are read column by column, each figure only where it is asked for: a week takes a few times what parsing it takes.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import pairwise, repeat
from operator import attrgetter, gt, lt, sub
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from openpower_alphaess.mapping.live import Flows, cannot_be_read
from openpower_alphaess.models import PowerSample
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo

SOURCE = "getOneDayPowerBySn"
LIVE: Final = "getLastPowerData"
_ROW: Final = timedelta(minutes=5)
"""How far apart rows are; two in one zone-hour that are much closer come from both of its passes."""
_EAST: Final = timedelta(hours=14)
_WEST: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(minutes=5)

_FIGURES: Final = attrgetter("ppv", "load", "cbat", "feed_in", "grid_charge", "pcharging_pile")
_NOTHING: Final = (None,) * 6
_KEYS: Final = {attribute: name for name, attribute in PowerSample.__vendor_keys__.items()}

R = TypeVar("R", bound=core.Reading)
Column = list[float | None]


class Day:
    """One day's rows; in time order, each instant once, where the zone is known."""

    __slots__ = ("_stamps", "at", "received_at", "rows", "without_pv")

    def __init__(
        self, rows: list[PowerSample], zone: ZoneInfo | None, received_at: datetime, without_pv: str = ""
    ) -> None:
        self.at: list[datetime] = []
        """The rows' instants (UTC)."""
        self.rows = rows
        if zone is not None:
            self.at, self.rows = in_time(rows, zone)
        self.received_at = received_at
        self.without_pv = without_pv
        """Why the PV of the series is not believed; empty where it is."""
        self._stamps: dict[core.Quality, list[core.Stamp]] = {}

    def stamps(self, quality: core.Quality) -> list[core.Stamp]:
        """The rows' stamps, which the readings of all devices share."""
        if quality not in self._stamps:
            self._stamps[quality] = core.in_bulk(
                core.Stamp,
                len(self.at),
                received_at=self.received_at,
                measured_at=self.at,
                quality=quality,
                source=SOURCE,
            )
        return self._stamps[quality]

    def newest(self) -> tuple[datetime, PowerSample] | None:
        """The last row and its time, which is naive where its zone is not known."""
        if self.at:
            return self.at[-1], self.rows[-1]
        timed = [(local, row) for local, row in zip(_times(self.rows), self.rows, strict=True) if local and _has(row)]
        return max(timed, key=lambda row: row[0].replace(tzinfo=None)) if timed else None


def _has(row: PowerSample) -> bool:
    return _FIGURES(row) != _NOTHING


def in_time(rows: list[PowerSample], zone: ZoneInfo) -> tuple[list[datetime], list[PowerSample]]:
    """One day's rows in time order, each instant once; rows without a time or a figure are dropped."""
    local = _times(rows)
    # A row without a figure has no load either, and one figure is looked at faster than six.
    if not all(local) or None in map(attrgetter("load"), rows):
        pairs = [(time, row) for time, row in zip(local, rows, strict=True) if time is not None and _has(row)]
        local, rows = [time for time, _ in pairs], [row for _, row in pairs]
    found = instants([time for time in local if time is not None], zone)
    if all(map(gt, found, found[1:])):
        return found[::-1], rows[::-1]
    if all(map(lt, found, found[1:])):
        return found, rows
    by_instant = dict(zip(found, rows, strict=True))
    if len(by_instant) < len(found):
        # Of doubled rows the fuller one counts: the other may be a first, incomplete upload.
        for at, row in zip(found, rows, strict=True):
            if _FIGURES(row).count(None) < _FIGURES(by_instant[at]).count(None):
                by_instant[at] = row
    ordered = sorted(by_instant)
    return ordered, [by_instant[each] for each in ordered]


def pv_is_missing(day: Iterable[PowerSample], epv_kwh: float | None) -> bool:
    """Whether a day's series leaves out the PV: 0 in every row, and yet the day's energy has some.

    So it is on AC-coupled systems, with daily PV of 17 to 25 kWh (sandeepthukral/alphaess-collector).
    """
    return bool(epv_kwh) and not any(row.ppv for row in day)


class Columns:
    """Figures of several rows, and why some of them are not believed."""

    def __init__(self, rows: Sequence[PowerSample], without_pv: str = "") -> None:
        self._rows = rows
        self._without_pv = without_pv
        self._issues: defaultdict[int, list[core.Issue]] = defaultdict(list)

    def soc(self, field: str) -> Column:
        """The state of charge (%)."""
        return self._read("cbat", field, core.believed_percentage, high=100)

    def forward(self, attribute: str, field: str) -> Column:
        """A power that cannot be negative (W)."""
        return self._read(attribute, field, core.believed_forward)

    def pv(self, field: str) -> Column:
        """PV (W); a zero that only means "not in the series" is not known."""
        if not self._without_pv:
            return self.forward("ppv", field)
        for place in range(len(self._rows)):
            self._issues[place].append(core.Issue(field, self._without_pv))
        return [None] * len(self._rows)

    def grid(self, field: str) -> Column:
        """The grid (W, + import)."""
        return _less(self.forward("grid_charge", field), self.forward("feed_in", field))

    def battery(self, field: str) -> Column:
        """The battery (W, + discharge): what the other three leave. Without the PV it would get the PV's power."""
        return _less(_less(self.forward("load", field), self.pv(field)), self.grid(field))

    def issues(self, place: int) -> tuple[core.Issue, ...]:
        """What was refused in one row, each once."""
        return tuple(dict.fromkeys(self._issues.get(place, ())))

    def all_issues(self) -> list[tuple[core.Issue, ...]] | tuple[()]:
        """What was refused in each row; nothing at all in nearly all series."""
        return [self.issues(place) for place in range(len(self._rows))] if self._issues else ()

    def _read(
        self,
        attribute: str,
        field: str,
        believed: Callable[[float | None, str, list[core.Issue]], float | None],
        *,
        high: float | None = None,
    ) -> Column:
        column: list[Any] = list(map(attrgetter(attribute), self._rows))
        values: Column = column
        try:
            if min(column) >= 0 and (high is None or max(column) <= high):
                return values
        except (TypeError, ValueError):  # None among them, or no row
            pass
        for place, value in enumerate(values):
            refused: list[core.Issue] = []
            values[place] = believed(value, field, refused)
            if value is None and (sent := self._rows[place].extras.get(_KEYS[attribute])) is not None:
                refused.append(cannot_be_read(field, SOURCE, _KEYS[attribute], sent))
            if refused:
                self._issues[place] += refused
        return values


def _less(column: Column, other: Column) -> Column:
    """One figure less another one, where both are known."""
    try:
        less: Callable[[Any, Any], Any] = sub
        return list(map(less, column, other))
    except TypeError:
        return [None if one is None or two is None else one - two for one, two in zip(column, other, strict=True)]


def to_flows(row: PowerSample, without_pv: str = "") -> Flows:
    """One row in openpower's signs.

    Args:
        row: the row.
        without_pv: why the PV of the series is not believed, so that neither it nor the battery's power is known.
    """
    one = Columns((row,), without_pv)
    return Flows(
        pv_w=one.pv("pv_w")[0],
        battery_w=one.battery("battery_w")[0],
        grid_w=one.grid("grid_w")[0],
        load_w=one.forward("load", "load_w")[0],
        load_includes_ev=True,
        ev_w=one.forward("pcharging_pile", "ev_w")[0],
        soc_pct=one.soc("soc_pct")[0],
        derived=frozenset({"battery_w"}),
        issues=one.issues(0),
        raw=row,
    )


def _made(cls: type[R], day: Day, part: slice, columns: Columns, quality: core.Quality, **figures: Any) -> list[R]:
    stamps, rows = day.stamps(quality)[part], day.rows[part]
    return core.in_bulk(cls, len(rows), stamp=stamps, issues=columns.all_issues(), raw=rows, **figures)


def batteries(day: Day, part: slice) -> list[core.BatteryReading]:
    """The battery in some of a day's rows; its power is computed, its state of charge is the vendor's."""
    columns = Columns(day.rows[part], day.without_pv)
    power, soc = columns.battery("power_w"), columns.soc("soc_pct")
    return _made(core.BatteryReading, day, part, columns, core.Quality.DERIVED, power_w=power, soc_pct=soc)


def meters(day: Day, part: slice) -> list[core.MeterReading]:
    """The grid connection in some of a day's rows."""
    columns = Columns(day.rows[part])
    return _made(core.MeterReading, day, part, columns, core.Quality.AVERAGE, power_w=columns.grid("power_w"))


def inverters(day: Day, part: slice) -> list[core.InverterReading]:
    """PV and house in some of a day's rows."""
    columns = Columns(day.rows[part], day.without_pv)
    pv, load = columns.pv("pv_w"), columns.forward("load", "load_w")
    # The load is that of everything behind the meter, the car too, as in the live answer.
    figures: dict[str, Any] = {"pv_w": pv, "load_w": load, "load_includes_ev": True}
    return _made(core.InverterReading, day, part, columns, core.Quality.AVERAGE, **figures)


def ev_chargers(day: Day, part: slice) -> list[core.EVChargerReading]:
    """The EV charger in some of a day's rows, where the system has a single one."""
    columns = Columns(day.rows[part])
    power = columns.forward("pcharging_pile", "power_w")
    return _made(core.EVChargerReading, day, part, columns, core.Quality.AVERAGE, power_w=power)


class Now(NamedTuple):
    """What is known of a system now, and from where."""

    flows: Flows
    quality: core.Quality = core.Quality.LIVE
    measured_at: datetime | None = None
    """None where the vendor gives no time, or gives it by a clock whose zone is not known."""
    wall_clock: datetime | None = None
    """The time by a clock whose zone is not known."""
    source: str = LIVE


def from_row(at: datetime, row: PowerSample, without_pv: str) -> Now:
    """The newest row of a day in place of a live answer without values."""
    seen, zoned = to_flows(row, without_pv), at.tzinfo is not None
    if zoned:
        return Now(flows=seen, quality=core.Quality.DERIVED, measured_at=at, source=SOURCE)
    seen = seen.refusing("stamp.measured_at", f"{_by_unknown_zone(at)}, so the row may be older than it seems")
    return Now(flows=seen, quality=core.Quality.DERIVED, wall_clock=at, source=SOURCE)


def _by_unknown_zone(local: datetime) -> str:
    return f"{local} by the system's clock, whose time zone is unknown (give tz=)"


def with_soc(seen: Flows, newest: tuple[datetime, PowerSample] | None, now: datetime, reason: str = "") -> Now:
    """Take the state of charge from the series, where the live answer says null or 0 and the newest row is recent.

    Args:
        seen: the live answer.
        newest: the newest row of the series and its time; naive where its zone is unknown.
        now: the present.
        reason: why there is no row.
    """
    at, row = newest or (now, None)
    reported = to_flows(row).soc_pct if row else None
    age = core.least_age(at, now)
    if not reported or age > core.STALE_AFTER:
        if seen.soc_pct is not None or any(issue.field == "soc_pct" for issue in seen.issues):
            return Now(flows=seen)
        why = f"the newest row of the series is of {at}" if reported else reason or "the series has none"
        return Now(flows=seen.refusing("soc_pct", f"{LIVE}.soc is null, and {why}"))
    seen = seen._replace(soc_pct=reported, derived=seen.derived | {"soc_pct"})
    if at.tzinfo is None:
        seen = seen.refusing("soc_pct", f"from the series, {_by_unknown_zone(at)}")
    elif -age > _AHEAD:
        seen = seen.refusing("soc_pct", f"from the series, {at} is still to come: a wrong time zone (tz=) or clock")
    return Now(flows=seen)


# Which calendar days of a system to ask for.


def candidate_days(now: datetime, zone: ZoneInfo | None) -> list[date]:
    """The days on which the newest row may lie, latest first; today and yesterday where the zone is known.

    Without a zone, every day that it may be anywhere on earth counts.
    """
    if zone is not None:
        today = now.astimezone(zone).date()
        return [today, today - _DAY]
    # It may already be tomorrow there (UTC+14), or still yesterday (UTC-12).
    latest, earliest = (now + _EAST).date(), (now - _WEST).date()
    return [latest - _DAY * back for back in range((latest - earliest).days + 1)]


# Wall-clock times to UTC, on the nights of a clock change too.


def wall_clock(text: str | None) -> datetime | None:
    """Read ``yyyy-MM-dd HH:mm:ss``, which is naive, or a time with ``Z`` or an offset; None where it is missing or no time."""
    try:
        local = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    # In the first and the last year a time may have no counterpart in UTC.
    return local if local is not None and MINYEAR < local.year < MAXYEAR else None


def _times(rows: Sequence[PowerSample]) -> list[datetime | None]:
    texts = list(map(attrgetter("upload_time"), rows))
    try:
        found: list[datetime | None] = list(map(datetime.fromisoformat, texts))
        if found and min(texts) >= "0002" and max(texts) < "9999":
            return found
    except (TypeError, ValueError):
        pass
    return list(map(wall_clock, texts))


def instants(local: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """Bring one day's wall-clock times to UTC; those with an offset of their own keep to it.

    Args:
        local: the times **in the order received**, which may run either way: live captures run
            newest first, the documentation's examples oldest first. On the day on which the clock is
            put back, only that order distinguishes the first pass through the repeated hour from the second.
        zone: the system's zone.
    """
    if any(time.tzinfo for time in local):
        naive = iter(instants([time for time in local if time.tzinfo is None], zone))
        return [time.astimezone(UTC) if time.tzinfo else next(naive) for time in local]
    # Nearly all days have one offset from UTC, so that each time needs a subtraction only.
    if not local:
        return []
    first, last = min(local), max(local)
    offsets = {end.replace(tzinfo=zone, fold=fold).utcoffset() for end in (first, last) for fold in (0, 1)}
    offset = offsets.pop()
    if not offsets and offset is not None and last - first < 2 * _DAY:
        begin = (first - offset).replace(tzinfo=UTC)
        return list(map(begin.__add__, map(sub, local, repeat(first))))
    backwards = _runs_backwards(local)
    ascending = list(reversed(local)) if backwards else list(local)
    folds = _folds(ascending, zone)
    found = [time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for time, fold in zip(ascending, folds, strict=True)]
    return list(reversed(found)) if backwards else found


def _runs_backwards(local: Sequence[datetime]) -> bool:
    # By majority: single rows are out of order, and the repeated hour runs against the rest once.
    falls = sum(later < earlier for earlier, later in pairwise(local))
    rises = sum(later > earlier for earlier, later in pairwise(local))
    return falls > rises


def _folds(ascending: Sequence[datetime], zone: ZoneInfo) -> list[int]:
    """0 for the first pass through a repeated hour, 1 for the second."""
    folds = [0] * len(ascending)
    repeated = [index for index, time in enumerate(ascending) if _happens_twice(time, zone)]
    if not repeated:
        return folds
    # Three ways in which the hour that the clock repeats has been seen, each recognised by what it does to the order:
    # both passes one after the other, so that the clock falls back between two rows;
    second_pass = _second_pass(ascending, repeated)
    if second_pass is not None:
        for index in repeated:
            folds[index] = int(index >= second_pass)
    # both passes sorted into one another, so that rows come in close pairs, of which the second is the second pass;
    elif _interleaved(ascending, repeated):
        for one, next_one in pairwise(repeated):
            if _close(ascending[one], ascending[next_one]) and not folds[one]:
                folds[next_one] = 1
    # and one pass alone, as after an outage, which belongs to whichever neighbours it continues.
    elif _only_second_pass(ascending, repeated):
        for index in repeated:
            folds[index] = 1
    return folds


def _happens_twice(time: datetime, zone: ZoneInfo) -> bool:
    # In the hour that spring leaves out the offsets differ as well, but the other way round.
    first, second = (time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def _second_pass(ascending: Sequence[datetime], repeated: Sequence[int]) -> int | None:
    """Where the clock jumps back: the first row of the second pass."""
    for one, next_one in pairwise(repeated):
        if ascending[one] - ascending[next_one] > 2 * _ROW:
            return next_one
    return None


def _interleaved(ascending: Sequence[datetime], repeated: Sequence[int]) -> bool:
    """Whether the vendor sorted by wall clock, so that both passes lie between one another."""
    close = sum(_close(ascending[one], ascending[other]) for one, other in pairwise(repeated))
    return close * 3 >= len(repeated)


def _close(one: datetime, other: datetime) -> bool:
    return abs(other - one) * 2 < _ROW


def _only_second_pass(ascending: Sequence[datetime], repeated: Sequence[int]) -> bool:
    """Whether a single pass fits the rows after it better than the rows before it."""
    first, last = repeated[0], repeated[-1]
    before = ascending[first] - ascending[first - 1] if first else None
    after = ascending[last + 1] - ascending[last] if last + 1 < len(ascending) else None
    if before is None:
        return after is not None and after < 3 * _ROW
    return after is not None and after < before
