"""Acme's API over the simulated house, served on loopback: no account, no hardware."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_simulation import House, Plant
from openpower_simulation.emulation import ServedEmulator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

__all__ = ["Emulator", "serve"]


class Emulator:
    """The vendor, as far as a client can tell.

    Args:
        clock: whose time it is; the house lives by it.
        plant: the house.
    """

    provider = "acme"
    title = "Acme"
    prefix = "/v1"

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK, plant: Plant | None = None) -> None:
        self.clock = clock
        self.house = House(plant or Plant(ev=False), start=clock.now())
        self.options = {"token": "an-emulated-token"}
        self.requests: list[tuple[str, str]] = []
        self._app = Starlette(
            routes=[
                Route("/v1/status", self._status, methods=["GET"]),
                Route("/v1/settings", self._settings, methods=["GET"]),
                Route("/v1/settings", self._set_settings, methods=["PUT"]),
            ]
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] == "http":
            self.requests.append((scope["method"], scope["path"]))
            headers = {name.lower(): value for name, value in scope["headers"]}
            if headers.get(b"authorization") != f"Bearer {self.options['token']}".encode():
                refusal = JSONResponse({"error": "unauthorised"}, 401, self._date())
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _date(self) -> dict[str, str]:
        return {"Date": format_datetime(self.clock.now(), usegmt=True)}

    def _json(self, content: Any) -> Response:
        return JSONResponse(content, headers=self._date())

    async def _status(self, _request: Request) -> Response:
        now = self.house.at(self.clock.now())
        return self._json(
            {
                "serial": "ACME000000000001",
                "at": now.time.isoformat(),
                "state": "ok",
                "pvW": now.pv_w,
                "loadW": now.load_w,
                "gridW": -now.grid_w,
                "batteryW": now.battery_w,
                "soc": round(now.soc_pct, 1),
            }
        )

    async def _settings(self, _request: Request) -> Response:
        self.house.at(self.clock.now())
        return self._json({"reserve": round(self.house.controls.reserve_soc_pct)})

    async def _set_settings(self, request: Request) -> Response:
        reserve = (await request.json())["reserve"]
        self.house.change(self.clock.now(), reserve_soc_pct=float(reserve))
        return self._json({})


def serve(
    emulator: Emulator | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> ServedEmulator[Emulator]:
    """Serve it; ``openpower emulate acme`` does so, and the tests."""
    return ServedEmulator(emulator or Emulator(), host=host, port=port)
