"""httpx's network streams, made to keep the deadline of the call under way (see ``_deadline``)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from openpower_core.http._deadline import look_up, time_left, time_to_connect
from openpower_core.http._httpx import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

__all__ = ["AsyncDeadlineBackend", "DeadlineBackend"]


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    try:
        return time_left(timeout)
    except TimeoutError as passed:
        raise error(str(passed)) from None


def _left_to_connect(timeout: float | None) -> float:
    try:
        return time_to_connect(timeout)
    except TimeoutError as passed:
        raise httpcore.ConnectTimeout(str(passed)) from None


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    try:
        return look_up(host, port, seconds)
    except TimeoutError as late:
        raise httpcore.ConnectTimeout(str(late)) from None
    except OSError as unknown:
        raise httpcore.ConnectError(str(unknown)) from None


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
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
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
                stream = self._backend.connect_tcp(address, port, share, local_address, socket_options)
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
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
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
