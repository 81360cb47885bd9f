"""What users ask of devices: battery modes, commands, schedules, settings and current limits."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import field, frozen

from openpower_core import checks
from openpower_core._error import InvalidValue, refused
from openpower_core.checks import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpower_core.checks import Number, Zone

__all__ = [
    "EVERY_DAY",
    "UNSET",
    "UNTIL_RELEASED",
    "BatteryCommand",
    "BatteryMode",
    "BatterySettings",
    "CurrentLimits",
    "CurrentScope",
    "Permissions",
    "PowerLimits",
    "Schedule",
    "Unset",
    "Weekday",
    "Window",
]


UNTIL_RELEASED: Final = datetime.max.replace(tzinfo=UTC)
"""The ``until`` of a command that is meant to have no end: it lasts until it is released."""


class BatteryMode(StrEnum):
    """What a battery may do, defined by four permissions (:attr:`permissions`).

    =========  ============  =============  =============  =============
    mode       PV→battery    grid→battery   battery→load   battery→grid
    =========  ============  =============  =============  =============
    AUTO       yes           no             yes            vendor's rule
    CHARGE     yes           **forced**     no             no
    HOLD       yes           no             no             no
    NO_CHARGE  no            no             yes            no
    IDLE       no            no             no             no
    EXPORT     no            no             yes            **forced**
    =========  ============  =============  =============  =============
    """

    AUTO = "auto"
    """Self-consumption, the vendor's default."""
    CHARGE = "charge"
    """Charge, from the grid if PV is not enough."""
    HOLD = "hold"
    """Keep the charge; only PV adds to it."""
    NO_CHARGE = "no_charge"
    """Supply the house, and do not charge."""
    IDLE = "idle"
    """Neither charge nor discharge."""
    EXPORT = "export"
    """Discharge into the grid."""

    @property
    def permissions(self) -> Permissions:
        """The row of the table above."""
        return PERMISSIONS[self]


class Weekday(IntEnum):
    """ISO 8601 days of the week."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


EVERY_DAY: Final = frozenset(Weekday)
"""All seven days of the week."""
MIDNIGHT: Final = 24 * 60
"""The end of a day, in minutes."""


class CurrentScope(StrEnum):
    """What a current limit limits."""

    CHARGER = "charger"
    """The charging point."""
    SITE = "site"
    """The house's grid connection, which load balancing protects."""


@frozen(kw_only=True)
class Permissions:
    """Which flows a battery mode allows; ``"forced"`` means that the mode makes the flow happen."""

    pv_to_battery: bool
    """Whether PV charges it."""
    grid_to_battery: Literal[False, "forced"]
    """Whether the grid charges it."""
    battery_to_load: bool
    """Whether it supplies the house."""
    battery_to_grid: Literal[False, "vendor", "forced"]
    """Whether it feeds the grid."""


PERMISSIONS: Final = {
    BatteryMode.AUTO: Permissions(
        pv_to_battery=True, grid_to_battery=False, battery_to_load=True, battery_to_grid="vendor"
    ),
    BatteryMode.CHARGE: Permissions(
        pv_to_battery=True, grid_to_battery="forced", battery_to_load=False, battery_to_grid=False
    ),
    BatteryMode.HOLD: Permissions(
        pv_to_battery=True, grid_to_battery=False, battery_to_load=False, battery_to_grid=False
    ),
    BatteryMode.NO_CHARGE: Permissions(
        pv_to_battery=False, grid_to_battery=False, battery_to_load=True, battery_to_grid=False
    ),
    BatteryMode.IDLE: Permissions(
        pv_to_battery=False, grid_to_battery=False, battery_to_load=False, battery_to_grid=False
    ),
    BatteryMode.EXPORT: Permissions(
        pv_to_battery=False, grid_to_battery=False, battery_to_load=True, battery_to_grid="forced"
    ),
}


# What each argument may be. Written out, since type checkers take an ``__init__`` from the converters' own types.


def _mode(value: BatteryMode | str) -> BatteryMode:
    return checks.one_of(BatteryMode, value, "mode")


def _otherwise(value: BatteryMode | str) -> BatteryMode:
    return checks.one_of(BatteryMode, value, "otherwise")


def _power(value: Number | None) -> float | None:
    return None if value is None else checks.number(value, "power_w", above=0)


def _target(value: Number | None) -> float | None:
    return None if value is None else checks.check_percentage("target_soc_pct", value)


def _start(value: datetime | None) -> datetime | None:
    return None if value is None else checks.instant(value, "start")


def _until(value: datetime | None) -> datetime | None:
    return value if value is None or value == UNTIL_RELEASED else checks.instant(value, "until")


Then: TypeAlias = Literal["hold", "release"]


def _then(value: str) -> Then:
    return checks.choice(value, "then", ("hold", "release"))


@frozen(kw_only=True)
class BatteryCommand:
    """A mode for a battery, from ``start`` (None: now) to ``until``.

    Without ``until`` a target that is reached ends the command, and else it ends after the connection's
    ``default_duration``; AUTO has no default end. :data:`UNTIL_RELEASED` stands for no end at all.
    """

    mode: BatteryMode = field(converter=_mode)
    """What the battery is to do."""
    power_w: float | None = field(default=None, converter=_power)
    """How fast, unsigned (W); None leaves it to the device."""
    target_soc_pct: float | None = field(default=None, converter=_target)
    """Where to stop: charging stops above it, exporting below it."""
    start: datetime | None = field(default=None, converter=_start)
    """UTC; None for now."""
    until: datetime | None = field(default=None, converter=_until)
    """UTC; None: see above."""
    then: Then = field(default="hold", converter=_then)
    """What a target that is reached before ``until`` leads to: ``"hold"`` keeps it there, ``"release"`` ends the command."""

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.until is not None and self.until <= self.start:
            raise InvalidValue(f"until ({self.until.isoformat()}) is not after start ({self.start.isoformat()}).")


Days: TypeAlias = "Weekday | int | str | Iterable[Weekday | int | str]"
"""Days of the week: one or several, as words (``"mon"``, ``"mon-fri,sun"``), as numbers from 1 to 7, or as :class:`Weekday`."""


def _from(value: time | str) -> time:
    return checks.clock_time(value, "start")


def _to(value: time | str) -> time:
    return checks.clock_time(value, "end")


def weekdays(value: Days) -> frozenset[Weekday]:
    """The days that are meant: ``"mon-fri,sun"``, a list of words or of numbers from 1 to 7."""
    found: set[Weekday] = set()
    for part in checks.one_or_many(value, "days"):
        if isinstance(part, str):
            found.update(_named_days(part))
        elif isinstance(part, Weekday) or (type(part) is int and part in range(1, 8)):
            found.add(Weekday(part))
        else:
            raise _no_day(part)
    if not found:
        raise InvalidValue("days is empty.", hint="Leave days out for every day.")
    return frozenset(found)


def _named_days(words: str) -> Iterator[Weekday]:
    for part in re.split(r"[,\s]+", re.sub(r"\s*[-–]\s*", "-", words.strip())):
        first, dash, last = part.partition("-")
        day, end = _named_day(first), _named_day(last if dash else first)
        yield day
        while day is not end:  # after Sunday comes Monday
            day = Weekday(day % 7 + 1)
            yield day


def _named_day(word: str) -> Weekday:
    for day in Weekday:
        if len(word) >= 3 and day.name.lower().startswith(word.lower()):
            return day
    raise _no_day(word)


def _no_day(value: object) -> InvalidValue:
    known = ", ".join(day.name[:3].lower() for day in Weekday)
    return refused(value, "days", f"days such as 'mon', 'mon-fri' or 'sat,sun'; the days are {known}")


def words(value: Any, name: str) -> list[str]:
    """The parts of a text, or of several, in small letters: ``"jan,jul"`` has two. None has none."""
    texts = [checks.text(part, name) for part in checks.one_or_many([] if value is None else value, name)]
    if value is not None and not texts:
        raise InvalidValue(f"{name} is empty.", hint="Leave it out.")
    return [word.strip() for part in texts for word in part.lower().split(",")]


def hour_spans(value: Any) -> tuple[tuple[int, int], ...]:
    """Hours such as ``"7-11,17:30-19"``, in minutes since midnight; a span that ends before it begins runs past midnight."""
    return tuple(_hour_span(word) for word in words(value, "hours"))


def _hour_span(word: str) -> tuple[int, int]:
    time_of_day = r"\s*([01]?\d|2[0-4])(?::([0-5]\d))?\s*"
    found = re.fullmatch(f"{time_of_day}-{time_of_day}", word, re.ASCII)
    first, last = (int(found[n]) * 60 + int(found[n + 1] or 0) for n in (1, 3)) if found else (0, 0)
    if first in (last, MIDNIGHT) or max(first, last) > MIDNIGHT:
        raise refused(
            word, "hours", "a span such as '07:00-11:00', '22:00-06:00' or '16-24'", hint="A whole day is '0-24'."
        )
    return first, last or MIDNIGHT


def days_of(spans: tuple[tuple[int, int], ...], day: date, minute: int) -> Iterator[date]:
    """The days whose spans hold a minute of a day: past midnight they belong to the day before. No spans are the whole day."""
    for first, last in spans or ((0, MIDNIGHT),):
        if first <= minute < last or last < first <= minute:
            yield day
        elif minute < last < first:
            yield day - timedelta(days=1)


def _level(value: Number | None) -> float | None:
    # Also below 1 %, as a vendor may report it; what is written is checked again.
    return None if value is None else checks.number(value, "target_soc_pct", low=0, high=100, unit="%")


@frozen(kw_only=True)
class Window:
    """A stretch of the day, on some days of the week, in which a battery is in one mode.

    Times are the device's wall clock, half-open ``[start, end)``. An ``end`` of 00:00 is midnight at
    the end of the day, so 00:00–00:00 is the whole day. An ``end`` before ``start`` runs past midnight;
    ``days`` are the days on which it starts.
    """

    start: time = field(converter=_from)
    """Wall-clock time of the device, whole minutes."""
    end: time = field(converter=_to)
    """Not part of it."""
    mode: BatteryMode = field(converter=_mode)
    """What the battery does in it."""
    days: frozenset[Weekday] = field(default=EVERY_DAY, converter=weekdays)
    """The days on which it starts."""
    power_w: float | None = field(default=None, converter=_power)
    """How fast, unsigned (W); None leaves it to the device."""
    target_soc_pct: float | None = field(default=None, converter=_level)
    """Where to stop (0–100)."""

    def __attrs_post_init__(self) -> None:
        if self.start == self.end and self.start != time(0):
            raise InvalidValue(
                f"a window from {self.start:%H:%M} to {self.end:%H:%M} is empty.",
                hint="For a whole day give 00:00 to 00:00.",
            )

    @property
    def start_minute(self) -> int:
        """Minutes from midnight to the start."""
        return self.start.hour * 60 + self.start.minute

    @property
    def end_minute(self) -> int:
        """Minutes from the midnight before the start to the end; above 1440 when it runs past midnight."""
        end = self.end.hour * 60 + self.end.minute
        return end if end > self.start_minute else end + 1440

    def minutes_of_week(self) -> list[tuple[int, int]]:
        """The half-open stretches ``(from, to)`` it covers, in minutes from Monday 00:00 on a 10,080-minute ring."""
        stretches: list[tuple[int, int]] = []
        for day in sorted(self.days):
            begin = (day - 1) * 1440 + self.start_minute
            finish = (day - 1) * 1440 + self.end_minute
            if finish <= _WEEK:
                stretches.append((begin, finish))
            else:
                stretches += [(begin, _WEEK), (0, finish - _WEEK)]
        return sorted(stretches)


_WEEK: Final = 7 * 1440


def _windows(given: Window | Iterable[Window]) -> tuple[Window, ...]:
    windows: list[Any] = checks.one_or_many(given, "windows")
    for window in windows:
        if not isinstance(window, Window):
            raise refused(window, "windows", "one Window or a list of them")
    return tuple(windows)


def _zone(value: Zone | None) -> str | None:
    return None if value is None else checks.zone(value, "tz")


@frozen(kw_only=True)
class Schedule:
    """What a battery does during the week: its windows, and the mode outside them.

    ``tz`` is the IANA name of the times' zone; None means the device's own. Another
    zone than the device's is refused when the schedule is written: wall-clock times follow one clock only.
    """

    windows: tuple[Window, ...] = field(default=(), converter=_windows)
    """They may not overlap."""
    otherwise: BatteryMode = field(default=BatteryMode.AUTO, converter=_otherwise)
    """The mode outside the windows."""
    tz: str | None = field(default=None, converter=_zone)
    """IANA zone of their times."""

    def __attrs_post_init__(self) -> None:
        spans = sorted(
            ((begin, finish, window) for window in self.windows for begin, finish in window.minutes_of_week()),
            key=lambda span: span[:2],
        )
        for (_, finish, first), (begin, _, second) in pairwise(spans):
            if begin < finish:
                raise InvalidValue(
                    f"the windows {first.start:%H:%M}–{first.end:%H:%M} ({first.mode}) and "
                    f"{second.start:%H:%M}–{second.end:%H:%M} ({second.mode}) overlap."
                )


def zone_key(zone: tzinfo | str | None) -> str | None:
    """The IANA name of a zone; zones are compared by name, because a ``ZoneInfo`` never equals its own key."""
    return zone if zone is None or isinstance(zone, str) else str(zone)


def check_schedule_zone(asked: tzinfo | str | None, own: tzinfo | str | None, *, device: str = "the device") -> None:
    """Refuse a schedule in another time zone than the device's: wall-clock times follow one clock only.

    Args:
        asked: the schedule's zone; None means the device's own.
        own: the zone of the device's clock; None where it is unknown.
        device: how to name the device in the message.
    """
    wanted, actual = zone_key(asked), zone_key(own)
    if wanted is None or wanted == actual:
        return
    clock = "is in an unknown time zone" if actual is None else f"runs in {actual}"
    raise InvalidValue(
        f"the schedule is in {wanted}, but the clock of {device} {clock}.",
        hint="Leave tz out of the schedule and give wall-clock times of the device, or connect with tz=.",
    )


def _reserve(value: Number | None) -> float | None:
    return None if value is None else checks.number(value, "reserve_soc_pct", low=0, high=100, unit="%")


def _most(value: Number | None) -> float | None:
    return None if value is None else checks.number(value, "max_soc_pct", low=0, high=100, unit="%")


def _allowed(value: bool | None) -> bool | None:
    return None if value is None else checks.flag(value, "grid_charge_allowed")


def _power_limits(value: PowerLimits | None) -> PowerLimits | None:
    return None if value is None else checks.instance_of(PowerLimits)(value, "power_limits")


@frozen(kw_only=True)
class PowerLimits:
    """The most that a battery charges and discharges with (W), whatever its mode; None for no limit but its own."""

    max_charge_w: float | None = field(default=None, validator=checks.non_negative)
    """W; None for no limit but the battery's own."""
    max_discharge_w: float | None = field(default=None, validator=checks.non_negative)
    """W; None for no limit but the battery's own."""


@frozen(kw_only=True)
class BatterySettings:
    """Settings of a battery that last; None means unknown or not available."""

    reserve_soc_pct: float | None = field(default=None, converter=_reserve)
    """The state of charge below which it does not discharge while the grid is there."""
    max_soc_pct: float | None = field(default=None, converter=_most)
    """The state of charge above which it does not charge from the grid."""
    grid_charge_allowed: bool | None = field(default=None, converter=_allowed)
    """Whether the grid may charge it at all."""
    power_limits: PowerLimits | None = field(default=None, converter=_power_limits)
    """None where the battery has no such limits, or they are unknown."""


def _scope(value: CurrentScope | str) -> CurrentScope:
    return checks.one_of(CurrentScope, value, "scope")


@frozen(kw_only=True)
class CurrentLimits:
    """The range in which a current limit can be set, and its present value."""

    min_a: float = field(validator=checks.non_negative)
    """The least that can be set (A)."""
    max_a: float = field(validator=checks.non_negative)
    """The most that can be set (A)."""
    step_a: float = field(default=1.0, validator=checks.positive)
    """The distance between two settings (A)."""
    scope: CurrentScope = field(default=CurrentScope.CHARGER, converter=_scope)
    """What it limits."""
    present_a: float | None = field(default=None, validator=checks.non_negative)
    """The limit in force; None when unknown."""
