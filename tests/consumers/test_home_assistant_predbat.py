"""Predbat's way through Home Assistant itself: what it would write arrives, is read back in time, and moves the battery."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from home_assistant import HomeAssistant, Socket
from hub_process import HubProcess, Mosquitto

CONFIG = """
[homes.house]
profiles = ["fixed"]
[http]
enabled = false
[history]
enabled = false
[mqtt]
host = "127.0.0.1"
port = {broker}
[predbat]
control = true
"""
PROFILES = '[profiles.fixed]\nprovider = "demo"\ntz = "UTC"\n'
ENTITIES = 29
"""How many there are at least: figures, controls, prices and what it reports."""


async def shown(socket: Socket, entity_id: str, wanted: str, *, within: float = 5.0) -> None:
    """Wait for a state, as Predbat does before it reports that a write has failed."""
    begun = time.monotonic()
    while (found := (await socket.states()).get(entity_id, {}).get("state")) != wanted:
        assert time.monotonic() - begun < within, f"{entity_id} is {found}, not {wanted}"
        await asyncio.sleep(0.1)


async def test_a_charging_window_of_predbats(
    broker: Mosquitto, hub: Callable[..., HubProcess], home_assistant: HomeAssistant
) -> None:
    """Each write is shown within the five seconds that Predbat waits; then the battery charges, and is released again."""
    hub(CONFIG.format(broker=broker.port), profiles=PROFILES).start()
    async with home_assistant.socket() as socket:
        found: dict[str, dict[str, object]] = {}
        begun = time.monotonic()
        while len(found) < ENTITIES or any(each["state"] in ("unavailable", "unknown") for each in found.values()):
            found = {
                name: state
                for name, state in (await socket.states()).items()
                if "house_predbat_" in name and "problem_text" not in name
            }
            missing = [name for name, state in found.items() if state["state"] in ("unavailable", "unknown")]
            assert time.monotonic() - begun < 40, (len(found), missing)
            await asyncio.sleep(0.2)

        now = datetime.now(ZoneInfo("UTC"))
        start = now.replace(minute=now.minute // 5 * 5, second=0)
        for name, at in (("charge_start", start), ("charge_end", start + timedelta(hours=1))):
            entity = f"select.house_predbat_{name}"
            await socket.service("select", "select_option", entity, option=f"{at:%H:%M:%S}")
            await shown(socket, entity, f"{at:%H:%M:%S}")
        for name, value in (("charge_target", 90), ("charge_rate", 2500)):
            entity = f"number.house_predbat_{name}"
            await socket.service("number", "set_value", entity, value=value)
            await shown(socket, entity, f"{value:.1f}")
        await socket.service("switch", "turn_on", "switch.house_predbat_charge_enable")
        await shown(socket, "switch.house_predbat_charge_enable", "on")
        await shown(socket, "sensor.house_battery_active", "charge", within=15)
        await shown(socket, "sensor.house_predbat_mode", "charging")
        await socket.service("switch", "turn_off", "switch.house_predbat_charge_enable")
        await shown(socket, "sensor.house_battery_active", "released", within=15)
        await shown(socket, "binary_sensor.house_predbat_problem", "off")
    assert home_assistant.complaints == []
