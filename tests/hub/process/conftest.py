"""``openpower run`` as a process of its own, and vendors' emulators as others."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

OPENPOWER = [sys.executable, "-m", "openpower"]
PATIENCE_S = 60.0


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen")


class Process:
    """A running command, and what it has printed so far."""

    def __init__(self, folder: Path, name: str, *arguments: str, **environment: str) -> None:
        self.output, self.errors = folder / f"{name}.out", folder / f"{name}.err"
        with self.output.open("w") as out, self.errors.open("w") as err:
            self.running = subprocess.Popen(
                [*OPENPOWER, *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # A shell without job control has its background jobs ignore ctrl-C.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            )

    @property
    def out(self) -> str:
        """Standard output."""
        return self.output.read_text("utf-8")

    @property
    def log(self) -> str:
        """Standard error."""
        return self.errors.read_text("utf-8")

    def says(self, words: str) -> str:
        """Wait until it has printed or logged something; gives the line."""

        def line() -> str | None:
            assert self.running.poll() is None or words in self.out + self.log, self.out + self.log
            return next((each for each in (self.out + self.log).splitlines() if words in each), None)

        return str(until(line, words))

    def send(self, number: int) -> None:
        """Send it a signal."""
        self.running.send_signal(number)

    def ends(self, number: int | None = signal.SIGTERM, *, within: float = 20) -> int:
        """Have it end; gives its exit code."""
        if number is not None:
            self.send(number)
        return self.running.wait(within)


class Hub(Process):
    """``openpower run`` that listens on a port of its own."""

    port: int

    def get(self, path: str) -> Any:
        """What its API answers; None while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.loads(answer.read())
        except OSError:
            return None

    def devices(self) -> dict[str, Any]:
        """All devices of all homes, by key."""
        found = self.get("/api/v1/devices") or {"devices": []}
        return {each["key"]: each for each in found["devices"]}

    def live(self, count: int) -> dict[str, Any]:
        """Wait until so many devices are live."""

        def enough() -> dict[str, Any] | None:
            found = {key: each for key, each in self.devices().items() if each["freshness"] == "live"}
            return found if len(found) >= count else None

        return dict(until(enough, f"{count} live devices: {self.log}"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration and state of this test."""
    monkeypatch.setenv("OPENPOWER_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Hub]]:
    """Starts hubs, which end with the test."""
    started: list[Hub] = []

    def begin(toml: str = "", *arguments: str, name: str = "hub", **environment: str) -> Hub:
        port = free_port()
        if "[http]" not in toml:
            toml += f"\n[http]\nport = {port}\n"
        (folder / f"{name}.toml").write_text(toml, "utf-8")
        hub = Hub(folder, name, "run", "--config", f"{name}.toml", *arguments, **environment)
        hub.port = port
        started.append(hub)
        return hub

    yield begin
    for each in started:
        if each.running.poll() is None:
            each.running.kill()
            each.running.wait()


@pytest.fixture
def vendors(folder: Path) -> Iterator[Callable[..., Process]]:
    """Starts emulators as processes, each with the profile that signs in to it."""
    started: list[Process] = []
    file = folder / "config.toml"

    def begin(provider: str) -> Process:
        vendor = Process(folder, provider, "emulate", provider)
        started.append(vendor)
        vendor.says(f"status {provider}")
        variables = dict(re.findall(rf"export OPENPOWER_{provider.upper()}_(\w+)=(\S+)", vendor.out))
        options = dict(re.findall(r"-O (\w+)=(\S+)", vendor.out))
        lines = [f'{name.lower()} = "{value}"' for name, value in {**variables, **options}.items()]
        with file.open("a") as out:
            out.write("\n".join([f"[profiles.my_{provider}]", f'provider = "{provider}"', *lines, ""]))
        file.chmod(0o600)
        return vendor

    yield begin
    for each in started:
        each.running.kill()
        each.running.wait()
