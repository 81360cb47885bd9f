"""SEMS+ answers in our signs and units: the few fields of captured answers that each truth needs.

The whole captured answers are checked in test_samples.py, where they are at hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from openpower_core.convert import structure
from openpower_core.readings import ChargerStatus, Stamp
from openpower_goodwe.semsplus.client.values import rows_of
from openpower_goodwe.semsplus.control.functions import functions_in
from openpower_goodwe.semsplus.control.program import Program, to_schedule
from openpower_goodwe.semsplus.control.slots import PowerScale, slot_data, slot_of
from openpower_goodwe.semsplus.mapping.chargers import to_charger_reading
from openpower_goodwe.semsplus.mapping.readings import (
    StationState,
    counter,
    figures,
    phases_kw,
    strings_kw,
    to_battery_reading,
    to_flows,
    to_inverter_reading,
    to_meter_reading,
)
from openpower_goodwe.semsplus.models import (
    DeviceRow,
    DeviceStatus,
    EvCharger,
    FactorGroup,
    Flow,
    LastCharge,
    Production,
    RelatedDevice,
    Station,
    StationInfo,
    Statistics,
)

NOW = datetime(2026, 9, 24, 16, 2, tzinfo=UTC)
DAY = date(2026, 9, 24)
# A hybrid in Europe, 2026-09-24 18:02 local time: discharging, and importing 1 W.
HYBRID = {"pSystem": 0.07772, "pAc": 0.84017, "pBat": 0.76245, "pGrid": -0.001, "pConsum": 0.84117, "soc": 99}
COUNTERS = {
    "proPvStatsToday": "31.4",
    "proPvStatsTotal": "7492.4",
    "proCharStatsToday": "20.3",
    "proDischarStatsTotal": "7309",
}


def _figures(factors: dict[str, str | None]) -> dict[str, float]:
    """Figures as a device reports them: text, and null for what it does not have."""
    group = {"code": "runtime", "factors": [{"code": code, "data": data} for code, data in factors.items()]}
    return figures(structure(list[FactorGroup], [group]))


def _station(flow: dict[str, Any] | None = None) -> StationState:
    flows = to_flows(structure(Flow, {"id": "station", **(flow or {})}))
    return StationState(flows=flows, status=1, received_at=NOW, day=DAY)


@pytest.mark.parametrize(
    ("flow", "pv", "battery", "grid", "load"),
    [
        (HYBRID, 77.72, 762.45, 1.0, 841.17),
        ({"pSystem": 0, "pBat": 0.5, "pGrid": 0, "pConsum": 0.5}, 0.0, 500.0, 0.0, 500.0),
        # Pushed figures come as text.
        ({"pSystem": "0.0", "pBat": "0.5", "pGrid": "0.0", "pConsum": "0.5"}, 0.0, 500.0, 0.0, 500.0),
        ({"pSystem": "5.931", "pBat": "0.0", "pGrid": "4.924", "pConsum": "1.007"}, 5931.0, 0.0, -4924.0, 1007.0),
    ],
)
def test_flows_balance(flow: dict[str, Any], pv: float, battery: float, grid: float, load: float) -> None:
    """The vendor's pSystem + pBat − pGrid = pConsum is our pv + battery + grid = load."""
    flows = to_flows(structure(Flow, flow))

    assert (flows.pv_w, flows.battery_w, flows.grid_w, flows.load_w) == (pv, battery, grid, load)
    assert flows.pv_w + flows.battery_w + flows.grid_w == pytest.approx(flows.load_w, abs=0.5)


def test_a_hybrid_inverter() -> None:
    """Temperatures, strings and counters come from the device itself."""
    telemetry = _figures(
        {
            "Temperature": "53.7",
            "pAc": "0.897",
            "pDc": "0.0776",
            "ISOLimit": None,
            "MPPT-1:Ppv": "0",
            "MPPT-2:Ppv": "0.0776",
        }
    )
    reading = to_inverter_reading(_station(HYBRID), telemetry, _figures(COUNTERS), alone=True, first=True)

    assert reading.pv_w == 77.72
    assert sum(reading.pv_strings_w) == pytest.approx(77.6)
    assert (reading.ac_w, reading.temperature_c) == (897.0, 53.7)
    assert (reading.pv_energy.today_kwh, reading.pv_energy.total_kwh) == (31.4, 7492.4)


def test_a_battery() -> None:
    """Its own figures have the flow's sign: + discharging, as volts times amperes show."""
    telemetry = _figures(
        {"soh": "100", "soc": "99", "pBat": "0.79608", "voltage": "331.7", "a": "2.4", "batSysTemp": "23.9"}
    )
    reading = to_battery_reading(_station(), telemetry, _figures(COUNTERS), alone=False)

    assert reading.discharging_w == pytest.approx(796.08)
    assert telemetry["voltage"] * telemetry["a"] == pytest.approx(796.08, abs=1)
    assert (reading.soc_pct, reading.soh_pct, reading.temperature_c) == (99, 100, 23.9)
    assert reading.charge_energy.today_kwh == 20.3
    assert reading.discharge_energy.total_kwh == 7309


def test_a_battery_rack() -> None:
    """Charging is negative."""
    telemetry = _figures({"soc": "55", "pBat": "-1.1", "voltage": "410.2", "a": "-2.7"})
    reading = to_battery_reading(_station(), telemetry, {}, alone=True)

    assert reading.charging_w == 1100
    assert reading.charge_energy is None


def test_a_meter() -> None:
    """The meter's minus is import, which is our plus."""
    telemetry = _figures(
        {"totalPac": "-1.154", "PHASE-A:pAc": "-0.515", "PHASE-B:pAc": "-0.422", "PHASE-C:pAc": "-0.217"}
    )
    counters = _figures({"proGridStatsToday": "36.77", "proPurchaseStatsToday": "12.84"})
    reading = to_meter_reading(_station(), telemetry, counters)

    assert reading.importing_w == 1154
    assert sum(reading.phases_w) == pytest.approx(1154)
    assert phases_kw(telemetry) == [-0.515, -0.422, -0.217]
    assert (reading.export_energy.today_kwh, reading.import_energy.today_kwh) == (36.77, 12.84)


def test_stations() -> None:
    """Text or number as status; the zone as IANA name or offset."""
    eu, au, us = structure(
        list[Station],
        [
            {"id": "1", "status": "1", "pSystem": 0.99, "timeZone": "Europe/Amsterdam"},
            {"id": "2", "status": 1, "proCharStatsToday": 4.0, "timeZone": "UTC+00:00"},
            {"id": "3", "status": 2, "proCharToday": 0},
        ],
    )
    info = structure(StationInfo, {"permissions": ["INVERTER_REMOTE", "STATION_VIEW"], "batteryCapacity": 10.0})

    assert (eu.status, eu["timeZone"], eu.pv_kw) == ("1", "Europe/Amsterdam", 0.99)
    assert (au.status, au.charged_today_kwh) == (1, 4.0)
    assert (us.status, us.charged_today_kwh) == (2, 0)
    assert "INVERTER_REMOTE" in info.permissions
    assert info.battery_capacity_kwh == 10.0


def test_devices() -> None:
    """Two lists name them; only one knows models."""
    inverter = {
        "snList": ["GW0000000000001"],
        "detailMap": {"GW0000000000001": {"name": "Inverter", "subtype": "store"}},
    }
    statuses = [
        {"deviceType": "INVERTER", "statusDetailList": [{"status": 5, **inverter}]},
        {"deviceType": "DONGLE", "statusDetailList": [{"status": 1, "snList": ["DO0000000000001"]}]},
    ]
    rows = rows_of(structure(list[DeviceStatus], statuses))
    [row] = structure(
        list[DeviceRow], [{"sn": "x", "deviceType": "ENERGY_STORAGE_INTEGRATED_CABINET", "model": "GW5K-EHA"}]
    )
    [battery] = structure(list[RelatedDevice], [{"sn": "x", "type": "BAT_SYS", "pbat": 0.79608}])

    assert [each.device_type for each in rows] == ["INVERTER", "DONGLE"]
    assert (rows[0].name, rows[0].subtype) == ("Inverter", "store")
    assert (row.device_type, row.model) == ("ENERGY_STORAGE_INTEGRATED_CABINET", "GW5K-EHA")
    assert (battery.device_type, battery.battery_kw) == ("BAT_SYS", 0.79608)


def test_energies() -> None:
    """Statistics by item and production as flat sums."""
    items = {"proSystemTotalStats": 31.4, "proGridStats": 9.76}
    rows = [{"item": name, "statisticsList": [{"date": "2026-09-24", "val": value}]} for name, value in items.items()]
    day = structure(Statistics, {"proGrid": 9.76, "dataList": rows})
    production = structure(Production, {"proSystemTotalStats": 20.8, "profitProStats": 0, "currency": "USD"})

    assert {each.item: each.points[0].val for each in day.series} == items
    assert day["proGrid"] == items["proGridStats"]
    assert (production.pv_kwh, production.currency) == (20.8, "USD")


@pytest.mark.parametrize(
    ("log", "power", "session"),
    [
        ({"currentChargeQuantity": 5.67, "workStu": 6, "pevChar": 7.6}, 7600, 5.67),
        ({"currentChargeQuantity": 10.39, "workStu": 6, "pevChar": 5.4, "a": 0.0}, 5400, 10.39),
    ],
)
def test_a_running_charge(log: dict[str, Any], power: float, session: float) -> None:
    """The log has the car's draw and the session's energy."""
    reading = to_charger_reading(
        None, structure(LastCharge, {"chargeLog": log, "curveList": []}), Stamp(received_at=NOW)
    )

    assert reading.status is ChargerStatus.CHARGING
    assert (reading.power_w, reading.session_kwh) == (power, session)
    assert reading.current_a is None


@pytest.mark.parametrize(
    ("detail", "kw"),
    [
        ({"chargePower": 11.0, "chargePowerSetted": 11.0, "workState": "available_gun_no_insered"}, 11.0),
        ({"chargeMaxPower": 7, "workState": "available_gun_no_insered"}, 7.0),
        ({"chargeMode": 2, "chargePower": 7.5}, None),
    ],
)
def test_an_idle_charger(detail: dict[str, Any], kw: float | None) -> None:
    """Two generations name the power differently; chargePower is what is allocated, not what flows."""
    charger = structure(EvCharger, {"status": "available", "chargeMode": 0, **detail})
    reading = to_charger_reading(charger, None, Stamp(received_at=NOW))

    assert charger.limit_kw == kw
    assert reading.status is ChargerStatus.AVAILABLE
    assert reading.power_w == 0


def test_remote_control() -> None:
    """Functions are found wherever they are, and slots survive encoding and decoding."""
    names = {"func-immediate": "47545", "func-stop": "47545", "func-end-soc": "47546", "func-power": "47603"}
    tree = {"functionMenus": {"children": [{"functions": [{"id": k, "address": v} for k, v in names.items()]}]}}
    charging = {
        "TOUStart1": "12:00",
        "TOUEnd1": "15:00",
        "TOUWeekEnable1": 249,
        "TOUWeek1": [0, 1, 2, 3, 4, 5, 6],
        "ChargeDischargePW1": -1000,
        "ChargeCutOffSet1": 100,
        "TOUMonth1": list(range(12)),
    }
    slots = [slot_of(1, charging), slot_of(2, {"TOUStart2": "18:00", "TOUEnd2": "21:00", "TOUWeekEnable2": 6})]
    schedule = to_schedule(Program(enabled=True, slots=slots), PowerScale(rated_w=5000))

    assert [each.address for each in functions_in(tree)] == list(names.values())
    assert slot_data(1, slots[0]) == charging
    assert [each.on for each in slots] == [True, False]
    [window] = schedule.windows
    assert (window.mode, window.power_w, window.target_soc_pct) == ("charge", None, 100)


def test_what_is_missing_is_not_zero() -> None:
    """Nulls and absent keys stay unknown, and a total of 0 is what falling asleep looks like."""
    seen = _figures({"pDc": None, "proPvStatsTotal": "0", "proPvStatsToday": "0"})

    assert "pDc" not in seen
    assert counter(seen, "proPvStats", DAY) is None
    assert to_flows(Flow()).is_dark
    assert strings_kw(seen) == []
