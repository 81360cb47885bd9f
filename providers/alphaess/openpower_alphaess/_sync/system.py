# Generated from system.py by openpower_testing; do not edit.
"""One system behind a connection: the fetches that its devices share."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from openpower_alphaess.client.grid import zone_needed
from openpower_alphaess.mapping import series
from openpower_alphaess.mapping.live import NO_ENERGY, Flows, Today, flows, today
from openpower_core import provider as core

if TYPE_CHECKING:
    from openpower_alphaess._sync.client import AlphaESS
    from openpower_alphaess.models import EvChargerState

LIVE_AGE: Final = timedelta(seconds=10)
"""The service renews its live answer every 10 to 30 s."""
SERIES_AGE: Final = timedelta(minutes=5)
"""The series has a row every five minutes, and the day's energy moves as slowly."""
_KEPT_DAYS: Final = 8
_PAUSE_S: Final = 10.0
"""Days asked for in quick succession come back null; the portal's pace helps."""

logger = logging.getLogger("openpower.alphaess")


class System:
    """One system: what its inverter, battery, meter and chargers all read from."""

    def __init__(self, native: AlphaESS, serial: str, *, tz: str | None, clock: core.Clock) -> None:
        self.native = native.for_device(serial)
        self.serial = serial
        self.tz = tz
        self.zone = ZoneInfo(tz) if tz else None
        self.clock = clock
        self.stale = False
        """Whether something was written since the last reading, so that the next one has to ask anew."""
        self._live = core.SharedFetch(self._fetch_live, max_age=LIVE_AGE, clock=clock)
        self._energy = core.SharedFetch(self._fetch_energy, max_age=SERIES_AGE, clock=clock)
        self._days: OrderedDict[date, core.SharedFetch[series.Day]] = OrderedDict()
        self._chargers: dict[str, core.SharedFetch[EvChargerState | None]] = {}

    def now(self, max_age: core.Span | None) -> tuple[Flows, core.Stamp]:
        """The system now, and from where that is known; one call serves all devices."""
        if self.stale:
            self._forget()
        fetched = self._live.get(max_age)
        seen = fetched.value
        stamp = core.Stamp(
            received_at=fetched.received_at, measured_at=seen.measured_at, quality=seen.quality, source=seen.source
        )
        return seen.flows, stamp

    def today(self) -> Today:
        """The counters of the system's own day; empty where its zone is not known."""
        if self.zone is None:
            return NO_ENERGY
        day, found = self._energy.get().value
        # Fetched before the system's midnight: yesterday's counters are not today's.
        if day != self._local_day():
            day, found = self._energy.get(timedelta(0)).value
        return found

    def charger_state(self, charger: str, max_age: core.Span | None) -> EvChargerState | None:
        """What a charger says of itself; None where it says nothing."""
        if self.stale:
            self._forget()
        if charger not in self._chargers:

            def fetch() -> EvChargerState | None:
                return self._fetch_charger(charger)

            self._chargers[charger] = core.SharedFetch(fetch, max_age=LIVE_AGE, clock=self.clock)
        return self._chargers[charger].get(max_age).value

    def history(self, start: datetime, end: datetime) -> list[tuple[series.Sample, series.Day]]:
        """The rows of the series in ``[start, end)``, in time order, each with its day."""
        zone = self._needed_zone()
        found: dict[datetime, tuple[series.Sample, series.Day]] = {}
        for day in core.local_days(start, min(end, self.clock.now()), zone):
            whole = self._day(day)
            for sample in series.samples(whole.rows, zone):
                if start <= sample.at < end:
                    # A row that two days both have counts once.
                    found.setdefault(sample.at, (sample, whole))
        return [found[at] for at in sorted(found)]

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

    def _local_day(self) -> date:
        return self.clock.now().astimezone(self.zone or UTC).date()

    def _fetch_live(self) -> series.Now:
        try:
            seen = flows(self.native.get_realtime_power_usage())
        except core.PartialData as nothing:
            return self._from_series(nothing)
        if seen.soc_pct:
            return series.Now(flows=seen)
        # Systems are known to say null, or 0, while the series still has the state of charge.
        day = self._newest_day()
        return series.with_soc(seen, day, self.zone, self.clock.now())

    def _from_series(self, nothing: core.PartialData) -> series.Now:
        day = self._newest_day()
        row = series.newest(day.rows) if day else None
        if day is None or row is None:
            raise nothing
        return series.Now.of_row(series.to_flows(row, without_pv=day.without_pv), day, self.zone)

    def _newest_day(self) -> series.Day | None:
        """The latest day that has rows; None where there is none, or the series cannot be had."""
        for day in series.candidate_days(self.clock.now(), self.zone):
            try:
                found = self._shared_day(day).get().value
            except core.OpenPowerError as error:
                logger.debug("%s: no series for %s: %s", core.mask(self.serial), day, error)
                continue
            if series.newest(found.rows) is not None:
                return found
        return None

    def _day(self, day: date) -> series.Day:
        try:
            return self._shared_day(day).get().value
        except core.PartialData:
            self.clock.sleep(_PAUSE_S)
        try:
            return self._shared_day(day).get().value
        except core.PartialData:
            logger.warning("%s: no series for %s", core.mask(self.serial), day)
            return series.Day(day=day)

    def _shared_day(self, day: date) -> core.SharedFetch[series.Day]:
        if day not in self._days:

            def fetch() -> series.Day:
                return self._fetch_day(day)

            self._days[day] = core.SharedFetch(fetch, max_age=SERIES_AGE, clock=self.clock)
        # The days used last stay: programs that walk through a year must not keep it in memory.
        self._days.move_to_end(day)
        while len(self._days) > _KEPT_DAYS:
            self._days.popitem(last=False)
        return self._days[day]

    def _fetch_day(self, day: date) -> series.Day:
        rows = tuple(self.native.get_historical_power_usage(day))
        received_at = self.clock.now()
        without_pv = False
        # PV of 0 all day is suspicious; only then the day's energy is worth a call of its own.
        if rows and series.pv_is_missing(rows, 1.0):
            try:
                energy = self.native.get_historical_energy_usage(day)
                without_pv = series.pv_is_missing(rows, energy.epv)
            except (core.PartialData, core.ServiceUnavailable):
                logger.debug("%s: no energy for %s", core.mask(self.serial), day)
        return series.Day(day=day, rows=rows, received_at=received_at, without_pv=without_pv)

    def _fetch_energy(self) -> tuple[date, Today]:
        day = self._local_day()
        try:
            return day, today(self.native.get_historical_energy_usage(day), day)
        except core.OpenPowerError as error:
            # The reading is worth having without its counters.
            logger.debug("%s: no energy for %s: %s", core.mask(self.serial), day, error)
            return day, NO_ENERGY

    def _fetch_charger(self, charger: str) -> EvChargerState | None:
        try:
            return self.native.get_ev_charger_status(charger)
        except core.OpenPowerError as error:
            logger.debug("%s: no status of charger %s: %s", core.mask(self.serial), core.mask(charger), error)
            return None
