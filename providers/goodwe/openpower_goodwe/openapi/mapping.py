"""The Open API's fields mapped to openpower's vocabulary; pure. Nothing of it is proven by a capture."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_goodwe.openapi.models import Inverter, InverterPoint, PlantGeneration, PlantPower, Point


_INTERVAL: Final = timedelta(minutes=5)
_UNPROVEN: Final = "Unproven: no real answer of the Open API is public."
_OTHERS: Final = ("goodwe-sems", "goodwe-local")
_FORMS: Final = ("%H:%M", "%H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
_STATUSES: Final = {
    "-1": core.InverterStatus.OFFLINE,
    "0": core.InverterStatus.STANDBY,
    "1": core.InverterStatus.RUNNING,
    "2": core.InverterStatus.FAULT,
}
"""The old portal's codes; the Open API's own are not published."""


def zone_named(name: str | None) -> tzinfo | None:
    """The plant's zone, which the API never reports."""
    return ZoneInfo(name) if name else None


def to_instant(text: str | None, day: date, zone: tzinfo | None, *, fold: int = 0) -> datetime | None:
    """A point's time in UTC: a whole one, or a time of the day that was asked for.

    Args:
        text: the time as it was sent.
        day: the day that was asked for.
        zone: the plant's.
        fold: 1 for the second of two equal times, in the night in which the clock is put back.
    """
    if not text or zone is None:
        return None
    text = text.strip()
    try:
        at = datetime.fromisoformat(text) if "-" in text else _parsed(text, day)
        return core.from_wall_clock(at, zone, fold=fold)
    except (ValueError, OverflowError):  # no time, or one of year 1 that UTC does not have
        return None


def _parsed(text: str, day: date) -> datetime:
    for form in _FORMS:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 – made aware by the caller
        except ValueError:
            continue
        return found if "%Y" in form else datetime.combine(day, found.time())
    raise ValueError(text)


def to_inverter_reading(
    inverter: Inverter,
    points: list[InverterPoint],
    plant: PlantPower | None,
    *,
    day: date,
    zone: tzinfo | None,
    received_at: datetime,
) -> core.InverterReading:
    """An inverter: its counters, and the newest points of today's series."""
    known = [each for each in points if each.pac_w is not None]
    newest = known[-1] if known else None
    pv = [each.y for each in (plant.pv_power or () if plant else ()) if each.y is not None]
    return core.InverterReading(
        stamp=core.Stamp(
            received_at=received_at,
            measured_at=to_instant(newest.at, day, zone) if newest else None,
            quality=core.Quality.AVERAGE,
            source="GetInverterPower",
        ),
        raw=inverter,
        pv_w=core.at_least_zero(pv[-1]) if pv else None,
        ac_w=newest.pac_w if newest else None,
        status=_STATUSES.get(str(inverter.status), core.InverterStatus.UNKNOWN),
        pv_energy=_counter(inverter, day if zone else None),
    )


def _counter(inverter: Inverter, day: date | None) -> core.EnergyCounter | None:
    if inverter.daily_kwh is None and inverter.total_kwh is None:
        return None
    # A total of 0 is what an inverter that falls asleep reports.
    return core.EnergyCounter(
        total_kwh=core.counter_or_none(inverter.total_kwh) or None,
        today_kwh=core.counter_or_none(inverter.daily_kwh),
        today=day,
    )


def to_inverter_history(
    points: Iterable[InverterPoint], plant: PlantPower | None, *, day: date, zone: tzinfo, received_at: datetime
) -> list[core.InverterReading]:
    """One day's series, five minutes a point, in time order."""
    ac = _timed(((each.at, each.pac_w) for each in points), day, zone)
    powers = (plant.pv_power or ()) if plant else ()
    pv = _timed(((each.x, each.y) for each in powers), day, zone)
    found: list[core.InverterReading] = []
    for at in sorted({*ac, *pv}):
        power = pv.get(at)
        stamp = core.Stamp(
            received_at=received_at, measured_at=at, quality=core.Quality.AVERAGE, source="GetInverterPower"
        )
        found.append(core.InverterReading(stamp=stamp, pv_w=core.at_least_zero(power), ac_w=ac.get(at)))
    return found


def _timed(points: Iterable[tuple[str | None, float | None]], day: date, zone: tzinfo) -> dict[datetime, float | None]:
    """Values by instant; a time that comes twice is in the hour that the clock repeats."""
    found: dict[datetime, float | None] = {}
    seen: set[str | None] = set()
    for text, value in points:
        at = to_instant(text, day, zone, fold=int(text in seen))
        seen.add(text)
        if at is not None:
            found[at] = value
    return found


def to_meter_reading(
    plant: PlantGeneration, *, day: date, zone: tzinfo | None, received_at: datetime
) -> core.MeterReading:
    """The grid connection: today's energies; its power is not in the Open API."""
    stamp = core.Stamp(received_at=received_at, quality=core.Quality.ESTIMATED, source="GetPlantGeneration")
    counted = day if zone else None
    return core.MeterReading(
        stamp=stamp,
        raw=plant,
        import_energy=_of_day(plant.buy, day, counted),
        export_energy=_of_day(plant.sell, day, counted),
    )


def to_meter_history(
    plant: PlantGeneration, days: Iterable[date], *, zone: tzinfo, received_at: datetime
) -> list[core.MeterReading]:
    """One reading a day, stamped with the day's first instant."""
    found: list[core.MeterReading] = []
    for day in days:
        bought, sold = _of_day(plant.buy, day, day), _of_day(plant.sell, day, day)
        if bought is None and sold is None:
            continue
        begins = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
        stamp = core.Stamp(
            received_at=received_at, measured_at=begins, quality=core.Quality.ESTIMATED, source="GetPlantGeneration"
        )
        found.append(core.MeterReading(stamp=stamp, raw=plant, import_energy=bought, export_energy=sold))
    return found


def _of_day(points: list[Point] | None, day: date, counted: date | None) -> core.EnergyCounter | None:
    fits = [each.y for each in points or () if each.y is not None and _is_day(each.x, day)]
    return core.EnergyCounter(today_kwh=core.counter_or_none(fits[-1]), today=counted) if fits else None


def _is_day(text: str | None, day: date) -> bool:
    text = (text or "").strip()
    return text[:10] in (day.isoformat(), f"{day:%m/%d/%Y}") or text == str(day.day)


def _unproven(note: str = "") -> core.Capability:
    return core.Capability(support=core.Support.CONDITIONAL, note=f"{note} {_UNPROVEN}".strip())


def _history(zone: tzinfo | None, note: str) -> core.Capability:
    if zone is not None:
        return _unproven(note)
    return core.Capability(
        support=core.Support.UNSUPPORTED,
        note="The Open API never reports the plant's time zone.",
        alternatives=("connect with tz=",),
    )


def inverter_capabilities(zone: tzinfo | None) -> core.Capabilities:
    """An inverter: readings only; the names of the remote control interfaces are not public."""
    no_control = core.Capability(
        support=core.Support.UNSUPPORTED,
        note="The names of the Open API's remote control interfaces are not public.",
        alternatives=_OTHERS,
    )
    features = {
        core.Feature.READ: _unproven("Counters, and the newest five minutes."),
        core.Feature.HISTORY: _history(zone, "Every five minutes."),
        core.Feature.EXPORT_LIMIT: no_control,
        core.Feature.SET_EXPORT_LIMIT: no_control,
    }
    return core.Capabilities(features=features, interval=_INTERVAL)


def meter_capabilities(zone: tzinfo | None) -> core.Capabilities:
    """The grid connection: energies of whole days."""
    features = {
        core.Feature.READ: _unproven("Today's energies; no power."),
        core.Feature.HISTORY: _history(zone, "One reading a day: energies bought and sold."),
    }
    return core.Capabilities(features=features, interval=_INTERVAL)
