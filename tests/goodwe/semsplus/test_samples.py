"""The whole captured answers: all parse, balance, and come out in our signs and units."""

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
    figures,
    phases_kw,
    to_battery_reading,
    to_flows,
    to_inverter_reading,
    to_meter_reading,
)
from openpower_goodwe.semsplus.models import (
    Alarm,
    DeviceRow,
    DeviceStatus,
    EvCharger,
    Factor,
    FactorGroup,
    Flow,
    LastCharge,
    NamedSettings,
    Production,
    RelatedDevice,
    Station,
    StationInfo,
    Statistics,
)

NOW = datetime(2026, 9, 24, 16, 2, tzinfo=UTC)


@pytest.fixture
def data(sample: Any) -> Any:
    """The data of a captured answer."""

    def load(name: str) -> Any:
        payload = sample(f"goodwe/semsplus/{name}.json")
        return payload.get("data", payload) if isinstance(payload, dict) else payload

    return load


@pytest.mark.parametrize(
    ("name", "pv", "battery", "grid", "load"),
    [
        ("flow_hybrid_eu_2026-09-24", 77.72, 762.45, 1.0, 841.17),
        ("flow_au_allinone", 0.0, 500.0, 0.0, 500.0),
        ("mqtt_second_data_station_au", 0.0, 500.0, 0.0, 500.0),
        ("mqtt_second_data_station_live_2026-10-08", 5931.0, 0.0, -4924.0, 1007.0),
    ],
)
def test_flows_balance(data: Any, name: str, pv: float, battery: float, grid: float, load: float) -> None:
    """The vendor's pSystem + pBat − pGrid = pConsum is our pv + battery + grid = load."""
    flows = to_flows(structure(Flow, data(name)))

    assert (flows.pv_w, flows.battery_w, flows.load_w) == (pv, battery, load)
    assert flows.grid_w == grid
    assert flows.pv_w + flows.battery_w + flows.grid_w == pytest.approx(flows.load_w, abs=0.5)


def test_a_hybrid_inverter(data: Any) -> None:
    """Temperatures, strings and counters come from the device itself."""
    seen = StationState(
        flows=to_flows(structure(Flow, data("flow_hybrid_eu_2026-09-24"))),
        status=1,
        received_at=NOW,
        day=date(2026, 9, 24),
    )
    telemetry = figures(structure(list[FactorGroup], data("telemetry_inverter_hybrid_eu")))
    counters = figures(structure(list[FactorGroup], data("telecounting_inverter_hybrid_eu")))
    reading = to_inverter_reading(seen, telemetry, counters, alone=True, first=True)

    assert reading.pv_w == 77.72
    assert sum(reading.pv_strings_w) == pytest.approx(77.6)
    assert (reading.ac_w, reading.temperature_c) == (897.0, 53.7)
    assert reading.pv_energy.today_kwh == 31.4
    assert reading.pv_energy.total_kwh == 7492.4


def test_a_battery(data: Any) -> None:
    """Its own figures have the flow's sign: + discharging."""
    telemetry = figures(structure(list[FactorGroup], data("telemetry_bat_sys_eu")))
    counters = figures(structure(list[FactorGroup], data("telecounting_inverter_hybrid_eu")))
    seen = StationState(flows=to_flows(Flow()), received_at=NOW, day=date(2026, 9, 24))
    reading = to_battery_reading(seen, telemetry, counters, alone=False)

    assert reading.discharging_w == pytest.approx(796.08)
    assert telemetry["voltage"] * telemetry["a"] == pytest.approx(796.08, abs=1)
    assert (reading.soc_pct, reading.soh_pct, reading.temperature_c) == (99, 100, 23.9)
    assert reading.charge_energy.today_kwh == 20.3
    assert reading.discharge_energy.total_kwh == 7309


def test_a_battery_rack(data: Any) -> None:
    """Charging is negative."""
    telemetry = figures(structure(list[FactorGroup], data("telemetry_battery_rack_au")))
    reading = to_battery_reading(StationState(flows=to_flows(Flow()), received_at=NOW), telemetry, {}, alone=True)

    assert reading.charging_w == 1100
    assert reading.charge_energy is None


def test_a_meter(data: Any) -> None:
    """The meter's minus is import, which is our plus."""
    telemetry = figures(structure(list[FactorGroup], data("telemetry_smart_meter_3ph")))
    counters = figures(structure(list[FactorGroup], data("telecounting_smart_meter")))
    seen = StationState(flows=to_flows(Flow()), received_at=NOW, day=date(2026, 9, 24))
    reading = to_meter_reading(seen, telemetry, counters)

    assert reading.importing_w == 1154
    assert sum(reading.phases_w) == pytest.approx(1154)
    assert phases_kw(telemetry) == [-0.515, -0.422, -0.217]
    assert (reading.export_energy.today_kwh, reading.import_energy.today_kwh) == (36.77, 12.84)


def test_stations(data: Any) -> None:
    """Text or number as status; the zone as IANA name or offset."""
    [eu] = structure(list[Station], data("stations_page_eu")["dataList"])
    [au] = structure(list[Station], data("stations_page_au_battery")["dataList"])
    dashboard = structure(list[Station], data("dashboard_stationPage_us")["dataList"])
    info = structure(StationInfo, data("basic_info_allinone"))

    assert (eu.status, eu["timeZone"], eu.pv_kw) == ("1", "Europe/Amsterdam", 0.99)
    assert (au.status, au.charged_today_kwh) == (1, 4.0)
    assert [each.status for each in dashboard] == [1, 2, 0]
    assert "INVERTER_REMOTE" in info.permissions
    assert info.battery_capacity_kwh == 10.0


def test_devices(data: Any) -> None:
    """Two lists know them; only one knows models."""
    rows = rows_of(structure(list[DeviceStatus], data("all_status_hybrid_eu")["deviceDetailList"]))
    page = structure(list[DeviceRow], data("device_station_page_au")["dataList"])
    [battery] = structure(list[RelatedDevice], data("related_devices_hybrid_eu"))

    assert [each.device_type for each in rows] == ["INVERTER", "BATTERY_RACK", "DONGLE"]
    assert rows[0].subtype == "store"
    assert page[0].device_type == "ENERGY_STORAGE_INTEGRATED_CABINET"
    assert (battery.device_type, battery.battery_kw) == ("BAT_SYS", 0.79608)


def test_energies(data: Any) -> None:
    """Statistics by item and production as flat sums."""
    day = structure(Statistics, data("statistics_day_hybrid_eu"))
    production = structure(Production, data("production_day_us"))
    values = {each.item: each.points[0].val for each in day.series}

    assert values["proSystemTotalStats"] == 31.4
    assert day["proGrid"] == values["proGridStats"]
    assert production.pv_kwh == 20.8
    assert production.currency == "USD"


@pytest.mark.parametrize(
    ("name", "power", "session"),
    [("ev_last_charge_active_GW11K-HCA_eu", 7600, 5.67), ("ev_last_charge_active_gen1_eu", 5400, 10.39)],
)
def test_a_running_charge(data: Any, name: str, power: float, session: float) -> None:
    """The log has the car's power and the session's energy."""
    reading = to_charger_reading(None, structure(LastCharge, data(name)), Stamp(received_at=NOW))

    assert reading.status is ChargerStatus.CHARGING
    assert (reading.power_w, reading.session_kwh) == (power, session)
    assert reading.current_a is None


@pytest.mark.parametrize(
    ("name", "kw"),
    [
        ("ev_detail_idle_GW11K-HCA_eu", 11.0),
        ("ev_detail_idle_HCA-G2_7kW_us", 7.0),
        ("ev_detail_pvbat_gen1_eu_partial", None),
    ],
)
def test_an_idle_charger(data: Any, name: str, kw: float | None) -> None:
    """Two generations name the power differently; chargePower is what is allocated, not what flows."""
    detail = structure(EvCharger, data(name))
    reading = to_charger_reading(detail, None, Stamp(received_at=NOW))

    assert detail.limit_kw == kw
    assert reading.status is ChargerStatus.AVAILABLE
    assert reading.power_w == 0


def test_remote_control(data: Any) -> None:
    """Functions are found wherever they are, and slots survive encoding and decoding."""
    functions = functions_in(data("remote_battery_general_functions"))
    settings = structure(NamedSettings, data("remote_get_workmode_tou_v2"))
    values = {each.name: each.value for each in settings.settings}
    slots = [slot_of(number, values[f"TOU{number}"]) for number in (1, 2, 3)]
    schedule = to_schedule(Program(enabled=True, slots=slots), PowerScale(rated_w=5000))

    assert [each.address for each in functions] == ["47545", "47545", "47546", "47603"]
    assert slot_data(1, slots[0]) == values["TOU1"]
    assert [each.on for each in slots] == [True, False, False]
    [window] = schedule.windows
    assert (window.mode, window.power_w, window.target_soc_pct) == ("charge", None, 100)


def test_the_rest_parses(data: Any) -> None:
    """Alarms, chargers' information, and the list of chargers."""
    alarm = structure(Alarm, data("alarm_page_item"))
    information = structure(list[Factor], data("ev_information_GW11K-HCA_eu"))
    [charger] = structure(list[DeviceRow], data("ev_getDevicesByType_eu"))

    assert alarm.name == "Grid Waveform Abnormal"
    assert {each.code: each.data for each in information}["modelType"] == "GW11K-HCA"
    assert charger.device_type == "EV_CHARGER"
