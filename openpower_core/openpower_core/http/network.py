"""What connections do with sockets, both flavours side by side, and the deadline that httpcore hands to each operation.

A timeout that restarts with every read lets a slow-dripping server hold a call forever. A :class:`Deadline` is a timeout
that does not restart.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

# asyncio is imported where it is used: it takes a sixth of a cold start, and blocking programs never need it.

CONNECT_WITHIN_S = 4.4
"""For one attempt, TLS included; three attempts and the waits between them stay below 15 s."""

Address = tuple[Any, ...]  # as getaddrinfo() gives it


class Deadline(float):
    """A timeout for one operation that knows when (``time.monotonic()``) it ends, however many operations share it."""

    ends: float

    def __new__(cls, seconds: float) -> Deadline:
        made = super().__new__(cls, seconds)
        made.ends = time.monotonic() + seconds
        return made

    def within(self, seconds: float) -> Deadline:
        """Return the deadline of a part that may take at most that long."""
        return Deadline(min(seconds, self.ends - time.monotonic()))


def timeouts(seconds: float) -> dict[str, float]:
    """Return httpcore's timeouts for a call that may take that long in total."""
    whole = Deadline(seconds)
    return {"pool": whole, "connect": whole.within(CONNECT_WITHIN_S), "read": whole, "write": whole}


def time_left(timeout: float | None) -> float | None:
    """Return the seconds an operation has left; raise TimeoutError if there are none."""
    if isinstance(timeout, Deadline):
        timeout = min(timeout, timeout.ends - time.monotonic())
    if timeout is not None and timeout <= 0:
        raise TimeoutError("the call's deadline has passed")
    return timeout


def look_up(host: str, port: int, seconds: float | None) -> list[Address]:
    """Resolve a host in bounded time; the resolver itself may take half a minute."""
    found: list[list[Address] | Exception] = []

    def ask() -> None:
        try:
            found.append([*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited; names that IDNA refuses as well
            found.append(error)

    thread = threading.Thread(target=ask, name="openpower-lookup", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError(f"{host} was not resolved in time")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


async def alook_up(host: str, port: int, seconds: float | None) -> list[Address]:
    """Resolve a host without blocking the event loop."""
    import asyncio

    async with asyncio.timeout(seconds):
        return [*await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def dial(sock: socket.socket, address: Any, seconds: float) -> None:
    """Connect to one address."""
    sock.settimeout(seconds)
    sock.connect(address)


async def adial(sock: socket.socket, address: Any, seconds: float) -> None:
    """Connect to one address, and make the socket non-blocking for good."""
    import asyncio

    sock.setblocking(False)
    async with asyncio.timeout(seconds):
        await asyncio.get_running_loop().sock_connect(sock, address)


def receive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived, up to ``size`` bytes; empty at the end of the stream."""
    sock.settimeout(seconds)
    return sock.recv(size)


async def areceive(sock: socket.socket, size: int, seconds: float | None) -> bytes:
    """Read what has arrived; data that is already there (usual with many calls in flight) needs no loop and no timer."""
    with contextlib.suppress(BlockingIOError, InterruptedError):
        return sock.recv(size)
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


def is_readable(sock: socket.socket) -> bool:
    """Whether data or the end of the stream has arrived, or the socket is closed."""
    try:
        sock.settimeout(0.0)
        sock.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:
        pass
    return True


def take(semaphore: threading.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places within that time; False when none came free."""
    return semaphore.acquire(timeout=seconds)


async def atake(semaphore: asyncio.Semaphore, seconds: float | None) -> bool:
    """Take one of a semaphore's places, without a timer where one is free."""
    if not semaphore.locked():
        return await semaphore.acquire()
    import asyncio

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await semaphore.acquire()
    return False


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Say that blocking code has no event loop."""
    return None


def arunning_loop() -> asyncio.AbstractEventLoop | None:
    """Give the event loop."""
    import asyncio

    return asyncio.get_running_loop()
