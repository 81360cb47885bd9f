"""What a person meets who reads a home: the prototype's example, every failure, and one call for four devices."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

import openpower
from openpower.alphaess import AlphaESS
from openpower_alphaess.emulator import Emulator, serve
from openpower_core import errors
from openpower_core.clock import SYSTEM_CLOCK, ManualClock
from openpower_testing.faults import FaultServer

SECRET = "canary-5ec2e7-0f-the-house"
SERIAL = "ALCANARY00000017"

# What is wrong with the service, and what a caller gets.
TROUBLES: list[tuple[str, type[errors.OpenPowerError]]] = [
    ("html", errors.BadResponse),
    ("empty", errors.BadResponse),
    ("not_json", errors.BadResponse),
    ("truncated", errors.BadResponse),
    ("huge", errors.BadResponse),
    ("gzip_bomb", errors.BadResponse),
    ("redirect", errors.BadResponse),
    ("reset", errors.NetworkError),
    ("silent", errors.Timeout),
    ("slow_headers", errors.Timeout),
    ("slow_body", errors.Timeout),
]


@pytest.fixture
def emulated() -> Iterator[Any]:
    with serve() as served:
        yield served


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("method", ["get_realtime_power_usage", "get_realtime_energy_usage"])
def test_the_prototypes_readme_runs(emulated: Any, by_name: bool, method: str) -> None:
    """As it stands there, over real HTTP, with the emulator's address in place of the vendor's."""
    app_id, app_secret = emulated.options["app_id"], emulated.options["app_secret"]
    base_url = emulated.options["base_url"]
    api = (
        AlphaESS(app_id=app_id, app_secret=app_secret, base_url=base_url)
        if by_name
        else AlphaESS(app_id, app_secret, base_url=base_url)
    )

    for device in api.list_systems():
        usage = getattr(api.for_device(device["sysSn"]), method)()

        assert isinstance(usage["pgrid"], float | int)
        assert usage["ppv"] + usage["pgrid"] + usage["pbat"] == pytest.approx(usage["pload"])
    api.close()


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each[0])
async def test_each_trouble_has_its_error_and_tells_no_secret(
    flavour: Any,
    server: FaultServer,
    caplog: pytest.LogCaptureFixture,
    trouble: tuple[str, type[errors.OpenPowerError]],
) -> None:
    """Within the call's deadline, for a reading through the front door, with all logs turned up."""
    caplog.set_level(logging.DEBUG)
    name, error = trouble
    server.fail(name, times=9)
    home = _connect(flavour, f"{server.url}/api", timeout=0.8 if error is errors.Timeout else 10)
    started = SYSTEM_CLOCK.monotonic()

    with pytest.raises(error) as caught:
        await flavour.ok(home.battery())

    assert type(caught.value) is error
    assert SYSTEM_CLOCK.monotonic() - started < 30  # bounded: the fault server would go on for 60
    assert server.requests
    _tells_nothing(caplog, caught.value, home)
    await flavour.close(home)


async def test_a_redirect_to_another_host_gets_nothing(flavour: Any, server: FaultServer) -> None:
    """The signed request is sent once, and never to anybody else."""
    with FaultServer() as thief:
        server.fail("redirect", times=9, headers={"Location": f"{thief.url}/api/getEssList"})
        home = _connect(flavour, f"{server.url}/api")

        with pytest.raises(errors.BadResponse, match="redirect"):
            await flavour.ok(home.devices())

        assert not thief.requests
    await flavour.close(home)


async def test_a_dead_server(flavour: Any, caplog: pytest.LogCaptureFixture) -> None:
    """No server listens there."""
    caplog.set_level(logging.DEBUG)
    with FaultServer() as gone:
        url = gone.url
    home = _connect(flavour, f"{url}/api")

    with pytest.raises(errors.NetworkError) as caught:
        await flavour.ok(home.devices())

    _tells_nothing(caplog, caught.value, home)
    await flavour.close(home)


async def test_a_wrong_secret(flavour: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The vendor's 6007; the secret that was tried is nowhere."""
    caplog.set_level(logging.DEBUG)
    emulator = Emulator()
    with serve(emulator) as served:
        home = _connect(flavour, served.options["base_url"], app_id=emulator.app_id)

        with pytest.raises(errors.AuthenticationFailed) as caught:
            await flavour.ok(home.devices())

    assert caught.value.vendor_code == "6007"
    _tells_nothing(caplog, caught.value, home)
    await flavour.close(home)


async def test_a_clock_ten_minutes_off_is_corrected(flavour: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The vendor's Date shows by how much: one refusal, one warning, and every call after it is right at once."""
    caplog.set_level(logging.WARNING, "openpower")
    emulator = Emulator()
    ours = ManualClock(SYSTEM_CLOCK.now() - timedelta(minutes=10))
    with serve(emulator) as served:
        home = _connect(flavour, served.options["base_url"], emulator, clock=ours)

        await flavour.ok(home.devices())
        before = len(emulator.requests)
        reading = await flavour.ok((await flavour.ok(home.battery())).read())

        assert reading.soc_pct is not None
    refused = [each.code for each in emulator.requests if each.code != 200]
    assert refused == [6009]
    assert len(emulator.requests) > before
    warnings = [each.getMessage() for each in caplog.records if each.name.startswith("openpower")]
    assert len(warnings) == 1
    assert "clock" in warnings[0]
    await flavour.close(home)


async def test_a_clock_that_cannot_be_corrected_is_reported(flavour: Any, server: FaultServer) -> None:
    """A vendor that refuses its own time as well is asked twice, and the error says how far the clock is off."""
    body = b'{"code":6009,"msg":"timestamp error","expMsg":"timestamp error","data":null}'
    server.fail("status", status=200, times=9, body=body)
    ours = ManualClock(SYSTEM_CLOCK.now() - timedelta(minutes=10))
    home = _connect(flavour, f"{server.url}/api", clock=ours)

    with pytest.raises(errors.ClockSkew) as caught:
        await flavour.ok(home.devices())

    assert len(server.requests) == 2
    assert caught.value.offset == pytest.approx(timedelta(minutes=10), abs=timedelta(seconds=5))
    await flavour.close(home)


async def test_four_devices_make_one_call(flavour: Any, emulated: Any) -> None:
    """Inverter, battery, meter and charger, read together: one getLastPowerData, in any order."""
    home = flavour.connect("alphaess", **emulated.options)
    devices = await flavour.ok(home.devices())
    roles = {type(each.info).__name__ for each in devices}
    assert len(devices) == 4, roles

    if flavour.name == "sync":
        with ThreadPoolExecutor(len(devices)) as threads:
            readings = list(threads.map(lambda each: each.read(), devices))
    else:
        readings = await asyncio.gather(*(each.read() for each in devices))

    calls = [each.endpoint for each in emulated.emulator.requests]
    assert calls.count("getLastPowerData") == 1
    assert openpower.balance(readings).residual_w == pytest.approx(0, abs=1)
    await flavour.close(home)


def _connect(flavour: Any, base_url: str, emulator: Emulator | None = None, **options: Any) -> Any:
    whose = {"app_id": "app", "app_secret": SECRET}
    if emulator:
        whose = {"app_id": emulator.app_id, "app_secret": emulator.app_secret.reveal()}
    return flavour.connect("alphaess", **{**whose, "base_url": base_url, **options})


def _tells_nothing(caplog: pytest.LogCaptureFixture, error: errors.OpenPowerError, home: Any) -> None:
    texts = [str(error), repr(error), repr(home), repr(home.native), str(vars(home.native))]
    texts += traceback.format_exception(error)
    texts += [f"{each.getMessage()} {each.args} {each.exc_text}" for each in caplog.records]
    assert caplog.records
    assert SECRET not in "\n".join(texts)
