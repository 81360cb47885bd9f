"""A system at one moment, put together from the live answer and, where that is empty, from the day's series."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from openpower_alphaess.mapping.series import SOURCE, newest, samples, to_flows
from openpower_core.provider import Quality

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from openpower_alphaess.mapping.live import Flows
    from openpower_alphaess.models import PowerSample

__all__ = ["Day", "Moment", "with_soc"]

LIVE: Final = "getLastPowerData"
_RECENT: Final = timedelta(minutes=30)


class Day(NamedTuple):
    """One day's rows, as they were received."""

    day: date
    rows: tuple[PowerSample, ...] = ()
    received_at: datetime | None = None
    without_pv: bool = False
    """Whether the series leaves out the PV, so that its zeros mean nothing."""


class Moment(NamedTuple):
    """What is known of a system now, and whence."""

    flows: Flows
    quality: Quality = Quality.LIVE
    measured_at: datetime | None = None
    """None where the vendor tells no time, or tells it on a clock whose zone is not known."""
    source: str = LIVE

    @classmethod
    def of_row(cls, seen: Flows, day: Day, zone: ZoneInfo | None) -> Self:
        """The newest row of a day in place of a live answer without values."""
        return cls(flows=seen, quality=Quality.DERIVED, measured_at=_latest(day, zone), source=SOURCE)


def with_soc(seen: Flows, day: Day | None, zone: ZoneInfo | None, now: datetime) -> Moment:
    """Take the state of charge from the series, where the live answer says null or 0 and the row is recent.

    Where the zone is not known, the newest row counts as recent.
    """
    row = newest(day.rows) if day else None
    told = to_flows(row).soc_pct if row else None
    if day is None or not told:
        return Moment(flows=seen)
    at = _latest(day, zone)
    if at is not None and now - at > _RECENT:
        return Moment(flows=seen)
    corrected = seen._replace(soc_pct=told, derived=seen.derived | {"soc_pct"})
    return Moment(flows=corrected)


def _latest(day: Day, zone: ZoneInfo | None) -> datetime | None:
    found = samples(day.rows, zone) if zone else []
    return found[-1].at if found else None
