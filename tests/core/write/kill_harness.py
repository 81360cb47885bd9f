"""Runs a write in a child process, kills it at every step in turn, and lets a second process recover.

A step is every SQL statement (its beginning, so that the last one of a transaction is its COMMIT), and the time
just before and just after the vendor is asked or told. Run by ``test_kill.py``; it imports no pytest fixtures.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))


from openpower_core.clock import ManualClock
from openpower_core.write import AsyncWriter, SQLiteStore, Writer

if TYPE_CHECKING:
    import sqlite3

    from openpower_core.write.sqlite import Database

# Beside this file; imported by name, since the harness runs on its own.
toy: Any = importlib.import_module("conftest")
INFO, START = toy.INFO, toy.START

BEFORE, COMMAND = "01-05", "22-06"
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

    def __init__(self, clock: Any, folder: Path, countdown: Countdown) -> None:
        self.clock = clock
        self.blind = False
        self._file = folder / "vendor.json"
        self._countdown = countdown

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._file.read_text())
        return state

    def read(self) -> Any:
        self._countdown.step()
        return toy.Page(window=self.state()["window"], reserve=10)

    def send(self, fields: Any) -> None:
        self._countdown.step()
        self._file.write_text(json.dumps({"window": fields["window"], "sends": self.state()["sends"] + 1}))
        self._countdown.step()


class Home:
    """A connection of one process to the vendor, with the state folder."""

    def __init__(
        self, flavour: str, folder: Path, *, later: timedelta = timedelta(0), kill_at: int = 0, clock: Any = None
    ) -> None:
        self.clock: Any = clock or ManualClock(START + later)
        countdown = Countdown(kill_at)
        self.vendor = FileVendor(self.clock, folder, countdown)
        self.store = SQLiteStore(folder / "state")
        kind, page = (AsyncWriter, toy.AsyncPageDocument) if flavour == "async" else (Writer, toy.PageDocument)
        self.writer: Any = kind(self.store, clock=self.clock, releases=False)
        self.document: Any = page(toy.Planning(self.vendor))
        _trace(self.store._database, countdown)
        self.writer.adopt(INFO, self.document)

    def command(self) -> Any:
        return _finish(
            self.writer.write(
                INFO,
                self.document,
                toy.Desired(window=COMMAND, until=UNTIL),
                operation="command",
                restorable=True,
                unattended=True,
                confirm="readback",
            )
        )

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


def _killed_child(work: Any) -> bool:
    """Run the work in a child; whether it was killed. Any other bad end is ours, and ends the harness."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  (a fork must not run the rest of the program)
            sys.excepthook(*sys.exc_info())
            os._exit(2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed"
    return False


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "vendor.json").write_text(json.dumps({"window": BEFORE, "sends": 0}))
    return folder


def _repeat(home: Home, sends: int) -> None:
    """The same command again sends only what had not arrived; release then puts back what was there."""
    had_arrived = home.vendor.state()["window"] == COMMAND
    receipt = home.command()
    assert home.vendor.state() == {"window": COMMAND, "sends": sends + (not had_arrived)}
    assert receipt.state == ("unchanged" if had_arrived else "confirmed"), receipt
    assert home.release().state == "confirmed"
    assert home.vendor.state()["window"] == BEFORE


def _release(home: Home, sends: int) -> None:
    """Whatever had arrived, the vendor holds what was there before in the end.

    What may still arrive is answered by one write; what has not arrived after the settle time is not.
    """
    had_arrived = home.vendor.state()["window"] == COMMAND
    home.release()
    state = home.vendor.state()
    assert state["window"] == BEFORE
    assert had_arrived <= state["sends"] - sends <= 1
    home.clock.advance(timedelta(hours=1))
    assert home.release().state == "unchanged"
    assert home.store.points() == []
    audited = [line["id"] for line in home.store.audit() if line["outcome"] == "sending"]
    assert state["sends"] <= len(audited)


def _due(home: Home, sends: int) -> None:
    """What is due is found and released without anybody asking for that document."""
    had_arrived = home.vendor.state()["window"] == COMMAND
    home.clock.advance(timedelta(hours=12))
    _finish(home.writer.release_due())
    home.clock.advance(timedelta(hours=1))
    _finish(home.writer.release_due())
    assert home.store.points() == []
    assert home.vendor.state() == {"window": BEFORE, "sends": sends + had_arrived}


RECOVERIES = {"repeat": _repeat, "release": _release, "due": _due}


def kill_everywhere(flavour: str, killed: str, recovery: str, folder: Path) -> int:
    """Kill the command, or its release, at each step; recover soon after or long after. Gives the steps."""
    for n in range(1, 1000):
        _fresh(folder)
        if killed == "release":
            assert not _killed_child(Home(flavour, folder).command)
        if not _killed_child(getattr(Home(flavour, folder, kill_at=n), killed)):
            return n - 1
        later = timedelta(seconds=1) if n % 2 else timedelta(hours=2)
        home = Home(flavour, folder, later=later)
        try:
            RECOVERIES[recovery](home, home.vendor.state()["sends"])
        except BaseException:
            sys.stderr.write(f"killed at step {n}, recovered {later} later\n")
            raise
        finally:
            home.store.close()
    raise AssertionError("it never ended")


if __name__ == "__main__":
    flavour_, killed_, recovery_, folder_ = sys.argv[1:]
    sys.stdout.write(f"{kill_everywhere(flavour_, killed_, recovery_, Path(folder_))}\n")
