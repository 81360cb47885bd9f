"""Runs a write in a child process, kills it at every step in turn or at random, and lets a second process recover.

A step is every SQL statement (its beginning, so that the last one of a transaction is its COMMIT), and the time
just before and just after the vendor is asked or told. Run by ``test_kill.py``; it imports no pytest fixtures.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import random
import shutil
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))


from openpower_core.clock import ManualClock
from openpower_core.errors import WriteNotConfirmed, WriteRejected
from openpower_core.write import AsyncWriter, SQLiteStore, Writer

if TYPE_CHECKING:
    import sqlite3

    from openpower_core.write.sqlite import Database

# Beside this file; imported by name, since the harness runs on its own.
toy: Any = importlib.import_module("conftest")
INFO, START = toy.INFO, toy.START

BEFORE: dict[str, Any] = {"window": "01-05", "reserve": 15}
COMMAND: dict[str, Any] = {"window": "22-06", "reserve": 60}
UNTIL = START + timedelta(hours=6)


class Countdown:
    """Kills this process at the n-th step; never when n is 0."""

    def __init__(self, n: int) -> None:
        self.left = n

    def step(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class FileVendor:
    """A vendor that outlives the processes that talk to it."""

    def __init__(self, clock: Any, folder: Path, countdown: Countdown, *, refuses: int = 0) -> None:
        self.clock = clock
        self.blind = False
        self._file = folder / "vendor.json"
        self._countdown = countdown
        self._refuses = refuses

    def state(self) -> dict[str, Any]:
        """What it holds, and how often it was told each field."""
        state: dict[str, Any] = json.loads(self._file.read_text())
        return state

    @property
    def page(self) -> dict[str, Any]:
        return {name: self.state()[name] for name in BEFORE}

    @property
    def sends(self) -> dict[str, int]:
        sends: dict[str, int] = self.state()["sends"]
        return sends

    def read(self) -> Any:
        self._countdown.step()
        return toy.Page(**self.page)

    def send(self, fields: Any) -> None:
        """Carry one call out; the n-th is refused if the harness says so."""
        self._countdown.step()
        self._refuses -= 1
        if self._refuses == 0:
            raise WriteRejected("no")
        told = {name: value for name, value in fields.items() if name in BEFORE}
        counts = {name: count + (name in told) for name, count in self.sends.items()}
        state = self.state() | told | {"sends": counts}
        other = self._file.with_suffix(".new")
        other.write_text(json.dumps(state))
        other.replace(self._file)
        self._countdown.step()


class Home:
    """A connection of one process to the vendor, with the state folder."""

    def __init__(
        self,
        flavour: str,
        folder: Path,
        *,
        later: timedelta = timedelta(0),
        kill_at: int = 0,
        split: bool = False,
        refuses: int = 0,
        clock: Any = None,
    ) -> None:
        self.clock: Any = clock or ManualClock(START + later)
        self.split = split
        countdown = Countdown(kill_at)
        self.vendor = FileVendor(self.clock, folder, countdown, refuses=refuses)
        self.store = SQLiteStore(folder / "state")
        kind, page = (AsyncWriter, toy.AsyncPageDocument) if flavour == "async" else (Writer, toy.PageDocument)
        self.writer: Any = kind(self.store, clock=self.clock, releases=False)
        self.document: Any = page(toy.Planning(self.vendor, split=split))
        _trace(self.store._database, countdown)
        self.writer.adopt(INFO, self.document)

    def command(self) -> Any:
        return _finish(
            self.writer.write(
                INFO,
                self.document,
                toy.Desired(**COMMAND, until=UNTIL),
                operation="command",
                restorable=True,
                unattended=True,
                confirm="readback",
            )
        )

    def undo(self) -> None:
        """A command whose second call is refused, so that the first is taken back."""
        try:
            self.command()
        except WriteNotConfirmed:
            return
        raise AssertionError("it is not PARTIAL")

    def release(self) -> Any:
        return _finish(self.writer.release(INFO, confirm="readback"))


def _trace(database: Database, countdown: Countdown) -> None:
    prepare = database._prepare

    def traced(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(countdown.step)
        prepare(connection)

    database._prepare = traced  # type: ignore[method-assign]


def _finish(result: Any) -> Any:
    async def wait() -> Any:
        return await result

    return asyncio.run(wait()) if inspect.isawaitable(result) else result


def _killed_child(work: Any, *, after_s: float | None = None) -> bool:
    """Run the work in a child; whether it was killed, by itself or after that time.

    Any other bad end is ours, and ends the harness.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  (a fork must not run the rest of the program)
            sys.excepthook(*sys.exc_info())
            os._exit(2)
        os._exit(0)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed"
    return False


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "vendor.json").write_text(json.dumps({**BEFORE, "sends": dict.fromkeys(BEFORE, 0)}))
    return folder


def _told(home: Home, before: dict[str, int], missing: set[str], most: int = 1) -> None:
    """Each field that was missing was sent once; the others at most once, where one call carries all of them."""
    for name, count in home.vendor.sends.items():
        times = count - before[name]
        assert times <= most if not home.split and missing else times == (name in missing), (name, times, missing)


def _differs(home: Home, wanted: dict[str, Any]) -> set[str]:
    return {name for name, value in home.vendor.page.items() if value != wanted[name]}


def _repeat(home: Home, sends: dict[str, int]) -> None:
    """The same command again sends only what had not arrived; release then puts back what was there."""
    missing = _differs(home, COMMAND)
    receipt = home.command()
    assert home.vendor.page == COMMAND
    _told(home, sends, missing)
    assert receipt.state == ("confirmed" if missing else "unchanged"), receipt
    assert home.release().state == "confirmed"
    assert home.vendor.page == BEFORE


def _release(home: Home, sends: dict[str, int]) -> None:
    """Whatever had arrived, the vendor holds what was there before in the end.

    What may still arrive is answered by one write; what has not arrived after the settle time is not.
    """
    had_arrived = _differs(home, BEFORE)
    home.release()
    assert home.vendor.page == BEFORE
    for name, count in home.vendor.sends.items():
        assert (name in had_arrived) <= count - sends[name] <= 1
    home.clock.advance(timedelta(hours=1))
    assert home.release().state == "unchanged"
    assert home.store.points() == []
    audited = [line["calls"] for line in home.store.audit() if line["outcome"] == "sending"]
    told = sum(len(calls) for calls in audited)
    assert max(home.vendor.sends.values()) <= len(audited)
    assert not home.split or sum(home.vendor.sends.values()) <= told


def _due(home: Home, sends: dict[str, int]) -> None:
    """What is due is found and released without anybody asking for that document."""
    had_arrived = _differs(home, BEFORE)
    home.clock.advance(timedelta(hours=12))
    _finish(home.writer.release_due())
    home.clock.advance(timedelta(hours=1))
    _finish(home.writer.release_due())
    assert home.store.points() == []
    assert home.vendor.page == BEFORE
    _told(home, sends, had_arrived)


RECOVERIES = {"repeat": _repeat, "release": _release, "due": _due}


def _recover(flavour: str, recovery: str, folder: Path, *, split: bool, later: timedelta, killed_at: str) -> None:
    home = Home(flavour, folder, later=later, split=split)
    try:
        RECOVERIES[recovery](home, home.vendor.sends)
    except BaseException:
        sys.stderr.write(f"killed at {killed_at}, recovered {later} later\n")
        raise
    finally:
        home.store.close()


def kill_everywhere(flavour: str, killed: str, recovery: str, folder: Path, *, split: bool) -> int:
    """Kill the command, its release or its undo at each step; recover soon after or long after. Gives the steps."""
    refuses = 2 if killed == "undo" else 0
    for n in range(1, 1000):
        _fresh(folder)
        if killed == "release":
            assert not _killed_child(Home(flavour, folder, split=split).command)
        if not _killed_child(getattr(Home(flavour, folder, kill_at=n, split=split, refuses=refuses), killed)):
            return n - 1
        later = timedelta(seconds=1) if n % 2 else timedelta(hours=2)
        _recover(flavour, recovery, folder, split=split, later=later, killed_at=f"step {n}")
    raise AssertionError("it never ended")


def kill_at_random(times: int, folder: Path, seed: int) -> int:
    """Kill so many writes, each after a random time, and let another process release what is due."""
    chance = random.Random(seed)
    count = 0
    while count < times:
        split, killed = chance.random() < 0.5, chance.choice(["command", "release", "undo"])
        flavour = chance.choice(["sync", "async"])
        split = split or killed == "undo"
        _fresh(folder)
        if killed == "release":
            assert not _killed_child(Home(flavour, folder, split=split).command)
        home = Home(flavour, folder, split=split, refuses=2 if killed == "undo" else 0)
        if _killed_child(getattr(home, killed), after_s=chance.uniform(0.0, 0.06)):
            count += 1
            later = chance.choice([timedelta(seconds=1), timedelta(hours=2)])
            recovery = chance.choice(["release", "due"])
            _recover(flavour, recovery, folder, split=split, later=later, killed_at=f"kill {count} of a {killed}")
        home.store.close()
    return count


if __name__ == "__main__":
    what_, *rest_ = sys.argv[1:]
    if what_ == "random":
        done_ = kill_at_random(int(rest_[0]), Path(rest_[1]), int(rest_[2]))
    else:
        killed_, recovery_, split_, folder_ = rest_
        done_ = kill_everywhere(what_, killed_, recovery_, Path(folder_), split=split_ == "split")
    sys.stdout.write(f"{done_}\n")
