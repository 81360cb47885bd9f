"""``/metrics`` for Prometheus: the figures of now, and how the hub is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from openpower_hub.engine import Hub


def routes(hub: Hub) -> list[BaseRoute]:  # noqa: ARG001
    """What the HTTP server serves of it."""
    registry = CollectorRegistry()

    async def metrics(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": media_type})

    return [Route("/metrics", metrics)]
