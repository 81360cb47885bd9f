"""The house's past, a week at a time: what it did before its story began, computed only when asked for.

A week begins on Monday with an empty battery and no car, because on Sunday evening the battery runs the full
discharge by which such packs recalibrate, and the car stays away. So every week can be computed by itself,
and yet the state of charge never jumps.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from openpower_core.control import BatteryMode
from openpower_simulation.directives import AT_EASE, BatteryDirective
from openpower_simulation.engine import Engine
from openpower_simulation.localday import LocalDay, local_date, local_day

if TYPE_CHECKING:
    from openpower_simulation.controls import Controls
    from openpower_simulation.directives import Situation
    from openpower_simulation.ledger import Ledger
    from openpower_simulation.plant import Plant

__all__ = ["Past", "monday_of"]

_SUNDAY: Final = 7


def monday_of(plant: Plant, micros: int) -> LocalDay:
    """The Monday of the week in which a moment falls, in the house's zone."""
    day = local_date(micros, plant.zone)
    return local_day(day - timedelta(days=day.weekday()), plant.zone)


@frozen
class _Recalibration:
    """Self-consumption, and a full discharge late on Sunday."""

    from_minute: int

    def directive(self, situation: Situation, /) -> BatteryDirective:
        local = situation.local
        if local.isoweekday() == _SUNDAY and local.hour * 60 + local.minute >= self.from_minute:
            return BatteryDirective(mode=BatteryMode.EXPORT)
        return AT_EASE


class Past:
    """The ledgers of the weeks before the one in which the house's story begins."""

    def __init__(self, plant: Plant, first: date, story: LocalDay, controls: Controls) -> None:
        self._plant = plant
        self._first = first
        self._story = story
        minutes = 60 * plant.battery_kwh * 1000 / max(plant.battery_w, 1) + 30
        self._controls = evolve(controls, controller=_Recalibration(from_minute=max(0, int(1440 - minutes))))
        self._weeks: dict[date, Ledger] = {}

    def ledgers(self, start: int, end: int) -> list[Ledger]:
        """The ledgers of the weeks that overlap ``[start, end)``, oldest first."""
        end = min(end, self._story.start)
        if start >= end:
            return []
        week = max(self._first, monday_of(self._plant, start).date)
        found: list[Ledger] = []
        while local_day(week, self._plant.zone).start < end:
            found.append(self._week(week))
            week += timedelta(days=7)
        return found

    def _week(self, monday: date) -> Ledger:
        if monday not in self._weeks:
            zone = self._plant.zone
            engine = Engine(self._plant, self._controls, midnight=local_day(monday, zone).start)
            # One moment before the next Monday, lest its page be opened; the last step is booked by closing it.
            engine.finish(local_day(monday + timedelta(days=7), zone).start)
            self._weeks[monday] = engine.ledger
        return self._weeks[monday]
