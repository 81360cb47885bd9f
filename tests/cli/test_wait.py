"""``--wait`` stays until a change holds and is released, and releases at once when it is interrupted."""

from __future__ import annotations

import errno
import signal
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from openpower.cli import changes
from openpower.cli.signals import stoppable
from openpower_core.capabilities import Capabilities, WriteLimits
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import RequestError, Timeout
from openpower_core.writes import Receipt, WriteState

DUE = datetime(2026, 11, 23, 6, tzinfo=UTC)
SENT = Receipt(
    id="1",
    state=WriteState.ACCEPTED,
    device_id="x/battery",
    operation="command",
    at=DUE - timedelta(hours=5),
    release_due=DUE,
)


class Device:
    """Confirms its receipt, and releases or reports that another process did."""

    info = DeviceInfo(id="x/battery", provider="x", serial="x", role=Role.BATTERY)
    capabilities = Capabilities(writes=WriteLimits(settle_timeout=timedelta(minutes=6)))

    def __init__(self, state: WriteState = WriteState.CONFIRMED, *, released: bool = False) -> None:
        self.calls: list[str] = []
        self._state = state
        self._released = released

    def confirm(self, receipt: Receipt) -> Receipt:
        self.calls.append("confirm")
        return attrs.evolve(receipt, state=self._state)

    def release(self, *, confirm: str) -> Receipt:
        self.calls.append(f"release {confirm}")
        if self._released:
            raise RequestError("there is no restore point.")
        return attrs.evolve(SENT, state=WriteState.CONFIRMED, release_due=None)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only by sleeping, in strides of an hour; gives what was slept."""
    slept: list[float] = []

    class Clock:
        @staticmethod
        def now(_zone: Any) -> datetime:
            return SENT.at + timedelta(hours=len(slept))

    monkeypatch.setattr(changes, "datetime", Clock)
    monkeypatch.setattr(changes.time, "sleep", slept.append)
    return slept


def wait(device: Device, receipt: Receipt = SENT) -> Receipt:
    """Wait as the command does, times in UTC."""
    return changes.wait_for(device, receipt, home="shed", quiet=False)


def test_it_stays_until_it_is_due_and_releases(hours: list[float], capsys: Any) -> None:
    """Five hours pass; then what was there before is put back, and that is read back too."""
    device = Device()

    receipt = wait(device)

    assert device.calls == ["confirm", "release readback"]
    assert len(hours) == 5
    assert receipt.release_due is None
    assert "Waiting until Mon 23 Nov 06:00 to release it." in capsys.readouterr().out


def test_a_connection_that_released_first_is_no_error(hours: list[float]) -> None:
    """The connection releases by itself what is due; the second release has nothing to do."""
    receipt = wait(Device(released=True))

    assert receipt.state is WriteState.CONFIRMED


def test_what_does_not_hold_is_not_waited_for(hours: list[float]) -> None:
    """There is nothing to release where nothing came to hold."""
    device = Device(WriteState.NOT_APPLIED)

    assert wait(device).state is WriteState.NOT_APPLIED
    assert device.calls == ["confirm"]
    assert not hours


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_releases_at_once(
    monkeypatch: pytest.MonkeyPatch, hours: list[float], capsys: Any, name: str
) -> None:
    """Ctrl-C, a service that is stopped and a terminal that is closed: nobody is left to release it later."""

    number = getattr(signal, name)
    waited: list[float] = []

    def interrupt(seconds: float) -> None:
        assert not waited, "the signal ended nothing"
        waited.append(seconds)
        signal.raise_signal(number)

    monkeypatch.setattr(changes.time, "sleep", interrupt)
    device = Device()

    # A shell's background jobs ignore SIGINT, and what nohup started SIGHUP.
    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, usual)
    try:
        with pytest.raises(KeyboardInterrupt), stoppable():
            wait(device)
    finally:
        signal.signal(number, before)

    assert device.calls == ["confirm", "release readback"]
    assert capsys.readouterr().err.endswith("Released.\n")


def test_a_terminal_that_is_gone_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, hours: list[float]) -> None:
    """What is shown while it waits cannot be written any more; the release is sent all the same."""

    def gone(_seconds: float) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(changes.time, "sleep", gone)
    device = Device()

    with pytest.raises(KeyboardInterrupt):
        wait(device)

    assert device.calls[-1] == "release readback"


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), Timeout("the vendor did not answer.")])
def test_a_release_that_fails_says_what_stays_in_force_and_how_to_end_it(
    monkeypatch: pytest.MonkeyPatch, hours: list[float], capsys: Any, problem: BaseException
) -> None:
    """After a second ctrl-C, or an error, the output says that nothing will release it, and names the command that does."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    class Stuck(Device):
        def release(self, *, confirm: str) -> Receipt:
            raise problem

    monkeypatch.setattr(changes.time, "sleep", interrupt)

    with pytest.raises(KeyboardInterrupt):
        wait(Stuck())

    shown = capsys.readouterr().err
    assert "stays in force after Mon 23 Nov 06:00, because nothing is left to release it" in shown
    assert "openpower release shed" in shown
    assert str(problem) in shown


def test_what_the_device_ends_itself_is_left_to_it(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """An interrupt while it is being confirmed changes nothing about its end."""

    class Slow(Device):
        def confirm(self, receipt: Receipt) -> Receipt:
            raise KeyboardInterrupt

    device = Slow()

    with pytest.raises(KeyboardInterrupt):
        wait(device, attrs.evolve(SENT, release_due=None))

    assert device.calls == []
    assert "stays in force, and ends as planned" in capsys.readouterr().err


def test_handlers_are_put_back() -> None:
    """After the wait, and where somebody ignores a hangup, signals mean what they meant before."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_how_long_it_may_take_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An undo is confirmed only once the command before it can no longer show late."""
    said: list[str] = []

    def spinner(text: str, *, quiet: bool) -> AbstractContextManager[None]:
        assert not quiet
        said.append(text)
        return nullcontext()

    monkeypatch.setattr(changes, "spinner", spinner)
    changes.confirmed(Device(), SENT, quiet=False)

    assert said == ["Waiting for confirmation, 6 minutes at most"]
