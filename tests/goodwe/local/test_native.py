"""The native API: the library's calls, its defects corrected, its object at hand."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openpower_core.connection.connecting import connect
from openpower_core.errors import ConfigurationError, InvalidValue, MissingCredential, Unsupported, Veto
from openpower_core.provider import Found, ProviderSpec
from openpower_core.registry import discovery_of
from openpower_goodwe.local import AsyncGoodWeLocal, Family, GoodWeLocal, discover, discover_async, search, search_async
from openpower_goodwe.local.client.transport import UdpExchange
from openpower_goodwe.local.emulator import ServedInverter
from openpower_goodwe.local.emulator.__main__ import main
from openpower_goodwe.local.emulator.cassettes import Recorder, Replayer
from openpower_goodwe.local.plugin import openpower_provider

from .conftest import FAMILIES, Flavour, ok

Make = Callable[..., ServedInverter]


@pytest.mark.parametrize("kind", FAMILIES)
async def test_the_family_is_found_out(make: Make, flavour: Flavour, kind: str) -> None:
    """By the serial number in the older protocol's answer, or by trying."""
    served = make(kind)
    client = flavour.client(served, family=None)
    facts = await ok(client.read_device_info())
    settings = await ok(client.read_settings_data())
    sensors = await ok(client.sensors())
    await flavour.close(client)

    assert facts.family == client.family == kind[:2]
    assert facts.rated_w == pytest.approx(_rated(served), abs=1000)
    assert settings["grid_export"] in (0, 1)
    assert "ppv" in {sensor.id_ for sensor in sensors}


def _serial(served: ServedInverter) -> str:
    inverter: Any = served.inverter
    return str(inverter.serial)


def _rated(served: ServedInverter) -> int:
    inverter: Any = served.inverter
    return int(inverter.rated_w)


async def test_ems_modes_take_0_w(make: Make, flavour: Flavour) -> None:
    """Which the library leaves out; the power goes before the mode."""
    served = make()
    client = flavour.client(served)
    await ok(client.set_ems_mode(2, 1500))
    await ok(client.set_ems_mode(2, 0))
    mode, power = await ok(client.get_ems_mode()), await ok(client.read_setting("ems_power_limit"))
    await flavour.close(client)

    assert (int(mode), power) == (2, 0)
    assert [ask.first for ask in served.log.writes] == [47512, 47511, 47512, 47511]


async def test_export_limits_are_switched_on(make: Make, flavour: Flavour) -> None:
    """Which the library does not do."""
    served = make()
    client = flavour.client(served)
    await ok(client.set_grid_export_limit(800))
    inverter: Any = served.inverter
    await flavour.close(client)

    assert inverter.house.controls.export_limit_w == 800


async def test_grid_tied_inverters_start_and_stop(make: Make, flavour: Flavour) -> None:
    """And only those."""
    served, hybrid = make("DT"), make("ET")
    client, other = flavour.client(served, min_poll=0.0), flavour.client(hybrid)
    flavour.clock.advance(4 * 3600)
    await ok(client.stop())
    stopped = await ok(client.read_runtime_data())
    await ok(client.start())
    started = await ok(client.read_runtime_data())
    with pytest.raises(Unsupported):
        await ok(other.stop())
    with pytest.raises(Unsupported):
        await ok(client.set_ems_mode(1))
    await flavour.close(client)
    await flavour.close(other)

    assert (stopped.ppv, stopped.work_mode) == (0, 0)
    assert started.ppv > 0
    assert hybrid.log.writes == []


async def test_operation_modes(make: Make, flavour: Flavour) -> None:
    """As the library has them."""
    served = make()
    client = flavour.client(served)
    modes = await ok(client.get_operation_modes())
    await ok(client.set_operation_mode(98, 40, 70))
    mode = await ok(client.get_operation_mode())
    await flavour.close(client)

    assert 98 not in modes
    assert mode == 98


async def test_the_librarys_object_is_at_hand(make: Make, flavour: Flavour) -> None:
    """For what openpower has no call for, on the right loop."""
    served = make()
    client = flavour.client(served)
    mode = await ok(client.run(lambda inverter: inverter.get_operation_mode()))
    await ok(client.run(lambda inverter: inverter.write_setting("work_mode", 2), write=True))
    after = await ok(client.run(lambda inverter: inverter.get_operation_mode()))
    await flavour.close(client)

    assert (mode, after) == (0, 2)
    assert client.inverter.serial_number == _serial(served)


async def test_native_writes_pass_the_guards(make: Make, flavour: Flavour) -> None:
    """Those made through a connection; what a guard refuses is not sent."""
    served = make()
    home = flavour.connect(served)
    await ok(home.devices())
    served.log.clear()
    asked: list[Any] = []

    class Hooks:
        def before_write(self, device: Any, plan: Any) -> None:
            asked.append((device.id, plan.operation, plan.native))
            raise Veto("not today")

        def after_write(self, device: Any, receipt: Any) -> None:
            raise AssertionError

    gate = home.native.gate
    gate._context = type(gate._context)(store=gate._context.store, clock=flavour.clock, hooks=Hooks())
    with pytest.raises(Veto):
        await ok(home.native.set_ongrid_battery_dod(60))
    await flavour.close(home)

    assert asked == [(f"{_serial(served)}/inverter", "set_ongrid_battery_dod", True)]
    assert served.log.writes == []


async def test_values_out_of_range(make: Make, flavour: Flavour) -> None:
    """Are refused before anything is sent."""
    served = make()
    client = flavour.client(served)
    await ok(client.read_device_info())
    served.log.clear()
    for call in (
        lambda: client.set_ongrid_battery_dod(95),
        lambda: client.set_ems_mode(11, 70_000),
        lambda: client.set_grid_export_limit(-1),
    ):
        with pytest.raises(InvalidValue):
            await ok(call())
    await flavour.close(client)

    assert served.log.count == 0


def test_wrong_options() -> None:
    """Are named, before any request."""
    for options in ({"family": "XX"}, {"protocol": "serial"}):
        with pytest.raises(InvalidValue, match=str(next(iter(options.values())))):
            connect(openpower_provider(), host="127.0.0.1", **options)
    with pytest.raises(MissingCredential, match="host"):
        connect(openpower_provider())
    assert GoodWeLocal("127.0.0.1", family="et").family is Family.ET
    assert repr(AsyncGoodWeLocal("127.0.0.1")) == "<AsyncGoodWeLocal 127.0.0.1:8899>"


def test_without_the_extra() -> None:
    """openpower imports, and connecting names what to install."""
    program = """
import sys
sys.modules["goodwe"] = None
import openpower
try:
    openpower.connect("goodwe-local", host="127.0.0.1")
except openpower.ConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert 'pip install "openpower[local]>=0.2"' in done.stdout


def test_connecting_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, no thread."""
    import threading

    before = threading.active_count()
    connect(openpower_provider(), host="192.0.2.1").close()

    assert threading.active_count() == before


def test_without_the_extra_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in this process."""
    monkeypatch.setitem(sys.modules, "goodwe", None)
    with pytest.raises(ConfigurationError, match="openpower"):
        connect(openpower_provider(), host="192.0.2.1")


@pytest.mark.parametrize("kind", ["ET", "ES", "DT"])
async def test_cassettes_of_datagrams(make: Make, flavour: Flavour, kind: str, tmp_path: Path) -> None:
    """What was recorded is replayed, in a file that a person can read, under another serial number."""
    served = make(kind)
    at = served.options["host"], served.options["port"]
    inverter: Any = served.inverter
    placeholder = inverter.serial[:8] + "00000000"
    recorder = Recorder(UdpExchange(*at), hide={inverter.serial: placeholder})
    client = flavour.client(served, transport=recorder)
    wanted = await ok(client.read_runtime_data())
    await flavour.close(client)
    path = tmp_path / "cassette.yaml"
    recorder.save(path, recorded="against the emulator")
    served.stop()
    again = flavour.client(served_nowhere(at), transport=Replayer(path), family=kind)
    data = await ok(again.read_runtime_data())
    facts = await ok(again.read_device_info())
    await flavour.close(again)
    text = path.read_text(encoding="utf-8")

    assert dict(data) == dict(wanted)
    assert facts.serial == placeholder
    assert inverter.serial.encode().hex() not in text.replace(" ", "").replace("\n", "")
    assert text.startswith("recorded: against the emulator\nversion: 1\ninteractions:\n")
    if kind != "ES":
        assert "registers: 3" in text


def served_nowhere(at: tuple[str, int]) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(options={"host": at[0], "port": at[1], "protocol": "udp"})


def test_the_emulator_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how to connect, and ends by itself."""
    assert main(["--minutes", "0.0001", "--family", "DT", "--protocol", "tcp"]) == 0
    assert 'openpower.connect("goodwe-local", host=' in capsys.readouterr().out


def test_the_emulator_says_when_its_port_is_taken(make: Make) -> None:
    """Instead of waiting."""
    served = make()
    with pytest.raises(ConfigurationError, match="did not start"):
        main(["--port", str(served.options["port"]), "--minutes", "0.0001"])


async def test_searching(flavour: Flavour) -> None:
    """Each device that answers the broadcast is listed once, with the address to connect to."""

    class Dongle(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            assert data == b"WIFIKIT-214028-READ"
            for _ in range(2):
                self.transport.sendto(b"192.0.2.7,ACCF23000000,Solar-WiFi0000", addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Dongle, local_addr=("127.0.0.1", 0))
    at = {"address": "127.0.0.1", "port": transport.get_extra_info("sockname")[1], "within": 0.3}
    if flavour.name == "sync":
        found = await asyncio.to_thread(lambda: search(**at))
    else:
        found = await search_async(**at)
    transport.close()

    assert [(each.host, each.mac) for each in found] == [("192.0.2.7", "ACCF23000000")]


@pytest.mark.parametrize("kind", ["ET", "ES"])
async def test_discovery(make: Make, flavour: Flavour, kind: str) -> None:
    """An inverter that answers the broadcast comes with its model, its serial number and what connects to it."""
    served = make(kind)
    port = served.options["port"]
    (found,) = await _discovered(flavour, (port, port, 1))
    inverter: Any = served.inverter

    assert found.options == {"host": "127.0.0.1"}
    assert (found.provider, found.serial, found.model) == ("goodwe-local", inverter.serial, inverter.model)
    assert found.title == f"GoodWe {inverter.model}"


async def test_discovery_of_a_newer_dongle(make: Make, flavour: Flavour) -> None:
    """Where UDP is closed and Modbus TCP open, the port goes with the address; nobody knows more yet."""
    answering, tcp = make(), make(protocol="tcp").options["port"]
    (found,) = await _discovered(flavour, (answering.options["port"], 1, tcp))
    nothing = await _discovered(flavour, (1, 1, 1))

    assert (found.title, found.options) == ("GoodWe inverter", {"host": "127.0.0.1", "port": str(tcp)})
    assert (found.serial, nothing) == (None, [])


async def _discovered(flavour: Flavour, ports: tuple[int, int, int]) -> list[Found]:
    at: Any = {"address": "127.0.0.1", "ports": ports}
    if flavour.name == "sync":
        return await asyncio.to_thread(lambda: discover(0.6, flavour.clock, **at))
    return await discover_async(0.6, flavour.clock, **at)


def test_the_specification_names_the_search() -> None:
    """openpower discover finds it there."""
    assert discovery_of(openpower_provider()) is discover
    assert discovery_of(ProviderSpec(name="acme", connect=dict)) is None
