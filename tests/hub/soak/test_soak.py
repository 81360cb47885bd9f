"""Hub, broker and the vendors' services are killed at random: nothing false or stale is shown, and every command ends.

The clock of the hub and of the emulated homes runs fast. ``OPENPOWER_SOAK_HOURS`` and ``OPENPOWER_SOAK_KILLS`` make it long
(``nox -s soak``: 24 simulated hours, 100 kills); ``OPENPOWER_SOAK_SEED`` repeats one.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
from programs import Program, free_port, listens
from soak_hub import shared_clock

import openpower
from openpower import BatteryMode
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, serve as serve_alphaess
from openpower_core.write.folder import active_commands, read_audit
from openpower_goodwe.local.emulator import EmulatedET, serve as serve_goodwe
from openpower_simulation.house import Snapshot

HOURS = float(os.environ.get("OPENPOWER_SOAK_HOURS", "0.4"))
KILLS = int(os.environ.get("OPENPOWER_SOAK_KILLS", "6"))
SEED = int(os.environ.get("OPENPOWER_SOAK_SEED", "1"))
SPEED = 120.0
BEGIN = datetime(2026, 1, 13, 11, tzinfo=UTC)  # a Tuesday, by day in Europe
LATE_S = 4.0
"""How many real seconds a busy machine may be late with anything."""
LONGEST_MIN = 15
SUPPORT = Path(__file__).resolve().parents[2] / "support"
CONFIG = """
[homes.here]
profiles = ["alpha", "good"]
[http]
enabled = false
[history]
enabled = false
[mqtt]
host = "127.0.0.1"
port = {port}
control = ["battery"]
"""


class Vendor:
    """An emulated home whose service can be killed; the home goes on."""

    def __init__(self, name: str, provider: str, house: Any, make: Any) -> None:
        self.name, self.provider, self._house, self._make = name, provider, house, make
        self.served = make(0).start()
        self.options: dict[str, Any] = self.served.options
        self.port = int(self.served.url.split(":")[2].split("/")[0])
        self.truth: deque[Snapshot] = deque(maxlen=200)
        self.released_at: datetime | None = None
        """Since when it is shown as released, without a break."""

    @property
    def profile(self) -> str:
        """Its table in ``config.toml``."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in self.options.items()]
        return "\n".join([f"[profiles.{self.name}]", f'provider = "{self.provider}"', *lines, ""])

    def kill(self) -> None:
        """Nobody answers any more."""
        self.served.stop()

    def start(self) -> None:
        """The service is back, at the same address."""
        self.served = self._make(self.port).start()

    def look(self, now: datetime) -> None:
        """Remember how the battery really is."""
        self.truth.append(self._house.at(now))

    def contradicts(self, shown: dict[str, Any], now: datetime) -> list[str]:
        """What of a published state was not so within the last minutes."""
        since = now - timedelta(seconds=LATE_S * SPEED)
        rows = [row for row in self.truth if row.time >= since]
        found = []
        self.released_at = None if shown["command"] != "released" else self.released_at or now
        # A release is read back before it has its effect, which takes two minutes at AlphaESS.
        if self.released_at and self.released_at <= since and not self._is_auto(rows):
            found.append(f"{self.name} shows released at {now}, and the battery is not in automatic operation")
        for name, attribute, tolerance in (("soc_pct", "soc_pct", 1.5), ("power_w", "battery_w", 400.0)):
            values = [getattr(row, attribute) for row in rows]
            if (
                values
                and shown[name] is not None
                and not min(values) - tolerance <= shown[name] <= max(values) + tolerance
            ):
                found.append(
                    f"{self.name} shows {name} {shown[name]}, which was {min(values):.1f} to {max(values):.1f}"
                )
        return found

    def _is_auto(self, rows: list[Snapshot]) -> bool:
        """Whether it was in automatic operation at any of these times."""
        return not rows or any(row.battery_mode is BatteryMode.AUTO for row in rows)


class Shown:
    """What somebody sees on the broker, by Home Assistant's rules of availability."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.state: dict[str, dict[str, Any]] = {}
        self.receipts: list[dict[str, Any]] = []

    def forget(self) -> None:
        """The connection is lost: all is unavailable until it is heard of again."""
        self.status.clear()
        self.state.clear()

    def live(self, key: str) -> dict[str, Any] | None:
        """A device's state, if it is shown as the present."""
        online = self.status.get("openpower/status") == self.status.get(f"openpower/{key}/status") == "online"
        return self.state.get(key) if online else None


class Soak:
    """Everything that runs, who kills it, who commands it, and who looks."""

    def __init__(self, folder: Path) -> None:
        self.random = random.Random(SEED)
        self.epoch = time.time()
        clock = [BEGIN.isoformat(), str(self.epoch), str(SPEED)]
        self.clock = shared_clock(*clock)
        self.vendors = _vendors(self.clock)
        self.port = free_port()
        self.state = folder / "state"
        (folder / "openpower.toml").write_text(CONFIG.format(port=self.port), encoding="utf-8")
        profiles = folder / "config.toml"
        profiles.write_text("".join(vendor.profile for vendor in self.vendors), encoding="utf-8")
        profiles.chmod(0o600)
        env = {"OPENPOWER_CONFIG": str(profiles), "OPENPOWER_STATE_DIR": str(self.state)}
        python = sys.executable
        command = [python, str(SUPPORT / "soak_hub.py"), str(folder / "openpower.toml"), *clock]
        self.hub = Program("hub", command, folder, ready=lambda: True, env=env)
        broker = [python, str(SUPPORT / "soak_broker.py"), str(self.port)]
        self.broker = Program("broker", broker, folder, ready=lambda: listens(self.port))
        self.shown = Shown()
        self.faults: list[str] = []
        self.looks = 0
        self.commanded = 0

    async def kill(self, real_s: float) -> None:
        """Kill something at random instants, and start it again a little later."""
        waiting: list[Any] = []
        for number in range(KILLS):
            if not waiting:
                waiting = [self.hub, self.broker, *self.vendors]
                self.random.shuffle(waiting)
            await asyncio.sleep(real_s / KILLS * self.random.uniform(0.2, 1.0))
            party = waiting.pop()
            # A vendor is away for up to 16 minutes, in which its figures become too old to be shown; the first one for all of these.
            longest = 1.5 if isinstance(party, Program) else 8.0
            outage = longest if number < len(self.vendors) + 2 else self.random.uniform(0.0, longest)
            await asyncio.to_thread(party.kill)
            await asyncio.sleep(outage)
            await asyncio.to_thread(party.start)

    async def command(self) -> None:
        """Command a battery every few seconds, if anybody listens."""
        while True:
            await asyncio.sleep(self.random.uniform(1.0, 4.0))
            keys = [key for key in self.shown.state if key.endswith("_battery")]
            with suppress(aiomqtt.MqttError, OSError):
                async with aiomqtt.Client("127.0.0.1", self.port, timeout=2) as client:
                    for key in keys and [self.random.choice(keys)]:
                        mode = self.random.choice(["hold", "charge", "hold", "release"])
                        order = {"mode": mode} | (
                            {} if mode == "release" else {"minutes": self.random.randint(3, LONGEST_MIN)}
                        )
                        await client.publish(f"openpower/{key}/set/command", json.dumps(order), qos=1)
                        self.commanded += 1

    async def listen(self) -> None:
        """Follow the broker, as Home Assistant does."""
        while True:
            with suppress(aiomqtt.MqttError, OSError):
                async with aiomqtt.Client("127.0.0.1", self.port, timeout=2) as client:
                    await client.subscribe("openpower/#", qos=1)
                    async for message in client.messages:
                        self._hear(str(message.topic), bytes(message.payload).decode())  # type: ignore[arg-type]
            self.shown.forget()
            await asyncio.sleep(0.2)

    def _hear(self, topic: str, payload: str) -> None:
        if topic.endswith("/status"):
            self.shown.status[topic] = payload
        elif topic.endswith("/state"):
            self.shown.state[topic.split("/")[1]] = json.loads(payload)
        elif topic.endswith("/receipt"):
            self.shown.receipts.append(json.loads(payload))

    async def look(self) -> None:
        """Compare what is shown as the present with how it is."""
        while True:
            await asyncio.sleep(0.1)
            now = self.clock.now()
            for vendor in self.vendors:
                await asyncio.to_thread(vendor.look, now)
                for key in list(self.shown.state):
                    if key.endswith("_battery") and key.startswith(vendor.provider.replace("-", "_")):
                        self._compare(vendor, key)

    def _compare(self, vendor: Vendor, key: str) -> None:
        shown, now = self.shown.live(key), self.clock.now()
        if shown is None:
            vendor.released_at = None
            return
        self.looks += 1
        if shown["read_at"] is None:
            self.faults.append(f"{key} is online without a reading")
            return
        age_s = (now - datetime.fromisoformat(shown["read_at"])).total_seconds()
        if age_s > 2 * 30 + LATE_S * SPEED:
            self.faults.append(f"{key} shows as live what is {age_s:.0f} s old")
        else:
            self.faults += vendor.contradicts(shown, now)
        until = shown["command_until"] and datetime.fromisoformat(shown["command_until"])
        if until and (now - until).total_seconds() > 600 + LATE_S * SPEED:
            self.faults.append(f"{key} shows {shown['command']}, which ended at {until}")

    async def settled(self) -> None:
        """Wait until nothing is commanded any more, for as long as the longest command and its release take."""
        until = time.monotonic() + (LONGEST_MIN + 15) * 60 / SPEED + LATE_S
        while active_commands(self.state, now=self.clock.now(), pending=True) or not self._all_released():
            assert time.monotonic() < until, (active_commands(self.state, pending=True), self.shown.state)
            await asyncio.sleep(0.2)

    def _all_released(self) -> bool:
        shown = [self.shown.live(key) for key in self.shown.state if key.endswith("_battery")]
        return len(shown) == len(self.vendors) and all(each and each["command"] == "released" for each in shown)


def _vendors(clock: Any) -> list[Vendor]:
    system = EmulatedSystem(Nameplate(serial="ALSOAK000000001"), start=clock.now())
    alpha = Emulator([system], clock=clock)
    good = EmulatedET(clock=clock, serial="96000EHU000W0009")
    return [
        Vendor("alpha", "alphaess", system.house, lambda port: serve_alphaess(alpha, port=port)),
        Vendor("good", "goodwe-local", good.house, lambda port: serve_goodwe(good, port=port)),
    ]


def _set_up(vendor: Vendor, clock: Any) -> Any:
    """What the battery is set to, as a connection of its own reads it."""
    with openpower.connect(vendor.provider, clock=clock, state_dir=None, **vendor.options) as home:
        battery = home.battery()
        return battery.schedule(), battery.settings() if battery.capabilities[openpower.Feature.SETTINGS] else None


async def test_nothing_false_is_shown_and_every_command_ends(tmp_path: Path) -> None:
    """Through all deaths; and at the end the batteries are set as they were before."""
    soak = Soak(tmp_path)
    before = [await asyncio.to_thread(_set_up, vendor, soak.clock) for vendor in soak.vendors]
    try:
        await asyncio.to_thread(soak.broker.start)
        await asyncio.to_thread(soak.hub.start)
        async with asyncio.TaskGroup() as tasks:
            watching = [tasks.create_task(soak.listen()), tasks.create_task(soak.look())]
            commanding = tasks.create_task(soak.command())
            await soak.kill(HOURS * 3600 / SPEED)
            commanding.cancel()
            await soak.settled()
            for task in watching:
                task.cancel()
        after = [await asyncio.to_thread(_set_up, vendor, soak.clock) for vendor in soak.vendors]
    finally:
        for party in (soak.hub, soak.broker):
            await asyncio.to_thread(party.stop)
        for vendor in soak.vendors:
            vendor.kill()

    assert soak.faults == []
    assert soak.looks > 20
    assert soak.commanded
    assert {line["outcome"] for line in read_audit(soak.state)} >= {"confirmed"}
    assert after == before
