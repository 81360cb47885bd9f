"""The hub releases every command in its state folder, whoever sent it; and says what it leaves commanded."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hubs import collected, config_of, connecting, manual, passes, running, until

from openpower_core.clock import ManualClock
from openpower_core.control import BatteryMode
from openpower_core.devices.roles import Role
from openpower_core.errors import ClockSkew, NetworkError, OpenPowerError
from openpower_core.writes import WriteState
from openpower_hub.changes import What
from openpower_hub.control import Order
from openpower_hub.engine import Hub
from openpower_hub.journal import Journal, Sent
from openpower_hub.snapshot import snapshot

LIKE = "goodwe-local"
"""A vendor whose batteries hold a command until it is released."""


@pytest.fixture
def clock() -> ManualClock:
    """Time that the test moves."""
    return manual()


@pytest.fixture
def connect(clock: ManualClock, tmp_path: Path) -> Any:
    """Connections to one house, which lives in the folder, on hardware that keeps no end."""
    return connecting(clock, tmp_path, like=LIKE)


async def battery_of(hub: Hub, clock: ManualClock) -> Any:
    """Its state, once it was read."""
    home = hub.homes["home"]
    return await until(
        lambda: home.devices and home.of_role(Role.BATTERY)[0].live and home.of_role(Role.BATTERY)[0], clock
    )


async def commanded(connect: Any, clock: ManualClock, *, hours: float, **how: Any) -> None:
    """Another process charges the battery, and ends."""
    async with connect("demo") as home:
        battery = await home.battery()
        sent = battery.charge(until=clock.now() + timedelta(hours=hours), power_w=2000, **how)
        receipt = await sent
        assert receipt.release_due is not None


async def test_a_command_of_another_process_is_released_at_its_end(connect: Any, clock: ManualClock) -> None:
    """It is seen at once, respected until its end, then released; all of it reaches the integrations."""
    async with running(config_of(), clock=clock, connect=connect) as hub:
        changes = collected(hub)
        state = await battery_of(hub, clock)
        await commanded(connect, clock, hours=1)  # attended: no unattended=True is needed while a hub runs
        active = await until(lambda: state.active, clock, seconds=20)
        assert active.command.mode is BatteryMode.CHARGE
        assert [each.device for each in changes if each.what is What.COMMAND] == [state]

        await passes(clock, 3300, step=10)
        assert state.active is not None
        await passes(clock, 400, step=5)
        await until(lambda: state.active is None, clock, seconds=60)

        released = [each for each in changes if each.what is What.RECEIPT]
        assert {each.by for each in released} == {"release"}
        assert released[-1].receipt is not None
        assert released[-1].receipt.state is WriteState.CONFIRMED


async def test_what_is_overdue_at_the_start_is_released_before_the_first_reading(
    connect: Any, clock: ManualClock
) -> None:
    """A hub that was away for hours puts the house right first."""
    await commanded(connect, clock, hours=1, unattended=True)
    clock.advance(timedelta(hours=3))

    async with running(config_of(), clock=clock, connect=connect) as hub:
        changes = collected(hub)
        state = await battery_of(hub, clock)
        await until(lambda: state.active is None, clock)
        audit = state.device.writer.store.audit()

    first = next(each.device.reading for each in changes if each.what is What.READING and each.device is not None)
    sent = min(each["at"] for each in audit if each["operation"] == "release")
    assert datetime.fromisoformat(sent) <= first.stamp.received_at
    assert {each.by for each in changes if each.what is What.RECEIPT} == {"release"}


async def test_what_is_overdue_is_released_once_the_vendor_is_back(connect: Any, clock: ManualClock) -> None:
    """Attempts become seldom while nobody answers; the first reading after that has it released at once."""
    down = True

    async with running(config_of(), clock=clock, connect=connect) as hub:
        state = await battery_of(hub, clock)
        await commanded(connect, clock, hours=1)
        await until(lambda: state.active, clock, seconds=20)

        def falling(call: Any) -> Any:
            async def called(*arguments: Any, **options: Any) -> Any:
                if down:
                    raise NetworkError("nobody answers", provider="demo")
                return await call(*arguments, **options)

            return called

        releaser = state.device.writer._releaser
        releaser._release = falling(releaser._release)
        state.device.read = falling(state.device.read)
        await passes(clock, 3 * 3600, step=20)
        assert state.active is not None
        assert state.active.overdue

        down = False
        await until(lambda: state.live, clock, seconds=400)  # reading is tried again every five minutes
        await until(lambda: state.active is None, clock, seconds=20)


async def test_a_limit_that_nothing_puts_back_is_named(
    connect: Any, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """After a crash, where the rule that set it has been removed since."""
    at = clock.now()
    Journal("rules", at).add(
        Sent(
            by="rules.sun",
            key="demo_1_inverter",
            operation="export_limit",
            start=at,
            end=at,
            value=0,
            before=5000,
            open=True,
        )
    )
    async with running(config_of(), clock=clock, connect=connect) as hub:
        await battery_of(hub, clock)

    (line,) = [each for each in caplog.messages if "rules.sun" in each]
    assert line.startswith("rules.sun set the export limit of demo_1_inverter to 0, and nothing puts back 5000")


async def test_a_look_releases_nothing(connect: Any, clock: ManualClock) -> None:
    """``openpower plan`` and ``run --print`` send nothing, not even a release that is overdue."""
    await commanded(connect, clock, hours=1, unattended=True)
    clock.advance(timedelta(hours=2))
    async with snapshot(config_of(), clock=clock, connect=connect) as hub:
        (state,) = hub.homes["home"].of_role(Role.BATTERY)
        assert state.live is not None
        await passes(clock, 200, step=0.5)
        operations = {each["operation"] for each in state.device.writer.store.audit()}
    assert operations == {"command"}


async def test_a_release_that_hangs_does_not_keep_the_home_dark(
    connect: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor that takes minutes to show a release is read meanwhile."""
    from openpower_core.write import AsyncWriter
    from openpower_hub import homes

    async def hangs(self: Any) -> Any:
        await clock.asleep(86_400)

    monkeypatch.setattr(AsyncWriter, "release_due", hangs)
    monkeypatch.setattr(homes, "_FIRST_RELEASE_S", 0.1)
    async with running(config_of(), clock=clock, connect=connect) as hub:
        assert (await battery_of(hub, clock)).live is not None


async def test_a_release_that_fails_is_tried_again(
    connect: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a release raises: supervision goes on, and the home is read meanwhile."""
    from openpower_core.write import AsyncWriter

    await commanded(connect, clock, hours=1, unattended=True)
    clock.advance(timedelta(hours=2))
    release, failures = AsyncWriter.release_due, [OpenPowerError("no"), ZeroDivisionError("no"), OpenPowerError("no")]

    async def fails(self: Any) -> Any:
        if failures:
            raise failures.pop()
        return await release(self)

    monkeypatch.setattr(AsyncWriter, "release_due", fails)
    async with running(config_of(), clock=clock, connect=connect) as hub:
        changes = collected(hub)
        state = await battery_of(hub, clock)
        await until(lambda: not failures and state.active is None, clock, seconds=600)
        assert [each.by for each in changes if each.what is What.RECEIPT]  # by whichever attempt


async def test_it_says_what_it_leaves_commanded(
    connect: Any, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """At the end of the hub one warning names the command, the battery without its whole serial number, and when it was due."""
    with caplog.at_level(logging.WARNING):
        async with running(config_of(), clock=clock, connect=connect) as hub:
            state = await battery_of(hub, clock)
            order = Order(operation="charge", power_w=2000, until=clock.now() + timedelta(hours=2))
            await hub.control.controller("test", {Role.BATTERY}).send(state, order)
            serial = state.info.serial
    (warning,) = [each for each in caplog.messages if "is to be released" in each]
    assert warning.startswith("The charge of ")
    assert serial not in warning
    assert "this connection is closed before that" in warning


async def test_what_the_device_keeps_by_itself_needs_no_warning(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The simulated battery ends its commands alone."""
    with caplog.at_level(logging.WARNING):
        async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
            state = await battery_of(hub, clock)
            order = Order(operation="charge", power_w=2000, until=clock.now() + timedelta(hours=2))
            await hub.control.controller("test", {Role.BATTERY}).send(state, order)
    assert not [each for each in caplog.messages if "is to be released" in each]


async def test_a_reload_of_another_home_leaves_a_command_alone(connect: Any, clock: ManualClock) -> None:
    """What is commanded goes on, and is released at its end, whatever is configured beside it."""
    async with running(config_of(), clock=clock, connect=connect) as hub:
        state = await battery_of(hub, clock)
        order = Order(operation="charge", power_w=1000, until=clock.now() + timedelta(hours=1))
        await hub.control.controller("test", {Role.BATTERY}).send(state, order)
        await hub.reload(config_of(("home", ("demo",)), ("other", ("nobody",))))
        await passes(clock, 30)
        assert state.active is not None
        await passes(clock, 3700, step=5)
        await until(lambda: state.active is None, clock)


async def test_nothing_is_ordered_before_the_clock_is_set(tmp_path: Path) -> None:
    """In 1970 every end would be wrong: the order is refused; once the clock is set it is taken, and what is read is live in both."""
    clock = ManualClock(datetime(1970, 1, 2, tzinfo=UTC), sleeping_advances=False)
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path, like=LIKE)) as hub:
        state = await battery_of(hub, clock)
        controller = hub.control.controller("test", {Role.BATTERY})
        order = Order(operation="charge", power_w=1000, until=clock.now() + timedelta(hours=1))
        with pytest.raises(ClockSkew, match="1970-01-02; nothing was sent"):
            await controller.send(state, order)
        assert not state.device.writer.store.audit()

        clock.jump(timedelta(days=20_600))
        await passes(clock, 5)
        assert state.live is not None
        order = Order(operation="charge", power_w=1000, until=clock.now() + timedelta(hours=1))
        assert (await controller.send(state, order)).state is WriteState.ACCEPTED
