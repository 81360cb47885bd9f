"""The transports that all clients of the process share: subclasses of httpx's, so that cassettes and tracers see every call.

From the socket up: streams that keep the total deadline of a call, plain and with TLS; httpcore's network backend, which
connects them; a pool; and the transports over it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

import httpcore
import httpx

from openpower_core.http import network
from openpower_core.http.call import decoded
from openpower_core.http.route import Route
from openpower_core.waiting import ASemaphore

T = TypeVar("T")

MAX_CONNECTIONS = 100
"""Per host; enough for 5,000 calls a second to a vendor that answers within 20 ms."""
KEEP_ALIVE_S = 120.0
"""Long enough for a program that polls once a minute to keep its connection."""
KEEP_ALIVE_FOR_WRITES_S = 5.0
"""Shorter than servers allow, so that no write meets a connection that the server is closing."""
SWEEP_EVERY_S = 5.0
CHUNK = 65_536
NO_BODY = {204, 205, 304}


class _Raising:
    """Raises what httpcore documents for the operation. (A generator as context manager would cost each call 4 µs more.)"""

    def __init__(self, late: type[Exception], broken: type[Exception]) -> None:
        self._late, self._broken = late, broken

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError):
            raise (self._late if isinstance(error, TimeoutError) else self._broken)(str(error)) from error


class AsyncStream(httpcore.AsyncNetworkStream):
    """A socket that can be upgraded to TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def __del__(self) -> None:
        # A program that never closes its client should exit without a ResourceWarning.
        self.sock.close()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _Raising(httpcore.ReadTimeout, httpcore.ReadError):
            return await self.receive(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _Raising(httpcore.WriteTimeout, httpcore.WriteError):
            await self.send(buffer, timeout)

    async def aclose(self) -> None:
        self.sock.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncTlsStream:
        try:
            with _Raising(httpcore.ConnectTimeout, httpcore.ConnectError):
                stream = AsyncTlsStream(self, ssl_context, server_hostname)
                await stream.shake_hands(timeout)
        except BaseException:
            await self.aclose()
            raise
        return stream

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # an idle connection only becomes readable when the server closes it
            return network.is_readable(self.sock)
        return self.sock if info == "socket" else None

    async def receive(self, size: int, timeout: float | None) -> bytes:
        return await network.areceive(self.sock, size, network.time_left(timeout))

    async def send(self, data: bytes, timeout: float | None) -> None:
        if data:
            await network.asend(self.sock, data, network.time_left(timeout))


class AsyncTlsStream(AsyncStream):
    """TLS over another stream, through memory buffers: 20 kB per connection, where asyncio's own TLS needs 300 kB."""

    def __init__(self, stream: AsyncStream, context: ssl.SSLContext, hostname: str | None) -> None:
        super().__init__(stream.sock)
        self._below = stream  # which may be TLS as well: that to a proxy
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    async def shake_hands(self, timeout: float | None) -> None:
        """Perform the handshake and verify the certificate."""
        await self._move(self._tls.do_handshake, timeout)

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        return (info == "is_readable" and self._incoming.pending > 0) or self._below.get_extra_info(info)

    async def receive(self, size: int, timeout: float | None) -> bytes:
        try:
            return await self._move(partial(self._tls.read, size), timeout)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""  # many servers close without close_notify; HTTP's framing tells whether data is missing

    async def send(self, data: bytes, timeout: float | None) -> None:
        while data:  # a TLS record holds at most 16 kB
            data = data[await self._move(partial(self._tls.write, data), timeout) :]

    async def _move(self, step: Callable[[], T], timeout: float | None) -> T:
        """Run one TLS operation, moving bytes in both directions until it completes."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._below.send(self._outgoing.read(), timeout)
                if received := await self._below.receive(CHUNK, timeout):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                await self._below.send(self._outgoing.read(), timeout)
                return result


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Connects within the deadline, which covers the name look-up and all addresses of the host."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> AsyncStream:
        with _Raising(httpcore.ConnectTimeout, httpcore.ConnectError):
            addresses = await network.alook_up(host, port, network.time_left(timeout))
            # Try the address that worked last time first: a broken IPv6 route then costs time only once.
            addresses.sort(key=lambda address: address != _REACHED.get(host))
            return AsyncStream(await _dial_any(host, addresses, timeout))


_REACHED: dict[str, network.Address] = {}


async def _dial_any(host: str, addresses: list[network.Address], timeout: float | None) -> socket.socket:
    failure = OSError("the host has no address")
    for index, address in enumerate(addresses):
        # Each address gets its share of the time; otherwise a dead first one would use it all.
        share = (network.time_left(timeout) or network.CONNECT_WITHIN_S) / (len(addresses) - index)
        try:
            sock = await _dial(address, share)
        except OSError as error:
            failure = error
        else:
            _REACHED[host] = address
            return sock
    raise failure


async def _dial(address: network.Address, seconds: float) -> socket.socket:
    sock = socket.socket(*address[:3])
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await network.adial(sock, address[4], seconds)
    except BaseException:
        sock.close()
        raise
    return sock


class AsyncPool:
    """A semaphore and a last-in-first-out list of idle connections, kept while there are clients.

    httpcore's own pool scans all waiting requests whenever one ends, which makes a thousand calls in flight quadratic.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self.clients: WeakSet[object] = WeakSet()
        self._connect, self._slots = connect, ASemaphore(MAX_CONNECTIONS)
        self._idle: deque[Any] = deque()

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request and read the response, whole, so that its connection cannot but come back."""
        timeout = request.extensions["timeout"]
        if not await network.atake(self._slots, network.time_left(timeout["pool"])):
            raise httpcore.PoolTimeout
        try:
            timeout["connect"] = timeout["pool"].within(network.CONNECT_WITHIN_S)  # TLS included
            return await self._exchange(await self._take(), request)
        finally:
            self._slots.release()

    async def _exchange(self, connection: Any, request: Any) -> Any:
        response = await connection.handle_async_request(request)
        try:
            content = await _collected(response.stream, request.extensions["limit"])
        finally:
            await response.aclose()
            # A server that wrongly sends a body with these does so a moment later.
            if response.status not in NO_BODY and self.clients and connection.is_idle() and not _left_over(connection):
                self._idle.append(connection)
            else:
                await connection.aclose()
        # Our client takes the content as it is; cassettes and tracers, who know nothing of that, read the stream.
        response.stream, response.extensions["content"] = httpx.ByteStream(content), content
        return response

    async def sweep(self) -> None:
        """Close idle connections that have expired, that the server has closed, or that no client needs any more."""
        for _ in range(len(self._idle)):
            with contextlib.suppress(IndexError):  # another thread was faster
                connection = self._idle.popleft()
                if self.clients and not connection.has_expired():
                    self._idle.append(connection)
                else:
                    await connection.aclose()

    async def _take(self) -> Any:
        with contextlib.suppress(IndexError):
            while (connection := self._idle.pop()).has_expired():
                await connection.aclose()
            return connection
        return self._connect()


def _left_over(connection: Any) -> bool:
    """Whether bytes came after the end of the response: they would be taken for the response to the next request.

    httpcore does not show them. Where its private names have changed, no connection is used twice, which a test notices.
    """
    while (inner := getattr(connection, "_connection", None)) is not None:  # proxies wrap connections
        connection = inner
    state = getattr(connection, "_h11_state", None)
    return state is None or bool(state.trailing_data[0])


class AsyncSharedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over our pool: the connections of one route, shared by all clients on it."""

    def __init__(self, route: Route, keep_alive: float) -> None:
        options = route.pool_options()
        maker = httpcore.AsyncConnectionPool(network_backend=AsyncBackend(), keepalive_expiry=keep_alive, **options)
        address = httpx.URL(scheme=route.scheme, host=route.host, port=route.port)  # encodes international names
        origin = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port).origin
        self.pool = AsyncPool(lambda: maker.create_connection(origin))
        # The only private attribute of httpx we rely on; a test fails if httpx renames it.
        self._pool: Any = self.pool


class AsyncTransports:
    """The transports of the process: one for each event loop, route and keep-alive.

    A forked child makes its own, since its process id differs, and there is no lock that it could inherit locked.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[int, Any, Route, float], AsyncSharedTransport] = {}
        self._sweep_at = 0.0

    async def of(self, client: object, route: Route, *, write: bool) -> AsyncSharedTransport:
        """Return the transport for a client's call, creating it if necessary."""
        key = (os.getpid(), network.arunning_loop(), route, KEEP_ALIVE_FOR_WRITES_S if write else KEEP_ALIVE_S)
        transport = self._open.get(key)
        if transport is None or time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_EVERY_S
            await self._sweep()
            transport = self._open.get(key) or self._open.setdefault(key, AsyncSharedTransport(route, key[-1]))
        transport.pool.clients.add(client)
        return transport

    async def leave(self, client: object) -> None:
        """Remove a client, and close the connections that no other client uses."""
        for transport in list(self._open.values()):
            transport.pool.clients.discard(client)
        await self._sweep()

    async def _sweep(self) -> None:
        """Close what is idle too long or needed no more; closing a socket needs neither its loop nor its process."""
        for key, transport in list(self._open.items()):
            process, loop = key[:2]
            if process != os.getpid() or (loop is not None and loop.is_closed()):
                transport.pool.clients.clear()
            if not transport.pool.clients:
                self._open.pop(key, None)
            await transport.pool.sweep()


TRANSPORTS = AsyncTransports()


async def read(response: httpx.Response, limit: int) -> bytes:
    """Read a response, of whatever transport, and decode it."""
    if response.is_stream_consumed:  # a mock or a cassette, decoded already
        return decoded(response.content, "", limit)
    content = response.extensions.get("content")
    if content is None:
        content = await _collected(response.stream, limit)
    return decoded(content, response.headers.get("content-encoding", ""), limit)


async def _collected(stream: Any, limit: int) -> bytes:
    """Take everything that a stream gives, but hardly more than the limit."""
    chunks, size = list[bytes](), 0
    async for chunk in stream:
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    return b"".join(chunks)
