"""The station's one-minute series as readings, and its zone and wall-clock times."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.cloud import fields_of, rows_of
from openpower_goodwe.semsplus.mapping.readings import Flows, grid_watts, watts
from openpower_goodwe.semsplus.models import finite


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


@frozen(kw_only=True)
class Sample:
    """One minute of a station."""

    at: datetime
    received_at: datetime
    flows: Flows
    raw: Any = None

    @property
    def stamp(self) -> core.Stamp:
        """A mean of the minute."""
        return core.Stamp(
            received_at=self.received_at,
            measured_at=self.at,
            quality=core.Quality.AVERAGE,
            source=_SOURCE,
            interval=(self.at, self.at + _MINUTE),
        )


Minutes: TypeAlias = "dict[datetime, dict[str, float]]"
"""A day's powers (kW, by the vendor's names), by instant in UTC and in time order."""


def minutes_of(data: Any, zone: tzinfo) -> Minutes:
    """A day of the series in one pass; a time that comes twice is in the hour that the clock repeats."""
    times: dict[tuple[str, bool], datetime | None] = {}  # all items have the same times: each is read once
    minutes: Minutes = {}
    for item in rows_of(data, ("dataList",)) or ():
        points = rows_of(item, ("statisticsList", "powerData"))
        name, seen = fields_of(item).get("item"), set[str]()
        for point in points or ():
            text, power = fields_of(point).get("tp"), finite(fields_of(point).get("power"))
            if not isinstance(text, str) or not isinstance(name, str):
                continue
            key = (text, text in seen)
            seen.add(text)
            if key not in times:
                times[key] = to_utc(text, zone, fold=int(key[1]))
            at = times[key]
            if at is not None and power is not None:
                minutes.setdefault(at, {})[name] = power
    return dict(sorted(minutes.items()))


def samples(minutes: Minutes, *, start: datetime, end: datetime, received_at: datetime) -> list[Sample]:
    """The minutes within ``[start, end)``."""
    return [
        Sample(at=at, received_at=received_at, flows=_flows(minute), raw=minute)
        for at, minute in minutes.items()
        if start <= at < end
    ]


def _flows(minute: dict[str, float]) -> Flows:
    return Flows(
        pv_w=core.at_least_zero(watts(minute.get("pSystem"))),
        battery_w=watts(minute.get("pBat")),
        grid_w=grid_watts(minute.get("pGrid")),
        load_w=core.at_least_zero(watts(minute.get("pConsum"))),
        soc_pct=core.percentage_or_none(minute.get("soc")),
    )


def to_inverter_sample(sample: Sample) -> core.InverterReading:
    """The inverter in one minute."""
    return core.InverterReading(stamp=sample.stamp, raw=sample.raw, pv_w=sample.flows.pv_w, load_w=sample.flows.load_w)


def to_meter_sample(sample: Sample) -> core.MeterReading:
    """The grid connection in one minute."""
    return core.MeterReading(stamp=sample.stamp, raw=sample.raw, power_w=sample.flows.grid_w)


def to_battery_sample(sample: Sample) -> core.BatteryReading:
    """The battery in one minute."""
    return core.BatteryReading(
        stamp=sample.stamp, raw=sample.raw, power_w=sample.flows.battery_w, soc_pct=sample.flows.soc_pct
    )
