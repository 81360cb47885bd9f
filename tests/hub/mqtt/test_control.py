"""Commands over MQTT reach the simulated home, come back as what is, and are told as events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hub_mqtt import Listener, broker_on, config_for, device, free_port, hub_on, listening

from openpower_core.errors import InvalidValue
from openpower_hub.engine import Hub
from openpower_hub.mqtt.commands import Next, to_order
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
    await listener.until(lambda topic, payload: topic.endswith("/config") and f"{role}_set_{setting}" in payload)
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


async def test_what_comes_with_the_next_command_is_set_before_it() -> None:
    """Power, target and duration are numbers that the next charge takes."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        for name, figure in (("command_power_w", "1500"), ("command_target_soc_pct", "80"), ("command_min", "90")):
            await listener.say(f"openpower/{battery.key}/set/{name}", figure)
        await listener.state(battery.key, command_power_w=1500.0, command_target_soc_pct=80.0, command_min=90.0)
        await listener.say(f"openpower/{battery.key}/set/command", "charge")
        await listener.state(battery.key, command="charge")

        active = await battery.device.active_command()  # type: ignore[attr-defined]
        assert (active.command.power_w, active.command.target_soc_pct) == (1500, 80)
        assert 88 < (active.command.until - hub.clock.now()).total_seconds() / 60 <= 90


async def test_a_command_as_json_says_all_of_it() -> None:
    """Node-RED and scripts give a command in one message, which takes nothing from the numbers."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        await listener.say(f"openpower/{battery.key}/set/command_min", "600")
        command = {"mode": "charge", "minutes": 30, "target_soc_pct": 55}
        await listener.say(f"openpower/{battery.key}/set/command", json.dumps(command))
        await listener.state(battery.key, command="charge")

        active = await battery.device.active_command()  # type: ignore[attr-defined]
        assert (active.command.power_w, active.command.target_soc_pct) == (None, 55)
        assert 28 < (active.command.until - hub.clock.now()).total_seconds() / 60 <= 30


NOON = datetime(2026, 6, 20, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        ({"until": "2026-06-20T05:00:00Z"}, 3),
        ({"until": "2026-06-20T17:00:00+10:00"}, 5),
        ({"minutes": 90}, 1.5),
        ({"minutes": None}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_command_as_json(end: dict[str, Any], hours: float | None) -> None:
    """A time with its offset, minutes, or the home's default."""
    text = json.dumps({"mode": "hold", **end})
    order = to_order("command", text, Any, following=Next(minutes=7), settings=None, now=NOON)  # type: ignore[arg-type]
    assert order.until == (None if hours is None else NOON + timedelta(hours=hours))


@pytest.mark.parametrize(
    "end",
    [
        *({"minutes": each} for each in (0, "", "90", [], False, -1, float("nan"), 1e9)),
        *({"until": each} for each in ("", 0, 5, [], "soon", "2026-06-20", "2026-06-20T05:00:00")),
        {"until": "9999-12-31T23:59:59Z"},
        {"until": "2026-06-20T05:00:00Z", "minutes": 5},
    ],
)
def test_an_end_that_is_none_is_refused(end: dict[str, Any]) -> None:
    """A template that comes to nothing must not become a command of a day."""
    with pytest.raises(InvalidValue):
        to_order("command", json.dumps({"mode": "hold", **end}), Any, following=Next(), settings=None, now=NOON)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["release", "command"])
async def test_a_release_puts_back_what_was_there(how: str) -> None:
    """The button, and the select's option "released"."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        await listener.say(f"openpower/{battery.key}/set/command", "idle")
        await listener.state(battery.key, command="idle")
        begun = len(listener.heard)
        payload = {"release": "PRESS", "command": "released"}[how]
        await listener.say(f"openpower/{battery.key}/set/{how}", payload)
        state = await listener.state(battery.key, begun, command="released")

        assert state["command_until"] is None
        assert await battery.device.active_command() is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("role", "name", "payload", "figure"),
    [
        ("battery", "reserve_soc", "25", 25),
        ("battery", "max_soc", "90", 90),
        ("battery", "max_charge_w", "2000", 2000),
        ("battery", "max_discharge_w", "none", None),
        ("inverter", "export_limit", "1500", 1500),
        ("ev_charger", "current", "10", 10),
    ],
)
async def test_a_number_sets_and_shows_what_the_device_holds(
    role: str, name: str, payload: str, figure: float | None
) -> None:
    """The number that comes back was read from the device."""
    async with home(ALL) as (hub, listener):
        state = await ready(hub, listener, role)
        begun = len(listener.heard)
        await listener.say(f"openpower/{state.key}/set/{name}", payload)
        event = await listener.event(state.key, begun)
        assert event["event_type"] in ("planned", "unchanged")
        await listener.state(state.key, begun, **{name: figure})


async def test_a_button_removes_the_export_limit() -> None:
    """A number cannot say "no limit": the button's payload does, on the number's topic."""
    async with home(["inverter"]) as (hub, listener):
        inverter = await ready(hub, listener, "inverter")
        await listener.say(f"openpower/{inverter.key}/set/export_limit", "0")
        await listener.state(inverter.key, export_limit=0)
        begun = len(listener.heard)
        await listener.say(f"openpower/{inverter.key}/set/export_limit", "none")
        await listener.state(inverter.key, begun, export_limit=None)


async def test_a_switch_stops_and_starts_the_car() -> None:
    """Charging is what the charger's status says."""
    async with home(["ev_charger"]) as (hub, listener):
        charger = await ready(hub, listener, "ev_charger")
        await listener.say(f"openpower/{charger.key}/set/charging", "OFF")
        event = await listener.event(charger.key)

        assert event["operation"] == "stop"


REFUSED = [
    ("reserve_soc", "120", "from 0 to 100"),
    ("reserve_soc", "nan", "number"),
    ("reserve_soc", "1e400", "number"),
    ("reserve_soc", "a lot", "must be a number"),
    ("command", "explode", "must be"),
    ("command", "x" * 2000, "bytes"),
    ("command", '{"mode": "charge", "speed": 3}', "speed"),
    ("command", '{"mode": "charge", "until": "2020-01-01T00:00:00Z"}', "until"),
    ("command", "{nonsense", "JSON"),
    ("command", "hold\u0007", "printed"),
    ("command_min", "-5", "from 0"),
    ("command_target_soc_pct", "101", "from 0 to 100"),
    ("max_charge_w", "99999", "from 0 to"),
]


async def test_an_empty_message_is_no_command() -> None:
    """Somebody clears what the broker has kept; nothing is refused, and nothing changes."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        begun = len(listener.heard)
        await listener.say(f"openpower/{battery.key}/set/command", "", retain=True)
        await listener.say(f"openpower/{battery.key}/set/command", "explode")  # comes after it
        event = await listener.event(battery.key, begun, event_type="refused")

        assert "must be" in event["reason"]
        assert len(listener.events(battery.key)) == 1


async def test_what_is_refused_is_an_event_with_its_reason_and_changes_nothing() -> None:
    """Each wrong command is told, none is sent, and the state is published again so that a select goes back."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        for name, payload, words in REFUSED:
            begun = len(listener.heard)
            await listener.say(f"openpower/{battery.key}/set/{name}", payload)
            event = await listener.event(battery.key, begun, event_type="refused")
            assert words in event["reason"], (name, payload)
            assert event["operation"] == name
            state = await listener.state(battery.key, begun)
            assert state["command"] == "released"
        assert {each["event_type"] for each in listener.events(battery.key)} == {"refused"}
        assert await battery.device.active_command() is None  # type: ignore[attr-defined]


async def test_an_automation_that_loops_is_stopped() -> None:
    """After ten orders within a minute the next is refused; a release is not."""
    async with home(["battery"]) as (hub, listener):
        battery = await ready(hub, listener, "battery")
        for n in range(10):
            begun = len(listener.heard)
            await listener.say(f"openpower/{battery.key}/set/reserve_soc", str(30 + n % 2))
            await listener.event(battery.key, begun, event_type="confirmed")
        await listener.say(f"openpower/{battery.key}/set/reserve_soc", "32")
        event = await listener.event(battery.key, event_type="refused")
        assert "within a minute" in event["reason"]
        begun = len(listener.heard)
        await listener.say(f"openpower/{battery.key}/set/release", "PRESS")
        await listener.event(battery.key, begun, operation="release")


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

        await listener.until(lambda topic, _: topic.endswith("/config"))
        assert not any("command_topic" in payload for _, payload, _ in listener.heard)
        assert listener.events(battery.key) == []
        assert await battery.device.active_command() is None  # type: ignore[attr-defined]


async def test_control_is_for_the_kinds_that_were_named() -> None:
    """Control of the battery is none of the inverter."""
    async with home(["battery"]) as (hub, listener):
        await ready(hub, listener, "battery")
        _, config = await listener.until(lambda topic, _: topic.endswith("/config"))
        commanded = {name for name, each in json.loads(config)["cmps"].items() if "command_topic" in each}

        assert commanded
        assert all(name.startswith("battery_set_") for name in commanded)
