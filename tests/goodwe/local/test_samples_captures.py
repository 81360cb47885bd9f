"""The whole captured datagrams of real inverters, through the emulator's socket, the library, and both flavours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openpower_core.readings import Stamp
from openpower_goodwe.local import mapping
from openpower_goodwe.local.control.slots import SlotKind, decode, encode
from openpower_goodwe.local.emulator import CapturedInverter, serve
from openpower_goodwe.local.models import Family

from .conftest import Flavour, ok

STAMP = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
# Which datagrams belong together; the decoded values of each are in local_decoded.
CAPTURES: dict[str, tuple[str, dict[str, str]]] = {
    "GW10K-ET": (
        "ET",
        {
            "device_info": "GW10K-ET_device_info_fw819",
            "running_data": "GW10K-ET_running_data",
            "battery_info": "GW10K-ET_battery_info",
            "meter_data": "GW10K-ET_meter_data",
        },
    ),
    "GW10K-ET_fw1023": (
        "ET",
        {
            "device_info": "GW10K-ET_device_info_fw1023",
            "running_data": "GW10K-ET_running_data_fw1023",
            "meter_data": "GW10K-ET_meter_data",
        },
    ),
    "GW20K-ET": (
        "ET",
        {
            kind: f"GW20K-ET_{kind}"
            for kind in ("device_info", "running_data", "battery_info", "meter_data", "mppt_data")
        },
    ),
    "GW25K-ET": (
        "ET",
        {
            kind: f"GW25K-ET_{kind}"
            for kind in (
                "device_info",
                "running_data",
                "battery_info",
                "meter_data",
                "mppt_data",
                "battery2_info_extended",
            )
        },
    ),
    **{
        name: ("ES", {kind: f"{name}_{kind}" for kind in ("device_info", "running_data")})
        for name in ("GW5048-EM", "GW5048-ESA")
    },
    **{
        name: ("DT", {kind: f"{name}_{kind}" for kind in ("device_info", "running_data")})
        for name in ("GW10K-MS-30", "GW20K-SDT-20", "GW20KAU-DT", "GW5000-MS", "GW50KS-MT", "GW8K-DT")
    },
}


def _read(samples: Path, family: str, name: str) -> str:
    path = samples / "goodwe" / "local_hex" / family.lower() / f"{name}.hex"
    return "".join(path.read_text(encoding="ascii").split())


def _captured(samples: Path, name: str) -> CapturedInverter:
    family, kinds = CAPTURES[name]
    answers = {kind: _read(samples, family, file) for kind, file in kinds.items()}
    return CapturedInverter(family, answers)


def _decoded(samples: Path, name: str) -> Any:
    path = samples / "goodwe" / "local_decoded" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", CAPTURES)
async def test_captures_decode_as_they_were_decoded(samples: Path, flavour: Flavour, name: str) -> None:
    """Every value, through a real socket; the family is detected."""
    family, _ = CAPTURES[name]
    wanted = _decoded(samples, name)
    with serve(_captured(samples, name)) as served:
        known = {} if flavour.name == "sync" and family == "ET" else {"family": family}
        client = flavour.client(served, answer_within=0.05 if not known else 0.3, **known)
        facts = await ok(client.read_device_info())
        data = await ok(client.read_runtime_data())
        await flavour.close(client)

    assert facts.family == family
    assert facts.serial == wanted["serial"].strip("\0 ")
    assert {sensor: _plain(data[sensor]) for sensor in wanted["sensors"]} == wanted["sensors"]


def _files(samples: Path) -> list[Path]:
    return sorted((samples / "goodwe" / "local_hex").rglob("*.hex"))


def test_no_datagram_is_left_out(samples: Path) -> None:
    """The test below tries all that were captured."""
    assert len(_files(samples)) == 50


async def test_every_datagram_is_taken_by_the_library(samples: Path, flavour: Flavour) -> None:
    """Each of them, as the answer to the request it belongs to, by UDP or Modbus TCP as it was captured."""
    taken = 0
    for path in _files(samples):
        family, kind = path.parent.name.upper(), _kind(path.stem)
        tcp = "_tcp_" in path.stem
        text = "".join(path.read_text(encoding="ascii").split())
        inverter = CapturedInverter(family, {kind: text}, tcp=tcp)
        with serve(inverter, protocol="tcp" if tcp else "udp") as served:
            await _ask(flavour, served, inverter, tcp=tcp)
            taken += 1

    assert taken == len(_files(samples))


async def _ask(flavour: Flavour, served: Any, inverter: CapturedInverter, *, tcp: bool) -> None:
    from openpower_goodwe.local.client.adapter import Link
    from openpower_goodwe.local.client.transport import TcpExchange, UdpExchange

    host, port = served.options["host"], served.options["port"]
    exchange = TcpExchange(host, port) if tcp else UdpExchange(host, port)
    link = Link(exchange, inverter.unit, tcp=tcp, tries=1)
    for first, count in inverter.modbus:
        assert len(await link.read(first, count)) >= 2 * count
    for function in inverter.aa55:
        assert await link.frame(f"{function:04x}00", f"{function | 0x80:04X}")


def _kind(stem: str) -> str:
    kinds = (
        "battery2_info_extended",
        "battery_info",
        "device_info",
        "discovery",
        "eco_mode_v1",
        "eco_mode_v2",
        "meter_data",
        "mppt_data",
        "running_data",
    )
    return next(kind for kind in kinds if kind in stem)


def _flows(samples: Path, name: str) -> Any:
    from openpower_goodwe.local.models import Facts, RuntimeData

    decoded = _decoded(samples, name)
    values = dict(decoded["sensors"])
    stamp = values.get("timestamp")
    if stamp:
        values["timestamp"] = datetime.fromisoformat(stamp)
    facts = Facts(family=Family(decoded["family"]), serial=decoded["serial"], rated_w=decoded["rated_power"])
    return RuntimeData(values), facts


def test_a_charging_hybrid_at_noon(samples: Path) -> None:
    """GW10K-ET, 2021-08-22: 3456 W from PV, 2512 W into the battery, 3 W from the grid, 947 W in the house."""
    data, facts = _flows(samples, "GW10K-ET")
    inverter = mapping.to_inverter_reading(data, facts, STAMP)
    battery = mapping.to_battery_reading(data, facts, STAMP)
    meter = mapping.to_meter_reading(data, facts, STAMP)

    assert (inverter.pv_w, inverter.load_w, inverter.temperature_c) == (3456, 947, 58.7)
    assert inverter.pv_strings_w == (1695, 1761)
    assert (battery.charging_w, battery.soc_pct, battery.soh_pct) == (2512, 68, 99)
    assert battery.temperature_c == 35.0
    assert (meter.importing_w, meter.exporting_w) == (3, 0)
    assert meter.phases_w[0] == 57
    assert inverter.pv_energy is not None
    assert (inverter.pv_energy.total_kwh, inverter.pv_energy.today_kwh) == (6085.3, 12.5)
    assert battery.charge_energy is not None
    assert battery.charge_energy.today_kwh == 5.3
    assert meter.import_energy is not None
    assert meter.import_energy.total_kwh == 3254.462


def test_exports_are_negative(samples: Path) -> None:
    """GW20K-ET, 2026-03-29: 1556 W into the grid."""
    data, facts = _flows(samples, "GW20K-ET")
    meter = mapping.to_meter_reading(data, facts, STAMP)

    assert (meter.power_w, meter.exporting_w) == (-1556, 1556)


@pytest.mark.parametrize("name", ["GW10K-ET", "GW10K-ET_fw1023", "GW20K-ET", "GW25K-ET"])
def test_the_balance_is_the_librarys(samples: Path, name: str) -> None:
    """What is left for the house is what the library computes as well."""
    data, facts = _flows(samples, name)
    seen = mapping.to_flows(data, facts)

    assert seen.load_w == data["house_consumption"]
    assert seen.pv_w is not None
    assert seen.battery_w is not None
    assert seen.grid_w is not None
    assert seen.pv_w + seen.battery_w + seen.grid_w == seen.load_w


def test_an_impossible_load_is_not_known(samples: Path) -> None:
    """GW5048-ESA exports 807 W out of 8 W of PV and 11 W of battery: there is another source, so the load is unknown."""
    data, facts = _flows(samples, "GW5048-ESA")
    inverter = mapping.to_inverter_reading(data, facts, STAMP)

    assert data["house_consumption"] == -788
    assert inverter.load_w is None


def test_unknown_is_not_zero(samples: Path) -> None:
    """GW8K-DT reports no counters (all bits set), GW5048-EM no state of health: None, and never 0."""
    data, facts = _flows(samples, "GW8K-DT")
    em, em_facts = _flows(samples, "GW5048-EM")

    assert mapping.to_inverter_reading(data, facts, STAMP).pv_energy is None
    assert mapping.to_battery_reading(em, em_facts, STAMP).soh_pct is None


def test_without_a_meter_there_is_none(samples: Path) -> None:
    """Nor a load, nor a battery."""
    data, facts = _flows(samples, "GW20KAU-DT")

    assert not mapping.has_meter(data, facts)
    assert not mapping.has_battery(data)
    assert mapping.to_inverter_reading(data, facts, STAMP).load_w is None


@pytest.mark.parametrize(("name", "kind"), [("eco_mode_v1", SlotKind.V1), ("eco_mode_v2", SlotKind.PERCENT)])
def test_captured_eco_slots(samples: Path, name: str, kind: SlotKind) -> None:
    """All day, every day, 20 % discharge: read, and written the same."""
    raw = bytes.fromhex(_read(samples, "et", name))[5:-2]
    slot = decode(raw)

    assert slot is not None
    assert (slot.kind, slot.start_minute, slot.end_minute, slot.power_pct) == (kind, 0, 1439, 20)
    assert len(slot.days) == 7
    assert encode(slot) == raw
