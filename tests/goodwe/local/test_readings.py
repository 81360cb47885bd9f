"""Readings of real inverters: registers and figures out of captures, as small as each truth needs them.

The whole captured datagrams are checked in test_samples_captures.py, where they are at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.readings import Quality, Stamp
from openpower_goodwe.local import Facts, Family, RuntimeData, mapping
from openpower_goodwe.local.control.slots import SlotKind, decode, encode
from openpower_goodwe.local.emulator import CapturedInverter, serve
from openpower_goodwe.local.emulator.frames import crc16

from .conftest import Flavour, ok

STAMP = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))

# GW10K-ET, 2021-08-22 11:11: the registers that its readings need, by address; the serial number is a placeholder.
ET_BLOCKS: dict[str, tuple[int, int, dict[int, str]]] = {
    "device_info": (
        35000,
        33,
        {
            35001: "2710",  # rated power
            35003: "393031304b4554553030303030303030475731304b2d4554",  # 9010KETU00000000, GW10K-ET
            35016: "00080008009f001300cf",
        },
    ),
    "running_data": (
        35100,
        125,
        {
            35100: "1508160b0b0c",
            35103: "0cfe00330000069f0cfe0035000006e1",  # two strings: V, A, W
            35121: "0959000f1387",
            35136: "00010000033ffffffffd",  # total and active power
            35176: "024b",
            35180: "09eeff9efffff6300003",  # the battery: V, A, W, mode
            35187: "0001",
            35191: "0000edb50000007d",
            35206: "00006bbd0035",
        },
    ),
    "battery_info": (37000, 24, {37002: "0001015e", 37007: "00440063"}),
    "meter_data": (36000, 45, {36004: "0001", 36005: "ffc7ffd2fffaff92", 36015: "462449804a46a2f9", 36019: "ffffffc7"}),
}
# GW8K-DT: its counters are unset (all bits), and it has no meter.
DT_BLOCKS: dict[str, tuple[int, int, dict[int, str]]] = {
    "device_info": (30001, 40, {30004: "303030303044545330303030303030304757384b2d4454202020"}),
    "running_data": (
        30100,
        73,
        {
            30100: "150818102b1b0ac3000613f40008",
            30107: "ffff" * 8,
            30118: "094409650930000a000a000a1390138c1388",
            30127: "000002830001",
            30141: "01c5ffffffffffffffffffff",
        },
    ),
}


# GW5048-EM: one long AA55 frame; the bytes that its readings need, by their place in it.
ES_FRAMES: dict[str, tuple[int, int, dict[int, str]]] = {
    "device_info": (0x0182, 86, {0: "31303130424757353034382d454d20", 31: b"00000EMU00000000".hex()}),
    "running_data": (
        0x0186,
        140,
        {
            0: "051c0003000d51000302",  # two strings: V, A, mode
            10: "0211",  # the battery: V, then its temperature, current and limits
            16: "012200b900630063",
            26: "61",  # state of charge
            30: "02",  # discharging
            33: "01",
            34: "096f002b0002137b",  # the grid: V, A, W, Hz
            52: "02015c",
            59: "0000256a",
            67: "0058",
        },
    ),
}


def _frame(part: tuple[int, int, dict[int, str]]) -> str:
    """A response in the older protocol."""
    code, size, known = part
    data = bytearray(size)
    for place, text in known.items():
        data[place : place + len(text) // 2] = bytes.fromhex(text)
    body = bytes.fromhex("aa557fc0") + code.to_bytes(2, "big") + bytes([size]) + data
    return (body + (sum(body) & 0xFFFF).to_bytes(2, "big")).hex()


def _response(unit: int, block: tuple[int, int, dict[int, str]]) -> str:
    """A response to the request that reads a block of registers, as it comes by UDP."""
    first, count, known = block
    data = bytearray(2 * count)
    for address, text in known.items():
        words = bytes.fromhex(text.replace(" ", ""))
        data[2 * (address - first) : 2 * (address - first) + len(words)] = words
    body = bytes([unit, 0x03, len(data)]) + data
    return (b"\xaa\x55" + body + crc16(body)).hex()


@pytest.mark.parametrize(
    ("family", "blocks", "sensors"),
    [
        (
            "ET",
            ET_BLOCKS,
            {
                "ppv1": 1695,
                "ppv2": 1761,
                "active_power": -3,
                "pbattery1": -2512,
                "battery_mode": 3,
                "temperature": 58.7,
                "e_total": 6085.3,
                "e_day": 12.5,
                "e_bat_charge_day": 5.3,
                "battery_soc": 68,
                "battery_soh": 99,
                "battery_temperature": 35.0,
                "meter_comm_status": 1,
                "meter_active_power1": -57,
                "meter_e_total_imp": 3254.462,
                "house_consumption": 947,
            },
        ),
        (
            "ES",
            ES_FRAMES,
            {"ppv1": 39, "ppv2": 102, "pbattery1": 979, "battery_mode": 2, "battery_soc": 97, "pgrid": 2, "e_day": 8.8},
        ),
        ("DT", DT_BLOCKS, {"ppv1": 165, "ppv2": 409, "temperature": 45.3, "e_total": None, "e_day": None}),
    ],
)
async def test_registers_become_the_librarys_sensors(
    flavour: Flavour, family: str, blocks: Any, sensors: dict[str, Any]
) -> None:
    """Through a real socket."""
    unit = 0x7F if family == "DT" else 0xF7
    responses = {kind: _frame(block) if family == "ES" else _response(unit, block) for kind, block in blocks.items()}
    inverter = CapturedInverter(family, responses)
    with serve(inverter) as served:
        client = flavour.client(served, answer_within=0.3)
        facts = await ok(client.read_device_info())
        data = await ok(client.read_runtime_data())
        await flavour.close(client)

    assert (facts.family, facts.serial[-8:]) == (family, "00000000")
    assert {sensor: data[sensor] for sensor in sensors} == sensors


ET = Facts(family=Family.ET, serial="9010KETU00000000", rated_w=10_000)
ES = Facts(family=Family.ES, serial="95048ESA00000000", rated_w=5000)
DT = Facts(family=Family.DT, serial="00000DTS00000000", rated_w=8000)


def test_a_charging_hybrid_at_noon() -> None:
    """GW10K-ET, 2021-08-22: 3456 W from PV, 2512 W into the battery, 3 W from the grid, 947 W in the house."""
    data = RuntimeData(
        {
            "timestamp": datetime(2021, 8, 22, 11, 11, 12),  # noqa: DTZ001 - the inverter names no zone
            "ppv1": 1695,
            "ppv2": 1761,
            "ppv": 3456,
            "pbattery1": -2512,
            "battery_mode": 3,
            "active_power": -3,
            "temperature": 58.7,
            "battery_soc": 68,
            "battery_soh": 99,
            "battery_temperature": 35.0,
            "e_total": 6085.3,
            "e_day": 12.5,
            "e_bat_charge_total": 2758.1,
            "e_bat_charge_day": 5.3,
            "meter_comm_status": 1,
            "meter_active_power1": -57,
            "meter_active_power2": -46,
            "meter_active_power3": -6,
            "meter_e_total_imp": 3254.462,
        }
    )
    inverter = mapping.to_inverter_reading(data, ET, STAMP)
    battery = mapping.to_battery_reading(data, ET, STAMP)
    meter = mapping.to_meter_reading(data, ET, STAMP)

    assert (inverter.pv_w, inverter.load_w, inverter.temperature_c) == (3456, 947, 58.7)
    assert inverter.pv_strings_w == (1695, 1761)
    assert (battery.charging_w, battery.soc_pct, battery.soh_pct) == (2512, 68, 99)
    assert battery.temperature_c == 35.0
    assert (meter.importing_w, meter.exporting_w) == (3, 0)
    assert meter.phases_w == (57, 46, 6)
    assert inverter.pv_energy is not None
    assert (inverter.pv_energy.total_kwh, inverter.pv_energy.today_kwh) == (6085.3, 12.5)
    assert battery.charge_energy is not None
    assert battery.charge_energy.today_kwh == 5.3
    assert meter.import_energy is not None
    assert meter.import_energy.total_kwh == 3254.462


@pytest.mark.parametrize(
    ("powers", "grid_w", "load_w"),
    [
        # GW20K-ET, 2026-03-29, and GW25K-ET, 2023-12-03; the load is what the library computes as well.
        ({"ppv1": 1098, "ppv2": 997, "pbattery1": -153, "battery_mode": 3, "active_power": 1556}, -1556, 386),
        ({"ppv1": 1033, "ppv2": 981, "pbattery1": 0, "battery_mode": 2, "active_power": 1511}, -1511, 503),
    ],
)
def test_exports_are_negative(powers: dict[str, int], grid_w: int, load_w: int) -> None:
    """GoodWe counts them positive; and the balance closes."""
    flows = mapping.to_flows(RuntimeData(powers), ET)

    assert (flows.grid_w, flows.load_w) == (grid_w, load_w)
    assert flows.pv_w is not None
    assert flows.battery_w is not None
    assert flows.pv_w + flows.battery_w + flows.grid_w == flows.load_w
    assert mapping.to_meter_reading(RuntimeData(powers), ET, STAMP).exporting_w == -grid_w


def test_an_impossible_load_is_not_known() -> None:
    """GW5048-ESA exports 807 W out of 8 W of PV and 11 W of battery: another source feeds, so the load is unknown."""
    data = RuntimeData({"ppv1": 0, "ppv2": 8, "pbattery1": 11, "battery_mode": 2, "pgrid": 807})

    assert mapping.to_inverter_reading(data, ES, STAMP).load_w is None


def test_unknown_is_not_zero() -> None:
    """GW8K-DT has no counters (all bits set), GW5048-EM no state of health: None, and never 0."""
    data = RuntimeData({"ppv1": 165, "ppv2": 409, "e_total": None, "e_day": None})
    battery = RuntimeData(
        {"pbattery1": 979, "battery_mode": 2, "battery_soc": 97, "battery_soh": 0, "battery_temperature": 29.0}
    )

    assert mapping.to_inverter_reading(data, DT, STAMP).pv_energy is None
    assert mapping.to_battery_reading(battery, ES, STAMP).soh_pct is None
    assert mapping.to_battery_reading(battery, ES, STAMP).soc_pct == 97


def test_without_a_meter_there_is_none() -> None:
    """Nor a load, nor a battery (GW20KAU-DT)."""
    data = RuntimeData({"ppv1": 2655, "ppv2": 2496, "e_total": 4304.8, "e_day": 19.8})

    assert not mapping.has_meter(data, DT)
    assert not mapping.has_battery(data)
    assert mapping.to_inverter_reading(data, DT, STAMP).load_w is None


@pytest.mark.parametrize(
    ("raw", "kind"), [("0000173b0014007f", SlotKind.V1), ("0000173b007f001400640000", SlotKind.PERCENT)]
)
def test_captured_eco_slots(raw: str, kind: SlotKind) -> None:
    """All day, every day, 20 % discharge, switched off: read, and written the same."""
    slot = decode(bytes.fromhex(raw))

    assert slot is not None
    assert (slot.kind, slot.start_minute, slot.end_minute, slot.power_pct) == (kind, 0, 1439, 20)
    assert len(slot.days) == 7
    assert not slot.on
    assert encode(slot).hex() == raw


@pytest.mark.parametrize(
    ("ahead", "field"),
    [
        (0, None),
        (4, None),
        (-4, None),
        (-6, "stamp.measured_at"),
        (-180, "stamp.measured_at"),
        (60, "stamp.measured_at"),
    ],
)
async def test_a_wrong_clock_is_named(
    make: Callable[..., Any], flavour: Flavour, ahead: float, field: str | None
) -> None:
    """The figures came off the network just now: they stay, live, whatever the inverter's clock says."""
    served = make()
    served.inverter.clock_is_ahead = timedelta(minutes=ahead)
    home = flavour.connect(served, min_poll=0.0)
    inverter = await ok(home.inverter())
    reading = await ok(inverter.read(max_age=timedelta(0)))
    flavour.clock.advance(120)
    cached = await ok(inverter.read(max_age=timedelta(minutes=10)))
    await flavour.close(home)

    assert (reading.stamp.quality, cached.stamp.quality) == (Quality.LIVE, Quality.CACHED)
    assert cached.pv_w == reading.pv_w is not None
    assert [issue.field for issue in reading.issues] == ([field] if field else [])
    assert all("tz=" in issue.reason for issue in reading.issues)
    if field:
        assert reading.stamp.measured_at is None
    else:
        assert reading.stamp.measured_at is not None
        assert reading.stamp.measured_at == reading.stamp.received_at + timedelta(minutes=min(0, ahead))


@pytest.mark.parametrize(
    ("local", "received"),
    [
        ("2026-10-25T02:30", "2026-10-25T00:30"),  # Berlin, before the clocks go back, and after
        ("2026-10-25T02:30", "2026-10-25T01:30"),
        ("2026-03-29T03:30", "2026-03-29T01:30"),
        ("2026-07-01T12:00", "2026-07-01T10:00"),
    ],
)
def test_clock_changes(local: str, received: str) -> None:
    """The hour that comes twice is the one that is nearer to the answer's arrival."""
    arrival = datetime.fromisoformat(received).replace(tzinfo=UTC)
    assert mapping.to_measured_at(datetime.fromisoformat(local), "Europe/Berlin", arrival) == (arrival, ())


ET = Facts(family=Family.ET, serial="9010KETU00000000", rated_w=10_000)


@pytest.mark.parametrize(
    ("imported", "exported", "total", "known"),
    [(0.0, 0.0, 160.3, False), (0.0, 0.0, 0.4, True), (0.15, 35.55, 50.1, True), (12.0, 0.0, 500.0, True)],
)
def test_a_meter_that_does_not_count(imported: float, exported: float, total: float, *, known: bool) -> None:
    """0.0 both ways beside 160 kWh of PV (a captured GW25K-ET) is not known; beside nothing it is a new home."""
    values = {"active_power": -3, "meter_e_total_imp": imported, "meter_e_total_exp": exported, "e_total": total}
    reading = mapping.to_meter_reading(RuntimeData(values), ET, STAMP)

    assert (reading.import_energy is not None, reading.export_energy is not None) == (known, known)
    assert {issue.field for issue in reading.issues} == (set() if known else {"import_energy", "export_energy"})


@pytest.mark.parametrize(
    ("pv", "battery", "ac", "backup", "marked"),
    [
        (3456, -2512, 831, 312, False),  # GW10K-ET, captured
        (0, 820, 812, 321, False),
        (2095, -153, 1966, 484, False),  # GW20K-ET
        (2014, 0, 1945, 408, False),  # GW25K-ET
        (3000, 0, 1900, 1000, False),  # most of it goes to the backup port
        (2000, 0, 4900, 0, True),  # 3 kW of PV are missing
        (0, -1000, -4000, 0, True),  # a battery that is not seen takes 3 kW
        (5000, 0, 1000, 0, True),
    ],
)
def test_powers_that_do_not_balance_are_marked(pv: int, battery: int, ac: int, backup: int, *, marked: bool) -> None:
    """What PV and battery give arrives at the AC side; figures stay, with an issue."""
    values = {
        "ppv1": pv,
        "battery_mode": 2,
        "pbattery1": battery,
        "total_inverter_power": ac,
        "backup_ptotal": backup,
        "active_power": -5000,
    }
    reading = mapping.to_inverter_reading(RuntimeData(values), ET, STAMP)

    assert (reading.pv_w, reading.ac_w) == (pv, ac)
    assert [issue.field for issue in reading.issues] == (["ac_w"] if marked else [])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"battery_soc": 200}, "soc_pct"), ({"battery_soh": 150}, "soh_pct"), ({"battery_soc": 101}, None)],
)
def test_a_level_that_cannot_be_costs_itself(wrong: dict[str, int], field: str | None) -> None:
    """Registers hold anything; the battery's power stays."""
    values = {"battery_mode": 2, "pbattery1": 820, "battery_soc": 68, "battery_soh": 99, "battery_temperature": 35.0}
    reading = mapping.to_battery_reading(RuntimeData(values | wrong), ET, STAMP)

    assert [issue.field for issue in reading.issues] == ([field] if field else [])
    assert (reading.power_w, reading.temperature_c) == (820, 35.0)
    assert reading.soc_pct == {"soc_pct": None, "soh_pct": 68, None: 100}[field]
    assert reading.soh_pct == (None if field == "soh_pct" else 99)


def test_a_meter_that_the_inverter_has_lost_is_named() -> None:
    """Its registers keep old figures then: the power is not known, and why."""
    facts = Facts(family=Family.DT, serial="06000DTU00000000", rated_w=6000)
    linked, lost = (
        mapping.to_meter_reading(RuntimeData({"meter_active_power": 900, "meter_comm_status": status}), facts, STAMP)
        for status in (1, 2)
    )

    assert (linked.power_w, lost.power_w) == (-900, None)
    assert not linked.issues
    assert [issue.field for issue in lost.issues] == ["power_w"]


def test_an_unexplained_export_is_named() -> None:
    """8 W of PV and 11 W of battery do not export 807 W: the load is not known, and why."""
    values = {"ppv1": 8, "battery_mode": 2, "pbattery1": 11, "pgrid": 807}
    facts = Facts(family=Family.ES, serial="95048ESA00000000", rated_w=5000)
    reading = mapping.to_inverter_reading(RuntimeData(values), facts, STAMP)

    assert reading.load_w is None
    assert [issue.field for issue in reading.issues] == ["load_w"]
    assert "807 W" in reading.issues[0].reason


def test_a_lost_battery_management_is_left_to_core_to_tell() -> None:
    """All three zeros arrive there; a single 0 % of health is not measured."""
    lost = {"battery_mode": 2, "pbattery1": 0, "battery_soc": 0, "battery_soh": 0, "battery_temperature": 0.0}
    some = {**lost, "battery_soc": 40}
    readings = [mapping.to_battery_reading(RuntimeData(values), ET, STAMP) for values in (lost, some)]

    assert [(each.soc_pct, each.soh_pct, each.temperature_c) for each in readings] == [(0, 0, 0), (40, None, 0)]
