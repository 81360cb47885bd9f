"""Home Assistant itself, as ``nox -s consumers`` installed it: started, set up through its own API, and asked over its WebSocket."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from programs import Program, answers, free_port

CONFIGURATION = """
homeassistant:
  name: Test
  time_zone: Australia/Sydney
  currency: AUD
  country: AU
  unit_system: metric
  latitude: -33.87
  longitude: 151.21
  elevation: 10
http:
  server_host: 127.0.0.1
  server_port: {port}
history:
energy:
recorder:
  commit_interval: 1
logger:
  default: warning
"""
# What it says about its own installation here, which has no camera and no compiled compression.
OF_ITS_OWN = (
    "Skipping pip installation",
    "zlib_ng and isal are not available",
    "Error loading libturbojpeg",
    "The system could not validate that the sqlite3 database",
    "Ended unfinished session",
)
_COMPLAINT = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) .*$", re.MULTILINE)


class Socket:
    """A signed-in WebSocket."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._ids = itertools.count(1)

    async def call(self, kind: str, **fields: Any) -> Any:
        """Send a command and wait for its result."""
        number = next(self._ids)
        await self._connection.send_json({"id": number, "type": kind, **fields})
        while True:
            answer = await self._connection.receive_json(timeout=30)
            if answer.get("id") == number and answer["type"] == "result":
                assert answer["success"], answer["error"]
                return answer["result"]

    async def states(self) -> dict[str, dict[str, Any]]:
        """Every entity's state, by entity id."""
        return {state["entity_id"]: state for state in await self.call("get_states")}

    async def registered(self) -> dict[str, dict[str, Any]]:
        """The entities of MQTT in the registry, by unique id."""
        found = await self.call("config/entity_registry/list")
        return {entry["unique_id"]: entry for entry in found if entry["platform"] == "mqtt"}

    async def service(self, domain: str, service: str, entity_id: str, **data: Any) -> None:
        """Call a service on an entity."""
        target = {"entity_id": entity_id}
        await self.call("call_service", domain=domain, service=service, service_data=data, target=target)


class HomeAssistant:
    """One installation with a folder of its own.

    Args:
        installed: its environment.
        folder: for its configuration.
        env: what its environment has besides.
    """

    def __init__(self, installed: Path, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder / "home_assistant"
        self._folder.mkdir()
        (self._folder / "configuration.yaml").write_text(CONFIGURATION.format(port=self.port), encoding="utf-8")
        self.program = Program(
            "home_assistant",
            [str(installed / "bin/hass"), "--config", ".", "--skip-pip", "--log-no-color"],
            self._folder,
            ready=lambda: answers(f"{self.url}/manifest.json"),
            env=env,
            within=90,
        )
        self._token = ""

    @property
    def complaints(self) -> list[str]:
        """The warnings and errors in its log, except those about its installation here."""
        lines = (found.group(0) for found in _COMPLAINT.finditer(self.program.log))
        return [line for line in lines if not any(own in line for own in OF_ITS_OWN)]

    async def set_up(self, broker: Mapping[str, Any]) -> None:
        """Make its owner and a long-lived token, and connect it with a broker, as its pages do."""
        async with aiohttp.ClientSession(self.url) as session:
            owner = {"client_id": self.url, "name": "Owner", "username": "owner", "password": "only-for-this-test"}
            code = await _post(session, "/api/onboarding/users", {**owner, "language": "en"})
            grant = {"grant_type": "authorization_code", "code": code["auth_code"], "client_id": self.url}
            async with session.post("/auth/token", data=grant) as answer:
                token = (await answer.json())["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            # The step "core_config" is left out: it adds the weather and radio of the internet, which is not there.
            redirect = {"client_id": self.url, "redirect_uri": self.url}
            await _post(session, "/api/onboarding/integration", redirect, headers)
            self._token = token
            async with self.socket() as socket:
                self._token = await socket.call("auth/long_lived_access_token", client_name="tests", lifespan=365)
            headers = {"Authorization": f"Bearer {self._token}"}
            flows = "/api/config/config_entries/flow"
            flow = await _post(session, flows, {"handler": "mqtt", "show_advanced_options": False}, headers)
            entry = await _post(session, f"{flows}/{flow['flow_id']}", dict(broker), headers)
            assert entry["type"] == "create_entry", entry

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Socket]:
        """A connection to its WebSocket API."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"{self.url}/api/websocket") as connection,
            ):
                assert (await connection.receive_json(timeout=30))["type"] == "auth_required"
                await connection.send_json({"type": "auth", "access_token": self._token})
                assert (await connection.receive_json(timeout=30))["type"] == "auth_ok"
                yield Socket(connection)
        finally:
            await asyncio.sleep(0)  # the session closes its transports a little later


async def _post(
    session: aiohttp.ClientSession, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Any:
    async with session.post(path, json=body, headers=headers) as answer:
        assert answer.ok, (path, answer.status, await answer.text())
        return await answer.json()
