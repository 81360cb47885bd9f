"""Stations: what an account may see, and how each one is described."""

from __future__ import annotations

from typing import Any

from openpower_core.records import Record, key, record

__all__ = ["Production", "ShareInfo", "Station", "StationCount", "StationInfo", "User", "to_status"]


def to_status(value: str | int | None) -> int | None:
    """A status as a number; the service sends it as text or number (0 offline, 1 running, 2 fault, 3 waiting)."""
    try:
        return None if value is None else int(value)
    except ValueError:
        return None


@record
class User(Record):
    """``get-user``: the account's own profile."""

    user_id: str | int | None = key("userId", default=None)
    email: str | None = key("email", default=None, secret=True)
    language: str | None = key("language", default=None)


@record
class Station(Record):
    """One row of a list of stations. Powers in kW, energies in kWh."""

    station_id: str = key("id", serial=True)
    name: str | None = None
    status: str | int | None = None
    installed_kw: float | None = key("installedPower", default=None, lenient=True)
    pv_installed_kw: float | None = key("pvInstallP", default=None, lenient=True)
    production_today_kwh: float | None = key("productionToday", default=None, lenient=True, also=("proToday",))
    production_total: float | None = key("productionTotal", default=None, lenient=True, also=("proTotal",))
    """Of doubtful unit: next to 1.2 kWh today a 3 kW plant reported 21.852, which looks like MWh."""
    charged_today_kwh: float | None = key("proCharStatsToday", default=None, lenient=True, also=("proCharToday",))
    discharged_today_kwh: float | None = key(
        "proDischarStatsToday", default=None, lenient=True, also=("proDischarToday",)
    )
    charged_total_kwh: float | None = key("proCharStatsTotal", default=None, lenient=True)
    discharged_total_kwh: float | None = key("proDischarStatsTotal", default=None, lenient=True)
    pv_kw: float | None = key("pSystem", default=None, lenient=True)
    full_hours_today: float | None = key("fullHourToday", default=None, lenient=True)
    specific_yield: float | None = key("specificYield", default=None, lenient=True)
    time_zone: str | None = key("timeZone", default=None)
    is_shared: bool | None = key("isShared", default=None)


@record
class StationInfo(Record):
    """``basic/info``: what a station is, and what the account may do with it."""

    station_id: str | None = key("stationId", default=None, serial=True, also=("id",))
    name: str | None = None
    status: str | int | None = None
    grid_status: str | int | None = key("gridStatus", default=None)
    """``"1"`` on the grid, ``"0"`` off it; stations with a battery only."""
    station_type: str | int | None = key("powerStationType", default=None)
    """``"1"`` PV, ``"2"`` with a battery."""
    is_all_in_one: bool | None = key("isAllInOne", default=None)
    pv_capacity_kw: float | None = key("pvCapacity", default=None, lenient=True)
    battery_capacity_kwh: float | None = key("batteryCapacity", default=None, lenient=True)
    installed_kw: float | None = key("installedPower", default=None, lenient=True)
    time_zone: str | None = key("timeZone", default=None)
    zone_id: str | None = key("zoneId", default=None)
    permissions: list[str] | None = None
    chart_map: dict[str, Any] | None = key("chartMap", default=None)


@record
class StationCount(Record):
    """``stations/count``: how many stations are in which state."""

    working: int | None = key("working", default=None, lenient=True)
    waiting: int | None = key("waiting", default=None, lenient=True)
    fault: int | None = key("fault", default=None, lenient=True)
    offline: int | None = key("offline", default=None, lenient=True)
    building: int | None = key("building", default=None, lenient=True)


@record
class ShareInfo(Record):
    """``share-info``: as whom a shared station is seen."""

    permission: str | None = key("sharePermissionName", default=None)
    """Such as ``monitoring_control``."""


@record
class Production(Record):
    """``production``: sums of a span, money included (kWh, the station's currency)."""

    pv_kwh: float | None = key("proSystemTotalStats", default=None, lenient=True)
    load_kwh: float | None = key("proConsumStats", default=None, lenient=True)
    imported_kwh: float | None = key("proPurchaseStats", default=None, lenient=True)
    exported_kwh: float | None = key("proGridStats", default=None, lenient=True)
    self_used_kwh: float | None = key("proSelfConsumStats", default=None, lenient=True)
    charged_kwh: float | None = key("proCharStats", default=None, lenient=True)
    discharged_kwh: float | None = key("proDischarStats", default=None, lenient=True)
    profit_pv: float | None = key("profitProStats", default=None, lenient=True)
    profit_grid: float | None = key("profitGridStats", default=None, lenient=True)
    currency: str | None = None
