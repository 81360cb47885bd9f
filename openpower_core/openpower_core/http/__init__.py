"""The HTTP door: one client for each flavour, by which every request of every provider leaves."""

from __future__ import annotations

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
