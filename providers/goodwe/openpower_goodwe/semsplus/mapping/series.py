"""The station's one-minute series as readings, in time order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Quality, Stamp
from openpower_goodwe.semsplus.mapping.flows import Flows, grid_watts, watts
from openpower_goodwe.semsplus.mapping.zones import to_utc

if TYPE_CHECKING:
    from datetime import tzinfo

    from openpower_goodwe.semsplus.models import PowerSeries

__all__ = ["ITEMS", "Sample", "samples", "to_battery_sample", "to_inverter_sample", "to_meter_sample"]

ITEMS = ("pSystem", "soc", "pBat", "pConsum", "pGrid")
_SOURCE = "statisticsAndPreV2"


@frozen(kw_only=True)
class Sample:
    """One minute of a station."""

    at: datetime
    received_at: datetime
    flows: Flows
    raw: Any = None

    @property
    def stamp(self) -> Stamp:
        """A mean of the minute."""
        return Stamp(received_at=self.received_at, measured_at=self.at, quality=Quality.AVERAGE, source=_SOURCE)


def samples(
    series: PowerSeries, zone: tzinfo, *, start: datetime, end: datetime, received_at: datetime
) -> list[Sample]:
    """The minutes of a series within ``[start, end)``; a time told twice is the hour that the clock repeats."""
    minutes: dict[datetime, dict[str, float]] = {}
    for item in series.series or ():
        told: set[str] = set()
        for point in item.points or ():
            at = to_utc(point.at, zone, fold=int(point.at in told))
            told.add(point.at or "")
            if at is not None and point.power is not None and start <= at < end:
                minutes.setdefault(at, {})[item.item] = point.power
    return [
        Sample(at=at, received_at=received_at, flows=_flows(minutes[at]), raw=minutes[at]) for at in sorted(minutes)
    ]


def _flows(minute: dict[str, float]) -> Flows:
    soc = minute.get("soc")
    return Flows(
        pv_w=_flow(minute, "pSystem"),
        battery_w=watts(minute.get("pBat")),
        grid_w=grid_watts(minute.get("pGrid")),
        load_w=_flow(minute, "pConsum"),
        soc_pct=soc if soc is not None and 0 <= soc <= 100 else None,
    )


def _flow(minute: dict[str, float], item: str) -> float | None:
    power = watts(minute.get(item))
    return None if power is None else max(0.0, power)


def to_inverter_sample(sample: Sample) -> InverterReading:
    """The inverter in one minute."""
    return InverterReading(stamp=sample.stamp, raw=sample.raw, pv_w=sample.flows.pv_w, load_w=sample.flows.load_w)


def to_meter_sample(sample: Sample) -> MeterReading:
    """The grid connection in one minute."""
    return MeterReading(stamp=sample.stamp, raw=sample.raw, power_w=sample.flows.grid_w)


def to_battery_sample(sample: Sample) -> BatteryReading:
    """The battery in one minute."""
    return BatteryReading(
        stamp=sample.stamp, raw=sample.raw, power_w=sample.flows.battery_w, soc_pct=sample.flows.soc_pct
    )
