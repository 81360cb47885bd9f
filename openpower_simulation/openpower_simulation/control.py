"""The settings of the house, and the controllers that decide what its battery does.

A vendor's emulator implements :class:`Controller`: one method that looks at the situation and answers with a
:class:`BatteryDirective`. :class:`ScheduleController` is the one that follows a weekly schedule and a command, as the
vocabulary has them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from attrs import field, frozen

from openpower_core.checks import non_negative, percentage, positive
from openpower_core.control import BatteryCommand, BatteryMode, Schedule, Window
from openpower_simulation.localday import from_micros


@frozen(kw_only=True)
class BatteryDirective:
    """What the battery does now."""

    mode: BatteryMode = BatteryMode.AUTO
    power_w: float | None = field(default=None, validator=positive)
    """The power of a forced flow (CHARGE, EXPORT), the most for any other; None means full power."""
    target_soc_pct: float | None = field(default=None, validator=percentage)
    """Where CHARGE and EXPORT stop; the other modes have no target."""
    at_target: BatteryMode | None = None
    """The mode once the target is reached; None means IDLE after CHARGE and NO_CHARGE after EXPORT."""


AT_EASE = BatteryDirective()
"""Self-consumption at full power, a battery's default."""


@frozen(kw_only=True, slots=True)
class Situation:
    """What a controller's decision may depend on."""

    micros: int
    """The time, in microseconds since 1970."""
    zone: ZoneInfo
    soc_pct: float
    pv_w: int
    load_w: int
    ev_w: int
    """The power that the car asks for."""

    @property
    def time(self) -> datetime:
        """The time, in UTC."""
        return from_micros(self.micros)

    @property
    def local(self) -> datetime:
        """The same on the house's wall clock, with its zone."""
        return from_micros(self.micros).astimezone(self.zone)


class Controller(Protocol):
    """Decides what the battery does.

    It is asked at the beginning of each step (a minute at most), so its answer must follow from the situation
    alone: when anything else changes, hand the house a new controller.
    """

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """What the battery does in this situation."""
        ...


@frozen(kw_only=True)
class ScheduleController:
    """The controller that follows a schedule on the wall clock, unless a command is running."""

    schedule: Schedule = field(factory=Schedule)
    command: BatteryCommand | None = None
    every_days: int | None = None
    """After how many days the command comes back on the wall clock; None if it does not."""

    @property
    def changes(self) -> tuple[datetime, ...]:
        """The times, other than whole minutes, at which the plan changes."""
        if self.command is None:
            return ()
        return tuple(time for time in (self.command.start, self.command.until) if time is not None)

    @property
    def unchanging(self) -> BatteryDirective | None:
        """The directive, if it is always the same; None if it depends on the time."""
        if self.command is not None or self.schedule.windows:
            return None
        return BatteryDirective(mode=self.schedule.otherwise)

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """The running command's directive, else that of the schedule's window, else its ``otherwise``."""
        command = self.command
        if command is not None and self._running(command, situation):
            return _as_directive(command)
        window = window_at(self.schedule, situation.local)
        if window is None:
            return BatteryDirective(mode=self.schedule.otherwise)
        return _as_directive(window)

    def _running(self, command: BatteryCommand, situation: Situation) -> bool:
        if self.every_days is None or command.start is None or command.until is None:
            return is_running(command, situation.time)
        start, until = (time.astimezone(situation.zone).replace(tzinfo=None) for time in (command.start, command.until))
        since = situation.local.replace(tzinfo=None) - start
        return since >= timedelta(0) and since % timedelta(days=self.every_days) < until - start


Plan = ScheduleController
"""The old name, until 0.4."""


def is_running(command: BatteryCommand, now: datetime) -> bool:
    """Whether a command is running; it runs from its start (inclusive) to its end (exclusive)."""
    begun = command.start is None or command.start <= now
    return begun and (command.until is None or now < command.until)


def window_at(schedule: Schedule, local: datetime) -> Window | None:
    """The window that covers a wall-clock time."""
    minute = (local.isoweekday() - 1) * 1440 + local.hour * 60 + local.minute
    for window in schedule.windows:
        for begin, finish in window.minutes_of_week():
            if begin <= minute < finish:
                return window
    return None


def _as_directive(order: BatteryCommand | Window) -> BatteryDirective:
    released = isinstance(order, BatteryCommand) and order.then == "release"
    return BatteryDirective(
        mode=order.mode,
        power_w=order.power_w,
        target_soc_pct=order.target_soc_pct,
        at_target=BatteryMode.AUTO if released else None,
    )


@frozen(kw_only=True)
class Controls:
    """The house's settings; :meth:`House.change` replaces some of them."""

    controller: Controller = field(factory=ScheduleController)
    """Decides what the battery does."""
    reserve_soc_pct: float = field(default=10.0, validator=percentage)
    """It does not discharge below this."""
    max_soc_pct: float = field(default=100.0, validator=percentage)
    """It does not charge from the grid above this."""
    grid_charge_allowed: bool = True
    max_charge_w: float | None = field(default=None, validator=non_negative)
    """The most that it charges with, in every mode."""
    max_discharge_w: float | None = field(default=None, validator=non_negative)
    """The most that it discharges with, in every mode."""
    export_limit_w: float | None = field(default=None, validator=non_negative)
    """The most that the house exports; forced discharge yields first, then PV is curtailed."""
    charger_limit_a: float = field(default=32.0, validator=non_negative)
    """The most that the car may draw; below the charger's minimum it draws nothing."""
    site_limit_a: float = field(default=63.0, validator=non_negative)
    """The most that the grid connection may carry; grid charging yields first, then the car."""
    ev_stopped: bool = False
    """Whether charging the car was stopped; its departure resets this."""
