"""What the emulated service answers to each call, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from attrs import frozen

from openpower_goodwe.semsplus.control.functions import functions_in
from openpower_goodwe.semsplus.control.slots import slot_of
from openpower_goodwe.semsplus.emulator import telemetry
from openpower_goodwe.semsplus.emulator.station import EmulatedStation, Refusal, battery_menu, tree

Handler: TypeAlias = "Callable[[Call], Any]"


@frozen(kw_only=True)
class Call:
    """One request, as handlers see it."""

    stations: list[EmulatedStation]
    params: Mapping[str, Any]
    """Query and body together."""
    path: tuple[str, ...]
    """What the path's wildcards match."""
    now: datetime

    @property
    def station(self) -> EmulatedStation:
        """The station that the call is about."""
        names = ("stationId", "pwId", "plantId")
        wanted = next((self.params[each] for each in names if self.params.get(each)), None)
        if wanted is None:
            return self.of_device(str(self.params.get("sn") or (self.path or ("",))[0]))
        for station in self.stations:
            if station.plate.station_id == wanted:
                return station
        raise Refusal("100025")

    def of_device(self, sn: str) -> EmulatedStation:
        """The station of a device."""
        for station in self.stations:
            plate = station.plate
            if sn in (plate.inverter, plate.battery, plate.meter, plate.charger):
                return station
        raise Refusal("100025")


def _stations(call: Call) -> Any:
    rows = [telemetry.station_row(each, call.now) for each in call.stations]
    size = int(call.params.get("size", call.params.get("pageSize", 100)))
    page = int(call.params.get("current", call.params.get("pageIndex", 1)))
    first = (page - 1) * size
    return {"dataList": rows[first : first + size], "size": size, "current": page, "total": len(rows)}


def _info(call: Call) -> Any:
    station, plate = call.station, call.station.plate
    return {
        "stationId": plate.station_id,
        "name": plate.name,
        "status": "0" if station.quirks.offline else "1",
        "gridStatus": "1",
        "powerStationType": "2",
        "isAllInOne": False,
        "batteryCapacity": plate.battery_kwh,
        "pvCapacity": plate.pv_kw,
        "installedPower": plate.inverter_kw,
        "timeZone": plate.tz,
        "permissions": list(station.quirks.permissions),
        "chartMap": {"energy_flow": "pSystem,soc,pBat,pConsum,pGrid"},
    }


def _devices(call: Call) -> Any:
    rows = telemetry.device_rows(call.station)
    return {"dataList": rows, "size": 100, "current": 1, "total": len(rows)}


def _status(call: Call) -> Any:
    rows = telemetry.device_rows(call.station)
    details = [
        {
            "deviceType": row["deviceType"],
            "total": 1,
            "statusDetailList": [
                {"status": row["status"], "total": 1, "snList": [row["sn"]], "detailMap": {row["sn"]: row}}
            ],
        }
        for row in rows
    ]
    return {"total": len(rows), "deviceDetailList": details}


def _by_type(call: Call) -> Any:
    kind = call.params.get("deviceType")
    return [row for row in telemetry.device_rows(call.station) if row["deviceType"] == kind]


def _figures(call: Call) -> Any:
    sn, what = call.path
    station = call.of_device(sn)
    if station.quirks.visitor and what != "information":
        raise Refusal("100025")
    return telemetry.equipment(station, sn, what, call.now)


def _related(call: Call) -> Any:
    station = call.of_device(call.path[0])
    if not station.plate.battery_kwh:
        return []
    seen = station.snapshot(call.now)
    return [
        {
            "sn": station.plate.battery,
            "no": "1",
            "name": "BAT1",
            "type": "BAT_SYS",
            "status": 7,
            "soc": round(seen.soc_pct),
            "isConnected": True,
            "pbat": seen.battery_w / 1000,
        }
    ]


def _series(call: Call) -> Any:
    return telemetry.power_series(call.station, call.params, call.now)


def _sums(call: Call) -> Any:
    return telemetry.statistics(call.station, call.params, call.now)


def _production(call: Call) -> Any:
    return telemetry.production(call.station, call.params, call.now)


def _tree(call: Call) -> Any:
    return tree(call.of_device(call.params["sn"]))


def _menu(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    return battery_menu(station) if str(call.params.get("batIndex")) == "1" else tree(station)


def _work_mode(call: Call) -> Any:
    return {"workMode": call.of_device(call.params["sn"]).quirks.work_mode, "arm": 19}


def _cached(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    station.settle(call.now)
    current = station.registers.values
    values = {each: str(current[each]) for each in call.params["addresses"] if each in current}
    return {"sn": call.params["sn"], "data": values}


def _write(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    _may_control(station)
    known = _addresses(station)
    for address, value in call.params["addressMap"].items():
        function = call.params["addrFuncMap"].get(address)
        if address not in known or function not in known[address]:
            raise Refusal("P0214")
        if address == "47510" and not 0 <= float(value) <= station.registers.rated_w:
            raise Refusal("P0215")
    station.write(call.params["addressMap"], call.now)
    return None


def _addresses(station: EmulatedStation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in functions_in([tree(station), battery_menu(station)]):
        found.setdefault(str(each.address), set()).add(str(each.function_id))
    return found


def _settings(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    station.settle(call.now)
    current = station.registers.values
    items = [{"functionName": name, "value": current[name]} for name in call.params["functionName"] if name in current]
    return {"sn": call.params["sn"], "items": items}


def _set(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    _may_control(station)
    name = call.params["functionName"]
    if name not in station.registers.values:
        raise Refusal("P0215")
    if match := re.fullmatch(r"TOU(\d)", name):
        slot = slot_of(int(match[1]), call.params["data"])
        if not -1000 <= slot.per_mille <= 1000 or not 0 <= slot.cutoff_pct <= 100:
            raise Refusal("P0215")
    station.write({name: call.params["data"]}, call.now)
    return None


def _may_control(station: EmulatedStation) -> None:
    if "INVERTER_REMOTE" not in station.quirks.permissions:
        raise Refusal("100025")


def _ev_detail(call: Call) -> Any:
    return call.of_device(call.params["sn"]).ev_detail(call.now)


def _ev_controls(call: Call) -> Any:
    station = call.of_device(call.path[0])
    return {"productModel": station.plate.charger_model, "controlItemRanges": {}}


def _last_charge(call: Call) -> Any:
    return telemetry.last_charge(call.station, call.now)


def _order(call: Call) -> Any:
    station = call.of_device(call.params["sn"])
    station.order_charger(str(call.params["_name"]), call.now)
    return {}


def _mode(call: Call) -> Any:
    if not call.params.get("productModel"):
        raise Refusal("R0219")
    call.of_device(call.params["sn"]).set_charge_mode(call.params, call.now)
    return {}


def _config(call: Call) -> Any:
    call.of_device(call.params["sn"]).configure_charger(call.params)
    return {}


def _alarms(call: Call) -> Any:
    del call
    return {"dataList": [], "total": 0}


_PLANT: Final = "sems-plant/api"
_REMOTE: Final = "sems-remote/api"
CALLS: Final[dict[tuple[str, str], Handler]] = {
    ("GET", r"sems-user/api/v1/user/get-user"): lambda _: {"userId": "user-0001", "language": "en"},
    ("POST", rf"{_PLANT}/portal/stations/page"): _stations,
    ("POST", rf"{_PLANT}/app/v2/stations/page"): _stations,
    ("POST", rf"{_PLANT}/stations/simple-query"): _stations,
    ("POST", r"sems-dashboard-web/api/front/page/stationPage"): _stations,
    ("GET", rf"{_PLANT}/portal/stations/count"): lambda call: {
        "working": len(call.stations),
        "waiting": 0,
        "fault": 0,
        "offline": 0,
        "building": 0,
    },
    ("GET", rf"{_PLANT}/stations/contains/personalStation"): lambda _: True,
    ("POST", rf"{_PLANT}/portal/stations/basic/info"): _info,
    ("POST", rf"{_PLANT}/app/v2/stations/basic/info"): _info,
    ("GET", rf"{_PLANT}/stations/flow"): lambda call: telemetry.flow(call.station, call.now),
    ("POST", rf"{_PLANT}/stations/statistics"): _sums,
    ("POST", rf"{_PLANT}/stations/production"): _production,
    ("POST", rf"{_PLANT}/v1/hems/power/[^/]+"): _series,
    ("GET", rf"{_PLANT}/v1/hems/plant/basic"): lambda _: {"supportVpp": False},
    ("GET", rf"{_PLANT}/station-share/share-info"): lambda _: {"sharePermissionName": "monitoring_control"},
    ("GET", rf"{_PLANT}/stations/device/all-status"): _status,
    ("POST", rf"{_PLANT}/web/device/station/page"): _devices,
    ("GET", rf"{_PLANT}/web/device/station/getDevicesByType"): _by_type,
    ("GET", rf"{_PLANT}/equipments/([^/]+)/(telemetry|telecounting|information)"): _figures,
    ("GET", rf"{_PLANT}/equipments/([^/]+)/relatedDevices"): _related,
    ("GET", rf"{_PLANT}/v1/chargePile/getLastCharge"): _last_charge,
    ("POST", rf"{_REMOTE}/v2/address/remote/getTopTreeByCode"): _tree,
    ("POST", rf"{_REMOTE}/v2/address/remote/getDeviceFunctionTabMenus"): _menu,
    ("GET", rf"{_REMOTE}/v2/address/remote/get-work-mode"): _work_mode,
    ("POST", rf"{_REMOTE}/v1/address/remote/get-cache-device-function-parameters"): _cached,
    ("POST", rf"{_REMOTE}/v1/address/remote/setDeviceFunctionParameters"): _write,
    ("POST", rf"{_REMOTE}/v1/remote/get"): _settings,
    ("POST", rf"{_REMOTE}/v1/remote/set"): _set,
    ("POST", rf"{_REMOTE}/ev-charger/detail"): _ev_detail,
    ("GET", rf"{_REMOTE}/ev-charger/control-item-content-list/([^/]+)"): _ev_controls,
    ("POST", rf"{_REMOTE}/ev-charger/(startCharge|stopCharge)"): _order,
    ("POST", rf"{_REMOTE}/ev-charger/set-mode"): _mode,
    ("POST", rf"{_REMOTE}/ev-charger/set-config"): _config,
    ("POST", r"sems-alarm/api/v2/alarm/page"): _alarms,
    ("POST", r"sems-alarm/api/alarm/statistics"): lambda _: {"total": "0", "happened": "0", "recovery": "0"},
}
"""By verb and pattern of the path."""

_WRITES: Final = ("setDeviceFunctionParameters", "remote/set", "Charge", "set-mode", "set-config")


def is_write(path: str) -> bool:
    """Whether a call changes something."""
    return path.endswith(_WRITES) and "get" not in path.rpartition("/")[2]


def is_slow(path: str) -> bool:
    """Whether it is a charger that has to acknowledge it."""
    return "/ev-charger/" in path
