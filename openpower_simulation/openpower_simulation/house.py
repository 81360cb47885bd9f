"""The simulated house: ask it how things stand, change what can be set, look back."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from attrs import evolve, frozen

from openpower_core.checks import aware
from openpower_core.control import BatteryMode
from openpower_core.readings import ChargerStatus
from openpower_core.waiting import Lock
from openpower_simulation.control import AT_EASE, BatteryDirective, Controls, ScheduleController, Situation
from openpower_simulation.energy import KWH, LINE, WIDTH, Average, Energies, Ledger, average, directions
from openpower_simulation.engine import Engine
from openpower_simulation.localday import LocalDay, from_micros, local_date, local_day, to_micros
from openpower_simulation.plant import Plant

_WEEKS_OF_PAST: Final = 104
"""How long before its story the house was built."""

_WEEK: Final = 7 * 24 * 3_600_000_000
_FAR: Final = 8 * _WEEK
"""A jump that is longer than this is not played minute by minute (microseconds)."""


@frozen(kw_only=True, slots=True)
class Snapshot:
    """The state of the house at one time; ``pv_w + battery_w + grid_w == load_w + ev_w`` to the watt."""

    time: datetime
    pv_w: int
    pv_available_w: int
    """What PV could give; more than ``pv_w`` while it is curtailed."""
    load_w: int
    """Without the car."""
    ev_w: int
    battery_w: int
    """+ discharging, − charging; at the AC bus, so losses are the battery's own."""
    grid_w: int
    """+ importing, − exporting."""
    grid_charge_w: int
    """The part of the charging power that the grid delivers."""
    soc_pct: float
    battery_mode: BatteryMode
    """The mode in force; a target that is reached may have changed it."""
    charger_status: ChargerStatus
    ev_current_a: float
    session_kwh: float
    """Energy of the car's present or last stay."""
    day: date
    """The calendar day, in the house's zone, that ``today`` counts."""
    today: Energies
    total: Energies
    """Since the house was built."""


class House:
    """One house, advanced lazily to the time it is asked about.

    Time only goes forward: a time before the latest one it was asked about is taken as that one. Its course
    depends on the plant (with its seed), the start and the controls, never on how often it is read, with one
    exception: of a jump of more than eight weeks only the last one to two weeks are played. The weeks before
    those are like the ones before the simulation's start: each ends with an empty battery and without the car,
    whatever the controls, and the counters grow by typical days. All methods may be called from any thread.

    >>> from datetime import datetime, UTC
    >>> house = House(Plant(tz="Europe/Berlin", latitude=52.5), start=datetime(2026, 6, 21, tzinfo=UTC))
    >>> noon = house.at(datetime(2026, 6, 21, 11, tzinfo=UTC))
    >>> noon.pv_w + noon.battery_w + noon.grid_w == noon.load_w + noon.ev_w
    True
    """

    def __init__(self, plant: Plant | None = None, *, start: datetime, controls: Controls | None = None) -> None:
        self.plant = Plant() if plant is None else plant
        self._lock = Lock(brief=True)
        self._start = to_micros(aware(start))
        self._initial = controls or Controls(
            reserve_soc_pct=self.plant.reserve_soc_pct,
            charger_limit_a=self.plant.charger_max_a,
            site_limit_a=self.plant.site_limit_a,
        )
        self._story = monday_of(self.plant, self._start)
        self.built = self._story.date - timedelta(weeks=_WEEKS_OF_PAST)
        """The day on which its counters began; there is no history before it."""
        self._chapters: list[Past | Ledger] = [Past(self.plant, self.built, self._story, self._initial)]
        """All before the ledger of the engine, oldest first."""
        self._base = _lifetime(self.plant, days=7 * _WEEKS_OF_PAST)
        self._engine_: Engine | None = None

    @property
    def start(self) -> datetime:
        """When its simulation began; its past before that could not be controlled."""
        return from_micros(self._start)

    @property
    def controls(self) -> Controls:
        """Its current settings."""
        with self._lock:
            return self._engine().controls

    def at(self, now: datetime) -> Snapshot:
        """Its state at a time."""
        with self._lock:
            return self._snapshot(self._advance(now))

    def change(self, now: datetime, *, changes: Iterable[datetime] = (), **settings: Any) -> Controls:
        """Replace some of the settings (fields of :class:`Controls`) from a time on; returns them all.

        Args:
            now: when they take effect.
            changes: times to come at which the controller will change its mind, so that it is asked exactly
                then; it is asked at every whole minute anyway. A :class:`ScheduleController` names its own.
            settings: the fields to replace.
        """
        with self._lock:
            micros = self._advance(now)
            engine = self._engine()
            controls = evolve(engine.controls, **settings)
            engine.change(micros, controls, _changes(settings.get("controller"), changes))
            return controls

    def history(self, start: datetime, end: datetime, *, now: datetime) -> list[Average]:
        """The whole five-minute averages in ``[start, end)`` that are over at ``now``, oldest first."""
        with self._lock:
            until = min(to_micros(aware(end)), self._advance(now))
            return [average(at, line) for at, line in self._lines(to_micros(aware(start)), until)]

    def energies(self, start: datetime, end: datetime, *, now: datetime) -> Energies:
        """The energy that flowed in ``[start, end)``, up to ``now``.

        Exact from and to whole five minutes and to ``now``; a part of five minutes counts in proportion.
        """
        with self._lock:
            present = self._advance(now)
            begin, finish = to_micros(aware(start)), min(to_micros(aware(end)), present)
            counts = [0] * WIDTH
            step = self._engine().step
            # From the line in which the first instant lies.
            for at, line in self._lines(begin - LINE + 1, finish + LINE - 1):
                # The current line contains only what was booked: all before the present step.
                booked = min(at + LINE, step.start) - at
                covered = min(at + booked, finish) - max(at, begin)
                if covered > 0:
                    _add(counts, [count * covered // booked for count in line[:WIDTH]])
            running = max(0, finish - max(begin, step.start))
            _add(counts, [power * running for power in directions(step.powers)])
            return Energies.of(counts)

    def day_energies(self, day: date, *, now: datetime) -> Energies:
        """The energy that flowed on one calendar day of the house's zone, up to ``now``."""
        bounds = local_day(day, self.plant.zone)
        return self.energies(from_micros(bounds.start), from_micros(bounds.end), now=now)

    def _engine(self) -> Engine:
        if self._engine_ is None:
            uncontrolled = evolve(self._initial, controller=ScheduleController())
            self._engine_ = _started(self.plant, uncontrolled, self._story.start, self._start).fork()
            if self._initial != uncontrolled:
                self._engine_.change(self._start, self._initial, _changes(self._initial.controller, ()))
        return self._engine_

    def _advance(self, now: datetime) -> int:
        engine = self._engine()
        # Not before the simulation's start, and never back into booked steps.
        micros = max(to_micros(aware(now)), self._start, engine.step.start)
        if micros - engine.step.start > _FAR:
            self._skip(engine, micros)
        engine.advance(micros)
        return micros

    def _skip(self, engine: Engine, micros: int) -> None:
        """Go to the Monday of the week before a time; the weeks until then are computed when somebody asks for them."""
        begin = local_day(engine.day.date + timedelta(days=7 - engine.day.date.weekday()), self.plant.zone)
        end = monday_of(self.plant, micros - _WEEK)
        counts = _lifetime(self.plant, days=(end.date - begin.date).days)
        between = Past(self.plant, begin.date, end, engine.controls)
        self._chapters += [engine.skip(begin.start, end.start, counts), between]

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, array[int]]]:
        for chapter in (*self._chapters, self._engine().ledger):
            for ledger in chapter.ledgers(start, end) if isinstance(chapter, Past) else (chapter,):
                yield from ledger.lines(start, end)

    def _snapshot(self, micros: int) -> Snapshot:
        engine = self._engine()
        step, elapsed = engine.step, micros - engine.step.start
        powers = step.powers
        running = [power * elapsed for power in directions(powers)]
        return Snapshot(
            time=from_micros(micros).astimezone(UTC),
            pv_w=powers.pv,
            pv_available_w=step.sun_w,
            load_w=powers.load,
            ev_w=powers.ev,
            battery_w=powers.battery,
            grid_w=powers.grid,
            grid_charge_w=powers.grid_charge,
            soc_pct=engine.storage.soc_after(powers.battery, elapsed),
            battery_mode=step.mode,
            charger_status=engine.car.status(powers.ev),
            ev_current_a=powers.ev / self.plant.voltage_v,
            session_kwh=engine.car.session_wh / 1000 + powers.ev * elapsed / KWH,
            day=engine.day.date,
            today=Energies.of(_sum(engine.today, running)),
            total=Energies.of(_sum(self._base, engine.total, running)),
        )


@lru_cache(maxsize=8)
def _started(plant: Plant, controls: Controls, midnight: int, start: int) -> Engine:
    """The days from the Monday before a simulation to its start; cached, because a program often makes the same house again."""
    engine = Engine(plant, controls, midnight=midnight)
    engine.advance(start)
    return engine


@lru_cache(maxsize=16)
def _week_before(plant: Plant, controls: Controls, monday: date) -> Ledger:
    """A week of the past; cached, because it is the same for every house of its kind."""
    engine = Engine(plant, controls, midnight=local_day(monday, plant.zone).start)
    # Up to, but not into, the next Monday, which would open its page; closing books the last step.
    engine.finish(local_day(monday + timedelta(days=7), plant.zone).start)
    return engine.ledger


def _changes(controller: object, changes: Iterable[datetime]) -> list[int] | None:
    """When the engine has to check again; None until the controller changes."""
    if controller is None:
        return None
    named = controller.changes if isinstance(controller, ScheduleController) else ()
    return [to_micros(aware(time)) for time in (*changes, *named)]


def _add(counts: list[int], more: Iterable[int]) -> None:
    for direction, count in enumerate(more):
        counts[direction] += count


def _sum(*counts: list[int]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]


def _lifetime(plant: Plant, *, days: int) -> list[int]:
    """Plausible counters after so many days: typical days, balanced like real ones."""
    pv = 3.8 * plant.pv_kw
    load, ev = plant.load_kwh_per_day, 8.0 if plant.ev else 0.0
    charged = 0.6 * plant.battery_kwh
    discharged = charged * plant.charge_efficiency * plant.discharge_efficiency
    # What the day lacks is imported beside what is exported anyway, so that the counters close like those of a real
    # day.
    lacking = load + ev + charged - pv - discharged
    exported = 2.0 + max(0.0, -lacking)
    daily = (pv, load, ev, charged, discharged, exported + lacking, exported, 0.0)
    return [int(days * kwh * KWH) for kwh in daily]


_SUNDAY: Final = 7


def monday_of(plant: Plant, micros: int) -> LocalDay:
    """The Monday of the week in which a time falls, in the house's zone."""
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
    """The ledgers of weeks that nobody plays: those before the simulation begins, and those that a jump skips."""

    def __init__(self, plant: Plant, first: date, story: LocalDay, controls: Controls) -> None:
        self._plant = plant
        self._first = first
        self._story = story
        # Every week of the past ends with an empty battery and without the car. So each follows from the seed alone,
        # and a look two years back computes one week and not a hundred. The discharge begins early enough for a full
        # battery, with half an hour to spare.
        minutes = 60 * plant.battery_kwh * 1000 / max(plant.battery_w, 1) + 30
        self._controls = evolve(controls, controller=_Recalibration(from_minute=max(0, int(1440 - minutes))))

    def ledgers(self, start: int, end: int) -> list[Ledger]:
        """The ledgers of the weeks that overlap ``[start, end)``, oldest first."""
        end = min(end, self._story.start)
        if start >= end:
            return []
        week = max(self._first, monday_of(self._plant, start).date)
        found: list[Ledger] = []
        while local_day(week, self._plant.zone).start < end:
            found.append(_week_before(self._plant, self._controls, week))
            week += timedelta(days=7)
        return found
