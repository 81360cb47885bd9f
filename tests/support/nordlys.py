"""The made-up retailer Nordlys Kraft, served: a GraphQL endpoint with a day of prices behind and one ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from openpower_core.emulation import serve

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


def app(now: datetime = NOON) -> Starlette:
    """The API, at one moment."""

    async def graphql(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            problem = {"message": "not signed in", "extensions": {"code": "UNAUTHENTICATED"}}
            return JSONResponse({"data": None, "errors": [problem]})
        home = {"meterId": METER, "zone": "Europe/Oslo", "currency": "NOK", "prices": prices(now)}
        return JSONResponse({"data": {"home": home}})

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


def served(now: datetime = NOON) -> Any:
    """Serve it on loopback."""
    return serve(app(now))
