"""What transports do with sockets, pools and loops, both flavours side by side, and the deadline that httpcore passes to each of them.

A timeout that restarts with every read lets a slow-dripping server hold a call forever. A :class:`Deadline` is a timeout
that also knows when the whole call must end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

# asyncio is imported where it is used: it takes a sixth of a cold start, and blocking programs never need it.

CONNECT_WITHIN_S = 4.4
"""For one attempt, TLS included; three attempts and the waits between them stay below 15 s."""

Address = tuple[Any, Any]  # a socket's family, and what to connect it to


class Deadline(float):
    """A timeout for one operation that knows when (``time.monotonic()``) the whole call must end."""

    ends: float

    def __new__(cls, seconds: float, ends: float) -> Deadline:
        made = super().__new__(cls, seconds)
        made.ends = ends
        return made


def timeouts(seconds: float) -> dict[str, float]:
    """Return httpcore's timeouts for a call that may take that long in total."""
    ends = time.monotonic() + seconds
    whole = Deadline(seconds, ends)
    return {"pool": whole, "connect": Deadline(min(CONNECT_WITHIN_S, seconds), ends), "read": whole, "write": whole}


def time_left(timeout: float | None) -> float | None:
    """Return the seconds an operation has left; raise TimeoutError if there are none."""
    if isinstance(timeout, Deadline):
        timeout = min(timeout, timeout.ends - time.monotonic())
    if timeout is not None and timeout <= 0:
        raise TimeoutError("the call's deadline has passed")
    return timeout


def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """Resolve a host in bounded time; the resolver itself may take half a minute."""
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
    """Resolve a host without blocking the event loop."""
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
    """Open a socket, and close it if connecting fails."""
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
    """Connect to one address with a non-blocking socket."""
    import asyncio

    with _opened(family, 0.0) as sock:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, address)
    return sock


def receive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived, up to ``size`` bytes; empty at the end of the stream."""
    sock.settimeout(seconds)
    return sock.recv(size)


async def areceive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived; data that is already there needs neither the event loop nor a timer."""
    try:
        return sock.recv(size)
    except (BlockingIOError, InterruptedError):
        pass
    import asyncio

    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().sock_recv(sock, size)


def send(sock: socket.socket, data: bytes, seconds: float | None) -> None:
    """Write all data."""
    sock.settimeout(seconds)
    sock.sendall(data)


async def asend(sock: socket.socket, data: bytes, seconds: float | None) -> None:
    """Write all data, usually without waiting."""
    sent = 0
    with contextlib.suppress(BlockingIOError, InterruptedError):
        sent = sock.send(data)
    if sent < len(data):
        import asyncio

        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_sendall(sock, memoryview(data)[sent:])


def arunning_loop() -> asyncio.AbstractEventLoop | None:
    """Give the event loop; the twin, in blocking code, knows of none."""
    import asyncio

    return asyncio.get_running_loop()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Say that blocking code has no event loop; the twin of :func:`arunning_loop`."""
    return None


async def atake(semaphore: asyncio.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places within that time; False when none came free."""
    if not semaphore.locked():
        return await semaphore.acquire()
    import asyncio

    try:
        async with asyncio.timeout(seconds):
            return await semaphore.acquire()
    except TimeoutError:
        return False


def take(semaphore: threading.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places within that time; the twin of :func:`atake`."""
    return semaphore.acquire(timeout=seconds)
