"""What SEMS+ answers, in the vendor's terms and units (kW, kWh, %, the station's wall clock)."""

from __future__ import annotations

import math
from typing import Any

from openpower_core.provider import Record, VendorEnum, VendorIntEnum, key, mask, record


def to_status(value: str | int | None) -> int | None:
    """A status as a number; the service sends it as text or number (0 offline, 1 running, 2 fault, 3 waiting)."""
    try:
        return None if value is None else int(value)
    except ValueError:
        return None


def finite(figure: Any) -> float | None:
    """A figure that may come as text; None where it is none, or not finite."""
    try:
        number = float(figure)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


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
    """``share-info``: with which rights a shared station is seen."""

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


class DeviceType(VendorEnum):
    """What a device is."""

    INVERTER = "INVERTER"
    MICRO_INVERTER = "MICRO_INVERTER"
    PCS = "PCS"
    ALL_IN_ONE = "ENERGY_STORAGE_INTEGRATED_CABINET"
    BATTERY_RACK = "BATTERY_RACK"
    BATTERY_SYSTEM = "BAT_SYS"
    METER = "SMART_METER"
    DONGLE = "DONGLE"
    EV_CHARGER = "EV_CHARGER"
    DATA_LOGGER = "DATA_LOGGER"
    SWITCH_CABINET = "SWITCH_CAB"
    BUSBAR = "BAT_BUSBAR"
    DIESEL = "DIESEL_GEN"


@record
class DeviceStatusGroup(Record):
    """The devices of one type and status."""

    status: str | int | None = None
    """The vendor's code."""
    serials: list[str] | None = key("snList", default=None)
    """Serial numbers."""
    details: dict[str, Any] | None = key("detailMap", default=None)
    """What they are called, by serial number."""


@record
class DeviceStatus(Record):
    """``all-status``: the devices of one type."""

    device_type: DeviceType | None = key("deviceType", default=None)
    total: int | None = key("total", default=None, lenient=True)
    """How many there are."""
    groups: list[DeviceStatusGroup] | None = key("statusDetailList", default=None)


@record
class DeviceRow(Record):
    """One row of a list of devices; only the pages know the model."""

    sn: str = key("sn", serial=True)
    name: str | None = None
    device_type: DeviceType | None = key("deviceType", default=None)
    model: str | None = None
    brand: str | None = None
    status: str | int | None = None
    subtype: str | None = None
    communication: str | None = key("communicationMode", default=None)
    signal: str | int | None = key("wirelessSignalStrength", default=None)
    zone_id: str | None = key("zoneId", default=None)


@record
class RelatedDevice(Record):
    """``relatedDevices``: what is connected to a device, such as the battery of an inverter."""

    sn: str | None = key("sn", default=None, serial=True)
    number: str | int | None = key("no", default=None)
    name: str | None = None
    device_type: DeviceType | None = key("type", default=None)
    status: str | int | None = None
    soc: float | None = key("soc", default=None, lenient=True)
    """State of charge (%)."""
    is_connected: bool | None = key("isConnected", default=None)
    battery_kw: float | None = key("pbat", default=None, lenient=True)


@record
class Factor(Record):
    """One figure of a device, as text: ``data`` None means not supported or not returned, which is not 0."""

    code: str
    data: Any = None
    unit: str | None = None
    alias: str | None = None
    data_type: str | None = key("dataType", default=None)

    def __repr__(self) -> str:
        # Serial numbers come as factors like any other.
        shown = mask(str(self.data)) if self.code.lower().endswith("sn") else self.data
        return f"Factor({self.code}={shown!r} {self.unit or ''})"

    def number(self) -> float | None:
        """The figure as a number; None where there is none."""
        return finite(self.data)


@record
class FactorGroup(Record):
    """A group of factors, as ``telemetry`` and ``telecounting`` give them."""

    code: str | None = None
    alias: str | None = None
    factors: list[Factor] | None = None


@record
class Flow(Record):
    """``flow``: powers (kW) of this minute.

    The vendor's signs: ``pBat`` + discharging, − charging; ``pGrid`` + **exporting**, − importing.
    What is missing is unknown; at zero some keys are left out.
    """

    station_id: str | None = key("id", default=None, serial=True)
    name: str | None = None
    status: str | int | None = None
    pv_kw: float | None = key("pSystem", default=None, lenient=True)
    ac_kw: float | None = key("pAc", default=None, lenient=True)
    dc_kw: float | None = key("pDc", default=None, lenient=True)
    battery_kw: float | None = key("pBat", default=None, lenient=True)
    grid_kw: float | None = key("pGrid", default=None, lenient=True)
    load_kw: float | None = key("pConsum", default=None, lenient=True)
    third_kw: float | None = key("pThird", default=None, lenient=True)
    diesel_kw: float | None = key("pDiesel", default=None, lenient=True)
    ev_kw: float | None = key("pEvChar", default=None, lenient=True)
    heat_pump_kw: float | None = key("pHeatPump", default=None, lenient=True)
    soc: float | None = key("soc", default=None, lenient=True)
    flows: dict[str, Any] | None = None
    """From which source to which sinks power flows: ``{"pBat": ["pConsum", "pGrid"]}``."""
    refresh_time: str | None = key("refreshTime", default=None, also=("time",))
    """The station's wall clock, without a zone; it advances once a minute."""


@record
class PowerPoint(Record):
    """One minute of a series."""

    at: str | None = key("tp", default=None)
    power: float | None = key("power", default=None, lenient=True)
    """kW; of ``soc`` items %."""


@record
class PowerItem(Record):
    """The series of one item; builds differ in the name of its list."""

    item: str
    points: list[PowerPoint] | None = key("statisticsList", default=None, also=("powerData",))


@record
class PowerSeries(Record):
    """``statisticsAndPreV2``: kW (and ``soc`` in %) by the minute, on the station's wall clock."""

    series: list[PowerItem] | None = key("dataList", default=None)


@record
class EnergyPoint(Record):
    """One day, month or year."""

    date: str | None = None
    val: float | None = key("val", default=None, lenient=True)
    """In the unit of its item."""


@record
class EnergyItem(Record):
    """The sums of one item."""

    item: str
    unit: str | None = None
    points: list[EnergyPoint] | None = key("statisticsList", default=None)


@record
class Statistics(Record):
    """``statistics``: energies (kWh) by item, and the totals of the span."""

    self_used_kwh: float | None = key("proSelfConsum", default=None, lenient=True)
    production_kwh: float | None = key("production", default=None, lenient=True)
    """At the AC side."""
    exported_kwh: float | None = key("proGrid", default=None, lenient=True)
    imported_kwh: float | None = key("proPurchase", default=None, lenient=True)
    load_kwh: float | None = key("proConsum", default=None, lenient=True)
    contribution_pct: float | None = key("contributionRate", default=None, lenient=True)
    series: list[EnergyItem] | None = key("dataList", default=None)


class ChargeMode(VendorIntEnum):
    """What a charger charges with."""

    FAST = 0
    PV = 1
    PV_AND_BATTERY = 2


@record
class EvCharger(Record):
    """``ev-charger/detail``: settings and state. Switches are on at 170 (0xAA)."""

    status: str | None = None
    """``available``, ``charging``, ``standby``, ``offline``, ``unavailable``, or the old portal's titles."""
    work_state: str | None = key("workState", default=None)
    """Stale on some firmware; ``vehConnStu`` is more reliable."""
    connected: str | int | None = key("vehConnStu", default=None)
    """Whether a car is connected."""
    charge_mode: ChargeMode | None = key("chargeMode", default=None)
    set_kw: float | None = key("chargePowerSetted", default=None, lenient=True)
    """Generation 1."""
    max_kw: float | None = key("chargeMaxPower", default=None, lenient=True)
    """Generation 2."""
    allocated_kw: float | None = key("chargePower", default=None, lenient=True)
    """What is configured, not what flows."""
    site_limit_a: float | None = key("currentLimit", default=None, lenient=True)
    """The household's incoming limit for dynamic load management (A), not the car's current."""
    dynamic_load: int | None = key("dynamicLoad", default=None, lenient=True)
    """Dynamic load management: 170 is on."""
    phase_switch: int | None = key("phaseSwitch", default=None, lenient=True)
    """170 is on."""
    ensure_minimum: int | None = key("ensureMinimumChargingPower", default=None, lenient=True)
    """Keep the minimum power: 170 is on."""
    plug_and_charge: int | None = key("chargedNow", default=None, lenient=True)
    """Charge as soon as a car is connected: 170 is on."""
    max_energy_kwh: float | None = key("maxEnergy", default=None, lenient=True)
    min_energy_kwh: float | None = key("minEnergy", default=None, lenient=True)
    soc: float | None = key("soc", default=None, lenient=True)
    """The target (%)."""
    finish_time: str | int | None = key("finishTime", default=None)
    """When charging is to be finished."""
    started: bool | None = key("startStatus", default=None)
    """Not to be relied on."""

    @property
    def limit_kw(self) -> float | None:
        """The power that is set, under the name of either generation."""
        return self.set_kw if self.set_kw is not None else self.max_kw


@record
class ChargePoint(Record):
    """One minute of a charge."""

    at: str | None = key("tp", default=None)
    power: float | None = key("power", default=None, lenient=True)
    """kW."""


@record
class ChargeLog(Record):
    """One charge: the running one, or the last."""

    charger_sn: str | None = key("chargePileSN", default=None, serial=True)
    session: str | int | None = key("chargeSerialNumber", default=None)
    """The session's id."""
    started_at: str | None = key("chargeStartTime", default=None)
    ended_at: str | None = key("chargeEndTime", default=None)
    energy_kwh: float | None = key("currentChargeQuantity", default=None, lenient=True)
    minutes: float | None = key("chargeTimeLength", default=None, lenient=True)
    """How long it has lasted."""
    power_kw: float | None = key("pevChar", default=None, lenient=True)
    """What the car draws now."""
    work_status: str | int | None = key("workStu", default=None)
    """6 charging, 8 ended with the car still there."""
    mileage: float | None = key("mileage", default=None, lenient=True)
    """The unit is not known."""


@record
class LastCharge(Record):
    """``getLastCharge``: the running or last charge, with its curve by the minute (kW)."""

    log: ChargeLog | None = key("chargeLog", default=None)
    curve: list[ChargePoint] | None = key("curveList", default=None)


@record
class EvControls(Record):
    """``control-item-content-list``: the model that writes have to name, and its ranges."""

    product_model: str | None = key("productModel", default=None)
    ranges: Any = key("controlItemRanges", default=None)


@record
class Function(Record):
    """One function of a device; ``id`` differs from model to model, so it is discovered, never assumed."""

    address: str | int
    """The inverter's Modbus holding register as text; a few, such as 80017, are virtual."""
    function_id: str | int = key("id")
    translate_key: str | None = key("translateKey", default=None)
    func_key: str | None = key("funcKey", default=None)
    access: str | None = key("rwType", default=None, also=("readWrite",))
    range: str | None = None
    """Such as ``"[0,10000]"``."""
    gain: float | None = key("gain", default=None, lenient=True)
    """What the register holds is divided by it, to be in ``unit``."""
    unit: str | None = None


@record
class WorkMode(Record):
    """``get-work-mode``: which generation of work modes an inverter has."""

    work_mode: str | None = key("workMode", default=None)
    """``"1.0"``, ``"2.0"`` or ``"3.0"``."""
    arm: str | int | None = None
    """The firmware's number."""


@record
class NamedSetting(Record):
    """One named setting, such as ``TOU1``."""

    name: str = key("functionName")
    value: dict[str, Any] | None = None


@record
class NamedSettings(Record):
    """``v1/remote/get``: the named settings that were asked for."""

    sn: str | None = key("sn", default=None, serial=True)
    settings: list[NamedSetting] | None = key("items", default=None)


@record
class Alarm(Record):
    """One alarm; ``warningname``, ``cause`` and ``solution`` are translation keys, not texts."""

    alarm_id: str | None = key("warningid", default=None)
    code: str | None = key("warning_code", default=None)
    error_code: str | None = key("error_code", default=None)
    name: str | None = key("warningNameEn", default=None)
    level: str | None = key("alarmLevel", default=None)
    status: str | int | None = None
    """0 active, 1 recovered."""
    device_name: str | None = key("deviceName", default=None)
    device_sn: str | None = key("devicesn", default=None, serial=True)
    happened_ms: float | None = key("happentime", default=None, lenient=True)
    """Milliseconds since 1970."""
    recovered_ms: float | None = key("recoverytime", default=None, lenient=True)
    happened_at: str | None = key("happentimes", default=None)
    """The same on the station's wall clock."""
    recovered_at: str | None = key("recoverytimes", default=None)
    duration: str | None = None
    confirmed: bool | None = None


@record
class AlarmCount(Record):
    """``alarm/statistics``: how many alarms there are."""

    total: int | None = key("total", default=None, lenient=True)
    happened: int | None = key("happened", default=None, lenient=True)
    recovered: int | None = key("recovery", default=None, lenient=True)
