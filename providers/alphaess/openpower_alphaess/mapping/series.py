"""``getOneDayPowerBySn`` to readings: rows in any order, doubled or missing, put in time order.

``gridCharge`` is the whole import and ``feedIn`` the export. The battery's power is not in the series;
it follows from the rest, so it is DERIVED.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from openpower_alphaess.mapping import _plausible as plausible
from openpower_alphaess.mapping.live import Flows
from openpower_alphaess.mapping.times import moments, wall_clock
from openpower_core.provider import BatteryReading, EVChargerReading, InverterReading, MeterReading, Quality, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from openpower_alphaess.models import PowerSample

__all__ = [
    "Sample",
    "newest",
    "pv_is_missing",
    "samples",
    "to_battery_sample",
    "to_ev_charger_sample",
    "to_flows",
    "to_inverter_sample",
    "to_meter_sample",
]

SOURCE = "getOneDayPowerBySn"


class Sample(NamedTuple):
    """One row, at its moment (UTC)."""

    at: datetime
    row: PowerSample


def samples(rows: Sequence[PowerSample], zone: ZoneInfo) -> list[Sample]:
    """One day's rows in time order, each moment once; rows without a time or a figure are dropped."""
    timed = [(local, row) for row in rows if (local := wall_clock(row.upload_time)) is not None and _figures(row)]
    by_moment: dict[datetime, Sample] = {}
    found = moments([local for local, _ in timed], zone)
    for at, (_, row) in zip(found, timed, strict=True):
        known = by_moment.get(at)
        if known is None or _figures(row) > _figures(known.row):
            by_moment[at] = Sample(at, row)
    return [by_moment[at] for at in sorted(by_moment)]


def _figures(row: PowerSample) -> int:
    values = (row.ppv, row.load, row.cbat, row.feed_in, row.grid_charge, row.pcharging_pile)
    return sum(value is not None for value in values)


def newest(rows: Iterable[PowerSample]) -> PowerSample | None:
    """The row with the latest wall-clock time; what serves where the system's zone is not known."""
    timed = [(local, row) for row in rows if (local := wall_clock(row.upload_time)) is not None and _figures(row)]
    return max(timed, key=lambda each: each[0])[1] if timed else None


def pv_is_missing(day: Iterable[PowerSample], epv_kwh: float | None) -> bool:
    """Whether a day's series leaves out the PV: 0 in every row, and yet the day's energy has some.

    So it is on AC-coupled systems, with daily PV of 17 to 25 kWh (sandeepthukral/alphaess-collector).
    """
    return bool(epv_kwh) and not any(row.ppv for row in day)


def to_flows(row: PowerSample, *, without_pv: bool = False) -> Flows:
    """One row in our signs.

    Args:
        row: the row.
        without_pv: the series leaves out the PV, so that neither it nor the battery's power is known.
    """
    pv = None if without_pv else plausible.forward(row.ppv)
    load, grid = plausible.forward(row.load), _net(row)
    battery = None if pv is None or load is None or grid is None else load - pv - grid
    return Flows(
        pv_w=pv,
        battery_w=battery,
        grid_w=grid,
        load_w=load,
        ev_w=plausible.forward(row.pcharging_pile),
        soc_pct=plausible.per_cent(row.cbat),
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
