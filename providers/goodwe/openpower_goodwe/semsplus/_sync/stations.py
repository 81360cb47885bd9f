# Generated from stations.py by openpower_testing; do not edit.
"""SEMS+'s calls about the account and its stations, under the vendor's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openpower_goodwe.semsplus.envelope import data_of, one, several
from openpower_goodwe.semsplus.models import (
    Flow,
    PowerSeries,
    Production,
    ShareInfo,
    Station,
    StationCount,
    StationInfo,
    Statistics,
    User,
)
from openpower_goodwe.semsplus.values import Moment, needed_station, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_goodwe.semsplus._sync.session import Session

__all__ = ["StationCalls"]

_ENERGIES = (
    "proSystemTotalStats",
    "proConsumStats",
    "proPurchaseStats",
    "proGridStats",
    "proSelfConsumStats",
    "proCharStats",
    "proDischarStats",
)
_POWERS = ("pSystem", "soc", "pBat", "pConsum", "pGrid")
_PAGE = 100


class StationCalls:
    """Stations, flow, energies and series. Values are the vendor's own: kW, kWh, %, the station's wall clock.

    Every call about a station takes ``station_id=``; without it the client's own counts. Beside the errors of
    any call, one about a station raises PartialData where the answer says success and nothing else.
    """

    _session: Session
    _station_id: str | None

    def get_user(self) -> User:
        """``get-user``: the account's profile."""
        return one(User, self._session.get("sems-user/api/v1/user/get-user"))

    def get_default_service(self) -> str:
        """``default-service``: the region that the login host would choose; it needs no session."""
        answer = self._session.ask_login_host("sems-user/api/v1/auth/default-service")
        return str(data_of(answer))

    def list_stations(self) -> list[Station]:
        """All stations that the account may see, page by page."""
        found: list[Station] = []
        page = 1
        while True:
            rows = self.get_stations_page(page, _PAGE)
            found += rows
            if len(rows) < _PAGE:
                return found
            page += 1

    def get_stations_page(self, current: int = 1, size: int = _PAGE) -> list[Station]:
        """``portal/stations/page``: one page of stations."""
        body = {"current": current, "size": size}
        path = "sems-plant/api/portal/stations/page"
        return several(Station, self._session.post(path, body, operation="stations/page"))

    def get_app_stations_page(self, current: int = 1, size: int = _PAGE) -> list[Station]:
        """``app/v2/stations/page``: the same as the app asks it, for accounts in China."""
        body = {"current": current, "size": size}
        path = "sems-plant/api/app/v2/stations/page"
        return several(Station, self._session.post(path, body, operation="stations/page"))

    def query_stations(self, page_index: int = 1, page_size: int = _PAGE) -> list[Station]:
        """``stations/simple-query``: personal stations only."""
        body = {"pageIndex": page_index, "pageSize": page_size}
        return several(Station, self._session.post("sems-plant/api/stations/simple-query", body))

    def get_dashboard_stations(
        self, kind: str = "HOUSEHOLD_PHOTOVOLTAIC", current: int = 1, size: int = _PAGE
    ) -> list[Station]:
        """``stationPage`` of the dashboard: names and states; its energies were all 0 when captured."""
        body = {"size": size, "current": current, "stationTypeEnum": kind}
        path = "sems-dashboard-web/api/front/page/stationPage"
        return several(Station, self._session.post(path, body, dashboard=True))

    def count_stations(self) -> StationCount:
        """``stations/count``: how many are in which state."""
        answer = self._session.get("sems-plant/api/portal/stations/count", operation="stations/count")
        return one(StationCount, answer)

    def has_personal_station(self) -> bool:
        """``contains/personalStation``."""
        answer = self._session.get("sems-plant/api/stations/contains/personalStation")
        return bool(data_of(answer))

    def get_station(self, station_id: str | None = None) -> StationInfo:
        """``basic/info``: zone, sizes, and what the account may do."""
        return self._info("sems-plant/api/portal/stations/basic/info", station_id)

    def get_app_station(self, station_id: str | None = None) -> StationInfo:
        """``basic/info`` as the app asks it."""
        return self._info("sems-plant/api/app/v2/stations/basic/info", station_id)

    def get_flow(self, station_id: str | None = None) -> Flow:
        """``flow``: powers of this minute (kW); ``pGrid`` + exporting, ``pBat`` + discharging."""
        answer = self._session.get("sems-plant/api/stations/flow", self._of(station_id))
        return one(Flow, answer)

    def get_statistics(
        self,
        start: Moment,
        end: Moment | None = None,
        *,
        dimension: str = "day",
        items: Sequence[str] = _ENERGIES,
        station_id: str | None = None,
    ) -> Statistics:
        """``statistics``: energies by day, month or year (kWh)."""
        body = self._sums(station_id, start, end, dimension, items)
        return one(Statistics, self._session.post("sems-plant/api/stations/statistics", body))

    def get_production(
        self,
        start: Moment,
        end: Moment | None = None,
        *,
        dimension: str = "day",
        items: Sequence[str] = (*_ENERGIES, "profitProStats", "profitGridStats"),
        station_id: str | None = None,
    ) -> Production:
        """``production``: sums of the span, money included; 0 or null where there is nothing."""
        body = self._sums(station_id, start, end, dimension, items)
        return one(Production, self._session.post("sems-plant/api/stations/production", body))

    def get_power(
        self,
        start: Moment,
        end: Moment | None = None,
        *,
        time_zone: float,
        items: Sequence[str] = _POWERS,
        station_id: str | None = None,
    ) -> PowerSeries:
        """``hems/power``: kW by the minute.

        Args:
            start, end: on the station's wall clock.
            time_zone: hours **behind** UTC: −11 for UTC+11.
            items: what to give.
            station_id: the station.
        """
        station = needed_station(station_id, self._station_id)
        body = self._series(station, start, end, time_zone, items)
        path = f"sems-plant/api/v1/hems/power/{quote(station, safe='')}"
        return one(PowerSeries, self._session.post(path, body, operation="hems/power"))

    def get_power_statistics(
        self,
        start: Moment,
        end: Moment | None = None,
        *,
        time_zone: float,
        items: Sequence[str] = _POWERS,
        station_id: str | None = None,
    ) -> PowerSeries:
        """``statisticsAndPreV2``: kW by the minute, as the web client charts it; see :meth:`get_power`."""
        station = needed_station(station_id, self._station_id)
        body = self._series(station, start, end, time_zone, items)
        path = "sems-plant/api/v1/hems/power/statisticsAndPreV2"
        return one(PowerSeries, self._session.post(path, body))

    def get_hems_plant(self, station_id: str | None = None) -> dict[str, Any]:
        """``hems/plant/basic``: whether the station may join a virtual power plant."""
        params = {"plantId": needed_station(station_id, self._station_id)}
        answer = self._session.get("sems-plant/api/v1/hems/plant/basic", params, operation="plant/basic")
        return dict(data_of(answer))

    def get_share_info(self, station_id: str | None = None) -> ShareInfo:
        """``share-info``: as whom a shared station is seen."""
        path = "sems-plant/api/station-share/share-info"
        return one(ShareInfo, self._session.get(path, self._of(station_id)))

    def _info(self, path: str, station_id: str | None) -> StationInfo:
        answer = self._session.post(path, {}, self._of(station_id), operation="basic/info")
        return one(StationInfo, answer)

    def _of(self, station_id: str | None) -> dict[str, str]:
        return {"stationId": needed_station(station_id, self._station_id)}

    def _sums(
        self, station_id: str | None, start: Moment, end: Moment | None, dimension: str, items: Sequence[str]
    ) -> dict[str, Any]:
        return {
            **self._of(station_id),
            "isReport": False,
            "items": list(items),
            "dimension": dimension,
            **span(start, end),
        }

    def _series(
        self, station: str, start: Moment, end: Moment | None, time_zone: float, items: Sequence[str]
    ) -> dict[str, Any]:
        return {"stationId": station, "items": list(items), "timeScale": 1, "timeZone": time_zone, **span(start, end)}
