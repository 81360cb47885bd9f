"""The simulated house obeys the schedule: what the battery does after a write, hour by hour (reference 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openpower_alphaess.emulator import Quirks
from openpower_core.clock import ManualClock

MIDNIGHT = datetime(2026, 1, 12, 23, 0, tzinfo=UTC)  # Tuesday 00:00 in Berlin, in dark winter

OFF = {"timeChaf2": "00:00", "timeChae2": "00:00"}
PERIOD = {"beginTime": "01:00", "endTime": "05:00", "chargePower": 3000, "chargeLimit": 80}
FILLER = {"beginTime": "00:00", "endTime": "00:00", "chargeLimit": 10}


@pytest.fixture
def clock():
    """A winter midnight in Berlin, when only the grid can charge."""
    return ManualClock(MIDNIGHT)


def to(clock, text, *, days=0):
    """Move the clock to a time of day in Berlin (UTC+1 in January)."""
    hour, minute = map(int, text.split(":"))
    at = MIDNIGHT + timedelta(days=days, hours=hour, minutes=minute)
    clock.advance(at - clock.now())


def charge(caller, *, begin="01:00", end="05:00", target=80, on=1):
    """Write one legacy charge window."""
    window = {"timeChaf1": begin, "timeChae1": end, **OFF}
    answer = caller.post("updateChargeConfigInfo", gridCharge=on, batHighCap=target, **window)

    assert answer["code"] == 200


def write(caller, *, charge=(FILLER,), discharge=(FILLER,), flags=(1, 0), cycle=0):
    """Write one periodic schedule; flags None leaves them out."""
    named = {} if flags is None else dict(zip(("gridChargeCycle", "ctrDisCycle"), flags, strict=True))
    body = {"executeCycleType": cycle, "chargeTimeList": charge, "dischargeTimeList": discharge}
    answer = caller.post("setTimeChargeBySn", **body, **named)

    assert answer["code"] == 200


def battery(caller):
    """Battery power: + discharge, − charge."""
    return caller.data("getLastPowerData")["pbat"]


def soc(caller):
    """State of charge."""
    return caller.data("getLastPowerData")["soc"]


def test_charge_window_fills_the_battery_to_its_target(caller, clock):
    """Inside the window the grid charges, up to batHighCap and no further; nothing is discharged."""
    charge(caller, target=80)
    to(clock, "00:59")
    before = battery(caller)
    to(clock, "01:01")
    inside = caller.data("getLastPowerData")
    to(clock, "04:59")
    full = caller.data("getLastPowerData")

    assert before >= 0
    assert inside["pbat"] == -5000
    assert inside["pgrid"] > 5000
    assert full["soc"] == pytest.approx(80, abs=0.2)
    assert full["pbat"] == 0


def test_after_the_window_the_battery_serves_the_house(caller, clock):
    """Outside the window the system self-consumes."""
    charge(caller)
    to(clock, "05:01")
    data = caller.data("getLastPowerData")

    assert data["pbat"] > 0
    assert data["pgrid"] == 0


def test_window_recurs_every_day(caller, clock):
    """A legacy window comes back the next day."""
    charge(caller)
    to(clock, "01:05", days=1)

    assert battery(caller) == -5000


def test_setting_takes_minutes_to_work(caller, clock):
    """The inverter polls: a window that has already begun works two minutes after the write."""
    to(clock, "01:30")
    charge(caller)
    powers = []
    for _ in range(3):
        clock.advance(60)
        powers.append(battery(caller))

    assert powers[0] >= 0
    assert powers[2] == -5000


def test_delay_can_be_chosen(make, clock):
    """The time until a setting works differs: 10 s to 5 min."""
    caller = make(quirks=Quirks(effect_delay=timedelta(seconds=10)))
    to(clock, "01:30")
    charge(caller)
    clock.advance(20)

    assert battery(caller) == -5000


@pytest.mark.parametrize(("begin", "end"), [("01:07", "05:00"), ("01:00", "04:59")])
def test_off_grid_window_is_ignored_by_the_inverter(caller, clock, begin, end):
    """Accepted by the service, ignored by the inverter."""
    charge(caller, begin=begin, end=end)
    to(clock, "02:00")

    assert battery(caller) >= 0


def test_disabled_or_empty_window_does_nothing(caller, clock):
    """gridCharge 0 switches windows off; equal ends are off."""
    charge(caller, on=0)
    to(clock, "02:00")
    off = battery(caller)
    charge(caller, begin="00:00", end="00:00")
    to(clock, "03:00")

    assert off >= 0
    assert battery(caller) >= 0


def test_window_may_end_at_midnight(caller, clock):
    """Many users end a window at 00:00."""
    charge(caller, begin="23:00", end="00:00", target=100)
    to(clock, "23:30")

    assert battery(caller) == -5000


@pytest.mark.parametrize(("charges", "power"), [(True, "charging"), (False, "resting")])
def test_hold_is_a_window_whose_target_is_reached(make, clock, charges, power):
    """Neither charge from the grid nor discharge; whether PV still charges is unproven, so both can be had."""
    caller = make(plate={"pv_kw": 20.0}, quirks=Quirks(hold_charges_pv=charges))
    charge(caller, begin="00:00", end="00:00")
    charge(caller, begin="00:15", end="23:45", target=10)
    to(clock, "03:00")
    night = battery(caller)
    to(clock, "10:00")
    day = caller.data("getLastPowerData")

    assert night == 0
    assert day["ppv"] > day["pload"]
    assert (day["pbat"] < 0) == (power == "charging")


def test_discharge_window_is_a_permission(caller, clock):
    """Inside it the battery may serve the house; outside it only charges; nothing is exported."""
    charge(caller, target=90)
    to(clock, "05:30")
    window = {"timeDisf1": "17:00", "timeDise1": "21:00", "timeDisf2": "00:00", "timeDise2": "00:00"}
    caller.post("updateDisChargeConfigInfo", ctrDis=1, batUseCap=20, **window)
    to(clock, "16:50")
    outside = battery(caller)
    to(clock, "17:30")
    inside = caller.data("getLastPowerData")

    assert outside <= 0
    assert inside["pbat"] > 0
    assert inside["pgrid"] == 0


def test_cut_off_ends_discharging(caller, clock):
    """batUseCap is the general cut-off."""
    charge(caller, target=60)
    times = dict.fromkeys(("timeDisf1", "timeDise1", "timeDisf2", "timeDise2"), "00:00")
    caller.post("updateDisChargeConfigInfo", ctrDis=0, batUseCap=50, **times)
    to(clock, "23:00")

    assert soc(caller) == pytest.approx(50, abs=0.3)


def test_periodic_charge_takes_power_and_limit(periodic, clock):
    """The period charges at its own power up to its own limit."""
    write(periodic, charge=[PERIOD])
    to(clock, "01:30")
    power = battery(periodic)
    to(clock, "04:55")

    assert power == -3000
    assert soc(periodic) == pytest.approx(80, abs=0.2)


def test_power_is_clipped_to_the_inverter(periodic, clock):
    """20 kW on a 5 kW inverter charge at 5 kW."""
    write(periodic, charge=[PERIOD | {"chargePower": 20000}])
    to(clock, "01:30")

    assert battery(periodic) == -5000


@pytest.mark.parametrize("flags", [(0, 0), (0, 1), None])
def test_schedule_is_off_without_its_flag(periodic, clock, flags):
    """Echoing the read's 0/0 switches the schedule off; so does leaving the flags out."""
    write(periodic, charge=[PERIOD], flags=flags)
    to(clock, "01:30")

    assert battery(periodic) >= 0


def test_flags_left_out_may_mean_unchanged(make, clock):
    """It is unknown; the other interpretation is available."""
    caller = make(quirks=Quirks(generation="periodic", flags_left_out="unchanged"))
    write(caller, charge=[PERIOD])
    write(caller, charge=[PERIOD], flags=None)
    to(clock, "01:30")

    assert battery(caller) == -3000


def test_period_without_power_shows_and_does_nothing(periodic, clock):
    """chargePower missing: it is listed, and the battery does not charge."""
    write(periodic, charge=[{key: PERIOD[key] for key in PERIOD if key != "chargePower"}])
    to(clock, "01:30")

    assert periodic.data("getTimeChargeBySn")["chargeTimeList"][0]["beginTime"] == "01:00"
    assert battery(periodic) >= 0


def test_weekly_period_runs_on_its_days(periodic, clock):
    """Monday is 1: a period of Wednesdays rests on Tuesday and runs the night after."""
    write(periodic, charge=[PERIOD | {"weeks": [3]}], discharge=[FILLER | {"weeks": [3]}], cycle=1)
    to(clock, "02:00")
    tuesday = battery(periodic)
    to(clock, "01:30", days=1)

    assert tuesday >= 0
    assert battery(periodic) == -3000


def test_discharge_period_permits_down_to_its_limit(periodic, clock):
    """Flags 1/1: outside the discharge period the battery keeps what it has; inside it serves the house."""
    evening = {"beginTime": "17:00", "endTime": "21:00", "chargePower": 5000, "chargeLimit": 60}
    write(periodic, charge=[PERIOD], discharge=[evening], flags=(1, 1))
    to(clock, "12:00")
    kept = soc(periodic)
    to(clock, "17:15")
    inside = periodic.data("getLastPowerData")
    to(clock, "20:59")

    assert kept >= 79.5
    assert inside["pbat"] > 0
    assert inside["pgrid"] == 0
    assert soc(periodic) >= 59.7


def test_filler_is_off_unless_chosen(make, clock):
    """A 00:00–00:00 element does nothing; a device that took it for all day can be had."""
    element = FILLER | {"chargePower": 3000, "chargeLimit": 90}
    safe = make(quirks=Quirks(generation="periodic"))
    unsafe = make(quirks=Quirks(generation="periodic", filler_is_whole_day=True))
    for caller in (safe, unsafe):
        write(caller, charge=[element])
    to(clock, "01:30")

    assert battery(safe) >= 0
    assert battery(unsafe) == -3000


def test_schedule_follows_the_systems_wall_clock(make, clock):
    """Windows are in the system's local time: 01:00 in Sydney is 15:00 the day before in Berlin."""
    caller = make(plate={"tz": "Australia/Sydney", "latitude": -33.9})
    charge(caller)
    to(clock, "14:50")
    before = battery(caller)
    to(clock, "15:05")

    assert before >= 0
    assert battery(caller) == -5000


def test_energy_of_the_day_shows_the_grid_charge(caller, clock):
    """eGridCharge counts what the grid put into the battery."""
    charge(caller)
    to(clock, "06:00")
    day = caller.data("getOneDateEnergyBySn", queryDate="2026-01-13")

    assert day["eGridCharge"] == day["eCharge"] > 5
    assert day["eInput"] > day["eGridCharge"]
