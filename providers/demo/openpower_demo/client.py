"""The simulated house with its clock, its market and its memory, as both flavours of the demo see them."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from openpower_core import provider as core
from openpower_core.registry import behaviour_of
from openpower_demo.models import KINDS, Charging, Current, Currents, ExportLimit, Program, kind_of, to_controls
from openpower_simulation import House, Market, MarketInterval, Metered, Plant, ScheduleController, metered
from openpower_simulation.localday import from_micros, to_micros

_DEFAULT_ZONE: Final = "Australia/Sydney"
_LATITUDES: Final = {
    "Africa": 0.0,
    "America": 39.0,
    "Antarctica": -66.0,
    "Asia": 30.0,
    "Atlantic": 38.0,
    "Australia": -33.87,
    "Europe": 50.0,
    "Indian": -20.0,
    "Pacific": -37.0,
}
"""Where people live in the zones of that name, roughly; it gives summer in the right months."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PUBLISHED: Final = 6
"""The hour of the morning at which the usage of the day before is published."""
_FASTEST: Final = 1e6
_LARGEST: Final = 1e9
_CURRENCIES: Final = {"America": "USD", "Europe": "EUR"}


Shown = TypeVar("Shown", bound=Current)


@attrs.frozen(kw_only=True)
class World:
    """One home, and what its box reads and sets; it is thread-safe because the house is."""

    house: House
    market: Market
    clock: core.Clock
    memory: Memory | None = None
    """What a state folder keeps of it; None for a home that ends with its connection."""
    like: core.Behaviour | None = None
    """The vendor's behaviour that it imitates."""
    _before: dict[type[Any], tuple[float, Any]] = attrs.field(factory=dict[type[Any], tuple[float, Any]])
    """Until when (monotonic) reading back still shows another value, by its kind."""

    @property
    def plant(self) -> Plant:
        """The sizes of the house and its devices."""
        return self.house.plant

    @property
    def serial(self) -> str:
        """The serial number of the box that all devices are."""
        return f"DEMO{self.plant.seed % 10**10:010d}"

    def now(self) -> datetime:
        """The time on the home's clock (UTC), once the house has what other processes have put into it."""
        now = self.clock.now()
        if self.memory is not None:
            for event in self.memory.news():
                self.house.change(min(event.at, now), **to_controls(event.value))
        return now

    def put(self, value: Current) -> None:
        """Put a value in place of the one of its kind, from now on."""
        now = self.now()
        if self.like is not None and isinstance(value, Program | core.BatterySettings):
            before = self.program() if isinstance(value, Program) else self.settings()
            self._before[type(value)] = self.clock.monotonic() + self.like.delay.total_seconds(), before
        self._keep(now, value)

    def _keep(self, now: datetime, value: Current) -> None:
        if self.memory is None:
            self.house.change(now, **to_controls(value))
            return
        # What another process puts in at the same time comes before it or after it, for both of them.
        self.memory.add(now, value)
        self.now()

    def program(self) -> Program:
        """What the battery follows; a command that has ended is gone."""
        now = self.now()
        if (before := self._shown_before(Program)) is not None:
            return before.at(now)
        plan = self.house.controls.controller
        if not isinstance(plan, ScheduleController):  # the house was given another controller
            return Program()
        program = Program(schedule=plan.schedule, command=plan.command, every_days=plan.every_days)
        if (current := program.at(now)) is not program:
            self._keep(now, current)  # it does not begin again when the clock is set back
        return current

    def settings(self) -> core.BatterySettings:
        """The battery's settings."""
        if (before := self._shown_before(core.BatterySettings)) is not None:
            return before
        self.now()
        controls = self.house.controls
        limits = core.PowerLimits(max_charge_w=controls.max_charge_w, max_discharge_w=controls.max_discharge_w)
        has = self._has
        return core.BatterySettings(
            reserve_soc_pct=controls.reserve_soc_pct if has(core.Feature.RESERVE_SOC) else None,
            max_soc_pct=controls.max_soc_pct if has(core.Feature.MAX_SOC) else None,
            grid_charge_allowed=controls.grid_charge_allowed if has(core.Feature.GRID_CHARGE_ALLOWED) else None,
            power_limits=limits if has(core.Feature.POWER_LIMITS) else None,
        )

    def _has(self, feature: core.Feature) -> bool:
        return self.like is None or bool(self.like.battery[feature])

    def _shown_before(self, kind: type[Shown]) -> Shown | None:
        """What reading back shows of the time before the last write, while it does."""
        until, value = self._before.get(kind, (0.0, None))
        return value if self.clock.monotonic() < until else None

    def export_limit(self) -> ExportLimit:
        """The limit of what goes to the grid."""
        self.now()
        limit = self.house.controls.export_limit_w
        return ExportLimit(limit_w=None if limit is None else int(limit))

    def charging(self) -> Charging:
        """Whether the car may charge."""
        self.house.at(self.now())  # a car that left has undone the stop
        return Charging(stopped=self.house.controls.ev_stopped)

    def currents(self) -> Currents:
        """The limits of charger and site."""
        self.now()
        controls = self.house.controls
        return Currents(charger_a=controls.charger_limit_a, site_a=controls.site_limit_a)

    def intervals(
        self, start: datetime | None, end: datetime | None, *, resolution: timedelta | None = None
    ) -> list[MarketInterval]:
        """The market's intervals in ``[start, end)``; without times, from now to the horizon."""
        now = self.now()
        begin, finish = start or now, end or self.market.horizon(now)
        return [] if finish <= begin else self.market.intervals(begin, finish, now=now, resolution=resolution)

    def metered(self, start: datetime, end: datetime) -> list[Metered]:
        """What the meter counted in the intervals that begin in ``[start, end)``, as far as it is published."""
        # The interval that contains the end counts whole: it begins before the end.
        into = (end - _EPOCH) % self.market.resolution
        whole = end if not into else end - into + self.market.resolution
        finish = min(whole, self.published_until())
        return [] if finish <= start else metered(self.house, self.market, start, finish, now=self.now())

    def published_until(self) -> datetime:
        """Midnight after the last day whose usage is published: yesterday's, from six in the morning on."""
        local = self.now().astimezone(self.plant.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - timedelta(days=0 if local.hour >= _PUBLISHED else 1)).astimezone(UTC)


def make_world(
    context: core.Context,
    *,
    house: House | None = None,
    start: datetime | str | None = None,
    speed: float = 1.0,
    like: str | None = None,
    **sizes: Any,
) -> World:
    """Build the house that the options of ``connect("demo", …)`` describe, or take the one that is given."""
    speed = core.number(speed, "speed", above=0, high=_FASTEST)
    behaviour = None if like is None else behaviour_of(like)
    if house is not None:
        core.instance_of(House)(house, "house")
        if sizes or start is not None:
            given = ", ".join(sorted(sizes) or ["start"])
            raise core.InvalidValue(f"house= is a house that exists already, so {given} comes too late.")
        clock = _clock(context.clock, None, speed)
        return World(house=house, market=Market(house.plant), clock=clock, like=behaviour)
    plant = _plant(context.tz or _DEFAULT_ZONE, **sizes)
    begin = _begin(start, plant)
    clock = _clock(context.clock, begin, speed)
    memory = None
    # A home with a clock or a beginning of its own runs through another story each time; only the one on the machine's
    # clock goes on.
    if context.state_dir is not None and clock is context.clock and begin is None:
        memory = Memory(context.state_dir, plant)
        house = memory.house(plant, clock.now())
    else:
        house = House(plant, start=clock.now() if begin is None else min(begin, clock.now()))
    return World(house=house, market=Market(plant), clock=clock, memory=memory, like=behaviour)


def _plant(tz: str, *, seed: int = 1, **sizes: Any) -> Plant:
    for name, size in sizes.items():
        if not isinstance(size, bool):
            core.number(size, name, high=_LARGEST)
    region = tz.partition("/")[0]
    sizes.setdefault("latitude", _LATITUDES.get(region, 50.0))
    sizes.setdefault("currency", _CURRENCIES.get(region, "AUD"))
    try:
        return Plant(tz=tz, seed=int(seed), **sizes)
    except core.InvalidValue:
        raise
    except (TypeError, ValueError) as error:
        raise core.InvalidValue(
            f"the options do not make a house: {error}.", provider="demo", operation="connect"
        ) from error


def context_in(context: core.Context, world: World) -> core.Context:
    """The context for whatever is done to this home.

    Whatever waits or stamps uses the home's own clock, which may run fast. Each connection without a state folder
    has a house of its own, so nothing that was written to another one may be remembered for it.
    """
    store = context.store
    if store is None and context.state_dir is None:
        store = core.MemoryStore()
    return attrs.evolve(context, clock=world.clock, store=store)


def _begin(start: datetime | str | None, plant: Plant) -> datetime | None:
    """When the story begins; text without an offset is a time on the home's own clock."""
    if start is None or isinstance(start, datetime):
        return None if start is None else core.instant(start, "start")
    core.text(start, "start")
    try:
        begin = datetime.fromisoformat(start)
    except ValueError as error:
        raise core.InvalidValue(
            f"start is {start!r}, which is no date and time.", hint="Write 2026-06-21T18:30."
        ) from error
    return begin if begin.tzinfo is not None else begin.replace(tzinfo=plant.zone)


def _clock(clock: core.Clock, start: datetime | None, speed: float) -> core.Clock:
    if clock is not core.SYSTEM_CLOCK:
        if speed != 1.0:
            raise core.InvalidValue("speed and clock= exclude each other: the clock given has its own speed.")
        return clock
    if start is None and speed == 1.0:
        return clock
    # A clock that begins later, if only a little, would make the first reading a fraction of a second late.
    return core.ScaledClock(clock.now() if start is None else start, speed)


_log = logging.getLogger("openpower.demo")
_KEPT: Final = timedelta(days=7)
"""How far back a course of events is played again; of what is older, only the outcome counts."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, home TEXT, kind TEXT, at INTEGER, value TEXT);
CREATE INDEX IF NOT EXISTS by_time ON events (home, kind, at);
"""
_OUTDATED: Final = """
DELETE FROM events WHERE home = :home AND kind = :kind AND at < :oldest AND id <> (
SELECT id FROM events WHERE home = :home AND kind = :kind AND at < :oldest ORDER BY at DESC, id DESC LIMIT 1)
"""
_NEW: Final = "SELECT id, kind, at, value FROM events WHERE id > ? AND +home = ? ORDER BY id"
"""With a plus, so that the search goes by the number: nearly all rows have the same home."""


class Memory:
    """A database with what was put into one home's box, and when, whichever process did so; connections play it again."""

    def __init__(self, folder: Path, plant: Plant) -> None:
        self._path = folder / f"demo-home-{plant.seed}.sqlite"
        # Another home of the same number has another course of events.
        self._home = hashlib.sha256(json.dumps(core.to_dict(plant), sort_keys=True).encode()).hexdigest()
        self._seen = 0
        self._lock = core.Lock(brief=True)

    def add(self, at: datetime, value: Current) -> None:
        """Remember what was put into the box."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kind, text = kind_of(value), json.dumps(core.to_dict(value))
        with self._open() as db:
            db.executescript(_TABLE)
            row = (self._home, kind, to_micros(at), text)
            db.execute("INSERT INTO events (home, kind, at, value) VALUES (?, ?, ?, ?)", row)
            # Of one kind only, and by the index, so that a write costs the same whatever was before.
            db.execute(_OUTDATED, {"home": self._home, "kind": kind, "oldest": to_micros(at - _KEPT)})

    def news(self) -> list[Event]:
        """What was put into the box since this was asked last, oldest first."""
        with self._lock:
            try:
                if not self._path.exists():
                    return []
                with self._open() as db:
                    rows = db.execute(_NEW, (self._seen, self._home)).fetchall()
                self._seen = rows[-1][0] if rows else self._seen
                return [
                    Event(from_micros(at), kind, core.structure(KINDS[kind], json.loads(text)))
                    for _, kind, at, text in rows
                ]
            except sqlite3.OperationalError:  # locked for long, or without its table: a process died at its first write
                return []
            except (sqlite3.DatabaseError, OSError, ValueError, LookupError, TypeError, core.OpenPowerError):
                _log.warning("%s cannot be read, so the simulated home starts over.", self._path)
                self._path.replace(self._path.with_suffix(".damaged"))
                return []

    def house(self, plant: Plant, now: datetime) -> House:
        """The house as all that was put into it has made it."""
        events = self.news()
        # With a clock that was set back there is no course of time to be played, and only the outcome counts.
        back = any(event.at > now for event in events)
        events = _shortened(events, datetime.max.replace(tzinfo=UTC) if back else now - _KEPT, now)
        house = House(plant, start=events[0].at if events else now)
        for event in events:
            house.change(event.at, **to_controls(event.value))
        return house

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """A transaction on a connection of its own, which any thread and any forked child may use."""
        with closing(sqlite3.connect(self._path, timeout=10)) as db, db:
            yield db


class Event(NamedTuple):
    """Something that was put into the box."""

    at: datetime
    kind: str
    value: Current


def _shortened(events: list[Event], oldest: datetime, now: datetime) -> list[Event]:
    """The events since ``oldest``, and before them the last one of each kind, moved there, or to the present."""
    before = {event.kind: event._replace(at=min(oldest, now)) for event in events if event.at < oldest}
    return [*before.values(), *(event for event in events if event.at >= oldest)]
