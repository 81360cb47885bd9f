"""Readings as rows of the history, and back."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from openpower_core.devices.roles import Role
from openpower_core.readings import (
    BatteryReading,
    ChargerStatus,
    EnergyCounter,
    EVChargerReading,
    InverterReading,
    InverterStatus,
    MeterReading,
    Quality,
    Reading,
    Stamp,
)
from openpower_hub.figures import figures_of
from openpower_hub.history.cells import scaled, to_ms, to_time, unscaled
from openpower_hub.history.database import LONGEST_HOLD, QUALITIES, Device, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openpower_hub.state import DeviceState

_CLASSES: Final[dict[Role, type[Reading]]] = {
    Role.INVERTER: InverterReading,
    Role.BATTERY: BatteryReading,
    Role.METER: MeterReading,
    Role.EV_CHARGER: EVChargerReading,
}
_STATUS: Final = {Role.INVERTER: InverterStatus, Role.EV_CHARGER: ChargerStatus}
VENDOR: Final = 1
"""The origin of what came from a vendor's series."""


def device_of(state: DeviceState) -> Device:
    """A device as the history knows it."""
    info = state.info
    return Device(key=state.key, home=state.home, role=info.role, provider=info.provider, tz=info.tz)


def sample_of(role: Role, reading: Reading, at: datetime, holds: timedelta, *, origin: int = 0) -> Sample:
    """A reading as it is kept.

    Args:
        role: of the device.
        reading: the reading.
        at: when it begins to stand.
        holds: for how long at most, unless another one follows.
        origin: :data:`VENDOR` for a vendor's series.
    """
    return Sample(
        at=to_ms(at),
        holds=min(max(holds // timedelta(milliseconds=1), 1), LONGEST_HOLD),
        quality=QUALITIES.index(reading.stamp.quality),
        origin=origin,
        values={figure.name: scaled(figure, figure.of(reading)) for figure in figures_of(role)},
    )


def live_sample(state: DeviceState) -> Sample:
    """The last reading of a device, at the time when it arrived, or when it was measured if it is said to be older."""
    reading, at = state.reading, state.read_at
    assert reading is not None  # noqa: S101  (asked for those that were read)
    assert at is not None  # noqa: S101
    stamp = reading.stamp
    if stamp.quality is Quality.CACHED:
        at = min(at, stamp.measured_at or stamp.received_at)
    return sample_of(state.role, reading, at, 2 * state.interval)


def vendor_samples(role: Role, series: Sequence[Reading], start: datetime, end: datetime) -> list[Sample]:
    """A vendor's series in ``[start, end)``: each value stands for its interval, or up to the next one unless that is missing."""
    known = {(each.stamp.interval or (each.stamp.measured_at or each.stamp.received_at,))[0]: each for each in series}
    times = sorted(known)
    steps = sorted(later - before for before, later in pairwise(times))
    usual = steps[len(steps) // 2] if steps else timedelta(minutes=5)
    samples: list[Sample] = []
    for at, following in zip(times, [*times[1:], None], strict=True):
        interval = known[at].stamp.interval
        step = usual if following is None or following - at > 2 * usual else following - at
        if start <= at < end:
            holds = step if interval is None else interval[1] - interval[0]
            samples.append(sample_of(role, known[at], at, min(holds, end - at), origin=VENDOR))
    return samples


def reading_of(role: Role, row: Sequence[Any]) -> Reading:
    """The reading that was kept: a row of :meth:`~openpower_hub.history.database.Database.readings`."""
    start, holds, quality, origin, *kept = row
    at = to_time(start)
    stamp = Stamp(
        received_at=at,
        measured_at=at,
        quality=QUALITIES[int(quality)],
        source="history of the hub",
        interval=(at, at + timedelta(milliseconds=holds)) if origin == VENDOR else None,
    )
    figures = zip(figures_of(role), kept, strict=True)
    return assembled(role, stamp, {figure.path: unscaled(figure, value) for figure, value in figures})


def assembled(role: Role, stamp: Stamp, values: dict[tuple[str | int, ...], Any]) -> Reading:
    """A reading of values by their paths."""
    given: dict[str, Any] = {}
    several: dict[str, list[Any]] = {}
    counters: dict[str, dict[str, Any]] = {}
    for (name, *rest), value in values.items():
        if value is None:
            continue
        if not rest:
            given[str(name)] = value
        elif isinstance(rest[0], int):
            places = several.setdefault(str(name), [])
            places += [None] * (rest[0] + 1 - len(places))
            places[rest[0]] = value
        else:
            counters.setdefault(str(name), {})[rest[0]] = value
    given |= {name: EnergyCounter(**parts) for name, parts in counters.items()}
    if "status" in given:
        given["status"] = _STATUS[role](given["status"])
    given |= {name: tuple(places) for name, places in several.items()}
    return _CLASSES[role](stamp=stamp, **given)
