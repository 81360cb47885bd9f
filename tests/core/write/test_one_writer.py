"""Only one writes to a box at a time: tasks, threads and processes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.errors import Timeout
from openpower_core.write import SQLiteStore
from openpower_core.write.store import LEASE, WriteLock, holder, is_over

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize("remembers", ["memory", "folder"])
async def test_twenty_identical_writes_at_once_make_one(
    flavour: str, remembers: str, make_harness: Callable[..., Any], tmp_path: Path
) -> None:
    """The others find that it is there already, though the vendor does not show it yet."""
    harness = make_harness(**({"state_dir": tmp_path} if remembers == "folder" else {}))
    harness.vendor.delay = timedelta(seconds=30)
    if flavour == "async":
        receipts = await asyncio.gather(*(harness.write(window="22-06") for _ in range(20)))
    else:
        with ThreadPoolExecutor(20) as pool:
            calls = [pool.submit(asyncio.run, harness.write(window="22-06")) for _ in range(20)]
            receipts = [call.result(60) for call in calls]

    assert sorted(each.state for each in receipts) == ["accepted", *["unchanged"] * 19]
    assert len(harness.sent) == 1


async def test_a_cancelled_waiter_lets_the_next_one_through() -> None:
    """A writer that gives up waiting leaves no gap in the queue."""
    entered: list[str] = []

    async def enter(name: str) -> None:
        async with WriteLock("box", timeout=10):
            entered.append(name)

    async with WriteLock("box", timeout=10):
        first, second = asyncio.create_task(enter("first")), asyncio.create_task(enter("second"))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
    await second

    assert entered == ["second"]


async def test_a_waiter_that_is_cancelled_as_it_gets_the_lock_passes_it_on() -> None:
    """The lock had been given to it already."""
    async with WriteLock("box2", timeout=10):
        pass

    async def enter() -> None:
        async with WriteLock("box2", timeout=10):
            pass

    lock = WriteLock("box2", timeout=10)
    await lock.__aenter__()
    waiter = asyncio.create_task(enter())
    await asyncio.sleep(0)
    await lock.__aexit__(None, None, None)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)

    async with asyncio.timeout(5):
        await enter()


async def test_threads_and_tasks_share_one_line() -> None:
    """Both flavours of a connection may live in one process."""
    order: list[str] = []
    inside = threading.Event()
    leave = threading.Event()

    def work() -> None:
        with WriteLock("box3", timeout=10):
            inside.set()
            leave.wait(10)
            order.append("thread")

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    asyncio.get_running_loop().call_later(0.05, leave.set)
    async with WriteLock("box3", timeout=10):
        order.append("task")
    thread.join()

    assert order == ["thread", "task"]


def test_who_waits_too_long_learns_so() -> None:
    """In place of a deadlock."""
    late = WriteLock("box4", timeout=0.01)
    with WriteLock("box4", timeout=1), pytest.raises(Timeout, match="nothing was sent"):
        late.__enter__()
    with WriteLock("box4", timeout=1):
        pass


def test_a_living_holder_keeps_its_lease_whatever_the_clock_says() -> None:
    """A process that is stopped for an hour is still the one writer of its machine."""
    other = evolve(holder(NOW), pid=os.getppid(), born=_born(os.getppid()))

    assert not is_over(other, NOW + timedelta(days=1))


def test_a_dead_holder_loses_its_lease_at_once() -> None:
    """Its process is gone, or its number belongs to another one now."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    gone = evolve(holder(NOW), pid=child.pid)
    reused = evolve(holder(NOW), pid=os.getppid(), born="1")

    assert is_over(gone, NOW)
    assert is_over(reused, NOW)


def test_elsewhere_only_time_ends_a_lease() -> None:
    """Process numbers of other machines and containers mean nothing here."""
    other = evolve(holder(NOW), place="another machine", pid=1)

    assert not is_over(other, NOW + LEASE - timedelta(seconds=1))
    assert is_over(other, NOW + LEASE)


def test_a_lease_that_a_wrong_clock_made_ends_too() -> None:
    """No lease lasts for a day: the clock of its holder was ahead, and it must not stop writes until then."""
    other = evolve(holder(NOW + timedelta(days=3650)), place="another machine", pid=1)

    assert is_over(other, NOW)


async def test_a_lease_of_another_process_is_waited_for_and_then_reported(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the holder."""
    _lend(kept, monkeypatch, expires_after=timedelta(minutes=5))

    with pytest.raises(Timeout, match="another process"):
        await kept.write(window="22-06")
    assert kept.sent == []


async def test_a_lease_of_another_process_ends(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After that the write goes through."""
    _lend(kept, monkeypatch, expires_after=timedelta(seconds=30))

    await kept.write(window="22-06")

    assert kept.clock.now() >= NOW + timedelta(hours=12, seconds=30)
    assert len(kept.sent) == 1


async def test_a_lease_that_was_lost_on_the_way_sends_nothing(kept: Any) -> None:
    """The machine slept between the read and the write, and another one took over."""
    store = kept.writer.store
    acquire = store.acquire

    def acquired_and_lost(*arguments: Any) -> Any:
        lease, known = acquire(*arguments)
        return evolve(lease, token="stale"), known

    store.acquire = acquired_and_lost

    with pytest.raises(Timeout, match="took over"):
        await kept.write(window="22-06")
    assert kept.sent == []


def _lend(kept: Any, monkeypatch: pytest.MonkeyPatch, *, expires_after: timedelta) -> None:
    now = kept.clock.now()
    elsewhere = evolve(holder(now), token="theirs", place="elsewhere", expires_at=now + expires_after)
    monkeypatch.setattr("openpower_core.write.sqlite.holder", lambda _: elsewhere)
    store = SQLiteStore(kept.state_dir)
    store.acquire(store.box(kept.info), "page", "page", now)
    monkeypatch.undo()


def _born(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


SLOW = """
import sys; sys.path.insert(0, {here!r})
import json, os, signal, time
from pathlib import Path
from kill_harness import START, Home
from openpower_core.clock import ScaledClock
folder, name, die = Path({folder!r}), sys.argv[1], sys.argv[2] == "die"
home = Home("sync", folder, clock=ScaledClock(START, 30))
def log(what):
    with open(folder / "log", "a") as file:
        file.write(json.dumps([name, what, time.monotonic()]) + "\\n")
send = home.vendor.send
def slow(fields):
    log("in")
    time.sleep(0.4)
    if die:
        os.kill(os.getpid(), signal.SIGKILL)
    send(fields)
    log("out")
home.vendor.send = slow
print("ready", flush=True)
sys.stdin.readline()
print(home.command().state, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="uses the kill harness")
@pytest.mark.parametrize("fate", ["live", "die"])
def test_two_processes_take_turns(fate: str, tmp_path: Path) -> None:
    """The second finds the work done; or, when the first is killed while it sends, does it itself."""
    folder = tmp_path / "run"
    folder.mkdir()
    held = {"window": "01-05", "reserve": 15, "sends": {"window": 0, "reserve": 0}}
    (folder / "vendor.json").write_text(json.dumps(held))
    script = SLOW.format(here=str(Path(__file__).parent), folder=str(folder))
    children = [_child(script, name, how) for name, how in (("a", fate), ("b", "live"))]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    first, second = children
    _go(first)
    _until((folder / "log").exists)
    _go(second)
    out = second.communicate(timeout=60)[0]
    first.communicate(timeout=60)

    steps = [json.loads(line)[:2] for line in (folder / "log").read_text().splitlines()]
    if fate == "live":
        assert steps == [["a", "in"], ["a", "out"]]
        assert out == "unchanged\n"
    else:
        assert steps == [["a", "in"], ["b", "in"], ["b", "out"]]
        assert out == "confirmed\n"
    once = {"window": "22-06", "reserve": 60, "sends": {"window": 1, "reserve": 1}}
    assert json.loads((folder / "vendor.json").read_text()) == once


def _child(script: str, *arguments: str) -> Any:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )


def _go(child: Any) -> None:
    child.stdin.write("\n")
    child.stdin.flush()


def _until(reached: Any) -> None:
    for _ in range(600):
        if reached():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def test_where_nobody_knows_when_a_process_began_time_ends_a_lease_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a process id that is used again would block a box for ever (macOS, Windows)."""
    monkeypatch.setattr("openpower_core.write.processes._stat", lambda _: [])
    other = evolve(holder(NOW), pid=os.getppid(), born="")

    assert not is_over(other, NOW + LEASE - timedelta(seconds=1))
    assert is_over(other, NOW + LEASE)
