"""The made-up retailer Nordlys Kraft, served: a GraphQL endpoint with a day of prices behind and one ahead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from openpower_core.clock import Clock, ManualClock
from openpower_simulation.emulation import serve

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


def app(clock: Clock | None = None) -> Starlette:
    """The API, by a clock of its own; it stands at noon unless one is given."""
    clock = clock or ManualClock(NOON)

    async def graphql(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            problem = {"message": "not signed in", "extensions": {"code": "UNAUTHENTICATED"}}
            return JSONResponse({"data": None, "errors": [problem]})
        home = {"meterId": METER, "zone": "Europe/Oslo", "currency": "NOK", "prices": prices(clock.now())}
        return JSONResponse({"data": {"home": home}})

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


@contextmanager
def served(clock: Clock | None = None) -> Iterator[Any]:
    """Serve it on loopback, with what ``connect`` needs."""
    with serve(app(clock)) as server:
        options = {"token": TOKEN, "base_url": server.url}
        yield SimpleNamespace(url=server.url, options=options)
