"""The signature, the clock, and the order in which the service checks a request (reference 1.2 and 1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import alphaess_answers as answers
import pytest

from openpower_alphaess.emulator.gate import signature

if TYPE_CHECKING:
    from openpower_core.clock import ManualClock


def test_signature_is_the_portals_own_example():
    """The developer portal publishes one test vector; the emulator signs as it does."""
    sign = signature("alphaef7900ee81dbbce9", "c2d2ef6c047c49678e2c332fb2d74c3c", "1676353875")

    assert sign == (
        "0f023c2287b8f6b21b0994947465f8e9de0e1542567b1735bdc6c427336b9b64"
        "06285cd94f9215c3e9af958df37fb11c2c9fe792713d8afbdb8c463359a1add8"
    )


def test_header_names_in_any_case_are_accepted(caller):
    """Clients send timeStamp, timestamp or both."""
    headers = {name.upper(): value for name, value in caller.headers().items()}

    assert caller.request("GET", "getEssList", headers=headers)["code"] == 200


@pytest.mark.parametrize(("header", "code"), [("sign", 6010), ("timeStamp", 6011), ("appId", 6012)])
def test_missing_header_has_its_code(caller, header, code):
    """6010, 6011 and 6012 name the header that is empty."""
    headers = caller.headers()
    del headers[header]

    assert caller.request("GET", "getEssList", headers=headers)["code"] == code


@pytest.mark.parametrize("header", ["sign", "appId"])
def test_wrong_signature_is_6007(caller, header):
    """A wrong secret, or an app id that it does not belong to, does not verify."""
    answer = caller.request("GET", "getEssList", headers=caller.headers(**{header: "0" * 20}))

    assert answer["code"] == 6007


@pytest.mark.parametrize("seconds", [-301, 301])
def test_clock_beyond_300_seconds_is_6009_in_practice(caller, clock, seconds):
    """Documented as 6006, a wrong clock is reported as 6009 with its own text."""
    stamp = str(int(clock.now().timestamp()) + seconds)
    answer = caller.request("GET", "getEssList", headers=caller.headers(timeStamp=stamp))

    assert {key: answer[key] for key in answers.SKEW} == answers.SKEW


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clock_within_300_seconds_passes(caller, clock, seconds):
    """The tolerance is 300 s either way."""
    stamp = str(int(clock.now().timestamp()) + seconds)

    assert caller.request("GET", "getEssList", headers=caller.headers(timeStamp=stamp))["code"] == 200


def test_documented_code_of_a_wrong_clock_can_be_chosen(make):
    """6006 is what the portal documents."""
    caller = make(documented_skew_code=True)

    answer = caller.request("GET", "getEssList", headers=caller.headers(timeStamp="1676353875"))

    assert answer["code"] == 6006


def test_milliseconds_are_not_seconds(caller, clock):
    """timeStamp has ten digits; milliseconds are out of every tolerance."""
    stamp = str(int(clock.now().timestamp() * 1000))

    assert caller.request("GET", "getEssList", headers=caller.headers(timeStamp=stamp))["code"] == 6009


def test_signature_is_checked_before_the_body(caller):
    """Unauthorised callers learn nothing about their body."""
    answer = caller.request("POST", "setTimeChargeBySn", body=b"{}", headers=caller.headers(sign="0"))

    assert answer["code"] == 6007


def test_structure_is_checked_before_values(caller):
    """A list left out is 10001, though the other one is empty, which alone is 6001."""
    answer = caller.post("setTimeChargeBySn", executeCycleType=0, chargeTimeList=[])

    assert answer["code"] == 10001


def test_values_are_checked_before_binding_and_entitlement(caller):
    """6001 proves nothing about entitlement: this system is neither bound nor entitled."""
    answer = caller.post(
        "setTimeChargeBySn", sysSn="AL9999999999999", executeCycleType=0, chargeTimeList=[], dischargeTimeList=[]
    )

    assert answer["code"] == 6001


def test_entitlement_is_checked_before_the_schedule_is_tried(caller):
    """Overlapping periods fail to be set, 6008, only where setting is allowed at all."""
    period = {"beginTime": "01:00", "endTime": "05:00", "chargePower": 3000, "chargeLimit": 90}
    answer = caller.post("setTimeChargeBySn", executeCycleType=0, chargeTimeList=[period], dischargeTimeList=[period])

    assert answer["code"] == 6017


def test_binding_is_checked_before_entitlement(caller):
    """An unbound system gives 6005, a bound one without the entitlement 6017."""
    assert caller.get("getTimeChargeBySn", sysSn="AL9999999999999")["code"] == 6005
    assert caller.get("getTimeChargeBySn")["code"] == 6017


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"'])
def test_body_that_is_no_object_is_malformed(caller, body):
    """10001 is for bodies that are not what the call takes at all."""
    assert caller.request("POST", "unBindSn", body=body)["code"] == 10001


def test_requests_are_recorded_without_their_headers(caller):
    """Tests count requests; the record holds neither app id nor signature."""
    caller.post("updateChargeConfigInfo", gridCharge=1)
    seen = caller.emulator.requests[0]

    assert (seen.method, seen.endpoint, seen.code) == ("POST", "updateChargeConfigInfo", 10001)
    assert seen.params["gridCharge"] == 1
    assert caller.emulator.requests.writes == [seen]
    assert caller.emulator.app_id not in repr(seen)
    assert caller.emulator.app_secret.reveal() not in repr(seen)


def test_bound_in_time(caller, clock: ManualClock):
    """The same headers are refused once they are older than the tolerance."""
    headers = caller.headers()
    clock.advance(301)

    assert caller.request("GET", "getEssList", headers=headers)["code"] == 6009
