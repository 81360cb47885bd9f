"""HTTP statuses turned into our errors: the check that every provider may build on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    Timeout,
)

if TYPE_CHECKING:
    from openpower_core.http._messages import Answer, Request

__all__ = ["check_status", "redirected", "retry_after", "status_error"]

_BAD_REQUESTS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
_TIMEOUTS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}
_LONGEST_MESSAGE = 300


def check_status(answer: Answer, request: Request) -> None:
    """Raise the error of an HTTP status that is not a success; the default check."""
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise status_error(answer, request)


def status_error(answer: Answer, request: Request) -> OpenPowerError:
    """Make the error of an HTTP status, with the vendor's words where it sent some."""
    context: dict[str, Any] = {
        "provider": answer.provider,
        "operation": request.operation,
        "vendor_code": str(answer.status),
        "vendor_message": _vendor_message(answer),
    }
    said = f" ({context['vendor_message']})" if context["vendor_message"] else ""
    kind, message, hint = _explain(answer.status)
    context["hint"] = hint
    if kind is RateLimited:
        return RateLimited(f"{request.operation}: {message}{said}.", retry_after=retry_after(answer), **context)
    return kind(f"{request.operation}: {message}{said}.", **context)


def _explain(status: int) -> tuple[type[OpenPowerError], str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return (AuthenticationFailed, "the vendor does not accept the credentials", "Check them; were they revoked?")
    if status == HTTPStatus.FORBIDDEN:
        return PermissionDenied, "the vendor does not allow this", "Check what the account may do."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited, "the vendor asks to slow down", "Ask less often."
    if status in _TIMEOUTS:
        return Timeout, "the vendor's service took too long", "Try again later."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return (ServiceUnavailable, f"the vendor's service failed with HTTP {status}", "Try again later.")
    if status in _BAD_REQUESTS:
        return (InvalidValue, f"the vendor refused the request with HTTP {status}", "Check the values given.")
    if status == HTTPStatus.NOT_FOUND:
        return (BadResponse, "the vendor knows nothing at that address (HTTP 404)", "Check base_url and the ids given.")
    return BadResponse, f"the vendor answered with HTTP {status}", "Check base_url."


def _vendor_message(answer: Answer) -> str | None:
    try:
        body = answer.json()
    except BadResponse:
        return None
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    words = [fields.get(key) for key in ("message", "msg", "error", "detail")]
    return next((word[:_LONGEST_MESSAGE] for word in words if isinstance(word, str) and word), None)


def retry_after(answer: Answer) -> timedelta | None:
    """Read ``Retry-After``, in seconds or as a date; None when it is absent or unreadable."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return timedelta(seconds=max(0.0, float(value)))
    except (ValueError, OverflowError):
        return _until(value, answer.date or datetime.now(UTC))


def _until(value: str, now: datetime) -> timedelta | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(timedelta(0), parsedate_to_datetime(value).astimezone(UTC) - now)
    except ValueError:
        return None


def redirected(answer: Answer) -> BadResponse:
    """Make the error for a redirect, which is never followed: a signed request stays with its host."""
    from urllib.parse import urlsplit

    host = urlsplit(answer.headers.get("location", "")).hostname
    return BadResponse(
        f"the answer to {answer.operation} is a redirect (HTTP {answer.status}) to "
        f"{host or 'another address'}; it was not followed.",
        provider=answer.provider,
        operation=answer.operation,
        hint="Check base_url: signed requests go to no other address than the one configured.",
    )
