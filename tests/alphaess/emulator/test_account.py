"""Binding, chargers, the rate limit and the language: the rest of the service."""

from __future__ import annotations

from datetime import timedelta

import alphaess_answers as answers
import pytest

from openpower_alphaess.emulator import ChargerState, Quirks, RateLimit

EV = {"charger_models": ("SMILE-EVCT11",)}


@pytest.fixture
def stranger(make):
    """A service around a system that is not bound to the account yet."""
    caller = make()
    caller.emulator.system.bound = False
    return caller


def test_binding_goes_by_mail(stranger):
    """The owner gets a code by mail; with it the system is bound, and visible."""
    before = stranger.get("getEssList")
    asked = stranger.get("getVerificationCode", checkCode="CHECK1")
    [mail] = stranger.emulator.mailbox
    bound = stranger.post("bindSn", code=mail.code)

    assert before["data"] == []
    assert (asked["code"], asked["data"]) == (200, None)
    assert (mail.to, mail.serial) == ("owner@example.org", "AL0000000000001")
    assert (bound["code"], bound["data"]) == (200, None)
    assert len(stranger.data("getEssList")) == 1


def test_unbinding_and_unbinding_again(caller):
    """unBindSn on an unbound system is 6005: already done."""
    assert caller.post("unBindSn")["code"] == 200
    assert caller.post("unBindSn")["code"] == 6005
    assert caller.get("getLastPowerData")["code"] == 6005
    assert caller.data("getEssList") == []


def test_bound_system_is_6003_from_both_calls(caller):
    """ "You have bound this SN!" from bindSn and from getVerificationCode (r18)."""
    assert caller.get("getVerificationCode", checkCode="CHECK1")["code"] == 6003
    assert caller.post("bindSn", code="123456")["code"] == 6003


def test_wrong_check_code_is_6004(stranger):
    """The check code is on the device's label."""
    assert stranger.get("getVerificationCode", checkCode="WRONG")["code"] == 6004
    assert stranger.emulator.mailbox == []


def test_system_that_does_not_exist_is_6038(caller):
    """In the binding calls; elsewhere it is 6005."""
    assert caller.get("getVerificationCode", sysSn="AL9", checkCode="X")["code"] == 6038
    assert caller.post("bindSn", sysSn="AL9", code="1")["code"] == 6038
    assert caller.get("getLastPowerData", sysSn="AL9")["code"] == 6005


def test_system_without_an_owner_is_6002(make):
    """There is no address to send mail to."""
    caller = make(plate={"owner": None})
    caller.emulator.system.bound = False

    assert caller.get("getVerificationCode", checkCode="CHECK1")["code"] == 6002


def test_wrong_or_old_code_is_6046(stranger, clock):
    """A code is wrong, superseded or expired."""
    stranger.get("getVerificationCode", checkCode="CHECK1")
    stranger.get("getVerificationCode", checkCode="CHECK1")
    first, second = (mail.code for mail in stranger.emulator.mailbox)
    superseded = stranger.post("bindSn", code=first)["code"]
    clock.advance(timedelta(minutes=11))

    assert first != second
    assert superseded == stranger.post("bindSn", code=second)["code"] == 6046


def test_rate_limit_is_6053_until_the_window_is_over(make, clock):
    """Ten a minute to one endpoint, say; other endpoints are not concerned."""
    caller = make(rate_limit=RateLimit(10, timedelta(minutes=1)))
    codes = [caller.get("getEssList")["code"] for _ in range(10)]
    eleventh = caller.get("getEssList")
    other = caller.get("getChargeConfigInfo")
    clock.advance(60)

    assert codes == [200] * 10
    assert eleventh == answers.TOO_MANY
    assert other["code"] == 200
    assert caller.get("getEssList")["code"] == 200


@pytest.mark.parametrize("language", ["de", "zh"])
def test_messages_are_localised(make, language):
    """The text differs by account; the code does not."""
    answer = make(language=language).get("getTimeChargeBySn")

    assert answer["code"] == 6017
    assert answer["msg"] != "No operation permissions"


def test_chargers_up_to_four(make):
    """Each fitted charger has a power, each absent one null; four fit."""
    caller = make(plate={"charger_models": ("SMILE-EVCT11", "SMILE-EVCS7")})
    data = caller.data("getLastPowerData")

    assert [each["evchargerModel"] for each in caller.data("getEvChargerConfigList")] == ["SMILE-EVCT11", "SMILE-EVCS7"]
    assert [type(power) for power in data["pevDetail"].values()] == [float, float, type(None), type(None)]


def test_charging_shows_in_the_responses(make):
    """A charger that charges shows in pev, in its own place, and in the load; the balance still closes."""
    caller = make(plate={"charger_models": ("SMILE-EVCT11", "SMILE-EVCS7")})
    before = caller.data("getLastPowerData")
    second = caller.emulator.system.chargers[1]
    second.plug()
    control = {"evchargerSn": second.serial, "controlMode": 1}
    answer = caller.post("remoteControlEvCharger", **control)
    data = caller.data("getLastPowerData")

    assert answer["code"] == 200
    assert data["pevDetail"]["ev2Power"] == 7200.0
    assert data["pev"] == before["pev"] + 7200.0
    assert data["pload"] == before["pload"] + 7200.0 == data["ppv"] + data["pgrid"] + data["pbat"]


@pytest.mark.parametrize("state", [1, 2, 3, 4, 5, 6, 9])
def test_start_and_stop_work_in_their_states(make, state):
    """Start in 2, 4, 5 and 6; stop in 3, 4 and 5."""
    caller = make(plate=EV)
    [charger] = caller.emulator.system.chargers
    outcome = {}
    for mode in (0, 1):
        charger.state = state
        assert caller.data("getEvChargerStatusBySn", evchargerSn=charger.serial) == {"evchargerStatus": state}
        answer = caller.post("remoteControlEvCharger", evchargerSn=charger.serial, controlMode=mode)
        outcome[mode] = answer["code"], charger.state

    assert outcome[1] == ((200, 3) if state in {2, 4, 5, 6} else (6029, state))
    assert outcome[0] == ((200, 6) if state in {3, 4, 5} else (6029, state))


def test_first_charger_follows_the_houses_car(make, clock):
    """Without a test's hand the car comes home in the evening, charges, and can be stopped and started."""
    caller = make(plate=EV)
    [charger] = caller.emulator.system.chargers
    noon = caller.data("getEvChargerStatusBySn", evchargerSn=charger.serial)
    while charger.state is not ChargerState.CHARGING:
        clock.advance(timedelta(minutes=10))
        caller.emulator.system.snapshot(clock.now())
    power = caller.data("getLastPowerData")["pev"]
    caller.post("remoteControlEvCharger", evchargerSn=charger.serial, controlMode=0)
    clock.advance(20)
    stopped = caller.data("getLastPowerData")["pev"], charger.state
    caller.post("remoteControlEvCharger", evchargerSn=charger.serial, controlMode=1)
    clock.advance(20)

    assert noon == {"evchargerStatus": 1}
    assert power > 1000
    assert stopped == (0.0, ChargerState.FINISHING)
    assert caller.data("getLastPowerData")["pev"] > 1000
    assert charger.state is ChargerState.CHARGING


def test_dead_control_answers_200_and_does_nothing(make):
    """After EMS V0.00.73C start and stop are dead."""
    caller = make(plate=EV, quirks=Quirks(charger_control_dead=True))
    [charger] = caller.emulator.system.chargers
    charger.plug()
    answer = caller.post("remoteControlEvCharger", evchargerSn=charger.serial, controlMode=1)

    assert (answer["code"], charger.state) == (200, ChargerState.PREPARING)


def test_unknown_charger_is_6016(make):
    """A charger that is not there has no data."""
    assert make(plate=EV).get("getEvChargerStatusBySn", evchargerSn="EV9")["code"] == 6016


def test_currentsetting_is_the_households_limit(make, clock):
    """Setting it limits the grid connection: charging from the grid at night stays below it."""
    caller = make()
    answer = caller.post("setEvChargerCurrentsBySn", currentsetting=10)
    window = {"timeChaf1": "22:00", "timeChae1": "00:00", "timeChaf2": "00:00", "timeChae2": "00:00"}
    caller.post("updateChargeConfigInfo", gridCharge=1, batHighCap=100, **window)
    clock.advance(timedelta(hours=11))
    data = caller.data("getLastPowerData")

    assert answer["code"] == 200
    assert caller.data("getEvChargerCurrentsBySn") == {"currentsetting": 10.0}
    assert data["pbat"] < 0
    assert data["pgrid"] <= 10 * 230
