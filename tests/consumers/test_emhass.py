"""EMHASS itself takes the configuration that the hub exports, and the hub takes the plan that it makes with it."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from programs import Program, answers, free_port, until

from openpower import Role
from openpower_hub.config_file import parse_config
from openpower_hub.emhass import EMHASS, configuration
from openpower_hub.emhass.client import Client
from openpower_hub.engine import Hub
from openpower_hub.history.cells import Cell
from openpower_hub.plans import PlanState

SECRETS = """
hass_url: "{home_assistant}/"
long_lived_token: "nobody-asks-for-it"
time_zone: "Europe/Berlin"
Latitude: 52.5
Longitude: 13.4
Altitude: 35
server_ip: 127.0.0.1
"""


NEEDED = (Role.BATTERY, Role.INVERTER, Role.RETAILER)


class Days:
    """A history in which each day is the same: the sun from 6 to 18, and 500 W all day."""

    @property
    def store(self) -> Days:
        """The history's, of which the planner asks one thing."""
        return self

    async def series(self, key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
        """Every step of it."""
        found = []
        while start < end:
            sun = max(0.0, math.sin(math.pi * (start.hour + start.minute / 60 - 6) / 12)) * 4000
            found.append(Cell(start=start, end=start + step, mean=sun if figure == "pv_w" else 500.0))
            start += step
        return found


class StandIn(BaseHTTPRequestHandler):
    """What EMHASS asks Home Assistant for, although it is given everything else: its currency and units."""

    def do_GET(self) -> None:
        """Answer."""
        answer = json.dumps(
            {"currency": "EUR", "unit_system": {"temperature": "°C"}, "time_zone": "Europe/Berlin"}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stand_in() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def emhass_of(parts: Path, folder: Path, settings: str, home_assistant: str) -> Program:
    """The server, with what the hub exported for it."""
    (folder / "data").mkdir()
    (folder / "config.json").write_text(settings, encoding="utf-8")
    (folder / "secrets_emhass.yaml").write_text(SECRETS.format(home_assistant=home_assistant), encoding="utf-8")
    port = free_port()
    env = {
        "DATA_PATH": str(folder / "data"),
        "CONFIG_PATH": str(folder / "config.json"),
        "SECRETS_PATH": str(folder / "secrets_emhass.yaml"),
        "PORT": str(port),
    }
    command = [str(parts / "emhass/bin/python"), "-m", "emhass.web_server"]
    ready = f"http://127.0.0.1:{port}/api/v1/plan"
    return Program("emhass", command, folder, ready=lambda: answers(ready), env=env, within=90)


def is_live(hub: Hub, role: Role) -> bool:
    """Whether the house has a device of that kind whose figures are those of now."""
    found = hub.homes["house"].of_role(role) if "house" in hub.homes else []
    return bool(found) and found[0].freshness == "live"


def json_of(url: str) -> Any:
    """What is served at an address."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


async def test_it_plans_on_what_the_hub_exports(
    parts: Path, tmp_path: Path, programs: ExitStack, stand_in: str
) -> None:
    """Every exported key is one that EMHASS knows and takes; its plan is shown step by step, without a word of warning."""
    config = parse_config(
        {"homes": {"house": {"profiles": ["demo"]}}, "http": {"enabled": False}, "history": {"enabled": False}},
        "openpower.toml",
    )
    hub = Hub(config)
    running = asyncio.create_task(hub.run())
    try:
        await asyncio.to_thread(until, lambda: all(is_live(hub, role) for role in NEEDED), "a home that is read")
        home = hub.homes["house"]
        exported = await configuration(home)
        server = emhass_of(parts, tmp_path, exported.text, stand_in)
        programs.callback(server.stop)
        await asyncio.to_thread(server.start)
        url = f"http://127.0.0.1:{server.env['PORT']}"
        known, taken = json_of(f"{url}/get-config/defaults"), json_of(f"{url}/get-config")

        assert set(exported.settings) <= set(known)
        assert {name: taken[name] for name in exported.settings} == exported.settings

        hub.config = parse_config(
            {"homes": {"house": {"profiles": ["demo"]}}, "emhass": {"url": url, "solar": "history"}}, "openpower.toml"
        )
        hub.integrations["history"] = Days()  # type: ignore[assignment]
        async with aclosing(Client(url)) as client:
            planner = EMHASS(hub, client=client)
            await planner.ask(home)
            plan = planner.plan("house")
    finally:
        hub.stop()
        await asyncio.wait_for(running, 20)

    assert plan
    assert not [action for action in plan if action.state is PlanState.REFUSED], plan
    assert plan[0].start <= hub.clock.now() < plan[0].end
    assert plan[-1].end - plan[0].start == pytest.approx(timedelta(hours=24), abs=timedelta(minutes=30))
    assert {action.order.operation for action in plan if action.order} <= {
        "charge",
        "hold",
        "no_charge",
        "export",
        "auto",
    }
    assert "infeasible" not in server.log.lower()
