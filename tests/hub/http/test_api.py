"""What the API shows: the vocabulary, only what is live, no serial number, and errors that say what to do."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from openpower_core.clock import ManualClock
from openpower_core.convert import to_dict
from openpower_core.devices.info import Failure
from openpower_core.devices.roles import Role
from openpower_core.errors import NetworkError
from openpower_core.writes import Receipt, WriteState
from openpower_hub.engine import Hub
from openpower_hub.figures import figures_of
from openpower_hub.history import Cell, KeptReceipt
from openpower_hub.http.api import endpoints

from .conftest import DRIVER, NOON, READER, SERIAL, Caller, key_of

V1 = "/api/v1"


async def get(call: Caller, path: str, **parameters: Any) -> Any:
    """The JSON of an answer that has to be there."""
    answer = await call().get(V1 + path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_hub_says_who_asks_and_what_may_be_controlled(call: Caller, hub: Hub) -> None:
    """A program learns from one request what it can do here."""
    hub.problems["mqtt"] = "the broker does not answer."
    found = (await call(DRIVER).get(V1)).json()

    assert found["caller"] == "driver"
    assert found["rights"] == ["control", "read"]
    assert found["control"] == ["battery"]
    assert found["homes"] == ["home"]
    assert found["now"] == "2026-08-01T02:00:00Z"
    assert found["problems"] == {"mqtt": "the broker does not answer."}
    assert (await get(call, ""))["rights"] == ["read"]


async def test_homes_have_devices_flows_and_failures(call: Caller, hub: Hub) -> None:
    """What flows adds up: what comes in is what is used."""
    error = NetworkError(f"{SERIAL} does not answer.", provider="demo", hint="Look at the network.")
    hub.homes["home"].failures["demo"] = (Failure(provider="demo", part="station 1", error=error),)
    (home,) = (await get(call, "/homes"))["homes"]
    flows = home["balance"]

    assert home == await get(call, "/homes/home")
    assert home["tz"] == "Australia/Sydney"
    assert home["simulated"] is True
    assert home["devices"] == list(hub.homes["home"].devices)
    assert flows["pv_w"] + flows["battery_w"] + flows["grid_w"] == pytest.approx(flows["load_w"] + flows["ev_w"], abs=2)
    (failure,) = home["failures"]
    assert failure["error"] == "NetworkError"
    assert failure["hint"] == "Look at the network."
    assert failure["detail"] == "DE…0001 does not answer."


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.RETAILER])
async def test_a_device_has_every_figure_of_its_kind(call: Caller, hub: Hub, role: Role) -> None:
    """The figures are those of the table, and the reading is the one of the vocabulary."""
    key = key_of(hub, role)
    state = hub.find(key)[1]
    device = await get(call, f"/devices/{key}")
    reading = await get(call, f"/devices/{key}/reading")

    assert device["values"].keys() == {figure.name for figure in figures_of(role)}
    assert device["values"] == state.values
    assert device["freshness"] == reading["freshness"] == "live"
    assert device["serial"] == "DE…0001"
    assert reading["reading"] == to_dict(state.reading)
    assert device in (await get(call, "/devices"))["devices"]
    assert [each["key"] for each in (await get(call, "/devices", role=role.value))["devices"]] == [key]


@pytest.mark.parametrize("age", [timedelta(seconds=21), timedelta(hours=2)])
async def test_what_is_not_live_is_null(call: Caller, hub: Hub, clock: ManualClock, age: timedelta) -> None:
    """Never the last number, and never zero: a stale figure is unknown, in every answer that has it."""
    key = key_of(hub, Role.BATTERY)
    hub.find(key)[1].error = NetworkError("no answer.", provider="demo")
    clock.advance(age)
    device = await get(call, f"/devices/{key}")
    reading = await get(call, f"/devices/{key}/reading")
    home = await get(call, "/homes/home")

    assert set(device["values"].values()) == {None}
    assert device["freshness"] == reading["freshness"] == ("late" if age < timedelta(minutes=15) else "gone")
    assert device["read_at"] == "2026-08-01T02:00:00Z"
    assert device["error"]["error"] == "NetworkError"
    assert reading["reading"] is None
    assert set(home["balance"].values()) == {None}


async def test_prices_are_text_with_every_digit(call: Caller, hub: Hub) -> None:
    """Money is never rounded by being written as a float; a channel can be asked for alone."""
    key = key_of(hub, Role.RETAILER)
    series = hub.find(key)[1].prices
    found = await get(call, f"/devices/{key}/prices")
    exported = await get(call, f"/devices/{key}/prices", channel="export")
    hour = await get(
        call, f"/devices/{key}/prices", channel="import", start="2026-08-01T12:00:00+10:00", end="2026-08-01T03:00:00Z"
    )

    assert found["prices"] == [to_dict(price) for price in series]
    assert found["currency"] == "AUD"
    assert {each["channel"] for each in exported["prices"]} == {"export"}
    assert [(each["start"], each["end"]) for each in (hour["prices"][0], hour["prices"][-1])] == [
        ("2026-08-01T02:00:00Z", "2026-08-01T02:05:00Z"),
        ("2026-08-01T02:30:00Z", "2026-08-01T03:00:00Z"),
    ]
    assert (await get(call, f"/devices/{key}"))["prices"]["import"]["start"] == "2026-08-01T02:00:00Z"


async def test_capabilities_say_what_can_be_ordered_and_why_not(call: Caller, hub: Hub) -> None:
    """An interface draws its controls from them: supported, and allowed by the configuration."""
    battery = await get(call, f"/devices/{key_of(hub, Role.BATTERY)}/capabilities")
    charger = await get(call, f"/devices/{key_of(hub, Role.EV_CHARGER)}/capabilities")

    assert battery["features"]["read"]["support"] == "full"
    assert battery["operations"]["charge"]["takes"] == ["target_soc_pct", "power_w", "until"]
    assert battery["operations"]["hold"]["takes"] == ["until"]
    assert battery["operations"]["reserve_soc"]["unit"] == "%"
    assert all(each["allowed"] for each in battery["operations"].values())
    assert charger["operations"].keys() == {"start", "stop", "current"}
    assert not any(each["allowed"] for each in charger["operations"].values())
    assert battery["interval_s"] == 10


# History and receipts


class Kept:
    """A history with one cell, one price and one receipt."""

    def __init__(self, price: Any, key: str) -> None:
        self.store, self.asked, self._price, self._key = self, dict[str, Any](), price, key

    async def run(self) -> None:
        """Nothing to do."""

    async def series(self, *what: Any, **more: Any) -> list[Cell]:
        self.asked["series"] = (*what, more["step"])
        return [Cell(start=NOON, end=NOON + more["step"], mean=1.5, last=2.0, known_s=300)]

    async def prices(self, *what: Any) -> list[Any]:
        self.asked["prices"] = what
        return [self._price] if what[1] == self._price.channel else []

    async def receipts(self, *what: Any) -> list[KeptReceipt]:
        self.asked["receipts"] = what
        return [
            KeptReceipt(
                id="1",
                key=self._key,
                home="home",
                at=NOON,
                seen_at=NOON,
                state="confirmed",
                operation="command",
                by="mqtt",
            )
        ]


async def test_the_history_is_asked_where_there_is_one(call: Caller, hub: Hub) -> None:
    """Figures, past prices and receipts come from what was recorded."""
    battery, retailer = key_of(hub, Role.BATTERY), key_of(hub, Role.RETAILER)
    first = hub.find(retailer)[1].prices[0]
    past = evolve(first, start=NOON - timedelta(days=9), end=NOON - timedelta(days=8))
    hub.integrations["history"] = kept = Kept(past, battery)
    figure = await get(
        call, f"/devices/{battery}/history/power_w", start="2026-07-31T00:00:00Z", end="2026-08-01T00:00:00Z", step=3600
    )
    await get(call, f"/devices/{battery}/history/soc_pct")
    prices = await get(call, f"/devices/{retailer}/prices", start="2026-07-01T00:00:00Z", channel=first.channel.value)
    (receipt,) = (await get(call, "/receipts", device=battery, limit=5))["receipts"]

    assert figure["unit"] == "W"
    assert figure["step_s"] == 3600
    assert figure["cells"][0]["mean"] == 1.5
    assert figure["cells"][0]["low"] is None
    assert kept.asked["series"] == (battery, "soc_pct", NOON - timedelta(days=1), NOON, timedelta(seconds=300))
    assert prices["prices"][0] == to_dict(past)
    assert len(prices["prices"]) > 1  # and those that are known ahead
    assert receipt["state"] == "confirmed"
    assert receipt["by"] == "mqtt"
    assert kept.asked["receipts"] == (battery, None, None, 5)


async def test_without_a_history_its_answer_says_how_to_have_one(call: Caller, hub: Hub) -> None:
    """503, and the line of the configuration that is missing; receipts of this process are there all the same."""
    key = key_of(hub, Role.BATTERY)
    answer = await call().get(f"{V1}/devices/{key}/history/power_w")
    state = hub.find(key)[1]
    for number in range(3):
        at = NOON + timedelta(minutes=number)
        receipt = Receipt(
            id=str(number), state=WriteState.CONFIRMED, device_id=state.info.id, operation="command", at=at
        )
        state.receipts.append((receipt, "mqtt"))
    found = (await get(call, "/receipts", limit=2))["receipts"]

    assert answer.status_code == 503
    assert answer.json()["error"] == "ConfigurationError"
    assert "[history]" in answer.json()["hint"]
    assert [each["id"] for each in found] == ["2", "1"]
    assert found[0]["device"] == key


async def test_the_audit_is_read_page_by_page(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines have no serial numbers, also not in what was sent."""
    line = {
        "number": 7,
        "at": "2026-08-01T02:00:00+00:00",
        "by": "me",
        "provider": "demo",
        "device": "DE…0001/battery",
        "operation": "command",
        "id": "0123456789abcdef0123456789abcdef",
        "outcome": "accepted",
        "calls": [{"method": "set", "arguments": {"sysSn": "AL70110230300001"}}],
        "note": "",
    }
    asked: list[Any] = []

    def read_audit(folder: Any, **what: Any) -> list[dict[str, Any]]:
        asked.append(what)
        return [line]

    monkeypatch.setattr("openpower_core.write.read_audit", read_audit)
    (found,) = (await get(call, "/audit", limit=50, before=8))["audit"]

    assert asked == [{"limit": 50, "before": 8}]
    assert found["id"] == line["id"]
    assert found["about"]["calls"][0]["arguments"] == {"sysSn": "AL…0001"}
    assert (await call().get(f"{V1}/audit")).status_code == 200


# What no answer may have, and what every answer has


async def paths(hub: Hub) -> list[str]:
    """Everything that can be read of this home."""
    found = [
        V1 + each.path.format(device=key, home="home", figure="power_w")
        for each in endpoints(hub)
        if each.method == "GET" and each.path != "/events"
        for key in (hub.homes["home"].devices if "{device}" in each.path else [""])
    ]
    return [*found, f"{V1}/openapi.json"]


async def test_no_answer_holds_a_serial_number(call: Caller, hub: Hub) -> None:
    """Nor where a vendor puts it into a message, nor in an order's answer."""
    for state in hub.homes["home"].devices.values():
        state.error = NetworkError(f"{SERIAL} said no.", provider="demo", device_id=state.info.id)
    hub.problems["history"] = f"{SERIAL} was lost."
    texts = [(await call(READER).get(path)).text for path in await paths(hub)]
    battery = key_of(hub, Role.BATTERY)
    for what in ("plan", "command", "release"):
        answer = await call(DRIVER).post(f"{V1}/devices/{battery}/{what}", json={"operation": "hold"})
        assert answer.status_code == 200
        texts.append(answer.text)
    texts.append((await get(call, "/receipts"))["receipts"])

    assert len(texts) > 20
    assert SERIAL not in str(texts)


async def test_what_has_not_changed_is_not_sent_again(call: Caller, hub: Hub, clock: ManualClock) -> None:
    """An ETag for every state: 304 while it stays, a new one once it does not, and none where the time is in it."""
    path = f"{V1}/devices/{key_of(hub, Role.BATTERY)}"
    first = await call().get(path)
    tag = first.headers["ETag"]
    again = [
        await call().get(path, headers={"If-None-Match": given}) for given in (tag, f"W/{tag}", f'"x", {tag}', "*")
    ]
    other = await call().get(path, headers={"If-None-Match": '"x"'})
    clock.advance(60)
    later = await call().get(path, headers={"If-None-Match": tag})

    assert [(each.status_code, each.content, each.headers["ETag"]) for each in again] == [(304, b"", tag)] * 4
    assert other.status_code == 200
    assert later.status_code == 200
    assert later.headers["ETag"] != tag
    assert "ETag" not in (await call().get(V1)).headers
    assert "no-cache" in first.headers["Cache-Control"]


async def test_every_answer_is_closed_to_other_pages(call: Caller, hub: Hub) -> None:
    """No browser guesses its type, shows it in a frame, or lets another page read it."""
    for path in [*await paths(hub), "/nowhere"]:
        headers = (await call().get(path)).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers


# What is refused


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "openapi.json"),
        ("/homes/", 404, ""),
        ("/homes/other", 404, "there is home"),
        ("/devices/other", 404, "there is no device 'other'"),
        ("/devices?home=other", 404, "there is home"),
        ("/devices?role=car", 422, "inverter, battery"),
        ("/devices?rolle=battery", 422, "role"),
        ("/devices?role=battery&role=meter", 422, "more than once"),
        ("/devices/{battery}/prices", 404, "reading"),
        ("/devices/{retailer}/reading", 404, "prices"),
        ("/devices/{battery}/history/pv_w", 404, "soc_pct"),
        ("/devices/{retailer}/history/pv_w", 404, "none"),
        ("/devices/{retailer}/prices?channel=gas", 422, "import, controlled_load, export"),
        ("/devices/{retailer}/prices?start=2026-08-01", 422, "2026-08-01T06:00:00Z"),
        ("/devices/{retailer}/prices?start=2026-08-01T00:00:00", 422, "zone"),
        ("/devices/{retailer}/prices?start=2026-02-30T00:00:00Z", 422, "start"),
        ("/devices/{retailer}/prices?start=2026-08-02T00:00:00Z&end=2026-08-01T00:00:00Z", 422, "not after"),
        ("/devices/{retailer}/prices?start=0001-01-01T00:00:00%2B23:59", 422, "start"),
        ("/receipts?limit=0", 422, "from 1 to 1000"),
        ("/receipts?limit=1001", 422, "limit"),
        ("/receipts?limit=%EF%BC%91", 422, "limit"),
        ("/receipts?limit=1e2", 422, "limit"),
        ("/receipts?limit=1_0", 422, "limit"),
        ("/receipts?device=other", 404, "other"),
        ("/audit?before=-1", 422, "before"),
        ("/devices/{battery}/history/power_w?step=420", 422, "86400"),
        ("/devices/{battery}/history/power_w?step=3600.0", 422, "step"),
    ],
)
async def test_a_wrong_request_is_told_what_is_right(
    call: Caller, hub: Hub, path: str, status: int, words: str
) -> None:
    """Problem details with openpower's class, a sentence and a hint."""
    path = path.format(battery=key_of(hub, Role.BATTERY), retailer=key_of(hub, Role.RETAILER))
    answer = await call().get(V1 + path)
    problem = answer.json()

    assert answer.status_code == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert words in f"{problem['detail']} {problem.get('hint')}"
    assert {"type", "title", "detail"} <= problem.keys()
    if status == 422:
        assert problem["error"] == "InvalidValue"
        assert problem["type"] == "urn:openpower:error:InvalidValue"


@pytest.mark.parametrize(("method", "path"), [("POST", "/homes"), ("DELETE", "/devices/x"), ("GET", "/devices/x/plan")])
async def test_a_method_that_there_is_not_names_those_that_there_are(call: Caller, method: str, path: str) -> None:
    """405, with the header that a client looks for."""
    answer = await call(DRIVER).request(method, V1 + path)

    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_mistake_of_the_hub_is_in_its_log_and_not_in_the_answer(
    call: Caller, hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the text of an unforeseen exception holds, the caller gets its class alone."""

    def fail(*_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("openpower_hub.http.models.HomeView.of", fail)
    client = call()
    client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    answer = await client.get(f"{V1}/homes")

    assert answer.status_code == 500
    assert answer.json()["detail"] == "The hub failed on this (RuntimeError); its log says more."
    assert "a secret" in caplog.text


# The document


async def test_the_document_describes_every_path_and_every_field(call: Caller, hub: Hub) -> None:
    """OpenAPI 3.1: each operation has words and a typed answer, each field of the vocabulary its docstring."""
    document = await get(call, "/openapi.json")
    schemas = document["components"]["schemas"]

    assert document["openapi"].startswith("3.1")
    assert document["paths"].keys() == {V1 + each.path for each in endpoints(hub)}
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["operationId"]
            assert {"200", "401", "404", "422", "429", "default"} <= operation["responses"].keys()
    for name in ("BatteryReading", "Price", "Balance", "Capability", "BatteryCommand", "ReceiptView", "DeviceView"):
        for field in schemas[name]["properties"].values():
            assert field.get("description"), name
    assert schemas["BatteryReading"]["properties"]["power_w"] == {
        "type": ["number", "null"],
        "description": "W; + discharging, − charging.",
    }
    assert not re.search(r"(?<!-)None\b|``|:\w+:`", json.dumps(document)), "words of Python"
    assert "raw" not in schemas["BatteryReading"]["properties"]
    assert schemas["BatteryMode"]["enum"] == ["auto", "charge", "hold", "no_charge", "idle", "export"]


async def test_the_document_is_complete(call: Caller) -> None:
    """Every reference leads somewhere."""
    document = await get(call, "/openapi.json")
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                found.append(part["$ref"])
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(document)
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert found
    assert set(found) <= known
    assert json.dumps(document)
