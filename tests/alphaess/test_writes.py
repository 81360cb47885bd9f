"""The native client's writing calls: verbs, paths and bodies as documented, arguments checked first."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, time
from typing import Any

import httpx
import pytest

from openpower_alphaess import AlreadyBound, CycleType, TimePeriod
from openpower_core import errors

SERIAL = "AL70110230300001"
OFF = (time(0), time(0))
NIGHT = (time(22, 15), time(0))
CHARGE = TimePeriod(begin_time="01:00", end_time="05:00", weeks=(1, 2, 3, 4, 5), charge_power=5000, charge_limit=90)
DISCHARGE = TimePeriod(begin_time="17:00", end_time="21:00", weeks=(1, 2, 3, 4, 5), charge_power=5000, charge_limit=20)


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


WRITES: list[tuple[str, tuple[Any, ...], dict[str, Any], str, dict[str, Any]]] = [
    (
        "set_charging_settings",
        (0.95, True, (time(0), time(22, 15)), (time(1, 15), time(0))),
        {},
        "updateChargeConfigInfo",
        {
            "batHighCap": 95,
            "gridCharge": 1,
            "timeChae1": "22:15",
            "timeChae2": "00:00",
            "timeChaf1": "00:00",
            "timeChaf2": "01:15",
        },
    ),
    (
        "set_discharging_settings",
        (0.29, False, OFF, OFF),
        {},
        "updateDisChargeConfigInfo",
        {
            "batUseCap": 29,
            "ctrDis": 0,
            "timeDise1": "00:00",
            "timeDise2": "00:00",
            "timeDisf1": "00:00",
            "timeDisf2": "00:00",
        },
    ),
    ("bind_system", ("123456",), {}, "bindSn", {"code": "123456"}),
    ("unbind_system", (), {}, "unBindSn", {}),
    ("set_ev_charger_current_draw_settings", (16.0,), {}, "setEvChargerCurrentsBySn", {"currentsetting": 16}),
    ("control_ev_charger", ("EV1", True), {}, "remoteControlEvCharger", {"evchargerSn": "EV1", "controlMode": 1}),
    ("control_ev_charger", ("EV1", False), {}, "remoteControlEvCharger", {"evchargerSn": "EV1", "controlMode": 0}),
    (
        "set_meter_offset",
        (-0.5, True, NIGHT, OFF),
        {},
        "updateMeterOffsetConfigInfo",
        {
            "pmOffset": -0.5,
            "pmOffsetEn": 1,
            "pmOffsetS1": "22:15",
            "pmOffsetE1": "00:00",
            "pmOffsetS2": "00:00",
            "pmOffsetE2": "00:00",
        },
    ),
    (
        "set_periodic_schedule",
        ([CHARGE], [DISCHARGE]),
        {"grid_charge_cycle": True, "ctr_dis_cycle": True},
        "setTimeChargeBySn",
        {
            "executeCycleType": 1,
            "gridChargeCycle": 1,
            "ctrDisCycle": 1,
            "chargeTimeList": [
                {
                    "beginTime": "01:00",
                    "endTime": "05:00",
                    "weeks": [1, 2, 3, 4, 5],
                    "chargePower": 5000,
                    "chargeLimit": 90,
                }
            ],
            "dischargeTimeList": [
                {
                    "beginTime": "17:00",
                    "endTime": "21:00",
                    "weeks": [1, 2, 3, 4, 5],
                    "chargePower": 5000,
                    "chargeLimit": 20,
                }
            ],
        },
    ),
]


@pytest.mark.parametrize(("method", "arguments", "named", "endpoint", "body"), WRITES)
async def test_each_write(
    flavour: Any,
    service: Any,
    method: str,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    endpoint: str,
    body: dict[str, Any],
) -> None:
    """POST, the documented path, exactly the documented body, and None for an answer."""
    service.answers[endpoint] = None

    result = await ok(getattr(flavour.client(), method)(*arguments, **named))

    assert result is None
    (request,) = service.requests
    assert (request.method, request.url.path) == ("POST", f"/api/{endpoint}")
    assert request.headers["Content-Type"] == "application/json"
    assert service.body() == {"sysSn": SERIAL, **body}
    assert request.url.query == b""


@pytest.mark.parametrize(("method", "arguments", "named", "endpoint", "body"), WRITES)
async def test_each_write_takes_a_serial_number(
    flavour: Any, service: Any, method: str, arguments: Any, named: Any, endpoint: str, body: Any
) -> None:
    """serial_number= counts for the call."""
    service.answers[endpoint] = None

    await ok(getattr(flavour.client(None), method)(*arguments, **named, serial_number="OTHER"))

    assert service.body()["sysSn"] == "OTHER"


async def test_a_verification_code_is_asked_for_with_get(flavour: Any, service: Any) -> None:
    """It e-mails the owner, so it goes out once, whatever happens."""
    service.answers["getVerificationCode"] = None
    assert await ok(flavour.client().get_verification_code("CHECK1")) is None
    assert service.requests[0].method == "GET"
    assert service.params() == {"sysSn": SERIAL, "checkCode": "CHECK1"}

    service.answers["getVerificationCode"] = httpx.Response(502, text="<html>")
    with pytest.raises(errors.ServiceUnavailable):
        await ok(flavour.client().get_verification_code("CHECK1"))
    assert len(service.requests) == 2


async def test_what_is_done_already(flavour: Any, service: Any) -> None:
    """Binding what is bound and unbinding what is not changes nothing; no code is mailed for the first."""
    service.answers |= {"bindSn": 6003, "unBindSn": 6005, "getVerificationCode": 6003}
    api = flavour.client()

    assert await ok(api.bind_system("123456")) is None
    assert await ok(api.unbind_system()) is None
    with pytest.raises(AlreadyBound):
        await ok(api.get_verification_code("CHECK1"))


@pytest.mark.parametrize("code", [6008, 6029, 6001, 10001, 6017, 6053, 6046])
async def test_a_refused_write_is_not_repeated(flavour: Any, service: Any, code: int) -> None:
    """Whatever the code, a write goes out once and a refusal is raised."""
    service.answers["updateChargeConfigInfo"] = code

    with pytest.raises(errors.OpenPowerError) as caught:
        await ok(flavour.client().set_charging_settings(0.9, True, OFF, OFF))

    assert caught.value.vendor_code == str(code)
    assert len(service.requests) == 1


async def test_a_write_accepted_with_201(flavour: Any, service: Any) -> None:
    """The vendor's own demo lets it pass for writes."""
    service.answers["updateChargeConfigInfo"] = 201

    await ok(flavour.client().set_charging_settings(0.9, True, OFF, OFF))


@pytest.mark.parametrize(
    ("level", "match"),
    [
        (90, "0.9"),
        (10, "0.1"),
        (-0.1, "fraction"),
        (101, "fraction"),
        ("0.9", "number"),
        (True, "number"),
        (float("nan"), "number"),
    ],
)
async def test_levels_are_fractions(flavour: Any, service: Any, level: Any, match: str) -> None:
    """90 gets an error that says 0.9, and nothing is sent."""
    for method in ("set_charging_settings", "set_discharging_settings"):
        with pytest.raises(errors.InvalidValue, match=match):
            await ok(getattr(flavour.client(), method)(level, True, OFF, OFF))

    assert not service.requests


@pytest.mark.parametrize("level", [2, 10, 50, 99, 100])
async def test_whole_percentages_are_refused_with_the_fraction(flavour: Any, service: Any, level: int) -> None:
    """The remedy is the fraction that was meant."""
    for method in ("set_charging_settings", "set_discharging_settings"):
        with pytest.raises(errors.InvalidValue, match=f"For {level} % give {level / 100:g}"):
            await ok(getattr(flavour.client(), method)(level, True, OFF, OFF))

    assert not service.requests


async def test_one_is_all_when_charging_and_ambiguous_when_discharging(flavour: Any, service: Any) -> None:
    """As in the prototype, 1 charges to 100 %; the integer 1 could drain the battery to 1 %."""
    service.answers |= {"updateChargeConfigInfo": 200, "updateDisChargeConfigInfo": 200}
    await ok(flavour.client().set_charging_settings(1, True, OFF, OFF))
    assert json.loads(service.requests[0].content)["batHighCap"] == 100
    with pytest.raises(errors.InvalidValue, match=r"0\.01 for 1 %, 1\.0 for 100 %"):
        await ok(flavour.client().set_discharging_settings(1, True, OFF, OFF))
    await ok(flavour.client().set_discharging_settings(1.0, True, OFF, OFF))
    assert json.loads(service.requests[1].content)["batUseCap"] == 100


@pytest.mark.parametrize("serial", [None, "", 5, True, {}])
async def test_a_charger_is_named_by_its_serial_number(flavour: Any, service: Any, serial: Any) -> None:
    """Nothing is sent for a charger that has no name."""
    with pytest.raises(errors.InvalidValue, match="charger_serial_number is"):
        await ok(flavour.client().control_ev_charger(serial, True))

    assert not service.requests


@pytest.mark.parametrize(
    "period",
    [
        (time(1, 7), time(2)),
        (time(1), time(2, 0, 1)),
        (time(1, tzinfo=UTC), time(2)),
        (time(1),),
        ("01:07", "02:00"),
        ("01:00:00", "2 am"),
        None,
    ],
)
async def test_periods_are_quarter_hours(flavour: Any, service: Any, period: Any) -> None:
    """What the inverter would ignore is not sent."""
    with pytest.raises(errors.InvalidValue):
        await ok(flavour.client().set_charging_settings(0.9, True, OFF, period))
    with pytest.raises(errors.InvalidValue):
        await ok(flavour.client().set_discharging_settings(0.9, True, period, OFF))

    assert not service.requests


@pytest.mark.parametrize("value", ["yes", None, 2, 0.5])
async def test_switches_are_booleans(flavour: Any, service: Any, value: Any) -> None:
    """Nothing that only looks like True."""
    with pytest.raises(errors.InvalidValue):
        await ok(flavour.client().control_ev_charger("EV1", value))
    with pytest.raises(errors.InvalidValue):
        await ok(flavour.client().set_charging_settings(0.9, value, OFF, OFF))

    assert not service.requests


@pytest.mark.parametrize(
    ("charge", "match"),
    [
        ([], "empty list"),
        ([TimePeriod(begin_time="01:05", end_time="02:00", weeks=(1,), charge_power=1, charge_limit=50)], "15-minute"),
        ([TimePeriod(begin_time="01:00", end_time="24:00", weeks=(1,), charge_power=1, charge_limit=50)], "15-minute"),
        ([TimePeriod(begin_time="01:00", end_time="02:00", charge_power=1, charge_limit=50)], "weeks"),
        ([TimePeriod(begin_time="01:00", end_time="02:00", weeks=(8,), charge_power=1, charge_limit=50)], "weeks"),
        ([TimePeriod(begin_time="01:00", end_time="02:00", weeks=(1,), charge_limit=50)], "do nothing"),
        ([TimePeriod(begin_time="01:00", end_time="02:00", weeks=(1,), charge_power=1, charge_limit=5)], "from 10"),
        ([TimePeriod(begin_time="01:00", end_time="02:00", weeks=(1,), charge_power=1)], "number"),
        ([{"beginTime": "01:00"}], "TimePeriod"),
    ],
)
async def test_periods_that_would_fail(flavour: Any, service: Any, charge: Any, match: str) -> None:
    """What the vendor refuses, or takes and ignores, is not sent."""
    with pytest.raises(errors.InvalidValue, match=match):
        await ok(
            flavour.client().set_periodic_schedule(charge, [DISCHARGE], grid_charge_cycle=True, ctr_dis_cycle=False)
        )

    assert not service.requests


async def test_a_daily_schedule_names_no_days(flavour: Any, service: Any) -> None:
    """executeCycleType 0."""
    service.answers["setTimeChargeBySn"] = None

    await ok(
        flavour.client().set_periodic_schedule(
            [CHARGE], [DISCHARGE], grid_charge_cycle=False, ctr_dis_cycle=False, execute_cycle_type=CycleType.DAILY
        )
    )

    body = service.body()
    assert (body["executeCycleType"], body["gridChargeCycle"]) == (0, 0)
    assert "weeks" not in body["chargeTimeList"][0]
