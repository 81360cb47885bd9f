"""Parts fail alone: a block of registers that is refused, silent or busy costs its own figures, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.capabilities import Feature
from openpower_core.control import Schedule, Window
from openpower_core.errors import PartialData
from openpower_core.readings import Stamp
from openpower_goodwe.local import Facts, Family, RuntimeData, mapping
from openpower_goodwe.local.emulator import ServedInverter
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
    ("DT", 30195, {}, "meter_active_power"),
]


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
    for name, value in broken.items():
        assert name in lost | derived or value == whole[name]


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
    assert Feature.SET_SCHEDULE in battery.capabilities
    assert [call.method for call in receipt.calls] == ["eco_mode_1", "work_mode"]


STAMP = Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("register", "power"), [(0x0000FF38, -200), (-200, -200), (9000, 9000), (0x7FFFFFFF, None), (0xFFFF, None)]
)
def test_nothing_impossible_is_a_power(register: int, power: float | None) -> None:
    """35264 and 35265 as 0000 ff38 are -200 W; registers without a value are no power."""
    values = {"battery_mode": 3, "battery2_mode": 3, "pbattery1": 0, "pbattery2": register, "battery_soc": 50}
    facts = Facts(family=Family.ET, serial="9025KETT00000000", rated_w=25_000)
    assert mapping.to_battery_reading(RuntimeData(values), facts, STAMP).power_w == power
