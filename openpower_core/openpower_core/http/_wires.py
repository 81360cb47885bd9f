"""What carries requests: one interface, behind it httpx or the standard library.

Synchronous programs go by ``http.client``: importing httpx takes three times as long as their whole first reading.
Asynchronous ones, proxies and transports that a user gives go by httpx. Nobody outside sees the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from openpower_core.http._httpx import AsyncTransport, Transport

__all__ = [
    "KEEP_ALIVE_S",
    "MAX_CONNECTIONS",
    "MAX_IDLE",
    "AsyncWire",
    "Headers",
    "Incoming",
    "Outgoing",
    "Unreachable",
    "Unsendable",
    "Wire",
    "aopen_wire",
    "open_wire",
    "proxy_of",
]

MAX_CONNECTIONS = 100  # of one client
MAX_IDLE = 20
KEEP_ALIVE_S = 30.0


class Unreachable(OSError):
    """No connection could be made, so nothing was sent."""


class Unsendable(ValueError):
    """The request cannot be written down; its cause is dropped, for it quotes the header."""


class Outgoing(NamedTuple):
    """A signed request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    left: float  # seconds


class Incoming(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire(Protocol):
    """What carries requests in synchronous code; it raises one of its ``failures``."""

    @property
    def failures(self) -> tuple[type[Exception], ...]: ...

    def exchange(self, request: Outgoing, limit: int) -> Incoming: ...

    def close(self) -> None: ...


class AsyncWire(Protocol):
    """What carries requests in asynchronous code; it raises one of its ``failures``."""

    @property
    def failures(self) -> tuple[type[Exception], ...]: ...

    async def exchange(self, request: Outgoing, limit: int) -> Incoming: ...

    async def aclose(self) -> None: ...


class Headers(Mapping[str, str]):
    """Headers looked up without regard to case; repeated ones are joined."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            known = self._values.get(key)
            self._values[key] = value if known is None else f"{known}, {value}"

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def aopen_wire(transport: AsyncTransport | None, base_url: str) -> AsyncWire:
    """Give what carries the requests of an asynchronous client."""
    from openpower_core.http._async_wire import AsyncHttpxWire

    return AsyncHttpxWire(transport, base_url)


def open_wire(transport: Transport | None, base_url: str) -> Wire:
    """Give what carries the requests of a synchronous client."""
    if transport is None and proxy_of(base_url) is None:
        from openpower_core.http._stdlib import StdlibWire

        return StdlibWire(base_url)
    from openpower_core.http._sync_wire import HttpxWire

    return HttpxWire(transport, base_url)


def proxy_of(base_url: str) -> str | None:
    """Find the HTTP proxy that the environment or the system names for this address, as other programs do."""
    if not _may_have_proxy():
        return None
    from urllib.request import getproxies, proxy_bypass

    address = urlsplit(base_url)
    proxies: dict[str, Any] = getproxies()
    named = proxies.get(address.scheme) or proxies.get("all")
    if not named or not named.startswith("http") or proxy_bypass(address.hostname or ""):
        return None
    return str(named)


def _may_have_proxy() -> bool:
    """Tell cheaply whether asking is worth the import: most machines have no proxy."""
    import os
    import sys

    return sys.platform in {"darwin", "win32"} or any(name.lower().endswith("_proxy") for name in os.environ)
