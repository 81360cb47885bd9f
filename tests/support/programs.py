"""Programs that tests start on loopback: each is waited for, bounded in time, and ended by its own process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something accepts connections."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    """Whether a server answers at an address, whatever it says but that it is not ready."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError as error:
        return error.code != 503
    except OSError:
        return False
    return True


def until(condition: Callable[[], object], what: str, *, within: float = 30.0) -> float:
    """Wait for something; how long it took (s)."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > within:
            raise TimeoutError(f"no {what} within {within:g} s")
        time.sleep(0.05)
    return time.monotonic() - begun


class Program:
    """A program, which may be started again after it ended.

    Args:
        name: of the file for its output.
        command: what is started.
        folder: where it runs and its output is kept.
        ready: tells whether it serves.
        env: what its environment has beside that of the tests.
        within: how long it may take until it is ready (s).
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        *,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        within: float = 30.0,
    ) -> None:
        self.name, self.command, self.folder, self.ready, self.within = name, command, folder, ready, within
        self.env = {**os.environ, **(env or {})}
        self.output = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """All that it has printed, in all its lives."""
        return self.output.read_text(encoding="utf-8", errors="replace") if self.output.exists() else ""

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> float:
        """Start it and wait until it serves; how long that took (s)."""
        assert not self.running
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # ctrl-C of whoever runs the tests is for them alone
            )
        return until(self._ready, f"{self.name} that serves", within=self.within)

    def _ready(self) -> bool:
        if not self.running:
            raise AssertionError(f"{self.name} ended by itself:\n{self.log[-3000:]}")
        return self.ready()

    def stop(self, number: int = signal.SIGTERM, *, within: float = 30.0) -> int:
        """End it and wait for its end; its exit code. One that does not end in time is killed, and that is an error."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError(f"{self.name} did not end within {within:g} s:\n{self.log[-3000:]}") from None

    def kill(self) -> None:
        """End it as a power cut does."""
        self.stop(signal.SIGKILL)

    def __enter__(self) -> Program:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop(signal.SIGTERM if kind is None else signal.SIGKILL)


def accelerated(begin: str, speed: float, *, by: float = 0.0) -> dict[str, str]:
    """The environment in which time begins at an instant and runs faster, for all clocks of a program.

    Args:
        begin: the time on its clock when ``by`` is 0, ``2026-11-28 09:55:00`` (UTC).
        speed: how many times as fast as real time.
        by: how long ago that was for others (real seconds), for a program that is started later.
    """
    from datetime import datetime, timedelta

    now = datetime.fromisoformat(begin) + timedelta(seconds=by * speed)
    return {"LD_PRELOAD": str(LIBFAKETIME), "FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S} x{speed:g}", "TZ": "UTC"}
