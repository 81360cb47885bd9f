"""Errors as RFC 9457 says (``application/problem+json``), with openpower's class, message and hint, and whether anything was sent."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from openpower_core import errors
from openpower_core.errors import (
    AuthError,
    ConfigurationError,
    ControlError,
    DataError,
    DeviceNotFound,
    DeviceOffline,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    RequestError,
    ServiceUnavailable,
    TemporaryError,
    Timeout,
    Unsupported,
    Veto,
    WriteBudgetExhausted,
    WriteNotConfirmed,
)
from openpower_core.secrets import mask_text
from openpower_hub.http.auth import NotSignedIn

_log = logging.getLogger("openpower.hub")

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[tuple[tuple[type[OpenPowerError], int], ...]] = (
    (NotSignedIn, 401),
    (PermissionDenied, 403),
    (errors.ClockSkew, 503),  # this machine's, or the vendor's as it seems from here
    (AuthError, 502),  # the vendor's, not the caller's
    (InvalidValue, 422),
    (DeviceNotFound, 404),
    (Unsupported, 409),
    (RequestError, 409),
    (RateLimited, 429),
    (Timeout, 504),
    (NetworkError, 502),
    (DeviceOffline, 503),
    (ServiceUnavailable, 503),
    (TemporaryError, 503),
    (DataError, 502),
    (Veto, 403),
    (WriteBudgetExhausted, 429),
    (WriteNotConfirmed, 502),
    (ControlError, 409),
    (ConfigurationError, 503),
)
"""The status of each class; the first that fits counts."""


class NotHere(DeviceNotFound):
    """There is no such home, figure or resource."""


class SwitchedOff(ConfigurationError):
    """What would answer this is not switched on, or does not run."""


def sent(error: Exception) -> str:
    """``"nothing"``, ``"sent"`` or ``"maybe"``: whether a write left this machine before it failed."""
    if isinstance(error, ControlError) and error.receipt is not None:
        return "sent" if error.receipt.state.sent else "nothing"
    if isinstance(error, TemporaryError):
        return "nothing" if error.nothing_sent else "maybe"
    # A ControlError without a receipt failed before there was a plan.
    before = (RequestError, ConfigurationError, ControlError, PermissionDenied, NotSignedIn, errors.ClockSkew)
    return "nothing" if isinstance(error, before) else "maybe"


def status_of(error: OpenPowerError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def name_of(error: OpenPowerError) -> str:
    """The name of its class in :mod:`openpower_core.errors`."""
    return next(each.__name__ for each in type(error).__mro__ if each.__name__ in {*errors.__all__, "OpenPowerError"})


def problem(error: OpenPowerError, *, order: bool = False, **more: Any) -> Response:
    """The response that tells of an error.

    Args:
        error: what happened.
        order: whether it answers an order, of which one has to know whether anything was sent.
        **more: further members.
    """
    status = status_of(error)
    body: dict[str, Any] = {"error": name_of(error), "detail": mask_text(error.message), "hint": None}
    if error.hint:
        body["hint"] = mask_text(error.hint)
    if error.provider:
        body["provider"] = error.provider
    if error.vendor_message:
        body["vendor_message"] = mask_text(error.vendor_message)
    if order:
        body["sent"] = sent(error)
    headers: dict[str, str] = {}
    if isinstance(error, RateLimited) and error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after.total_seconds()))
    if isinstance(error, WriteBudgetExhausted) and error.retry_at is not None:
        body["retry_at"] = error.retry_at.isoformat().replace("+00:00", "Z")
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="openpower"'
    return _response(status, body | more, headers)


def plain_problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The response for what has no error of openpower's: a path that there is not, a method, a body too long."""
    return _response(status, {"detail": detail}, headers)


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None) -> Response:
    name = str(body.get("error", ""))
    kind = f"urn:openpower:error:{name}" if name else "about:blank"
    content = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, **body}
    return Response(
        json.dumps(content, ensure_ascii=False),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


async def on_error(_request: Request, error: Exception) -> Response:
    """Answer an error of openpower's that a route raised."""
    assert isinstance(error, OpenPowerError)  # noqa: S101 - registered for these
    return problem(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these
    path = request.url.path
    if error.status_code == 404 and path.startswith("/api/"):
        return plain_problem(404, f"There is no {path}; /api/v1/openapi.json lists what there is.")
    return plain_problem(error.status_code, error.detail, error.headers)


async def on_crash(_request: Request, error: Exception) -> Response:
    """Answer a mistake of the hub's own, without its text, which may hold anything; the log has it."""
    _log.error("http: a request failed", exc_info=error)
    return plain_problem(500, f"The hub failed on this ({type(error).__name__}); its log says more.")
