"""What the schedule writes accept, refuse and show afterwards, on both backend generations (reference 2 and 3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openpower_alphaess.emulator import Quirks

CHARGE = {
    "gridCharge": 1,
    "timeChaf1": "01:00",
    "timeChae1": "05:00",
    "timeChaf2": "00:00",
    "timeChae2": "00:00",
    "batHighCap": 80,
}
DISCHARGE = {
    "ctrDis": 1,
    "timeDisf1": "17:00",
    "timeDise1": "21:00",
    "timeDisf2": "00:00",
    "timeDise2": "00:00",
    "batUseCap": 20,
}
PERIOD = {"beginTime": "01:00", "endTime": "05:00", "chargePower": 3000, "chargeLimit": 90}
FILLER = {"beginTime": "00:00", "endTime": "00:00", "chargeLimit": 10}


def schedule(**changes):
    """A daily schedule with one charge period, filled on the other side."""
    return {
        "executeCycleType": 0,
        "gridChargeCycle": 1,
        "ctrDisCycle": 0,
        "chargeTimeList": [PERIOD],
        "dischargeTimeList": [FILLER],
        **changes,
    }


def test_read_back_is_old_for_a_while(caller, clock):
    """A read straight after a write shows the old settings; about 35 s later it shows the new ones."""
    before = caller.data("getChargeConfigInfo")
    caller.post("updateChargeConfigInfo", **CHARGE)
    at_once = caller.data("getChargeConfigInfo")
    clock.advance(34)
    still = caller.data("getChargeConfigInfo")
    clock.advance(1)

    assert before == at_once == still != CHARGE
    assert caller.data("getChargeConfigInfo") == CHARGE


@pytest.mark.parametrize("endpoint", ["updateChargeConfigInfo", "updateDisChargeConfigInfo"])
@pytest.mark.parametrize("left_out", range(6))
def test_write_needs_all_its_fields(caller, endpoint, left_out):
    """The write replaces everything, so everything is required."""
    body = dict({"updateChargeConfigInfo": CHARGE}.get(endpoint, DISCHARGE))
    del body[list(body)[left_out]]

    assert caller.post(endpoint, **body)["code"] == 10001


@pytest.mark.parametrize(
    "change",
    [
        {"timeChae1": "24:00"},
        {"timeChae1": "7:00"},
        {"timeChae1": "07:60"},
        {"gridCharge": 2},
        {"gridCharge": True},
        {"batHighCap": 101},
        {"batHighCap": "many"},
    ],
)
def test_absurd_values_are_6001(caller, change):
    """24:00 is not a time of this API, and switches are 0 or 1."""
    assert caller.post("updateChargeConfigInfo", **CHARGE | change)["code"] == 6001


def test_an_answer_that_says_the_opposite(caller, clock):
    """The service waited in vain for the inverter and says so, and the settings have changed all the same."""
    caller.emulator.refuse("updateChargeConfigInfo", 500, msg="SetConfig Failed: Response timeout", applied=True)

    answer = caller.post("updateChargeConfigInfo", **CHARGE)
    clock.advance(35)

    assert (answer["code"], answer["msg"]) == (500, "SetConfig Failed: Response timeout")
    assert caller.data("getChargeConfigInfo") == CHARGE


def test_one_of_two_calls_is_refused(caller, clock):
    """The other one is taken, and nothing undoes it."""
    caller.emulator.refuse("updateDisChargeConfigInfo", 10001)
    before = caller.data("getDisChargeConfigInfo")

    answers = [caller.post("updateChargeConfigInfo", **CHARGE), caller.post("updateDisChargeConfigInfo", **DISCHARGE)]
    clock.advance(35)

    assert [answer["code"] for answer in answers] == [200, 10001]
    assert caller.data("getChargeConfigInfo") == CHARGE
    assert caller.data("getDisChargeConfigInfo") == before


def test_only_the_reserve_changes_in_the_app(caller, periodic, clock):
    """It is a limit of the legacy discharge settings, and one of each periodic discharge period."""
    caller.post("updateDisChargeConfigInfo", **DISCHARGE)
    periodic.post(
        "setTimeChargeBySn", **schedule(dischargeTimeList=[PERIOD | {"beginTime": "17:00", "endTime": "21:00"}])
    )

    for each in (caller, periodic):
        each.emulator.system.settings.change_reserve(35, clock.now())
    clock.advance(35)

    assert caller.data("getDisChargeConfigInfo") == DISCHARGE | {"batUseCap": 35}
    shown = periodic.data("getTimeChargeBySn")
    assert [(each["beginTime"], each["chargeLimit"]) for each in shown["dischargeTimeList"]] == [("17:00", 35)]
    assert [(each["beginTime"], each["chargeLimit"]) for each in shown["chargeTimeList"]] == [("01:00", 90)]


def test_off_grid_times_are_accepted(caller, clock):
    """The service takes and shows times off the quarter hour; it is the inverter that ignores them."""
    answer = caller.post("updateChargeConfigInfo", **CHARGE | {"timeChaf1": "01:07"})
    clock.advance(35)

    assert answer["code"] == 200
    assert caller.data("getChargeConfigInfo")["timeChaf1"] == "01:07"


def test_migrated_system_takes_legacy_writes_and_forgets_them(periodic, clock):
    """Code 200, and nothing happens: the read shows defaults for ever."""
    answers = [
        periodic.post("updateChargeConfigInfo", **CHARGE),
        periodic.post("updateDisChargeConfigInfo", **DISCHARGE),
    ]
    clock.advance(timedelta(hours=1))

    assert [answer["code"] for answer in answers] == [200, 200]
    assert periodic.data("getChargeConfigInfo")["gridCharge"] == 0
    assert periodic.data("getDisChargeConfigInfo")["ctrDis"] == 0


def test_legacy_system_has_no_periodic_pair(caller):
    """6017, for read and write."""
    assert caller.get("getTimeChargeBySn")["code"] == 6017
    assert caller.post("setTimeChargeBySn", **schedule())["code"] == 6017


def test_read_and_write_are_entitled_separately(make):
    """A system may read and not write."""
    quirks = Quirks(generation="periodic", denied=frozenset({"setTimeChargeBySn"}))
    caller = make(quirks=quirks)

    assert caller.get("getTimeChargeBySn")["code"] == 200
    assert caller.post("setTimeChargeBySn", **schedule())["code"] == 6017


def test_cycle_flags_are_write_only(periodic, clock):
    """The read shows 0/0, whatever was written."""
    periodic.post("setTimeChargeBySn", **schedule(ctrDisCycle=1))
    clock.advance(35)
    data = periodic.data("getTimeChargeBySn")

    assert (data["gridChargeCycle"], data["ctrDisCycle"]) == (0, 0)
    assert data["chargeTimeList"][0]["beginTime"] == "01:00"


def test_read_model_numbers_and_marks_its_elements(periodic, clock):
    """strategyType 0 is charging, 1 discharging; sort counts from 1."""
    second = PERIOD | {"beginTime": "05:00", "endTime": "06:00"}
    discharge = PERIOD | {"beginTime": "17:00", "endTime": "21:00", "chargeLimit": 20}
    periodic.post("setTimeChargeBySn", **schedule(chargeTimeList=[PERIOD, second], dischargeTimeList=[discharge]))
    clock.advance(35)
    data = periodic.data("getTimeChargeBySn")

    assert [(e["strategyType"], e["sort"]) for e in data["chargeTimeList"]] == [(0, 1), (0, 2)]
    assert [(e["strategyType"], e["sort"]) for e in data["dischargeTimeList"]] == [(1, 1)]


def test_fresh_system_reads_empty_lists(periodic):
    """The server itself returns [] on read."""
    data = periodic.data("getTimeChargeBySn")

    assert (data["chargeTimeList"], data["dischargeTimeList"]) == ([], [])


def test_read_body_cannot_be_sent_back(periodic):
    """What a fresh system reads is refused when it is written."""
    answer = periodic.post("setTimeChargeBySn", **periodic.data("getTimeChargeBySn"))

    assert (answer["code"], answer["expMsg"]) == (6001, "time list is null")


@pytest.mark.parametrize("name", ["chargeTimeList", "dischargeTimeList", "executeCycleType"])
def test_missing_list_is_malformed(periodic, name):
    """A missing list is 10001, where an empty one is 6001."""
    body = schedule()
    del body[name]

    assert periodic.post("setTimeChargeBySn", **body)["code"] == 10001


@pytest.mark.parametrize(
    "period",
    [
        PERIOD | {"chargeLimit": 9},
        PERIOD | {"chargeLimit": 101},
        PERIOD | {"endTime": "24:00"},
        {key: PERIOD[key] for key in PERIOD if key != "chargeLimit"},
    ],
)
def test_element_is_checked(periodic, period):
    """chargeLimit is required, from 10 to 100."""
    answer = periodic.post("setTimeChargeBySn", **schedule(chargeTimeList=[period]))

    assert answer["code"] == 6001


def test_weekly_periods_name_their_days(periodic):
    """weeks is required in the weekly cycle."""
    assert periodic.post("setTimeChargeBySn", **schedule(executeCycleType=1))["code"] == 6001


@pytest.mark.parametrize("power", [12501, 20000])
def test_power_above_the_rating_is_accepted(periodic, power):
    """20000 W was accepted on a smaller unit."""
    answer = periodic.post("setTimeChargeBySn", **schedule(chargeTimeList=[PERIOD | {"chargePower": power}]))

    assert answer["code"] == 200


def test_overlapping_periods_are_refused(periodic):
    """Charge and discharge periods must not overlap."""
    answer = periodic.post(
        "setTimeChargeBySn", **schedule(dischargeTimeList=[PERIOD | {"beginTime": "04:45", "endTime": "06:00"}])
    )

    assert answer["code"] == 6008


def test_seven_periods_a_day_are_too_many(periodic):
    """At most six a day."""
    periods = [PERIOD | {"beginTime": f"{hour:02}:00", "endTime": f"{hour:02}:30"} for hour in range(7)]

    assert periodic.post("setTimeChargeBySn", **schedule(chargeTimeList=periods[:6]))["code"] == 200
    assert periodic.post("setTimeChargeBySn", **schedule(chargeTimeList=periods))["code"] == 6008


def test_twenty_nine_periods_a_week_are_too_many(periodic):
    """At most 28 a week, counted day by day."""
    periods = [
        PERIOD | {"beginTime": f"{hour:02}:00", "endTime": f"{hour:02}:30", "weeks": [1, 2, 3, 4, 5, 6, 7]}
        for hour in range(5)
    ]
    periods[4]["weeks"] = [1]
    weekly = schedule(executeCycleType=1, dischargeTimeList=[FILLER | {"weeks": [1]}])

    fits, too_many = weekly | {"chargeTimeList": periods[:4]}, weekly | {"chargeTimeList": periods}
    assert periodic.post("setTimeChargeBySn", **fits)["code"] == 200
    assert periodic.post("setTimeChargeBySn", **too_many)["code"] == 6008


def test_meter_offset_is_for_commercial_systems(make):
    """Standard accounts get 6001 from every parameter set."""
    body = {
        "pmOffset": 12.5,
        "pmOffsetEn": 1,
        "pmOffsetS1": "08:00",
        "pmOffsetE1": "18:00",
        "pmOffsetS2": "00:00",
        "pmOffsetE2": "00:00",
    }
    standard, commercial = make(), make(quirks=Quirks(commercial=True))

    assert standard.get("getMeterOffsetConfigInfo")["code"] == 6001
    assert standard.post("updateMeterOffsetConfigInfo", **body)["code"] == 6001
    assert commercial.data("getMeterOffsetConfigInfo")["pmOffset"] == 0
    assert commercial.post("updateMeterOffsetConfigInfo", **body)["code"] == 200
    assert commercial.data("getMeterOffsetConfigInfo") == {"sysSn": "AL0000000000001", **body}


@pytest.mark.parametrize("offset", [500.1, -501, 0.25])
def test_meter_offset_has_steps_and_bounds(make, offset):
    """Steps of 0.1 kW from −500 to 500 kW."""
    caller = make(quirks=Quirks(commercial=True))
    times = dict.fromkeys(("pmOffsetS1", "pmOffsetE1", "pmOffsetS2", "pmOffsetE2"), "00:00")

    answer = caller.post("updateMeterOffsetConfigInfo", pmOffset=offset, pmOffsetEn=0, **times)

    assert answer["code"] == 6001
