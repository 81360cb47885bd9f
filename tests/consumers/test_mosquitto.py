"""Mosquitto with the passwords and rights of ``deploy/mosquitto``: who may look, who may command, and what a death leaves."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from hub_process import HubProcess, Mosquitto
from programs import until

ACL = (Path(__file__).resolve().parents[2] / "deploy/mosquitto/acl").read_text(encoding="utf-8")
USERS = {"openpower": "of-the-hub", "homeassistant": "of-home-assistant", "viewer": "of-a-viewer"}
CONFIG = """
[homes.house]
profiles = ["demo"]
intervals = {{ demo = "1 s" }}
[http]
enabled = false
[history]
enabled = false
[mqtt]
host = "127.0.0.1"
port = {broker}
username = "openpower"
control = ["battery"]
"""


@pytest.fixture
def guarded(tmp_path: Path, programs: ExitStack) -> Mosquitto:
    """The broker, which lets nobody in without a password."""
    broker = Mosquitto(tmp_path, users=USERS, acl=ACL)
    programs.callback(broker.stop)
    broker.start()
    return broker


@pytest.fixture
def house(guarded: Mosquitto, hub: Callable[..., HubProcess]) -> HubProcess:
    """A hub that knows its password."""
    return hub(CONFIG.format(broker=guarded.port), env={"OPENPOWER_MQTT_PASSWORD": USERS["openpower"]})


async def heard(
    broker: Mosquitto, topic: str, wanted: Callable[[str, Any], bool], user: str = "viewer", within: float = 15
) -> tuple[str, Any]:
    """The first message that is as wanted, as a user of the broker hears it: its topic, and its payload as JSON or text."""
    async with asyncio.timeout(within):
        async with aiomqtt.Client("127.0.0.1", broker.port, username=user, password=USERS[user]) as client:
            await client.subscribe(topic, qos=1)
            async for message in client.messages:
                text = bytes(message.payload).decode()  # type: ignore[arg-type]
                payload = json.loads(text) if text.startswith("{") else text
                if wanted(str(message.topic), payload):
                    return str(message.topic), payload
    raise AssertionError("the broker ended the connection")


async def say(broker: Mosquitto, user: str, topic: str, payload: str) -> None:
    """Publish as a user."""
    async with aiomqtt.Client("127.0.0.1", broker.port, username=user, password=USERS[user]) as client:
        await client.publish(topic, payload, qos=1)


async def battery(broker: Mosquitto) -> str:
    """The topic of the battery, once it is shown."""
    topic, _ = await heard(broker, "openpower/+/state", lambda topic, _: topic.endswith("_battery/state"))
    return topic.removesuffix("/state")


async def test_who_may_only_look_cannot_command(guarded: Mosquitto, house: HubProcess) -> None:
    """The broker keeps a viewer's order from the hub; Home Assistant's is carried out, and all may see that."""
    house.start()
    device = await battery(guarded)

    await say(guarded, "viewer", f"{device}/set/command", "charge")
    await say(guarded, "homeassistant", f"{device}/set/command", "hold")
    _, state = await heard(guarded, f"{device}/state", lambda _, state: state["command"] != "released")

    assert state["command"] == "hold"


async def test_a_death_is_seen_and_a_restart_seen_too(guarded: Mosquitto, house: HubProcess) -> None:
    """A hub that is killed is offline at once by its last will; one that is back is online with fresh figures; and so after the broker died."""
    house.start()
    device = await battery(guarded)
    await heard(guarded, "openpower/status", lambda _, status: status == "online")

    house.kill()
    await heard(guarded, "openpower/status", lambda _, status: status == "offline", within=3)
    house.start()
    await heard(guarded, "openpower/status", lambda _, status: status == "online")
    guarded.kill()
    guarded.start()
    _, before = await heard(guarded, f"{device}/state", lambda _, state: state["read_at"])
    await heard(guarded, f"{device}/state", lambda _, state: state["read_at"] > before["read_at"])
    await heard(guarded, "openpower/status", lambda _, status: status == "online")


async def test_a_broker_that_comes_later_is_found(guarded: Mosquitto, house: HubProcess) -> None:
    """While the broker cannot be reached the hub says so once, and it publishes when it can."""
    guarded.stop()
    house.start()
    until(lambda: "mqtt" in house.log, "a word about the broker", within=10)
    await asyncio.sleep(4)
    assert len(re.findall(r"^.*WARNING.*mqtt.*$", house.log, re.MULTILINE)) == 1

    guarded.start()
    await battery(guarded)


async def test_a_wrong_password_is_one_clear_line(guarded: Mosquitto, hub: Callable[..., HubProcess]) -> None:
    """It names the broker and the user and not the password, and everything else goes on."""
    wrong = hub(
        CONFIG.format(broker=guarded.port).replace("enabled = false\n[history]", "port = {port}\n[history]"),
        env={"OPENPOWER_MQTT_PASSWORD": "not-the-right-one"},
    )
    wrong.start()
    until(lambda: "mqtt" in wrong.log, "a word about the password", within=10)
    await asyncio.sleep(3)

    lines = [line for line in wrong.log.splitlines() if "mqtt" in line.lower() and ("WARN" in line or "ERROR" in line)]
    assert len(lines) == 1
    assert "password" in lines[0]
    assert "not-the-right-one" not in wrong.log
    assert wrong.ready()
    assert wrong.running
