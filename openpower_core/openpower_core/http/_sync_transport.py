# Generated from _async_transport.py by openpower_testing; do not edit.
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

from openpower_core.http._sync_network import Backend
from openpower_core.http.network import running_loop, take, time_left
from openpower_core.waiting import Semaphore

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from openpower_core.http.route import Route

MAX_CONNECTIONS = 100
"""Per host; enough for 5,000 calls a second to a vendor that answers within 20 ms."""
KEEP_ALIVE_S = 120.0
"""Long enough for a program that polls once a minute to keep its connection."""
KEEP_ALIVE_FOR_WRITES_S = 5.0
"""Shorter than servers allow, so that no write meets a connection that the server is closing."""
SWEEP_EVERY_S = 5.0


class Pool:
    """A semaphore and a last-in-first-out list of idle connections.

    httpcore's own pool scans all waiting requests whenever one ends, which makes a thousand calls in flight quadratic.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._slots = Semaphore(MAX_CONNECTIONS)
        self._idle: deque[Any] = deque()
        self._closed = False

    def handle_request(self, request: Any) -> httpcore.Response:
        """Send a request over a connection of its own until the response is closed."""
        if not take(self._slots, time_left(request.extensions["timeout"]["pool"])):
            raise httpcore.PoolTimeout
        try:
            connection = self._take()
            response: httpcore.Response = connection.handle_request(request)
        except BaseException:
            self._slots.release()
            raise
        response.stream = Body(response.stream, lambda: self._give_back(connection))
        return response

    def sweep(self) -> None:
        """Close idle connections that have expired or that the server has closed."""
        for _ in range(len(self._idle)):
            with contextlib.suppress(IndexError):  # another thread was faster
                connection = self._idle.popleft()
                if connection.has_expired():
                    connection.close()
                else:
                    self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections; those in use close when their response is."""
        self._closed = True
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> Any:
        with contextlib.suppress(IndexError):
            while (connection := self._idle.pop()).has_expired():
                connection.close()
            return connection
        return self._connect()

    def _give_back(self, connection: Any) -> None:
        try:
            if connection.is_idle() and not self._closed:
                self._idle.append(connection)
            else:
                connection.close()
        finally:
            self._slots.release()


class Body:
    """A response body that returns its connection to the pool when it is first closed."""

    def __init__(self, stream: Any, give_back: Callable[[], None]) -> None:
        self._stream = stream
        self._give_back: Callable[[], None] | None = give_back

    def __iter__(self) -> Iterator[bytes]:
        chunks: Iterator[bytes] = iter(self._stream)
        return chunks

    def close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            try:
                self._stream.close()
            finally:
                give_back()


class SharedTransport(httpx.HTTPTransport):
    """httpx's transport over our pool: the connections of one route, shared by all clients on it."""

    def __init__(self, route: Route, keep_alive: float) -> None:
        self.clients: WeakSet[object] = WeakSet()
        options = route.pool_options()
        maker = httpcore.ConnectionPool(network_backend=Backend(), keepalive_expiry=keep_alive, **options)
        address = httpx.URL(scheme=route.scheme, host=route.host, port=route.port)  # encodes international names
        origin = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port).origin
        self.pool = Pool(lambda: maker.create_connection(origin))
        # The only private attribute of httpx we rely on; a test fails if httpx renames it.
        self._pool: Any = self.pool


class Transports:
    """The transports of the process: one for each event loop, route and keep-alive."""

    def __init__(self) -> None:
        self._open: dict[_Key, SharedTransport] = {}
        self._inherited: list[object] = []
        self.renew()

    def renew(self) -> None:
        """Start empty, as a forked child must: inherited sockets belong to the parent, so they are kept but never used."""
        self._inherited.append(self._open)
        self._open = {}
        self._lock = threading.Lock()
        self._sweep_at: dict[asyncio.AbstractEventLoop | None, float] = {}

    def of(self, client: object, route: Route, *, write: bool) -> SharedTransport:
        """Return the transport for a client's call, creating it if necessary."""
        loop = running_loop()
        if time.monotonic() >= self._sweep_at.get(loop, 0.0):
            self._sweep(loop)
        key = (loop, route, KEEP_ALIVE_FOR_WRITES_S if write else KEEP_ALIVE_S)
        with self._lock:
            transport = self._open.get(key)
            if transport is None:
                transport = self._open[key] = SharedTransport(route, key[2])
            transport.clients.add(client)
        return transport

    def leave(self, client: object) -> None:
        """Remove a client from its transports, and close those without any left."""
        with self._lock:
            for transport in self._open.values():
                transport.clients.discard(client)
        self._close_unused(running_loop())

    def _sweep(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._sweep_at[loop] = time.monotonic() + SWEEP_EVERY_S
        self._close_unused(loop)
        for key, transport in list(self._open.items()):
            if key[0] is loop:
                transport.pool.sweep()

    def _close_unused(self, loop: asyncio.AbstractEventLoop | None) -> None:
        with self._lock:
            closed = {each for each in self._sweep_at if each is not None and each.is_closed()}
            unused = {key: each for key, each in self._open.items() if key[0] in closed or not each.clients}
            self._open = {key: each for key, each in self._open.items() if key not in unused}
            self._sweep_at = {each: at for each, at in self._sweep_at.items() if each not in closed}
        for key, transport in unused.items():
            if key[0] is loop:  # those of another loop close their sockets when garbage-collected
                transport.close()


_Key = tuple["asyncio.AbstractEventLoop | None", "Route", float]

TRANSPORTS = Transports()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TRANSPORTS.renew)
