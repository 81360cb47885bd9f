"""One system behind a connection: the fetches that its devices share."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from openpower_alphaess.client.grid import zone_needed
from openpower_alphaess.mapping import series
from openpower_alphaess.mapping.live import NO_ENERGY, Flows, Today, flows, no_energy, today
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openpower_alphaess._async.client import AsyncAlphaESS
    from openpower_alphaess.models import EvChargerState, PowerSample

LIVE_AGE: Final = timedelta(seconds=10)
"""The service renews its live answer every 10 to 30 s."""
SERIES_AGE: Final = timedelta(minutes=5)
"""The series has a row every five minutes, and the day's energy moves as slowly."""
_PAST_AGE: Final = timedelta(hours=6)
"""The series of a day that is over hardly changes any more."""
_KEPT_DAYS: Final = 400
"""Days of the series that stay, decoded, for the other devices of the system: about 50 MB at most, and only while they are used."""
_KEPT_S: Final = 900.0
_PAUSE_S: Final = 10.0
"""Days asked for in quick succession come back null; the portal's pace helps."""
T = TypeVar("T", bound=core.Reading)

logger = logging.getLogger("openpower.alphaess")


class AsyncSystem:
    """One system: what its inverter, battery, meter and chargers all read from."""

    def __init__(self, native: AsyncAlphaESS, serial: str, *, tz: str | None, clock: core.Clock) -> None:
        self.native = native.for_device(serial)
        self.serial = serial
        self.tz = tz
        self.zone = ZoneInfo(tz) if tz else None
        self.clock = clock
        self.stale = False
        """Whether something was written since the last reading, so that the next one has to ask anew."""
        self._live = core.AsyncSharedFetch(self._fetch_live, max_age=LIVE_AGE, clock=clock)
        self._energy = core.AsyncSharedFetch(self._fetch_energy, max_age=SERIES_AGE, clock=clock)
        self._days: OrderedDict[date, core.AsyncSharedFetch[series.Day]] = OrderedDict()
        self._days_used = 0.0
        self._lost: dict[date, core.Lost] = {}
        self._parts = core.Parts("alphaess")
        self._chargers: dict[str, core.AsyncSharedFetch[tuple[EvChargerState | None, str]]] = {}

    async def now(self, max_age: core.Span | None) -> tuple[Flows, core.Stamp]:
        """The system now, and from where that is known; one call serves all devices."""
        if self.stale:
            self._forget()
        if self._days and self.clock.monotonic() - self._days_used > _KEPT_S:
            self._days.clear()
        fetched = await self._live.get(max_age)
        seen = fetched.value
        if seen.wall_clock:
            of = f"system {core.mask(self.serial)}"
            core.check_age(seen.wall_clock, fetched.received_at, of, provider="alphaess", device_id=self.serial)
        return seen.flows, fetched.stamp(measured_at=seen.measured_at, quality=seen.quality, source=seen.source)

    async def today(self, max_age: core.Span | None) -> Today:
        """The counters of the system's own day; empty where its zone is not known."""
        if self.zone is None:
            return NO_ENERGY
        day, found = (await self._energy.get(max_age)).value
        # Fetched before the system's midnight: yesterday's counters are not today's.
        if day != self._local_day():
            day, found = (await self._energy.get(timedelta(0))).value
        return found

    def reading(self, make: Callable[[Flows, core.Stamp, Today], T]) -> Callable[[core.Span | None], Awaitable[T]]:
        """How a device is read; one call serves all devices of the system."""

        async def read(max_age: core.Span | None) -> T:
            seen, stamp = await self.now(max_age)
            return make(seen, stamp, await self.today(max_age))

        return read

    def history_of(self, make: Callable[[series.Day, slice], list[T]]) -> Callable[..., Awaitable[list[T]]]:
        """How a device's five-minute series in ``[start, end)`` is had, in time order."""
        return partial(self._history, make)

    async def charger_state(self, charger: str, max_age: core.Span | None) -> tuple[EvChargerState | None, str]:
        """What a charger says of itself; None where it says nothing, and why."""
        if self.stale:
            self._forget()
        if charger not in self._chargers:

            async def fetch() -> tuple[EvChargerState | None, str]:
                return await self._fetch_charger(charger)

            self._chargers[charger] = core.AsyncSharedFetch(fetch, max_age=LIVE_AGE, clock=self.clock)
        return (await self._chargers[charger].get(max_age)).value

    async def _history(self, make: Callable[[series.Day, slice], list[T]], start: datetime, end: datetime) -> list[T]:
        """The readings of the series in ``[start, end)``, in time order; a day that cannot be had is a gap.

        Raises:
            OpenPowerError: no day could be had.
        """
        days = core.local_days(start, min(end, self.clock.now()), self._needed_zone())
        of = f"{core.mask(self.serial)}: "
        gaps = core.Gaps(logger, of, lost=self._lost, asker=make, clock=self.clock)
        found: list[T] = []
        for day in gaps.among(days):
            with gaps.attempt(day):
                whole = await self._day(day, patient=day - timedelta(days=1) not in gaps.found)
                part = slice(bisect_left(whole.at, start), bisect_left(whole.at, end))
                found = _joined(found, make(whole, part))
        gaps.check(found)
        return found

    def _forget(self) -> None:
        self.stale = False
        self._live.clear()
        for state in self._chargers.values():
            state.clear()

    def _needed_zone(self) -> ZoneInfo:
        if self.zone is None:
            raise zone_needed(
                "AlphaESS reports the series in the system's wall-clock time, and never its zone.", "history"
            )
        return self.zone

    def _local_day(self, at: datetime | None = None) -> date:
        return (at or self.clock.now()).astimezone(self.zone or UTC).date()

    async def _fetch_live(self) -> series.Now:
        try:
            seen = flows(await self.native.get_realtime_power_usage())
        except core.PartialData as nothing:
            return await self._from_series(nothing)
        if seen.soc_pct:
            return series.Now(flows=seen)
        # Systems are known to say null, or 0, while the series still has the state of charge.
        day, reason = await self._newest_day()
        return series.with_soc(seen, day.newest() if day else None, self.clock.now(), reason)

    async def _from_series(self, nothing: core.PartialData) -> series.Now:
        day, _ = await self._newest_day()
        newest = day.newest() if day else None
        if day is None or newest is None:
            raise nothing
        return series.from_row(*newest, day.without_pv)

    async def _newest_day(self) -> tuple[series.Day | None, str]:
        """The latest day that has rows; None where there is none, or the series cannot be had, and why."""
        part, failed = f"series of system {core.mask(self.serial)}", None
        for day in series.candidate_days(self.clock.now(), self.zone):
            try:
                found = (await self._shared_day(day).get()).value
            except core.OpenPowerError as error:
                failed = error
                continue
            if found.newest() is not None:
                self._parts.recovered(part)
                return found, ""
        if failed is not None:
            self._parts.failed(part, failed)
        return None, f"the series cannot be had: {failed}" if failed else ""

    async def _day(self, day: date, *, patient: bool) -> series.Day:
        try:
            return (await self._shared_day(day).get()).value
        except core.PartialData:
            # Where the day before stayed null, a pause is of no use.
            if not patient:
                raise
        await self.clock.asleep(_PAUSE_S)
        return (await self._shared_day(day).get()).value

    def _shared_day(self, day: date) -> core.AsyncSharedFetch[series.Day]:
        if day not in self._days:

            async def fetch() -> series.Day:
                return await self._fetch_day(day)

            # Another hour, since the last rows of a day may come late.
            over = day < self._local_day(self.clock.now() - timedelta(hours=1)) and self.zone is not None
            age = _PAST_AGE if over else SERIES_AGE
            self._days[day] = core.AsyncSharedFetch(fetch, max_age=age, clock=self.clock)
        self._days_used = self.clock.monotonic()
        self._days.move_to_end(day)
        while len(self._days) > _KEPT_DAYS:
            self._days.popitem(last=False)
        return self._days[day]

    async def _fetch_day(self, day: date) -> series.Day:
        rows = await self.native.get_historical_power_usage(day)
        received_at = self.clock.now()
        return series.Day(rows, self.zone, received_at, await self._without_pv(day, rows))

    async def _without_pv(self, day: date, rows: list[PowerSample]) -> str:
        """Why the PV of a day's series is not to be believed; empty where it is."""
        # PV of 0 all day is suspicious; only then the day's energy is worth a call of its own.
        if not rows or not series.pv_is_missing(rows, 1.0):
            return ""
        try:
            energy = await self.native.get_historical_energy_usage(day)
        except core.OpenPowerError as error:
            return f"the series has no PV all day, and whether there was any is not known: {error}"
        if series.pv_is_missing(rows, energy.epv):
            return f"the series leaves out the PV, of which the day has {energy.epv:g} kWh"
        return ""

    async def _fetch_energy(self) -> tuple[date, Today]:
        day, part = self._local_day(), f"energy of system {core.mask(self.serial)}"
        try:
            found = today(await self.native.get_historical_energy_usage(day), day)
        except core.OpenPowerError as error:
            # The reading is worth having without its counters.
            self._parts.failed(part, error)
            return day, no_energy(error)
        self._parts.recovered(part)
        return day, found

    async def _fetch_charger(self, charger: str) -> tuple[EvChargerState | None, str]:
        part = f"status of charger {core.mask(charger)}"
        try:
            state = await self.native.get_ev_charger_status(charger)
        except core.OpenPowerError as error:
            self._parts.failed(part, error)
            return None, str(error)
        self._parts.recovered(part)
        return state, ""


def _joined(found: list[T], more: list[T]) -> list[T]:
    """Both, in time order; a row that two days both have counts once."""
    if not (found and more) or _at(found[-1]) < _at(more[0]):
        return found + more if found else more
    by_instant = {_at(each): each for each in [*more, *found]}
    return [by_instant[at] for at in sorted(by_instant)]


def _at(reading: core.Reading) -> datetime:
    return reading.stamp.measured_at or reading.stamp.received_at
