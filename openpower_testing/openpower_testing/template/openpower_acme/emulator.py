"""Acme's API over the simulated house, served on loopback: no account, no hardware."""

from __future__ import annotations

from typing import Any

from openpower_core.provider import SYSTEM_CLOCK, Clock
from openpower_simulation import House, Plant
from openpower_simulation.emulation import Handler, HttpEmulator, server_of
from starlette.requests import Request


class Emulator(HttpEmulator):
    """The vendor, as far as a client can tell.

    Args:
        clock: the clock of the vendor and its house.
        plant: the house.
    """

    provider, title, prefix = "acme", "Acme", "/v1"

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK, plant: Plant | None = None) -> None:
        routes = {
            "GET /v1/status": self._status,
            "GET /v1/settings": self._settings,
            "PUT /v1/settings": self._set_settings,
        }
        super().__init__(clock, routes)
        self.house = House(plant or Plant(ev=False), start=clock.now())
        self.options = {"token": "an-emulated-token"}
        self.requests: list[tuple[str, str]] = []
        """The method and path of each request that arrived."""

    async def answer(self, handler: Handler, request: Request) -> Any:
        """Refuse requests without the token."""
        self.requests.append((request.method, request.url.path))
        if request.headers.get("authorization") != f"Bearer {self.options['token']}":
            return self.json({"error": "unauthorised"}, 401)
        return await super().answer(handler, request)

    async def _status(self, _request: Request) -> Any:
        now = self.house.at(self.clock.now())
        return {
            "serial": "ACME000000000001",
            "at": now.time.isoformat(),
            "state": "ok",
            "pvW": now.pv_w,
            "loadW": now.load_w,
            "gridW": -now.grid_w,
            "batteryW": now.battery_w,
            "soc": round(now.soc_pct, 1),
        }

    async def _settings(self, _request: Request) -> Any:
        self.house.at(self.clock.now())
        return {"reserve": round(self.house.controls.reserve_soc_pct)}

    async def _set_settings(self, request: Request) -> Any:
        reserve = (await request.json())["reserve"]
        self.house.change(self.clock.now(), reserve_soc_pct=float(reserve))
        return {}


serve = server_of(Emulator)
"""``openpower emulate acme`` serves it, and so do the tests."""
