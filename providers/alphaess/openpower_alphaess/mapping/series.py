"""``getOneDayPowerBySn`` to readings: rows in any order, doubled or missing, put in time order.

``gridCharge`` is the whole import and ``feedIn`` the export. The battery's power is not in the series;
it follows from the rest, so it is DERIVED. Where the live answer is empty, the newest row stands in for it.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from openpower_alphaess.mapping import plausible
from openpower_alphaess.mapping.live import Flows
from openpower_core.provider import BatteryReading, EVChargerReading, InverterReading, MeterReading, Quality, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from openpower_alphaess.models import PowerSample

SOURCE = "getOneDayPowerBySn"
LIVE: Final = "getLastPowerData"
_RECENT: Final = timedelta(minutes=30)
_ROW: Final = timedelta(minutes=5)
"""How far apart rows are; two in one zone-hour that are much closer come from both of its passes."""
_EAST: Final = timedelta(hours=14)
_WEST: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)


class Sample(NamedTuple):
    """One row, at its instant (UTC)."""

    at: datetime
    row: PowerSample


def samples(rows: Sequence[PowerSample], zone: ZoneInfo) -> list[Sample]:
    """One day's rows in time order, each instant once; rows without a time or a figure are dropped."""
    timed = [(local, row) for row in rows if (local := wall_clock(row.upload_time)) is not None and _figures(row)]
    by_instant: dict[datetime, Sample] = {}
    found = instants([local for local, _ in timed], zone)
    for at, (_, row) in zip(found, timed, strict=True):
        # Of doubled rows the fuller one counts: the other may be a first, incomplete upload.
        known = by_instant.get(at)
        if known is None or _figures(row) > _figures(known.row):
            by_instant[at] = Sample(at, row)
    return [by_instant[at] for at in sorted(by_instant)]


def _figures(row: PowerSample) -> int:
    values = (row.ppv, row.load, row.cbat, row.feed_in, row.grid_charge, row.pcharging_pile)
    return sum(value is not None for value in values)


def newest(rows: Iterable[PowerSample]) -> PowerSample | None:
    """The row with the latest wall-clock time; what serves where the system's zone is not known."""
    timed = [(local, row) for row in rows if (local := wall_clock(row.upload_time)) is not None and _figures(row)]
    return max(timed, key=lambda row: row[0])[1] if timed else None


def pv_is_missing(day: Iterable[PowerSample], epv_kwh: float | None) -> bool:
    """Whether a day's series leaves out the PV: 0 in every row, and yet the day's energy has some.

    So it is on AC-coupled systems, with daily PV of 17 to 25 kWh (sandeepthukral/alphaess-collector).
    """
    return bool(epv_kwh) and not any(row.ppv for row in day)


def to_flows(row: PowerSample, *, without_pv: bool = False) -> Flows:
    """One row in openpower's signs.

    Args:
        row: the row.
        without_pv: the series leaves out the PV, so that neither it nor the battery's power is known.
    """
    # A zero that only means "not in the series" must not enter the balance, or the battery gets the PV's power.
    pv = None if without_pv else plausible.forward(row.ppv)
    load, grid = plausible.forward(row.load), _net(row)
    battery = None if pv is None or load is None or grid is None else load - pv - grid
    return Flows(
        pv_w=pv,
        battery_w=battery,
        grid_w=grid,
        load_w=load,
        ev_w=plausible.forward(row.pcharging_pile),
        soc_pct=plausible.percentage(row.cbat),
        derived=frozenset({"battery_w"}),
        raw=row,
    )


def _net(row: PowerSample) -> float | None:
    imported, exported = plausible.forward(row.grid_charge), plausible.forward(row.feed_in)
    return None if imported is None or exported is None else imported - exported


def _stamp(sample: Sample, received_at: datetime, quality: Quality = Quality.AVERAGE) -> Stamp:
    return Stamp(received_at=received_at, measured_at=sample.at, quality=quality, source=SOURCE)


def to_battery_sample(sample: Sample, received_at: datetime, *, without_pv: bool = False) -> BatteryReading:
    """The battery in one row; its power is computed, its state of charge is the vendor's."""
    seen = to_flows(sample.row, without_pv=without_pv)
    return BatteryReading(
        stamp=_stamp(sample, received_at, Quality.DERIVED), raw=sample.row, power_w=seen.battery_w, soc_pct=seen.soc_pct
    )


def to_meter_sample(sample: Sample, received_at: datetime) -> MeterReading:
    """The grid connection in one row."""
    seen = to_flows(sample.row)
    return MeterReading(stamp=_stamp(sample, received_at), raw=sample.row, power_w=seen.grid_w)


def to_inverter_sample(sample: Sample, received_at: datetime, *, without_pv: bool = False) -> InverterReading:
    """PV and house in one row."""
    seen = to_flows(sample.row, without_pv=without_pv)
    return InverterReading(stamp=_stamp(sample, received_at), raw=sample.row, pv_w=seen.pv_w, load_w=seen.load_w)


def to_ev_charger_sample(sample: Sample, received_at: datetime) -> EVChargerReading:
    """The EV charger in one row, where the system has a single one."""
    seen = to_flows(sample.row)
    return EVChargerReading(stamp=_stamp(sample, received_at), raw=sample.row, power_w=seen.ev_w)


class Day(NamedTuple):
    """One day's rows, as they were received."""

    day: date
    rows: tuple[PowerSample, ...] = ()
    received_at: datetime | None = None
    without_pv: bool = False
    """Whether the series leaves out the PV, so that its zeros mean nothing."""


class Now(NamedTuple):
    """What is known of a system now, and from where."""

    flows: Flows
    quality: Quality = Quality.LIVE
    measured_at: datetime | None = None
    """None where the vendor gives no time, or gives it by a clock whose zone is not known."""
    source: str = LIVE

    @classmethod
    def of_row(cls, seen: Flows, day: Day, zone: ZoneInfo | None) -> Self:
        """The newest row of a day in place of a live answer without values."""
        return cls(flows=seen, quality=Quality.DERIVED, measured_at=_latest(day, zone), source=SOURCE)


def with_soc(seen: Flows, day: Day | None, zone: ZoneInfo | None, now: datetime) -> Now:
    """Take the state of charge from the series, where the live answer says null or 0 and the row is recent.

    Where the zone is not known, the newest row counts as recent.
    """
    row = newest(day.rows) if day else None
    reported = to_flows(row).soc_pct if row else None
    if day is None or not reported:
        return Now(flows=seen)
    at = _latest(day, zone)
    if at is not None and now - at > _RECENT:
        return Now(flows=seen)
    corrected = seen._replace(soc_pct=reported, derived=seen.derived | {"soc_pct"})
    return Now(flows=corrected)


def _latest(day: Day, zone: ZoneInfo | None) -> datetime | None:
    found = samples(day.rows, zone) if zone else []
    return found[-1].at if found else None


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
    """Read ``yyyy-MM-dd HH:mm:ss``; None where it is missing or no time."""
    try:
        local = None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    # In the first and the last year a time may have no counterpart in UTC.
    return local if local is not None and MINYEAR < local.year < MAXYEAR else None


def instants(local: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """Bring one day's wall-clock times to UTC.

    Args:
        local: the naive times **in the order received**, which may run either way: live captures run
            newest first, the documentation's examples oldest first. On the day on which the clock is
            put back, only that order distinguishes the first pass through the repeated hour from the second.
        zone: the system's zone.
    """
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
