# Generated from _async_wire.py by openpower_testing; do not edit.
"""Requests carried by httpx: over our pool, or over the transport that a user gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.http._body import Body, TooLarge
from openpower_core.http._httpx import FAILURES, httpx
from openpower_core.http._transport import PooledTransport
from openpower_core.http._wires import Incoming, Unsendable

if TYPE_CHECKING:
    from openpower_core.http._httpx import Transport
    from openpower_core.http._wires import Outgoing

__all__ = ["HttpxWire"]


class HttpxWire:
    """Carries requests by an httpx transport."""

    failures: tuple[type[Exception], ...] = (*FAILURES, Unsendable)

    def __init__(self, transport: Transport | None, base_url: str) -> None:
        self._transport = transport or PooledTransport(base_url)
        self._owned = transport is None

    def exchange(self, request: Outgoing, limit: int) -> Incoming:
        """Send a request and read its answer, decoded and within the limit."""
        response = self._transport.handle_request(_written(request))
        try:
            content = _read(response, limit)
        finally:
            response.close()
        return Incoming(response.status_code, response.headers, content)

    def close(self) -> None:
        """Close the pool; a transport that was given stays its owner's."""
        if self._owned:
            self._transport.close()


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


def _read(response: httpx.Response, limit: int) -> bytes:
    if response.is_stream_consumed:  # a transport that had the answer at hand
        if len(response.content) > limit:
            raise TooLarge
        return response.content
    body = Body(response.headers.get("content-encoding", ""), limit)
    for chunk in response.iter_raw():
        body.add(chunk)
    return body.whole()
