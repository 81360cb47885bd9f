"""Commands over MQTT reach the simulated home, come back as what is, and are told as events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from hub_mqtt import Listener, broker_on, config_for, device, free_port, hub_on, listening

from openpower_hub.engine import Hub
from openpower_hub.state import DeviceState

ALL = ["battery", "inverter", "ev_charger"]


@asynccontextmanager
async def home(control: list[str]) -> AsyncIterator[tuple[Hub, Listener]]:
    """The simulated home, shown on a broker that is listened to."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, hub_on(config_for(port, control=control)) as hub:
        yield hub, listener


async def ready(hub: Hub, listener: Listener, role: str) -> DeviceState:
    """A device whose settings were read, so that all its controls are announced."""
    state = await device(hub, role)
    setting = {"battery": "reserve_soc", "inverter": "export_limit", "ev_charger": "current"}[role]
    await listener.until(lambda topic, payload: topic.endswith(f"{role}/state") and f'"{setting}"' in payload)
    return state


async def test_a_select_commands_the_battery_and_shows_what_is() -> None:
    """Hold by a select: planned, accepted, confirmed; then the state says hold, and when it ends."""
    async with home(ALL) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        begun = len(listener.heard)
        await listener.say(f"openpower/{battery.key}/set/command", "hold")
        await listener.event(battery.key, begun, event_type="confirmed", operation="hold")
        state = await listener.state(battery.key, begun, command="hold")

        events = [each for each in listener.events(battery.key) if each["operation"] == "hold"]
        assert [each["event_type"] for each in events] == ["planned", "accepted", "confirmed"]
        assert len({each["id"] for each in events}) == 1
        assert {each["by"] for each in events} == {"mqtt"}
        ends = datetime.fromisoformat(state["command_until"])
        assert 23.9 < (ends - hub.clock.now()).total_seconds() / 3600 <= 24  # the home's command_duration
        active = await battery.device.active_command()  # type: ignore[attr-defined]
        assert active.command.mode == "hold"


async def test_a_retained_command_is_ignored() -> None:
    """What the broker has kept is an old wish: nothing is sent, whatever it says."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        async with hub_on(config_for(port, control=["battery"])) as hub:
            battery = await device(hub, "battery")
        await listener.say(f"openpower/{battery.key}/set/command", "export", retain=True)
        async with hub_on(config_for(port, control=["battery"])) as hub:
            battery = await ready(hub, listener, "battery")
            begun = len(listener.heard)
            await listener.say(f"openpower/{battery.key}/set/reserve_soc", "30")
            await listener.state(battery.key, begun, reserve_soc=30)

            assert {each["operation"] for each in listener.events(battery.key)} == {"apply_settings"}
            assert await battery.device.active_command() is None  # type: ignore[attr-defined]


async def test_without_control_nothing_can_be_commanded() -> None:
    """A hub that only reads announces no command topic, and takes no command."""
    async with home([]) as (hub, listener):
        battery = await device(hub, "battery")
        await listener.until(lambda topic, payload: topic.endswith("/config") and "battery_soc_pct" in payload)
        await listener.say(f"openpower/{battery.key}/set/command", "hold")
        begun = len(listener.heard)
        await listener.state(battery.key, begun)

        assert not any("command_topic" in payload for _, payload, _ in listener.heard)
        assert listener.events(battery.key) == []
        assert await battery.device.active_command() is None  # type: ignore[attr-defined]


async def test_control_is_for_the_kinds_that_were_named() -> None:
    """Control of the battery is none of the inverter."""
    async with home(["battery"]) as (hub, listener):
        await ready(hub, listener, "battery")
        config = next(p for t, p, _ in reversed(listener.heard) if t.endswith("/config"))
        commanded = {name for name, each in json.loads(config)["cmps"].items() if "command_topic" in each}

        assert commanded
        assert all(name.startswith("battery_set_") for name in commanded)
