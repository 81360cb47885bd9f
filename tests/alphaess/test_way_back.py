"""The five ways in which a battery was once left stranded, on both generations: release() puts back what was there."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest

from openpower_core import errors
from openpower_core.control import BatteryCommand, BatteryMode
from openpower_core.writes import CallFate, WriteState

NOON = datetime(2026, 1, 13, 11, tzinfo=UTC)  # Tuesday 12:00 in Berlin
THREE = datetime(2026, 1, 13, 14, tzinfo=UTC)
CHARGE = {"timeChaf1": "01:00", "timeChae1": "03:00", "timeChaf2": "06:07", "timeChae2": "06:22"}
DISCHARGE = {"timeDisf1": "13:00", "timeDise1": "21:00", "timeDisf2": "00:00", "timeDise2": "00:00"}


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def element(begin: str, end: str, limit: float, **more: Any) -> dict[str, Any]:
    weeks = [1, 2, 3, 4, 5, 6, 7]
    return {"beginTime": begin, "endTime": end, "weeks": weeks, "chargePower": 3333, "chargeLimit": limit} | more


class Owner:
    """The owner's app: what the system stores, and changes to it."""

    def __init__(self, emulated: Any) -> None:
        from openpower_alphaess.emulator.settings import read_periodic

        self.emulated = emulated
        self.legacy = emulated.system.quirks.generation == "legacy"
        settings, long_ago = emulated.system.settings, emulated.clock.now() - timedelta(days=30)
        if self.legacy:
            settings.set_charge({"gridCharge": 1, "batHighCap": 55.5} | CHARGE, long_ago)
            settings.set_discharge({"ctrDis": 1, "batUseCap": 12} | DISCHARGE, long_ago)
            return
        body = {"sysSn": emulated.system.serial, "executeCycleType": 0, "gridChargeCycle": 1, "ctrDisCycle": 1}
        charges = [element("01:00", "03:00", 55.5), element("06:07", "06:22", 80), element("07:00", "07:00", 33)]
        lists = {"chargeTimeList": charges, "dischargeTimeList": [element("13:00", "21:00", 12)]}
        settings.set_periodic(read_periodic(body | lists), long_ago)

    @property
    def stored(self) -> Any:
        """What the service stores, shown or not."""
        settings = self.emulated.system.settings
        if self.legacy:
            return {**settings._charge.newest}, {**settings._discharge.newest}
        newest = settings._periodic.newest
        return newest.cycle, newest.charge_flag, newest.discharge_flag, {*newest.charge}, {*newest.discharge}

    @property
    def reserve(self) -> set[float]:
        """The lower bound of discharging."""
        settings = self.emulated.system.settings
        if self.legacy:
            return {settings._discharge.newest["batUseCap"]}
        return {period.limit_pct for period in settings._periodic.newest.discharge}


@pytest.fixture(params=["legacy", "periodic"])
def begin_noon(request: pytest.FixtureRequest, kind: str) -> Any:
    from openpower_alphaess.emulator import Quirks
    from tests.alphaess.conftest import Emulated

    return Emulated(kind, Quirks(generation=request.param), NOON)


async def charge(battery: Any, **options: Any) -> Any:
    return await ok(battery.charge(target_soc_pct=90, until=THREE, unattended=True, **options))


async def released(emulated: Any, battery: Any) -> Any:
    """Release it until it says that it is done, and nothing is left to be put back; the service shows everything in the end."""
    receipt = await ok(battery.release())
    for _ in range(5):
        emulated.clock.advance(timedelta(minutes=15))
        receipt = await ok(battery.release())
        if receipt.state is WriteState.UNCHANGED:
            break
    assert receipt.state is WriteState.UNCHANGED
    assert await ok(battery.discard_restore_point()) == 0
    return receipt


async def test_nothing_went_wrong(begin_noon: Any) -> None:
    """A command over odd windows is released to the last figure."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())

    await charge(battery, confirm="readback")
    during = owner.stored
    await released(begin_noon, battery)

    assert during != before
    assert owner.stored == before


async def test_only_the_reserve_was_changed_in_the_app(begin_noon: Any) -> None:
    """The reserve stays as the owner set it; the charge does not come back the next day."""
    owner = Owner(begin_noon)
    before = await ok((await ok(begin_noon.connect().battery())).schedule())
    battery = await ok(begin_noon.connect().battery())
    await charge(battery, confirm="readback")

    begin_noon.system.settings.change_reserve(35, begin_noon.clock.now())
    begin_noon.clock.advance(timedelta(hours=3))
    receipt = await ok(battery.release(confirm="readback"))
    await released(begin_noon, battery)

    assert receipt.state is WriteState.CONFIRMED
    assert 35 in owner.reserve
    after = await ok(battery.schedule())
    charges = [each for each in after.windows if each.mode is BatteryMode.CHARGE]
    assert charges == [each for each in before.windows if each.mode is BatteryMode.CHARGE]


@pytest.mark.parametrize("minutes", [4, 5, 5.5])
async def test_it_shows_after_minutes(begin_noon: Any, minutes: float) -> None:
    """Reads show it after four to five minutes: that is not "not applied"."""
    begin_noon.system.quirks.readback_delay = timedelta(minutes=minutes)
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())

    receipt = await charge(battery, confirm="readback")
    await released(begin_noon, battery)

    assert receipt.state is WriteState.CONFIRMED
    assert owner.stored == before


async def test_it_shows_after_everybody_gave_up(begin_noon: Any, tmp_path: Any) -> None:
    """Longer than was ever seen: it is "not applied", shows later, and can be released from another process."""
    begin_noon.system.quirks.readback_delay = timedelta(minutes=12)
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect(state_dir=tmp_path).battery())
    with pytest.raises(errors.WriteNotConfirmed) as caught:
        await charge(battery, confirm="readback")
    assert caught.value.receipt
    assert caught.value.receipt.state is WriteState.NOT_APPLIED

    begin_noon.clock.advance(timedelta(minutes=10))
    battery = await ok(begin_noon.connect(state_dir=tmp_path).battery())
    await released(begin_noon, battery)

    assert owner.stored == before


class VendorsClock:
    """A clock that runs like another one and is never set."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._start = clock.now() - timedelta(seconds=clock.monotonic())

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._clock.monotonic())


@pytest.mark.parametrize("step", [timedelta(minutes=4), -timedelta(minutes=4)])
async def test_the_clock_is_corrected_after_the_write(begin_noon: Any, step: timedelta) -> None:
    """By as much as the vendor bears: that says nothing about how long it had, and its answers show it two minutes later."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    begin_noon.system.quirks.readback_delay = timedelta(minutes=2)
    begin_noon.emulator.clock = VendorsClock(begin_noon.clock)

    receipt = await charge(battery)
    begin_noon.clock.jump(step)
    seen = await ok(battery.confirm(receipt))
    await released(begin_noon, battery)

    assert seen.state is WriteState.CONFIRMED
    assert owner.stored == before


@pytest.mark.parametrize("step", [timedelta(minutes=10), timedelta(days=1)])
async def test_the_clock_steps_after_the_write(begin_noon: Any, step: timedelta) -> None:
    """A wall clock that is corrected says nothing about how long the vendor had."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    begin_noon.system.quirks.readback_delay = step + timedelta(minutes=2)

    receipt = await charge(battery)
    begin_noon.clock.jump(step)
    seen = await ok(battery.confirm(receipt))
    begin_noon.system.quirks.readback_delay = timedelta(seconds=35)
    await released(begin_noon, battery)

    assert receipt.state is WriteState.ACCEPTED
    assert seen.state is WriteState.CONFIRMED
    assert owner.stored == before


async def test_one_of_two_calls_is_refused(begin_noon: Any) -> None:
    """The legacy charge half is taken and the discharge half answers 10001: PARTIAL, with each call's fate."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    last = "updateDisChargeConfigInfo" if owner.legacy else "setTimeChargeBySn"
    begin_noon.emulator.refuse(last, 10001, times=2)

    with pytest.raises(errors.WriteNotConfirmed) as caught:
        await charge(battery)

    assert caught.value.receipt
    fates = [call.fate for call in caught.value.receipt.calls]
    if owner.legacy:
        assert caught.value.receipt.state is WriteState.PARTIAL
        assert fates == [CallFate.ACCEPTED, CallFate.UNKNOWN]
    else:
        assert caught.value.receipt.state is WriteState.NOT_APPLIED
        assert fates == [CallFate.UNKNOWN]
    await released(begin_noon, battery)
    assert owner.stored == before


@pytest.mark.parametrize(("code", "msg"), [(500, "SetConfig Failed: Response timeout"), (10001, None), (6999, "?")])
async def test_it_is_carried_out_and_the_answer_says_no(begin_noon: Any, code: int, msg: str | None) -> None:
    """An undocumented answer is read back: the command holds, and can be released."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    last = "updateDisChargeConfigInfo" if owner.legacy else "setTimeChargeBySn"
    begin_noon.emulator.refuse(last, code, msg=msg, applied=True)

    receipt = await charge(battery)

    assert receipt.state is WriteState.CONFIRMED
    assert owner.stored != before
    await released(begin_noon, battery)
    assert owner.stored == before


async def test_a_month_to_wait_stops_no_release(begin_noon: Any) -> None:
    """A read was answered 429 with Retry-After 2592000: that slows our reads, and the release goes at once."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    await charge(battery, confirm="readback")
    begin_noon.answer = httpx.Response(429, headers={"Retry-After": "2592000"})
    with pytest.raises(errors.RateLimited):
        await ok(battery.read(max_age=0))
    begin_noon.answer = None
    began = begin_noon.clock.monotonic()
    receipt = await ok(battery.release())

    assert receipt.state is WriteState.ACCEPTED
    assert begin_noon.clock.monotonic() - began < 10
    await released(begin_noon, battery)
    assert owner.stored == before


@pytest.mark.parametrize("begin_noon", ["periodic"], indirect=True)
async def test_a_period_is_replaced_twice_while_commands_change(begin_noon: Any) -> None:
    """What somebody else has put in is theirs, and the newest of it stays, also where it is what was there at first."""
    from openpower_alphaess.emulator.settings import read_periodic

    Owner(begin_noon)
    battery = await ok(begin_noon.connect().battery())
    settings = begin_noon.system.settings

    async def charge_until(hour: int) -> None:
        await ok(battery.charge(until=NOON + timedelta(hours=hour - 12), unattended=True, confirm="readback"))

    def stored() -> set[Any]:
        return {(each.begin, each.end, each.limit_pct) for each in settings._periodic.newest.discharge}

    def replaced(*elements: dict[str, Any]) -> set[Any]:
        """Somebody puts other discharge periods in; what they are."""
        body = {"sysSn": begin_noon.system.serial, "executeCycleType": 0, "dischargeTimeList": [*elements]}
        read = read_periodic(body | {"chargeTimeList": [*elements]})
        settings.set_periodic(attrs.evolve(settings._periodic.newest, discharge=read.discharge), begin_noon.clock.now())
        begin_noon.clock.advance(timedelta(minutes=10))
        return stored()

    replaced(first := element("16:00", "21:00", 12))
    await charge_until(17)
    replaced(element("18:00", "20:00", 30))
    await charge_until(19)
    await charge_until(14)
    theirs = replaced(first)
    await charge_until(17)
    cut = stored()
    await released(begin_noon, battery)

    assert cut != theirs
    assert stored() == theirs


@pytest.mark.parametrize(
    ("mode", "options", "ends"),
    [
        (BatteryMode.CHARGE, {}, True),
        (BatteryMode.CHARGE, {"until": THREE, "then": "release"}, True),
        (BatteryMode.CHARGE, {"until": THREE}, False),
        (BatteryMode.HOLD, {}, False),
    ],
)
async def test_a_target_that_is_reached(begin_noon: Any, mode: BatteryMode, options: Any, *, ends: bool) -> None:
    """It ends the command, unless that holds until its end; the target that a hold is made of is none."""
    owner = Owner(begin_noon)
    before = owner.stored
    battery = await ok(begin_noon.connect().battery())
    target = int(begin_noon.soc()) + 4
    asked = BatteryCommand(mode=mode, target_soc_pct=target if mode is BatteryMode.CHARGE else None, **options)
    receipt = await ok(battery.command(asked, unattended=True, confirm="readback"))
    early = await ok(battery.writer.release_due())
    begin_noon.clock.advance(timedelta(hours=1))
    late = await ok(battery.writer.release_due())
    left = await ok(battery.active_command())

    assert receipt.command == asked
    assert early == []
    assert begin_noon.soc() >= target - 1 or mode is BatteryMode.HOLD
    assert ([each.operation for each in late], left is None) == (["release"] if ends else [], ends)
    begin_noon.clock.advance(timedelta(hours=24))  # the end by default, where no other was given
    await ok(battery.writer.release_due())
    await released(begin_noon, battery)
    assert owner.stored == before
