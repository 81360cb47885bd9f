# Generated from station.py by openpower_testing; do not edit.
"""One station: what its devices share, fetched once for all who ask, and the functions of its inverters."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from openpower_core.connection._sync_fetch import SharedFetch
from openpower_core.errors import DeviceOffline, OpenPowerError, PartialData, PermissionDenied
from openpower_core.secrets import mask
from openpower_goodwe.semsplus.control.functions import CHARGE_NOW, Functions, functions_in
from openpower_goodwe.semsplus.mapping.factors import figures
from openpower_goodwe.semsplus.mapping.flows import to_flows
from openpower_goodwe.semsplus.mapping.readings import Moment
from openpower_goodwe.semsplus.mapping.series import Sample, samples
from openpower_goodwe.semsplus.mapping.zones import days_between, inverted_hours, to_utc
from openpower_goodwe.semsplus.models import to_status

if TYPE_CHECKING:
    from datetime import tzinfo

    from openpower_core.clock import Clock
    from openpower_goodwe.semsplus._sync.client import SemsPlus
    from openpower_goodwe.semsplus.models import Flow

__all__ = ["InverterFunctions", "Plant"]

_LIVE = timedelta(seconds=20)
"""Readings change once a minute."""
_SLOW = timedelta(minutes=5)
"""Counters and temperatures change slowly."""
_STABLE = timedelta(days=1)


class Plant:
    """A station's shared fetches.

    Args:
        native: a client for this station.
        zone: the station's; None where nobody told.
        clock: the connection's.
    """

    def __init__(self, native: SemsPlus, *, zone: tzinfo | None, clock: Clock) -> None:
        self.native = native
        self.zone = zone
        self.clock = clock
        self._flow: SharedFetch[Flow] = SharedFetch(native.get_flow, max_age=_LIVE, clock=clock)
        self._figures: dict[tuple[str, str, str], SharedFetch[dict[str, float]]] = {}

    def moment(self, max_age: timedelta | None = None) -> Moment:
        """The station now, as one call tells it."""
        fetched = self._flow.get(max_age)
        flow = fetched.value
        measured = to_utc(flow.refresh_time, self.zone)
        local = (measured or fetched.received_at).astimezone(self.zone) if self.zone else None
        return Moment(
            flows=to_flows(flow),
            status=to_status(flow.status),
            received_at=fetched.received_at,
            measured_at=measured,
            day=local.date() if local else None,
            raw=flow,
        )

    def reporting(self, max_age: timedelta | None = None) -> Moment:
        """The same; a station that reports no power at all raises."""
        seen = self.moment(max_age)
        if not seen.flows.is_dark:
            return seen
        if seen.status == 0:
            raise DeviceOffline(
                f"station {mask(self.native.station_id or '')} does not report to SEMS+.",
                provider="goodwe-sems",
                operation="flow",
                hint="At night inverters without a battery sleep; else look at the dongle's network.",
            )
        raise PartialData("the station's flow holds no power.", provider="goodwe-sems", operation="flow")

    def telemetry(self, sn: str, kind: str, max_age: timedelta | None = None) -> dict[str, float]:
        """A device's own figures; none where it does not report, or where the account may not see them."""
        return self._of(sn, kind, "get_telemetry", _LIVE, max_age)

    def counters(self, sn: str, kind: str) -> dict[str, float]:
        """A device's counters, or none."""
        return self._of(sn, kind, "get_telecounting", _SLOW, None)

    def series(self, start: datetime, end: datetime) -> list[Sample]:
        """The one-minute series in ``[start, end)``, one call a day of the station's."""
        assert self.zone is not None  # noqa: S101  (without a zone the capabilities say no)
        found: list[Sample] = []
        for day in days_between(start, end, self.zone) if start < end else []:
            noon = datetime.combine(day, time(12), tzinfo=self.zone)
            answer = self.native.get_power_statistics(day, time_zone=inverted_hours(self.zone, noon))
            found += samples(answer, self.zone, start=start, end=end, received_at=self.clock.now())
        return sorted(found, key=lambda each: each.at)

    def forget(self) -> None:
        """After a write, what was fetched before it counts no more."""
        self._flow.clear()
        for each in self._figures.values():
            each.clear()

    def _of(self, sn: str, kind: str, call: str, usual: timedelta, max_age: timedelta | None) -> dict[str, float]:
        key = (sn, kind, call)
        if key not in self._figures:
            ask: Any = getattr(self.native, call)

            def fetch() -> dict[str, float]:
                return figures(ask(sn, kind))

            self._figures[key] = SharedFetch(fetch, max_age=usual, clock=self.clock)
        try:
            return self._figures[key].get(max_age).value
        except (PermissionDenied, PartialData):
            # Visitors are refused some devices, and sleeping ones answer nothing; the flow still tells.
            return {}


class InverterFunctions:
    """What one inverter offers, discovered when it is first needed.

    Args:
        native: a client for its station.
        sn: its serial number.
        clock: the connection's.
    """

    def __init__(self, native: SemsPlus, sn: str, clock: Clock) -> None:
        self._native = native
        self._sn = sn
        self._functions = SharedFetch(self._discover, max_age=_STABLE, clock=clock)
        self._generation = SharedFetch(self._work_mode, max_age=_STABLE, clock=clock)

    def get(self) -> Functions:
        """What it offers."""
        return self._functions.get().value

    def slots(self) -> int:
        """How many time-of-use slots it has; 0 where their setting is not known."""
        return self._generation.get().value

    def _discover(self) -> Functions:
        functions = self._native.get_functions(self._sn)
        if functions.find(CHARGE_NOW):
            return functions
        try:
            menu = self._native.get_function_menu(self._sn, menu_code=1, bat_index="1")
        except OpenPowerError:
            return functions  # an inverter without a battery has no such menu
        return Functions([*functions.known, *functions_in(menu)])

    def _work_mode(self) -> int:
        told = self._native.get_work_mode(self._sn).work_mode or ""
        # The first generation knows one exclusive mode at a time, and its slots another unit.
        return {"2": 4, "3": 8}.get(told.partition(".")[0], 0)
