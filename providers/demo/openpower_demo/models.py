"""What the simulated box lets people read and change, each as one frozen value."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeAlias

from attrs import asdict, field, frozen

from openpower_core.provider import BatteryCommand, BatterySettings, Schedule
from openpower_simulation import ScheduleController


@frozen(kw_only=True)
class Program:
    """What the battery follows: a command while it runs, and the schedule otherwise."""

    schedule: Schedule = field(factory=Schedule)
    command: BatteryCommand | None = None
    every_days: int | None = None
    """After how many days the command comes back; None if it does not."""

    def at(self, now: datetime) -> Program:
        """The program at a time: a command that has ended is gone."""
        recurs = self.every_days is not None
        until = None if self.command is None or recurs else self.command.until
        return self if until is None or now < until else Program(schedule=self.schedule)


@frozen(kw_only=True)
class ExportLimit:
    """The most that the house gives to the grid (whole watts); None for no limit."""

    limit_w: int | None = None


@frozen(kw_only=True)
class Charging:
    """Whether the car may charge; it may again after it has left."""

    stopped: bool = False


@frozen(kw_only=True)
class Currents:
    """The limits of the charging point and of the grid connection that it shares (whole amperes)."""

    charger_a: float
    site_a: float


Current: TypeAlias = Program | BatterySettings | ExportLimit | Charging | Currents
"""Anything that the box holds."""

KINDS: Final[dict[str, type[Current]]] = {
    "program": Program,
    "settings": BatterySettings,
    "export_limit": ExportLimit,
    "charging": Charging,
    "currents": Currents,
}


def kind_of(value: Current) -> str:
    """The name of the kind of a value."""
    return next(name for name, kind in KINDS.items() if isinstance(value, kind))


def to_controls(value: Current) -> dict[str, Any]:
    """What a value means for the house's controls; None in battery settings leaves one as it is."""
    match value:
        case Program():
            return {
                "controller": ScheduleController(
                    schedule=value.schedule, command=value.command, every_days=value.every_days
                )
            }
        case BatterySettings():
            named = {
                "reserve_soc_pct": value.reserve_soc_pct,
                "max_soc_pct": value.max_soc_pct,
                "grid_charge_allowed": value.grid_charge_allowed,
            }
            limits = {} if value.power_limits is None else asdict(value.power_limits)
            return {name: each for name, each in named.items() if each is not None} | limits
        case ExportLimit():
            return {"export_limit_w": value.limit_w}
        case Charging():
            return {"ev_stopped": value.stopped}
        case Currents():
            return {"charger_limit_a": value.charger_a, "site_limit_a": value.site_a}
