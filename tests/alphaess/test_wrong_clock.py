"""The machine's clock is wrong or set meanwhile: what ends goes by the vendor's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.clock import Clock
from openpower_core.writes import WriteState
from tests.alphaess.conftest import Emulated, Quirks, ok
from tests.alphaess.test_way_back import Owner

NOON = datetime(2026, 1, 13, 11, tzinfo=UTC)  # Tuesday 12:00 in Berlin
THREE = NOON + timedelta(hours=3)
OFFSETS = [timedelta(minutes=10), timedelta(days=1), timedelta(days=3652)]
SIGNED = [sign * offset for offset in OFFSETS for sign in (1, -1)]


class WrongClock:
    """A machine's clock beside the right one."""

    def __init__(self, right: Clock, ahead: timedelta) -> None:
        self.right, self.ahead, self.slept_s = right, ahead, 0.0

    def now(self) -> datetime:
        return self.right.now() + self.ahead

    def monotonic(self) -> float:
        return self.right.monotonic() - self.slept_s

    def sleep(self, seconds: float) -> None:
        self.right.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        await self.right.asleep(seconds)


@pytest.fixture(params=["legacy", "periodic"])
def noon(request: pytest.FixtureRequest, kind: str) -> Emulated:
    return Emulated(kind, Quirks(generation=request.param), NOON)


async def due(home: Any) -> list[Any]:
    return list(await ok(home.writer.release_due()))


@pytest.mark.parametrize("ahead", SIGNED, ids=str)
@pytest.mark.parametrize("set_meanwhile", [False, True], ids=["always wrong", "set meanwhile"])
async def test_a_command_ends_when_the_vendors_clock_says_so(
    noon: Emulated, ahead: timedelta, set_meanwhile: bool
) -> None:
    clock = WrongClock(noon.clock, timedelta(0) if set_meanwhile else ahead)
    owner = Owner(noon)
    before = owner.stored
    home = noon.connect(clock=clock)
    battery = await ok(home.battery())
    await ok(battery.charge(target_soc_pct=90, until=THREE, unattended=True))
    clock.ahead = ahead
    during = owner.stored

    noon.clock.advance(timedelta(hours=2, minutes=50))
    early = await due(home)
    noon.clock.advance(timedelta(minutes=10))
    released = await due(home)
    await ok(battery.release())

    assert during != before
    assert not early
    assert [receipt.operation for receipt in released] == ["release"]
    assert owner.stored == before


@pytest.mark.parametrize("ahead", SIGNED, ids=str)
async def test_a_charge_that_begins_now_begins_now(noon: Emulated, ahead: timedelta) -> None:
    """The window is on the system's wall clock, which is the vendor's."""
    right, wrong = (noon.connect(clock=clock) for clock in (noon.clock, WrongClock(noon.clock, ahead)))

    plans = [
        await ok((await ok(home.battery())).charge(target_soc_pct=90, until=THREE, unattended=True, dry_run=True))
        for home in (right, wrong)
    ]

    assert plans[0].calls == plans[1].calls
    assert plans[1].state is WriteState.PLANNED


async def test_a_machine_that_slept_releases_when_it_wakes(noon: Emulated) -> None:
    """The monotonic clock stands still meanwhile."""
    clock = WrongClock(noon.clock, timedelta(0))
    owner = Owner(noon)
    before = owner.stored
    home = noon.connect(clock=clock)
    battery = await ok(home.battery())
    await ok(battery.charge(target_soc_pct=90, until=THREE, unattended=True))

    noon.clock.advance(timedelta(hours=4))
    clock.slept_s = 4 * 3600.0
    released = await due(home)
    await ok(battery.release())

    assert [receipt.operation for receipt in released] == ["release"]
    assert owner.stored == before
