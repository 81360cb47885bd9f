"""The hub's own OpenAPI document judges its HTTP API, by schemathesis: whatever is sent, the answer is one that it names."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import attrs
import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from openpower_hub import control
from openpower_hub.config import HTTPConfig, HubConfig, Token
from openpower_hub.engine import Hub
from openpower_hub.http import application
from openpower_hub.http.api import endpoints
from openpower_hub.http.openapi import document

TOKEN = "token-of-the-judge"
RIGHTS: Any = ["read", "control"]
CONFIG = attrs.evolve(
    HubConfig.of_profiles(()),
    http=HTTPConfig(
        enabled=False,
        control=["battery", "inverter", "ev_charger"],
        page=False,
        tokens={"judge": Token(sha256=sha256(TOKEN.encode()).hexdigest(), rights=RIGHTS)},
    ),
)
SCHEMATHESIS = {"generation": {"allow-extra-parameters": False}}
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
ROLES = ("inverter", "battery", "meter", "ev_charger", "retailer")


@contextmanager
def served() -> Iterator[str]:
    """A hub with the simulated home, in a thread: its address."""
    started, address = threading.Event(), [""]
    loop = asyncio.new_event_loop()

    async def run() -> None:
        hub = Hub(CONFIG)
        running = asyncio.create_task(hub.run())
        with hub.bus.subscribe() as changes:
            async for _ in changes:
                if len([each for each in hub.homes["home"].devices.values() if each.live or each.prices]) == len(ROLES):
                    break
        app = application(hub, burst=1e9, per_s=1e9)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, proxy_headers=False))
        listening = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        address[0] = f"http://127.0.0.1:{listening.getsockname()[1]}"
        started.set()
        await asyncio.to_thread(ended.wait)
        server.should_exit = True
        await serving
        hub.stop()
        await running

    ended = threading.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert started.wait(30)
    try:
        yield address[0]
    finally:
        ended.set()
        thread.join(30)
        loop.close()


def load(narrow: Callable[[dict[str, Any]], None] = lambda _: None) -> Any:
    """The document, of which some parameters are narrower than published."""
    described = document(endpoints(Hub(CONFIG)))
    narrow(described)
    found = schemathesis.openapi.from_dict(described, config=schemathesis.Config.from_dict(SCHEMATHESIS))
    return found.exclude(path="/api/v1/events")  # which does not end


published = load()


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[..., None]]:
    """Send a case and validate the answer."""
    with pytest.MonkeyPatch.context() as patch, served() as url:
        patch.setattr(control, "MOST_PER_MINUTE", 10**9)
        keys = {each["role"]: each["key"] for each in httpx.get(f"{url}/api/v1/devices").json()["devices"]}
        assert set(keys) == set(ROLES)

        def judge(case: schemathesis.Case, *without: Any) -> None:
            for given in (case.path_parameters, case.query):
                if given and isinstance(role := given.get("device"), str):
                    given["device"] = keys.get(role, role)
            case.call_and_validate(
                base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, excluded_checks=list(without), timeout=20
            )

        yield judge


@published.parametrize()
@settings(max_examples=60, derandomize=True)
def test_is_described(case: schemathesis.Case, judge: Callable[..., None]) -> None:
    """Any name, time, number and body: an answer of the document's, and none of the hub's own mistakes."""
    judge(case, positive_data_acceptance)  # most names are of nothing


def narrowed(described: dict[str, Any]) -> None:
    """Only names, times and orders that this home can have."""
    device = {"prices": ["retailer"], "reading": ROLES[:-1], "{figure}": ["battery"]}
    times = {
        "start": [f"{DAY - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (1, 24, 48)],
        "end": [f"{DAY + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S+00:00}" for hours in (1, 12)],
    }
    for path, item in described["paths"].items():
        for operation in item.values():
            kept = [each for each in operation["parameters"] if each["in"] != "header"]  # a key is for one order
            operation["parameters"] = kept
            for parameter in kept:
                name = parameter["name"]
                if name == "device":
                    names = ["battery"] if "post" in item else device.get(path.rpartition("/")[2], ROLES)
                    parameter["schema"] = {"enum": list(names)}
                elif name in ("home", "figure", *times):
                    parameter["schema"] = {"enum": times.get(name) or ["home" if name == "home" else "power_w"]}
            if "requestBody" in operation:
                order = operation["requestBody"]["content"]["application/json"]["schema"]
                order["oneOf"] = list(filter(of_battery, order["oneOf"]))


def of_battery(order: dict[str, Any]) -> bool:
    """Whether an order is for a battery; it is then within its rating, and its end lies ahead."""
    properties = order["properties"]
    for each in (properties.get("power_w"), properties.get("value")):
        if each is not None and each["maximum"] == 1e9:
            each.update(minimum=100, maximum=5_000)
    if "until" in properties:
        ends = [f"{DAY + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (2, 3)]
        properties["until"] = {"enum": [*ends, "released", None]}
    return control.OPERATIONS[properties["operation"]["const"]].role.value == "battery"


answered = load(narrowed)


@answered.parametrize()
@settings(max_examples=40, derandomize=True)
def test_is_answered(case: schemathesis.Case, judge: Callable[..., None]) -> None:
    """What the document's words allow is done, and the answer has the types of the vocabulary."""
    judge(case, negative_data_rejection)  # the narrower parameters are this test's
