"""Servers for what the fault server does not do: a raw script of bytes, and TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from openpower_testing.faults import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CERTIFICATE = Path(__file__).with_name("localhost.pem")
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"code": 200}'


class TlsServer(FaultServer):
    """The fault server under TLS."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError):  # a client that does not trust the certificate
            super()._serve(self.context.wrap_socket(connection, server_side=True))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"


class RawServer:
    """Hands each connection to a function, one after the other, and counts them."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.connections = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[RawServer]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(5)
            with connection, contextlib.suppress(OSError):
                self._serve(connection)


def receive_head(connection: socket.socket) -> bytes:
    """Read a request without a body."""
    data = b""
    while b"\r\n\r\n" not in data and (chunk := connection.recv(65_536)):
        data += chunk
    return data
