"""SEMS+ over recorded HTTP: login, region and readings, in both flavours, from the same cassettes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_core.errors import AuthenticationFailed
from openpower_core.provider import Secret
from openpower_goodwe import AsyncSemsPlus, SemsPlus
from openpower_goodwe.semsplus.client.login import encoded_password
from openpower_goodwe.semsplus.plugin import openpower_provider

pytestmark = pytest.mark.vcr

LOGIN = "https://semsplus.goodwe.com/web/sems"
GATEWAY = "https://eu-gateway.semsportal.com/web/sems"
STATION = "00000000-0000-4000-8000-000000000001"
NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ACCOUNT = {"account": "someone@example.com", "password": "an-emulated-password"}


@pytest.fixture
def service(recording):
    """Whom the client asks: the cassette, the emulator while recording, the vendor with a user's credentials."""
    credentials = recording.credentials("goodwe_sems", "account", "password")
    clock = ManualClock(NOON)
    if credentials:
        recording.scrubber.hide(encoded_password(Secret(credentials["password"])).reveal(), "hidden-pwd")
        yield credentials
    elif not recording.active:
        yield {**ACCOUNT, "clock": clock}
    else:
        from openpower_goodwe.semsplus.emulator import Emulator, serve

        with serve(Emulator(clock=clock, redirects=True, **ACCOUNT)) as served:
            recording.against_emulator("openpower_goodwe.semsplus.emulator", served.url, LOGIN)
            origin = served.url.removesuffix("/web/sems")
            recording.scrubber.hide(f"{origin}/eu-gateway/web/sems", GATEWAY)
            yield {**ACCOUNT, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request, service):
    """Call one method of a client of either flavour."""

    def sync(method, *args, options=None, **keywords):
        with SemsPlus(**service | (options or {}), station_id=STATION) as api:
            return getattr(api, method)(*args, **keywords)

    async def asynchronous(method, *args, options=None, **keywords):
        async with AsyncSemsPlus(**service | (options or {}), station_id=STATION) as api:
            return await getattr(api, method)(*args, **keywords)

    if request.param == "sync":
        return sync
    return lambda *args, **keywords: asyncio.run(asynchronous(*args, **keywords))


def test_stations(ask, vcr):
    """The login answers the region's gateway, which is asked from then on."""
    [station] = ask("list_stations")

    assert station.station_id == STATION
    assert station["timeZone"] == "Europe/Amsterdam"
    assert [request.host for request in vcr.requests] == ["semsplus.goodwe.com", "eu-gateway.semsportal.com"]


def test_flow(ask):
    """The vendor's identity: pSystem + pBat − pGrid = pConsum."""
    flow = ask("get_flow")

    assert flow["pSystem"] + flow["pBat"] - flow["pGrid"] == pytest.approx(flow["pConsum"])


def test_devices(ask):
    """The page of devices knows their models."""
    rows = ask("list_devices")

    assert [row["deviceType"] for row in rows] == ["INVERTER", "SMART_METER", "DONGLE", "EV_CHARGER"]
    assert rows[0]["model"] == "GW5048-ET"


def test_statistics(ask):
    """Energies of a day, by item."""
    day = ask("get_statistics", date(2026, 6, 14))
    values = {item.item: item.points[0].val for item in day.series}

    assert values["proSystemTotalStats"] > 5
    assert values["proGridStats"] == day["proGrid"]


def test_series(ask):
    """kW by the minute, on the station's wall clock."""
    series = ask("get_power_statistics", "2026-06-15 06:00:00", "2026-06-15 06:29:59", time_zone=-2)
    points = {item.item: item.points for item in series.series}

    assert len(points["pGrid"]) == 30
    assert points["pGrid"][0].at == "2026-06-15 06:00:00"


def test_charger(ask):
    """A charger's settings."""
    charger = ask("get_ev_charger", "EV0000000000001")

    assert charger["chargeMaxPower"] == 7.0
    assert charger.work_state == "available_gun_no_insered"


def test_wrong_password(ask):
    """100005, and nothing of the password in the error."""
    with pytest.raises(AuthenticationFailed) as refused:
        ask("get_flow", options={"password": "another"})

    assert refused.value.vendor_code == "100005"
    assert "another" not in str(refused.value)


@pytest.fixture(params=["sync", "async"])
def read_all(request, service):
    """Connect, and read one device of each role."""

    def sync():
        with connect(openpower_provider(), **service) as home:
            return [device.read() for device in home.devices()]

    async def asynchronous():
        async with connect_async(openpower_provider(), **service) as home:
            return [await device.read() for device in await home.devices()]

    return sync if request.param == "sync" else lambda: asyncio.run(asynchronous())


def test_home(read_all, vcr):
    """Four devices of one station balance, and share one flow."""
    inverter, battery, meter, charger = read_all()
    asked = [request.path.rpartition("/")[2] for request in vcr.requests]

    assert inverter.pv_w + battery.power_w + meter.power_w == pytest.approx(inverter.load_w, abs=1)
    assert asked.count("flow") == asked.count("cross-login") == 1
    assert charger.power_w == 0
    assert meter.stamp.measured_at == NOON
