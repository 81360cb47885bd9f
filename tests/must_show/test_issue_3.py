"""What the house does when nothing supervises a command any more: exactly what the receipt said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve
from openpower_core.clock import ManualClock

EVENING = datetime(2026, 1, 12, 21, 7, 30, tzinfo=UTC)  # Monday, 22:07:30 in Berlin
AT_SIX = datetime(2026, 1, 13, 5, 0, tzinfo=UTC)  # Tuesday, 06:00 there
STEP = timedelta(minutes=5)
NOISE_W = 30


@pytest.mark.parametrize(("generation", "days"), [("legacy", 1), ("periodic", 7)])
async def test_the_house_follows_the_receipt(flavour: Any, generation: Any, days: int) -> None:
    """Five minutes by five minutes: the grid charges the battery until six, and not again before ``recurs_at``."""
    clock = ManualClock(EVENING)
    plate = Nameplate(serial=f"ALRECURS{flavour.name:0>5}{generation[0]}")
    system = EmulatedSystem(plate, start=EVENING, quirks=Quirks(generation=generation))
    with serve(Emulator([system], clock=clock)) as served:
        home = flavour.connect("alphaess", clock=clock, **served.options)
        battery = await flavour.ok(home.battery())
        receipt = await flavour.ok(battery.charge(target_soc_pct=95, until=AT_SIX, unattended=True, confirm="readback"))
        await flavour.close(home)  # the controller is gone

    again = receipt.recurs_at
    assert again is not None
    assert (again.astimezone(system.house.plant.zone).hour, again.minute) == (22, 0)
    assert again - receipt.release_due == timedelta(days=days, hours=-8)
    charged = [at for at in _steps(clock.now(), again + timedelta(hours=2)) if _from_grid(system, at)]
    assert charged
    tonight = [at for at in charged if at < receipt.release_due]
    later = [at for at in charged if at >= receipt.release_due]
    assert tonight
    assert later
    assert again <= later[0] <= again + STEP
    assert tonight[-1] < AT_SIX


def _steps(start: datetime, end: datetime) -> list[datetime]:
    return [start + STEP * number for number in range((end - start) // STEP)]


def _from_grid(system: EmulatedSystem, instant: datetime) -> bool:
    """Whether the battery takes more than the sun gives."""
    seen = system.house.at(instant)
    return -seen.battery_w > seen.pv_w + NOISE_W
