"""Where a client's connections lead: host, proxy, and trusted certificate authorities."""

from __future__ import annotations

import os
import re
import ssl
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from openpower_core.checks import is_host
from openpower_core.errors import ConfigurationError, InvalidValue


def check_address(base_url: str, *, provider: str, allow_http: bool = False, local: bool = False) -> str:
    """Return the host of a base URL.

    Args:
        base_url: the whole prefix.
        provider: the provider's name, for messages.
        allow_http: whether the user accepts cleartext to another machine.
        local: whether cleartext to private and link-local addresses and ``.local`` names needs no such consent.

    Raises:
        InvalidValue: it is no address, or would send credentials in cleartext.
    """
    try:
        address = urlsplit(base_url)
        host, port = address.hostname or "", address.port
        odd = address.scheme not in {"http", "https"} or port == 0 or not is_host(host)
        odd = odd or " " in base_url or not base_url.isprintable()
    except (ValueError, AttributeError, TypeError):  # a port that is none, brackets that do not match, or not text
        odd, host, address = True, "", urlsplit("")
    if odd:
        words = (
            "base_url is not an HTTP address: it must begin with http:// or https:// and a host, and have no spaces."
        )
        hint = 'Give it whole, such as "https://openapi.alphaess.com/api", with a port from 1 to 65535 if any.'
        raise InvalidValue(words, provider=provider, argument="base_url", hint=hint)
    for part, there in {
        "user name": "@" in address.netloc,
        "query": "?" in base_url,
        "fragment": "#" in base_url,
    }.items():
        if there:  # its text may be a password
            words = f"base_url has a {part}; it must be the prefix of all addresses alone."
            hint = f"Leave out the {part}; credentials are arguments of their own."
            raise InvalidValue(words, provider=provider, argument="base_url", hint=hint)
    if base_url[:5].lower() == "http:" and not (allow_http or _stays_here(host, local=local)):
        raise InvalidValue(
            f"base_url would send the credentials to {host} in cleartext; nothing was sent.",
            provider=provider,
            argument="base_url",
            hint="Use https://. If you trust every machine on the way: allow_http=True in connect() or the profile's TOML, "
            "or -O allow_http=true on the command line. Loopback addresses need nothing.",
        )
    return host


def _stays_here(host: str, *, local: bool) -> bool:
    """Whether a host is this machine or, where that suffices, in its own network."""
    if host == "localhost" or host.endswith(".localhost") or (local and host.endswith(".local")):
        return True
    from ipaddress import ip_address  # which few programs need

    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (local and (address.is_private or address.is_link_local))


@attrs.frozen
class Route:
    """What connections must have in common to be shared."""

    scheme: str
    host: str
    port: int | None
    proxy: str | None = attrs.field(repr=False)  # it may hold a password
    authorities: tuple[str | None, str | None]

    @classmethod
    def to(cls, base_url: str) -> Route:
        """Find the route to a URL from the current environment variables for proxies and certificates."""
        address = urlsplit(base_url)
        authorities = (os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None)
        proxy = proxy_of(address.scheme, address.hostname or "")
        return cls(address.scheme, address.hostname or "", address.port, proxy, authorities)

    def pool_options(self) -> dict[str, Any]:
        """The options with which httpcore makes connections."""
        encrypted = self.scheme == "https" or (self.proxy or "").startswith("https:")
        context = shared_context(*self.authorities) if encrypted else None
        return {"ssl_context": context, "proxy": self.proxy and _proxy(self.proxy, context)}


def proxy_of(scheme: str, host: str) -> str | None:
    """Find the proxy that the environment or the system configures for a host, as httpx does."""
    from urllib.request import getproxies, proxy_bypass  # httpx loads it as well, but not before the first call

    proxies = getproxies()
    named = proxies.get(scheme) or proxies.get("all")
    if not named or proxy_bypass(host):
        return None
    url = named if "://" in named else f"http://{named}"
    kind = url.partition("://")[0]
    from importlib.util import find_spec  # proxies are rare

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
    """Return the TLS context of the process, created on first use; each further one would cost 680 kB and 17 ms.

    Trusted are the authorities given (``SSL_CERT_FILE``, ``SSL_CERT_DIR``), or the system's hashed directory, which
    OpenSSL reads entry by entry as needed, or certifi's file.
    """
    if not cafile and not capath and (capath := _hashed_directory()) is None:
        import certifi

        cafile = certifi.where()
    return ssl.create_default_context(cafile=cafile, capath=capath)


def _hashed_directory() -> str | None:
    """Find the system's directory with one file per authority, named by its hash."""
    directory = ssl.get_default_verify_paths().capath
    if not directory or not Path(directory).is_dir():
        return None
    with os.scandir(directory) as entries:
        return directory if any(re.fullmatch(r"[0-9a-f]{8}\.\d", entry.name) for entry in entries) else None
