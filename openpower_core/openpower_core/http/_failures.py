"""Failures of the network turned into our errors, by name and without their cause.

The exceptions of httpx hold the request, and the request holds tokens and signatures: so nothing of them is kept but
their kind and words.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from openpower_core.errors import BadResponse, InvalidValue, NetworkError, OpenPowerError, Timeout

if TYPE_CHECKING:
    from openpower_core.http._messages import Request

__all__ = ["failure_of"]


def failure_of(error: Exception, request: Request, *, provider: str, host: str) -> OpenPowerError:
    """Make our error for what a transport raised."""
    context: dict[str, Any] = {"provider": provider, "operation": request.operation}
    names = {kind.__name__ for kind in type(error).__mro__}
    what = request.operation
    if names & {"Unreachable", "ConnectError", "ConnectTimeout", "ProxyError"}:
        return NetworkError(
            f"{what}: {host} cannot be reached ({_words(error)}).",
            hint=_unreachable_hint(error),
            nothing_sent=True,
            **context,
        )
    if "PoolTimeout" in names:
        return Timeout(f"{what}: no connection came free in time.", nothing_sent=True, **context)
    if names & {"TimeoutException", "TimeoutError"}:
        hint = "Try again later, or give more time with timeout=."
        return Timeout(f"{what}: {host} did not answer within the call's deadline.", hint=hint, **context)
    if names & {"UnsupportedProtocol", "LocalProtocolError", "InvalidURL", "Unsendable"}:
        hint = "Check base_url and the values given."
        return InvalidValue(f"{what}: the request cannot be sent ({type(error).__name__}).", hint=hint, **context)
    if "RemoteDisconnected" in names:
        return _broken_protocol("disconnected", what, host, context)
    if names & {"RemoteProtocolError", "HTTPException"}:
        words = "incomplete" if "IncompleteRead" in names else str(error)
        return _broken_protocol(words, what, host, context)
    return NetworkError(f"{what}: the connection to {host} broke.", hint="Try again later.", **context)


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
