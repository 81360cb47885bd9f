"""The transports that all clients of the process share: subclasses of httpx's, so that cassettes and tracers see every call."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import httpcore
import httpx

from openpower_core.http._async_network import AsyncBackend
from openpower_core.http.network import arunning_loop, atake, time_left
from openpower_core.waiting import ASemaphore

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable

    from openpower_core.http.route import Route

MAX_CONNECTIONS = 100
"""Per host; enough for 5,000 calls a second to a vendor that answers within 20 ms."""
KEEP_ALIVE_S = 120.0
"""Long enough for a program that polls once a minute to keep its connection."""
KEEP_ALIVE_FOR_WRITES_S = 5.0
"""Shorter than servers allow, so that no write meets a connection that the server is closing."""
SWEEP_EVERY_S = 5.0


class AsyncPool:
    """A semaphore and a last-in-first-out list of idle connections.

    httpcore's own pool scans all waiting requests whenever one ends, which makes a thousand calls in flight quadratic.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._slots = ASemaphore(MAX_CONNECTIONS)
        self._idle: deque[Any] = deque()
        self._closed = False

    async def handle_async_request(self, request: Any) -> httpcore.Response:
        """Send a request over a connection of its own until the response is closed."""
        if not await atake(self._slots, time_left(request.extensions["timeout"]["pool"])):
            raise httpcore.PoolTimeout
        try:
            connection = await self._take()
            response: httpcore.Response = await connection.handle_async_request(request)
        except BaseException:
            self._slots.release()
            raise
        response.stream = AsyncBody(response.stream, lambda: self._give_back(connection))
        return response

    async def sweep(self) -> None:
        """Close idle connections that have expired or that the server has closed."""
        for _ in range(len(self._idle)):
            with contextlib.suppress(IndexError):  # another thread was faster
                connection = self._idle.popleft()
                if connection.has_expired():
                    await connection.aclose()
                else:
                    self._idle.append(connection)

    async def aclose(self) -> None:
        """Close the idle connections; those in use close when their response is."""
        self._closed = True
        with contextlib.suppress(IndexError):
            while True:
                await self._idle.pop().aclose()

    async def _take(self) -> Any:
        with contextlib.suppress(IndexError):
            while (connection := self._idle.pop()).has_expired():
                await connection.aclose()
            return connection
        return self._connect()

    async def _give_back(self, connection: Any) -> None:
        try:
            if connection.is_idle() and not self._closed:
                self._idle.append(connection)
            else:
                await connection.aclose()
        finally:
            self._slots.release()


class AsyncBody:
    """A response body that returns its connection to the pool when it is first closed."""

    def __init__(self, stream: Any, give_back: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._give_back: Callable[[], Awaitable[None]] | None = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        chunks: AsyncIterator[bytes] = aiter(self._stream)
        return chunks

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            try:
                await self._stream.aclose()
            finally:
                await give_back()


class AsyncSharedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over our pool: the connections of one route, shared by all clients on it."""

    def __init__(self, route: Route, keep_alive: float) -> None:
        self.clients: WeakSet[object] = WeakSet()
        options = route.pool_options()
        maker = httpcore.AsyncConnectionPool(network_backend=AsyncBackend(), keepalive_expiry=keep_alive, **options)
        address = httpx.URL(scheme=route.scheme, host=route.host, port=route.port)  # encodes international names
        origin = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port).origin
        self.pool = AsyncPool(lambda: maker.create_connection(origin))
        # The only private attribute of httpx we rely on; a test fails if httpx renames it.
        self._pool: Any = self.pool


class AsyncTransports:
    """The transports of the process: one for each event loop, route and keep-alive."""

    def __init__(self) -> None:
        self._open: dict[_Key, AsyncSharedTransport] = {}
        self._inherited: list[object] = []
        self.renew()

    def renew(self) -> None:
        """Start empty, as a forked child must: inherited sockets belong to the parent, so they are kept but never used."""
        self._inherited.append(self._open)
        self._open = {}
        self._lock = threading.Lock()
        self._sweep_at: dict[asyncio.AbstractEventLoop | None, float] = {}

    async def of(self, client: object, route: Route, *, write: bool) -> AsyncSharedTransport:
        """Return the transport for a client's call, creating it if necessary."""
        loop = arunning_loop()
        if time.monotonic() >= self._sweep_at.get(loop, 0.0):
            await self._sweep(loop)
        key = (loop, route, KEEP_ALIVE_FOR_WRITES_S if write else KEEP_ALIVE_S)
        with self._lock:
            transport = self._open.get(key)
            if transport is None:
                transport = self._open[key] = AsyncSharedTransport(route, key[2])
            transport.clients.add(client)
        return transport

    async def leave(self, client: object) -> None:
        """Remove a client from its transports, and close those without any left."""
        with self._lock:
            for transport in self._open.values():
                transport.clients.discard(client)
        await self._close_unused(arunning_loop())

    async def _sweep(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._sweep_at[loop] = time.monotonic() + SWEEP_EVERY_S
        await self._close_unused(loop)
        for key, transport in list(self._open.items()):
            if key[0] is loop:
                await transport.pool.sweep()

    async def _close_unused(self, loop: asyncio.AbstractEventLoop | None) -> None:
        with self._lock:
            closed = {each for each in self._sweep_at if each is not None and each.is_closed()}
            unused = {key: each for key, each in self._open.items() if key[0] in closed or not each.clients}
            self._open = {key: each for key, each in self._open.items() if key not in unused}
            self._sweep_at = {each: at for each, at in self._sweep_at.items() if each not in closed}
        for key, transport in unused.items():
            if key[0] is loop:  # those of another loop close their sockets when garbage-collected
                await transport.aclose()


_Key = tuple["asyncio.AbstractEventLoop | None", "Route", float]

TRANSPORTS = AsyncTransports()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TRANSPORTS.renew)
