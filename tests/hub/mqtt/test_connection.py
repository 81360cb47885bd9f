"""What is published survives restarts of the broker, of Home Assistant and of the hub, and is never shown as newer than it is."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import pytest
from hub_mqtt import WITHIN_S, broker_on, config_for, device, free_port, hub_on, listening

from openpower_hub import mqtt

STATUS = "openpower/status"


def is_config(topic: str, payload: str) -> bool:
    return topic.endswith("/config") and "battery_soc_pct" in payload


async def test_online_comes_after_everything_else() -> None:
    """Who sees the hub online finds devices, states and availability there, all retained."""
    port = free_port()
    async with broker_on(port), hub_on(config_for(port)) as hub:
        battery = await device(hub, "battery")
        async with listening(port) as first:
            await first.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
        async with listening(port) as late:  # what is heard now was kept by the broker
            await late.until(lambda topic, payload: (topic, payload) == (f"openpower/{battery.key}/status", "online"))
            await late.state(battery.key, soc_pct=battery.values["soc_pct"])
            await late.until(is_config)


async def test_an_orderly_end_and_a_cut_both_say_offline() -> None:
    """Home Assistant shows nothing as present once the hub is gone."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        async with hub_on(config_for(port)):
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
            begun = len(listener.heard)
        await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "offline"), begun)


async def test_the_last_will_of_an_earlier_connection_is_corrected() -> None:
    """The broker may notice the end of an old connection after the new one has begun."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, hub_on(config_for(port)):
        await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
        begun = len(listener.heard)
        await listener.say(STATUS, "offline", retain=True)
        await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"), begun)


async def test_what_an_earlier_run_left_is_not_shown_as_present() -> None:
    """A device that cannot be read after a restart goes offline before the hub says online."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        await listener.say("openpower/alphaess_00000000_battery/status", "online", retain=True)
        async with hub_on(config_for(port)):
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
            heard = [(topic, payload) for topic, payload, _ in listener.heard]

            assert ("openpower/alphaess_00000000_battery/status", "offline") in heard
            assert heard.index(("openpower/alphaess_00000000_battery/status", "offline")) < heard.index(
                (STATUS, "online")
            )


async def test_figures_that_are_late_are_nobodys_present() -> None:
    """A device that stops answering: its status goes offline, and its state has no figure left."""
    port = free_port()
    config = config_for(port)
    config["homes"]["home"]["intervals"] = {"demo": "5 min"}
    async with broker_on(port), listening(port) as listener, hub_on(config) as hub:
        battery = await device(hub, "battery")
        await listener.until(lambda topic, payload: (topic, payload) == (f"openpower/{battery.key}/status", "online"))
        begun = len(listener.heard)
        battery._read_monotonic -= 700
        await listener.until(
            lambda topic, payload: (topic, payload) == (f"openpower/{battery.key}/status", "offline"), begun
        )
        state = await listener.state(battery.key, begun, power_w=None)

        assert {name: state[name] for name in battery.values} == dict.fromkeys(battery.values)
        assert state["read_at"] is None


async def test_a_broker_that_restarts_without_memory_is_told_everything_again(caplog: pytest.LogCaptureFixture) -> None:
    """Discovery, states and availability come back by themselves; one line says that it was lost."""
    port = free_port()
    async with hub_on(config_for(port, control=["battery"])) as hub:
        async with broker_on(port), listening(port) as listener:
            battery = await device(hub, "battery")
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
        async with broker_on(port), listening(port) as listener:
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
            await listener.until(is_config)
            await listener.state(battery.key, soc_pct=battery.values["soc_pct"])
            begun = len(listener.heard)
            await listener.say(f"openpower/{battery.key}/set/command", "hold")
            await listener.event(battery.key, begun, event_type="confirmed", operation="hold")
    assert sum("was lost" in record.message for record in caplog.records) == 1


async def test_an_unreachable_broker_is_one_clear_line_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """The home is read, and the broker is told of it as soon as it is there."""
    port = free_port()
    async with hub_on(config_for(port)) as hub:
        battery = await device(hub, "battery")
        await asyncio.sleep(3.5)  # three attempts
        lines = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
        async with broker_on(port), listening(port) as listener:
            await listener.state(battery.key)
    assert len(lines) == 1
    assert f"the MQTT broker at 127.0.0.1:{port} cannot be reached" in lines[0]


async def test_a_wrong_password_is_one_clear_line_without_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The line names the user and where the password is taken from."""
    passwords = tmp_path / "passwords"
    passwords.write_text("")  # nobody
    monkeypatch.setenv("OPENPOWER_MQTT_PASSWORD", "not-the-password")
    port = free_port()
    async with broker_on(port, password_file=str(passwords)), hub_on(config_for(port, username="openpower")) as hub:
        await device(hub, "battery")
        await asyncio.sleep(1.5)
        assert "refuses the user openpower" in hub.problems["mqtt"]
    lines = [
        record.message for record in caplog.records if "broker" in record.message and record.name == "openpower.hub"
    ]
    assert len(lines) == 1
    assert "OPENPOWER_MQTT_PASSWORD" in lines[0]
    assert "not-the-password" not in caplog.text


async def test_home_assistants_birth_is_answered_with_everything() -> None:
    """After it restarts it is told discovery, availability and states again, and no command is repeated."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, hub_on(config_for(port, control=["battery"])) as hub:
        battery = await device(hub, "battery")
        await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
        await listener.until(lambda topic, payload: topic.endswith("/config") and "reserve_soc" in payload)
        begun = len(listener.heard)
        await listener.say("homeassistant/status", "online")
        await listener.until(is_config, begun)
        await listener.until(
            lambda topic, payload: (topic, payload) == (f"openpower/{battery.key}/status", "online"), begun
        )
        assert listener.events(battery.key) == []


async def test_a_device_that_somebody_removes_is_announced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant empties the whole device when a user deletes one entity: it comes back, at most once a minute."""
    monkeypatch.setattr(mqtt, "AGAIN_S", 2.0)
    port = free_port()
    async with broker_on(port), listening(port) as listener, hub_on(config_for(port)):
        topic, _ = await listener.until(is_config)
        await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"))
        for least_s, most_s in ((0.0, 1.5), (1.0, 10.0)):
            begun, at = len(listener.heard), asyncio.get_running_loop().time()
            await listener.say(topic, "", retain=True)
            await listener.until(is_config, begun)
            assert least_s <= asyncio.get_running_loop().time() - at <= most_s


async def test_what_is_no_longer_controlled_is_removed_and_nothing_else() -> None:
    """Switched off control takes its entities away; a new run does not remove what it has not read yet."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        async with hub_on(config_for(port, control=["battery"])) as hub:
            battery = await device(hub, "battery")
            await listener.until(lambda topic, payload: topic.endswith("/config") and "reserve_soc" in payload)
        begun = len(listener.heard)
        async with hub_on(config_for(port)):
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "online"), begun)
            await listener.state(battery.key, begun, command="released")
            await listener.until(
                lambda topic, payload: topic.endswith("/config") and '{"p":"select"}' in payload, begun
            )
            await listener.until(
                lambda topic, payload: topic.endswith("/config") and "battery_set_" not in payload, begun
            )
        configs = [
            json.loads(payload)["cmps"] for topic, payload, _ in listener.heard[begun:] if topic.endswith("/config")
        ]
        removed = {name: each for cmps in configs for name, each in cmps.items() if set(each) == {"p"}}

        assert removed["battery_set_command"] == {"p": "select"}
        assert all(name.startswith("battery_set_") for name in removed)
        assert not any(name.startswith("battery_set_") for name in configs[-1])


async def test_serial_numbers_are_nowhere_whole() -> None:
    """Not in topics, ids or payloads."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, hub_on(config_for(port, control=["battery"])) as hub:
        battery = await device(hub, "battery")
        await listener.until(lambda topic, payload: topic.endswith("/config") and "reserve_soc" in payload)
        await listener.say(f"openpower/{battery.key}/set/command", "hold")
        await listener.event(battery.key, event_type="confirmed")
        everything = "\n".join(f"{topic} {payload}" for topic, payload, _ in listener.heard)

        assert battery.info.serial not in everything


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGKILL])
async def test_the_hub_as_a_process(signal_: signal.Signals, tmp_path: Path) -> None:
    """``openpower run`` publishes, is commanded, and says offline whether it ends in order or is killed."""
    port = free_port()
    config = tmp_path / "openpower.toml"
    config.write_text(
        f"""
[homes.home]
profiles = ["demo"]
intervals = {{ demo = "1 s" }}

[http]
enabled = false

[history]
enabled = false

[mqtt]
host = "127.0.0.1"
port = {port}
control = ["battery"]
"""
    )
    async with broker_on(port), listening(port) as listener:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "openpower", "run", "--config", str(config), cwd=tmp_path, env=dict(os.environ)
        )
        try:
            _, payload = await listener.until(
                lambda topic, payload: topic.endswith("/config") and "set_reserve_soc" in payload
            )
            control = json.loads(payload)["cmps"]["battery_set_command"]["command_topic"]
            key = control.split("/")[1]
            await listener.say(control, "hold")
            events = [
                (await listener.event(key, event_type=each))["event_type"]
                for each in ("planned", "accepted", "confirmed")
            ]
            await listener.state(key, command="hold")
            process.send_signal(signal_)
            await asyncio.wait_for(process.wait(), WITHIN_S)
            await listener.until(lambda topic, payload: (topic, payload) == (STATUS, "offline"))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert events == ["planned", "accepted", "confirmed"]
        assert process.returncode == (0 if signal_ is signal.SIGTERM else -signal.SIGKILL)
