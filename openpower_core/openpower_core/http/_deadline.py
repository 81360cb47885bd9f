"""The total deadline of a call, kept where bytes move: every connect, read and write gets only what is left.

httpx's read time-out begins anew with every byte, so a server that drips holds a call for ever. Here the
network streams know when the call under way has to end, by a context variable that holds in threads and tasks alike.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import attrs

from openpower_core.http._httpx import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

__all__ = ["CONNECT_WITHIN_S", "DEADLINE", "AsyncDeadlineBackend", "Deadline", "DeadlineBackend"]

CONNECT_WITHIN_S = 5.0  # one attempt to reach a host


@attrs.frozen
class Deadline:
    """When a call has to end, and until when its host has to be reached (``time.monotonic()``)."""

    ends: float
    reach_by: float

    def left(self) -> float:
        """Seconds that are left for reading and writing."""
        return self.ends - time.monotonic()

    def left_to_connect(self) -> float:
        """Seconds that are left for reaching the host in this attempt."""
        return min(self.ends, self.reach_by) - time.monotonic()


DEADLINE: ContextVar[Deadline | None] = ContextVar("DEADLINE", default=None)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    deadline = DEADLINE.get()
    if deadline is None:
        return timeout
    left = deadline.left()
    if left <= 0:
        raise error("the call's deadline has passed")
    return left if timeout is None else min(left, timeout)


def _left_to_connect(timeout: float | None) -> float:
    deadline = DEADLINE.get()
    limits = [CONNECT_WITHIN_S, CONNECT_WITHIN_S if timeout is None else timeout]
    if deadline is not None:
        limits.append(deadline.left_to_connect())
    if min(limits) <= 0:
        raise httpcore.ConnectTimeout("no time is left to connect")
    return min(limits)


class DeadlineStream(httpcore.NetworkStream):
    """A blocking stream that keeps the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left_to_connect(timeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects within the deadline: name look-up and all addresses of the host together."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        ends = time.monotonic() + _left_to_connect(timeout)
        addresses = _look_up(host, port, ends - time.monotonic())
        failure: Exception | None = None
        for index, address in enumerate(addresses):
            # Each address gets its share of the time, else a dead first one would use it all.
            share = max(0.001, ends - time.monotonic()) / (len(addresses) - index)
            try:
                stream = self._backend.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream)
        raise failure or httpcore.ConnectError("the host has no address")


class AsyncDeadlineStream(httpcore.AsyncNetworkStream):
    """An asyncio stream that keeps the deadline."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = _left_to_connect(timeout)
        return AsyncDeadlineStream(await self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncDeadlineBackend(httpcore.AsyncNetworkBackend):
    """Connects within the deadline; anyio tries a host's addresses side by side."""

    def __init__(self) -> None:
        # httpcore's types hide it, since anyio is optional there; httpx brings it.
        self._backend: httpcore.AsyncNetworkBackend = cast("Any", httpcore).AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = _left_to_connect(timeout)
        stream = await self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return AsyncDeadlineStream(stream)


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """Find the addresses of a host in bounded time; the resolver itself may take half a minute."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except OSError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, name="openpower-lookup", daemon=True)
    asking.start()
    asking.join(seconds)
    if failed:
        raise httpcore.ConnectError(str(failed[0]))
    if not found:
        raise httpcore.ConnectTimeout("looking up the host's address took too long")
    return found
