"""What devices report: power, state of charge, energy counters, and the quality of each figure.

Signs: positive flows **into the house**. PV and load are never negative; a battery is positive when it
discharges; a meter is positive when it imports. So ``pv + battery + grid = load`` (``+ ev`` unless
``load_includes_ev``). Use the unsigned properties (``charging_w``,
``importing_w`` …) if you do not want to deal with signs.

``None`` means unknown; it is never used for zero.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import date, datetime
from enum import StrEnum
from itertools import repeat
from typing import Any, Final, TypeVar, cast

from attrs import NOTHING, field, fields, frozen

from openpower_core._error import Named
from openpower_core.checks import aware, aware_or_none, non_negative, percentage

__all__ = [
    "BatteryReading",
    "ChargerStatus",
    "EVChargerReading",
    "EnergyCounter",
    "InverterReading",
    "InverterStatus",
    "Issue",
    "MeterReading",
    "Quality",
    "Reading",
    "Stamp",
]


class Quality(StrEnum):
    """How a figure was obtained."""

    LIVE = "live"
    """Measured just now."""
    AVERAGE = "average"
    """The mean over an interval, as in vendors' series."""
    DERIVED = "derived"
    """Computed by openpower from other figures of the vendor."""
    ESTIMATED = "estimated"
    """The vendor's own estimate."""
    CACHED = "cached"
    """An earlier value, given because a new one could not be read."""


@frozen(kw_only=True)
class Stamp:
    """When a reading was taken, and where it comes from."""

    received_at: datetime = field(converter=aware)
    """When the response arrived (UTC)."""
    measured_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor says it was measured (UTC); None when the vendor does not say."""
    quality: Quality = Quality.LIVE
    """How the figures were obtained."""
    source: str = ""
    """The vendor's call or register that it came from, such as ``"getLastPowerData"``."""
    interval: tuple[datetime, datetime] | None = None
    """What the figures of a series stand for, ``[start, end)`` in UTC; None for an instant, or where it is unknown."""


@frozen
class Issue:
    """A figure that is missing from a reading, or that was refused, and why."""

    field: str
    """The reading's field, such as ``"power_w"``; of a counter with its part: ``"pv_energy.total_kwh"``."""
    reason: str
    """In words, with the vendor's figure where one was refused."""


@frozen(kw_only=True)
class EnergyCounter:
    """Energy that flowed in one direction; never negative (kWh)."""

    total_kwh: float | None = field(default=None, validator=non_negative)
    """Since the device was installed."""
    today_kwh: float | None = field(default=None, validator=non_negative)
    """Since the beginning of ``today``."""
    today: date | None = None
    """The calendar day, in the device's own zone, that ``today_kwh`` counts; None when unknown."""


class InverterStatus(StrEnum):
    """An inverter's state, in words that most vendors share."""

    RUNNING = "running"
    """It converts power."""
    STANDBY = "standby"
    """It is on and waits, as at night."""
    FAULT = "fault"
    """It reports a fault."""
    OFFLINE = "offline"
    """It has no connection to the vendor."""
    UNKNOWN = "unknown"
    """The vendor does not say, or uses a word that openpower does not know."""


class ChargerStatus(StrEnum):
    """A charging point's state in the words of OCPP 1.6 (section 7.7), plus UNKNOWN."""

    AVAILABLE = "available"
    """No car is connected."""
    PREPARING = "preparing"
    """A car is connected, and charging has not begun."""
    CHARGING = "charging"
    """Energy flows."""
    SUSPENDED_EVSE = "suspended_evse"
    """The charging point offers no energy."""
    SUSPENDED_EV = "suspended_ev"
    """The car takes none, as when it is full."""
    FINISHING = "finishing"
    """Charging has ended, and the car is still connected."""
    RESERVED = "reserved"
    """It is reserved for somebody."""
    UNAVAILABLE = "unavailable"
    """It takes no car."""
    FAULTED = "faulted"
    """It reports a fault."""
    UNKNOWN = "unknown"
    """The vendor does not say, or uses a word that openpower does not know."""


def _forward(signed: float | None) -> float | None:
    """The part of a signed figure that is above zero."""
    return None if signed is None else max(0.0, signed)  # in this order, -0.0 becomes 0.0


def _backward(signed: float | None) -> float | None:
    """The size of the part of a signed figure that is below zero."""
    return None if signed is None else max(0.0, -signed)


@frozen(kw_only=True)
class Reading(Named):
    """The base of all readings: a stamp, and the vendor's own record behind it."""

    stamp: Stamp
    """When the figures were taken, and where they come from."""
    issues: tuple[Issue, ...] = ()
    """Which figures are missing or were refused, and why; empty where everything is as it should be."""
    raw: Any = field(default=None, repr=False, eq=False)
    """The native record(s) that this reading was made from; never part of ``repr`` or of equality."""

    @property
    def figures(self) -> tuple[Any, ...]:
        """What makes it another reading: its figures, and when they were measured, without when the answer came."""
        names = (each.name for each in fields(type(self)) if each.name not in {"stamp", "raw"})
        return (self.stamp.measured_at, self.stamp.quality, *(getattr(self, name) for name in names))


@frozen(kw_only=True)
class InverterReading(Reading):
    """One reading of an inverter."""

    pv_w: float | None = None
    """Total PV power (W, ≥ 0)."""
    pv_strings_w: tuple[float | None, ...] = ()
    """Power per PV string (W), in the vendor's order; empty when unknown."""
    ac_w: float | None = None
    """AC output (W; negative while it draws from the AC side)."""
    load_w: float | None = None
    """What the house uses (W)."""
    load_includes_ev: bool | None = None
    """Whether ``load_w`` counts the EV charger as well; None when unknown."""
    frequency_hz: float | None = None
    """Grid frequency (Hz)."""
    temperature_c: float | None = None
    """Of the inverter (°C)."""
    status: InverterStatus = InverterStatus.UNKNOWN
    """Its state."""
    pv_energy: EnergyCounter | None = None
    """Produced by PV (kWh)."""
    load_energy: EnergyCounter | None = None
    """Used by the house (kWh)."""


@frozen(kw_only=True)
class MeterReading(Reading):
    """One reading of the grid connection; + importing, − exporting."""

    power_w: float | None = None
    """All phases together (W); + importing, − exporting."""
    phases_w: tuple[float | None, ...] = ()
    """Power per phase, L1 first, same sign; empty when unknown."""
    import_energy: EnergyCounter | None = None
    """Taken from the grid (kWh)."""
    export_energy: EnergyCounter | None = None
    """Fed into the grid (kWh)."""

    @property
    def importing_w(self) -> float | None:
        """Power taken from the grid (W, ≥ 0)."""
        return _forward(self.power_w)

    @property
    def exporting_w(self) -> float | None:
        """Power fed into the grid (W, ≥ 0)."""
        return _backward(self.power_w)


@frozen(kw_only=True)
class BatteryReading(Reading):
    """One reading of a battery; + discharging, − charging."""

    power_w: float | None = None
    """W; + discharging, − charging."""
    soc_pct: float | None = field(default=None, validator=percentage)
    """State of charge (0–100)."""
    soh_pct: float | None = field(default=None, validator=percentage)
    """State of health (0–100)."""
    temperature_c: float | None = None
    """Of the battery (°C)."""
    charge_energy: EnergyCounter | None = None
    """Charged (kWh)."""
    discharge_energy: EnergyCounter | None = None
    """Discharged (kWh)."""

    @property
    def discharging_w(self) -> float | None:
        """Discharging power (W, ≥ 0)."""
        return _forward(self.power_w)

    @property
    def charging_w(self) -> float | None:
        """Charging power (W, ≥ 0)."""
        return _backward(self.power_w)


@frozen(kw_only=True)
class EVChargerReading(Reading):
    """One reading of a charging point."""

    status: ChargerStatus = ChargerStatus.UNKNOWN
    """Its state."""
    power_w: float | None = field(default=None, validator=non_negative)
    """What the car takes (W, ≥ 0)."""
    current_a: float | None = field(default=None, validator=non_negative)
    """What the car takes, per phase (A, ≥ 0)."""
    session_kwh: float | None = field(default=None, validator=non_negative)
    """Energy of the current or last session."""
    energy: EnergyCounter | None = None
    """Given to cars (kWh)."""


# Figures that a vendor reports: what cannot be true is unknown, None, and never an error.


def percentage_or_none(value: float | None, *, slack: float = 0.0) -> float | None:
    """A reported percentage; one outside 0-100 is unknown, within ``slack`` of it the end that is meant."""
    if value is None or not -slack <= value <= 100 + slack:
        return None
    return min(max(value, 0.0), 100.0)


def counter_or_none(value: float | None) -> float | None:
    """A reported counter (kWh); one that is negative or not finite is unknown."""
    return None if value is None or not 0 <= value < math.inf else value


def at_least_zero(value: float | None) -> float | None:
    """A reported figure that has one direction only: what a meter at rest shows below zero is zero."""
    return None if value is None or not math.isfinite(value) else max(0.0, value)


NOISE_W: Final = 50.0
"""A meter at rest strays by that much below zero."""


def believed_forward(watts: float | None, field: str, refused: list[Issue]) -> float | None:
    """A power that cannot be negative (W): noise below zero is 0, what is clearly negative is not known, and why."""
    if watts is not None and watts < -NOISE_W:
        refused.append(Issue(field, f"{watts:g} W is below zero"))
        return None
    return at_least_zero(watts)


def believed_percentage(value: float | None, field: str, refused: list[Issue]) -> float | None:
    """A level (%); rounding takes some a little beyond its ends, and what is farther beyond is not known, and why."""
    believed = percentage_or_none(value, slack=1)
    if believed is None and value is not None:
        refused.append(Issue(field, f"{value:g} is outside 0 to 100"))
    return believed


def sum_of_known(*values: float | None) -> float | None:
    """The sum of the figures that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


T = TypeVar("T")


def in_bulk(cls: type[T], count: int, **values: Any) -> list[T]:
    """Many readings, or stamps, of a series at once; a tenth of the time of one ``__init__`` after the other.

    Args:
        cls: the class.
        count: how many.
        **values: by field: a list with one value for each, or one value that all share. They are not converted nor checked:
            they are what the class would make of them (instants in UTC, percentages from 0 to 100).
    """
    made = list(map(object.__new__, repeat(cls, count)))
    for each in fields(cls):  # type: ignore[arg-type]
        value = values.pop(each.name, each.default)
        if value is NOTHING:
            raise TypeError(f"{cls.__name__} needs {each.name}.")
        # The slots' own descriptors fill them in C; frozen classes refuse setattr() only.
        column = cast("list[object]", value) if isinstance(value, list) else repeat(value)
        fill: Any = getattr(cls, each.name).__set__
        deque(map(fill, made, column), maxlen=0)  # pyright: ignore[reportUnknownArgumentType]
    if values:
        raise TypeError(f"{cls.__name__} has no {', '.join(values)}.")
    return made
