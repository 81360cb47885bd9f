"""Every whole capture beside the checkout parses into its record; a check in addition to test_real_answers.py."""

from __future__ import annotations

from typing import Any

import pytest

from openpower_alphaess import models
from openpower_core.convert import structure

ANSWERS = {
    "d_getTimeChargeBySn_info_key": models.TimeCharge,
    "d_qalphacloud_lastpowerdata_1": models.PowerData,
    "d_qalphacloud_lastpowerdata_2": models.PowerData,
    "d_qalphacloud_onedateenergy_1": models.DayEnergy,
    "d_qalphacloud_onedateenergy_2": models.DayEnergy,
    "d_qalphacloud_onedaypower": list[models.PowerSample],
    "d_qalphacloud_storagesystems_multiple": list[models.EssSystem],
    "d_qalphacloud_storagesystems_single": list[models.EssSystem],
    "r01_getEssList_two_systems": list[models.EssSystem],
    "r02_getSumDataForCustomer_no_tariff": models.Summary,
    "r03_getLastPowerData_evening_discharge": models.PowerData,
    "r04_getOneDayPowerBySn_first_row": list[models.PowerSample],
    "r05_getOneDateEnergyBySn": models.DayEnergy,
    "r06_getChargeConfigInfo": models.ChargeSettings,
    "r07_getDisChargeConfigInfo": models.DischargeSettings,
    "r08_getEvChargerConfigList_none": list[models.EvCharger],
    "r09_getEvChargerCurrentsBySn_no_charger": models.EvCurrentSetting,
    "r17_getEssList_vt1000_protection": list[models.EssSystem],
    "r21_getOneDateEnergyBySn_vt1000_zero": models.DayEnergy,
    "r22_getChargeConfigInfo_vt1000": models.ChargeSettings,
    "r25_getEssList_offline": list[models.EssSystem],
    "r26_getTimeChargeBySn_weekly_one_period": models.TimeCharge,
    "r27_getChargeConfigInfo_stale_beside_periodic": models.ChargeSettings,
    "r31_getChargeConfigInfo_default_on_migrated": models.ChargeSettings,
    "r32_getDisChargeConfigInfo_default_on_migrated": models.DischargeSettings,
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_field_of_a_capture_is_known(sample: Any, name: str) -> None:
    """A capture parses, keeps each value under the vendor's key, and leaves nothing unknown."""
    data = sample(f"alphaess/{name}.json")["data"]

    parsed: Any = structure(ANSWERS[name], data, where="$.data")

    records = parsed if isinstance(parsed, list) else [parsed]
    answers = data if isinstance(data, list) else [data]
    for record, answer in zip(records, answers, strict=True):
        assert not record.extras
        assert {key: _plain(record[key]) for key in answer} == answer


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "to_vendor"):
        return value.to_vendor(drop_none=False)
    return value
