"""The house's engine: it runs from step to step, minute by minute, and decides each step at its beginning.

Steps end at whole minutes, at the times a plan names, and where a control changes. They never end because
the house is read, so what happens does not depend on how often it is read.
"""

from __future__ import annotations

import bisect
import copy
from functools import lru_cache
from operator import add, sub
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from openpower_core.control import BatteryMode
from openpower_simulation.control import BatteryDirective, Controls, ScheduleController, Situation
from openpower_simulation.dispatch import Desired, Limits, Powers, Room, Storage, dispatch
from openpower_simulation.energy import WIDTH, Ledger, directions
from openpower_simulation.household import ChargingPoint, load_minutes
from openpower_simulation.localday import MINUTE, LocalDay, local_date, local_day
from openpower_simulation.weather import pv_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_simulation.plant import Plant


class Step(NamedTuple):
    """A stretch of time in which all powers are constant, half-open ``[start, end)`` in microseconds."""

    start: int
    end: int
    powers: Powers
    mode: BatteryMode
    sun_w: int
    """What PV could give, curtailed or not."""


@lru_cache(maxsize=32)
def _day_of(plant: Plant, day: LocalDay) -> tuple[list[int], list[int]]:
    return pv_minutes(plant, day), load_minutes(plant, day)


def _unchanging(controls: Controls) -> BatteryDirective | None:
    """The directive of a constant plan, which need not be asked every minute."""
    controller = controls.controller
    return controller.unchanging if isinstance(controller, ScheduleController) else None


class Engine:
    """One run of the house from a midnight on; not thread-safe."""

    def __init__(self, plant: Plant, controls: Controls, *, midnight: int) -> None:
        self._plant = plant
        self._zone = plant.zone
        self._prepare(controls)
        self.storage = Storage(plant, max(plant.reserve_soc_pct, plant.min_soc_pct))
        self.car = ChargingPoint(plant)
        self.ledger = Ledger()
        self.total = [0] * WIDTH
        self._at_midnight = self.total
        self._changes: list[int] = []
        self._open_day(midnight)
        self.step = self._decide(midnight)

    @property
    def day(self) -> LocalDay:
        """The calendar day of the present step."""
        return self._day

    @property
    def today(self) -> list[int]:
        """What flowed since midnight, up to the present step (watt-microseconds per direction)."""
        return list(map(sub, self.total, self._at_midnight))

    def advance(self, to: int) -> None:
        """Run until the present step contains ``to``; a time that is already past changes nothing."""
        while self.step.end <= to:
            end = self.step.end
            self._close(end)
            self.step = self._decide(end)

    def change(self, at: int, controls: Controls, changes: Iterable[int] | None) -> None:
        """Set the controls at a time, and decide again at the times named; None keeps those named before."""
        self.advance(at)
        # Steps that are booked are history: a change cannot reach back into them.
        at = max(at, self.step.start)
        if at > self.step.start:
            self._close(at)
        self._prepare(controls)
        if changes is not None:
            self._changes = sorted(changes)
        self.step = self._decide(at)

    def fork(self) -> Engine:
        """A second run that goes on from here by itself."""
        twin = copy.copy(self)
        twin.storage, twin.car, twin.ledger = copy.copy(self.storage), copy.copy(self.car), self.ledger.fork()
        return twin  # what else changes is replaced, never changed in place

    def finish(self, midnight: int) -> None:
        """Run to the end of a day and book its last step, without beginning the next."""
        self.advance(midnight - 1)
        self._book(midnight)

    def skip(self, begin: int, end: int, counts: Iterable[int]) -> Ledger:
        """Run to one midnight and go on at a later one, with an empty battery and without the car.

        Args:
            begin: the first midnight.
            end: the later one.
            counts: what flowed between them.

        Returns:
            The ledger of all that was before.
        """
        self.finish(begin)
        before, self.ledger = self.ledger, Ledger()
        self.total = list(map(add, self.total, counts))
        stopped = self.controls.ev_stopped and not self._plant.ev  # a car has left in the meantime
        self._prepare(evolve(self.controls, ev_stopped=stopped))
        self.storage = Storage(self._plant, max(self.controls.reserve_soc_pct, self._plant.min_soc_pct))
        self.car = ChargingPoint(self._plant)
        self._open_day(end)
        self.step = self._decide(end)
        return before

    def _prepare(self, controls: Controls) -> None:
        """Take over controls, with what follows from them for every step."""
        self.controls = controls
        self._fixed = _unchanging(controls)
        export = None if controls.export_limit_w is None else int(controls.export_limit_w)
        site = int(controls.site_limit_a * self._plant.voltage_v)
        charge, discharge = controls.max_charge_w, controls.max_discharge_w
        most = self._plant.battery_w
        self._most = Room(most if charge is None else int(charge), most if discharge is None else int(discharge))
        self._limits = (Limits(site, export, grid_charge=False), Limits(site, export, grid_charge=True))

    def _open_day(self, at: int) -> None:
        self._day = local_day(local_date(at, self._zone), self._zone)
        self._sun, self._load = _day_of(self._plant, self._day)
        self._at_midnight = self.total
        self.ledger.open_day(self._day)
        self.car.begin_day(self._day.date)

    def _close(self, end: int) -> None:
        self._book(end)
        if end >= self._day.end:
            self._open_day(end)

    def _book(self, end: int) -> None:
        """Book the present step up to its end, or up to where a control cuts it short."""
        step, length = self.step, end - self.step.start
        # Integers all the way: no sum depends on how often anybody looked.
        counts = [power * length for power in directions(step.powers)]
        self.total = list(map(add, self.total, counts))
        self.storage.apply(step.powers.battery, length)
        self.car.apply(step.powers.ev, length)
        self.ledger.book(step.start, counts, self.storage.soc_pct)

    def _decide(self, start: int) -> Step:
        """Begin the step at ``start``: look at sun, people and car, ask the controller, settle the flows."""
        if self.car.look(start):
            self._prepare(evolve(self.controls, ev_stopped=False))
        # By minutes since the day began, not by the wall clock, which skips or repeats an hour twice a year.
        minute = (start - self._day.start) // MINUTE
        end = self._end(start, minute)
        desired = Desired(
            pv=self._sun[minute],
            load=self._load[minute],
            ev=self.car.desired(self.controls, end - start),
            ev_least=self.car.least_w,
        )
        directive = self._fixed
        if directive is None:
            directive = self.controls.controller.directive(self._situation(start, desired))
        mode, room, grid_charge = self._battery(directive, end - start)
        # Not before: a battery that may not charge has not reached its target.
        room = Room(min(room.charge_w, self._most.charge_w), min(room.discharge_w, self._most.discharge_w))
        powers = dispatch(desired, mode, directive.power_w, room, self._limits[grid_charge])
        return Step(start, end, powers, mode, desired.pv)

    def _end(self, start: int, minute: int) -> int:
        end = self._day.start + (minute + 1) * MINUTE
        if self._changes:
            index = bisect.bisect_right(self._changes, start)
            if index < len(self._changes):
                return min(end, self._changes[index])
        return end

    def _situation(self, start: int, desired: Desired) -> Situation:
        return Situation(
            micros=start,
            zone=self._zone,
            soc_pct=self.storage.soc_pct,
            pv_w=desired.pv,
            load_w=desired.load,
            ev_w=desired.ev,
        )

    def _battery(self, directive: BatteryDirective, length: int) -> tuple[BatteryMode, Room, bool]:
        """The mode in force once targets are seen to, the room it has, and whether the grid may charge."""
        mode, target = directive.mode, directive.target_soc_pct
        if mode is BatteryMode.CHARGE:
            return self._charging(directive, 100.0 if target is None else target, length)
        if mode is BatteryMode.EXPORT and target is not None:
            room = self._room(length, floor=target)
            if room.discharge_w > 0:
                return mode, room, False
            mode = directive.at_target or BatteryMode.NO_CHARGE
        return mode, self._room(length), False

    def _charging(self, directive: BatteryDirective, target: float, length: int) -> tuple[BatteryMode, Room, bool]:
        if self.controls.grid_charge_allowed:
            room = self._room(length, ceiling=min(target, self.controls.max_soc_pct))
            if room.charge_w > 0:
                return BatteryMode.CHARGE, room, True
        # Beyond max_soc_pct the grid may not charge any more, and PV still may, up to the target.
        room = self._room(length, ceiling=target)
        if room.charge_w > 0 or target >= 100:
            return BatteryMode.CHARGE, room, False
        return directive.at_target or BatteryMode.IDLE, self._room(length), False

    def _room(self, length: int, *, floor: float = 0.0, ceiling: float = 100.0) -> Room:
        return self.storage.room(length, max(floor, self.controls.reserve_soc_pct), ceiling)
