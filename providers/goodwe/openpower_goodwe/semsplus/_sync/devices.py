# Generated from devices.py by openpower_testing; do not edit.
"""The inverters, batteries and meter of a station, and the fetches that they share."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import attrs

from openpower_core import provider as core
from openpower_goodwe.semsplus._sync import documents
from openpower_goodwe.semsplus.control.program import Planner, check_modes
from openpower_goodwe.semsplus.control.slots import PowerScale
from openpower_goodwe.semsplus.mapping import readings, series
from openpower_goodwe.semsplus.mapping.capabilities import (
    Box,
    battery_capabilities,
    inverter_capabilities,
    meter_capabilities,
)
from openpower_goodwe.semsplus.models import Flow, to_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_goodwe.semsplus._sync.client import SemsPlus

T = TypeVar("T")
_LIVE = timedelta(seconds=20)
"""Readings change once a minute."""
_LOGGER = timedelta(minutes=10)
"""Loggers report every five minutes at the latest; after 30, their figures are no reading."""
_PAST, _MINUTE = timedelta(minutes=15), timedelta(minutes=1)
"""How long the series of a day that is over, and of today, serves the station's devices."""
logger = logging.getLogger("openpower.goodwe")
_SLOW = timedelta(minutes=5)
"""Counters and temperatures change slowly."""


class Plant:
    """A station's shared fetches.

    Args:
        native: a client for this station.
        zone: the station's; None where it is unknown.
        clock: the connection's.
    """

    def __init__(self, native: SemsPlus, *, zone: tzinfo | None, clock: core.Clock) -> None:
        self.native = native
        self.zone = zone
        self.clock = clock
        self._flow: core.SharedFetch[Flow] = core.SharedFetch(native.get_flow, max_age=_LIVE, clock=clock)
        self._figures: dict[tuple[str, str, str], core.SharedFetch[readings.Block]] = {}
        self._days: dict[date, core.SharedFetch[series.Day]] = {}
        self._lost: dict[date, core.Lost] = {}
        self.parts = core.Parts("goodwe-sems")
        """What is lost now, so that it is logged once."""

    def current(self, max_age: core.Span | None = None) -> readings.StationState:
        """The station now, from one call."""
        fetched = self._flow.get(max_age)
        flow = fetched.value
        measured, issues = series.to_utc(flow.refresh_time, self.zone), self._zone_issues(fetched)
        flows = readings.to_flows(flow)
        stamp = fetched.stamp(measured_at=measured)
        # What the label says does not count: beyond the logger's interval, the clock shows that nothing new has come.
        old = measured is not None and fetched.received_at - measured > _LOGGER and not flows.is_dark
        self.parts.recovered(self._flow_part)
        return readings.StationState(
            flows=flows,
            status=to_status(flow.status),
            received_at=fetched.received_at,
            measured_at=measured,
            day=self._day_at(measured or fetched.received_at),
            raw=flow,
            quality=core.Quality.CACHED if old else stamp.quality,
            issues=issues,
        )

    def _zone_issues(self, fetched: core.Fetched[Flow]) -> tuple[core.Issue, ...]:
        """What is to be said of a time whose zone is unknown.

        Raises:
            StaleData: no zone of the world makes it younger than 30 minutes.
        """
        wall = series.to_utc(fetched.value.refresh_time, UTC) if self.zone is None else None
        if wall is None:
            return ()
        station = core.mask(self.native.station_id or "")
        core.check_age(wall.replace(tzinfo=None), fetched.received_at, f"station {station}", provider="goodwe-sems")
        return (core.Issue("stamp.measured_at", "the station's time zone is unknown: give tz="),)

    def reporting(self, max_age: core.Span | None = None) -> readings.StationState:
        """The same; a station that reports no power at all raises."""
        seen = self.current(max_age)
        if not seen.flows.is_dark:
            return seen
        if seen.status == 0:
            raise core.DeviceOffline(
                f"station {core.mask(self.native.station_id or '')} does not report to SEMS+.",
                provider="goodwe-sems",
                operation="flow",
                hint="At night inverters without a battery sleep; otherwise check the dongle's network.",
            )
        raise core.PartialData("the station's flow holds no power.", provider="goodwe-sems", operation="flow")

    def state_of(
        self, box: Box, max_age: core.Span | None, *, sleep: bool = False
    ) -> tuple[readings.StationState, readings.Block]:
        """The station, and what a device itself reports, which stands in where the flow cannot be had.

        Args:
            box: the device.
            max_age: how old either may be.
            sleep: whether a station that reports no power is a state as well.
        """
        try:
            seen = self.current(max_age) if sleep else self.reporting(max_age)
        except (core.StaleData, core.DeviceOffline):
            raise
        except core.OpenPowerError as error:
            self.lost(self._flow_part, error)
            own = self._of(box.sn, box.kind, "get_telemetry", _LIVE, max_age)
            if own.received_at is None or not own.figures:
                raise
            day = self._day_at(own.received_at)
            seen = readings.StationState(
                flows=readings.Flows(), received_at=own.received_at, day=day, lost=f"flow: {error}"
            )
            return seen.beside(own), own
        own = self._of(box.sn, box.kind, "get_telemetry", _LIVE, max_age)
        return seen.beside(own), own

    def counters(self, sn: str, kind: str) -> readings.Block:
        """A device's counters, or why there are none."""
        return self._of(sn, kind, "get_telecounting", _SLOW, None)

    @property
    def _flow_part(self) -> str:
        return f"flow of station {core.mask(self.native.station_id or '')}"

    def _day_at(self, at: datetime) -> date | None:
        """The station's calendar day; None where its zone is unknown."""
        return at.astimezone(self.zone).date() if self.zone else None

    def history_of(self, make: Callable[[series.Day, slice], list[T]]) -> Callable[..., list[T]]:
        """How a device's one-minute series in ``[start, end)`` is had, in time order; one call a day of the station's."""
        return partial(self._history, make)

    def _history(self, make: Callable[[series.Day, slice], list[T]], start: datetime, end: datetime) -> list[T]:
        assert self.zone is not None  # noqa: S101  (without a zone the capabilities say no)
        found: list[T] = []
        of = f"station {core.mask(self.native.station_id or '')}: "
        gaps = core.Gaps(logger, of, lost=self._lost, asker=make, clock=self.clock)
        days = core.local_days(start, min(end, self.clock.now()), self.zone)
        # The other devices of the station ask for the same days next; what nobody asked for lately is dropped.
        self._days = {day: fetch for day, fetch in self._days.items() if day in days}
        for day in gaps.among(days):
            with gaps.attempt(day):
                minutes = self._day(day).get(None).value
                found += make(minutes, minutes.part(start, end))
        gaps.check(found)
        return found

    def _day(self, day: date) -> core.SharedFetch[series.Day]:
        if day not in self._days:
            zone = self.zone
            assert zone is not None  # noqa: S101  (see series)

            def fetch() -> series.Day:
                noon = datetime.combine(day, time(12), tzinfo=zone)
                data = self.native.ask_series(day, series.inverted_hours(zone, noon))
                return series.Day(data, zone, self.clock.now())

            over = (self.clock.now().astimezone(zone).date() - day).days > 0
            self._days[day] = core.SharedFetch(fetch, max_age=_PAST if over else _MINUTE, clock=self.clock)
        return self._days[day]

    def forget(self) -> None:
        """After a write, what was fetched before is stale."""
        self._flow.clear()
        for each in self._figures.values():
            each.clear()

    def _of(self, sn: str, kind: str, call: str, usual: timedelta, max_age: core.Span | None) -> readings.Block:
        key = (sn, kind, call)
        if key not in self._figures:
            ask: Any = getattr(self.native, call)

            def fetch() -> readings.Block:
                return readings.block(ask(sn, kind))

            self._figures[key] = core.SharedFetch(fetch, max_age=usual, clock=self.clock)
        part = f"device {core.mask(sn)}: {call.removeprefix('get_')}"
        try:
            fetched = self._figures[key].get(max_age)
        except core.OpenPowerError as error:
            self.lost(part, error)
            return readings.Block(missing=str(error))
        self.parts.recovered(part)
        return attrs.evolve(fetched.value, received_at=fetched.received_at, cached=fetched.cached)

    def lost(self, part: str, error: core.OpenPowerError, *fields: str) -> list[core.Issue]:
        """The issues of the figures that a part would have had; what concerns the whole account is raised."""
        if isinstance(error, core.ACCOUNT_ERRORS):
            raise error
        # Visitors are refused some devices, and sleeping ones answer nothing.
        if not isinstance(error, core.PermissionDenied | core.PartialData):
            self.parts.failed(part, error)
        return [core.Issue(field, str(error)) for field in fields]


def without(capabilities: core.Capabilities, error: core.Unsupported) -> core.Capabilities:
    """What is left once a probe has shown that a feature is not there."""
    try:
        feature = core.Feature(error.feature)
    except ValueError:
        return capabilities
    gone = core.Capability(
        support=core.Support.UNSUPPORTED,
        note="This inverter's function tree does not offer it.",
        alternatives=error.alternatives,
    )
    features = {**capabilities.features, feature: gone}
    if feature is core.Feature.EXPORT_LIMIT:
        features[core.Feature.SET_EXPORT_LIMIT] = gone
    return attrs.evolve(capabilities, features=features)


class SemsMeter(core.BaseMeter):
    """The grid connection of a station."""

    def __init__(self, station: Plant, box: Box | None, info: core.DeviceInfo, context: core.Context) -> None:
        capabilities = meter_capabilities(zone=station.zone is not None)
        super().__init__(
            info,
            capabilities=capabilities,
            native=station.native,
            context=context,
            history=station.history_of(series.meters),
        )
        self._station = station
        self._box = box
        """The meter itself; None where the station lists none."""

    def read(self, *, max_age: core.Span | None = None) -> core.MeterReading:
        """Read it; one call serves all devices of the station."""
        if self._box is None:
            seen = self._station.reporting(max_age)
            issues = readings.missing(seen, "power_w", readings.METER_FLOW)
            return readings.to_meter_reading(seen, {}, {}, issues=issues)
        seen, telemetry = self._station.state_of(self._box, max_age)
        counters = self._station.counters(self._box.sn, self._box.kind)
        issues = readings.missing(
            seen,
            "power_w",
            readings.METER_FLOW,
            (telemetry, readings.METER_CODES),
            (counters, readings.METER_COUNTERS),
            zeros=True,
        )
        return readings.to_meter_reading(seen, telemetry.figures, counters.figures, issues=issues)


class SemsInverter(core.BaseInverter):
    """One inverter of a station."""

    def __init__(
        self,
        station: Plant,
        box: Box,
        info: core.InverterInfo,
        functions: documents.InverterFunctions,
        context: core.Context,
        writer: core.Writer,
        *,
        alone: bool,
        first: bool,
        control: bool,
    ) -> None:
        super().__init__(
            info,
            capabilities=inverter_capabilities(alone=alone, zone=station.zone is not None, control=control),
            native=station.native,
            context=context,
            writer=writer,
            history=station.history_of(series.inverters),
            export_limit=documents.ExportSetting(station.native, box.sn, functions, box.rated_w),
        )
        self._station = station
        self._box = box
        self._alone = alone
        self._first = first

    def read(self, *, max_age: core.Span | None = None) -> core.InverterReading:
        """Read it; sleep at night it reads as offline or standby, and its powers are unknown."""
        seen, telemetry = self._station.state_of(self._box, max_age, sleep=True)
        counters = self._station.counters(self._box.sn, self._box.kind)
        flow = readings.INVERTER_FLOW if self._alone else {"pConsum": "load_w"} if self._first else {}
        blocks = (telemetry, readings.INVERTER_CODES), (counters, readings.INVERTER_COUNTERS)
        issues = readings.missing(seen, "load_w", flow, *blocks)
        own, totals = telemetry.figures, counters.figures
        return readings.to_inverter_reading(seen, own, totals, alone=self._alone, first=self._first, issues=issues)

    def export_limit(self) -> float | None:
        """The most it may give to the grid (W); None when it is not limited."""
        try:
            return super().export_limit()
        except core.Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise

    def set_export_limit(self, limit_w: core.Number | None, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Limit what it gives to the grid (W); None lifts the limit."""
        try:
            return super().set_export_limit(limit_w, **options)
        except core.Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise


class SemsBattery(core.BaseBattery):
    """One battery of a station, behind the inverter that obeys for it."""

    def __init__(
        self,
        station: Plant,
        box: Box,
        inverter: Box,
        info: core.BatteryInfo,
        functions: documents.InverterFunctions,
        context: core.Context,
        writer: core.Writer,
        *,
        alone: bool,
        control: bool,
    ) -> None:
        planner = Planner(scale=PowerScale(rated_w=inverter.rated_w), zone=station.zone)
        native, clock = station.native, station.clock
        super().__init__(
            info,
            capabilities=battery_capabilities(alone=alone, zone=station.zone is not None, control=control),
            native=station.native,
            context=context,
            writer=writer,
            history=station.history_of(series.batteries),
            program=documents.ProgramSetting(native, inverter.sn, functions, planner, clock),
            settings=documents.LimitsSetting(native, inverter.sn, functions),
        )
        self._station = station
        self._box = box
        self._inverter = inverter
        self._alone = alone

    def read(self, *, max_age: core.Span | None = None) -> core.BatteryReading:
        """Read it; its power and state of charge come with the station's flow."""
        seen, telemetry = self._station.state_of(self._box, max_age)
        counters = self._station.counters(self._inverter.sn, self._inverter.kind)
        blocks = (telemetry, readings.BATTERY_CODES), (counters, readings.BATTERY_COUNTERS)
        issues = readings.missing(seen, "power_w", readings.BATTERY_FLOW if self._alone else {}, *blocks)
        own, totals = telemetry.figures, counters.figures
        return readings.to_battery_reading(seen, own, totals, alone=self._alone, issues=issues)

    def set_schedule(self, schedule: core.Schedule, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Replace the time-of-use slots."""
        check_modes(schedule, self.info.tz)
        return super().set_schedule(schedule, **options)

    def sent(self) -> None:
        """What was fetched of the station is out of date."""
        self._station.forget()
