"""The station's one-minute series as readings, and its zone and wall-clock times."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.semsplus.mapping.readings import Flows, grid_watts, watts

if TYPE_CHECKING:
    from openpower_goodwe.semsplus.models import PowerSeries


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
            received_at=self.received_at, measured_at=self.at, quality=core.Quality.AVERAGE, source=_SOURCE
        )


def samples(
    series: PowerSeries, zone: tzinfo, *, start: datetime, end: datetime, received_at: datetime
) -> list[Sample]:
    """The minutes of a series within ``[start, end)``; a time that comes twice is in the hour that the clock repeats."""
    minutes: dict[datetime, dict[str, float]] = {}
    for item in series.series or ():
        seen: set[str] = set()
        for point in item.points or ():
            at = to_utc(point.at, zone, fold=int(point.at in seen))
            seen.add(point.at or "")
            if at is not None and point.power is not None and start <= at < end:
                minutes.setdefault(at, {})[item.item] = point.power
    return [
        Sample(at=at, received_at=received_at, flows=_flows(minutes[at]), raw=minutes[at]) for at in sorted(minutes)
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
