"""Sockets for both flavours side by side, and the deadline that httpcore hands to each of their operations.

A time-out that begins anew with every read lets a server that drips hold a call for ever. A :class:`Deadline` is a
time-out as well, but knows when the whole call ends.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

# asyncio is imported where it is used: it costs a sixth of a cold start, and blocking programs never need it.

CONNECT_WITHIN_S = 4.4
"""One attempt to reach a host, TLS included; three attempts and the waits between them stay below 15 s."""

Address = tuple[Any, Any]  # a socket's family, and what to connect it to


class Deadline(float):
    """The seconds that one operation may take, and when (``time.monotonic()``) the call has to be over."""

    ends: float

    def __new__(cls, seconds: float, ends: float) -> Deadline:
        made = super().__new__(cls, seconds)
        made.ends = ends
        return made


def timeouts(seconds: float) -> dict[str, float]:
    """Give the time-outs by which httpcore ends a whole call within that time."""
    ends = time.monotonic() + seconds
    whole = Deadline(seconds, ends)
    return {"pool": whole, "connect": Deadline(min(CONNECT_WITHIN_S, seconds), ends), "read": whole, "write": whole}


def time_left(timeout: float | None) -> float | None:
    """Give the seconds that an operation has left; none left raises TimeoutError."""
    if isinstance(timeout, Deadline):
        timeout = min(timeout, timeout.ends - time.monotonic())
    if timeout is not None and timeout <= 0:
        raise TimeoutError("the call's deadline has passed")
    return timeout


def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """Find the addresses of a host in bounded time; the resolver itself may take half a minute."""
    if known := _numeric(host, port):
        return known
    found: Future[list[Address]] = Future()

    def ask() -> None:
        try:
            found.set_result(_addresses(host, port))
        except OSError as error:
            found.set_exception(error)

    threading.Thread(target=ask, name="openpower-lookup", daemon=True).start()
    return found.result(seconds)


async def alook_up(host: str, port: int, seconds: float) -> list[Address]:
    """Find the addresses of a host without holding up the event loop."""
    if known := _numeric(host, port):
        return known
    import asyncio

    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().run_in_executor(None, _addresses, host, port)


def _addresses(host: str, port: int, flags: int = 0) -> list[Address]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(answer[0], answer[4]) for answer in answers]


def _numeric(host: str, port: int) -> list[Address]:
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        return []


@contextlib.contextmanager
def _opened(family: int, timeout: float) -> Generator[socket.socket]:
    """Open a socket, and close it again where connecting fails."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(timeout)
        yield sock
    except BaseException:
        sock.close()
        raise


def dial(family: int, address: Any, seconds: float) -> socket.socket:
    """Connect to one address."""
    with _opened(family, seconds) as sock:
        sock.connect(address)
    return sock


async def adial(family: int, address: Any, seconds: float) -> socket.socket:
    """Connect to one address; the socket does not block."""
    import asyncio

    with _opened(family, 0.0) as sock:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, address)
    return sock


def receive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived, at most so many bytes; none means that the other side has ended."""
    sock.settimeout(seconds)
    return sock.recv(size)


async def areceive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived; what is there already needs neither the event loop nor a timer, which cost more."""
    try:
        return sock.recv(size)
    except (BlockingIOError, InterruptedError):
        pass
    import asyncio

    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().sock_recv(sock, size)


def send(sock: socket.socket, data: bytes, seconds: float | None) -> None:
    """Write all of it."""
    sock.settimeout(seconds)
    sock.sendall(data)


async def asend(sock: socket.socket, data: bytes, seconds: float | None) -> None:
    """Write all of it, most of the time at once."""
    sent = 0
    with contextlib.suppress(BlockingIOError, InterruptedError):
        sent = sock.send(data)
    if sent < len(data):
        import asyncio

        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_sendall(sock, memoryview(data)[sent:])
