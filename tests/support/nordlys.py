"""The made-up retailer Nordlys Kraft, served: a GraphQL endpoint with a day of prices behind and one ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from openpower_core.clock import Clock, ManualClock
from openpower_simulation.emulation import HttpEmulator, ServedEmulator

TOKEN = "nordlys-emulated-token"
METER = "NO0000000000042"
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def prices(now: datetime) -> list[dict[str, Any]]:
    """Hourly prices from yesterday to tomorrow; the one at 03:00 is negative."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    hours = [first + timedelta(hours=number) for number in range(72)]
    return [
        {
            "from": hour.isoformat(),
            "to": (hour + timedelta(hours=1)).isoformat(),
            "total": -0.05 if hour.hour == 3 else round(0.5 + hour.hour / 100, 4),
        }
        for hour in hours
    ]


class NordlysEmulator(HttpEmulator):
    """The API on its own clock, which stays at noon by default."""

    provider, title, prefix = "nordlys", "Nordlys Kraft", ""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock or ManualClock(NOON), {"POST /graphql": self._graphql})
        self.options = {"token": TOKEN}

    def _graphql(self, request: Request) -> Any:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            problem = {"message": "not signed in", "extensions": {"code": "UNAUTHENTICATED"}}
            return {"data": None, "errors": [problem]}
        home = {"meterId": METER, "zone": "Europe/Oslo", "currency": "NOK", "prices": prices(self.clock.now())}
        return {"data": {"home": home}}


def served(clock: Clock | None = None) -> ServedEmulator[NordlysEmulator]:
    """Serve it on loopback, with what ``connect`` needs."""
    return ServedEmulator(NordlysEmulator(clock))
