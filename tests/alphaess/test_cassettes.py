"""The native client over recorded HTTP: every read, in both flavours, from the same cassettes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_alphaess.plugin import openpower_provider
from openpower_core.clock import ManualClock
from openpower_core.connection._connect import connect, connect_async
from openpower_core.errors import AuthenticationFailed, InvalidValue, NotBound, PermissionDenied

pytestmark = pytest.mark.vcr

VENDOR = "https://openapi.alphaess.com/api"
SERIAL = "AL0000000000001"
MORNING = datetime(2026, 6, 15, 4, 31, 5, tzinfo=UTC)  # 06:31 in Berlin
APP = {"app_id": "alpha0000000000000000", "app_secret": "an-emulated-secret"}


@pytest.fixture
def service(recording):
    """Whom the client asks: the cassette, the emulator while recording, the vendor with a user's credentials."""
    credentials = recording.credentials("alphaess", "app_id", "app_secret")
    if credentials:
        yield credentials
    elif not recording.active:
        yield {**APP, "clock": ManualClock(MORNING), "base_url": VENDOR}
    else:
        from openpower_alphaess.emulator import Emulator, Nameplate, serve

        clock = ManualClock(MORNING)
        emulator = Emulator([Nameplate(charger_models=("SMILE-EVCT11",))], clock=clock, **APP)
        with serve(emulator) as served:
            recording.against_emulator("openpower_alphaess.emulator", served.url, VENDOR)
            yield {**APP, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request, service):
    """Call one method of a client of either flavour."""

    def sync(method, *args, **options):
        with AlphaESS(**service | options, serial_number=SERIAL) as api:
            return getattr(api, method)(*args)

    async def asynchronous(method, *args, **options):
        async with AsyncAlphaESS(**service | options, serial_number=SERIAL) as api:
            return await getattr(api, method)(*args)

    if request.param == "sync":
        return sync
    return lambda *args, **options: asyncio.run(asynchronous(*args, **options))


def test_systems(ask):
    """getEssList: usable capacity is capacity times usable share."""
    [system] = ask("list_systems")

    assert system["sysSn"] == SERIAL
    assert system["surplusCobat"] == pytest.approx(
        system["cobat"] * system["usCapacity"] / 100, abs=0.01
    )


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

    assert summary["eload"] == pytest.approx(
        balance - summary["eoutput"] - summary["echarge"], abs=0.005
    )
    assert summary["moneyType"] is None


def test_legacy_settings(ask):
    """getChargeConfigInfo and getDisChargeConfigInfo: two windows each, and a level in per cent."""
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
def read_all(request, service):
    """Connect, and read one device of each role, concurrently where the flavour can."""
    options = {"tz": "Europe/Berlin", **service}

    def sync():
        with connect(openpower_provider(), **options) as home:
            devices = home.inverter(), home.battery(), home.meter(), home.ev_charger()
            return [device.read() for device in devices]

    async def asynchronous():
        async with connect_async(openpower_provider(), **options) as home:
            devices = await home.devices()
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
