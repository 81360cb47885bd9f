"""The request as a signer sees it, the answer as a provider reads it, and our error for what went wrong between them."""

from __future__ import annotations

import contextlib
import json
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

import attrs

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
from openpower_core.http.masking import mask_url

if TYPE_CHECKING:
    import httpx

ACCEPTED_ENCODINGS = "gzip, deflate"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (UTC); None if it is not one."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@attrs.frozen(kw_only=True, eq=False)
class Request:
    """A request that is about to be signed and sent."""

    method: str
    url: str  # without the query
    params: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    json: Any = attrs.field(default=None, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)  # exactly what is sent
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    operation: str = ""


class Headers(Mapping[str, str]):
    """Case-insensitive headers, repeated ones joined. Look-ups in httpx's own scan the whole list every time."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self._values[key] = f"{self._values[key]}, {text}" if key in self._values else text

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@attrs.frozen(kw_only=True, eq=False)
class Answer:
    """A complete answer."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  # looked up without regard to case
    content: bytes = attrs.field(repr=False)
    _url: str = attrs.field(alias="url", repr=False)
    provider: str | None = None
    operation: str | None = None
    _decoded: list[Any] = attrs.field(factory=list[Any], init=False, repr=False)

    @property
    def url(self) -> str:
        """Where it came from, masked: fit for messages."""
        return mask_url(self._url)

    @property
    def date(self) -> datetime | None:
        """The server's clock by its ``Date`` header (UTC); None when it is absent or unreadable."""
        return http_date(self.headers.get("date", ""))

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 raises :class:`~openpower_core.errors.BadResponse`."""
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.bad("text that is not UTF-8") from None

    def json(self) -> Any:
        """Decode the body (once); anything but JSON raises :class:`~openpower_core.errors.BadResponse` saying what it was."""
        if not self._decoded:
            with contextlib.suppress(ValueError, RecursionError):
                self._decoded.append(json.loads(self.content))
        if not self._decoded:
            raise self.bad(self._looks())
        return self._decoded[0]

    def bad(self, what: str) -> BadResponse:
        """Create the error for an answer that is ``what`` rather than what the vendor documents."""
        return BadResponse(
            f"the answer to {self.operation or self.url} is {what} (HTTP {self.status}, {len(self.content)} bytes).",
            provider=self.provider,
            operation=self.operation,
            hint=self._hint(),
        )

    def _looks(self) -> str:
        start = self.content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        if not start:
            return "empty"
        if start.startswith((b"<!doctype", b"<html")) or kind == "text/html":
            return "an HTML page"
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return f"{kind or 'data'} that is not UTF-8, and no JSON"
        if start.startswith((b"{", b"[")):
            return "broken JSON, perhaps cut short"
        return f"{kind or 'text'} and no JSON"

    def _hint(self) -> str:
        if self._looks() == "an HTML page":
            return "A proxy, a login page or the vendor's maintenance page may stand in between; check base_url."
        return "Try again later; if it stays, the vendor may have changed its API."


# Returns the headers that sign a request, given the request and the vendor's time.
Signer = Callable[[Request, datetime], Mapping[str, str]]
# Raises if the answer is an error: by its HTTP status, or as a vendor's "200 with an error inside".
Check = Callable[[Answer, Request], None]


class Transport(Protocol):
    """Sends requests in blocking code: any httpx transport. (Structural, so that this module need not load httpx.)"""

    def handle_request(self, request: httpx.Request, /) -> httpx.Response: ...


class AsyncTransport(Protocol):
    """Sends requests in asynchronous code: any asynchronous httpx transport."""

    async def handle_async_request(self, request: httpx.Request, /) -> httpx.Response: ...


class TooLarge(Exception):
    """The decoded body exceeds the limit."""


class Undecodable(Exception):
    """The body does not match its ``Content-Encoding``, ends early, or uses an encoding that was not requested."""


class Body:
    """A body decoded as it arrives, so that a small answer cannot unpack to gigabytes."""

    def __init__(self, encoding: str, limit: int) -> None:
        encoding = encoding.strip().lower()
        self._chunks: list[bytes] = []
        self._left = limit
        self._inflater = None
        if encoding not in ("", "identity"):
            if encoding not in _WINDOWS:
                raise Undecodable(f"encoded as {encoding}, which was not asked for")
            self._inflater = zlib.decompressobj(_WINDOWS[encoding])

    def add(self, chunk: bytes) -> None:
        """Decode the next chunk from the network."""
        if self._inflater is not None:
            try:
                chunk = self._inflater.decompress(chunk, self._left + 1)
            except zlib.error:
                raise Undecodable("not encoded as its headers say") from None
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLarge
        self._chunks.append(chunk)

    def whole(self) -> bytes:
        """Return the decoded body once everything has arrived."""
        if self._inflater is not None and self._chunks and not self._inflater.eof:
            raise Undecodable("cut short inside its compression")
        return b"".join(self._chunks)


# Failures. An httpx exception holds the request, and with it tokens and signatures; only its type and message are kept.

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
