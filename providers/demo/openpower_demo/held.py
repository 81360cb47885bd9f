"""What the simulated box holds and lets people change, each as one frozen value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from openpower_core.control import BatteryCommand, Schedule

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Charging", "Currents", "ExportLimit", "Program"]


@frozen(kw_only=True)
class Program:
    """What the battery follows: a command while it runs, and the schedule otherwise."""

    schedule: Schedule = field(factory=Schedule)
    command: BatteryCommand | None = None

    def at(self, now: datetime) -> Program:
        """The program as it stands at a moment: a command that has ended is gone."""
        until = None if self.command is None else self.command.until
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
