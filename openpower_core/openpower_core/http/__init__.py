"""The HTTP door: one client for each flavour, by which every request of every provider leaves."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.http._async_client import AsyncHttpClient
    from openpower_core.http._httpx import AsyncTransport, Transport
    from openpower_core.http._masking import mask_text, mask_url
    from openpower_core.http._messages import Answer, Check, Request, Signer
    from openpower_core.http._status import check_status, retry_after, status_error
    from openpower_core.http._sync_client import HttpClient
    from openpower_core.http.limits import Rate, RateLimiter

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
    "Answer": "_messages",
    "AsyncHttpClient": "_async_client",
    "AsyncTransport": "_httpx",
    "Check": "_messages",
    "HttpClient": "_sync_client",
    "Rate": "limits",
    "RateLimiter": "limits",
    "Request": "_messages",
    "Signer": "_messages",
    "Transport": "_httpx",
    "check_status": "_status",
    "mask_text": "_masking",
    "mask_url": "_masking",
    "retry_after": "_status",
    "status_error": "_status",
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
