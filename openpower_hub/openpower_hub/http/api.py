"""The HTTP API of the hub, ``/api/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from openpower_hub.engine import Hub

ROOT: Final = "/api/v1"


def routes(_hub: Hub) -> list[BaseRoute]:
    """The API."""
    return [Route(ROOT, hub_now)]


async def hub_now(_request: Request) -> JSONResponse:
    """The hub itself."""
    return JSONResponse({})
