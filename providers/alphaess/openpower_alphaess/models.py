"""The vendor's words: one record per answer, one enum per code.

Attributes are the vendor's keys in Python's spelling (``ppvDetail`` is ``ppv_detail``), and ``record["ppvDetail"]``
works as well. Values stay the vendor's own: W, kWh, percentages from 0 to 100, flags 0/1. What is missing or null is
None. Sources: ``docs/API.md`` of CharlesGillanders/alphaess-openAPI and the captures named in the fields' notes
(observed 2023-03 to 2026-08).
"""

from __future__ import annotations

from openpower_core.provider import Record, VendorEnum, VendorIntEnum, key, record

__all__ = [
    "ChargeSettings",
    "CycleType",
    "DayEnergy",
    "DischargeSettings",
    "EmsStatus",
    "EssSystem",
    "EvCharger",
    "EvChargerState",
    "EvChargerStatus",
    "EvCurrentSetting",
    "EvDetail",
    "GridDetail",
    "MeterOffset",
    "PowerData",
    "PowerSample",
    "PvDetail",
    "StrategyType",
    "Summary",
    "TimeCharge",
    "TimePeriod",
]

# ``getEssList``: the systems that an AppID sees.


class EmsStatus(VendorEnum):
    """The energy manager's health; not an operating mode (``Protection`` is seen on working systems)."""

    NORMAL = "Normal"
    OFFLINE = "Offline"
    FAULT = "Fault"
    PROTECTION = "Protection"


@record
class EssSystem(Record):
    """One system: its serial number, models and sizes."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    """The key of every other call; some answers leave it blank."""
    minv: str | None = None
    """Inverter model."""
    mbat: str | None = None
    """Battery model."""
    poinv: float | None = key(default=None, lenient=True)
    """Nominal power of the inverter (kW)."""
    popv: float | None = key(default=None, lenient=True)
    """Nominal power of the PV (kW)."""
    cobat: float | None = key(default=None, lenient=True)
    """Gross capacity of the battery (kWh)."""
    us_capacity: float | None = key("usCapacity", default=None, lenient=True)
    """Usable share of it (%)."""
    surplus_cobat: float | None = key("surplusCobat", default=None, lenient=True)
    """Usable capacity (kWh), not the energy left in it, whatever the documentation says."""
    ems_status: EmsStatus | None = key("emsStatus", default=None)


# ``getLastPowerData`` and ``getOneDayPowerBySn``: power now, and through one day.


@record
class PvDetail(Record):
    """PV by string (W)."""

    ppv1: float | None = key(default=None, lenient=True)
    ppv2: float | None = key(default=None, lenient=True)
    ppv3: float | None = key(default=None, lenient=True)
    ppv4: float | None = key(default=None, lenient=True)
    pmeter_dc: float | None = key("pmeterDc", default=None, lenient=True)
    """The PV meter on the AC side: PV behind a foreign inverter appears here."""


@record
class GridDetail(Record):
    """Grid by phase (W; + import, − export)."""

    pmeter_l1: float | None = key("pmeterL1", default=None, lenient=True)
    pmeter_l2: float | None = key("pmeterL2", default=None, lenient=True)
    pmeter_l3: float | None = key("pmeterL3", default=None, lenient=True)


@record
class EvDetail(Record):
    """EV by charger (W); None where that charger is absent."""

    ev1_power: float | None = key("ev1Power", default=None, lenient=True)
    ev2_power: float | None = key("ev2Power", default=None, lenient=True)
    ev3_power: float | None = key("ev3Power", default=None, lenient=True)
    ev4_power: float | None = key("ev4Power", default=None, lenient=True)


@record
class PowerData(Record):
    """Power now (W); the answer carries no time. Refreshed every 10 to 30 s."""

    ppv: float | None = key(default=None, lenient=True)
    """PV."""
    ppv_detail: PvDetail | None = key("ppvDetail", default=None)
    soc: float | None = key(default=None, lenient=True)
    """State of charge (%, 0–100)."""
    pev: float | None = key(default=None, lenient=True)
    """All EV chargers."""
    pev_detail: EvDetail | None = key("pevDetail", default=None)
    preal_l1: float | None = key("prealL1", default=None, lenient=True)
    """AC output of the inverter on phase 1."""
    preal_l2: float | None = key("prealL2", default=None, lenient=True)
    preal_l3: float | None = key("prealL3", default=None, lenient=True)
    pgrid: float | None = key(default=None, lenient=True)
    """Grid: + import, − export."""
    pgrid_detail: GridDetail | None = key("pgridDetail", default=None)
    pload: float | None = key(default=None, lenient=True)
    """House load, computed by the vendor as ppv + pgrid + pbat; can be negative."""
    pbat: float | None = key(default=None, lenient=True)
    """Battery: + discharge, − charge."""


@record
class PowerSample(Record):
    """One row of a day's series (W), five minutes apart, in no dependable order."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    upload_time: str | None = key("uploadTime", default=None)
    """``yyyy-MM-dd HH:mm:ss`` on the system's own wall clock, without a zone."""
    ppv: float | None = key(default=None, lenient=True)
    """PV; 0 in every row on some AC-coupled systems."""
    load: float | None = key(default=None, lenient=True)
    """House load, metered (unlike ``pload``)."""
    cbat: float | None = key(default=None, also=("cobat",), lenient=True)
    """State of charge (%); the documentation calls it ``cobat``."""
    feed_in: float | None = key("feedIn", default=None, lenient=True)
    """Export (≥ 0)."""
    grid_charge: float | None = key("gridCharge", default=None, lenient=True)
    """Import (≥ 0), all of it, not only what charges the battery."""
    pcharging_pile: float | None = key("pchargingPile", default=None, also=("pChargingPile",), lenient=True)
    """All EV chargers; the documentation calls it ``pChargingPile``."""


# ``getOneDateEnergyBySn`` and ``getSumDataForCustomer``: energy of one day, and of the system's life.


@record
class DayEnergy(Record):
    """Energy of one calendar day of the system (kWh). Wrong figures occur, negative ones included."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    the_date: str | None = key("theDate", default=None)
    """``yyyy-MM-dd``."""
    epv: float | None = key(default=None, lenient=True)
    """PV."""
    e_charge: float | None = key("eCharge", default=None, lenient=True)
    """Into the battery, from all sources."""
    e_discharge: float | None = key("eDischarge", default=None, lenient=True)
    e_grid_charge: float | None = key("eGridCharge", default=None, lenient=True)
    """Into the battery, from the grid."""
    e_input: float | None = key("eInput", default=None, lenient=True)
    """Import."""
    e_output: float | None = key("eOutput", default=None, lenient=True)
    """Export."""
    e_charging_pile: float | None = key("eChargingPile", default=None, lenient=True)
    """EV chargers."""


@record
class Summary(Record):
    """Totals; "today" is the day in UTC, not the system's. Eight fields are null without a tariff."""

    epvtoday: float | None = key(default=None, lenient=True)
    epvtotal: float | None = key(default=None, lenient=True)
    """PV since installation (kWh)."""
    eload: float | None = key(default=None, lenient=True)
    """Load today (kWh), computed by the vendor from the other figures."""
    eoutput: float | None = key(default=None, lenient=True)
    einput: float | None = key(default=None, lenient=True)
    echarge: float | None = key(default=None, lenient=True)
    edischarge: float | None = key(default=None, lenient=True)
    today_income: float | None = key("todayIncome", default=None, lenient=True)
    """In ``money_type``."""
    total_income: float | None = key("totalIncome", default=None, lenient=True)
    eself_consumption: float | None = key("eselfConsumption", default=None, lenient=True)
    """A fraction (0.52), though documented as a percentage; of which period is unknown. Wrong figures occur."""
    eself_sufficiency: float | None = key("eselfSufficiency", default=None, lenient=True)
    tree_num: float | None = key("treeNum", default=None, lenient=True)
    carbon_num: float | None = key("carbonNum", default=None, lenient=True)
    """CO2 saved (kg)."""
    money_type: str | None = key("moneyType", default=None)
    """ISO 4217 code."""


# The legacy pair, ``getChargeConfigInfo`` and ``getDisChargeConfigInfo``: two windows each, every day.


@record
class ChargeSettings(Record):
    """When the battery may be charged from the grid; inside a window it does not discharge."""

    grid_charge: int | None = key("gridCharge", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_chaf1: str | None = key("timeChaf1", default=None)
    """First window, from (``HH:mm``)."""
    time_chae1: str | None = key("timeChae1", default=None)
    """First window, end."""
    time_chaf2: str | None = key("timeChaf2", default=None)
    time_chae2: str | None = key("timeChae2", default=None)
    bat_high_cap: float | None = key("batHighCap", default=None, lenient=True)
    """State of charge (%) at which charging in the windows stops."""


@record
class DischargeSettings(Record):
    """When the battery may serve the house: a permission, not a command; nothing is exported by force."""

    ctr_dis: int | None = key("ctrDis", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_disf1: str | None = key("timeDisf1", default=None)
    time_dise1: str | None = key("timeDise1", default=None)
    time_disf2: str | None = key("timeDisf2", default=None)
    time_dise2: str | None = key("timeDise2", default=None)
    bat_use_cap: float | None = key("batUseCap", default=None, lenient=True)
    """State of charge (%) below which the battery does not discharge."""


# The periodic pair, ``getTimeChargeBySn`` and ``setTimeChargeBySn``: periods by day of the week.


class CycleType(VendorIntEnum):
    """How a schedule comes back."""

    DAILY = 0
    WEEKLY = 1


class StrategyType(VendorIntEnum):
    """What a period is for."""

    CHARGE = 0
    DISCHARGE = 1


@record
class TimePeriod(Record):
    """One period; on write only the times, ``weeks``, ``charge_power`` and ``charge_limit`` count."""

    begin_time: str | None = key("beginTime", default=None)
    """``HH:mm``, quarter hours."""
    end_time: str | None = key("endTime", default=None)
    weeks: tuple[int, ...] | None = key(default=None)
    """ISO days, 1 is Monday, in any order; needed when the schedule is weekly."""
    charge_power: float | None = key("chargePower", default=None, lenient=True)
    """W, for discharge periods too; a period without it shows in the app and does nothing (2026-08)."""
    charge_limit: float | None = key("chargeLimit", default=None, lenient=True)
    """% from 10 to 100: upper bound of a charge period, lower bound of a discharge period."""
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None)
    """Read only."""
    strategy_type: StrategyType | None = key("strategyType", default=None)
    """Read only."""
    sort: int | None = key(default=None, lenient=True)
    """Read only; counts from 1."""


@record
class TimeCharge(Record):
    """A periodic schedule. Its two cycle flags read 0 whatever was written, so never send it back as read."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None)
    grid_charge_cycle: int | None = key("gridChargeCycle", default=None, lenient=True)
    """Whether the charge periods are in force; write only (reads 0)."""
    ctr_dis_cycle: int | None = key("ctrDisCycle", default=None, lenient=True)
    """Whether the discharge periods are in force; write only (reads 0)."""
    charge_time_list: tuple[TimePeriod, ...] | None = key("chargeTimeList", default=None)
    discharge_time_list: tuple[TimePeriod, ...] | None = key("dischargeTimeList", default=None)


# ``getEvChargerConfigList``, ``getEvChargerStatusBySn`` and ``getEvChargerCurrentsBySn``.


class EvChargerStatus(VendorIntEnum):
    """A charger's state, numbered as in OCPP; 7 and 8 are undocumented."""

    AVAILABLE = 1
    """Not plugged in."""
    PREPARING = 2
    """Plugged in, not started."""
    CHARGING = 3
    SUSPENDED_CHARGER = 4
    """Started, and the charger's side gives no power."""
    SUSPENDED_VEHICLE = 5
    """Started, and the car takes no power."""
    FINISHING = 6
    """Ended by card, or by the energy manager."""
    FAULT = 9


@record
class EvCharger(Record):
    """One charger of a system."""

    evcharger_sn: str | None = key("evchargerSn", default=None, serial=True)
    evcharger_model: str | None = key("evchargerModel", default=None)


@record
class EvChargerState(Record):
    """What a charger does."""

    evcharger_status: EvChargerStatus | None = key("evchargerStatus", default=None, lenient=True)


@record
class EvCurrentSetting(Record):
    """The household's current limit (A), which load balancing keeps; not the charger's own maximum."""

    currentsetting: float | None = key(default=None, lenient=True)


# ``getMeterOffsetConfigInfo``: the commercial systems' meter offset. No successful answer is on record.


@record
class MeterOffset(Record):
    """A power that is added to what the meter shows, in two windows."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    pm_offset: float | None = key("pmOffset", default=None, lenient=True)
    """kW, −500 to 500 in steps of 0.1."""
    pm_offset_en: int | None = key("pmOffsetEn", default=None, lenient=True)
    """Whether it is in force (0/1)."""
    pm_offset_s1: str | None = key("pmOffsetS1", default=None)
    """First window, start (``HH:mm``)."""
    pm_offset_e1: str | None = key("pmOffsetE1", default=None)
    pm_offset_s2: str | None = key("pmOffsetS2", default=None)
    pm_offset_e2: str | None = key("pmOffsetE2", default=None)
