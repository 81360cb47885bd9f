"""Where a client's connections lead: the host, the proxy before it, and whose certificates are trusted on the way."""

from __future__ import annotations

import os
import re
import ssl
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from openpower_core.errors import ConfigurationError

_HASHED = re.compile(r"[0-9a-f]{8}\.\d")


@attrs.frozen
class Route:
    """What connections have to have in common to be shared."""

    scheme: str
    host: str
    port: int | None
    proxy: str | None = attrs.field(repr=False)  # it may hold a password
    authorities: tuple[str | None, str | None]

    @classmethod
    def to(cls, base_url: str) -> Route:
        """Find the way to an address, by what the environment says about proxies and certificates now."""
        parts = urlsplit(base_url)
        authorities = (os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None)
        host = parts.hostname or ""
        return cls(parts.scheme, host, parts.port, proxy_of(parts.scheme, host), authorities)

    @property
    def context(self) -> ssl.SSLContext | None:
        """The TLS context that all connections of the process share; None where nothing is encrypted."""
        encrypted = self.scheme == "https" or (self.proxy or "").startswith("https:")
        return shared_context(*self.authorities) if encrypted else None

    def pool_options(self) -> dict[str, Any]:
        """What httpcore needs to know to make connections."""
        context = self.context
        return {"ssl_context": context, "proxy": self.proxy and _proxy(self.proxy, context)}


def proxy_of(scheme: str, host: str) -> str | None:
    """Find the proxy that the environment or the system names for this address, as httpx does."""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    named = proxies.get(scheme) or proxies.get("all")
    if not named or proxy_bypass(host):
        return None
    url = named if "://" in named else f"http://{named}"
    kind = url.partition("://")[0]
    if kind in {"http", "https"} or (kind in {"socks5", "socks5h"} and find_spec("socksio")):
        return url
    hint = "pip install socksio" if kind in {"socks5", "socks5h"} else "Use an http, https or socks5 proxy."
    raise ConfigurationError(f"The environment names a proxy of the kind {kind}, which cannot be used.", hint=hint)


def _proxy(url: str, context: ssl.SSLContext | None) -> Any:
    import httpcore
    import httpx

    proxy = httpx.Proxy(url)
    target = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    encrypted = context if proxy.url.scheme == "https" else None
    return httpcore.Proxy(target, auth=proxy.raw_auth, headers=proxy.headers.raw, ssl_context=encrypted)


_lock = threading.Lock()
_contexts: dict[tuple[str | None, str | None], ssl.SSLContext] = {}


def shared_context(cafile: str | None, capath: str | None) -> ssl.SSLContext:
    """Give the process's context, made on first use: another one would cost 680 kB and 17 ms.

    The authorities are those named (``SSL_CERT_FILE`` and ``SSL_CERT_DIR``); else the system's hashed directory, which
    OpenSSL reads entry by entry as needed; else certifi's file.
    """
    with _lock:
        if (cafile, capath) not in _contexts:
            _contexts[cafile, capath] = _build(cafile, capath)
        return _contexts[cafile, capath]


def _build(cafile: str | None, capath: str | None) -> ssl.SSLContext:
    if cafile or capath:
        return ssl.create_default_context(cafile=cafile, capath=capath)
    if directory := _hashed_directory():
        return ssl.create_default_context(capath=directory)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _hashed_directory() -> str | None:
    """Find the directory where the system keeps one file for each authority, named by its hash."""
    directory = ssl.get_default_verify_paths().capath
    if not directory or not Path(directory).is_dir():
        return None
    with os.scandir(directory) as entries:
        return directory if any(_HASHED.fullmatch(entry.name) for entry in entries) else None
