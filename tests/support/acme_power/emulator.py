"""Acme's API over the simulated house."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request

from openpower_core.clock import ManualClock
from openpower_simulation import House, Market, Plant
from openpower_simulation.emulation import HttpEmulator, ServedEmulator

TOKEN = "acme-token-0123456789abcdef"
SERIAL = "AC00000000000001"
SLOT = timedelta(minutes=5)


class AcmeEmulator(HttpEmulator):
    """One box."""

    provider, title, prefix = "acme", "Acme Power", "/v1"

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock, {"/v1/{name}": self._answer})
        self.house = House(Plant(tz="Europe/Berlin", latitude=52.5, ev=False, currency="EUR"), start=clock.now())
        self.reserve = 10.0

    @property
    def options(self) -> dict[str, Any]:
        """What ``connect`` needs."""
        return {"token": TOKEN}

    async def _answer(self, request: Request) -> Any:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.json({"ok": False, "error": "who are you"}, 401)
        data = self.data(request.path_params["name"], request.query_params, await request.body())
        return {"ok": True, "data": data}

    def data(self, name: str, query: Mapping[str, str], body: bytes) -> Any:
        """The data of one answer."""
        now = self.clock.now()
        if body:
            self.reserve = json.loads(body)["percent"]
            self.house.change(now, reserve_soc_pct=self.reserve)
            return "done"
        match name:
            case "box":
                zone = self.house.plant.tz
                return {"serial": SERIAL, "zone": zone, "batteryKwh": self.house.plant.battery_kwh}
            case "now":
                return self.now(now)
            case "day":
                return self.day(date.fromisoformat(query["date"]))
            case "reserve":
                return self.reserve
            case _:
                return self.prices(now)

    def now(self, now: datetime) -> dict[str, Any]:
        """The state of the house."""
        seen = self.house.at(now)
        return {
            "time": now.astimezone(self.house.plant.zone).replace(tzinfo=None).isoformat(),
            "status": "normal",
            "pv": seen.pv_w,
            "load": seen.load_w,
            "battery": -seen.battery_w,
            "grid": -seen.grid_w,
            "soc": round(seen.soc_pct, 2),
            "imported": round(seen.total.imported_kwh, 2),
            "exported": round(seen.total.exported_kwh, 2),
        }

    def day(self, day: date) -> list[dict[str, Any]]:
        """The five minutes of a local day, as far as they are over."""
        zone = self.house.plant.zone
        start = datetime.combine(day, datetime.min.time(), zone)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        begin = start.timestamp()
        return [
            {
                "minute": round((line.start.timestamp() - begin) / 60),
                "pv": line.pv_w,
                "load": line.load_w,
                "battery": -line.battery_w,
                "grid": -line.grid_w,
            }
            for line in self.house.history(start, end, now=self.clock.now())
        ]

    def prices(self, now: datetime) -> list[dict[str, Any]]:
        """The prices from three hours ago to the horizon, in cents."""
        market = Market(self.house.plant)
        start = now - timedelta(hours=3)
        half = timedelta(minutes=30)
        found = market.intervals(start, market.horizon(now), now=now, resolution=half)
        return [
            {
                "start": int(each.start.timestamp()),
                "minutes": 30,
                "buy": round(float(each.spot) * 100 + 15, 3),
                "sell": -round(float(each.spot) * 90 + 4, 3),
                "low": round(float(each.spot) * 100 + 14, 3),
                "high": round(float(each.spot) * 100 + 16, 3),
            }
            for each in found
        ]


def serve(clock: ManualClock) -> ServedEmulator[AcmeEmulator]:
    """Serve it on loopback."""
    return ServedEmulator(AcmeEmulator(clock))
