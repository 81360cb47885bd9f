"""What Home Assistant is told fits its rules, as the reference has them: wrong units and unknown keys are not seen there."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hub_mqtt import device, hub_on
from jinja2.sandbox import SandboxedEnvironment

from openpower_core.devices.roles import Role
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_hub.control import operations_of
from openpower_hub.engine import Hub
from openpower_hub.homes import Home
from openpower_hub.mqtt.commands import Next
from openpower_hub.mqtt.discovery import box_payload, components_in, removals
from openpower_hub.mqtt.payloads import price_payload, state_payload
from openpower_hub.mqtt.topics import Topics
from openpower_hub.settings import Setting, settings_of

TOPICS = Topics("openpower", "homeassistant")
KEYS = {
    # what each platform takes besides what all do; anything else Home Assistant drops without a word
    "sensor": "state_topic value_template device_class state_class unit_of_measurement suggested_display_precision"
    " expire_after options json_attributes_topic",
    "binary_sensor": "state_topic payload_on payload_off device_class",
    "event": "state_topic event_types",
    "select": "state_topic value_template command_topic options",
    "number": "state_topic value_template command_topic min max step mode unit_of_measurement device_class payload_reset",
    "switch": "state_topic value_template command_topic",
    "button": "command_topic payload_press",
}
COMMON = (
    "p name unique_id default_entity_id object_id availability availability_mode qos entity_category enabled_by_default"
)
UNITS = {
    "power": {"W", "kW"},
    "energy": {"kWh", "Wh"},
    "battery": {"%"},
    "temperature": {"°C"},
    "frequency": {"Hz"},
    "current": {"A"},
    "duration": {"min"},
    "timestamp": {None},
    "enum": {None},
    None: {None, "%", "AUD/kWh"},
}
STATE_CLASSES = {
    "power": {"measurement"},
    "energy": {"total_increasing"},
    "battery": {"measurement"},
    "temperature": {"measurement"},
    "frequency": {"measurement"},
    "current": {"measurement"},
    "timestamp": {None},
    "enum": {None},
    None: {None, "measurement"},
}
REQUIRED = {
    "select": {"options", "command_topic", "state_topic", "value_template"},
    "number": {"command_topic", "state_topic", "value_template", "min", "max", "step", "unit_of_measurement"},
    "switch": {"command_topic", "state_topic", "value_template"},
    "button": {"command_topic"},
    "event": {"event_types", "state_topic"},
    "sensor": {"state_topic", "value_template"},
    "binary_sensor": {"state_topic"},
}


def faults(payload: dict[str, Any]) -> Iterator[str]:
    """What Home Assistant would refuse, drop or misunderstand (the reference's sections 1 to 7)."""
    if set(payload) != {"dev", "o", "cmps"}:
        yield "the top has other keys than dev, o and cmps"
    if not payload.get("o", {}).get("name"):
        yield "no origin"
    dev = payload.get("dev", {})
    if not dev.get("ids"):
        yield "device without identifiers"
    if unknown := set(dev) - {"ids", "name", "mf", "mdl", "sn", "sw", "hw", "sa", "cu"}:
        yield f"unknown keys of the device: {unknown}"
    seen: set[tuple[str, str]] = set()
    for name, each in payload.get("cmps", {}).items():
        for fault in _faults_of(each):
            yield f"{name}: {fault}"
        identity = (each.get("p"), each.get("unique_id"))
        if identity in seen:
            yield f"{name}: the same unique_id twice"
        seen.add(identity)


def _faults_of(each: dict[str, Any]) -> Iterator[str]:
    platform = each.get("p")
    if platform not in KEYS:
        yield f"platform {platform!r} is missing or unknown"
        return
    if not each.get("unique_id"):
        yield "no unique_id"
    if unknown := set(each) - set(COMMON.split()) - set(KEYS[platform].split()):
        yield f"unknown keys {unknown}"
    if missing := REQUIRED[platform] - set(each):
        yield f"lacks {missing}"
    if each.get("default_entity_id") != f"{platform}.{each.get('object_id')}":
        yield "the two wished entity ids differ"
    if not each.get("availability") or each.get("availability_mode") != "all":
        yield "availability is not of all topics"
    cls = each.get("device_class")
    if platform == "sensor":
        yield from _faults_of_sensor(each, cls)
    if platform == "number" and not each["min"] < each["max"]:
        yield "min is not below max"
    template = each.get("value_template", "")
    if any(bad in template for bad in ("default(", "| float", "| round", "float(")):
        yield "a template that invents a reading or throws on null"


def _faults_of_sensor(each: dict[str, Any], cls: str | None) -> Iterator[str]:
    if cls not in UNITS:
        yield f"class {cls} is unknown"
        return
    if each.get("unit_of_measurement") not in UNITS[cls]:
        yield f"unit {each.get('unit_of_measurement')} with class {cls}"
    if each.get("state_class") not in STATE_CLASSES[cls]:
        yield f"state class {each.get('state_class')} with class {cls}"
    if ("options" in each) is not (cls == "enum"):
        yield "options without enum, or enum without options"
    if each.get("entity_category") == "config":
        yield "a sensor is no configuration"
    if each.get("expire_after", 60) < 60:
        yield "expires sooner than a minute"


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """The simulated home without a broker."""
    config = {"homes": {"home": {"profiles": ["demo"]}}, "http": {"enabled": False}, "history": {"enabled": False}}
    async with hub_on(config) as running:
        for role in Role:
            await device(running, role.value)
        yield running


async def payload_of(home: Home, *, control: bool) -> dict[str, Any]:
    states = list(home.devices.values())
    controlled = {state.key: await settings_of(state) for state in states if control and operations_of(state)}
    return box_payload(TOPICS, home, states, controlled=controlled)


@pytest.mark.parametrize("control", [False, True])
async def test_every_entity_fits_home_assistants_rules(hub: Hub, *, control: bool) -> None:
    """With and without control."""
    payload = await payload_of(hub.homes["home"], control=control)

    assert list(faults(payload)) == []
    assert any("command_topic" in each for each in payload["cmps"].values()) is control
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", TOPICS.discovery("demo_00000000"))


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("battery_soc_pct", {"unit_of_measurement": "kWh"}, "unit"),
    ("battery_power_w", {"unit_of_measurement": "kw"}, "unit"),
    ("battery_power_w", {"unit_of_measurement": None}, "unit"),
    ("meter_import_energy_total_kwh", {"state_class": "measurement"}, "state class"),
    ("meter_import_energy_total_kwh", {"state_class": None}, "state class"),
    ("battery_active", {"device_class": None}, "options without enum"),
    ("battery_active", {"state_class": "measurement"}, "state class"),
    ("battery_soc_pct", {"expire_after": -1}, "expires"),
    ("battery_soc_pct", {"entity_category": "config"}, "configuration"),
    ("battery_soc_pct", {"unique_id": ""}, "unique_id"),
    ("battery_soc_pct", {"p": "senser"}, "platform"),
    ("battery_soc_pct", {"unit": "%"}, "unknown keys"),
    ("battery_soc_pct", {"availability_mode": "latest"}, "availability"),
    ("battery_soc_pct", {"value_template": "{{ value_json.x | default(0) }}"}, "invents"),
    ("battery_set_reserve_soc", {"min": 100}, "min"),
    ("battery_set_command", {"retain": True}, "unknown keys"),
]


@pytest.mark.parametrize(("name", "change", "words"), MISTAKES)
async def test_the_check_itself_sees_mistakes(hub: Hub, name: str, change: dict[str, Any], words: str) -> None:
    """Those of the reference's section 7 that an entity can have."""
    payload = await payload_of(hub.homes["home"], control=True)
    payload["cmps"][name] |= change

    assert any(words in fault for fault in faults(payload))


async def test_every_template_finds_its_key_whether_a_device_answers_or_not(hub: Hub) -> None:
    """A key that lacks warns with each message, and keeps the old state: all are there, also before the first reading."""
    home = hub.homes["home"]
    payload = await payload_of(home, control=True)
    for state in home.devices.values():
        settings: dict[str, Setting] | None = {} if operations_of(state) else None  # not read yet
        live = state_payload(state, settings=settings, following=Next() if state.role is Role.BATTERY else None)
        assert any(value is not None for value in live.values())
        state.reading = None
        never = state_payload(state, settings=settings, following=Next() if state.role is Role.BATTERY else None)
        for each in payload["cmps"].values():
            if each.get("state_topic") == TOPICS.state(state.key):
                (key,) = set(re.findall(r"value_json\.(\w+)", each["value_template"]))
                assert key in live
                assert key in never


async def test_state_values_are_among_the_options(hub: Hub) -> None:
    """An enum outside its options is ignored with a warning."""
    home = hub.homes["home"]
    payload = await payload_of(home, control=True)
    checked = 0
    for state in home.devices.values():
        values = state_payload(state)
        for each in payload["cmps"].values():
            if "options" in each and each["state_topic"] == TOPICS.state(state.key):
                (key,) = re.findall(r"value_json\.(\w+)", each["value_template"])
                assert values[key] in each["options"]
                checked += 1
    assert checked == 4  # two statuses, the battery's command as a sensor and as a select


async def test_a_figure_expires_after_three_intervals(hub: Hub) -> None:
    """Unchanged readings are published too, so that this shows a device that no longer answers."""
    home = hub.homes["home"]
    for state in home.devices.values():
        state.interval = timedelta(seconds=100)
    payload = await payload_of(home, control=False)
    found = {each["expire_after"] for each in payload["cmps"].values() if "expire_after" in each}

    assert found == {300}


async def test_ids_are_the_same_in_another_run_and_under_another_title(hub: Hub) -> None:
    """A renamed home, another profile or a restart keeps every entity."""
    home = hub.homes["home"]
    before = await payload_of(home, control=True)
    home.config = evolve(home.config, title="By the sea")
    after = await payload_of(home, control=True)

    assert after["dev"]["name"].startswith("By the sea")
    assert [each["unique_id"] for each in after["cmps"].values()] == [
        each["unique_id"] for each in before["cmps"].values()
    ]
    assert after["dev"]["ids"] == before["dev"]["ids"]


async def test_only_what_is_surely_gone_is_removed(hub: Hub) -> None:
    """A device that was not read yet, and settings that are not known yet, are no reason to lose what the user has set."""
    home = hub.homes["home"]
    states = list(home.devices.values())
    full = (await payload_of(home, control=True))["cmps"]
    battery = next(state for state in states if state.role is Role.BATTERY)
    unknown: dict[str, dict[str, Setting] | None] = {battery.key: None}
    less = box_payload(TOPICS, home, states, controlled=unknown)["cmps"]

    assert "battery_set_reserve_soc" not in less
    assert not any(name.startswith("battery") for name in removals(full, less, states, unknown))
    gone = removals(full, less, states, {})
    assert gone["battery_set_reserve_soc"] == {"p": "number"}

    strings = {"battery_other": {"p": "sensor", "name": "Gone"}}
    assert removals(strings, less, states, unknown) == {"battery_other": {"p": "sensor"}}
    battery.reading = None
    assert removals(strings, less, states, unknown) == {}


@pytest.mark.parametrize(
    "payload", [b"", b"nonsense", b"[]", b'{"cmps": 3}', b'{"cmps": {"x": 1}}', b'{"dev": {}}', b"\xff"]
)
def test_what_is_no_announcement_of_ours_is_none(payload: bytes) -> None:
    """Whatever stands on our topic."""
    assert components_in(payload) == {}


def test_the_forecast_is_what_charts_and_emhass_take() -> None:
    """From the running price on, each with start, end and value; coarser where it is long, as Home Assistant keeps 16 kB."""
    zone = "Australia/Sydney"
    noon, five = datetime(2026, 8, 1, 2, tzinfo=UTC), timedelta(minutes=5)
    starts = [noon + n * five for n in range(-3, 288)]
    prices = PriceSeries(
        [Price(start=at, end=at + five, per_kwh=Decimal("0.25"), currency="AUD") for at in starts], tz=zone
    )

    short = price_payload(PriceSeries(list(prices)[:12], tz=zone), Channel.IMPORT, noon, zone)["forecast"]
    long = price_payload(prices, Channel.IMPORT, noon, zone)

    assert short[0] == {"start": "2026-08-01T12:00:00+10:00", "end": "2026-08-01T12:05:00+10:00", "value": 0.25}
    assert len(short) == 9
    assert len(json.dumps(long)) < 16_384
    assert long["forecast"][0]["start"] == "2026-08-01T12:00:00+10:00"
    assert long["forecast"][-1]["end"] == "2026-08-02T12:00:00+10:00"
    assert all(before["end"] == after["start"] for before, after in pairwise(long["forecast"]))


def test_the_template_for_emhass_makes_times_and_values() -> None:
    """As the page shows it, with what Home Assistant adds to Jinja."""
    page = (Path(__file__).resolve().parents[3] / "docs/how-to/home-assistant.md").read_text(encoding="utf-8")
    template = page.partition("```jinja\n")[2].partition("```")[0]
    environment = SandboxedEnvironment()
    environment.filters["to_json"] = json.dumps
    forecast = [
        {"start": "2026-08-01T12:00:00+10:00", "value": 0.25},
        {"start": "2026-08-01T12:30:00+10:00", "value": 0.3},
    ]

    made = environment.from_string(template).render(state_attr=lambda *_: forecast)

    assert json.loads(made) == {"2026-08-01T12:00:00+10:00": 0.25, "2026-08-01T12:30:00+10:00": 0.3}
