"""Where a client's connections lead: the host, the proxy before it, and whose certificates are trusted on the way."""

from __future__ import annotations

import os
import re
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from openpower_core.errors import ConfigurationError


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
        address = urlsplit(base_url)
        authorities = (os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None)
        proxy = proxy_of(address.scheme, address.hostname or "")
        return cls(address.scheme, address.hostname or "", address.port, proxy, authorities)

    def pool_options(self) -> dict[str, Any]:
        """What httpcore needs to know to make connections."""
        encrypted = self.scheme == "https" or (self.proxy or "").startswith("https:")
        context = shared_context(*self.authorities) if encrypted else None
        return {"ssl_context": context, "proxy": self.proxy and _proxy(self.proxy, context)}


def proxy_of(scheme: str, host: str) -> str | None:
    """Find the proxy that the environment or the system names for this address, as httpx does."""
    from urllib.request import getproxies, proxy_bypass  # httpx loads it as well, but not before the first call

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
    scheme, host, port = proxy.url.raw_scheme, proxy.url.raw_host, proxy.url.port
    target = httpcore.URL(scheme=scheme, host=host, port=port, target=proxy.url.raw_path)
    encrypted = context if scheme == b"https" else None
    return httpcore.Proxy(target, auth=proxy.raw_auth, headers=proxy.headers.raw, ssl_context=encrypted)


@cache
def shared_context(cafile: str | None, capath: str | None) -> ssl.SSLContext:
    """Give the process's TLS context, made on first use: another one would cost 680 kB and 17 ms.

    The authorities are those named (``SSL_CERT_FILE`` and ``SSL_CERT_DIR``); else the system's hashed directory, which
    OpenSSL reads entry by entry as needed; else certifi's file.
    """
    if not cafile and not capath and (capath := _hashed_directory()) is None:
        import certifi

        cafile = certifi.where()
    return ssl.create_default_context(cafile=cafile, capath=capath)


def _hashed_directory() -> str | None:
    """Find the directory where the system keeps one file for each authority, named by its hash."""
    directory = ssl.get_default_verify_paths().capath
    if not directory or not Path(directory).is_dir():
        return None
    with os.scandir(directory) as entries:
        return directory if any(re.fullmatch(r"[0-9a-f]{8}\.\d", entry.name) for entry in entries) else None
