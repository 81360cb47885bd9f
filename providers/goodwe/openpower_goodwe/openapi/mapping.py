"""The Open API's fields mapped to openpower's vocabulary; pure. Nothing of it is proven by a capture."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.openapi.models import Inverter, InverterPoint, InverterRow, PlantGeneration, PlantPower, Point

if TYPE_CHECKING:
    from collections.abc import Iterable

Series = dict[datetime, float]
"""Figures by their instants."""
_INTERVAL: Final = timedelta(minutes=5)
_BEHIND: Final = 2 * _INTERVAL
"""By how much one series may lag behind another, which was asked for at another instant."""
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


@frozen(kw_only=True)
class InverterState:
    """What was asked of an inverter's present: each answer, or why there is none."""

    day: date
    counters: Inverter | core.OpenPowerError
    power: core.Fetched[list[InverterPoint]] | core.OpenPowerError
    pv: core.Fetched[PlantPower] | core.OpenPowerError | None
    """The plant's PV power; None where the plant has other inverters."""


def to_inverter_reading(fetched: core.Fetched[InverterState], zone: tzinfo | None) -> core.InverterReading:
    """An inverter: its counters, and the newest point of today's series; what is missing is named.

    Raises:
        StaleData: no zone of the world makes the newest point younger than 30 minutes.
    """
    state = fetched.value
    ac, pv = _ac_points(state.power, state.day, zone or UTC), _pv_points(state.pv, state.day, zone or UTC)
    at = _newest(ac, pv)
    issues = [*_missing("ac_w", "GetInverterPower", state.power, ac, at), *_zone_issues(at, zone, fetched.received_at)]
    if state.pv is not None:
        issues += _missing("pv_w", "GetPlantPower", state.pv, pv, at)
    counters, status = None, core.InverterStatus.UNKNOWN
    if isinstance(state.counters, core.OpenPowerError):
        issues += [core.Issue(name, str(state.counters)) for name in ("pv_energy", "status")]
    else:
        status = _STATUSES.get(str(state.counters.status), status)
        # A total of 0 is what an inverter that falls asleep reports.
        total, today = (
            core.counter_or_none(state.counters.total_kwh) or None,
            core.counter_or_none(state.counters.daily_kwh),
        )
        if total is not None or today is not None:
            counters = core.EnergyCounter(total_kwh=total, today_kwh=today, today=state.day if zone else None)
        parts = {"pv_energy.total_kwh": total, "pv_energy.today_kwh": today}
        issues += [core.Issue(name, "GetInverterBySN has no figure") for name, part in parts.items() if part is None]
    quality = _unless_cached(fetched, core.Quality.AVERAGE)
    solar = core.believed_forward(pv.get(at), "pv_w", issues) if at else None
    return core.InverterReading(
        stamp=fetched.stamp(measured_at=at if zone else None, quality=quality, source="GetInverterPower"),
        raw=None if isinstance(state.counters, core.OpenPowerError) else state.counters,
        issues=tuple(issues),
        pv_w=solar,
        ac_w=ac.get(at) if at else None,
        status=status,
        pv_energy=counters,
    )


def _unless_cached(fetched: core.Fetched[Any], usual: core.Quality) -> core.Quality:
    return core.Quality.CACHED if fetched.cached else usual


def _newest(ac: Series, pv: Series) -> datetime | None:
    """The newest instant of which both powers are known; of one of them, where the other has been behind for long."""
    newest = max((*ac, *pv), default=None)
    both = max(ac.keys() & pv.keys(), default=None)
    return both if newest and both and newest - both <= _BEHIND else newest


def _missing(name: str, call: str, answer: object, series: Series, at: datetime | None) -> list[core.Issue]:
    """An issue where a series has no figure of an instant."""
    if at in series:
        return []
    if isinstance(answer, core.OpenPowerError):
        return [core.Issue(name, str(answer))]
    last = f"ends at {max(series):%H:%M} UTC, before or after the other powers" if series else "has no point of today"
    return [core.Issue(name, f"{call} {last}")]


def _zone_issues(at: datetime | None, zone: tzinfo | None, received_at: datetime) -> list[core.Issue]:
    """What is to be said of a wall-clock time whose zone is unknown."""
    if zone is not None or at is None:
        return []
    wall = at.replace(tzinfo=None)
    if (age := core.least_age(wall, received_at)) > core.STALE_AFTER:
        raise core.StaleData(
            f"the newest figures are of {wall} by the plant's clock, at least {age} ago in every time zone.",
            provider="goodwe",
            operation="GetInverterPower",
            hint="Look whether the inverter is online; tz= tells the plant's time zone.",
        )
    return [core.Issue("stamp.measured_at", f"{wall} by the plant's clock, whose time zone is unknown (give tz=)")]


def to_inverter_history(
    power: core.Fetched[list[InverterPoint]],
    pv: core.Fetched[PlantPower] | core.OpenPowerError | None,
    *,
    day: date,
    zone: tzinfo,
) -> list[core.InverterReading]:
    """One day's series, a point every five minutes, in time order.

    Whether a point stands for the minutes before its time or after, nobody has proven: it has no interval.
    """
    ac, solar = _ac_points(power, day, zone), _pv_points(pv, day, zone)
    issues = [core.Issue("pv_w", str(pv))] if isinstance(pv, core.OpenPowerError) else []
    found: list[core.InverterReading] = []
    for at in sorted({*ac, *solar}):
        odd = list(issues)
        pv_w = core.believed_forward(solar.get(at), "pv_w", odd)
        stamp = power.stamp(measured_at=at, quality=core.Quality.AVERAGE, source="GetInverterPower")
        found.append(core.InverterReading(stamp=stamp, issues=tuple(odd), pv_w=pv_w, ac_w=ac.get(at)))
    return found


def _ac_points(answer: core.Fetched[list[InverterPoint]] | core.OpenPowerError, day: date, zone: tzinfo) -> Series:
    if isinstance(answer, core.OpenPowerError):
        return {}
    return _timed(((point.at, point.pac_w) for point in answer.value), day, zone)


def _pv_points(answer: core.Fetched[PlantPower] | core.OpenPowerError | None, day: date, zone: tzinfo) -> Series:
    if answer is None or isinstance(answer, core.OpenPowerError):
        return {}
    return _timed(((point.x, point.y) for point in answer.value.pv_power or ()), day, zone)


def _timed(points: Iterable[tuple[str | None, float | None]], day: date, zone: tzinfo) -> Series:
    """Values by instant; a time that comes twice is in the hour that the clock repeats."""
    found: Series = {}
    seen: set[str | None] = set()
    for text, value in points:
        at = to_instant(text, day, zone, fold=int(text in seen))
        seen.add(text)
        if at is not None and value is not None:
            found[at] = value
    return found


def to_meter_reading(fetched: core.Fetched[PlantGeneration], day: date, zone: tzinfo | None) -> core.MeterReading:
    """The grid connection: today's energies; its power is not in the Open API."""
    plant, counted = fetched.value, day if zone else None
    bought, sold = _of_day(plant.buy, day, counted), _of_day(plant.sell, day, counted)
    found = {"import_energy": bought, "export_energy": sold}
    issues = [core.Issue(name, f"GetPlantGeneration has none of {day}") for name in found if found[name] is None]
    if zone is None:
        reason = f"{day} is the day in UTC, since the plant's time zone is unknown (give tz=)"
        issues.append(core.Issue("stamp.measured_at", reason))
    stamp = fetched.stamp(quality=_unless_cached(fetched, core.Quality.ESTIMATED), source="GetPlantGeneration")
    return core.MeterReading(stamp=stamp, raw=plant, issues=tuple(issues), import_energy=bought, export_energy=sold)


def to_meter_history(fetched: core.Fetched[PlantGeneration], day: date, zone: tzinfo) -> list[core.MeterReading]:
    """One day's reading, stamped with its first instant; none without an energy."""
    plant = fetched.value
    bought, sold = _of_day(plant.buy, day, day), _of_day(plant.sell, day, day)
    if bought is None and sold is None:
        return []
    midnights = (datetime.combine(day + timedelta(days=days), time(0), tzinfo=zone) for days in (0, 1))
    begins, ends = (midnight.astimezone(UTC) for midnight in midnights)
    stamp = fetched.stamp(
        measured_at=begins, interval=(begins, ends), quality=core.Quality.ESTIMATED, source="GetPlantGeneration"
    )
    return [core.MeterReading(stamp=stamp, raw=plant, import_energy=bought, export_energy=sold)]


def _of_day(points: list[Point] | None, day: date, counted: date | None) -> core.EnergyCounter | None:
    fits = [core.counter_or_none(point.y) for point in points or () if _is_day(point.x, day)]
    known = [kwh for kwh in fits if kwh is not None]
    return core.EnergyCounter(today_kwh=known[-1], today=counted) if known else None


def _is_day(text: str | None, day: date) -> bool:
    text = (text or "").strip()
    return text[:10] in (day.isoformat(), f"{day:%m/%d/%Y}") or text == str(day.day)


def to_inverter_info(row: InverterRow, tz: str | None) -> core.InverterInfo:
    """An inverter of the plant's list."""
    rated_w = row.capacity_kw * 1000 if row.capacity_kw and row.capacity_kw > 0 else None
    about = _info(str(row.sn), core.Role.INVERTER, tz)
    return core.InverterInfo(**about, model=row.model, rated_w=rated_w)


def to_meter_info(serial: str, tz: str | None) -> core.DeviceInfo:
    """The grid connection, by the serial number of its first inverter."""
    return core.DeviceInfo(**_info(serial, core.Role.METER, tz))


def _info(serial: str, role: core.Role, tz: str | None) -> dict[str, Any]:
    return {
        "id": f"{serial}/{role}",
        "provider": "goodwe",
        "serial": serial,
        "role": role,
        "vendor": "GoodWe",
        "tz": tz,
    }


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
