"""The Open API over recorded HTTP, in both flavours, from the same cassettes; the shapes are the emulator's."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async
from openpower_core.errors import AuthenticationFailed
from openpower_core.secrets import Secret
from openpower_goodwe import AsyncGoodWeOpenAPI, GoodWeOpenAPI
from openpower_goodwe.cloud import hashed
from openpower_goodwe.openapi.client import REGIONS
from openpower_goodwe.openapi.plugin import openpower_provider

pytestmark = pytest.mark.vcr

VENDOR = REGIONS["global"]
NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ACCOUNT = {"account": "organisation@example.com", "password": "an-emulated-password"}


@pytest.fixture
def service(recording):
    """Whom the client asks: the cassette, the emulator while recording, the vendor with a user's credentials."""
    credentials = recording.credentials("goodwe", "account", "password")
    clock = ManualClock(NOON)
    if credentials:
        recording.scrubber.hide(hashed(Secret(credentials["password"])).reveal(), "hidden-pwd")
        yield credentials
    elif not recording.active:
        yield {**ACCOUNT, "clock": clock}
    else:
        from openpower_goodwe.openapi.emulator import Emulator, serve

        with serve(Emulator(clock=clock, **ACCOUNT)) as served:
            recording.against_emulator("openpower_goodwe.openapi.emulator", served.url, VENDOR)
            yield {**ACCOUNT, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request, service):
    """Call one method of a client of either flavour."""

    def sync(method, *args, **options):
        with GoodWeOpenAPI(**service | options) as api:
            return getattr(api, method)(*args)

    async def asynchronous(method, *args, **options):
        async with AsyncGoodWeOpenAPI(**service | options) as api:
            return await getattr(api, method)(*args)

    if request.param == "sync":
        return sync
    return lambda *args, **options: asyncio.run(asynchronous(*args, **options))


def test_plants(ask, vcr):
    """A token first, then the plants."""
    [plant] = ask("list_plants")

    assert plant.name == "Emulated plant"
    assert [request.path.rpartition("/")[2] for request in vcr.requests] == ["GetToken", "GetUserPlantList"]


def test_inverter_power(ask):
    """Five minutes a row."""
    rows = ask("get_inverter_power", "GW0000000000001", date(2026, 6, 15))

    assert len(rows) == 144
    assert rows[0]["date"] == "2026-06-15 00:00"


def test_wrong_password(ask):
    """Nothing of the password in the error."""
    with pytest.raises(AuthenticationFailed) as refused:
        ask("list_plants", password="another")

    assert "another" not in str(refused.value)


@pytest.fixture(params=["sync", "async"])
def read_all(request, service):
    """Connect, and read every device."""
    options = {"tz": "Europe/Berlin", **service}

    def sync():
        with connect(openpower_provider(), **options) as home:
            return [device.read() for device in home.devices()]

    async def asynchronous():
        async with connect_async(openpower_provider(), **options) as home:
            return [await device.read() for device in await home.devices()]

    return sync if request.param == "sync" else lambda: asyncio.run(asynchronous())


def test_home(read_all):
    """An inverter and a meter."""
    inverter, meter = read_all()

    assert inverter.pv_energy.total_kwh > inverter.pv_energy.today_kwh > 0
    assert meter.power_w is None
    assert meter.import_energy.today_kwh is not None
