"""Parts fail alone: a block of registers that is refused, silent or busy costs its own figures, and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import attrs
import pytest

from openpower_core.capabilities import Feature
from openpower_core.control import Schedule, Window
from openpower_core.errors import BadResponse, PartialData
from openpower_core.readings import InverterStatus, Stamp
from openpower_goodwe.local import Facts, Family, RuntimeData, mapping
from openpower_goodwe.local.control import registers
from openpower_goodwe.local.control.program import ControlState
from openpower_goodwe.local.emulator import EmulatedET, ServedInverter
from openpower_simulation import Plant

from .conftest import FRESH, Flavour, ok

Make = Callable[..., ServedInverter]
BIG: dict[str, Any] = {"batteries": (1, 2), "plant": Plant(ev=False, inverter_w=30_000)}
BREAKS = [
    pytest.param(2, id="refused"),
    pytest.param(6, id="busy"),
    pytest.param(4, id="failed"),
    pytest.param(None, id="silent"),
]
# Block by block: of which inverter, and the sensors that it costs.
BLOCKS = [
    ("ET", 36000, {}, "meter_active_power_total"),
    ("ET", 37000, {}, "battery_soc"),
    ("ET", 35262, BIG, "pbattery2"),
    ("ET", 39000, BIG, "battery2_soc"),
    ("ET 745", 35301, {"trackers": 6}, "pmppt5"),
    ("DT", 30195, {}, "meter_active_power"),
]
# What the devices lose with each block; the rest of their figures stays.
LOST = {
    36000: {"meter": {"import_energy", "export_energy", "phases_w"}},
    37000: {"battery": {"soc_pct", "soh_pct", "temperature_c"}},
    35262: {"battery": {"power_w"}, "inverter": {"load_w"}},
    39000: {"battery": {"soc_pct"}},
    35301: {"inverter": {"pv_w", "load_w"}},
    30195: {"meter": {"power_w", "import_energy", "export_energy"}, "inverter": {"load_w"}},
}


def _break(served: ServedInverter, first: int, code: int | None) -> None:
    if code is None:
        served.mute = {first}
    else:
        served.refused = {first: code}


@pytest.mark.parametrize(("kind", "first", "options", "sensor"), BLOCKS)
@pytest.mark.parametrize("code", BREAKS)
async def test_a_block_costs_its_own_sensors(
    make: Make, flavour: Flavour, kind: str, first: int, options: dict[str, Any], sensor: str, code: int | None
) -> None:
    """Everything else reads the same, what is broken is None, and it comes back at the next reading."""
    served = make(kind, **options)
    client = flavour.client(served, min_poll=0.0, answer_within=0.1)
    whole = await ok(client.read_runtime_data())
    _break(served, first, code)
    broken = await ok(client.read_runtime_data())
    served.mute, served.refused = set(), {}
    again = await ok(client.read_runtime_data())
    await flavour.close(client)

    lost = {name for name, value in broken.items() if value is None and whole[name] is not None}
    assert sensor in lost
    assert {**whole, **again} == dict(again)
    derived = {"house_consumption"}
    assert set(broken.failures) == {first}
    assert not whole.failures
    assert not again.failures
    for name, value in broken.items():
        assert name in lost | derived or value == whole[name]


@pytest.mark.parametrize(("kind", "first", "options", "sensor"), BLOCKS)
@pytest.mark.parametrize("code", BREAKS)
async def test_readings_name_what_is_broken(
    make: Make,
    flavour: Flavour,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    first: int,
    options: dict[str, Any],
    sensor: str,
    code: int | None,
) -> None:
    """An issue for each figure that is lost; the others read the same; told once, and once when it is back."""
    served = make(kind, **options)
    flavour.clock.advance(timedelta(hours=3))
    home = flavour.connect(served, min_poll=0.0, answer_within=0.1)
    devices = await ok(home.devices())
    whole = [await ok(device.read(max_age=FRESH)) for device in devices]
    _break(served, first, code)
    with caplog.at_level("INFO", logger="openpower"):
        for _ in range(2):
            broken = [await ok(device.read(max_age=FRESH)) for device in devices]
        served.mute, served.refused = set(), {}
        again = [await ok(device.read(max_age=FRESH)) for device in devices]
    await flavour.close(home)

    named = f"registers from {first} on"
    for device, before, during in zip(devices, whole, broken, strict=True):
        lost = LOST[first].get(device.info.role, set())
        assert {issue.field for issue in during.issues if named in issue.reason} == lost
        assert all(getattr(during, name) in (None, ()) for name in lost)
        derived = {"load_includes_ev"} | ({"pv_strings_w"} if first == 35301 else set())
        kept = [name for name in _figures(before) if name not in lost | derived]
        assert [getattr(during, name) for name in kept] == [getattr(before, name) for name in kept]
    assert [record.levelname for record in caplog.records if named in record.message] == ["WARNING", "INFO"]
    assert [_figures(reading) for reading in again] == [_figures(reading) for reading in whole]


def _figures(reading: Any) -> dict[str, Any]:
    fields: Any = attrs.fields(type(reading))
    return {each.name: getattr(reading, each.name) for each in fields if each.name not in ("stamp", "issues", "raw")}


@pytest.mark.parametrize("first", [35262, 39000])
@pytest.mark.parametrize("code", BREAKS)
async def test_a_second_battery_that_fails_at_first_is_not_believed_away(
    make: Make, flavour: Flavour, first: int, code: int | None
) -> None:
    """Refused once, busy or silent at the first reading: the power and level of one battery do not pass for both."""
    served = make(**BIG)
    home = flavour.connect(served, min_poll=0.0, answer_within=0.1)
    if code == 2:
        # Once only: the register is asked for again at once.
        served.faults.add("refused", code=2, skip=4)
    else:
        _break(served, first, code)
    battery = await ok(home.battery())
    failures = home.failures
    reading = await ok(battery.read())
    served.mute, served.refused = set(), {}
    again = await ok(battery.read(max_age=FRESH))
    inverter: Any = served.inverter
    house = inverter.house.at(flavour.clock.now())
    await flavour.close(home)

    assert again.power_w == pytest.approx(house.battery_w, abs=1)
    if code != 2:
        field, other = ("power_w", "soc_pct") if first == 35262 else ("soc_pct", "power_w")
        assert getattr(reading, field) is None
        assert field in {issue.field for issue in reading.issues}
        assert [str(first) in failure.part for failure in failures] == [True]
        assert getattr(reading, other) == getattr(again, other)
    assert not again.issues
    assert None not in (again.power_w, again.soc_pct)


async def test_what_stays_silent_is_missing_after_a_while(make: Make, flavour: Flavour) -> None:
    """Some firmware is silent where others refuse: after three readings it is asked for now and then."""
    served = make("DT")
    served.mute = {30195}
    client = flavour.client(served, min_poll=0.0, answer_within=0.05)
    failures = [dict((await ok(client.read_runtime_data())).failures) for _ in range(4)]
    served.mute = set()
    flavour.clock.advance(timedelta(minutes=11))
    back = await ok(client.read_runtime_data())
    await flavour.close(client)

    assert [set(each) for each in failures] == [{30195}, {30195}, set(), set()]
    assert back["meter_active_power"] is not None


@pytest.mark.parametrize(
    ("serial", "kind", "trackers"),
    [("98600NAF255L0001", "ET", 4), ("9010KHSB21AW0001", "ET", 4), ("9010KETT231W0001", "ET 745", 6)],
)
async def test_all_strings_are_read(make: Make, flavour: Flavour, serial: str, kind: str, trackers: int) -> None:
    """Four and more trackers, also where the library does not know the model: 5,000 W are not 2,000 W."""
    served = make(kind, serial=serial, trackers=trackers)
    flavour.clock.advance(timedelta(hours=4))
    home = flavour.connect(served, min_poll=0.0)
    inverter = await ok(home.inverter())
    noon = await ok(inverter.read(max_age=FRESH))
    emulated: Any = served.inverter
    pv = emulated.house.at(flavour.clock.now()).pv_w
    flavour.clock.advance(timedelta(hours=12))
    night = await ok(inverter.read(max_age=FRESH))
    await flavour.close(home)

    assert noon.pv_w == pytest.approx(pv, abs=1)
    assert len(noon.pv_strings_w) == trackers
    assert sum(noon.pv_strings_w) == noon.pv_w > 1000
    assert not noon.issues
    assert night.pv_w == 0
    assert len(night.pv_strings_w) == min(4, trackers)


@pytest.mark.parametrize("code", BREAKS)
async def test_what_was_missing_at_first_is_found(make: Make, flavour: Flavour, code: int | None) -> None:
    """After a while, or at once by devices(refresh=True): a probe that failed is no answer."""
    served = make("DT")
    home = flavour.connect(served, min_poll=0.0)
    _break(served, 30195, code)
    first = await ok(home.devices())
    served.mute, served.refused = set(), {}
    later = await ok(home.devices(refresh=True))
    await flavour.close(home)

    assert [device.info.role for device in first] == ["inverter"]
    assert [device.info.role for device in later] == ["inverter", "meter"]


async def test_what_was_never_there_is_asked_for_now_and_then(make: Make, flavour: Flavour) -> None:
    """Not at each reading: the inverter has little time."""
    served = make("DT", meter=False)
    client = flavour.client(served, min_poll=0.0)
    await ok(client.read_runtime_data())
    served.log.clear()
    await ok(client.read_runtime_data())
    few = served.log.count
    flavour.clock.advance(timedelta(minutes=11))
    await ok(client.read_runtime_data())
    await flavour.close(client)

    assert (few, served.log.count) == (1, 3)


@pytest.mark.parametrize("batteries", [(1,), (2,), (1, 2)])
async def test_batteries_at_either_connection(make: Make, flavour: Flavour, batteries: tuple[int, ...]) -> None:
    """One at the second connection only is a battery; two are one."""
    served = make(**(BIG | {"batteries": batteries}))
    home = flavour.connect(served, min_poll=0.0)
    flavour.clock.advance(timedelta(hours=12))
    battery = await ok(home.battery())
    reading = await ok(battery.read(max_age=FRESH))
    inverter: Any = served.inverter
    house = inverter.house.at(flavour.clock.now())
    await flavour.close(home)

    assert reading.power_w == pytest.approx(house.battery_w, abs=1)
    assert reading.soc_pct == pytest.approx(house.soc_pct, abs=0.6)
    assert (reading.soh_pct, reading.temperature_c) == (99, 23.5)


@pytest.mark.parametrize("first", [35262, 39000])
async def test_half_of_two_batteries_is_not_known(make: Make, flavour: Flavour, first: int) -> None:
    """The power or level of one battery does not pass for that of both."""
    served = make(**BIG)
    home = flavour.connect(served, min_poll=0.0)
    battery = await ok(home.battery())
    served.refused = {first: 6}
    reading = await ok(battery.read(max_age=FRESH))
    await flavour.close(home)

    assert (reading.power_w is None) is (first == 35262)
    assert (reading.soc_pct is None) is (first == 39000)


@pytest.mark.parametrize("code", [2, 4, 6])
async def test_a_probe_that_failed_does_not_choose_the_slots(make: Make, flavour: Flavour, code: int) -> None:
    """47547 refused once at connect: the slots are those of the firmware all the same."""
    served = make()
    inverter: Any = served.inverter
    older = bytes(inverter.registers.read(47000, 1))
    client = flavour.client(served)
    served.refused = {47547: code}
    lasting = await ok(client.read_device_info())
    served.refused = {}
    facts = await ok(client.read_device_info()) if not lasting.slots_known else lasting
    await flavour.close(client)

    # Refused each time as a register that does not exist, it does not exist; else it is not known, and asked again.
    assert (lasting.slots_known, lasting.slots_at) == (code == 2, 47515)
    assert facts.slots_at == (47515 if code == 2 else 47547)
    assert older == bytes(2)


async def test_refused_once_it_is_asked_again(make: Make, flavour: Flavour) -> None:
    """By a single refusal nothing is believed, and schedules need to know."""
    served = make()
    client = flavour.client(served)
    served.faults.add("refused", code=2, skip=1)
    facts = await ok(client.read_device_info())
    await flavour.close(client)
    home = flavour.connect(served)
    served.refused = {47547: 6}
    battery = await ok(home.battery())
    missing = [failure.part for failure in home.failures]
    with pytest.raises(PartialData, match="which eco slots"):
        await ok(battery.charge(target_soc_pct=90))
    with pytest.raises(PartialData, match="which eco slots"):
        await ok(home.native.set_operation_mode(98))
    with pytest.raises(PartialData, match="which eco slots"):
        await ok(home.native.write_setting("eco_mode_1", bytes(8)))
    windows = [Window(start="01:00", end="02:00", mode="charge")]
    with pytest.raises(PartialData, match="which eco slots"):
        await ok(battery.schedule())
    with pytest.raises(PartialData, match="which eco slots"):
        await ok(battery.set_schedule(Schedule(windows=windows)))
    served.refused = {}
    await ok(home.devices(refresh=True))
    battery = await ok(home.battery())
    receipt = await ok(battery.set_schedule(Schedule(windows=windows)))
    await flavour.close(home)

    assert facts.slots_at == 47547
    assert ["eco slots" in part for part in missing] == [True]
    assert not home.failures
    assert Feature.SET_SCHEDULE in battery.capabilities
    assert [call.method for call in receipt.calls] == ["eco_mode_1", "work_mode"]


def test_slots_of_one_size_are_never_written_over_the_other() -> None:
    """A restore point with slots of 12 bytes, on firmware that seems to have 8: nothing is sent."""
    state = ControlState(work_mode=0, slots=(bytes(12),) * 4)
    facts = Facts(family=Family.ET, serial="9010KETU00000000", slots_at=47515, slot_bytes=8)
    desired = state.with_fields({"eco_mode_1": "01" * 12})
    with pytest.raises(BadResponse, match="12 bytes"):
        registers.changes(facts, desired, state)
    with pytest.raises(PartialData):
        registers.changes(attrs.evolve(facts, slots_known=False), desired, state)


async def test_a_new_firmware_is_seen_on_refresh(make: Make, flavour: Flavour) -> None:
    """What an inverter is and has is asked again by devices(refresh=True)."""
    served = make("ET v1")
    home = flavour.connect(served)
    first = await ok(home.native.read_device_info())
    newer = EmulatedET(clock=flavour.clock, serial=first.serial, firmware=19)
    served.inverter = newer
    await ok(home.devices(refresh=True))
    second = await ok(home.native.read_device_info())
    await flavour.close(home)

    assert [(each.slots_at, each.slot_bytes) for each in (first, second)] == [(47515, 8), (47547, 12)]


STAMP = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("register", "power"), [(0x0000FF38, -200), (-200, -200), (9000, 9000), (0x7FFFFFFF, None), (0xFFFF, None)]
)
def test_nothing_impossible_is_a_power(register: int, power: float | None) -> None:
    """35264 and 35265 as 0000 ff38 are -200 W; registers without a value are no power."""
    values = {"battery_mode": 3, "battery2_mode": 3, "pbattery1": 0, "pbattery2": register, "battery_soc": 50}
    facts = Facts(family=Family.ET, serial="9025KETT00000000", rated_w=25_000)
    assert mapping.to_battery_reading(RuntimeData(values), facts, STAMP).power_w == power


HUGE: dict[str, Any] = {"batteries": (1, 2), "plant": Plant(ev=False, inverter_w=40_000)}
# Some registers, and the figures that they cost; the table below is generated, these come from the vendor's.
COSTS = {
    "DT": {30195: "power_w", 30197: "export_energy", 30199: "import_energy", 30127: "ac_w", 30124: "frequency_hz"},
    "ES": {
        0: "pv_w",
        2: "pv_w",
        10: "power_w",
        18: "power_w",
        38: "power_w",
        80: "power_w",
        26: "soc_pct",
        30: "power_w",
    },
    "ET": {35140: "power_w", 35182: "power_w", 35138: "ac_w", 35105: "pv_w", 37007: "soc_pct", 37008: "soh_pct"},
}


@pytest.mark.parametrize(
    ("kind", "options"),
    [("DT", {}), ("DT 1", {}), ("ES", {}), ("ET", {}), ("ET", HUGE), ("ET 745", {"trackers": 6})],
    ids=["DT", "DT one phase", "ES", "ET", "ET two batteries", "ET six trackers"],
)
@pytest.mark.parametrize("first", [0xFF, 0x7F], ids=["all bits", "all but the sign"])
async def test_unset_registers_are_no_figures(
    make: Make, flavour: Flavour, kind: str, options: dict[str, Any], first: int
) -> None:
    """Each register of the library's tables, by its width: what it costs is None and named, never another number.

    And each figure that a reading publishes is lost by some register.
    """
    served = make(kind, **options)
    flavour.clock.advance(timedelta(hours=4))
    home = flavour.connect(served, min_poll=0.0)
    devices = {device.info.role: device for device in await ok(home.devices())}
    before = {role: _parts(await ok(device.read(max_age=FRESH))) for role, device in devices.items()}
    never = {(role, name) for role, parts in before.items() for name, value in parts.items() if _is_known(value)}
    costs: dict[int, set[str]] = {}
    for at, size in _registers(home.native.inverter):
        pattern = bytes([first]) + b"\xff" * (size - 1) if size > 1 else b"\xff"
        with _unset(served, at, pattern):
            await ok(home.native.read_runtime_data(max_age=FRESH))
            for role, device in devices.items():
                reading = await ok(device.read(max_age=60))
                lost = _lost(before[role], _parts(reading), reading.issues)
                never -= {(role, name) for name in lost}
                costs.setdefault(at, set()).update(name.partition(".")[0] for name in lost)
    await flavour.close(home)

    assert not {each for each in never if each[1] != "load_includes_ev"}
    for at, figure in COSTS[kind[:2]].items():
        # Above 30 kW the grid's power is the one of 32 bits.
        assert figure in costs[36025 if at == 35140 and options is HUGE else at]


async def test_a_string_that_was_there_is_not_forgotten(make: Make, flavour: Flavour) -> None:
    """Wholly unset after it had shown itself, it is unknown, and so is the sum; one that never did is not there."""
    served = make(serial="98600NAF255L0001", trackers=4)
    flavour.clock.advance(timedelta(hours=4))
    home = flavour.connect(served, min_poll=0.0)
    inverter = await ok(home.inverter())
    with _unset(served, 35115, b"\xff" * 8):
        lost = await ok(inverter.read(max_age=FRESH))
    back = await ok(inverter.read(max_age=FRESH))
    await flavour.close(home)

    assert (lost.pv_w, lost.load_w, lost.pv_strings_w[3]) == (None, None, None)
    assert {issue.field for issue in lost.issues} == {"pv_w", "pv_strings_w", "load_w"}
    assert sum(back.pv_strings_w) == back.pv_w > 1000


def _lost(before: dict[str, Any], now: dict[str, Any], issues: tuple[Any, ...]) -> set[str]:
    """The figures that are missing, each of which is named, and no other; none is another number."""
    lost = {name for name, value in now.items() if value != before[name]}
    named = {issue.field for issue in issues if "holds no value" in issue.reason}
    for name in lost:
        assert not _is_known(now[name]), (name, now[name], before[name])
    assert named == lost - {"load_includes_ev"}, (named, lost)
    return lost


def _is_known(value: Any) -> bool:
    return value not in (None, (), InverterStatus.UNKNOWN) and not (isinstance(value, tuple) and None in value)


def _parts(reading: Any) -> dict[str, Any]:
    """A reading's figures by name, those of counters one by one."""
    found: dict[str, Any] = {"stamp.measured_at": reading.stamp.measured_at}
    for name, value in _figures(reading).items():
        if name.endswith("_energy"):
            found |= {f"{name}.{part}": getattr(value, part, None) for part in ("total_kwh", "today_kwh")}
        else:
            found[name] = value
    return found


def _registers(inverter: Any) -> list[tuple[int, int]]:
    """Where each sensor of the library reads, and how many bytes; of those that are computed, all that they need."""
    found: set[tuple[int, int]] = set()
    # sensors() gives one of those that are in two places.
    tables = [
        table for name, table in vars(inverter).items() if name.startswith("_sensors") and isinstance(table, tuple)
    ]
    for sensor in (*inverter.sensors(), *chain(*tables)):
        seen = _Reads()
        with suppress(ValueError, TypeError):
            sensor.read(seen)
        found |= {(at, size) for at, size in seen.sizes.items() if size}
    return sorted(found)


class _Reads:
    """What the library takes for a response, and notes where it reads."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self._at = 0

    def seek(self, address: int) -> None:
        self._at = address

    def read(self, size: int) -> bytes:
        self.sizes[self._at] = self.sizes.get(self._at, 0) + size
        return bytes(size)


@contextmanager
def _unset(served: ServedInverter, at: int, pattern: bytes) -> Iterator[None]:
    emulated: Any = served.inverter
    modbus, blob = emulated._modbus, getattr(emulated, "_blob", None)

    def with_pattern(data: bytes, place: int) -> bytes:
        inside = 0 <= place < len(data)
        return (data[:place] + pattern + data[place + len(pattern) :])[: len(data)] if inside else data

    def other(request: Any) -> Any:
        return with_pattern(modbus(request), 2 * (at - request.first))

    emulated._modbus = other
    if blob:
        emulated._blob = lambda: with_pattern(blob(), at)
    try:
        yield
    finally:
        emulated._modbus = modbus
        if blob:
            emulated._blob = blob


async def test_a_block_that_is_refused_is_asked_for_once_a_reading(make: Make, flavour: Flavour) -> None:
    """Also the battery's, which is never believed away."""
    served = make()
    client = flavour.client(served, min_poll=0.0)
    served.refused = {37000: 2}
    for _ in range(2):
        served.log.clear()
        failures = (await ok(client.read_runtime_data())).failures
        assert [str(asked) for asked in served.log.asked].count("read 37000×24") == 1
        assert 37000 in failures
    await flavour.close(client)


@pytest.mark.parametrize(
    ("ppv", "ac", "marked"), [(165, 295, True), (574, 643, False), (5151, 4957, False), (0, 900, True)]
)
def test_no_inverter_gives_more_than_it_gets(ppv: int, ac: int, *, marked: bool) -> None:
    """GW5000-MS, GW8K-DT and GW20KAU-DT as captured: beyond the 0.1 A steps of its strings' currents it is marked."""
    values = {"ppv1": ppv, "vpv1": 790.0, "total_inverter_power": ac}
    facts = Facts(family=Family.DT, serial="00000DTS00000000", rated_w=8000)
    reading = mapping.to_inverter_reading(RuntimeData(values), facts, STAMP)

    assert (reading.pv_w, reading.ac_w) == (ppv, ac)
    assert [issue.field for issue in reading.issues] == (["ac_w"] if marked else [])


def test_a_second_battery_that_tells_no_level_is_named() -> None:
    """GW25K-ET as captured: registers from 35262 on show a second battery, and those from 39000 on do not exist."""
    values = {"battery_mode": 2, "pbattery1": 0, "battery_soc": 100, "battery2_mode": 3, "pbattery2": -1254}
    facts = Facts(family=Family.ET, serial="9025KETT00000000", rated_w=25_000)
    reading = mapping.to_battery_reading(RuntimeData(values), facts, STAMP)

    assert (reading.power_w, reading.soc_pct) == (-1254, None)
    assert [issue.field for issue in reading.issues] == ["soc_pct"]


async def test_a_battery_refused_at_connect_is_named(make: Make, flavour: Flavour) -> None:
    """And refresh alone brings it back, also while the reading before is young enough to be given again."""
    served = make()
    served.refused = {37000: 2}
    home = flavour.connect(served)
    battery = await ok(home.battery())
    lost = home.failures
    reading = await ok(battery.read())
    served.refused = {}
    await ok(home.devices(refresh=True))
    back, again = home.failures, await ok((await ok(home.battery())).read())
    await flavour.close(home)

    assert ["37000" in each.part for each in lost] == [True]
    assert {issue.field for issue in reading.issues} >= {"soc_pct", "soh_pct", "temperature_c"}
    assert not back
    assert None not in (again.soc_pct, again.soh_pct, again.temperature_c)
