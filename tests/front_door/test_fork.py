"""A forked child has locks, pools and threads of its own: it neither waits for its parent's nor gets its answers.

Each scenario is a function of this file that runs in a process of its own; what hangs is killed, and fails.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SUPPORT = Path(__file__).resolve().parents[1] / "support"
WITHIN_S = 10.0
SCENARIOS: dict[str, Callable[[Path], None]] = {}


def scenario(function: Callable[[Path], None]) -> Callable[[Path], None]:
    SCENARIOS[function.__name__] = function
    return function


class Child:
    """A forked process that does some work; it does not outlive ``WITHIN_S``."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._ends = time.monotonic() + WITHIN_S
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            try:
                work()
                code = 0
            except BaseException:  # noqa: BLE001  (the child is not to run the rest of the program)
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stderr.flush()
                os._exit(code)

    def wait(self) -> None:
        while True:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                assert os.waitstatus_to_exitcode(status) == 0, "the child failed"
                return
            if time.monotonic() > self._ends:
                os.kill(self._pid, 9)
                os.waitpid(self._pid, 0)
                raise AssertionError("the child hung")
            time.sleep(0.005)


def while_held(take: Callable[[threading.Event, threading.Event], object], work: Callable[[], object]) -> None:
    """Fork while another thread is inside ``take``, and do the work in the child."""
    inside, leave = threading.Event(), threading.Event()
    thread = threading.Thread(target=take, args=(inside, leave), daemon=True)
    thread.start()
    assert inside.wait(5)
    try:
        Child(work).wait()
    finally:
        leave.set()
        thread.join(5)


class SlowHome:
    """A backend whose discovery takes as long as the test wants."""

    native = None

    def __init__(self, on_discover: Callable[[], object]) -> None:
        self.on_discover = on_discover

    def discover(self) -> list[Any]:
        self.on_discover()
        return []

    def close(self) -> None: ...


@scenario
def a_discovery_that_another_thread_has_begun(_: Path) -> None:
    """The child discovers by itself."""
    from openpower_core.connection import connect
    from openpower_core.provider import ProviderSpec

    inside, leave = threading.Event(), threading.Event()

    def discover() -> None:
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            leave.wait(5)

    home = connect(ProviderSpec(name="acme", connect=lambda context: SlowHome(discover)))

    def take(entered: threading.Event, done: threading.Event) -> None:
        threading.Thread(target=home.devices, daemon=True).start()
        inside.wait(5)
        entered.set()
        done.wait(5)
        leave.set()

    while_held(take, lambda: home.devices(refresh=True))


@scenario
def a_fork_inside_a_discovery(_: Path) -> None:
    """Both processes end it, and can discover again, in whichever thread."""
    from openpower_core.connection import connect
    from openpower_core.provider import ProviderSpec

    pids: list[int] = []

    def discover() -> None:
        if not pids:
            pids.append(os.getpid())
            pids.append(os.fork())

    home = connect(ProviderSpec(name="acme", connect=lambda context: SlowHome(discover)))
    home.devices()
    thread = threading.Thread(target=home.devices, kwargs={"refresh": True}, daemon=True)
    thread.start()
    thread.join(5)
    if os.getpid() != pids[0]:
        os._exit(int(thread.is_alive()))
    ended, status = os.waitpid(pids[1], 0)
    assert ended
    assert (status, thread.is_alive()) == (0, False)


@scenario
def children_that_ask_while_their_parent_asks(_: Path) -> None:
    """240 questions from seven processes on connections that were open before the fork: each gets its own answer."""
    from echo import echo

    import openpower

    with echo() as url:
        home = openpower.connect("alphaess", app_id="a", app_secret="b" * 32, base_url=url)

        def ask(first: int) -> None:
            for number in range(first, first + 10):
                assert home.native.get_realtime_power_usage(str(number)).ppv == number

        def in_threads(first: int) -> None:
            failures: list[BaseException] = []

            def guarded(start: int) -> None:
                try:
                    ask(start)
                except BaseException as error:  # noqa: BLE001  (raised below, in the main thread)
                    failures.append(error)

            threads = [threading.Thread(target=guarded, args=(first + 100 * index,)) for index in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(WITHIN_S)
            assert not failures, failures[0]
            assert not any(thread.is_alive() for thread in threads)

        in_threads(0)
        beside = threading.Thread(target=in_threads, args=(1000,))
        beside.start()
        children = [Child(lambda first=10_000 * index: in_threads(first)) for index in range(1, 5)]
        beside.join(WITHIN_S)
        for child in children:
            child.wait()
        in_threads(2000)


@scenario
def a_lock_of_the_limiter_or_of_hooks(_: Path) -> None:
    """Whoever held one at the fork, the child's is free."""
    from openpower_core.http import RateLimiter
    from openpower_core.registry.hooks import HOOKS

    def take(inside: threading.Event, leave: threading.Event) -> None:
        with HOOKS._lock:
            inside.set()
            leave.wait(5)

    while_held(take, lambda: (HOOKS.credential("acme", "token"), RateLimiter().reserve(0.0)))


@scenario
def a_shared_fetch_that_another_thread_has_begun(_: Path) -> None:
    """The child fetches by itself."""
    from datetime import timedelta

    from openpower_core.connection import SharedFetch

    inside, leave = threading.Event(), threading.Event()

    def fetch() -> int:
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            leave.wait(5)
        return os.getpid()

    shared = SharedFetch(fetch, max_age=timedelta(seconds=60))

    def take(entered: threading.Event, done: threading.Event) -> None:
        threading.Thread(target=shared.get, daemon=True).start()
        inside.wait(5)
        entered.set()
        done.wait(5)
        leave.set()

    def work() -> None:
        assert shared.get().value == os.getpid()

    while_held(take, work)


@scenario
def stores_that_are_being_written(folder: Path) -> None:
    """In memory and in a state folder: a child finds no transaction half done, and no lock of SQLite that stays."""
    from openpower_core.write.sqlite import Database

    for path in (None, folder / "writes.db"):
        database = Database(path)
        stop = threading.Event()

        def write(database: Database = database, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                time.sleep(0.003)  # SQLite's locks among processes are not fair
                with database.transaction() as db:
                    for _ in range(2):
                        db.execute("INSERT INTO audit (line) VALUES ('0')")

        def look(database: Database = database) -> None:
            with database.transaction() as db:
                db.execute("INSERT INTO audit (line) VALUES ('1')")
            assert database.rows("SELECT COUNT(*) AS n FROM audit WHERE line = '0'")[0]["n"] % 2 == 0

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        for _ in range(15):
            Child(look).wait()
        stop.set()
        thread.join(5)
        assert not thread.is_alive()
        assert database.rows("SELECT COUNT(*) AS n FROM audit WHERE line = '0'")[0]["n"] > 0


@scenario
def a_write_that_another_thread_has_begun(_: Path) -> None:
    """The queue of a box starts anew: the child's writer is the first in it."""
    from openpower_core.write.store import WriteLock

    def take(inside: threading.Event, leave: threading.Event) -> None:
        with WriteLock("box", timeout=5):
            inside.set()
            leave.wait(5)

    def work() -> None:
        for _ in range(2):
            with WriteLock("box", timeout=1):
                pass

    while_held(take, work)


@scenario
def a_fork_inside_a_write(_: Path) -> None:
    """The child leaves a queue that it does not have, and may line up again."""
    from openpower_core.write.store import WriteLock

    with WriteLock("box", timeout=5):
        pid = os.fork()
    with WriteLock("box", timeout=1):
        pass
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


@scenario
def an_import_that_another_thread_has_begun(folder: Path) -> None:
    """Python would leave the module locked in the child for good; the fork waits for it."""
    (folder / "openpower_slow.py").write_text("import time\ntime.sleep(0.5)\n")
    sys.path.insert(0, str(folder))
    from openpower_core import waiting

    assert waiting.FORK_WAITS_S > 0.5

    def work() -> None:
        importlib.import_module("openpower_slow")

    threading.Thread(target=work, daemon=True).start()
    while "openpower_slow" not in sys.modules:
        time.sleep(0.001)
    Child(work).wait()


@scenario
def a_lock_among_tasks(_: Path) -> None:
    """A lock that a task of another thread's loop holds is free in the child."""
    from openpower_core.waiting import ALock

    lock = ALock()

    def take(inside: threading.Event, leave: threading.Event) -> None:
        async def hold() -> None:
            async with lock:
                inside.set()
                await asyncio.to_thread(leave.wait, 5)

        asyncio.run(hold())

    async def pass_through() -> None:
        async with lock:
            await asyncio.sleep(0)

    while_held(take, lambda: asyncio.run(pass_through()))


@scenario
def work_in_the_background(_: Path) -> None:
    """A child starts a thread of its own; its parent's goes on."""
    from openpower_core.waiting import Background

    ran: list[int] = []

    def step() -> float:
        ran.append(os.getpid())
        return 0.01

    background = Background(step, name="steps")
    background.wake()

    def work() -> None:
        background.wake()
        while os.getpid() not in ran:
            time.sleep(0.005)
        background.close()

    Child(work).wait()
    before = len(ran)
    while len(ran) == before:
        time.sleep(0.005)
    background.close()


@scenario
def the_loop_of_the_local_network(_: Path) -> None:
    """The blocking flavour of goodwe-local has a thread for its loop: a child starts another one."""
    from openpower_goodwe.local.client.loops import Loop

    loop = Loop()

    async def pid() -> int:
        return os.getpid()

    assert loop.run(pid) == os.getpid()

    def work() -> None:
        assert loop.run(pid) == os.getpid()
        loop.close()

    Child(work).wait()
    assert loop.run(pid) == os.getpid()
    loop.close()


@scenario
def a_whole_home(folder: Path) -> None:
    """The simulated home, read and controlled in the parent, in two children, and in the parent again."""
    import openpower

    home = openpower.connect("demo", state_dir=folder)
    battery = home.battery()

    def use() -> None:
        assert battery.read().soc_pct is not None
        battery.hold(unattended=True)
        battery.release()

    use()
    stop = threading.Event()

    def keep_reading() -> None:
        while not stop.is_set():
            battery.read()

    thread = threading.Thread(target=keep_reading, daemon=True)
    thread.start()
    for _ in range(2):
        Child(use).wait()
    stop.set()
    thread.join(5)
    use()
    home.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_forked_child_works(name: str, tmp_path: Path) -> None:
    """What a scenario's function says holds, within its time."""
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT), "PYTHONWARNINGS": "ignore::DeprecationWarning"}
    command = [sys.executable, __file__, name, str(tmp_path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stderr


if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](Path(sys.argv[2]))
