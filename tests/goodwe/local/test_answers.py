"""Which datagrams count as the response to a request: only those with its unit, function, length and a right checksum."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from openpower_core.errors import (
    BadResponse,
    NetworkError,
    OpenPowerError,
    ServiceUnavailable,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.writes import WriteState
from openpower_goodwe.local.client.answers import DamagedAnswer, ModbusError, acceptor, crc16, sum16
from openpower_goodwe.local.emulator import ServedInverter
from openpower_goodwe.refusals import REFUSALS

from .conftest import FRESH, Flavour, ok

Make = Callable[..., ServedInverter]


def rtu(body: str) -> bytes:
    """A response by UDP, with its checksum."""
    data = bytes.fromhex(body)
    return b"\xaa\x55" + data + crc16(data)


def tcp(body: str, number: int = 7) -> bytes:
    """A response by Modbus TCP."""
    data = bytes.fromhex(body)
    return number.to_bytes(2, "big") + b"\0\0" + len(data).to_bytes(2, "big") + data


def aa55(body: str) -> bytes:
    """A response of the older protocol."""
    data = bytes.fromhex("aa557fc0" + body)
    return data + sum16(data)


READ, WRITE, WRITE_MANY = "f703b7980001", "f706b7980003", "f710b9bb00060c"
SLOT = "0100020000ff7fffce00500000"
# Request and response from the unit on, and whether the response counts; the numbers are those of the exceptions.
ANSWERS: list[tuple[str, str, bool | int]] = [
    (READ, "f703020003", True),
    (READ, "7f03020003", False),  # another unit
    (READ, "f7030400030004", False),  # another length
    (READ, "f706b7980003", False),  # another function
    (READ, "f78302", 2),
    (READ, "f78306", 6),
    (READ, "7f8302", False),  # another unit's refusal
    (READ, "f78602", False),  # the refusal of a write
    (READ, "f79002", False),
    (WRITE, "f706b7980003", True),
    (WRITE, "f706b7980001", False),  # another value
    (WRITE, "f706b7990003", False),  # another register
    (WRITE, "7f06b7980003", False),
    (WRITE, "f703020003", False),
    (WRITE, "f710b7980001", False),
    (WRITE, "f78603", 3),
    (WRITE, "f78605", 5),
    (WRITE, "f78303", False),  # the refusal of a read
    (WRITE_MANY, "f710b9bb0006", True),
    (WRITE_MANY, "f710b9bb0004", False),
    (WRITE_MANY, "f710b9c10006", False),
    (WRITE_MANY, "f79004", 4),
]


@pytest.mark.parametrize(("request_", "response", "counts"), ANSWERS)
@pytest.mark.parametrize("by_tcp", [False, True], ids=["udp", "tcp"])
def test_what_counts(request_: str, response: str, counts: bool | int, by_tcp: bool) -> None:
    """In the framing of UDP, and in that of Modbus TCP."""
    payload = SLOT if request_ == WRITE_MANY else ""
    asked = tcp(request_ + payload) if by_tcp else bytes.fromhex(request_ + payload) + b"\0\0"
    answer = (tcp if by_tcp else rtu)(response)
    accept = acceptor(asked, tcp=by_tcp)
    if counts is True or counts is False:
        assert accept(answer) is counts
    else:
        with pytest.raises(ModbusError) as raised:
            accept(answer)
        assert raised.value.code == counts
    if counts is not False:
        assert [accept(answer[:length]) for length in range(2, len(answer))] == [None] * (len(answer) - 2)


def test_a_wrong_checksum_is_no_answer() -> None:
    """Neither the response with a flipped bit nor noise; an intact response to something else is one to something else."""
    accept = acceptor(bytes.fromhex(READ) + b"\0\0", tcp=False)
    for bit in range(8 * 9):
        damaged = bytearray(rtu("f703020003"))
        damaged[bit // 8] ^= 1 << bit % 8
        with suppress(DamagedAnswer):
            assert not accept(bytes(damaged))
    with pytest.raises(DamagedAnswer):
        accept(bytes(range(1, 20)))
    assert accept(aa55("018205" + "00" * 5)) is False


def test_the_older_frames() -> None:
    """Their responses name the request's code; their length and checksum have to be right."""
    accept = acceptor(bytes.fromhex("aa55c07f0109000248"), tcp=False)
    assert accept(aa55("018902abcd")) is True
    assert accept(aa55("018902abcd")[:-1]) is None
    assert accept(aa55("018602abcd")) is False
    assert accept(rtu("f703020003")) is False
    with pytest.raises(DamagedAnswer):
        accept(aa55("018902abcd") + b"\0")


async def _client(flavour: Flavour, served: ServedInverter, **options: Any) -> Any:
    client = flavour.client(served, **options)
    await ok(client.read_device_info())
    served.log.clear()
    return client


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_somebody_elses_refusal_is_none(make: Make, flavour: Flavour, protocol: str) -> None:
    """Of another unit, and of another function: dropped, and the wait goes on."""
    served = make(protocol=protocol)
    client = await _client(flavour, served)
    served.faults.add("foreign_refusal", times=2)
    await ok(client.set_ongrid_battery_dod(50))
    dod = await ok(client.get_ongrid_battery_dod())
    await flavour.close(client)

    assert dod == 50
    assert served.log.count == 2


@pytest.mark.parametrize("code", range(1, 12))
@pytest.mark.parametrize("kind", ["refused", "failed"])
async def test_only_documented_codes_refuse(make: Make, flavour: Flavour, code: int, kind: str) -> None:
    """Modbus' exceptions 1, 2 and 3; 05 ACKNOWLEDGE and the others leave open what became of the write."""
    served = make()
    client = await _client(flavour, served)
    served.faults.add(kind, writes=True, code=code)
    with pytest.raises(OpenPowerError) as raised:
        await ok(client.set_ongrid_battery_dod(50))
    await flavour.close(client)

    assert isinstance(raised.value, WriteRejected if code in (1, 2, 3) else ServiceUnavailable)
    assert len(served.log.writes) == 1


@pytest.mark.parametrize(("kind", "state"), [("refused", WriteState.NOT_APPLIED), ("failed", WriteState.CONFIRMED)])
@pytest.mark.parametrize("code", [4, 5, 6])
async def test_open_answers_are_settled_by_reading(
    make: Make, flavour: Flavour, kind: str, state: WriteState, code: int
) -> None:
    """The device method says what the inverter holds."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    served.faults.add(kind, writes=True, code=code)
    try:
        receipt = await ok(battery.apply_settings(reserve_soc_pct=40))
    except WriteNotConfirmed as error:
        receipt = error.receipt
    await flavour.close(home)

    assert receipt.state is state


async def test_a_part_that_was_taken_is_no_refusal(make: Make, flavour: Flavour) -> None:
    """The library's own calls write several registers: the second one refused leaves the first one changed."""
    served = make()
    client = await _client(flavour, served)
    served.faults.add("refused", writes=True, code=3, skip=1)
    with pytest.raises(BadResponse, match="a part"):
        await ok(client.set_ems_mode(2, 1500))
    await flavour.close(client)

    assert len(served.log.writes) == 2


def test_every_refusal_has_its_source() -> None:
    """One table, for both ways to the inverters."""
    assert all(source.startswith(("MODBUS Application Protocol", "SEMS+")) for source in REFUSALS.values())


async def test_a_damaged_answer_is_asked_for_at_once(make: Make, flavour: Flavour) -> None:
    """A read does not wait for the time to run out."""
    served = make()
    client = await _client(flavour, served, answer_within=20.0)
    served.faults.add("corrupt", times=2)
    assert await ok(client.read_setting("ems_mode")) == 1
    await flavour.close(client)

    assert served.log.count == 3


async def test_a_modbus_tcp_connection_is_kept(make: Make, flavour: Flavour) -> None:
    """One for all questions; a new one where something went wrong on it."""
    served = make(protocol="tcp")
    client = await _client(flavour, served, min_poll=0.0)
    await ok(client.read_runtime_data())
    await ok(client.read_setting("ems_mode"))
    assert served.accepted == 1
    served.faults.add("late", delay_s=0.4)
    served.faults.add("duplicate", times=3)
    values = [await ok(client.read_setting(name)) for name in ("battery_discharge_depth", "ems_mode", "work_mode")]
    await flavour.close(client)

    assert values == [10, 1, 0]
    assert served.accepted == 2


async def test_a_dongle_that_takes_one_connection(make: Make, flavour: Flavour) -> None:
    """Several clients of the process take turns; somebody else's connection is waited for."""
    served = make(protocol="tcp")
    served.most_streams = 1
    one, two = await _client(flavour, served, answer_within=0.3), flavour.client(served, answer_within=0.3)
    assert await ok(two.read_setting("ems_mode")) == 1
    assert await ok(one.read_setting("ems_mode")) == 1
    await flavour.close(one)
    served.most_streams = 0
    with pytest.raises(NetworkError):
        await ok(two.read_setting("ems_mode"))
    soon = threading.Timer(0.1, setattr, (served, "most_streams", 1))
    soon.start()
    assert await ok(two.read_setting("ems_mode")) == 1
    await flavour.close(two)


async def test_a_connection_that_was_reset_is_made_again(make: Make, flavour: Flavour) -> None:
    """Dongles close idle ones; neither reads nor writes fail by that."""
    served = make(protocol="tcp")
    client = await _client(flavour, served)
    for _ in range(2):
        for stream in tuple(served.streams):
            stream.abort()
        assert await ok(client.read_setting("ems_mode")) == 1
    await flavour.close(client)


async def test_a_closed_udp_port_names_the_other_one(make: Make, flavour: Flavour) -> None:
    """Newer dongles speak Modbus TCP only."""
    served = make()
    options = served.options
    served.stop()
    gone: Any = type("Gone", (), {"options": options})
    client = flavour.client(gone)
    with pytest.raises(NetworkError, match="port=502") as raised:
        await ok(client.read_runtime_data(max_age=FRESH))
    await flavour.close(client)

    assert raised.value.nothing_sent


@pytest.mark.parametrize("register", [45356, 47000, 47511, 47545, 47546])
async def test_a_setting_that_cannot_be_is_not_kept(make: Make, flavour: Flavour, register: int) -> None:
    """5000 is no mode, switch or percentage: it answers another request, and is never stored to be put back later."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    inverter: Any = served.inverter
    inverter.registers.put(register, "H", 5000)
    with pytest.raises(BadResponse, match="1388"):
        await ok(battery.apply_settings(reserve_soc_pct=50) if register == 45356 else battery.charge(target_soc_pct=90))
    await flavour.close(home)

    assert not served.log.writes
