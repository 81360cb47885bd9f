"""Every answer has the keys, the order and the JSON types of the live service's captured one."""

from __future__ import annotations

import pytest

from openpower_alphaess.emulator import Quirks, Tariff

DAY = "2026-08-04"


def shape(value):
    """Keys in order, and the JSON type of each leaf; of a list, the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


CAPTURES = {
    "r01_getEssList_two_systems": ("getEssList", {}),
    "r02_getSumDataForCustomer_no_tariff": ("getSumDataForCustomer", {}),
    "r03_getLastPowerData_evening_discharge": ("getLastPowerData", {}),
    "r04_getOneDayPowerBySn_first_row": ("getOneDayPowerBySn", {"queryDate": DAY}),
    "r05_getOneDateEnergyBySn": ("getOneDateEnergyBySn", {"queryDate": DAY}),
    "r06_getChargeConfigInfo": ("getChargeConfigInfo", {}),
    "r07_getDisChargeConfigInfo": ("getDisChargeConfigInfo", {}),
    "r08_getEvChargerConfigList_none": ("getEvChargerConfigList", {}),
    "r09_getEvChargerCurrentsBySn_no_charger": ("getEvChargerCurrentsBySn", {}),
    "r11_error_6017_no_permission": ("getTimeChargeBySn", {}),
    "r18_getVerificationCode_already_bound": ("getVerificationCode", {"checkCode": "CHECK1"}),
    "r33_error_6026_network_busy": ("getOneDayPowerBySn", {"queryDate": "2027-01-01"}),
}


@pytest.mark.parametrize("capture", CAPTURES)
def test_answers_have_the_shape_of_the_captures(caller, sample, capture):
    """Key for key, with the same mixture of int, float and null."""
    endpoint, params = CAPTURES[capture]
    captured = sample(f"alphaess/{capture}.json")
    answer = caller.get(endpoint, **params)

    assert shape(answer) == shape(captured)
    assert (list(answer), answer["code"], answer["msg"]) == (list(captured), captured["code"], captured["msg"])


def test_periodic_read_has_the_shape_of_the_capture(periodic, clock, sample):
    """The schedule of r26, written as its owner wrote it (r28's form), reads back as captured."""
    captured = sample("alphaess/r26_getTimeChargeBySn_weekly_one_period.json")
    element = captured["data"]["chargeTimeList"][0]
    wanted = ("beginTime", "endTime", "weeks", "chargePower", "chargeLimit")
    answer = periodic.post(
        "setTimeChargeBySn",
        executeCycleType=1,
        gridChargeCycle=1,
        ctrDisCycle=0,
        chargeTimeList=[{key: element[key] for key in wanted}],
        dischargeTimeList=[{"beginTime": "00:00", "endTime": "00:00", "weeks": [1], "chargeLimit": 10}],
    )
    clock.advance(35)
    data = periodic.data("getTimeChargeBySn")

    assert answer == sample("alphaess/r29_setTimeChargeBySn_response_http.json")["body"]
    assert shape(data["chargeTimeList"]) == shape(captured["data"]["chargeTimeList"])
    assert data["chargeTimeList"] == captured["data"]["chargeTimeList"]
    assert list(data) == list(captured["data"])


def test_legacy_write_answers_as_captured(caller, sample):
    """A successful write has null data (r23); the vendor's own example sends a level as text."""
    body = sample("alphaess/d_request_updateChargeConfigInfo.json") | {"sysSn": "AL0000000000001"}

    assert caller.post("updateChargeConfigInfo", **body) == sample("alphaess/r23_updateChargeConfigInfo_success.json")


def test_vendors_discharge_example_is_accepted(caller, clock, sample):
    """The vendor's own Postman body, and what it reads like afterwards."""
    body = sample("alphaess/d_request_updateDisChargeConfigInfo.json") | {"sysSn": "AL0000000000001"}
    answer = caller.post("updateDisChargeConfigInfo", **body)
    clock.advance(35)

    assert answer["code"] == 200
    assert {"sysSn": "AL0000000000001", **caller.data("getDisChargeConfigInfo")} == body


def test_migrated_legacy_reads_are_the_captured_defaults(periodic, sample):
    """On a migrated system the legacy reads show defaults (r31, r32), whatever runs."""
    for endpoint, capture in (
        ("getChargeConfigInfo", "r31_getChargeConfigInfo_default_on_migrated"),
        ("getDisChargeConfigInfo", "r32_getDisChargeConfigInfo_default_on_migrated"),
    ):
        assert periodic.get(endpoint) == sample(f"alphaess/{capture}.json")


def test_empty_list_is_refused_as_captured(periodic, sample):
    """The server returns empty lists on read and refuses them on write (r12)."""
    answer = periodic.post("setTimeChargeBySn", executeCycleType=0, chargeTimeList=[], dischargeTimeList=[{}])

    assert answer == sample("alphaess/r12_error_6001_time_list_is_null.json")


def test_malformed_write_is_refused_as_captured(caller, sample):
    """10001 has a capital E in its text (r37)."""
    answer = caller.post("updateDisChargeConfigInfo", ctrDis=1)

    assert answer == sample("alphaess/r37_error_10001_updateDisCharge.json")


def test_tariff_fills_the_summary(make):
    """With a tariff none of the fourteen figures is null; the ratios are fractions."""
    data = make(plate={"tariff": Tariff(currency="EUR")}).data("getSumDataForCustomer")

    assert len(data) == 14
    assert None not in data.values()
    assert data["moneyType"] == "EUR"
    assert 0 < data["eselfConsumption"] <= 1
    assert data["carbonNum"] == pytest.approx(0.86 * data["epvtotal"], rel=1e-3)
    assert data["treeNum"] == pytest.approx(data["carbonNum"] / 5.023, rel=1e-3)


def test_protection_is_health_and_can_be_shown(make, sample):
    """A working VT1000 says Protection (r17)."""
    captured = sample("alphaess/r17_getEssList_vt1000_protection.json")
    entry = captured["data"][0]
    plate = {
        "serial": entry["sysSn"],
        "inverter_model": entry["minv"],
        "battery_model": entry["mbat"],
        "inverter_kw": entry["poinv"],
        "pv_kw": entry["popv"],
        "capacity_kwh": entry["cobat"],
        "usable_pct": entry["usCapacity"],
    }
    caller = make(plate=plate, quirks=Quirks(ems_status="Protection"))

    assert caller.get("getEssList") == captured
