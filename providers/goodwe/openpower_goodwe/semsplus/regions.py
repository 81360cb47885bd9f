"""Where SEMS+ lives: the login hosts of the regions, and which gateways an answer may send us to."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openpower_core.errors import BadResponse, InvalidValue

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["PREFIX", "REGIONS", "gateway_of", "login_url"]

PREFIX: Final = "/web/sems"

REGIONS: Final = {
    "global": "semsplus.goodwe.com",
    "eu": "eu-semsplus.goodwe.com",
    "us": "us-semsplus.goodwe.com",
    "au": "au-semsplus.goodwe.com",
    "hk": "hk-semsplus.goodwe.com",
    "cn": "cn-semsplus.goodwe.com",
}
"""Login hosts; the global one serves all regions but China."""

_VENDORS: Final = (".semsportal.com", ".goodwe.com", ".sems.com.cn")
_OLD: Final = "/sems"
"""The prefix that logins through the legacy portal answer; the gateway's is the same with ``/web``."""


def login_url(region: str, base_url: str | None) -> str:
    """Where to log in."""
    if base_url is not None:
        return base_url.rstrip("/")
    if region not in REGIONS:
        raise InvalidValue(
            f"region is {region!r}; it is one of {', '.join(REGIONS)}.",
            provider="goodwe-sems",
            hint="Leave it out unless your account is in China.",
        )
    return f"https://{REGIONS[region]}{PREFIX}"


def gateway_of(told: str, base_url: str | None) -> str:
    """The gateway that a login answered, if it is one that may see the token.

    Args:
        told: the address in the answer.
        base_url: what replaces the vendor's hosts; then the gateway may also be on this machine.

    Raises:
        BadResponse: it is nowhere of the vendor's.
    """
    parts = urlsplit(told)
    if base_url is not None:
        return _replaced(parts, told, base_url.rstrip("/"))
    if parts.scheme == "https" and _is_vendors(parts):
        return f"https://{parts.netloc}{_prefix(parts.path)}"
    raise _foreign(parts)


def _replaced(parts: SplitResult, told: str, base_url: str) -> str:
    ours = urlsplit(base_url)
    if _is_loopback(parts.hostname) or parts.netloc == ours.netloc:
        return told.rstrip("/")
    if parts.scheme == "https" and _is_vendors(parts):
        return base_url
    raise _foreign(parts)


def _is_vendors(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    plain = parts.username is None and parts.port in (None, 443)
    return plain and host.endswith(_VENDORS)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


def _prefix(path: str) -> str:
    path = path.rstrip("/")
    return PREFIX if path in ("", _OLD) else path


def _foreign(parts: SplitResult) -> BadResponse:
    return BadResponse(
        f"the login names {parts.hostname or 'no host'} as its gateway, which is none of GoodWe's.",
        provider="goodwe-sems",
        operation="cross-login",
        hint="Nothing was sent there.",
    )
