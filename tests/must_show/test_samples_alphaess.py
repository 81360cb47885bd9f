"""Every whole capture of AlphaESS goes over real HTTP through the client, in both flavours; none is left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_testing.faults import FaultServer

SERIAL = "AL0000000000001"
DAY = "2026-08-04"
NOW = datetime(2026, 8, 4, 18, 12, tzinfo=UTC)

# What was asked when the answer was captured; the file's name tells.
CALLS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "d_getTimeChargeBySn_info_key": ("get_periodic_schedule", ()),
    "d_qalphacloud_lastpowerdata_1": ("get_realtime_power_usage", ()),
    "d_qalphacloud_lastpowerdata_2": ("get_realtime_power_usage", ()),
    "d_qalphacloud_onedateenergy_1": ("get_historical_energy_usage", (DAY,)),
    "d_qalphacloud_onedateenergy_2": ("get_historical_energy_usage", (DAY,)),
    "d_qalphacloud_onedaypower": ("get_historical_power_usage", (DAY,)),
    "d_qalphacloud_storagesystems_multiple": ("list_systems", ()),
    "d_qalphacloud_storagesystems_single": ("list_systems", ()),
    "r01_getEssList_two_systems": ("list_systems", ()),
    "r02_getSumDataForCustomer_no_tariff": ("get_system_summary", ()),
    "r03_getLastPowerData_evening_discharge": ("get_realtime_power_usage", ()),
    "r04_getOneDayPowerBySn_first_row": ("get_historical_power_usage", (DAY,)),
    "r05_getOneDateEnergyBySn": ("get_historical_energy_usage", (DAY,)),
    "r06_getChargeConfigInfo": ("get_charging_settings", ()),
    "r07_getDisChargeConfigInfo": ("get_discharging_settings", ()),
    "r08_getEvChargerConfigList_none": ("get_ev_charger_list", ()),
    "r17_getEssList_vt1000_protection": ("list_systems", ()),
    "r21_getOneDateEnergyBySn_vt1000_zero": ("get_historical_energy_usage", (DAY,)),
    "r22_getChargeConfigInfo_vt1000": ("get_charging_settings", ()),
    "r25_getEssList_offline": ("list_systems", ()),
    "r26_getTimeChargeBySn_weekly_one_period": ("get_periodic_schedule", ()),
    "r27_getChargeConfigInfo_stale_beside_periodic": ("get_charging_settings", ()),
    "r31_getChargeConfigInfo_default_on_migrated": ("get_charging_settings", ()),
    "r32_getDisChargeConfigInfo_default_on_migrated": ("get_discharging_settings", ()),
}

# The code in the file, and what section 1.5 of the vendor's reference says that it means.
REFUSALS: dict[str, type[errors.OpenPowerError]] = {
    "d_qalphacloud_api_error": errors.InvalidValue,  # 6001: parameter error
    "r10_http405_wrong_verb": errors.BadResponse,  # the framework's own 405
    "r11_error_6017_no_permission": errors.PermissionDenied,
    "r12_error_6001_time_list_is_null": errors.InvalidValue,
    "r18_getVerificationCode_already_bound": errors.RequestError,
    "r33_error_6026_network_busy": errors.ServiceUnavailable,
    "r34_error_6053_too_many": errors.RateLimited,
    "r35_error_6009_timestamp": errors.AuthError,
    "r36_error_103_other_host": errors.ConfigurationError,
    "r37_error_10001_updateDisCharge": errors.InvalidValue,
}

# A household limit, a success without data, and three parts of answers: test_answers_alphaess.py has each.
OTHERS = {
    "d_ev_parser_fixture",
    "r09_getEvChargerCurrentsBySn_no_charger",
    "r23_updateChargeConfigInfo_success",
    "r29_setTimeChargeBySn_response_http",
}


def test_no_response_is_left_out(samples: Path) -> None:
    """Whatever is not a request is a response, and has its place in this module."""
    names = {path.stem for path in (samples / "alphaess").glob("*.json")}

    assert names - {name for name in names if "_request_" in name} == (set(CALLS) | set(REFUSALS) | OTHERS)


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_an_answer_keeps_every_value(flavour: Any, server: FaultServer, sample: Any, name: str) -> None:
    """Each value is available under the vendor's own key, nested ones too, and no field is unknown."""
    answer = sample(f"alphaess/{name}.json")
    method, arguments = CALLS[name]

    got = await _call(flavour, server, answer, method, *arguments)

    found = got if isinstance(got, list) else [got]
    sent = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert [each.to_vendor(drop_none=False) for each in found] == [
        {**dict.fromkeys(each.to_vendor(drop_none=False)), **raw} for each, raw in zip(found, sent, strict=True)
    ]
    assert not any(each.extras for each in found)


@pytest.mark.parametrize("name", sorted(REFUSALS))
async def test_a_refusal_raises_its_error(flavour: Any, server: FaultServer, sample: Any, name: str) -> None:
    """By its code, which stays on the error."""
    answer = sample(f"alphaess/{name}.json")

    with pytest.raises(REFUSALS[name]) as caught:
        await _call(flavour, server, answer, "list_systems")

    if "code" in answer:
        assert caught.value.vendor_code == str(answer["code"])


async def _call(flavour: Any, server: FaultServer, answer: Any, method: str, *arguments: Any) -> Any:
    _queue(server, answer, times=9)
    api = flavour.alphaess("app", "secret", SERIAL, base_url=f"{server.url}/api", clock=ManualClock(NOW), timeout=5)
    try:
        return await flavour.ok(getattr(api, method)(*arguments))
    finally:
        await flavour.close(api)
        server.clear()


def _queue(server: FaultServer, answer: Any, times: int = 1) -> None:
    status = answer.get("status", 200)
    server.fail("status", status=status, times=times, body=json.dumps(answer).encode())
