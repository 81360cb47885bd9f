"""Home Assistant itself shows the hub's homes and commands them, whatever is restarted, and its Energy dashboard adds up."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import aiomqtt
import pytest
from home_assistant import HomeAssistant, Socket
from hub_process import HubProcess, Mosquitto
from programs import accelerated

from openpower_goodwe.local.emulator import serve

CONFIG = """
[homes.house]
profiles = ["demo"]
[http]
enabled = false
[history]
enabled = false
[mqtt]
host = "127.0.0.1"
port = {broker}
control = ["battery", "inverter", "ev_charger"]
"""


class Heard:
    """What was published: the last message of each topic, and when the first one came."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}
        self.first_at: dict[str, float] = {}
        self.counters = Counted()

    @property
    def announced(self) -> dict[str, dict[str, Any]]:
        """Every entity of the discovery messages, by unique id."""
        payloads = [json.loads(text) for topic, text in self.last.items() if topic.endswith("/config") and text]
        return {each["unique_id"]: each for payload in payloads for each in payload["cmps"].values() if len(each) > 1}

    def fresh_since(self, instant: float) -> dict[str, bool]:
        """By topic, whether a device's figures were read since an instant."""
        states = {topic: json.loads(text) for topic, text in self.last.items() if topic.endswith("/state")}
        return {
            topic: bool(state["read_at"]) and datetime.fromisoformat(state["read_at"]).timestamp() >= int(instant)
            for topic, state in states.items()
            if "read_at" in state
        }

    def state_of(self, entity: dict[str, Any]) -> Any:
        """What was published for a sensor; None where it is unknown."""
        template = entity["value_template"].strip("{} ")
        return json.loads(self.last[entity["state_topic"]])[template.removeprefix("value_json.")]


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Heard]:
    """Follow everything on a broker, through its restarts."""
    heard = Heard()

    async def follow() -> None:
        while True:
            try:
                async with aiomqtt.Client("127.0.0.1", port) as client:
                    await client.subscribe("#", qos=1)
                    async for message in client.messages:
                        heard.last[str(message.topic)] = bytes(message.payload).decode()  # type: ignore[arg-type]
                        heard.counters.take(str(message.topic), heard.last[str(message.topic)])
                        heard.first_at.setdefault(str(message.topic), time.monotonic())
            except aiomqtt.MqttError:
                await asyncio.sleep(0.2)

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.3)
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def eventually(look: Callable[[], Any], what: str, *, within: float) -> float:
    """Wait until an awaitable look finds nothing missing; how long it took (s)."""
    begun = time.monotonic()
    while missing := await look():
        if time.monotonic() - begun > within:
            raise AssertionError(f"{what}: after {within:g} s there is still {missing}")
        await asyncio.sleep(0.1)
    return time.monotonic() - begun


async def missing(socket: Socket, heard: Heard) -> list[str]:
    """The announced entities that Home Assistant does not show as it should; all of them before anything was announced."""
    registered, states = await socket.registered(), await socket.states()
    found = [] if heard.announced else ["everything"]
    for unique_id, entity in heard.announced.items():
        entry = registered.get(unique_id)
        if entry is None:
            found.append(f"{unique_id} is not registered")
        elif entry["disabled_by"] is None:
            state = states.get(entry["entity_id"])
            if state is None or state["state"] == "unavailable":
                found.append(f"{entry['entity_id']} is {state and state['state']}")
            elif entity["p"] == "sensor" and state["state"] == "unknown" and heard.state_of(entity) is not None:
                found.append(f"{entry['entity_id']} is unknown")
    return found


async def entity_ids(socket: Socket) -> dict[str, str]:
    """Entity ids by the end of their unique ids: ``battery_set_command``."""
    return {
        re.split("_[0-9a-f]{8}_", unique_id)[1]: entry["entity_id"]
        for unique_id, entry in (await socket.registered()).items()
    }


class Counted:
    """What was published of the energy counters, and of the powers that they count."""

    SOURCES: ClassVar = {  # the counter, the power, and the power's sign
        "meter_import_energy": ("meter", 1),
        "meter_export_energy": ("meter", -1),
        "battery_discharge_energy": ("battery", 1),
        "battery_charge_energy": ("battery", -1),
        "inverter_pv_energy": ("inverter", 1),
    }

    def __init__(self) -> None:
        self.seen: dict[str, list[tuple[float, dict[str, Any]]]] = {}

    def take(self, topic: str, payload: str) -> None:
        """Remember a device's state, and when it came."""
        role = re.split("_[0-9a-f]{8}_", topic)[1].removesuffix("/state") if topic.endswith("/state") else ""
        if role in ("meter", "battery", "inverter") and (state := json.loads(payload))["read_at"]:
            self.seen.setdefault(role, []).append((time.monotonic(), state))

    def counted(self, source: str, begin: float, end: float) -> float:
        """How much a counter grew (kWh)."""
        role = self.SOURCES[source][0]
        name = f"{source.removeprefix(f'{role}_')}_total_kwh"

        def before(instant: float) -> float:
            return float(next(state[name] for at, state in reversed(self.seen[role]) if at < instant))

        return before(end) - before(begin)

    def integral(self, source: str, begin: float, end: float) -> float:
        """What the powers add up to (kW times real seconds), each until the next one."""
        role, sign = self.SOURCES[source]
        name = "pv_w" if role == "inverter" else "power_w"
        rows = [(at, state[name]) for at, state in self.seen[role] if begin <= at < end and state[name] is not None]
        spans = zip(rows, [*rows[1:], (end, 0)], strict=True)
        return sum(max(0.0, sign * watts) * (after - at) for (at, watts), (after, _) in spans) / 1000


@pytest.fixture
def house(hub: Callable[..., HubProcess], broker: Mosquitto) -> HubProcess:
    """A hub with the simulated home, not started yet."""
    return hub(CONFIG.format(broker=broker.port))


async def test_the_energy_dashboard_adds_up(
    parts: Path, tmp_path: Path, broker: Mosquitto, hub: Callable[..., HubProcess], programs: ExitStack
) -> None:
    """After an hour, Home Assistant's own statistics are what the counters grew by, and what the powers add up to.

    The simulated home and Home Assistant both run sixty times as fast as real time: the home by its option ``speed``, Home
    Assistant on all its clocks by libfaketime, so that it makes its statistics every five of its minutes as always. In the
    first half of the hour the battery charges, in the second it exports, so that all counters grow.
    """
    speed, hour = 60.0, datetime(2026, 11, 28, 12, tzinfo=UTC)
    begin = hour - timedelta(minutes=28)
    home_assistant = HomeAssistant(
        parts / "home_assistant", tmp_path, env=accelerated(f"{begin:%Y-%m-%d %H:%M:%S}", speed)
    )
    programs.callback(home_assistant.program.stop)
    begun = time.monotonic()
    home_assistant.program.start()
    await home_assistant.set_up(broker.entry)
    house = hub(
        CONFIG.format(broker=broker.port).replace('["demo"]', '["fast"]\nintervals = { fast = "0.3 s" }'),
        profiles=f'[profiles.fast]\nprovider = "demo"\ntz = "UTC"\nspeed = {speed:g}\nstart = "2026-11-28 11:35"\n',
    )

    def at(minutes: float) -> float:
        """When so many minutes of the hour have passed for Home Assistant."""
        return begun + (hour + timedelta(minutes=minutes) - begin).total_seconds() / speed

    async with listening(broker.port) as heard:
        house.start()
        statistics = await counters(home_assistant)
        while at(-2) < time.monotonic():  # a slow machine takes the next hour
            hour += timedelta(hours=1)
        # Its heartbeats are as fast as its clocks, so no socket is kept while time passes.
        async with home_assistant.socket() as socket:
            ids = await entity_ids(socket)
            await socket.call("energy/save_prefs", **preferences(ids))
        for minutes, mode in ((5, "charge"), (35, "export")):
            await asyncio.sleep(at(minutes) - time.monotonic())
            async with home_assistant.socket() as socket:
                ids = await entity_ids(socket)  # controls are added after the sensors
                await socket.service("select", "select_option", ids["battery_set_command"], option=mode)
        await asyncio.sleep(at(62) - time.monotonic())
        async with home_assistant.socket() as socket:
            found = await socket.call(
                "recorder/statistics_during_period",
                start_time=hour.isoformat(),
                statistic_ids=statistics,
                period="hour",
                units={"energy": "kWh"},
                types=["change"],
            )
            problems = await socket.call("energy/validate")

    assert not any(problems["energy_sources"])
    for source, statistic in zip(Counted.SOURCES, statistics, strict=True):
        shown = found[statistic][0]["change"]
        # A reading comes every 18 s of the hour, in which 5 kW are 0.03 kWh.
        assert shown == pytest.approx(heard.counters.counted(source, at(0), at(60)), abs=0.06), source
        assert shown == pytest.approx(heard.counters.integral(source, at(0), at(60)) * speed / 3600, abs=0.15), source
        assert shown > 0.1, source
    # It finds everything slow, as it measures by its fast clocks; what it says of the figures themselves comes from here.
    assert not [
        line for line in home_assistant.complaints if "components.sensor" in line or "energy" in line.split("]")[0]
    ]


async def counters(home_assistant: HomeAssistant) -> list[str]:
    """The entity ids of all counters, once they are there."""

    async def absent() -> list[str]:
        async with home_assistant.socket() as socket:
            ids = await entity_ids(socket)
            states = await socket.states()
        found[:] = [ids.get(f"{source}_total_kwh", source) for source in Counted.SOURCES]
        return [each for each in found if states.get(each, {}).get("state") in (None, "unknown", "unavailable")]

    found: list[str] = []
    await eventually(absent, "counters", within=20)
    return found


def preferences(ids: Mapping[str, str], *, prices: bool = False) -> dict[str, Any]:
    """The Energy dashboard's settings for the house, as its dialog writes them."""
    bought, sold = ids["meter_import_energy_total_kwh"], ids["meter_export_energy_total_kwh"]
    cost = {"number_energy_price": None, "entity_energy_price": None, "stat_cost": None}
    pay = {"number_energy_price": None, "entity_energy_price": None, "stat_compensation": None}
    if prices:
        cost["entity_energy_price"] = ids["retailer_import_price"]
        pay["entity_energy_price"] = ids["retailer_export_price"]
    grid = {
        "type": "grid",
        "flow_from": [{"stat_energy_from": bought, **cost}],
        "flow_to": [{"stat_energy_to": sold, **pay}],
        "cost_adjustment_day": 0.0,
    }
    solar = {
        "type": "solar",
        "stat_energy_from": ids["inverter_pv_energy_total_kwh"],
        "config_entry_solar_forecast": None,
    }
    battery = {
        "type": "battery",
        "stat_energy_from": ids["battery_discharge_energy_total_kwh"],
        "stat_energy_to": ids["battery_charge_energy_total_kwh"],
    }
    return {"energy_sources": [grid, solar, battery]}


async def test_every_entity_is_there_within_seconds_and_without_a_word(
    home_assistant: HomeAssistant, house: HubProcess, broker: Mosquitto
) -> None:
    """All that is announced is registered, shown with its class and unit, and nothing is complained of."""
    async with listening(broker.port) as heard, home_assistant.socket() as socket:
        assert not home_assistant.complaints
        house.start()
        await eventually(lambda: missing(socket, heard), "entities", within=20)
        shown_after = time.monotonic() - min(at for topic, at in heard.first_at.items() if topic.endswith("/config"))
        states, registered = await socket.states(), await socket.registered()
        await socket.call("energy/save_prefs", **preferences(await entity_ids(socket), prices=True))
        problems = await socket.call("energy/validate")

    assert shown_after <= 5
    assert len(heard.announced) >= 40
    kinds = {issue["type"] for source in problems["energy_sources"] for issue in source}
    assert kinds <= {"statistics_not_defined"}  # until its first run, at the next five minutes
    for unique_id, entity in heard.announced.items():
        if (entry := registered[unique_id])["disabled_by"] is None:
            attributes = states[entry["entity_id"]]["attributes"]
            assert attributes.get("unit_of_measurement") == entity.get("unit_of_measurement"), unique_id
            assert attributes.get("device_class") == entity.get("device_class"), unique_id
            assert attributes.get("state_class") == entity.get("state_class"), unique_id
    assert not home_assistant.complaints


async def test_a_select_commands_and_shows_what_became_of_it(
    home_assistant: HomeAssistant, house: HubProcess, broker: Mosquitto
) -> None:
    """Hold, chosen in Home Assistant, is confirmed by an event and shown as the state within 2 s; so is the release."""
    async with listening(broker.port) as heard, home_assistant.socket() as socket:
        house.start()
        await eventually(lambda: missing(socket, heard), "entities", within=20)
        ids = await entity_ids(socket)
        select, receipt = ids["battery_set_command"], ids["battery_receipt"]

        async def differs(option: str) -> list[str]:
            states = await socket.states()
            event = states[receipt]["attributes"].get("event_type")
            shown = [states[select]["state"], event]
            return [] if shown == [option, "confirmed"] else shown

        await socket.service("select", "select_option", select, option="hold")
        took = await eventually(lambda: differs("hold"), "hold", within=10)
        await socket.service("select", "select_option", select, option="released")
        released = await eventually(lambda: differs("released"), "release", within=10)

    assert took <= 2
    assert released <= 2
    assert not home_assistant.complaints


# A connection that was being made when Home Assistant was killed is left to the garbage collector by aiohttp.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_restarts_in_any_order_lose_nothing_and_command_nothing(
    home_assistant: HomeAssistant, hub: Callable[..., HubProcess], broker: Mosquitto, programs: ExitStack
) -> None:
    """Hub, Home Assistant and broker are restarted, orderly or by kill -9, so that all six orders occur.

    Each time all entities are back, after one of the hub with fresh figures. The hold of the battery stays, and nothing is ever written again.
    """
    inverter = programs.enter_context(serve())
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in inverter.options.items())
    config = CONFIG.format(broker=broker.port).replace('["demo"]', '["box"]')
    house = hub(config, profiles=f'[profiles.box]\nprovider = "goodwe-local"\n{settings}')
    parties: list[Any] = [house, home_assistant.program, broker]

    async with listening(broker.port) as heard:
        house.start()
        async with home_assistant.socket() as socket:
            await eventually(lambda: missing(socket, heard), "entities", within=20)
            command = (await entity_ids(socket))["battery_set_command"]
            await socket.service("select", "select_option", command, option="hold")

        async def differs() -> list[str]:
            """What is not as it should be: present and held, and after a restart of the hub, read since then."""
            try:
                async with home_assistant.socket() as socket:
                    states, absent = await socket.states(), await missing(socket, heard)
            except (OSError, aiohttp.ClientError, TypeError) as error:
                return [str(error)]
            if (shown := states.get(command, {}).get("state")) != "hold":
                absent.append(f"{command} is {shown}")
            old = [topic for topic, fresh in heard.fresh_since(begun).items() if not fresh]
            return [*absent, *(old if restarted is house else [])]

        begun, restarted = time.time(), None
        await eventually(differs, "the hold", within=10)
        for number, who in enumerate("012010210"):  # in which each of the six orders occurs
            inverter.log.clear()
            restarted = parties[int(who)]
            restarted.kill() if number % 2 else restarted.stop()
            begun = time.time()
            restarted.start()
            await eventually(differs, f"all after the restart of {restarted.name} ({number})", within=45)
            assert not inverter.log.writes
