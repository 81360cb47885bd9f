"""The transports of both flavours: httpx's own, over connection pools that keep our deadline and TLS context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.http._httpx import httpcore, httpx
from openpower_core.http._network import AsyncDeadlineBackend, DeadlineBackend
from openpower_core.http._tls import shared_context
from openpower_core.http._wires import KEEP_ALIVE_S, MAX_CONNECTIONS, MAX_IDLE, proxy_of

if TYPE_CHECKING:
    import ssl

__all__ = ["AsyncPooledTransport", "PooledTransport"]


def _pool_options(base_url: str) -> dict[str, Any]:
    context: ssl.SSLContext | None = shared_context() if base_url.startswith("https:") else None
    return {
        "ssl_context": context,
        "max_connections": MAX_CONNECTIONS,
        "max_keepalive_connections": MAX_IDLE,
        "keepalive_expiry": KEEP_ALIVE_S,
    }


def _proxy_options(base_url: str) -> dict[str, Any] | None:
    named = proxy_of(base_url)
    if named is None:
        return None
    proxy = httpx.Proxy(named)
    return {"proxy_url": str(proxy.url), "proxy_auth": proxy.raw_auth, "proxy_headers": proxy.headers.raw}


class PooledTransport(httpx.HTTPTransport):
    """httpx's transport for synchronous code, over our pool (test tools that patch httpx's see it, too)."""

    def __init__(self, base_url: str) -> None:
        options, backend = _pool_options(base_url), DeadlineBackend()
        if proxy := _proxy_options(base_url):
            self._pool = httpcore.HTTPProxy(network_backend=backend, **proxy, **options)
        else:
            self._pool = httpcore.ConnectionPool(network_backend=backend, **options)


class AsyncPooledTransport(httpx.AsyncHTTPTransport):
    """httpx's transport for asynchronous code, over our pool."""

    def __init__(self, base_url: str) -> None:
        options, backend = _pool_options(base_url), AsyncDeadlineBackend()
        if proxy := _proxy_options(base_url):
            self._pool = httpcore.AsyncHTTPProxy(network_backend=backend, **proxy, **options)
        else:
            self._pool = httpcore.AsyncConnectionPool(network_backend=backend, **options)
