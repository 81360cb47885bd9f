"""The native client over recorded HTTP: every read and write, in both flavours, from the same cassettes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time

import pytest
from attrs import evolve

from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_alphaess.models import TimePeriod
from openpower_alphaess.plugin import openpower_provider
from openpower_core.clock import SYSTEM_CLOCK, ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_core.errors import AuthenticationFailed, InvalidValue, NotBound, OpenPowerError, PermissionDenied

pytestmark = pytest.mark.vcr

VENDOR = "https://openapi.alphaess.com/api"
SERIAL = "AL0000000000001"
MORNING = datetime(2026, 6, 15, 4, 31, 5, tzinfo=UTC)  # 06:31 in Berlin
WRITES = {"writes": True}
NEVER = (time(0), time(0))
ACCOUNT = {"app_id": "alpha0000000000000000", "app_secret": "an-emulated-secret", "serial_number": SERIAL}


@pytest.fixture
def household():
    """What the emulated system is like while recording, and whether the test writes."""
    return {}


@pytest.fixture
def service(recording, household):
    """Whom the client asks: the cassette, the emulator while recording, the vendor with a user's credentials.

    With credentials only the reads go to the vendor: no test ever changes a real system.
    """
    traits = dict(household)
    may_be_live = not traits.pop("writes", False)
    if not recording.active:
        yield {**ACCOUNT, "clock": ManualClock(MORNING), "base_url": VENDOR}
    elif may_be_live and (credentials := recording.credentials("alphaess", **ACCOUNT)):
        yield {**credentials, "clock": SYSTEM_CLOCK}
    else:
        from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve

        clock = ManualClock(MORNING)
        plate = Nameplate(charger_models=("SMILE-EVCT11",))
        bound, state = traits.pop("bound", True), traits.pop("charger_state", None)
        system = EmulatedSystem(plate, start=MORNING, quirks=Quirks(**traits), bound=bound)
        if state is not None:
            system.chargers[0].state = state
        app = {field: ACCOUNT[field] for field in ("app_id", "app_secret")}
        with serve(Emulator([system], clock=clock, **app)) as served:
            recording.against_emulator("openpower_alphaess.emulator", served.url, VENDOR)
            yield {**ACCOUNT, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request, service):
    """Call one method of a client of either flavour."""

    def sync(method, *args, keywords=None, **options):
        with AlphaESS(**service | options) as api:
            return getattr(api, method)(*args, **keywords or {})

    async def asynchronous(method, *args, keywords=None, **options):
        async with AsyncAlphaESS(**service | options) as api:
            return await getattr(api, method)(*args, **keywords or {})

    if request.param == "sync":
        return sync
    return lambda *args, **options: asyncio.run(asynchronous(*args, **options))


def test_systems(ask, service):
    """getEssList: usable capacity is capacity times usable share."""
    [system] = ask("list_systems")

    assert system["sysSn"] == service["serial_number"]
    assert system["surplusCobat"] == pytest.approx(system["cobat"] * system["usCapacity"] / 100, abs=0.01)


def test_power_now(ask):
    """getLastPowerData: the load is the residual, by the vendor's own signs."""
    power = ask("get_realtime_power_usage")

    assert power["pload"] == power["ppv"] + power["pgrid"] + power["pbat"]
    assert 0 <= power["soc"] <= 100
    assert power["pevDetail"]["ev2Power"] is None


def test_day_series(ask):
    """getOneDayPowerBySn: five minutes a row, newest first, in the system's local time."""
    rows = ask("get_historical_power_usage", date(2026, 6, 15))

    assert len(rows) == 6 * 12 + 31 // 5
    assert rows[0]["uploadTime"] > rows[-1]["uploadTime"] > "2026-06-15 00:0"
    assert all(row["feedIn"] == 0 or row["gridCharge"] == 0 for row in rows)


def test_day_energy(ask):
    """getOneDateEnergyBySn: energies of a whole day, in kWh."""
    day = ask("get_historical_energy_usage", "2026-06-14")

    assert day["theDate"] == "2026-06-14"
    assert day["eCharge"] >= day["eGridCharge"] >= 0
    assert day["epv"] > 5


def test_summary(ask):
    """getSumDataForCustomer: without a tariff eight figures are null, and eload is a residual."""
    summary = ask("get_system_summary")
    balance = summary["einput"] + summary["epvtoday"] + summary["edischarge"]

    assert summary["eload"] == pytest.approx(balance - summary["eoutput"] - summary["echarge"], abs=0.005)
    assert summary["moneyType"] is None


def test_legacy_settings(ask):
    """getChargeConfigInfo and getDisChargeConfigInfo: two windows each, and a level as a percentage."""
    charging = ask("get_charging_settings")
    discharging = ask("get_discharging_settings")

    assert (charging["gridCharge"], charging["batHighCap"]) == (0, 100)
    assert (discharging["ctrDis"], discharging["batUseCap"]) == (0, 10)


def test_periodic_settings_are_not_for_everybody(ask):
    """getTimeChargeBySn: 6017 where the system has no periodic schedules."""
    with pytest.raises(PermissionDenied) as refused:
        ask("get_periodic_schedule")

    assert refused.value.vendor_code == "6017"


def test_charger(ask):
    """The three EV reads: the charger, its state, and the household's current limit."""
    [charger] = ask("get_ev_charger_list")
    state = ask("get_ev_charger_status", charger["evchargerSn"])

    assert charger["evchargerModel"] == "SMILE-EVCT11"
    assert state["evchargerStatus"] in {1, 2, 3, 4, 5, 6, 9}
    assert ask("get_ev_charger_current_draw_settings") == 32.0


def test_meter_offset_is_for_commercial_systems(ask):
    """getMeterOffsetConfigInfo: 6001 on a household system."""
    with pytest.raises(InvalidValue) as refused:
        ask("get_meter_offset")

    assert refused.value.vendor_code == "6001"


def test_foreign_system(ask):
    """A serial that is not bound to the AppID is 6005."""
    with pytest.raises(NotBound) as refused:
        ask("get_realtime_power_usage", "AL0000000000099")

    assert refused.value.vendor_code == "6005"


def test_wrong_secret(ask):
    """A wrong secret does not verify: 6007."""
    with pytest.raises(AuthenticationFailed) as refused:
        ask("list_systems", app_secret="another-secret")

    assert refused.value.vendor_code == "6007"


@pytest.fixture(params=["sync", "async"])
def read_all(request, service, recording):
    """Connect, and read one device of each role, concurrently where the flavour can."""
    options = {"tz": "Europe/Berlin", **service}

    def sync():
        with connect(openpower_provider(), **options) as home:
            devices = home.inverter(), home.battery(), home.meter(), home.ev_charger()
            return [device.read() for device in devices]

    async def asynchronous():
        async with connect_async(openpower_provider(), **options) as home:
            devices = await home.devices()
            if recording.active:  # in turn, so that recording again gives the same file
                return [await device.read() for device in devices]
            return await asyncio.gather(*(device.read() for device in devices))

    return sync if request.param == "sync" else lambda: asyncio.run(asynchronous())


def test_home(read_all, vcr):
    """Four devices of one box balance, and share one getLastPowerData."""
    inverter, battery, meter, charger = read_all()
    asked = [request.path.rpartition("/")[2] for request in vcr.requests]
    used = inverter.load_w + (0 if inverter.load_includes_ev else charger.power_w)

    assert inverter.pv_w + battery.power_w + meter.power_w == pytest.approx(used, abs=1)
    assert asked.count("getLastPowerData") == 1
    assert 0 <= battery.soc_pct <= 100


@pytest.mark.parametrize("household", [WRITES])
def test_legacy_schedule_write(ask, service):
    """Fractions are sent as percentages; the read-back shows the new windows after a while only."""
    ask("set_charging_settings", 0.9, True, (time(1), time(5)), NEVER)
    ask("set_discharging_settings", 0.2, False, NEVER, NEVER)
    at_once = ask("get_charging_settings")
    service["clock"].sleep(40)
    charging, discharging = ask("get_charging_settings"), ask("get_discharging_settings")

    assert at_once["gridCharge"] == 0
    assert (charging["gridCharge"], charging["batHighCap"]) == (1, 90)
    assert (charging["timeChaf1"], charging["timeChae1"]) == ("01:00", "05:00")
    assert (discharging["ctrDis"], discharging["batUseCap"]) == (0, 20)


@pytest.mark.parametrize("household", [WRITES | {"generation": "periodic"}])
def test_periodic_schedule_write(ask, service):
    """Both flags go out, and read 0/0 afterwards; the periods are there."""
    night = TimePeriod(begin_time="01:00", end_time="05:00", weeks=(6, 7), charge_power=3000, charge_limit=80)
    none = evolve(night, begin_time="00:00", end_time="00:00", charge_limit=10)
    ask("set_periodic_schedule", [night], [none], keywords={"grid_charge_cycle": True, "ctr_dis_cycle": False})
    service["clock"].sleep(40)
    schedule = ask("get_periodic_schedule")
    [period] = schedule["chargeTimeList"]

    assert (schedule["gridChargeCycle"], schedule["ctrDisCycle"]) == (0, 0)
    assert (period["beginTime"], period["endTime"], sorted(period["weeks"])) == ("01:00", "05:00", [6, 7])
    assert (period["chargePower"], period["chargeLimit"]) == (3000, 80)


@pytest.mark.parametrize("household", [WRITES | {"charger_state": 2}])
def test_charger_start(ask):
    """A charger that waits is started; started again it refuses."""
    [charger] = ask("get_ev_charger_list")
    ask("control_ev_charger", charger["evchargerSn"], True)
    state = ask("get_ev_charger_status", charger["evchargerSn"])

    assert state["evchargerStatus"] == 3
    with pytest.raises(OpenPowerError) as refused:
        ask("control_ev_charger", charger["evchargerSn"], True)
    assert refused.value.vendor_code == "6029"


@pytest.mark.parametrize("household", [WRITES])
def test_household_current(ask, service):
    """currentsetting is the household's limit."""
    ask("set_ev_charger_current_draw_settings", 25)
    service["clock"].sleep(40)

    assert ask("get_ev_charger_current_draw_settings") == 25.0


@pytest.mark.parametrize("household", [WRITES | {"bound": False}])
def test_binding(ask):
    """A code goes to the owner by mail; with it the system is bound, and then unbound again."""
    before = ask("list_systems")
    ask("get_verification_code", "CHECK1")
    with pytest.raises(OpenPowerError) as refused:
        ask("bind_system", "000000")
    ask("bind_system", "100000")
    after = ask("list_systems")
    ask("unbind_system")

    assert (before, len(after)) == ([], 1)
    assert refused.value.vendor_code == "6046"
    assert ask("list_systems") == []


@pytest.mark.parametrize("household", [WRITES | {"commercial": True}])
def test_meter_offset_write(ask):
    """The commercial pair."""
    ask("set_meter_offset", 12.5, True, (time(8), time(18)), NEVER)
    offset = ask("get_meter_offset")

    assert (offset["pmOffset"], offset["pmOffsetEn"]) == (12.5, 1)
    assert (offset["pmOffsetS1"], offset["pmOffsetE1"]) == ("08:00", "18:00")
