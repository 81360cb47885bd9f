"""``getOneDateEnergyBySn`` and ``getSumDataForCustomer``: energy of one day, and of the system's life."""

from __future__ import annotations

from openpower_core.provider import Record, key, record

__all__ = ["DayEnergy", "Summary"]


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
    """A fraction (0.52), though documented as per cent; of which period is unknown. Wrong figures occur."""
    eself_sufficiency: float | None = key("eselfSufficiency", default=None, lenient=True)
    tree_num: float | None = key("treeNum", default=None, lenient=True)
    carbon_num: float | None = key("carbonNum", default=None, lenient=True)
    """CO2 saved (kg)."""
    money_type: str | None = key("moneyType", default=None)
    """ISO 4217 code."""
