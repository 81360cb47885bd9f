"""The table of all values that devices report, as integrations publish them: name, unit and kind of each.

Signs are openpower's: positive power flows into the house. An integration with the opposite sign (Predbat's grid power)
converts it itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from openpower_core.devices.roles import Role
from openpower_core.readings import ChargerStatus, InverterStatus, Reading


class Kind(StrEnum):
    """What a figure measures; this determines its unit and how it can be aggregated."""

    POWER = "power"
    """W; + into the house."""
    LEVEL = "level"
    """State of charge (%)."""
    HEALTH = "health"
    """State of health (%)."""
    ENERGY_TOTAL = "energy_total"
    """kWh since the device was installed; it only grows."""
    ENERGY_TODAY = "energy_today"
    """kWh since the home's midnight."""
    ENERGY_SESSION = "energy_session"
    """kWh since a car was connected."""
    TEMPERATURE = "temperature"
    """°C."""
    FREQUENCY = "frequency"
    """Hz."""
    CURRENT = "current"
    """A."""
    STATUS = "status"
    """One of :attr:`Figure.words`."""


UNITS: Final[Mapping[Kind, str]] = {
    Kind.POWER: "W",
    Kind.LEVEL: "%",
    Kind.HEALTH: "%",
    Kind.ENERGY_TOTAL: "kWh",
    Kind.ENERGY_TODAY: "kWh",
    Kind.ENERGY_SESSION: "kWh",
    Kind.TEMPERATURE: "°C",
    Kind.FREQUENCY: "Hz",
    Kind.CURRENT: "A",
    Kind.STATUS: "",
}
DIGITS: Final[Mapping[Kind, int]] = {
    Kind.POWER: 0,
    Kind.LEVEL: 1,
    Kind.HEALTH: 1,
    Kind.ENERGY_TOTAL: 2,
    Kind.ENERGY_TODAY: 2,
    Kind.ENERGY_SESSION: 2,
    Kind.TEMPERATURE: 1,
    Kind.FREQUENCY: 2,
    Kind.CURRENT: 1,
}
"""How many decimals are worth publishing and storing; finer than any vendor measures."""


@frozen(kw_only=True)
class Figure:
    """One figure of a kind of device."""

    name: str
    """Its key wherever it is published or stored: ``power_w``, ``charge_energy_total_kwh``."""
    role: Role
    """Whose it is."""
    path: tuple[str | int, ...]
    """Where it is in the reading: attributes and indexes."""
    title: str
    """For people, without the device's name: ``Power``."""
    kind: Kind
    """What it measures."""
    words: tuple[str, ...] = ()
    """The values of a status."""
    detail: bool = False
    """Whether few people look at it: published, but not shown by default."""

    @property
    def unit(self) -> str:
        """Its unit; empty for a status."""
        return UNITS[self.kind]

    def of(self, reading: Reading) -> float | str | None:
        """Its value in a reading, rounded to what is worth publishing; None where it is unknown."""
        value: Any = reading
        for step in self.path:
            if value is None:
                return None
            value = _item(value, step) if isinstance(step, int) else getattr(value, step)
        if value is None or isinstance(value, str):
            return None if value is None else str(value)
        return round(float(value), DIGITS[self.kind])


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _counter(role: Role, attribute: str, title: str) -> tuple[Figure, Figure]:
    """The two figures of an energy counter."""
    return (
        Figure(
            name=f"{attribute}_total_kwh", role=role, path=(attribute, "total_kwh"), title=title, kind=Kind.ENERGY_TOTAL
        ),
        Figure(
            name=f"{attribute}_today_kwh",
            role=role,
            path=(attribute, "today_kwh"),
            title=f"{title} today",
            kind=Kind.ENERGY_TODAY,
        ),
    )


def _figure(role: Role, name: str, title: str, kind: Kind, **more: Any) -> Figure:
    return Figure(name=name, role=role, path=more.pop("path", (name,)), title=title, kind=kind, **more)


_I, _B, _M, _E = Role.INVERTER, Role.BATTERY, Role.METER, Role.EV_CHARGER

FIGURES: Final[tuple[Figure, ...]] = (
    _figure(_I, "pv_w", "Solar power", Kind.POWER),
    _figure(_I, "ac_w", "AC power", Kind.POWER, detail=True),
    _figure(_I, "load_w", "House power", Kind.POWER),
    _figure(_I, "frequency_hz", "Grid frequency", Kind.FREQUENCY, detail=True),
    _figure(_I, "temperature_c", "Temperature", Kind.TEMPERATURE, detail=True),
    _figure(_I, "status", "Status", Kind.STATUS, words=tuple(InverterStatus)),
    *_counter(_I, "pv_energy", "Solar energy"),
    *_counter(_I, "load_energy", "House energy"),
    *(
        _figure(_I, f"pv_string_{n}_w", f"String {n} power", Kind.POWER, path=("pv_strings_w", n - 1), detail=True)
        for n in range(1, 7)
    ),
    _figure(_M, "power_w", "Power", Kind.POWER),
    *_counter(_M, "import_energy", "Imported energy"),
    *_counter(_M, "export_energy", "Exported energy"),
    *(
        _figure(_M, f"phase_{n}_w", f"Phase {n} power", Kind.POWER, path=("phases_w", n - 1), detail=True)
        for n in range(1, 4)
    ),
    _figure(_B, "power_w", "Power", Kind.POWER),
    _figure(_B, "soc_pct", "State of charge", Kind.LEVEL),
    _figure(_B, "soh_pct", "State of health", Kind.HEALTH, detail=True),
    _figure(_B, "temperature_c", "Temperature", Kind.TEMPERATURE, detail=True),
    *_counter(_B, "charge_energy", "Charged energy"),
    *_counter(_B, "discharge_energy", "Discharged energy"),
    _figure(_E, "status", "Status", Kind.STATUS, words=tuple(ChargerStatus)),
    _figure(_E, "power_w", "Power", Kind.POWER),
    _figure(_E, "current_a", "Current", Kind.CURRENT, detail=True),
    _figure(_E, "session_kwh", "Session energy", Kind.ENERGY_SESSION),
    *_counter(_E, "energy", "Charged energy"),
)
"""Every figure that is published; a figure of a new device class belongs here and nowhere else."""

_BY_ROLE: Final = {role: tuple(figure for figure in FIGURES if figure.role is role) for role in Role}


def figures_of(role: Role) -> tuple[Figure, ...]:
    """The figures of a kind of device; a retailer has prices instead, and none of these."""
    return _BY_ROLE[role]


def values_of(role: Role, reading: Reading | None) -> dict[str, float | str | None]:
    """All figures of a reading by name, None where unknown: every name is present, also without a reading."""
    return {figure.name: None if reading is None else figure.of(reading) for figure in figures_of(role)}
