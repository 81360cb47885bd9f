"""Predbat's writes through the broker: they are shown at once, carried out once, end, and never go over somebody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hub_mqtt import Listener, broker_on, config_for, device, free_port, hub_on, listening

from openpower_core.errors import Veto
from openpower_hub import predbat
from openpower_hub.engine import Hub
from openpower_hub.predbat import Predbat
from openpower_hub.state import DeviceState

ROOT = "openpower/home/predbat"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs together arrives within a fraction of a second here."""
    monkeypatch.setattr(predbat, "QUIET_S", 0.2)
    monkeypatch.setattr(predbat, "PUBLISH_S", 0.1)


@asynccontextmanager
async def driven(port: int, **options: Any) -> AsyncIterator[tuple[Hub, DeviceState]]:
    """The simulated home, driven by Predbat."""
    config = config_for(port, control=["battery"]) | {"predbat": {"control": True, "immediate": True, **options}}
    async with hub_on(config) as hub:
        yield hub, await device(hub, "battery")


async def state(listener: Listener, since: int = 0, **wanted: Any) -> dict[str, Any]:
    """The first state for Predbat that has these parts."""

    def fits(topic: str, payload: str) -> bool:
        return topic == f"{ROOT}/state" and wanted.items() <= json.loads(payload).items()

    found: dict[str, Any] = json.loads((await listener.until(fits, since))[1])
    return found


def clock_in(minutes: float, tz: str) -> str:
    """The time on the home's clock, to five minutes."""
    at = datetime.now(ZoneInfo(tz)) + timedelta(minutes=minutes)
    return at.replace(minute=at.minute // 5 * 5, second=0).strftime("%H:%M:%S")


async def open_window(listener: Listener, battery: DeviceState, kind: str = "charge", **more: str) -> None:
    tz = battery.info.tz or "UTC"
    writes = {f"{kind}_start": clock_in(-10, tz), f"{kind}_end": clock_in(60, tz), **more, f"{kind}_enable": "ON"}
    for name, text in writes.items():
        await listener.say(f"{ROOT}/set/{name}", text, retain=True)


async def test_a_charging_window_is_one_command_that_ends_with_it() -> None:
    """Several writes, one command: charge to the target until the window's end; it is shown at once."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        await state(listener, charge_enable="OFF")
        await open_window(listener, battery, charge_target="85", charge_rate="2500")
        await state(listener, charge_enable="ON", charge_target=85.0, charge_rate=2500.0)
        await listener.event(battery.key, event_type="confirmed", operation="charge")
        shown = await state(listener, mode="charging", problem="OFF")

        active = await battery.device.active_command()  # type: ignore[attr-defined]
        assert (active.command.target_soc_pct, active.command.power_w) == (85, 2500)
        assert datetime.fromisoformat(shown["until"]) == active.command.until
        events = [each for each in listener.events(battery.key) if each["event_type"] == "accepted"]
        assert [(each["operation"], each["by"]) for each in events] == [("charge", "predbat")]


async def test_a_window_that_is_switched_off_is_released() -> None:
    """Back to what there was before."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        await state(listener, charge_enable="OFF")
        await open_window(listener, battery)
        await listener.state(battery.key, command="charge")
        begun = len(listener.heard)
        await listener.say(f"{ROOT}/set/charge_enable", "OFF", retain=True)
        await listener.state(battery.key, begun, command="released")


async def test_a_reserve_is_the_batterys_own_until_predbat_writes_one() -> None:
    """Nothing is set that was not written; then it is set once, and read back."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        own = (await battery.device.settings()).reserve_soc_pct  # type: ignore[attr-defined]
        await state(listener, charge_enable="OFF")
        await listener.say(f"{ROOT}/set/charge_target", "90")
        shown = await state(listener, charge_target=90.0, reserve=own)
        assert listener.events(battery.key) == []
        await listener.say(f"{ROOT}/set/reserve", str(shown["reserve"] + 5))
        await listener.event(battery.key, event_type="confirmed")
        assert (await battery.device.settings()).reserve_soc_pct == own + 5  # type: ignore[attr-defined]


async def test_small_changes_are_not_sent() -> None:
    """Vendors take few writes: a target within 2 % and a rate within 10 % are near enough."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (hub, battery):
        await state(listener, charge_enable="OFF")
        await open_window(listener, battery, charge_target="80", charge_rate="3000")
        await listener.event(battery.key, event_type="confirmed", operation="charge")
        await listener.say(f"{ROOT}/set/charge_target", "81")
        await listener.say(f"{ROOT}/set/charge_rate", "3200")
        await state(listener, charge_target=81.0, charge_rate=3200.0)
        integration = hub.integrations["predbat"]
        assert isinstance(integration, Predbat)
        await integration.driver.act()
        assert [each["operation"] for each in listener.events(battery.key) if each["event_type"] == "accepted"] == [
            "charge"
        ]
        await listener.say(f"{ROOT}/set/charge_target", "95")
        await listener.until(
            lambda topic, _: (
                topic.endswith("/receipt")
                and sum(each["event_type"] == "accepted" for each in listener.events(battery.key)) == 2
            )
        )


async def test_the_immediate_way_charges_holds_and_is_automatic_again() -> None:
    """set/charge, set/discharge 0 and set/auto; each command ends after 15 minutes at most."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (hub, battery):
        await state(listener, charge_enable="OFF")
        for name, text, mode in (
            ("charge", "2000", "charge"),
            ("discharge", "0", "hold"),
            ("discharge", "1500", "export"),
        ):
            begun = len(listener.heard)
            await listener.say(f"{ROOT}/set/{name}", text, retain=True)
            await listener.state(battery.key, begun, command=mode)
            active = await battery.device.active_command()  # type: ignore[attr-defined]
            assert 0 < (active.command.until - hub.clock.now()).total_seconds() <= 15 * 60
        begun = len(listener.heard)
        await listener.say(f"{ROOT}/set/auto", "true", retain=True)
        await listener.state(battery.key, begun, command="released")


async def test_retained_messages_of_yesterday_do_nothing() -> None:
    """Predbat publishes retained, so after a restart the broker hands over all of them at once."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        for name, text in (("charge", "3000"), ("auto", "true"), ("discharge", "4000"), ("charge_enable", "ON")):
            await listener.say(f"{ROOT}/set/{name}", text, retain=True)
        async with driven(port) as (hub, battery):
            await state(listener, charge_enable="OFF", mode="demand")
            integration = hub.integrations["predbat"]
            assert isinstance(integration, Predbat)
            await integration.driver.act()

            assert await battery.device.active_command() is None  # type: ignore[attr-defined]
            assert listener.events(battery.key) == []


async def test_a_persons_command_goes_first() -> None:
    """Predbat says why it does nothing, and does not touch it."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        await state(listener, charge_enable="OFF")
        await listener.say(f"openpower/{battery.key}/set/command", "idle")
        await listener.state(battery.key, command="idle")
        await open_window(listener, battery)
        shown = await state(listener, problem="ON")

        assert "Somebody else's command is active" in shown["problem_text"]
        assert (await battery.device.active_command()).command.mode == "idle"  # type: ignore[attr-defined]


async def test_a_refused_command_goes_out_of_the_controls_and_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predbat sees its write undone and reports it, rather than believing that the battery charges."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        await state(listener, charge_enable="OFF")

        async def refuse(*_: Any, **__: Any) -> None:
            raise Veto("the guard of this test says no.", receipt=None)

        monkeypatch.setattr(battery.device, "command", refuse)
        await open_window(listener, battery)
        shown = await state(listener, problem="ON", charge_enable="OFF")

        assert "the guard of this test says no" in shown["problem_text"]


@pytest.mark.parametrize(("name", "text"), [("charge_start", "01:02:03"), ("turbo", "on"), ("charge_rate", "fast")])
async def test_what_is_not_understood_is_told_and_changes_nothing(name: str, text: str) -> None:
    """With the reason."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        before = await state(listener, charge_enable="OFF", problem="OFF")
        await listener.say(f"{ROOT}/set/{name}", text)
        shown = await state(listener, problem="ON")

        assert name in shown["problem_text"]
        kept = ("charge_start", "charge_rate", "charge_enable", "export_enable")
        assert {each: shown[each] for each in kept} == {each: before[each] for each in kept}
        assert listener.events(battery.key) == []


async def test_after_a_restart_our_own_command_goes_on_and_is_known_as_ours() -> None:
    """The next run neither ends it at once, nor takes it for somebody else's: the window that is off releases it."""
    port = free_port()
    async with broker_on(port), listening(port) as listener:
        async with driven(port) as (_, battery):
            await state(listener, charge_enable="OFF")
            await open_window(listener, battery)
            await listener.state(battery.key, command="charge")
        begun = len(listener.heard)
        async with driven(port) as (hub, battery):
            await state(listener, begun, charge_enable="OFF")
            integration = hub.integrations["predbat"]
            assert isinstance(integration, Predbat)
            await integration.driver.act()
            assert integration.driver.problem == ""
            assert not [each for each in listener.events(battery.key) if each["operation"] == "release"]


async def test_the_grid_is_turned_in_one_place_and_the_figures_fit() -> None:
    """Predbat: export is positive; everything else as ours."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (hub, _):
        await device(hub, "meter")
        await device(hub, "inverter")
        shown = await state(listener)
        while shown["grid_power"] is None or shown["load_power"] is None:
            shown = await state(listener, len(listener.heard))

        balance = shown["pv_power"] + shown["battery_power"] - shown["grid_power"] - shown["load_power"]
        assert abs(balance) <= 300  # W: the devices are read at slightly different instants
        assert shown["capacity"] is not None
        assert shown["battery_power_max"] == 5000


async def test_discovery_fits_home_assistants_rules_and_apps_yaml_names_each_entity() -> None:
    """The lines that a user copies name exactly the entities that are announced."""
    from openpower_hub.config_file import parse_config

    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (hub, _):
        topic, payload = await listener.until(
            lambda topic, payload: topic.endswith("predbat_home/config") and "import_price" in payload
        )
        announced = {each["default_entity_id"] for each in json.loads(payload)["cmps"].values()}
        assert topic == "homeassistant/device/openpower_predbat_home/config"
        config = parse_config(config_for(port) | {"predbat": {"control": True}}, "x")
        lines = predbat.apps_yaml(config, hub.homes["home"])
        named = {
            word
            for word in lines.split()
            if word.count(".") == 1 and word.split(".")[0] in ("sensor", "number", "select", "switch")
        }

        assert named <= announced
        own = {"binary_sensor.home_predbat_problem", "sensor.home_predbat_problem_text", "sensor.home_predbat_mode"}
        assert announced - named <= own


async def test_without_control_there_are_figures_and_no_controls() -> None:
    """Predbat can plan in its read-only mode."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port, control=False) as (_, battery):
        _, payload = await listener.until(lambda topic, payload: topic.endswith("predbat_home/config"))
        await listener.say(f"{ROOT}/set/charge", "2000")
        shown = await state(listener, len(listener.heard))

        assert "command_topic" not in payload
        assert "charge_rate" not in shown
        assert await battery.device.active_command() is None  # type: ignore[attr-defined]


async def test_prices_are_of_today_and_tomorrow_in_half_hours() -> None:
    """raw_today has the whole day, on the home's clock, and stays below what Home Assistant's recorder takes."""
    port = free_port()
    async with broker_on(port), listening(port) as listener, driven(port) as (_, battery):
        _, payload = await listener.until(lambda topic, _: topic == f"{ROOT}/prices/import")
        series = json.loads(payload)["raw_today"]

        assert len(payload.encode()) < 16_384
        assert 40 <= len(series) <= 50
        first = datetime.fromisoformat(series[0]["start"])
        assert first.utcoffset() == datetime.now(ZoneInfo(battery.info.tz or "UTC")).utcoffset()
        assert all(set(each) == {"start", "end", "value"} for each in series)


def test_the_lines_for_apps_yaml_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are YAML, and name each entity without connecting anything."""
    from openpower.cli import main

    file = tmp_path / "openpower.toml"
    file.write_text('[homes.sea]\nprofiles = ["demo"]\n[mqtt]\n[predbat]\ncontrol = true\n')
    with pytest.raises(SystemExit) as ended:
        main(["run", "--config", str(file), "--print", "predbat"])
    lines = yaml.safe_load(capsys.readouterr().out)["pred_bat"]

    assert ended.value.code == 0
    assert lines["charge_start_time"] == ["select.sea_predbat_charge_start"]
    assert lines["grid_power"] == ["sensor.sea_predbat_grid_power"]
    assert lines["inverter"]["has_mqtt_api"] is False
