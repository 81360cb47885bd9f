"""A server on loopback that fails on request, for tests of anything that speaks HTTP; standard library only.

with FaultServer() as server:
    server.fail("status", status=503, times=2)   # the next two requests; then the answer is right
    server.fail("slow_body")
    ...
    assert len(server.requests) == 3

It is bounded in requests and in time, and stops at the end of its block.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

DRIP_EVERY_S = 0.02
HTML_PAGE = b"<!DOCTYPE html><html><title>Maintenance</title></html>"
LARGE = 50_000_000
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Trouble(StrEnum):
    """What is wrong with a response."""

    NONE = "none"
    """None: the response is as it should be."""
    BAD_GZIP = "bad_gzip"
    """It says gzip, and is none."""
    EMPTY = "empty"
    """No body."""
    GZIP_BOMB = "gzip_bomb"
    """A small body that unpacks to gigabytes."""
    HANG_UP = "hang_up"
    """The connection is closed without a response."""
    HTML = "html"
    """An HTML page with status 200."""
    HUGE = "huge"
    """A body beyond the byte limit."""
    NOT_HTTP = "not_http"
    """Bytes that are not HTTP."""
    NOT_JSON = "not_json"
    """Text that is not JSON."""
    NOT_UTF8 = "not_utf8"
    """Text that is not UTF-8."""
    RAW = "raw"
    """The bytes of ``body``, head and all; then the connection is closed."""
    REDIRECT = "redirect"
    """A redirect."""
    RESET = "reset"
    """The connection is reset."""
    SILENT = "silent"
    """No response at all."""
    SLOW_BODY = "slow_body"
    """A byte of the body now and then."""
    SLOW_HEADERS = "slow_headers"
    """A byte of the headers now and then."""
    STATUS = "status"
    """The status asked for."""
    TRUNCATED = "truncated"
    """Less body than its length says."""
    TRUNCATED_CHUNKS = "truncated_chunks"
    """A chunked body that ends early."""
    TRUNCATED_GZIP = "truncated_gzip"
    """Half a gzip body."""
    WRONG_TYPE = "wrong_type"
    """JSON under another content type."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it arrived."""

    method: str
    """``"GET"``, ``"POST"`` …"""
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    """As it came."""


@dataclass(frozen=True, kw_only=True)
class ServerAnswer:
    """A response as it is sent: what is wrong with it, and its content."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    trouble: Trouble = Trouble.STATUS
    times: int = 1


class FaultServer:
    """Responds to every request with the same JSON, except for requested faults.

    Args:
        body: the correct response.
        max_requests: after that many, it stops responding.
        seconds: after that long, it stops by itself.
        silence: how long a silent or slow response lasts before it is cut off.
    """

    def __init__(
        self,
        body: bytes = b'{"code": 200}',
        *,
        max_requests: int = 10_000,
        seconds: float = 60.0,
        silence: float = 60.0,
    ) -> None:
        self.silence = silence
        """Seconds that a silent or slow answer lasts."""
        self._right = ServerAnswer(trouble=Trouble.NONE, status=200, headers={}, body=body)
        self._max_requests = max_requests
        self._ends = time.monotonic() + seconds
        self._requests: list[Received] = []
        self._troubles: list[ServerAnswer] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = _listener()
        self._listener.settimeout(0.2)
        self._port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, name="fault-server", daemon=True)]

    @property
    def url(self) -> str:
        """Its address; after its block, one that refuses connections."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Received]:
        """The requests so far."""
        return list(self._requests)

    def fail(
        self,
        trouble: Trouble | str,
        *,
        times: int = 1,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> None:
        """Make the next ``times`` responses fail, after those requested before."""
        trouble = Trouble(trouble)
        usual = {Trouble.STATUS: 500, Trouble.REDIRECT: 302}.get(trouble, 200)
        answer = ServerAnswer(
            trouble=trouble,
            times=times,
            status=usual if status is None else status,
            headers=headers or {},
            body=self._right.body if body is None else body,
        )
        with self._lock:
            self._troubles.append(answer)

    def clear(self) -> None:
        """Clear the queue of faults."""
        with self._lock:
            self._troubles.clear()

    def stop(self) -> None:
        """Stop listening and cut all connections."""
        self._stopped.set()
        with contextlib.suppress(OSError):  # where this does not wake accept(), its time-out does
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _next(self, request: Received) -> ServerAnswer | None:
        """Record a request, and take the next fault."""
        self._note(request)
        with self._lock:
            if not self._troubles:
                return None
            answer = self._troubles[0]
            self._troubles[:1] = [replace(answer, times=answer.times - 1)] if answer.times > 1 else []
            return answer

    def _note(self, request: Received) -> None:
        self._requests.append(request)

    def _usual(self, request: Received) -> ServerAnswer:  # noqa: ARG002
        """The response to a request without a fault."""
        return self._right

    def _running(self) -> bool:
        in_time = time.monotonic() < self._ends
        return in_time and not self._stopped.is_set() and len(self._requests) < self._max_requests

    def _accept(self) -> None:
        while self._running():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(max(0.1, self._ends - time.monotonic()))
        # Else Nagle would collect what is meant to drip, and delay every answer of two sends by 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with contextlib.suppress(OSError), connection, connection.makefile("rb") as incoming:
                while self._running() and (request := _receive(incoming)):
                    answer = self._next(request) or self._usual(request)
                    if not self._answer(connection, answer):
                        return
        finally:
            self._open.discard(connection)

    def _answer(self, connection: socket.socket, answer: ServerAnswer) -> bool:
        """Respond to one request; True if the connection can serve another."""
        if answer.trouble is Trouble.RESET:
            # With a linger time of zero, closing sends a reset and not the usual end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        if answer.trouble in {Trouble.RESET, Trouble.HANG_UP}:
            return False
        if answer.trouble is Trouble.SILENT:
            self._stopped.wait(min(self.silence, max(0.0, self._ends - time.monotonic())))
            return False
        if answer.trouble is Trouble.NOT_HTTP:
            connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
            return False
        if answer.trouble is Trouble.RAW:
            connection.sendall(answer.body)
            return False
        head, body = _encoded(answer)
        if answer.trouble is Trouble.SLOW_HEADERS:
            self._drip(connection, head.removesuffix(b"\r\n"))
            self._drip(connection, b"X-Slow: " + b"x" * 60_000)
            return False
        connection.sendall(head)
        if answer.trouble is Trouble.SLOW_BODY:
            self._drip(connection, b" " * 60_000)
            return False
        for chunk in body:
            connection.sendall(chunk)
        # A body that was announced and sent in full leaves the connection in use, however useless it is: closing it now
        # would race with the client's next request.
        return answer.trouble not in _CUT_SHORT

    def _drip(self, connection: socket.socket, data: bytes) -> None:
        ends = time.monotonic() + self.silence
        for index in range(len(data)):
            if time.monotonic() > ends:
                return
            connection.sendall(data[index : index + 1])
            if self._stopped.wait(DRIP_EVERY_S if index > 20 else 0) or not self._running():
                return


_CUT_SHORT = {Trouble.TRUNCATED, Trouble.TRUNCATED_CHUNKS}


_taken: deque[int] = deque(maxlen=4000)
"""Ports used before in this process: what is remembered about a vendor is keyed by its address, so none is used twice soon.

The system has 14,000 at most: remembering them all, a whole campaign would search for another one without end.
"""


def _listener() -> socket.socket:
    """Listen on a port that no recent server of this process has had."""
    while True:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        port: int = listener.getsockname()[1]
        if port not in _taken:
            _taken.append(port)
            return listener
        listener.close()


def _receive(incoming: IO[bytes]) -> Received | None:
    """Read one request off the connection; None at its end."""
    first = incoming.readline(65_536).decode("latin-1").strip()
    if first.count(" ") < 2:  # nothing, or no HTTP: somebody tries TLS
        return None
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    while line := incoming.readline(65_536).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = incoming.read(int(headers.get("content-length", "0")))
    return Received(method=method, target=target, headers=headers, body=body)


def _encoded(answer: ServerAnswer) -> tuple[bytes, Iterator[bytes]]:
    """The head of a response and its body in pieces."""
    headers = {"Content-Type": "application/json", "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())}
    body = _body(answer)
    length: int | None = len(body)
    pieces = iter([body])
    match answer.trouble:
        case Trouble.HTML:
            headers["Content-Type"] = "text/html; charset=utf-8"
        case Trouble.WRONG_TYPE:
            headers["Content-Type"] = "image/png"
        case Trouble.HUGE:
            length, pieces = LARGE, (b" " * 100_000 for _ in range(LARGE // 100_000))
        case Trouble.GZIP_BOMB | Trouble.BAD_GZIP | Trouble.TRUNCATED_GZIP:
            headers["Content-Encoding"] = "gzip"
        case Trouble.TRUNCATED | Trouble.SLOW_BODY:
            # More than will come: the client has to notice that the body ends early.
            length = len(body) + 100_000
        case Trouble.TRUNCATED_CHUNKS:
            headers["Transfer-Encoding"] = "chunked"
            length, pieces = None, iter([b"%x\r\n%b\r\n" % (len(body), body)])
        case Trouble.REDIRECT:
            headers["Location"] = "https://elsewhere.example/login"
        case _:
            pass
    if length is not None:
        headers["Content-Length"] = str(length)
    headers.update(answer.headers)
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1"), pieces


def _body(answer: ServerAnswer) -> bytes:
    match answer.trouble:
        case Trouble.EMPTY:
            return b""
        case Trouble.HTML:
            return HTML_PAGE
        case Trouble.NOT_JSON:
            return b'{"code": 200, "data": ['
        case Trouble.NOT_UTF8:
            return b'{"name": "\xff\xfe"}'
        case Trouble.WRONG_TYPE:
            return b"\x89PNG\r\n\x1a\n"
        case Trouble.GZIP_BOMB:
            return _gzip(LARGE)
        case Trouble.TRUNCATED_GZIP:
            return _gzip(100_000)[:-20]
        case _:
            return answer.body


@lru_cache(maxsize=2)
def _gzip(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(b" " * 100_000) for _ in range(size // 100_000)) + packer.flush()
