"""The HTTP client of either flavour, by which every request of every provider leaves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.http._async_client import AsyncHttpClient
    from openpower_core.http._async_transport import AsyncTransport
    from openpower_core.http._sync_client import HttpClient
    from openpower_core.http._sync_transport import Transport
    from openpower_core.http.call import Answer, Check, Request, Signer
    from openpower_core.http.failures import check_status, retry_after, status_error
    from openpower_core.http.limits import Rate, RateLimiter
    from openpower_core.http.masking import mask_text, mask_url

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


_HOMES = {
    "Answer": "call",
    "AsyncHttpClient": "_async_client",
    "AsyncTransport": "_async_transport",
    "Check": "call",
    "HttpClient": "_sync_client",
    "Rate": "limits",
    "RateLimiter": "limits",
    "Request": "call",
    "Signer": "call",
    "Transport": "_sync_transport",
    "check_status": "failures",
    "mask_text": "masking",
    "mask_url": "masking",
    "retry_after": "failures",
    "status_error": "failures",
}

if not TYPE_CHECKING:
    # On first use, so that a program of one flavour loads neither the other nor httpx.

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
