"""The HTTP door: one client for each flavour, by which every request of every provider leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.http._async_client import AsyncHttpClient
from openpower_core.http._masking import mask_text, mask_url
from openpower_core.http._messages import Answer, Check, Request, Signer
from openpower_core.http._status import check_status, retry_after, status_error
from openpower_core.http._sync_client import HttpClient
from openpower_core.http.limits import Rate, RateLimiter

if TYPE_CHECKING:
    from openpower_core.http._httpx import AsyncTransport, Transport

__all__ = [
    "Answer",
    "AsyncHttpClient",
    "AsyncTransport",
    "Check",
    "HttpClient",
    "Rate",
    "RateLimiter",
    "Request",
    "Signer",
    "Transport",
    "check_status",
    "mask_text",
    "mask_url",
    "retry_after",
    "status_error",
]


def __getattr__(name: str) -> Any:
    """Load httpx only for those who name its transports."""
    if name in {"AsyncTransport", "Transport"}:
        from openpower_core.http import _httpx

        return getattr(_httpx, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
