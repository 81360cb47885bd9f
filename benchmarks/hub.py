"""The hub with ten devices: its memory, its share of a processor, and how soon an integration shows what a vendor answered.

    python benchmarks/hub.py [--json] [SECONDS]

``openpower run`` as a process, with everything on (page, HTTP, Prometheus, history, MQTT), beside AlphaESS's emulator with
three systems, a broker, and somebody who reads the event stream and listens to the broker.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, serve

DEVICES = 10
MOST_MB, MOST_SHARE, MOST_S = 90.0, 0.01, 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


class Latencies:
    """When the vendor answered, and how much later its figures were seen."""

    def __init__(self) -> None:
        self.answered = 0.0
        self.seen: dict[str, list[float]] = {"server-sent events": [], "MQTT": []}
        self.devices: set[str] = set()

    def arrived(self, way: str) -> None:
        """Something with new figures was seen now."""
        self.seen[way].append(time.monotonic() - self.answered)


def main() -> int:
    """Measure; 1 if a limit is exceeded."""
    seconds = next((float(each) for each in sys.argv[1:] if each.isdigit()), 120.0)
    found = Latencies()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(_broker())
        options = stack.enter_context(_vendor(found))
        port = _free_port()
        hub = stack.enter_context(_hub(folder, options, broker, port))
        _follow_events(port, found)
        _listen(broker, found)
        _wait_for(lambda: len(found.devices) >= DEVICES, "ten live devices")
        time.sleep(30)  # what is imported on first use is there by then
        for each in found.seen.values():
            each.clear()
        share = _share(hub.pid, seconds)
        memory = _memory_mb(hub.pid)
    return _report(len(found.devices), memory, share, found)


@contextmanager
def _vendor(found: Latencies) -> Iterator[dict[str, Any]]:
    """Three systems, with an inverter, a battery, a meter each, and one with a charger; every answer is timed."""
    chargers: tuple[tuple[str, ...], ...] = (("SMILE-EVCT11",), (), ())
    systems = [
        EmulatedSystem(Nameplate(serial=f"AL{number:013}", charger_models=models), start=datetime.now(UTC))
        for number, models in enumerate(chargers, 1)
    ]
    emulator = Emulator(systems)
    call = type(emulator).__call__

    class Timed(type(emulator)):  # type: ignore[misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await call(self, scope, receive, send)
            found.answered = time.monotonic()

    emulator.__class__ = Timed
    with serve(emulator) as served:
        yield served.options


@contextmanager
def _broker() -> Iterator[int]:
    port = _free_port()
    code = (
        "import asyncio, logging; from amqtt.broker import Broker\n"
        "logging.disable(logging.CRITICAL)\n"
        "auth = {'amqtt.plugins.authentication.AnonymousAuthPlugin': {'allow_anonymous': True}}\n"
        f"settings = {{'listeners': {{'default': {{'type': 'tcp', 'bind': '127.0.0.1:{port}'}}}}, 'plugins': auth}}\n"
        "async def main():\n    await Broker(settings).start(); await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    with _process([sys.executable, "-c", code]):
        _wait_for(lambda: _listens(port), "the broker")
        yield port


@contextmanager
def _hub(folder: Path, options: dict[str, Any], broker: int, port: int) -> Iterator[subprocess.Popen[bytes]]:
    profile = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    config = folder / "config.toml"
    config.write_text(f'[profiles.roof]\nprovider = "alphaess"\n{profile}\n', "utf-8")
    config.chmod(0o600)
    (folder / "openpower.toml").write_text(
        f'[homes.home]\nprofiles = ["roof"]\n[http]\nport = {port}\n[mqtt]\nhost = "127.0.0.1"\nport = {broker}\n',
        "utf-8",
    )
    environment = {**os.environ, "OPENPOWER_CONFIG": str(config), "OPENPOWER_STATE_DIR": str(folder / "state")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    arguments = [sys.executable, "-m", "openpower", "run", "--config", str(folder / "openpower.toml")]
    with _process(arguments, env=environment, stdout=subprocess.DEVNULL) as hub:
        _wait_for(lambda: _listens(port), "the hub")
        yield hub


@contextmanager
def _process(arguments: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(arguments, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def _follow_events(port: int, found: Latencies) -> None:
    def follow() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/api/v1/events")
        answer = connection.getresponse()
        kind = ""
        for line in iter(answer.readline, b""):
            name, _, value = line.decode().rstrip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "reading":
                found.arrived("server-sent events")
                found.devices.add(json.loads(value)["device"]["key"])

    threading.Thread(target=follow, daemon=True).start()


def _listen(port: int, found: Latencies) -> None:
    def message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/state") and not message.retain:
            found.arrived("MQTT")

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = message
    client.connect("127.0.0.1", port)
    client.subscribe("openpower/#")
    client.loop_start()


def _share(pid: int, seconds: float) -> float:
    """The share of one processor that a process takes."""
    before, began = _processor_s(pid), time.monotonic()
    time.sleep(seconds)
    return (_processor_s(pid) - before) / (time.monotonic() - began)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> float:
    """What a process has in memory (MB)."""
    line = next(each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def _report(devices: int, memory_mb: float, share: float, found: Latencies) -> int:
    rows = [
        (f"memory with {devices} devices (MB)", memory_mb, MOST_MB),
        ("share of a processor (%)", share * 100, MOST_SHARE * 100),
    ]
    for way, taken in found.seen.items():
        worst = statistics.quantiles(taken, n=100)[94] if len(taken) > 1 else float("inf")
        rows.append(
            (f"from the vendor's answer to {way}, 95th percentile of {len(taken)} (ms)", worst * 1000, MOST_S * 1000)
        )
    for title, value, limit in rows:
        if "--json" in sys.argv:
            print(json.dumps({"title": title, "value": value, "limit": limit, "ok": value <= limit}))
        else:
            print(f"{title}: {value:.2f} (limit {limit:g}) {'ok' if value <= limit else 'TOO MUCH'}")
    return int(any(value > limit for _, value, limit in rows))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(condition: Callable[[], bool], what: str, *, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
