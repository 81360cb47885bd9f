"""The five ways in which a battery was once left stranded, on the simulated home: release() puts back what was there."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from openpower_core.control import BatterySettings, Schedule, Window
from openpower_core.errors import BadResponse, Timeout, WriteNotConfirmed, WriteRejected
from openpower_core.writes import WriteState
from openpower_demo.client import World
from openpower_demo.models import Program

VENDORS = [None, "alphaess", "goodwe-sems", "goodwe-local"]
LONGEST = timedelta(minutes=10)


class Owner:
    """The owner's app: what the box holds, shown or not, and changes to it."""

    def __init__(self, home: Any) -> None:
        self.home, self.world = home, home.native._world
        self.world.put(Program(schedule=Schedule(windows=[Window(start=time(1), end=time(3), mode="charge")])))
        self.world.put(BatterySettings(reserve_soc_pct=15.0))
        home.clock.advance(LONGEST)

    @property
    def stored(self) -> Any:
        """All that a command may change."""
        controls = self.home.house.controls
        plan = controls.controller
        limits = controls.max_soc_pct, controls.grid_charge_allowed, controls.max_charge_w, controls.max_discharge_w
        return plan.schedule, plan.command, plan.every_days, controls.reserve_soc_pct, limits


@pytest.fixture(params=VENDORS)
async def home(request: pytest.FixtureRequest, flavour: Any) -> Any:
    """A home that behaves like the vendor, or like itself."""
    options = {} if request.param is None else {"like": request.param}
    home = flavour.home(state_dir=None, **options)
    yield home
    await home.close()


async def charge(home: Any, **options: Any) -> Any:
    until = home.clock.now() + timedelta(hours=3)
    return await home.call("battery", "charge", target_soc_pct=90, until=until, unattended=True, **options)


async def released(home: Any) -> None:
    """Release it until it says that it is done, and nothing is left to be put back."""
    for _ in range(4):
        receipt = await home.call("battery", "release")
        home.clock.advance(LONGEST)
        if receipt.state is WriteState.UNCHANGED:
            break
    assert (await home.call("battery", "release")).state is WriteState.UNCHANGED
    assert await home.call("battery", "discard_restore_point") == 0


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception, *, carried_out: bool) -> None:
    """The next write answers so."""
    put = World.put

    def failing(world: World, value: Any) -> None:
        monkeypatch.setattr(World, "put", put)
        if carried_out:
            put(world, value)
        raise error

    monkeypatch.setattr(World, "put", failing)


async def test_only_the_reserve_is_changed_in_the_app(home: Any) -> None:
    """It stays, and the command does not come back."""
    owner = Owner(home)
    schedule, *_ = before = owner.stored
    await charge(home, confirm="readback")
    owner.world.put(BatterySettings(reserve_soc_pct=35.0))
    during = owner.stored
    home.clock.advance(LONGEST)
    await released(home)

    assert during[1] is not None
    assert owner.stored == (schedule, None, None, 35.0, before[-1])


async def test_the_schedule_is_changed_in_the_app(home: Any) -> None:
    """It stays, and the command ends all the same."""
    owner = Owner(home)
    await charge(home, confirm="readback")
    theirs = Schedule(windows=[Window(start=time(4), end=time(5), mode="charge")])
    plan = home.house.controls.controller
    owner.world.put(Program(schedule=theirs, command=plan.command, every_days=plan.every_days))
    home.clock.advance(LONGEST)
    await released(home)

    assert owner.stored[:3] == (theirs, None, None)


async def test_it_shows_as_late_as_the_vendor(home: Any) -> None:
    """It is confirmed, and released."""
    owner = Owner(home)
    before = owner.stored
    receipt = await charge(home, confirm="readback")
    held = owner.stored
    await released(home)

    assert receipt.state is WriteState.CONFIRMED
    assert held != before
    assert owner.stored == before


@pytest.mark.parametrize("jump", [timedelta(minutes=10), timedelta(days=1), timedelta(days=3650)])
@pytest.mark.parametrize("back", [False, True])
async def test_the_clock_jumps(home: Any, jump: timedelta, *, back: bool) -> None:
    """Right after the write, as NTP does: the release waits for nobody."""
    owner = Owner(home)
    before = owner.stored
    await charge(home)
    home.clock.jump(-jump if back else jump)
    began = home.clock.monotonic()
    await home.call("battery", "release", confirm="readback")
    waited = home.clock.monotonic() - began
    await released(home)

    assert waited <= 8 * 60
    assert owner.stored == before


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("error", [Timeout("lost"), BadResponse("code 500", vendor_code="500"), WriteRejected("no")])
@pytest.mark.parametrize("which", ["command", "release"])
async def test_any_answer(
    home: Any, monkeypatch: pytest.MonkeyPatch, which: str, error: Exception, *, carried_out: bool
) -> None:
    """Lost, undocumented, refused: only reading says whether it was carried out, and either way there is a way back."""
    owner = Owner(home)
    before = owner.stored
    carried_out = carried_out and not isinstance(error, WriteRejected)
    if which == "release":
        await charge(home, confirm="readback")
        home.clock.advance(LONGEST)
    fail(monkeypatch, error, carried_out=carried_out)
    try:
        receipt = await (charge(home) if which == "command" else home.call("battery", "release"))
    except (WriteRejected, WriteNotConfirmed) as raised:
        receipt = raised.receipt
    between = owner.stored
    await released(home)

    assert receipt.state is (WriteState.CONFIRMED if carried_out else WriteState.NOT_APPLIED)
    assert (between != before) is (carried_out is (which == "command"))
    assert owner.stored == before
