"""What is due is released while a connection is open, and found by the next one."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.errors import ServiceUnavailable, Veto
from openpower_core.waiting import AsyncBackground, Background

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def home(make_harness: Callable[..., Any], tmp_path: Path) -> Any:
    """A harness with a state folder, whose writer releases by itself."""
    harness = make_harness(state_dir=tmp_path)
    harness.releases = None
    harness.start()
    return harness


async def close(home: Any) -> None:
    if home.flavour == "async":
        await home.writer.aclose()
    else:
        await asyncio.to_thread(home.writer.close)


async def until(reached: Callable[[], bool]) -> None:
    for _ in range(1000):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


async def test_an_open_connection_with_a_state_folder_keeps_the_end(home: Any) -> None:
    """``until`` needs no ``unattended`` there, and what was before is back when it has come."""
    end = home.clock.now() + timedelta(hours=6)
    receipt = await home.command(window="22-06", until=end, unattended=False)
    home.clock.advance(timedelta(hours=5))
    await asyncio.sleep(0.2)
    early = home.vendor.current_now().window
    home.clock.advance(timedelta(hours=1, seconds=1))
    await until(lambda: home.vendor.current_now().window == "")
    await until(lambda: home.writer.store.audit()[-1]["outcome"] == "confirmed")
    await close(home)

    assert receipt.release_due == end
    assert early == "22-06"
    assert [line["operation"] for line in home.writer.store.audit()] == [
        "command",
        "command",
        "release",
        "release",
        "release",
    ]


async def test_the_next_connection_releases_what_an_earlier_one_left(home: Any) -> None:
    """As soon as the device is made, without any call."""
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=False)
    await close(home)
    home.clock.advance(timedelta(days=1))
    occupied_meanwhile = home.vendor.current_now().window

    home.start()
    await until(lambda: home.vendor.current_now().window == "")
    await close(home)

    assert occupied_meanwhile == "22-06"


async def test_closing_says_what_stays_to_be_released(home: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The serial is shortened."""
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=False)
    with caplog.at_level(logging.WARNING, "openpower.write"):
        await close(home)

    assert "is to be released at 2026-08-01 18:00 UTC, and this connection is closed before that" in caplog.text
    assert "AL70110230300001" not in caplog.text


async def test_a_rehearsal_releases_nothing(home: Any) -> None:
    """A program that did not name the folder, and only rehearses, sends nothing, whatever is overdue."""
    await home.command(window="22-06", until=home.clock.now() + timedelta(hours=6), unattended=True)
    await close(home)
    home.clock.advance(timedelta(days=1))
    home.at_once = False

    home.start()
    await home.command(window="22-07", dry_run=True)
    await home.release(dry_run=True)
    await asyncio.sleep(0.3)
    untouched = home.vendor.current_now().window, len(home.sent)
    await home.write(reserve=30)
    await until(lambda: home.vendor.current_now().window == "")
    await close(home)

    assert untouched == ("22-06", 1)


async def test_a_release_that_fails_is_tried_again(home: Any, caplog: pytest.LogCaptureFixture) -> None:
    """After a minute; the failure is logged."""
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=False)
    home.vendor.read_errors = [ServiceUnavailable("maintenance")]
    home.clock.advance(timedelta(hours=6))
    await until(lambda: "could not be released (ServiceUnavailable)" in caplog.text)
    occupied_meanwhile = home.vendor.current_now().window
    home.clock.advance(timedelta(minutes=1))
    await until(lambda: home.vendor.current_now().window == "")
    await close(home)

    assert occupied_meanwhile == "22-06"


async def test_guards_are_asked_before_a_due_release_too(home: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A veto keeps the command active, and the guard is asked again later."""
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=False)
    home.hooks.veto = Veto("not now")
    home.clock.advance(timedelta(hours=6))
    await until(lambda: "could not be released (Veto)" in caplog.text)
    home.hooks.veto = None
    home.clock.advance(timedelta(minutes=1))
    await until(lambda: home.vendor.current_now().window == "")
    await close(home)

    assert home.hooks.plans[1].operation == "release"


async def test_release_due_raises_the_first_failure(home: Any) -> None:
    """When called directly, errors are raised to the caller."""
    home.releases = False
    home.start()
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=True)
    home.clock.advance(timedelta(hours=6))
    home.vendor.read_errors = [ServiceUnavailable("maintenance")]

    async def release_due() -> None:
        result = home.writer.release_due()
        if home.flavour == "async":
            await result

    with pytest.raises(ServiceUnavailable):
        await release_due()


async def test_a_release_that_was_accepted_and_never_seen_is_looked_after(home: Any) -> None:
    """The process died after the vendor's answer, and the vendor ignored it."""
    home.releases = False
    home.start()
    end = home.clock.now() + timedelta(hours=6)
    await home.command(window="22-06", until=end, unattended=True, confirm="readback")
    home.clock.advance(timedelta(hours=6))
    home.vendor.deaf = True
    await home.release()
    home.vendor.deaf = False
    home.clock.advance(timedelta(hours=1))
    home.releases = None

    home.start()
    await until(lambda: home.vendor.current_now().window == "")
    await close(home)


async def test_a_damaged_state_folder_does_not_stop_devices_from_being_made(
    home: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading goes on; the writes say what is wrong."""
    await home.write(window="22-06")
    await close(home)
    (home.state_dir / "openpower-writes.sqlite3").write_bytes(b"garbage" * 1000)

    home.start()
    await close(home)

    assert "cannot be looked up" in caplog.text


def test_a_thread_ends_when_there_is_nothing_to_watch() -> None:
    """And begins again when woken."""
    steps: list[str] = []
    stepped = threading.Event()

    def step() -> None:
        steps.append(threading.current_thread().name)
        stepped.set()

    background = Background(step, name="test-releaser")
    for _ in range(2):
        stepped.clear()
        background.wake()
        assert stepped.wait(10)
        _until_gone("test-releaser")
    background.close()
    background.wake()

    assert steps == ["test-releaser"] * 2


def test_closing_ends_a_thread_that_waits() -> None:
    """At once, not at the end of its pause."""
    waiting = threading.Event()

    def step() -> float:
        waiting.set()
        return 1000.0

    background = Background(step, name="test-waiting")
    background.wake()
    assert waiting.wait(10)
    background.close()

    _until_gone("test-waiting")


async def test_closing_ends_a_task_that_waits() -> None:
    """The same for tasks, and no step is taken afterwards."""
    steps: list[int] = []

    async def step() -> float:
        steps.append(1)
        return 1000.0

    background = AsyncBackground(step, name="test")
    background.wake()
    await asyncio.sleep(0.05)
    background.wake()
    await asyncio.sleep(0.05)
    await background.aclose()
    background.wake()
    await asyncio.sleep(0.05)

    assert len(steps) == 2


def test_waking_without_an_event_loop_is_harmless() -> None:
    """A device may be made outside of one."""

    async def step() -> None:
        raise AssertionError("there is no loop to run it")

    AsyncBackground(step, name="test").wake()


def _until_gone(name: str) -> None:
    for _ in range(1000):
        if all(each.name != name for each in threading.enumerate()):
            return
        time.sleep(0.01)
    raise AssertionError(f"{name} still runs")
