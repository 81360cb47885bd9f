"""Every answer has the keys, the order and the JSON types of the live service's."""

from __future__ import annotations

import alphaess_answers as answers
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


REAL = {
    "getEssList": ({}, answers.envelope([answers.SYSTEM])),
    "getSumDataForCustomer": ({}, answers.envelope(answers.SUMMARY)),
    "getLastPowerData": ({}, answers.envelope(answers.EVENING)),
    "getOneDayPowerBySn": ({"queryDate": DAY}, answers.envelope([answers.ROW])),
    "getOneDateEnergyBySn": ({"queryDate": DAY}, answers.envelope(answers.DAY_ENERGY)),
    "getChargeConfigInfo": ({}, answers.envelope(answers.CHARGE)),
    "getDisChargeConfigInfo": ({}, answers.envelope(answers.DISCHARGE)),
    "getEvChargerConfigList": ({}, answers.envelope([])),
    "getEvChargerCurrentsBySn": ({}, answers.envelope({"currentsetting": 32.0})),
    "getTimeChargeBySn": ({}, answers.NO_PERMISSION),
    "getVerificationCode": ({"checkCode": "CHECK1"}, answers.ALREADY_BOUND),
}
TO_COME = {"queryDate": "2027-01-01"}


@pytest.mark.parametrize(
    ("endpoint", "params", "real"),
    [*((endpoint, *case) for endpoint, case in REAL.items()), ("getOneDayPowerBySn", TO_COME, answers.BUSY)],
)
def test_answers_have_the_shape_of_real_ones(caller, endpoint, params, real):
    """Key for key, with the same mixture of int, float and null."""
    answer = caller.get(endpoint, **params)

    assert shape(answer) == shape(real)
    assert (list(answer), answer["code"], answer["msg"]) == (list(real), real["code"], real["msg"])


def test_periodic_read_has_the_shape_of_a_real_one(periodic, clock):
    """A user's schedule, written as its owner wrote it, reads back as it did for the owner."""
    element = answers.WEEKLY_PERIOD
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

    assert answer == answers.WRITTEN
    assert shape(data["chargeTimeList"]) == shape([element])
    assert data["chargeTimeList"] == [element]
    assert list(data) == list(answers.WEEKLY)


def test_legacy_write_answers_as_the_live_service(caller):
    """A successful write has null data; the vendor's own example sends a level as text."""
    assert caller.post("updateChargeConfigInfo", **answers.POSTMAN_CHARGE) == answers.WRITTEN


def test_vendors_discharge_example_is_accepted(caller, clock):
    """The vendor's own Postman body, and what it reads like afterwards."""
    answer = caller.post("updateDisChargeConfigInfo", **answers.POSTMAN_DISCHARGE)
    clock.advance(35)

    assert answer["code"] == 200
    assert {"sysSn": answers.SERIAL, **caller.data("getDisChargeConfigInfo")} == answers.POSTMAN_DISCHARGE


def test_migrated_legacy_reads_are_defaults(periodic):
    """On a migrated system the legacy reads show defaults, whatever runs."""
    assert periodic.get("getChargeConfigInfo") == answers.envelope(answers.CHARGE_DEFAULT)
    assert periodic.get("getDisChargeConfigInfo") == answers.envelope(answers.DISCHARGE_DEFAULT)


def test_empty_list_is_refused_as_by_the_live_service(periodic):
    """The server returns empty lists on read and refuses them on write."""
    answer = periodic.post("setTimeChargeBySn", executeCycleType=0, chargeTimeList=[], dischargeTimeList=[{}])

    assert answer == answers.EMPTY_LIST


def test_malformed_write_is_refused_as_by_the_live_service(caller):
    """10001 has a capital E in its text."""
    answer = caller.post("updateDisChargeConfigInfo", ctrDis=1)

    assert answer == answers.MALFORMED


def test_tariff_fills_the_summary(make):
    """With a tariff none of the fourteen figures is null; the ratios are fractions."""
    data = make(plate={"tariff": Tariff(currency="EUR")}).data("getSumDataForCustomer")

    assert len(data) == 14
    assert None not in data.values()
    assert data["moneyType"] == "EUR"
    assert 0 < data["eselfConsumption"] <= 1
    assert data["carbonNum"] == pytest.approx(0.86 * data["epvtotal"], rel=1e-3)
    assert data["treeNum"] == pytest.approx(data["carbonNum"] / 5.023, rel=1e-3)


def test_protection_is_health_and_can_be_shown(make):
    """A working VT1000 says Protection."""
    entry = answers.PLUG_IN
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

    assert caller.get("getEssList") == answers.envelope([entry])
