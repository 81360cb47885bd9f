# Generated from _async_network.py by openpower_testing; do not edit.
"""httpcore's network backend: streams that keep the total deadline of a call, plain and with TLS."""

from __future__ import annotations

import select
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

from openpower_core.http.network import Address, Deadline, dial, look_up, receive, send, time_left

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

T = TypeVar("T")
_CHUNK = 65_536


class _Raising:
    """Maps errors to httpcore's for the operation; a TLS handshake fails as a read or write of the stream below."""

    def __init__(self, late: type[Exception], broken: type[Exception]) -> None:
        self._late, self._broken = late, broken

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, (TimeoutError, httpcore.TimeoutException)):
            raise self._late(str(error)) from error
        if isinstance(error, (OSError, httpcore.NetworkError)):
            raise self._broken(str(error)) from error


_CONNECTING = _Raising(httpcore.ConnectTimeout, httpcore.ConnectError)
_READING = _Raising(httpcore.ReadTimeout, httpcore.ReadError)
_WRITING = _Raising(httpcore.WriteTimeout, httpcore.WriteError)


class Stream(httpcore.NetworkStream):
    """A stream that can be upgraded to TLS, until ``connect_by`` (``time.monotonic()``)."""

    connect_by: float

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> TlsStream:
        try:
            with _CONNECTING:
                seconds = time_left(timeout) or self.connect_by - time.monotonic()
                stream = TlsStream(self, ssl_context, server_hostname)
                stream.shake_hands(Deadline(seconds, self.connect_by))
        except BaseException:
            self.close()
            raise
        return stream


class SocketStream(Stream):
    """A socket."""

    def __init__(self, sock: socket.socket, connect_by: float) -> None:
        self._sock, self.connect_by = sock, connect_by

    def __del__(self) -> None:
        # A program that never closes its client should exit without a ResourceWarning.
        self._sock.close()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _READING:
            return receive(self._sock, max_bytes, time_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            with _WRITING:
                send(self._sock, buffer, time_left(timeout))

    def close(self) -> None:
        self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # an idle connection only becomes readable when the server closes it
            return self._sock.fileno() < 0 or _readable(self._sock)
        return self._sock if info == "socket" else None


class TlsStream(Stream):
    """TLS over another stream, through memory buffers: 20 kB per connection, where asyncio's own TLS needs 300 kB."""

    def __init__(self, stream: Stream, context: ssl.SSLContext, hostname: str | None) -> None:
        self._stream, self.connect_by = stream, stream.connect_by
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    def shake_hands(self, timeout: float) -> None:
        """Perform the handshake and verify the certificate."""
        self._move(self._tls.do_handshake, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _READING:
            try:
                return self._move(partial(self._tls.read, max_bytes), timeout)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""  # many servers close without close_notify; HTTP's framing tells whether data is missing

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _WRITING:
            sent = 0
            while sent < len(buffer):  # a TLS record holds at most 16 kB
                sent += self._move(partial(self._tls.write, buffer[sent:]), timeout)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        return (info == "is_readable" and self._incoming.pending > 0) or self._stream.get_extra_info(info)

    def _move(self, step: Callable[[], T], timeout: float | None) -> T:
        """Run one TLS operation, moving bytes in both directions until it completes."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._stream.write(self._outgoing.read(), timeout)
                if received := self._stream.read(_CHUNK, timeout):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._stream.write(self._outgoing.read(), timeout)
                return result


class Backend(httpcore.NetworkBackend):
    """Connects within the deadline, which covers the name look-up and all addresses of the host."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> SocketStream:
        with _CONNECTING:
            seconds = time_left(timeout) or 0.0
            connect_by = time.monotonic() + seconds
            addresses = look_up(host, port, seconds)
            # Try the address that worked last time first: a broken IPv6 route then costs time only once.
            addresses.sort(key=lambda address: address != _REACHED.get(host))
            return SocketStream(_dial_any(host, addresses, connect_by), connect_by)


_REACHED: dict[str, Address] = {}


def _dial_any(host: str, addresses: list[Address], connect_by: float) -> socket.socket:
    failure = OSError("the host has no address")
    for index, (family, address) in enumerate(addresses):
        # Each address gets its share of the time; otherwise a dead first one would use it all.
        share = max(0.001, connect_by - time.monotonic()) / (len(addresses) - index)
        try:
            sock = dial(family, address, share)
        except OSError as error:
            failure = error
        else:
            _REACHED[host] = (family, address)
            return sock
    raise failure


def _readable(sock: socket.socket) -> bool:
    if hasattr(select, "poll"):  # select() itself fails beyond 1024 files
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
