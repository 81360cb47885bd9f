"""Requests carried by the standard library's ``http.client``, over a pool of its own that keeps the deadline."""

from __future__ import annotations

import http.client
import io
import select
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from openpower_core.http._body import Body
from openpower_core.http._deadline import look_up, time_left, time_to_connect
from openpower_core.http._wires import KEEP_ALIVE_S, MAX_IDLE, Headers, Incoming, Unreachable, Unsendable

if TYPE_CHECKING:
    from openpower_core.http._wires import Outgoing

__all__ = ["StdlibWire"]

CHUNK = 65_536


class StdlibWire:
    """Carries requests to one host; safe to use from many threads."""

    failures: tuple[type[Exception], ...] = (OSError, http.client.HTTPException, Unsendable)

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._idle: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def __del__(self) -> None:
        # Scripts that never close their client should end without a warning about sockets.
        if hasattr(self, "_lock"):
            self.close()

    def exchange(self, request: Outgoing, limit: int) -> Incoming:
        """Send a request and read its answer, decoded and within the limit."""
        connection = self._take()
        try:
            parts = urlsplit(request.url)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
            _send(connection, request, target)
            response = connection.getresponse()
            headers = Headers(response.getheaders())
            content = _read(response, headers, limit)
        except BaseException:
            connection.close()
            raise
        self._put_back(connection, response)
        return Incoming(response.status, headers, content)

    def close(self) -> None:
        """Close the connections that are idle; those in use close when their answer is there."""
        with self._lock:
            self._closed = True
            idle = [connection for connection, _ in self._idle]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self) -> http.client.HTTPConnection:
        while True:
            with self._lock:
                connection, since = self._idle.pop() if self._idle else (None, 0.0)
            if connection is None:
                return self._connect()
            # A server that has closed an idle connection makes it readable.
            if time.monotonic() - since < KEEP_ALIVE_S and not _readable(connection.sock):
                return connection
            connection.close()

    def _put_back(self, connection: http.client.HTTPConnection, response: Any) -> None:
        reusable = isinstance(connection.sock, _DeadlineSocket) and not response.will_close
        with self._lock:
            if reusable and not self._closed and len(self._idle) < MAX_IDLE:
                self._idle.append((connection, time.monotonic()))
                return
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        # The classes are looked up here, since test tools replace them.
        connection: Any
        if self._secure:
            from openpower_core.http._tls import shared_context

            connection = http.client.HTTPSConnection(self._host, self._port, context=shared_context())
        else:
            connection = http.client.HTTPConnection(self._host, self._port)
        connection._create_connection = _dial  # noqa: SLF001 - the one place to bound all addresses
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            words = "it took too long" if isinstance(error, TimeoutError) else str(error)
            raise Unreachable(words) from error
        if isinstance(connection.sock, socket.socket):
            connection.sock = _DeadlineSocket(connection.sock)
        made: http.client.HTTPConnection = connection
        return made


def _dial(address: tuple[str, int], *_: object) -> socket.socket:
    """Connect to a host by any of its addresses, all within the time that is left to connect."""
    host, port = address
    ends = time.monotonic() + time_to_connect()
    found = look_up(host, port, ends - time.monotonic())
    failure: OSError = OSError("the host has no address")
    for index, each in enumerate(found):
        # Each address gets its share of the time, else a dead first one would use it all.
        share = max(0.001, ends - time.monotonic()) / (len(found) - index)
        try:
            connected = socket.create_connection((each, port), share)
        except OSError as error:
            failure = error
        else:
            connected.settimeout(max(0.001, ends - time.monotonic()))  # for the TLS handshake
            return connected
    raise failure


def _send(connection: http.client.HTTPConnection, request: Outgoing, target: str) -> None:
    try:
        connection.request(request.method, target, request.body or None, dict(request.headers))
    except ValueError as error:
        raise Unsendable(type(error).__name__) from None


def _read(response: Any, headers: Headers, limit: int) -> bytes:
    body = Body(headers.get("content-encoding", ""), limit)
    while chunk := response.read(CHUNK):
        body.add(chunk)
    if getattr(response, "length", None):
        raise http.client.IncompleteRead(b"", response.length)
    return body.whole()


def _readable(sock: Any) -> bool:
    if hasattr(select, "poll"):  # select() itself fails beyond 1024 files
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


class _DeadlineSocket:
    """What http.client needs of a socket, each operation bounded by what the call has left."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def fileno(self) -> int:
        return self._sock.fileno()

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(time_left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._sock))

    def close(self) -> None:
        self._sock.close()


class _DeadlineReader(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # The socket counts its files, and stays open until the last of them is closed.
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(time_left())
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
