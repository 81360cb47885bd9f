"""What real answers say in openpower's words: signs, units, counters, and what is not believed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import alphaess_answers as answers
import pytest

from openpower_alphaess import models
from openpower_alphaess.mapping import live, series
from openpower_alphaess.mapping.devices import to_battery_info, to_inverter_info
from openpower_core.convert import structure
from openpower_core.readings import InverterStatus, Quality, Stamp

NOW = datetime(2026, 8, 4, 20, 10, tzinfo=UTC)
STAMP = Stamp(received_at=NOW, source="getLastPowerData")


@pytest.fixture
def evening() -> live.Flows:
    return live.flows(structure(models.PowerData, answers.EVENING))


def test_evening_battery(evening: live.Flows) -> None:
    """r03: the battery gives 1264 W at 56 %."""
    battery = live.to_battery_reading(evening, STAMP)

    assert battery.power_w == 1264
    assert battery.discharging_w == 1264
    assert battery.charging_w == 0
    assert battery.soc_pct == 56
    assert battery.stamp.quality is Quality.LIVE
    assert battery.stamp.measured_at is None


def test_evening_meter(evening: live.Flows) -> None:
    """r03: the grid gives 11 W, all on the first phase."""
    meter = live.to_meter_reading(evening, STAMP)

    assert meter.importing_w == 11
    assert meter.exporting_w == 0
    assert meter.phases_w == (11, 0, 0)


def test_evening_house(evening: live.Flows) -> None:
    """r03: the house takes 1275 W, and the balance closes."""
    inverter: Any = live.to_inverter_reading(evening, STAMP)

    assert inverter.pv_w == 0
    assert inverter.load_w == 1275
    assert inverter.load_includes_ev is True
    assert inverter.pv_strings_w == (0, 0, 0, 0)
    assert inverter.ac_w == 1159
    assert inverter.load_w == 0 + 1264 + 11
    assert inverter.status is InverterStatus.RUNNING


def test_evening_charger(evening: live.Flows) -> None:
    """r03 has no charger: the system's EV power is 0, and no charger has its own."""
    assert evening.ev_w == 0
    assert evening.ev_by_charger_w == (None, None, None, None)


def test_export_is_negative() -> None:
    """The test data of qalphacloud: 4358 W go to the grid, the battery gives 111 W."""
    seen = live.flows(structure(models.PowerData, answers.EXPORTING))

    meter = live.to_meter_reading(seen, STAMP)

    assert meter.power_w == -4358
    assert meter.exporting_w == 4358
    assert live.to_battery_reading(seen, STAMP).discharging_w == 111


def test_row_of_a_day() -> None:
    """r04: net grid is import less export, and the battery's power is what closes the balance."""
    row = structure(models.PowerSample, answers.ROW)

    seen = series.to_flows(row)

    assert (seen.pv_w, seen.load_w, seen.grid_w, seen.soc_pct) == (0, 1218, 2, 56.8)
    assert seen.battery_w == 1216


def test_energy_of_a_day() -> None:
    """r05: counters of the system's own day, one per direction."""
    energy = structure(models.DayEnergy, answers.DAY_ENERGY)

    today = live.today(energy, date(2026, 8, 4))

    assert today.pv is not None
    assert (today.pv.today_kwh, today.pv.today) == (10.6, date(2026, 8, 4))
    assert today.imported is not None
    assert today.imported.today_kwh == 14.41
    assert today.exported is not None
    assert today.exported.today_kwh == 0.42
    assert today.charge is not None
    assert today.charge.today_kwh == 12.2
    assert today.discharge is not None
    assert today.discharge.today_kwh == 7.1


def test_all_zero_energy_is_not_believed() -> None:
    """r21: a working VT1000 counts nothing; that is "unknown", not 0."""
    energy = structure(models.DayEnergy, answers.NO_ENERGY)

    today = live.today(energy, date(2026, 8, 4))

    assert today._replace(issues=()) == live.Today()
    assert {issue.reason for issue in today.issues} == {"getOneDateEnergyBySn: every figure is 0 or null"}


def test_systems_become_devices() -> None:
    """r01: capacities in kWh, ratings in W; what the vendor calls surplus is the usable capacity."""
    system = structure(models.EssSystem, answers.SYSTEM)

    battery = to_battery_info(system, answers.SERIAL, None)
    inverter = to_inverter_info(system, answers.SERIAL, None)

    assert battery.id == f"{answers.SERIAL}/battery"
    assert battery.capacity_kwh == 10.1
    assert battery.usable_kwh == pytest.approx(9.09)
    assert battery.max_charge_w is None
    assert (inverter.model, inverter.rated_w) == ("SMILE5-INV", 5000)
