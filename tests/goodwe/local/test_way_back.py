"""Whatever becomes of each request of a write, release() puts every register back that we set and nobody else changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from openpower_core.control import Schedule, Window
from openpower_core.errors import WriteNotConfirmed, WriteRejected
from openpower_core.writes import CallFate, WriteState
from openpower_goodwe.local.emulator import ServedInverter

from .conftest import Flavour, ok

Make = Callable[..., ServedInverter]
# The fault of one request, and what became of that request.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("refused", {"code": 2}),
    ("refused", {"code": 4}),
    ("refused", {"code": 5}),
    ("failed", {"code": 4}),
    ("failed", {"code": 6}),
    ("lost", {}),
    ("answer_lost", {}),
    ("corrupt", {}),
]
COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    ("ET", "charge", {"power_w": 3000}),
    ("ET", "charge", {"target_soc_pct": 80, "power_w": 3000}),
    ("ET", "idle", {}),
    ("ES", "charge", {"power_w": 2000}),
    ("ES v1", "export", {"power_w": 2000}),
]


def settings(served: ServedInverter) -> dict[str, Any]:
    """All that decides what the battery does, as the inverter holds it."""
    inverter: Any = served.inverter
    registers = inverter.registers
    numbers = [at for at in (47000, 47511, 47512, 47545, 47546, 47603, 45356, 0x560) if at in registers]
    found = {str(at): registers[at] for at in numbers} | {"slots": inverter.eco.raw()}
    return found | ({"work_mode": inverter.work_mode} if inverter.family == "ES" else {})


async def released(battery: Any, clock: Any) -> None:
    """Release, again and again until it is done."""
    for _ in range(5):
        try:
            receipt = await ok(battery.release(confirm="readback"))
        except WriteNotConfirmed:
            clock.advance(timedelta(minutes=1))
            continue
        if receipt.state in (WriteState.CONFIRMED, WriteState.UNCHANGED):
            return
        clock.advance(timedelta(minutes=1))
    raise AssertionError("the release is never done")


@pytest.mark.parametrize(("kind", "mode", "options"), COMMANDS)
@pytest.mark.parametrize(("fault", "how"), FAULTS)
@pytest.mark.parametrize(
    ("flavour", "skip"), [("sync", 0), ("sync", 1), ("sync", 2), ("async", 1)], indirect=["flavour"]
)
async def test_release_after_any_fault(
    make: Make,
    flavour: Flavour,
    kind: str,
    mode: str,
    options: dict[str, Any],
    fault: str,
    how: dict[str, Any],
    skip: int,
) -> None:
    """At the first, second or third request that writes; nothing is sent twice by the command."""
    served = make(kind)
    flavour.clock.advance(timedelta(hours=20))
    home = flavour.connect(served, answer_within=0.1)
    battery = await ok(home.battery())
    before = settings(served)
    served.log.clear()
    served.faults.add(fault, writes=True, skip=skip, **how)
    try:
        receipt = await ok(getattr(battery, mode)(**options, unattended=True))
    except (WriteNotConfirmed, WriteRejected) as error:
        receipt = error.receipt
    served.faults.clear()
    await released(battery, flavour.clock)
    await flavour.close(home)

    assert receipt.state in WriteState
    assert settings(served) == before


async def test_a_slot_that_was_written_before_the_rest_was_lost(make: Make, flavour: Flavour) -> None:
    """PARTIAL names each request's fate; one undo is tried, and if that is lost too, the slot is restorable."""
    served = make("ES v1")
    inverter: Any = served.inverter
    inverter.work_mode = 3
    home = flavour.connect(served)
    battery = await ok(home.battery())
    await ok(battery.set_schedule(Schedule(windows=[Window(start=time(1), end=time(5), mode="charge")])))
    inverter.work_mode = 0
    before = settings(served)
    fails = served.faults.add("lost", writes=True, skip=1, times=9)
    with pytest.raises(WriteNotConfirmed) as raised:
        await ok(battery.charge(power_w=2000, unattended=True))
    assert fails.times == 9
    served.faults.clear()
    receipt: Any = raised.value.receipt
    between = settings(served)
    await released(battery, flavour.clock)
    # The undo that was lost counts as late for half a minute: what it left is seen by the release after that.
    flavour.clock.advance(timedelta(minutes=1))
    await released(battery, flavour.clock)
    await flavour.close(home)

    assert receipt.state is WriteState.PARTIAL
    assert [(call.method, call.fate) for call in receipt.calls[:2]] == [
        ("eco_mode_1", CallFate.ACCEPTED),
        ("work_mode", CallFate.UNKNOWN),
    ]
    assert between != before
    assert settings(served) == before


@pytest.mark.parametrize("kind", ["ET", "ES"])
async def test_what_shows_late(make: Make, flavour: Flavour, kind: str) -> None:
    """Half a minute later than it is written: it is found, and the release puts it back."""
    served = make(kind)
    inverter: Any = served.inverter
    home = flavour.connect(served)
    battery = await ok(home.battery())
    before = settings(served)
    inverter.shows_after = timedelta(seconds=25)
    receipt = await ok(battery.charge(power_w=2000, unattended=True, confirm="readback"))
    held = settings(served)
    await released(battery, flavour.clock)
    await flavour.close(home)

    assert receipt.state is WriteState.CONFIRMED
    assert held != before
    assert settings(served) == before


async def test_others_keep_what_they_changed(make: Make, flavour: Flavour) -> None:
    """Somebody sets the reserve and another slot in the app during the command: both stay."""
    served = make("ES")
    inverter: Any = served.inverter
    home = flavour.connect(served)
    battery = await ok(home.battery())
    before = settings(served)
    await ok(battery.charge(power_w=2000, unattended=True))
    theirs = bytes.fromhex("05000600007fff9c00500000")
    inverter.registers.put(0x560, "H", 30)
    inverter.registers.put_bytes(47553, theirs)
    await released(battery, flavour.clock)
    await flavour.close(home)

    assert settings(served) == before | {str(0x560): 30, "slots": [before["slots"][0], theirs, *before["slots"][2:]]}


async def test_a_limit_that_never_shows(make: Make, flavour: Flavour) -> None:
    """A grid-tied inverter whose register always reads 0: the write goes out, and nobody claims to have seen it."""
    served = make("DT")
    inverter: Any = served.inverter
    inverter.registers.put(40327, "H", 1)
    inverter.registers.put(40336, "H", 0)
    inverter.ignored.add(40336)
    home = flavour.connect(served)
    device = await ok(home.inverter())
    served.log.clear()
    receipts = [await ok(device.set_export_limit(limit, confirm="readback")) for limit in (0, 3000)]
    await flavour.close(home)

    assert [receipt.state for receipt in receipts] == [WriteState.UNVERIFIABLE] * 2
    assert [request.first for request in served.log.writes] == [40336, 40336]
