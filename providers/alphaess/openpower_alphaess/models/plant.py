"""What an AppID sees: systems, their days and totals, and their chargers."""

from __future__ import annotations

from openpower_core.provider import Record, VendorEnum, VendorIntEnum, key, record

__all__ = [
    "DayEnergy",
    "EmsStatus",
    "EssSystem",
    "EvCharger",
    "EvChargerState",
    "EvChargerStatus",
    "PowerSample",
    "Summary",
]

# ``getEssList``.


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


# ``getOneDayPowerBySn``: power through one day.


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
    """PV today (kWh)."""
    epvtotal: float | None = key(default=None, lenient=True)
    """PV since installation (kWh)."""
    eload: float | None = key(default=None, lenient=True)
    """Load today (kWh), computed by the vendor from the other figures."""
    eoutput: float | None = key(default=None, lenient=True)
    """Fed into the grid today (kWh)."""
    einput: float | None = key(default=None, lenient=True)
    """Taken from the grid today (kWh)."""
    echarge: float | None = key(default=None, lenient=True)
    """Charged today (kWh)."""
    edischarge: float | None = key(default=None, lenient=True)
    """Discharged today (kWh)."""
    today_income: float | None = key("todayIncome", default=None, lenient=True)
    """In ``money_type``."""
    total_income: float | None = key("totalIncome", default=None, lenient=True)
    """In ``money_type``."""
    eself_consumption: float | None = key("eselfConsumption", default=None, lenient=True)
    """A fraction (0.52), though documented as a percentage; of which period is unknown. Wrong figures occur."""
    eself_sufficiency: float | None = key("eselfSufficiency", default=None, lenient=True)
    """A fraction, like ``eself_consumption``."""
    tree_num: float | None = key("treeNum", default=None, lenient=True)
    """Trees that bind as much CO2."""
    carbon_num: float | None = key("carbonNum", default=None, lenient=True)
    """CO2 saved (kg)."""
    money_type: str | None = key("moneyType", default=None)
    """ISO 4217 code."""


# ``getEvChargerConfigList`` and ``getEvChargerStatusBySn``.


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
