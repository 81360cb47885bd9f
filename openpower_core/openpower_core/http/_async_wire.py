"""Requests carried by httpx: over our pool, or over the transport that a user gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.http._body import Body, TooLarge
from openpower_core.http._httpx import FAILURES, httpx
from openpower_core.http._transport import AsyncPooledTransport
from openpower_core.http._wires import Incoming, Unsendable

if TYPE_CHECKING:
    from openpower_core.http._httpx import AsyncTransport
    from openpower_core.http._wires import Outgoing

__all__ = ["AsyncHttpxWire"]


class AsyncHttpxWire:
    """Carries requests by an httpx transport."""

    failures: tuple[type[Exception], ...] = (*FAILURES, Unsendable)

    def __init__(self, transport: AsyncTransport | None, base_url: str) -> None:
        self._transport = transport or AsyncPooledTransport(base_url)
        self._owned = transport is None

    async def exchange(self, request: Outgoing, limit: int) -> Incoming:
        """Send a request and read its answer, decoded and within the limit."""
        response = await self._transport.handle_async_request(_written(request))
        try:
            content = await _read(response, limit)
        finally:
            await response.aclose()
        return Incoming(response.status_code, response.headers, content)

    async def aclose(self) -> None:
        """Close the pool; a transport that was given stays its owner's."""
        if self._owned:
            await self._transport.aclose()


def _written(request: Outgoing) -> httpx.Request:
    left = request.left
    try:
        return httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.body or None,
            extensions={"timeout": {"connect": left, "read": left, "write": left, "pool": left}},
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise Unsendable(type(error).__name__) from None


async def _read(response: httpx.Response, limit: int) -> bytes:
    if response.is_stream_consumed:  # a transport that had the answer at hand
        if len(response.content) > limit:
            raise TooLarge
        return response.content
    body = Body(response.headers.get("content-encoding", ""), limit)
    async for chunk in response.aiter_raw():
        body.add(chunk)
    return body.whole()
