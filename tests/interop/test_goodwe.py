"""``goodwe`` (Marcel Blijleven), on which goodwe-local itself stands, judges the emulated inverters directly.

Every sensor and setting that it knows of a family is read, and what a user changes is written and read back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import goodwe
import pytest
from goodwe.protocol import UdpInverterProtocol
from judges import calls_of, fault_of

from openpower_goodwe.local.emulator import EmulatedDT, EmulatedES, EmulatedET, ServedInverter, serve

KINDS: dict[str, tuple[Any, str]] = {
    "ET": (EmulatedET, "96000EHU000W0001"),
    "ET 745": (EmulatedET, "96000ETT000W0001"),
    "ES": (EmulatedES, "95048ESU000W0001"),
    "DT": (EmulatedDT, "06000DTU000W0001"),
}
TRIED = {
    *("read_device_info", "read_runtime_data", "read_sensor", "read_setting", "read_settings_data", "write_setting"),
    *("send_command", "get_grid_export_limit", "set_grid_export_limit", "get_ems_mode", "set_ems_mode"),
    *("get_operation_modes", "get_operation_mode", "set_operation_mode"),
    *("get_ongrid_battery_dod", "set_ongrid_battery_dod", "sensors", "settings", "set_keep_alive"),
}
# The library cannot read these alone: it computes them from others, and only within read_runtime_data.
COMPUTED = {
    "ET": {"ppv", "grid_in_out", "grid_in_out_label", "errors", "diagnose_result_label", "house_consumption"}
    | {"battery_error", "battery_warning"},
    "ES": set[str](),
    "DT": {"ppv1", "ppv2", "ppv", "pgrid1", "pgrid2", "pgrid3", "derating_mode_label", "house_consumption"},
}
SHIFTED = fault_of(
    "goodwe",
    "search_inverters passes its timeout where the address belongs and 0 retries where the timeout does, and so never"
    " waits for an answer",
    goodwe.InverterError,
    strict=False,  # an answer may be quicker than no time at all
)
UNLIKE = fault_of(
    "goodwe",
    "going off-grid waits for 03B7 as the answer to 0327, where all other answers are the request with the highest bit"
    " set (03A7); no capture tells which of the two an ES sends",
    goodwe.InverterError,
)
WRITTEN: dict[str, dict[str, Any]] = {
    "ET": {"battery_discharge_depth": 20, "ems_power_limit": 1500, "soc_upper_limit": 90, "fast_charging_soc": 80},
    "ES": {"fast_charging": 1, "fast_charging_soc": 80},
    "DT": {"grid_export": 1, "shadow_scan_pv1": 1},
}


# What ES has of its own goes by UDP only.
LINKS = [(kind, protocol) for kind in KINDS for protocol in ("udp", "tcp") if (kind, protocol) != ("ES", "tcp")]


@pytest.fixture(params=LINKS, ids=" over ".join)
def link(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The kind of inverter, and how it is asked."""
    return request.param[0], request.param[1]


@pytest.fixture
def kind(link: tuple[str, str]) -> str:
    return link[0]


@pytest.fixture
def served(link: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedInverter]:
    """An emulated inverter, at the port by which the library tells the protocol."""
    kind, protocol = link
    made, serial = KINDS[kind]
    with serve(made(serial=serial), protocol=protocol) as running:
        port = running.address[1] if protocol == "udp" else 8899
        for module in (goodwe, goodwe.inverter):
            monkeypatch.setattr(module, "GOODWE_UDP_PORT", port)
        yield running


@pytest.fixture
async def inverter(served: ServedInverter, kind: str) -> AsyncIterator[goodwe.Inverter]:
    found = await goodwe.connect(*served.address, kind[:2])
    yield found
    found.set_keep_alive(False)  # else it leaves its socket open
    await found.read_device_info()


def test_every_call_is_tried() -> None:
    assert calls_of(goodwe.Inverter) == TRIED


async def test_discovery(served: ServedInverter, link: tuple[str, str]) -> None:
    """The right family is found without being named, by the older protocol's probe."""
    kind, protocol = link
    if protocol == "tcp":
        return  # it never tries TCP (PR 145 of the library)
    found = await goodwe.discover(*served.address)

    assert type(found).__name__ == kind[:2]
    assert found.serial_number == KINDS[kind][1]


@SHIFTED
async def test_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broadcast, sent to the emulator instead of everybody, is answered with its address."""
    with serve() as served:
        host, port = served.address

        def redirected(_host: str, _port: int, *rest: int) -> UdpInverterProtocol:
            return UdpInverterProtocol(host, port, *rest)

        monkeypatch.setattr(goodwe, "UdpInverterProtocol", redirected)
        assert (await goodwe.search_inverters()).startswith(host.encode())


async def test_reads_every_sensor(inverter: goodwe.Inverter, kind: str) -> None:
    """At once, and one by one."""
    everything = await inverter.read_runtime_data()
    computed = set()
    for sensor in inverter.sensors():
        try:
            await inverter.read_sensor(sensor.id_)
        except NotImplementedError:
            computed.add(sensor.id_)

    assert {sensor.id_ for sensor in inverter.sensors()} <= everything.keys()
    assert {key for key, value in everything.items() if value is None} == set()
    assert computed == COMPUTED[kind[:2]]


async def test_power_closes(inverter: goodwe.Inverter, served: ServedInverter, kind: str) -> None:
    """Its house consumption is the simulated house's."""
    data = await inverter.read_runtime_data()
    house: Any = served.inverter
    now = house.house.at(house.clock.now())

    assert data["house_consumption"] == pytest.approx(now.load_w + now.ev_w, abs=30)


async def test_reads_every_setting(inverter: goodwe.Inverter, kind: str) -> None:
    """All but the second battery's, which the inverter does not have; the library takes a refusal for that."""
    data = await inverter.read_settings_data()
    unknown = {key for key, value in data.items() if value is None}

    assert unknown == {key for key in data if key.startswith("bms2_")}
    assert data.keys() >= {setting.id_ for setting in inverter.settings()}


async def test_writes(inverter: goodwe.Inverter, kind: str) -> None:
    """What is written is read back."""
    for name, value in WRITTEN[kind[:2]].items():
        await inverter.write_setting(name, value)
        assert await inverter.read_setting(name) == value


async def test_clock(inverter: goodwe.Inverter, kind: str) -> None:
    """The inverter's clock can be set, and goes on from there."""
    before = await inverter.read_setting("time")
    if kind == "ES":
        return
    late = before.replace(year=before.year - 1, day=1)
    await inverter.write_setting("time", late)
    after = await inverter.read_setting("time")

    assert 0 <= (after - late).total_seconds() <= 2


async def test_export_limit(inverter: goodwe.Inverter, kind: str) -> None:
    """In W, or as a percentage of the rated power."""
    limit = 40 if kind == "DT" else 3000
    await inverter.set_grid_export_limit(limit)

    assert await inverter.get_grid_export_limit() == limit


async def refused_or(call: Callable[[], Any], *, supported: bool) -> Any:
    if supported:
        return await call()
    with pytest.raises(goodwe.InverterError, match="not supported"):
        await call()
    return None


async def test_operation_modes(inverter: goodwe.Inverter, kind: str) -> None:
    """Each mode that the library offers for the family is there after it was set."""
    modes = await inverter.get_operation_modes(include_emulated=True)
    for mode in modes:
        if kind == "ES" and mode is goodwe.OperationMode.OFF_GRID:
            continue
        await inverter.set_operation_mode(mode, 60, 80)
        assert await inverter.get_operation_mode() is mode
    if not modes:
        await refused_or(inverter.get_operation_mode, supported=False)

    assert len(modes) == {"ET": 6, "ET 745": 7, "ES": 6, "DT": 0}[kind]


@UNLIKE
async def test_off_grid_on_es(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one mode of the family that is left."""
    with serve(EmulatedES(serial=KINDS["ES"][1])) as served:
        monkeypatch.setattr(goodwe.inverter, "GOODWE_UDP_PORT", served.address[1])
        inverter = await goodwe.connect(*served.address, "ES", retries=0)
        await inverter.set_operation_mode(goodwe.OperationMode.OFF_GRID)


async def test_energy_management_modes(inverter: goodwe.Inverter, kind: str) -> None:
    """Each of them, with a power; 0 W the library cannot write (0.4.10 takes it for none)."""
    supported = kind.startswith("ET")
    for mode in goodwe.EMSMode:
        await refused_or(lambda mode=mode: inverter.set_ems_mode(mode, 2000), supported=supported)
        assert await refused_or(inverter.get_ems_mode, supported=supported) == (mode if supported else None)


async def test_depth_of_discharge(inverter: goodwe.Inverter, kind: str) -> None:
    await refused_or(lambda: inverter.set_ongrid_battery_dod(85), supported=kind != "DT")

    assert await refused_or(inverter.get_ongrid_battery_dod, supported=kind != "DT") == (None if kind == "DT" else 85)


async def test_a_command_of_ones_own(inverter: goodwe.Inverter, kind: str) -> None:
    """Bytes as they are: the model name's registers."""
    unit, first = (0x7F, 30012) if kind == "DT" else (0xF7, 35011)
    if kind == "ES":
        return  # it has no such registers
    answer = await inverter.send_command(modbus(inverter, unit, first), lambda _: True)

    assert inverter.model_name.encode() in answer.raw_data


def modbus(inverter: Any, unit: int, first: int) -> bytes:
    """A read of five registers, as the library's own protocol frames it."""
    request: bytes = inverter._protocol.read_command(first, 5).request_bytes()
    assert unit in request
    return request
