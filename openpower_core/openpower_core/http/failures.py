"""Converts network failures and HTTP statuses into our errors.

An httpx exception holds the request, and with it tokens and signatures; only its type and message are kept.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    Timeout,
)
from openpower_core.http.call import Answer, Request, http_date

_REDIRECTS = range(300, 400)
_LONGEST_MESSAGE = 300


def check_status(answer: Answer, request: Request) -> None:
    """Raise if the HTTP status is not a success; the default check."""
    if not 200 <= answer.status < 300:
        raise status_error(answer, request)


def status_error(answer: Answer, request: Request) -> OpenPowerError:
    """Create the error for an HTTP status, including the vendor's message if there is one."""
    words = _vendor_message(answer)
    kind, message, hint = _explain(answer.status)
    context: dict[str, Any] = {"provider": answer.provider, "operation": request.operation, "hint": hint}
    if kind is RateLimited:
        context["retry_after"] = retry_after(answer)
    message = f"{request.operation}: {message}{f' ({words})' if words else ''}."
    return kind(message, vendor_code=str(answer.status), vendor_message=words, **context)


_EXPLAINED: dict[int, tuple[type[OpenPowerError], str, str]] = {
    401: (AuthenticationFailed, "the vendor does not accept the credentials", "Check them; were they revoked?"),
    403: (PermissionDenied, "the vendor does not allow this", "Check what the account may do."),
    404: (BadResponse, "the vendor knows nothing at that address (HTTP 404)", "Check base_url and the ids given."),
    408: (Timeout, "the vendor's service took too long", "Try again later."),
    429: (RateLimited, "the vendor asks to slow down", "Ask less often."),
    504: (Timeout, "the vendor's service took too long", "Try again later."),
}


def _explain(status: int) -> tuple[type[OpenPowerError], str, str]:
    if status in _EXPLAINED:
        return _EXPLAINED[status]
    if status >= 500:
        return ServiceUnavailable, f"the vendor's service failed with HTTP {status}", "Try again later."
    if status in {400, 422}:
        return InvalidValue, f"the vendor refused the request with HTTP {status}", "Check the values given."
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
        until = http_date(value)
        return None if until is None else max(timedelta(0), until - (answer.date or datetime.now(UTC)))


def refuse_redirect(answer: Answer) -> None:
    """Raise on a redirect; none is followed, because a signed request must stay with its host."""
    if answer.status not in _REDIRECTS:
        return
    host = urlsplit(answer.headers.get("location", "")).hostname
    raise BadResponse(
        f"the answer to {answer.operation} is a redirect (HTTP {answer.status}) to "
        f"{host or 'another address'}; it was not followed.",
        provider=answer.provider,
        operation=answer.operation,
        hint="Check base_url: signed requests go to no other address than the one configured.",
    )


_NOT_CONNECTED = {"ConnectError", "ConnectTimeout", "ProxyError"}


def failure_of(error: Exception, request: Request, *, provider: str, host: str, unsent: bool) -> OpenPowerError:
    """Convert what a transport raised; ``unsent`` says whether a connect error proves that nothing was sent."""
    context: dict[str, Any] = {"provider": provider, "operation": request.operation}
    names = {kind.__name__ for kind in type(error).__mro__}
    what = request.operation
    if names & _NOT_CONNECTED:
        words = f"{what}: {host} cannot be reached ({_words(error)})."
        return NetworkError(words, hint=_unreachable_hint(error), nothing_sent=unsent, **context)
    if "PoolTimeout" in names:
        words = f"{what}: no connection came free in time."
        hint = "Make fewer calls at the same time, or give them more time with timeout=."
        return Timeout(words, hint=hint, nothing_sent=unsent, **context)
    if names & {"TimeoutException", "TimeoutError"}:
        hint = "Try again later, or give more time with timeout=."
        return Timeout(f"{what}: {host} did not answer within the call's deadline.", hint=hint, **context)
    if names & {"UnsupportedProtocol", "LocalProtocolError"}:
        return unsendable(error, request, provider=provider)
    if "RemoteProtocolError" in names:
        return _broken_protocol(str(error), what, host, context)
    if names & {"TransportError", "OSError", "EOFError"}:
        return NetworkError(f"{what}: the connection to {host} broke.", hint="Try again later.", **context)
    words = f"{what}: the exchange with {host} failed in an unforeseen way ({type(error).__name__})."
    return BadResponse(words, hint="Is it the transport= that was given? Else please report it.", **context)


def unsendable(error: Exception, request: Request, *, provider: str) -> InvalidValue:
    """Create the error for a request that cannot be encoded; the cause is dropped because it quotes the header."""
    return InvalidValue(
        f"{request.operation}: the request cannot be sent ({type(error).__name__}).",
        provider=provider,
        operation=request.operation,
        hint="Check base_url and the values given.",
    )


def _broken_protocol(words: str, what: str, host: str, context: dict[str, Any]) -> OpenPowerError:
    if "disconnected" in words:
        return NetworkError(f"{what}: {host} closed the connection without an answer.", **context)
    if "without sending complete" in words or "incomplete" in words:
        return BadResponse(
            f"the answer to {what} is cut short: {host} closed the connection before its end.",
            hint="Try again later.",
            **context,
        )
    hint = "Check that base_url leads to the vendor's HTTP service."
    return BadResponse(f"the answer to {what} is not HTTP as {host} should speak it.", hint=hint, **context)


def _words(error: Exception) -> str:
    return "it took too long" if "Timeout" in type(error).__name__ else str(error) or type(error).__name__


def _unreachable_hint(error: Exception) -> str:
    if "WRONG_VERSION_NUMBER" in str(error):
        return "It does not speak TLS there: does base_url need http instead of https?"
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in str(error):
        return "Its certificate is not trusted here; SSL_CERT_FILE can name another set of authorities."
    return "Check the network and base_url."
