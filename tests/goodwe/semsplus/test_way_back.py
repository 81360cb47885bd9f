"""The five ways in which a battery was once left stranded, over SEMS+: release() puts back what was there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from openpower_core.errors import RateLimited, WriteNotConfirmed, WriteRejected
from openpower_core.writes import CallFate, WriteState
from openpower_goodwe.semsplus.control.settings import MIN_SOC
from openpower_simulation.emulation import FaultKind

from .conftest import Flavour, ok

SET, PARAMETERS = "set", "setDeviceFunctionParameters"
COMMANDS = [("charge", PARAMETERS), ("export", SET)]
LONGEST = timedelta(minutes=6)


def held(flavour: Flavour) -> dict[str, Any]:
    """All that the inverter holds."""
    station = flavour.emulator.station
    station.settle(flavour.clock.now())
    return {**station.registers.values}


async def command(flavour: Flavour, battery: Any, mode: str, **options: Any) -> Any:
    """Carry it out for three hours; the receipt also where it raises."""
    until = flavour.clock.now() + timedelta(hours=3)
    try:
        return await ok(getattr(battery, mode)(power_w=1500, until=until, unattended=True, **options))
    except (WriteNotConfirmed, WriteRejected) as error:
        return error.receipt


async def released(flavour: Flavour, battery: Any) -> None:
    """Release it until it says that it is done, and nothing is left to be put back."""
    for _ in range(5):
        receipt = await ok(battery.release())
        flavour.clock.advance(LONGEST)
        if receipt.state is WriteState.UNCHANGED:
            break
    assert (await ok(battery.release())).state is WriteState.UNCHANGED
    assert await ok(battery.discard_restore_point()) == 0


@pytest.mark.parametrize(("mode", "path"), COMMANDS)
async def test_others_keep_what_they_changed(flavour: Flavour, home: Any, mode: str, path: str) -> None:
    """Somebody sets the reserve in the app: it stays, and the command ends all the same."""
    battery = await ok(home.battery())
    before = held(flavour)
    await command(flavour, battery, mode, confirm="readback")
    flavour.emulator.station.write({MIN_SOC: 35}, flavour.clock.now())
    await released(flavour, battery)

    assert path in flavour.writes
    assert held(flavour) == before | {MIN_SOC: 35}


@pytest.mark.parametrize(("mode", "path"), COMMANDS)
@pytest.mark.parametrize("minutes", [4, 20])
async def test_it_shows_late(flavour: Flavour, home: Any, mode: str, path: str, minutes: int) -> None:
    """Within the longest known delay it is confirmed; after that it can be released all the same."""
    battery = await ok(home.battery())
    before = held(flavour)
    flavour.emulator.station.quirks.shows_after = timedelta(minutes=minutes)
    receipt = await command(flavour, battery, mode, confirm="readback")
    flavour.emulator.station.quirks.shows_after = None
    flavour.clock.advance(timedelta(minutes=20))
    between = held(flavour)
    await released(flavour, battery)

    assert path in flavour.writes
    assert receipt.state is (WriteState.CONFIRMED if minutes == 4 else WriteState.NOT_APPLIED)
    assert between != before
    assert held(flavour) == before


@pytest.mark.parametrize("mode", ["charge", "export"])
@pytest.mark.parametrize("jump", [timedelta(minutes=10), timedelta(days=1)])
@pytest.mark.parametrize("back", [False, True])
async def test_the_clock_jumps(flavour: Flavour, home: Any, mode: str, jump: timedelta, *, back: bool) -> None:
    """Right after the write, as NTP does: the release sends what was there, and waits for nobody."""
    battery = await ok(home.battery())
    before = held(flavour)
    await command(flavour, battery, mode)
    began, asked = flavour.clock.monotonic(), len(flavour.calls)
    flavour.clock.jump(-jump if back else jump)
    receipt = await ok(battery.release(confirm="readback"))

    # Unchanged where the open connection was faster, since the end has come.
    assert receipt.state in (WriteState.CONFIRMED, WriteState.UNCHANGED)
    assert held(flavour) == before
    assert flavour.clock.monotonic() - began <= 7 * 60
    assert len(flavour.calls) - asked <= 50


@pytest.mark.parametrize(("mode", "path"), COMMANDS)
@pytest.mark.parametrize("nth", [0, 1, 2])
@pytest.mark.parametrize("answer", ["P0215", "P0299", "lost", "status"])
async def test_any_answer_to_any_call(flavour: Flavour, home: Any, mode: str, path: str, nth: int, answer: str) -> None:
    """Documented refusals, undocumented codes, a 500 and a lost answer, at the first, second and third call that writes."""
    battery = await ok(home.battery())
    before = held(flavour)
    faults = flavour.emulator.faults
    if nth:
        faults.add(FaultKind.DELAY, path="/" + path, times=nth)
    if answer in ("lost", "status"):
        faults.add(answer, path="/" + path)
    else:
        faults.add(
            FaultKind.STATUS, path="/" + path, status=200, body=f'{{"code": "{answer}", "description": "no"}}'.encode()
        )
    receipt = await command(flavour, battery, mode)
    faults.clear()
    await released(flavour, battery)

    assert receipt.calls
    assert held(flavour) == before


async def test_a_part_is_taken_and_the_rest_refused(flavour: Flavour, home: Any) -> None:
    """PARTIAL names each call's fate; what was taken is taken back, or released where that is lost."""
    battery = await ok(home.battery())
    before = held(flavour)
    faults = flavour.emulator.faults
    faults.add(FaultKind.DELAY, path="/" + SET)
    faults.add(FaultKind.STATUS, path="/" + SET, status=500, times=9)
    receipt = await command(flavour, battery, "export")
    between = held(flavour)
    faults.clear()
    flavour.clock.advance(LONGEST)
    await ok(battery.release(confirm="readback"))

    assert receipt.state is WriteState.PARTIAL
    assert [call.fate for call in receipt.calls][:2] == [CallFate.ACCEPTED, CallFate.UNKNOWN]
    assert between != before
    assert held(flavour) == before
    await released(flavour, battery)


async def test_a_month_to_wait_stops_no_release(flavour: Flavour, home: Any) -> None:
    """A read was answered 429 with Retry-After 2592000: that slows our reads, and the release goes at once."""
    battery = await ok(home.battery())
    before = held(flavour)
    await command(flavour, battery, "charge", confirm="readback")
    flavour.emulator.faults.add(FaultKind.STATUS, status=429, headers={"Retry-After": "2592000"}, times=9)
    with pytest.raises(RateLimited):
        await ok(battery.read(max_age=0))
    flavour.emulator.faults.clear()
    began = flavour.clock.monotonic()
    await ok(battery.release())

    assert flavour.clock.monotonic() - began < 10
    await released(flavour, battery)
    assert held(flavour) == before
