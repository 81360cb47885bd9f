# Generated from equipment.py by openpower_testing; do not edit.
"""SEMS+'s calls about the devices of a station, its chargers' charges, and its alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from openpower_goodwe.semsplus.envelope import data_of, one, several, structured
from openpower_goodwe.semsplus.models import (
    Alarm,
    AlarmCount,
    ChargeLog,
    DeviceRow,
    DeviceStatus,
    EvCharger,
    EvControls,
    Factor,
    FactorGroup,
    LastCharge,
    RelatedDevice,
)
from openpower_goodwe.semsplus.values import Moment, needed_station, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.http import Answer
    from openpower_goodwe.semsplus._sync.session import Session

__all__ = ["EquipmentCalls"]

_PLANT = "sems-plant/api"
_WEB = "sems-plant/api/web/device"
_ALARM = "sems-alarm/api"


class EquipmentCalls:
    """Devices, their figures, charges and alarms; serial numbers are the vendor's."""

    _session: Session
    _station_id: str | None

    def get_device_status(self, station_id: str | None = None) -> list[DeviceStatus]:
        """``all-status``: all devices by type and status."""
        answer = self._session.get(f"{_PLANT}/stations/device/all-status", self._of(station_id))
        data = data_of(answer)
        rows = cast("dict[str, Any]", data).get("deviceDetailList") if isinstance(data, dict) else data
        return structured(DeviceStatus, rows or [])

    def list_devices(self, station_id: str | None = None, *, current: int = 1, size: int = 100) -> list[DeviceRow]:
        """``device/station/page``: the devices with their models."""
        body = {**self._of(station_id), "current": current, "size": size}
        answer = self._session.post(f"{_WEB}/station/page", body, operation="device/page")
        return several(DeviceRow, answer)

    def list_central_devices(
        self,
        device_types: Sequence[str] = ("EV_CHARGER",),
        *,
        station_id: str | None = None,
        current: int = 1,
        size: int = 100,
    ) -> list[dict[str, Any]]:
        """``centralized/page``: devices across stations, as the vendor nests them (``children``)."""
        station = station_id or self._station_id
        body = {"deviceTypeList": list(device_types), "current": current, "size": size}
        body |= {"stationId": station} if station else {}
        answer = self._session.post(f"{_WEB}/centralized/page", body, operation="centralized/page")
        return [dict(row) for row in cast("dict[str, Any]", data_of(answer)).get("dataList") or ()]

    def get_devices_by_type(self, device_type: str, station_id: str | None = None) -> list[DeviceRow]:
        """``getDevicesByType``."""
        params = {**self._of(station_id), "deviceType": device_type}
        return several(DeviceRow, self._session.get(f"{_WEB}/station/getDevicesByType", params))

    def get_device_types(self, station_id: str | None = None) -> list[Any]:
        """``getAllDeviceType``."""
        answer = self._session.get(f"{_WEB}/getAllDeviceType", self._of(station_id))
        return list(data_of(answer))

    def has_device(self, station_id: str | None = None) -> bool:
        """``has-device``."""
        return bool(data_of(self._session.get(f"{_WEB}/has-device", self._of(station_id))))

    def get_telemetry(self, sn: str, device_type: str, station_id: str | None = None) -> list[FactorGroup]:
        """``telemetry``: what a device measures; visitors may be refused it (100025)."""
        return several(FactorGroup, self._equipment(sn, "telemetry", device_type, station_id))

    def get_telecounting(self, sn: str, device_type: str, station_id: str | None = None) -> list[FactorGroup]:
        """``telecounting``: what a device counts (kWh) by day, week, month, year and in all."""
        return several(FactorGroup, self._equipment(sn, "telecounting", device_type, station_id))

    def get_information(self, sn: str, device_type: str, station_id: str | None = None) -> list[Factor]:
        """``information``: model, firmware, rated power …"""
        return several(Factor, self._equipment(sn, "information", device_type, station_id))

    def get_related_devices(self, sn: str, device_type: str, station_id: str | None = None) -> list[RelatedDevice]:
        """``relatedDevices``: what hangs on a device."""
        params = {"sn": sn, **self._kind(device_type, station_id)}
        path = f"{_PLANT}/equipments/{quote(sn, safe='')}/relatedDevices"
        return several(RelatedDevice, self._session.get(path, params))

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
        start: Moment,
        end: Moment | None = None,
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

    def get_ev_charger(self, sn: str, product_model: str | None = None, station_id: str | None = None) -> EvCharger:
        """``ev-charger/detail``: a charger's settings and state."""
        station = station_id or self._station_id
        body = {"sn": sn}
        body |= {"plantId": station} if station else {}
        body |= {"productModel": product_model} if product_model else {}
        answer = self._session.post("sems-remote/api/ev-charger/detail", body, operation="ev-charger/detail")
        return one(EvCharger, answer)

    def get_ev_controls(self, sn: str) -> EvControls:
        """``control-item-content-list``: the model that writes have to name."""
        path = f"sems-remote/api/ev-charger/control-item-content-list/{quote(sn, safe='')}"
        return one(EvControls, self._session.get(path, operation="control-item-content-list"))

    def get_last_charge(self, sn: str, station_id: str | None = None) -> LastCharge:
        """``getLastCharge``: the running or last charge."""
        params = {"chargeSn": sn, "pwId": needed_station(station_id, self._station_id)}
        return one(LastCharge, self._session.get(f"{_PLANT}/v1/chargePile/getLastCharge", params))

    def list_charges(
        self,
        sn: str,
        start: Moment,
        end: Moment | None = None,
        *,
        current: int = 1,
        size: int = 20,
        station_id: str | None = None,
    ) -> list[ChargeLog]:
        """``queryChargeLogList``: past charges, twenty a page."""
        body = {
            "chargeSn": sn,
            "pwId": needed_station(station_id, self._station_id),
            "current": current,
            "size": size,
            **span(start, end),
        }
        return several(ChargeLog, self._session.post(f"{_PLANT}/v1/chargePile/queryChargeLogList", body))

    def list_alarms(
        self,
        *,
        station_ids: Sequence[str] = (),
        status: int | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        page_index: int = 1,
        page_size: int = 20,
    ) -> list[Alarm]:
        """``alarm/page``: alarms; ``status`` 0 active, 1 recovered."""
        body: dict[str, Any] = {"pageIndex": page_index, "pageSize": page_size}
        stations = list(station_ids) or ([self._station_id] if self._station_id else [])
        body |= {"stationIds": stations} if stations else {}
        body |= {} if status is None else {"status": status}
        body |= {} if start is None else span(start, end)
        return several(Alarm, self._session.post(f"{_ALARM}/v2/alarm/page", body, operation="alarm/page"))

    def get_alarm_statistics(self, station_ids: Sequence[str] = ()) -> AlarmCount:
        """``alarm/statistics``: how many alarms are active and recovered."""
        stations = list(station_ids) or ([self._station_id] if self._station_id else [])
        answer = self._session.post(
            f"{_ALARM}/alarm/statistics", {"stationIds": stations}, operation="alarm/statistics"
        )
        return one(AlarmCount, answer)

    def get_alarm(self, alarm_id: str) -> Alarm:
        """``alarm/detail``: one alarm."""
        answer = self._session.post(f"{_ALARM}/alarm/detail", {"warningid": alarm_id}, operation="alarm/detail")
        return one(Alarm, answer)

    def count_alarms(self) -> Any:
        """``alarm/count``, as the vendor gives it."""
        return data_of(self._session.get(f"{_ALARM}/alarm/count", operation="alarm/count"))

    def _equipment(self, sn: str, what: str, device_type: str, station_id: str | None) -> Answer:
        params = self._kind(device_type, station_id)
        return self._session.get(f"{_PLANT}/equipments/{quote(sn, safe='')}/{what}", params)

    def _kind(self, device_type: str, station_id: str | None) -> dict[str, str]:
        return {"deviceType": str(device_type), "pwId": needed_station(station_id, self._station_id)}

    def _of(self, station_id: str | None) -> dict[str, str]:
        return {"stationId": needed_station(station_id, self._station_id)}
