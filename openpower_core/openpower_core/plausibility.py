"""Evidence before belief: a figure that cannot be true becomes unknown, with its reason, before anybody sees the reading.

Every reading of every device passes :meth:`Plausibility.check`. What a vendor calls "live" or "success" does not count: only
ratings, physics and the clock do.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from openpower_core.connection.context import MAX_POWER_W
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
from openpower_core.errors import ImplausibleValue, StaleData
from openpower_core.readings import EnergyCounter, Issue, Quality, Reading, Stamp
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_core.connection.context import Context

R = TypeVar("R", bound=Reading)

STALE_AFTER: Final = timedelta(minutes=30)
"""Fallback data older than this are no reading."""
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far a vendor's clock may be ahead of ours before the difference is a wrong time zone."""
_WEST: Final = timedelta(hours=-12)
"""The westernmost time zone of the world."""

_BATTERY_SLACK = _AC_SLACK = 1.5
_PV_SLACK, _MODULE_SLACK = 3.0, 1.5
"""A hybrid's PV also charges its battery, so that it may exceed the rated AC power by far."""
_TEMPERATURE_C: Final = (-60.0, 150.0)
_FREQUENCY_HZ: Final = (0.0, 100.0)
_CURRENT_A: Final = (0.0, 1000.0)
_SESSION_KWH: Final = (0.0, 10_000.0)
"""The largest vehicle batteries hold a tenth of it."""
_MOST_KWH: Final = 1e7
"""A megawatt for more than a year; sentinels of registers, such as 429,496,729.5, are beyond it."""
_LOWER_TIMES: Final = 3
"""How often in a row a counter has to be lower until it is believed: the device was replaced."""

_COUNTERS: Final = (
    "pv_energy",
    "load_energy",
    "import_energy",
    "export_energy",
    "charge_energy",
    "discharge_energy",
    "energy",
)
_BMS: Final = ("soc_pct", "soh_pct", "temperature_c")
_LOST_BMS: Final = (0, 0, 0)
_SEVERAL: Final = frozenset({"phases_w", "pv_strings_w"})
_NO_FIGURE: Final = frozenset({"stamp", "issues", "raw", "status", "load_includes_ev"})


def least_age(measured: datetime, received_at: datetime) -> timedelta:
    """The age of data; by a wall-clock time without a zone the least that it can mean: that of the zone in which it is youngest.

    Zones span 26 hours, from UTC-12 to UTC+14: the age is zero until the time is older than the westernmost zone can explain.

    >>> from datetime import UTC
    >>> least_age(datetime(2026, 3, 1, 12), datetime(2026, 3, 2, 12, tzinfo=UTC))
    datetime.timedelta(seconds=43200)
    """
    if measured.tzinfo is not None:
        return received_at - measured
    youngest = measured - _WEST  # the same wall-clock time in UTC-12, in UTC
    return max(timedelta(0), received_at.replace(tzinfo=None) - youngest)


def check_age(measured: datetime, received_at: datetime, of: str, **context: str) -> None:
    """Refuse fallback data that are too old, also by a time without a zone.

    Args:
        measured: when they were measured; naive where the zone is unknown.
        received_at: when the answer arrived (UTC).
        of: what they are of, with its serial number masked.
        **context: of the error: ``provider``, ``device_id``.

    Raises:
        StaleData: they are older than 30 minutes.
    """
    if (age := least_age(measured, received_at)) > STALE_AFTER:
        least = "" if measured.tzinfo else "at least "
        raise StaleData(
            f"{of}: the newest data are {least}{_words(age)} old (measured {measured.isoformat()}).",
            operation="read",
            hint="Look whether the device is online; if it is, the home's time zone may be wrong (tz=).",
            **context,
        )


class Plausibility:
    """What the readings of one device can be, and what its counters were."""

    def __init__(self, info: DeviceInfo, context: Context | None) -> None:
        self._info = info
        self._bounds = _bounds(info, MAX_POWER_W if context is None else context.max_power_w)
        self._totals: dict[str, _Total] = {}

    def check(self, reading: R, *, live: bool = True) -> R:
        """The reading with what cannot be true replaced by None, and an issue for each such figure.

        Args:
            reading: as the provider made it.
            live: whether it is to be the present; the readings of a series are as old as they are.

        Raises:
            StaleData: it is a fallback older than 30 minutes; what calls itself live and is as old is marked CACHED.
            ImplausibleValue: nothing is left of it.
        """
        changes: dict[str, Any] = {}
        issues: list[Issue] = []
        for name, (low, high) in self._bounds.items():
            value: Any = _figure(reading, name)
            if value is None or value == ():
                continue
            if name in _SEVERAL:
                _check_all(name, value, low, high, changes, issues)
            elif not low <= value <= high:
                changes[name] = None
                issues.append(_refused(name, value, low, high))
            elif (plain := _unsigned(value)) is not value:
                changes[name] = plain
        self._check_counters(reading, changes, issues, live=live)
        _check_lost_bms(reading, changes, issues)
        if live and (stamp := self._check_time(reading.stamp, issues)) is not reading.stamp:
            changes["stamp"] = stamp
        if not changes:
            return reading
        checked = attrs.evolve(reading, **changes, issues=(*reading.issues, *issues))
        if issues and live and _is_empty(checked) and not _is_empty(reading):
            raise ImplausibleValue(
                f"{mask(self._info.id)}: no figure of the answer can be true: "
                + "; ".join(i.reason for i in issues)
                + ".",
                provider=self._info.provider,
                device_id=self._info.id,
                operation="read",
                hint="Look at the device itself; if it is well, its connection to the vendor or the inverter is not.",
            )
        return checked

    def check_series(self, readings: list[Any]) -> list[Any]:
        """A series without what cannot be true.

        Column by column, since nearly all series are as they should be: that takes a tenth of a look at each reading.
        """
        kinds = set(map(type, readings))
        if len(kinds) == 1 and issubclass(kind := kinds.pop(), Reading) and self._is_plausible(kind, readings):
            return readings
        return [self.check(each, live=False) if isinstance(each, Reading) else each for each in readings]

    def _is_plausible(self, kind: type[Any], readings: list[Any]) -> bool:
        names = [each.name for each in attrs.fields(kind) if each.name not in _NO_FIGURE]
        if len(names) < 2:
            return False
        columns = dict(zip(names, zip(*map(attrgetter(*names), readings), strict=True), strict=True))
        if columns.keys() >= set(_BMS) and _LOST_BMS in zip(*(columns[name] for name in _BMS), strict=True):
            return False
        for name, column in columns.items():
            if column.count(column[0]) == len(column) and column[0] in (None, ()):
                continue
            if name not in self._bounds or name in _SEVERAL:
                return False
            values = [value for value in column if value is not None] if None in column else column
            low, high = self._bounds[name]
            # The sum is not finite if one of them is not, which the least and the greatest do not tell.
            if not (low <= min(values) and max(values) <= high and math.isfinite(sum(values))):
                return False
            if 0 in values and any(_unsigned(value) is not value for value in values):
                return False
        return True

    def _check_counters(self, reading: Reading, changes: dict[str, Any], issues: list[Issue], *, live: bool) -> None:
        for name in _COUNTERS:
            counter: EnergyCounter | None = _figure(reading, name)
            if counter is None:
                continue
            total, today = _unsigned(counter.total_kwh), _unsigned(counter.today_kwh)
            if total is not None and total > _MOST_KWH:
                issues.append(_refused(f"{name}.total_kwh", total, 0, _MOST_KWH))
                total = None
            elif total is not None and live and (reason := self._fallen(name, total, reading.stamp.received_at)):
                issues.append(Issue(f"{name}.total_kwh", reason))
                total = None
            if today is not None and today > (most := self._most_a_day):
                issues.append(_refused(f"{name}.today_kwh", today, 0, most))
                today = None
            if total is not counter.total_kwh or today is not counter.today_kwh:
                changes[name] = attrs.evolve(counter, total_kwh=total, today_kwh=today)

    @property
    def _most_a_day(self) -> float:
        return 24 * self._bounds["load_w"][1] / 1000

    def _fallen(self, name: str, total: float, at: datetime) -> str:
        """Why a total is not believed: it is lower than before, and not for the third time."""
        known = self._totals.get(name)
        if known is None or total >= known.kwh:
            self._totals[name] = _Total(total, at)
            return ""
        if at != known.seen_at:  # the same answer counts once, however often it is read
            known.lower += 1
            known.seen_at = at
        if known.lower >= _LOWER_TIMES:
            self._totals[name] = _Total(total, at)
            return ""
        return f"{total:g} kWh is less than the {known.kwh:g} kWh of before; a counter never falls"

    def _check_time(self, stamp: Stamp, issues: list[Issue]) -> Stamp:
        measured = stamp.measured_at
        if measured is None:
            return stamp
        ahead = measured - stamp.received_at
        if ahead > CLOCKS_DIFFER:
            issues.append(
                Issue(
                    "stamp.measured_at",
                    f"{measured.isoformat()} is {_words(ahead)} after the answer arrived: a wrong time zone (tz=) or clock",
                )
            )
            return attrs.evolve(stamp, measured_at=None)
        if ahead > timedelta(0):
            return attrs.evolve(stamp, measured_at=stamp.received_at)
        if stamp.quality is not Quality.LIVE:
            info = self._info
            check_age(measured, stamp.received_at, mask(info.id), provider=info.provider, device_id=info.id)
        elif -ahead > STALE_AFTER:
            # No error: an inverter whose own clock is wrong may well have answered just now.
            return attrs.evolve(stamp, quality=Quality.CACHED)
        return stamp


def _unsigned(value: float | None) -> float | None:
    """The same figure, and 0.0 for -0.0."""
    return 0.0 if value == 0 and math.copysign(1, value) < 0 else value


class _Total:
    """A counter's last believed total, and how often in a row it was lower since."""

    __slots__ = ("kwh", "lower", "seen_at")

    def __init__(self, kwh: float, seen_at: datetime) -> None:
        self.kwh, self.seen_at, self.lower = kwh, seen_at, 0


def _bounds(info: DeviceInfo, max_power_w: float) -> Mapping[str, tuple[float, float]]:
    """The range of each figure; of those that the device's readings do not have, too."""
    charge = discharge = ac = pv = max_power_w
    if isinstance(info, BatteryInfo):
        charge = _BATTERY_SLACK * info.max_charge_w if info.max_charge_w else max_power_w
        discharge = _BATTERY_SLACK * info.max_discharge_w if info.max_discharge_w else max_power_w
    elif isinstance(info, InverterInfo) and info.rated_w:
        ac = _AC_SLACK * info.rated_w
        pv = max(_PV_SLACK * info.rated_w, _MODULE_SLACK * (info.pv_rated_w or 0))
    return {
        "power_w": (-charge, discharge),
        "phases_w": (-max_power_w, max_power_w),
        "pv_w": (0.0, pv),
        "pv_strings_w": (0.0, pv),
        "ac_w": (-ac, ac),
        "load_w": (0.0, max_power_w),
        "current_a": _CURRENT_A,
        "session_kwh": _SESSION_KWH,
        "frequency_hz": _FREQUENCY_HZ,
        "temperature_c": _TEMPERATURE_C,
        "soc_pct": (0.0, 100.0),
        "soh_pct": (0.0, 100.0),
    }


def _check_all(
    name: str, values: tuple[float | None, ...], low: float, high: float, changes: dict[str, Any], issues: list[Issue]
) -> None:
    if all(value is None or (low <= value <= high and _unsigned(value) is value) for value in values):
        return
    issues += [_refused(name, value, low, high) for value in values if value is not None and not low <= value <= high]
    changes[name] = tuple(value + 0.0 if value is not None and low <= value <= high else None for value in values)


def _check_lost_bms(reading: Reading, changes: dict[str, Any], issues: list[Issue]) -> None:
    """SoC 0 with SoH 0 and 0.0 degrees is what inverters report while the battery's management does not answer."""
    if tuple(_figure(reading, name) for name in _BMS) == _LOST_BMS:
        reason = "0 % charge, 0 % health and 0 °C at once: the battery management system does not answer"
        issues += [Issue(name, reason) for name in _BMS]
        changes |= dict.fromkeys(_BMS)


def _refused(name: str, value: float, low: float, high: float) -> Issue:
    return Issue(name, f"{value:g} is outside {low:g} to {high:g}")


def _is_empty(reading: Reading) -> bool:
    return not any(
        _is_known(name, getattr(reading, name))
        for name in (each.name for each in attrs.fields(type(reading)))
        if name not in _NO_FIGURE
    )


def _is_known(name: str, figure: Any) -> bool:
    if isinstance(figure, EnergyCounter):
        return figure.total_kwh is not None or figure.today_kwh is not None
    return any(part is not None for part in figure) if name in _SEVERAL else figure is not None


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _figure(reading: Reading, name: str) -> Any:
    # Asked of the class first: a reading would look for the nearest name.
    return getattr(reading, name) if hasattr(type(reading), name) else None
