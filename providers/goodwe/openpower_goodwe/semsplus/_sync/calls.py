# Generated from calls.py by openpower_testing; do not edit.
"""SEMS+'s reading calls: stations, devices, chargers' charges and alarms, under the vendor's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from openpower_core.provider import Answer, NativeClient, Rows
from openpower_goodwe.cloud import readable
from openpower_goodwe.semsplus import models
from openpower_goodwe.semsplus.client.answers import data_of, listed, one, several
from openpower_goodwe.semsplus.client.values import ARGUMENTS, WallTime, needed_station, span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from openpower_goodwe.semsplus._sync.session import Session

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
_PLANT = "sems-plant/api"
_WEB = f"{_PLANT}/web/device"
_SERIES = f"{_PLANT}/v1/hems/power/statisticsAndPreV2"
_ALARM = "sems-alarm/api"


class ReadingCalls(NativeClient):
    """What can be read of stations and devices. Values are the vendor's own: kW, kWh, %, the station's wall clock.

    Every call about a station takes ``station_id=``; without it the client's own counts. Beside the errors of
    any call, one about a station raises PartialData where the answer says success and nothing else.
    """

    _arguments = ARGUMENTS
    _session: Session

    def get_user(self) -> models.User:
        """``get-user``: the account's profile."""
        return one(models.User, self._session.get("sems-user/api/v1/user/get-user"))

    def get_default_service(self) -> str:
        """``default-service``: the region that the login host would choose; it needs no session."""
        answer = self._session.ask_login_host("sems-user/api/v1/auth/default-service")
        return str(data_of(answer))

    def list_stations(self) -> list[models.Station]:
        """All stations that the account may see, page by page."""
        found = Rows[models.Station]()
        page = 1
        while True:
            rows = self.get_stations_page(page, _PAGE)
            found += rows
            odd = getattr(rows, "unreadable", 0)
            found.unreadable += odd
            if len(rows) + odd < _PAGE:
                return found
            page += 1

    def get_stations_page(self, current: int = 1, size: int = _PAGE) -> list[models.Station]:
        """``portal/stations/page``: one page of stations."""
        body = {"current": current, "size": size}
        path = f"{_PLANT}/portal/stations/page"
        return listed(models.Station, self._session.post(path, body, operation="stations/page"))

    def get_app_stations_page(self, current: int = 1, size: int = _PAGE) -> list[models.Station]:
        """``app/v2/stations/page``: the same as the app asks it, for accounts in China."""
        body = {"current": current, "size": size}
        path = f"{_PLANT}/app/v2/stations/page"
        return listed(models.Station, self._session.post(path, body, operation="stations/page"))

    def query_stations(self, page_index: int = 1, page_size: int = _PAGE) -> list[models.Station]:
        """``stations/simple-query``: personal stations only."""
        body = {"pageIndex": page_index, "pageSize": page_size}
        return several(models.Station, self._session.post(f"{_PLANT}/stations/simple-query", body))

    def get_dashboard_stations(
        self, kind: str = "HOUSEHOLD_PHOTOVOLTAIC", current: int = 1, size: int = _PAGE
    ) -> list[models.Station]:
        """``stationPage`` of the dashboard: names and states; its energies were all 0 when captured."""
        body = {"size": size, "current": current, "stationTypeEnum": kind}
        path = "sems-dashboard-web/api/front/page/stationPage"
        return several(models.Station, self._session.post(path, body, dashboard=True))

    def count_stations(self) -> models.StationCount:
        """``stations/count``: how many are in which state."""
        answer = self._session.get(f"{_PLANT}/portal/stations/count", operation="stations/count")
        return one(models.StationCount, answer)

    def has_personal_station(self) -> bool:
        """``contains/personalStation``."""
        answer = self._session.get(f"{_PLANT}/stations/contains/personalStation")
        return bool(data_of(answer))

    def get_station(self, station_id: str | None = None) -> models.StationInfo:
        """``basic/info``: zone, sizes, and what the account may do."""
        return self._info(f"{_PLANT}/portal/stations/basic/info", station_id)

    def get_app_station(self, station_id: str | None = None) -> models.StationInfo:
        """``basic/info`` as the app asks it."""
        return self._info(f"{_PLANT}/app/v2/stations/basic/info", station_id)

    def get_flow(self, station_id: str | None = None) -> models.Flow:
        """``flow``: powers of this minute (kW); ``pGrid`` + exporting, ``pBat`` + discharging.

        A figure that cannot be read is None, and ``unreadable()`` has what was sent.
        """
        answer = self._session.get(f"{_PLANT}/stations/flow", self._of(station_id))
        return one(models.Flow, answer, partly=True)

    def get_statistics(
        self,
        start: WallTime,
        end: WallTime | None = None,
        *,
        dimension: str = "day",
        items: Sequence[str] = _ENERGIES,
        station_id: str | None = None,
    ) -> models.Statistics:
        """``statistics``: energies by day, month or year (kWh)."""
        body = self._sums(station_id, start, end, dimension, items)
        return one(models.Statistics, self._session.post(f"{_PLANT}/stations/statistics", body))

    def get_production(
        self,
        start: WallTime,
        end: WallTime | None = None,
        *,
        dimension: str = "day",
        items: Sequence[str] = (*_ENERGIES, "profitProStats", "profitGridStats"),
        station_id: str | None = None,
    ) -> models.Production:
        """``production``: sums of the span, money included; 0 or null where there is nothing."""
        body = self._sums(station_id, start, end, dimension, items)
        return one(models.Production, self._session.post(f"{_PLANT}/stations/production", body))

    def get_power(
        self,
        start: WallTime,
        end: WallTime | None = None,
        *,
        time_zone: float,
        items: Sequence[str] = _POWERS,
        station_id: str | None = None,
    ) -> models.PowerSeries:
        """``hems/power``: kW by the minute.

        Args:
            start, end: on the station's wall clock.
            time_zone: hours **behind** UTC: −11 for UTC+11.
            items: what to give.
            station_id: the station.
        """
        station = needed_station(station_id, self._subject)
        body = self._series(station, start, end, time_zone, items)
        path = f"{_PLANT}/v1/hems/power/{quote(station, safe='')}"
        return one(models.PowerSeries, self._session.post(path, body, operation="hems/power"))

    def get_power_statistics(
        self,
        start: WallTime,
        end: WallTime | None = None,
        *,
        time_zone: float,
        items: Sequence[str] = _POWERS,
        station_id: str | None = None,
    ) -> models.PowerSeries:
        """``statisticsAndPreV2``: kW by the minute, as the web client charts it; see :meth:`get_power`."""
        station = needed_station(station_id, self._subject)
        body = self._series(station, start, end, time_zone, items)
        return one(models.PowerSeries, self._session.post(_SERIES, body))

    def ask_series(self, day: date, time_zone: float) -> Any:
        """A day of :meth:`get_power_statistics` as it was sent; 7,200 points are not worth a record each."""
        body = self._series(needed_station(None, self._subject), day, None, time_zone, _POWERS)
        return data_of(self._session.post(_SERIES, body))

    def get_hems_plant(self, station_id: str | None = None) -> dict[str, Any]:
        """``hems/plant/basic``: whether the station may join a virtual power plant."""
        params = {"plantId": needed_station(station_id, self._subject)}
        answer = self._session.get(f"{_PLANT}/v1/hems/plant/basic", params, operation="plant/basic")
        return dict(data_of(answer))

    def get_share_info(self, station_id: str | None = None) -> models.ShareInfo:
        """``share-info``: as whom a shared station is seen."""
        path = f"{_PLANT}/station-share/share-info"
        return one(models.ShareInfo, self._session.get(path, self._of(station_id)))

    def _info(self, path: str, station_id: str | None) -> models.StationInfo:
        answer = self._session.post(path, {}, self._of(station_id), operation="basic/info")
        return one(models.StationInfo, answer)

    def _of(self, station_id: str | None) -> dict[str, str]:
        return {"stationId": needed_station(station_id, self._subject)}

    def _sums(
        self, station_id: str | None, start: WallTime, end: WallTime | None, dimension: str, items: Sequence[str]
    ) -> dict[str, Any]:
        return {
            **self._of(station_id),
            "isReport": False,
            "items": list(items),
            "dimension": dimension,
            **span(start, end),
        }

    def _series(
        self, station: str, start: WallTime, end: WallTime | None, time_zone: float, items: Sequence[str]
    ) -> dict[str, Any]:
        return {"stationId": station, "items": list(items), "timeScale": 1, "timeZone": time_zone, **span(start, end)}

    # Devices, their figures, charges and alarms; serial numbers are the vendor's.

    def get_device_status(self, station_id: str | None = None) -> list[models.DeviceStatus]:
        """``all-status``: all devices by type and status."""
        answer = self._session.get(f"{_PLANT}/stations/device/all-status", self._of(station_id))
        data = data_of(answer)
        rows = cast("dict[str, Any]", data).get("deviceDetailList") if isinstance(data, dict) else data
        return readable(models.DeviceStatus, rows or [])

    def list_devices(
        self, station_id: str | None = None, *, current: int = 1, size: int = 100
    ) -> list[models.DeviceRow]:
        """``device/station/page``: the devices with their models."""
        body = {**self._of(station_id), "current": current, "size": size}
        answer = self._session.post(f"{_WEB}/station/page", body, operation="device/page")
        return listed(models.DeviceRow, answer)

    def list_central_devices(
        self,
        device_types: Sequence[str] = ("EV_CHARGER",),
        *,
        station_id: str | None = None,
        current: int = 1,
        size: int = 100,
    ) -> list[dict[str, Any]]:
        """``centralized/page``: devices across stations, as the vendor nests them (``children``)."""
        station = station_id or self._subject
        body = {"deviceTypeList": list(device_types), "current": current, "size": size}
        body |= {"stationId": station} if station else {}
        answer = self._session.post(f"{_WEB}/centralized/page", body, operation="centralized/page")
        return [dict(row) for row in cast("dict[str, Any]", data_of(answer)).get("dataList") or ()]

    def get_devices_by_type(self, device_type: str, station_id: str | None = None) -> list[models.DeviceRow]:
        """``getDevicesByType``."""
        params = {**self._of(station_id), "deviceType": device_type}
        return several(models.DeviceRow, self._session.get(f"{_WEB}/station/getDevicesByType", params))

    def get_device_types(self, station_id: str | None = None) -> list[Any]:
        """``getAllDeviceType``."""
        answer = self._session.get(f"{_WEB}/getAllDeviceType", self._of(station_id))
        return list(data_of(answer))

    def has_device(self, station_id: str | None = None) -> bool:
        """``has-device``."""
        return bool(data_of(self._session.get(f"{_WEB}/has-device", self._of(station_id))))

    def get_telemetry(self, sn: str, device_type: str, station_id: str | None = None) -> list[models.FactorGroup]:
        """``telemetry``: what a device measures; visitors may be refused it (100025)."""
        return several(models.FactorGroup, self._equipment(sn, "telemetry", device_type, station_id))

    def get_telecounting(self, sn: str, device_type: str, station_id: str | None = None) -> list[models.FactorGroup]:
        """``telecounting``: what a device counts (kWh) by day, week, month, year and in all."""
        return several(models.FactorGroup, self._equipment(sn, "telecounting", device_type, station_id))

    def get_information(self, sn: str, device_type: str, station_id: str | None = None) -> list[models.Factor]:
        """``information``: model, firmware, rated power …"""
        return several(models.Factor, self._equipment(sn, "information", device_type, station_id))

    def get_related_devices(
        self, sn: str, device_type: str, station_id: str | None = None
    ) -> list[models.RelatedDevice]:
        """``relatedDevices``: what is connected to a device."""
        params = {"sn": sn, **self._kind(device_type, station_id)}
        path = f"{_PLANT}/equipments/{quote(sn, safe='')}/relatedDevices"
        return listed(models.RelatedDevice, self._session.get(path, params))

    def get_metric_config(
        self, sn: str, device_type: str, station_id: str | None = None, *, module: str = "chart"
    ) -> Any:
        """``getMetricConfig``: which series a device has, as the vendor nests it."""
        params = {**self._kind(device_type, station_id), "module": module}
        path = f"{_PLANT}/equipments/{quote(sn, safe='')}/getMetricConfig"
        return data_of(self._session.get(path, params))

    def get_time_series(
        self,
        sn: str,
        device_type: str,
        group: str,
        start: WallTime,
        end: WallTime | None = None,
        *,
        module: str = "chart",
        station_id: str | None = None,
    ) -> Any:
        """``timeSeriesData``: a device's own five-minute series, as the vendor nests it."""
        times = span(start, end)
        body = {
            "sn": sn,
            "deviceType": device_type,
            **self._of(station_id),
            "group": group,
            "module": module,
            "startDateTime": times["startTime"],
            "endDateTime": times["endTime"],
            "timeGranularity": "1",
        }
        path = f"{_PLANT}/portal/equipments/{quote(sn, safe='')}/timeSeriesData"
        return data_of(self._session.post(path, body))

    def get_ev_charger(
        self, sn: str, product_model: str | None = None, station_id: str | None = None
    ) -> models.EvCharger:
        """``ev-charger/detail``: a charger's settings and state."""
        station = station_id or self._subject
        body = {"sn": sn}
        body |= {"plantId": station} if station else {}
        body |= {"productModel": product_model} if product_model else {}
        answer = self._session.post("sems-remote/api/ev-charger/detail", body, operation="ev-charger/detail")
        return one(models.EvCharger, answer)

    def get_ev_controls(self, sn: str) -> models.EvControls:
        """``control-item-content-list``: the model that writes have to name."""
        path = f"sems-remote/api/ev-charger/control-item-content-list/{quote(sn, safe='')}"
        return one(models.EvControls, self._session.get(path, operation="control-item-content-list"))

    def get_last_charge(self, sn: str, station_id: str | None = None) -> models.LastCharge:
        """``getLastCharge``: the running or last charge."""
        params = {"chargeSn": sn, "pwId": needed_station(station_id, self._subject)}
        return one(models.LastCharge, self._session.get(f"{_PLANT}/v1/chargePile/getLastCharge", params))

    def list_charges(
        self,
        sn: str,
        start: WallTime,
        end: WallTime | None = None,
        *,
        current: int = 1,
        size: int = 20,
        station_id: str | None = None,
    ) -> list[models.ChargeLog]:
        """``queryChargeLogList``: past charges, twenty a page."""
        body = {
            "chargeSn": sn,
            "pwId": needed_station(station_id, self._subject),
            "current": current,
            "size": size,
            **span(start, end),
        }
        return several(models.ChargeLog, self._session.post(f"{_PLANT}/v1/chargePile/queryChargeLogList", body))

    def list_alarms(
        self,
        *,
        station_ids: Sequence[str] = (),
        status: int | None = None,
        start: WallTime | None = None,
        end: WallTime | None = None,
        page_index: int = 1,
        page_size: int = 20,
    ) -> list[models.Alarm]:
        """``alarm/page``: alarms; ``status`` 0 active, 1 recovered."""
        body: dict[str, Any] = {"pageIndex": page_index, "pageSize": page_size}
        stations = list(station_ids) or ([self._subject] if self._subject else [])
        body |= {"stationIds": stations} if stations else {}
        body |= {} if status is None else {"status": status}
        body |= {} if start is None else span(start, end)
        return several(models.Alarm, self._session.post(f"{_ALARM}/v2/alarm/page", body, operation="alarm/page"))

    def get_alarm_statistics(self, station_ids: Sequence[str] = ()) -> models.AlarmCount:
        """``alarm/statistics``: how many alarms are active and recovered."""
        stations = list(station_ids) or ([self._subject] if self._subject else [])
        answer = self._session.post(
            f"{_ALARM}/alarm/statistics", {"stationIds": stations}, operation="alarm/statistics"
        )
        return one(models.AlarmCount, answer)

    def get_alarm(self, alarm_id: str) -> models.Alarm:
        """``alarm/detail``: one alarm."""
        answer = self._session.post(f"{_ALARM}/alarm/detail", {"warningid": alarm_id}, operation="alarm/detail")
        return one(models.Alarm, answer)

    def count_alarms(self) -> Any:
        """``alarm/count``, as the vendor gives it."""
        return data_of(self._session.get(f"{_ALARM}/alarm/count", operation="alarm/count"))

    def _equipment(self, sn: str, what: str, device_type: str, station_id: str | None) -> Answer:
        params = self._kind(device_type, station_id)
        return self._session.get(f"{_PLANT}/equipments/{quote(sn, safe='')}/{what}", params)

    def _kind(self, device_type: str, station_id: str | None) -> dict[str, str]:
        return {"deviceType": str(device_type), "pwId": needed_station(station_id, self._subject)}
