"""The emulated house in the vendor's words: flow, figures, counters and series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.provider import ChargerStatus
from openpower_goodwe.semsplus.emulator.station import EmulatedStation, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_simulation import Energies, Snapshot

_ENERGIES: Final = {
    "proSystemTotalStats": "pv_kwh",
    "proConsumStats": "load_kwh",
    "proPurchaseStats": "imported_kwh",
    "proGridStats": "exported_kwh",
    "proCharStats": "charged_kwh",
    "proDischarStats": "discharged_kwh",
}


def _kw(watts: float) -> float:
    return round(watts / 1000, 5)


def _powers(seen: Snapshot) -> dict[str, float]:
    """By the vendor's signs: the grid is positive when it takes."""
    return {
        "pSystem": _kw(seen.pv_w),
        "pAc": _kw(seen.load_w + seen.ev_w - seen.grid_w),
        "pBat": _kw(seen.battery_w),
        "pGrid": _kw(-seen.grid_w) + 0.0,
        "pConsum": _kw(seen.load_w + seen.ev_w),
        "soc": round(seen.soc_pct, 1),
    }


def flow(station: EmulatedStation, now: datetime) -> dict[str, Any]:
    """``flow``."""
    plate = station.plate
    head: dict[str, Any] = {"id": plate.station_id, "name": plate.name}
    if station.quirks.offline:
        return {**head, "status": "0", "flows": {}}
    seen = station.snapshot(now)
    powers: dict[str, Any] = _powers(seen)
    if plate.charger is not None:
        powers["pEvChar"] = _kw(seen.ev_w)
    flows = _flows(seen)
    if station.quirks.flow_without_signs:
        powers = {name: abs(value) for name, value in powers.items()}
    time = seen.time.astimezone(station.zone).strftime("%Y-%m-%dT%H:%M:%S")
    return {**head, "status": "1", "flows": flows, **powers, "refreshTime": time}


def _flows(seen: Snapshot) -> dict[str, list[str]]:
    sinks = ["pConsum"]
    sinks += ["pBat"] if seen.battery_w < 0 else []
    sinks += ["pGrid"] if seen.grid_w < 0 else []
    sources = {"pSystem": seen.pv_w, "pBat": seen.battery_w, "pGrid": seen.grid_w}
    return {name: [each for each in sinks if each != name] for name, power in sources.items() if power > 0}


def station_row(station: EmulatedStation, now: datetime) -> dict[str, Any]:
    """One row of the list of stations."""
    plate, seen = station.plate, station.snapshot(now)
    return {
        "id": plate.station_id,
        "name": plate.name,
        "status": "0" if station.quirks.offline else "1",
        "installedPower": plate.inverter_kw,
        "pvInstallP": plate.pv_kw,
        "isShared": False,
        "productionToday": round(seen.today.pv_kwh, 2),
        # The vendor's own figure looks like MWh.
        "productionTotal": round(seen.total.pv_kwh / 1000, 3),
        "pSystem": _kw(seen.pv_w),
        "timeZone": plate.tz,
    }


def device_rows(station: EmulatedStation) -> list[dict[str, Any]]:
    """The devices of a station."""
    plate = station.plate
    rows: list[dict[str, Any]] = [
        {
            "sn": plate.inverter,
            "name": "Inverter",
            "deviceType": "INVERTER",
            "model": plate.model,
            "brand": "GOODWE",
            "status": 0 if station.quirks.offline else 5,
            "subtype": "store" if plate.battery_kwh else "grid",
        },
        {"sn": plate.meter, "name": "Meter", "deviceType": "SMART_METER", "status": 1},
        {"sn": "DO0000000000001", "name": "Dongle 1", "deviceType": "DONGLE", "status": 1},
    ]
    if plate.charger is not None:
        rows.append(
            {
                "sn": plate.charger,
                "name": plate.charger_model,
                "deviceType": "EV_CHARGER",
                "model": plate.charger_model,
                "status": 6,
            }
        )
    return rows


def _factor(code: str, data: object, unit: str | None = None) -> dict[str, Any]:
    return {"code": code, "data": None if data is None else str(data), "dataType": "NUMERIC", "unit": unit}


def equipment(station: EmulatedStation, sn: str, what: str, now: datetime) -> Any:
    """``telemetry``, ``telecounting`` or ``information`` of one device."""
    plate, seen = station.plate, station.snapshot(now)
    if what == "information":
        return _information(station, sn)
    if station.quirks.offline:
        return []
    if what == "telecounting":
        return _counters(sn, station, seen)
    if sn == plate.inverter:
        return [
            {"code": "system", "factors": [_factor("Temperature", 41.5, "℃")]},
            {
                "code": "ac",
                "factors": [
                    _factor("pAc", _powers(seen)["pAc"], "kW"),
                    _factor("Vac", 231.4, "V"),
                    _factor("Fac", 50.0, "Hz"),
                ],
            },
            {
                "code": "pv",
                "factors": [
                    _factor("pDc", _kw(seen.pv_w), "kW"),
                    _factor("ISOLimit", None, "kΩ"),
                    _factor("MPPT-1:Ppv", _kw(seen.pv_w // 2), "kW"),
                    _factor("MPPT-2:Ppv", _kw(seen.pv_w - seen.pv_w // 2), "kW"),
                ],
            },
        ]
    if sn == plate.battery:
        figures = {"soh": 98, "soc": round(seen.soc_pct, 1), "pBat": _kw(seen.battery_w), "batSysTemp": 23.9}
        return [{"code": "runtime", "factors": [_factor(*each) for each in figures.items()]}]
    if sn == plate.meter:
        figures = {"totalPac": _kw(-seen.grid_w), "PHASE-A:pAc": _kw(-seen.grid_w)}
        return [{"code": "runtime", "factors": [_factor(*each) for each in figures.items()]}]
    raise Refusal("100025")


def _information(station: EmulatedStation, sn: str) -> list[dict[str, Any]]:
    plate = station.plate
    if sn == plate.charger:
        return [_factor("workStu", 6), _factor("modelType", plate.charger_model)]
    return [
        _factor("modelType", plate.model),
        _factor("deviceName", "Inverter"),
        _factor("ratedPower", plate.inverter_kw, "kW"),
    ]


def _counters(sn: str, station: EmulatedStation, seen: Snapshot) -> list[dict[str, Any]]:
    names = (
        {"proGridStats": "exported_kwh", "proPurchaseStats": "imported_kwh"}
        if sn == station.plate.meter
        else {"proPvStats": "pv_kwh", "proCharStats": "charged_kwh", "proDischarStats": "discharged_kwh"}
    )
    return [
        {
            "code": f"telecounting_{group}",
            "factors": [
                _factor(f"{name}{suffix}", round(getattr(energies, field), 2), "kWh") for name, field in names.items()
            ],
        }
        for group, suffix, energies in (("today", "Today", seen.today), ("lifetime", "Total", seen.total))
    ]


def _bounds(station: EmulatedStation, params: Mapping[str, Any]) -> tuple[datetime, datetime]:
    try:
        start, end = (datetime.fromisoformat(params[name]) for name in ("startTime", "endTime"))
    except (KeyError, ValueError):
        raise Refusal("P0214") from None
    zone = station.zone
    return (start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC) + timedelta(seconds=1))


def power_series(station: EmulatedStation, params: Mapping[str, Any], now: datetime) -> Any:
    """``statisticsAndPreV2``: the house's five-minute averages, by the minute."""
    start, end = _bounds(station, params)
    series: dict[str, list[dict[str, Any]]] = {item: [] for item in params["items"]}
    for row in station.house.history(start, end, now=now):
        values = {
            "pSystem": _kw(row.pv_w),
            "pBat": _kw(row.battery_w),
            "pGrid": _kw(-row.grid_w) + 0.0,
            "pConsum": _kw(row.load_w + row.ev_w),
            "soc": round(row.soc_pct, 1),
        }
        for minute in range(5):
            local = (row.start + timedelta(minutes=minute)).astimezone(station.zone)
            text = local.strftime("%Y-%m-%d %H:%M:%S")
            for item, points in series.items():
                if item in values:
                    points.append({"tp": text, "power": values[item]})
    return {"dataList": [{"item": item, "statisticsList": points} for item, points in series.items()]}


def statistics(station: EmulatedStation, params: Mapping[str, Any], now: datetime) -> Any:
    """``statistics``: sums by day."""
    if params.get("dimension") not in ("day", "month", "year"):
        raise Refusal("S0327")
    start, end = _bounds(station, params)
    sums = station.house.energies(start, end, now=now)
    day = start.astimezone(station.zone).date()
    items = [
        {"item": item, "unit": "kWh", "statisticsList": [{"date": str(day), "val": value}]}
        for item, value in _sums(sums).items()
        if item in params["items"]
    ]
    return {
        "proGrid": round(sums.exported_kwh, 2),
        "proPurchase": round(sums.imported_kwh, 2),
        "proConsum": round(sums.load_kwh + sums.ev_kwh, 2),
        "production": round(sums.pv_kwh, 2),
        "dataList": items,
    }


def production(station: EmulatedStation, params: Mapping[str, Any], now: datetime) -> Any:
    """``production``: flat sums."""
    start, end = _bounds(station, params)
    sums = _sums(station.house.energies(start, end, now=now))
    return {**sums, "profitProStats": 0, "currency": "EUR"}


def _sums(sums: Energies) -> dict[str, float]:
    found = {item: round(getattr(sums, field), 2) for item, field in _ENERGIES.items()}
    found["proConsumStats"] = round(sums.load_kwh + sums.ev_kwh, 2)
    return found


def last_charge(station: EmulatedStation, now: datetime) -> Any:
    """``getLastCharge``: null where it never charged."""
    seen = station.snapshot(now)
    charging = seen.charger_status is ChargerStatus.CHARGING
    if not charging and not seen.session_kwh:
        return None
    local = seen.time.astimezone(station.zone)
    curve = [
        {"tp": (local - timedelta(minutes=each)).strftime("%Y-%m-%d %H:%M:%S"), "power": _kw(seen.ev_w)}
        for each in (2, 1, 0)
        if charging
    ]
    log = {
        "chargePileSN": station.plate.charger,
        "currentChargeQuantity": round(seen.session_kwh, 2),
        "chargeTimeLength": 45,
        "charGun": 1,
        "workStu": 6 if charging else 8,
        "pevChar": _kw(seen.ev_w),
    }
    return {"chargeLog": log, "curveList": curve}
