"""The simulated house with its clock and its market, as one connection sees them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import frozen

from openpower_core.provider import SYSTEM_CLOCK, Clock, InvalidValue, MemoryStore, ScaledClock
from openpower_demo.memory import Memory
from openpower_simulation import House, Market, Plant

if TYPE_CHECKING:
    from openpower_core.provider import Context

__all__ = ["World", "context_in", "make_world"]

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

_CURRENCIES: Final = {"America": "USD", "Europe": "EUR"}


@frozen(kw_only=True)
class World:
    """What both flavours of the demo stand on; it is thread-safe because the house is."""

    house: House
    market: Market
    clock: Clock
    memory: Memory | None = None
    """What a state folder keeps of it; None for a home that ends with its connection."""

    @property
    def plant(self) -> Plant:
        """What stands in the house."""
        return self.house.plant

    @property
    def serial(self) -> str:
        """The serial number of the box that all devices are."""
        return f"DEMO{self.plant.seed % 10**10:010d}"

    def now(self) -> datetime:
        """The moment on the home's clock (UTC)."""
        return self.clock.now()


def make_world(
    context: Context,
    *,
    house: House | None = None,
    start: datetime | str | None = None,
    speed: float = 1.0,
    **sizes: Any,
) -> World:
    """Build the house that the options of ``connect("demo", …)`` describe, or move into one that stands."""
    if house is not None:
        if sizes or start is not None:
            given = ", ".join(sorted(sizes) or ["start"])
            raise InvalidValue(f"house= is a house that stands already, so {given} comes too late.")
        clock = _clock(context.clock, None, speed)
        return World(house=house, market=Market(house.plant), clock=clock)
    plant = _plant(context.tz or _DEFAULT_ZONE, **sizes)
    begin = _moment(start, plant)
    clock = _clock(context.clock, begin, speed)
    memory = None
    if context.state_dir is not None and clock is context.clock and begin is None:
        memory = Memory(context.state_dir, plant)
        house = memory.house(plant, clock.now())
    else:
        house = House(plant, start=clock.now() if begin is None else min(begin, clock.now()))
    return World(house=house, market=Market(plant), clock=clock, memory=memory)


def _plant(tz: str, *, seed: int = 1, **sizes: Any) -> Plant:
    region = tz.partition("/")[0]
    sizes.setdefault("latitude", _LATITUDES.get(region, 50.0))
    sizes.setdefault("currency", _CURRENCIES.get(region, "AUD"))
    try:
        return Plant(tz=tz, seed=int(seed), **sizes)
    except InvalidValue:
        raise
    except (TypeError, ValueError) as error:
        raise InvalidValue(
            f"the options do not make a house: {error}.", provider="demo", operation="connect"
        ) from error


def context_in(context: Context, world: World) -> Context:
    """The context for whatever is done to this home.

    Whatever waits or stamps goes by the home's own clock, which may run fast; and each connection without a
    state folder has a house of its own, so nothing that was written to another one may be remembered of it.
    """
    store = context.store
    if store is None and context.state_dir is None:
        store = MemoryStore()
    return attrs.evolve(context, clock=world.clock, store=store)


def _moment(start: datetime | str | None, plant: Plant) -> datetime | None:
    """The start as a moment; text without an offset is meant on the home's own clock."""
    if not isinstance(start, str):
        return start
    try:
        moment = datetime.fromisoformat(start)
    except ValueError as error:
        raise InvalidValue(f"start is {start!r}, which is no date and time.", hint="Write 2026-06-21T18:30.") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=plant.zone)


def _clock(clock: Clock, start: datetime | None, speed: float) -> Clock:
    if clock is not SYSTEM_CLOCK:
        if speed != 1.0:
            raise InvalidValue("speed and clock= exclude each other: the clock given has its own speed.")
        return clock
    if start is None and speed == 1.0:
        return clock
    # A clock that begins a moment later would make the first reading a fraction of a second late.
    return ScaledClock(clock.now() if start is None else start, speed)
