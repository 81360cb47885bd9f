"""The request as a signer sees it, the answer as a provider reads it, and our error for what went wrong between them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from attrs import field, frozen

from openpower_core import errors
from openpower_core.convert import read_json
from openpower_core.secrets import Secret, mask_url, scrub

if TYPE_CHECKING:
    import httpx

_CHANGED = "Try again later; if it stays, the vendor may have changed its API."
_PAGE = "an HTML page"
_BETWEEN = "A proxy, a login page or the vendor's maintenance page may stand in between; check base_url."


@frozen(kw_only=True, eq=False)
class Request:
    """A request that is about to be signed and sent."""

    method: str
    """``"GET"``, ``"POST"`` …"""
    url: str
    """Without the query."""
    params: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """The query."""
    json: Any = field(default=None, repr=False)
    """The body before it was encoded; None without one."""
    body: bytes = field(default=b"", repr=False)
    """Exactly what is sent."""
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """A signer adds to them."""
    operation: str = ""
    """The name of the call in errors."""


class Headers(Mapping[str, str]):
    """Case-insensitive headers, repeated ones joined. Look-ups in httpx's own scan the whole list every time."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values = dict[str, str]()
        for name, value in pairs:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self._values[key] = f"{self._values[key]}, {text}" if key in self._values else text

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@frozen(kw_only=True, eq=False)
class Answer:
    """A complete answer."""

    status: int
    """The HTTP status."""
    headers: Mapping[str, str] = field(repr=False)
    """Looked up without regard to case."""
    content: bytes = field(repr=False)
    """The decoded body."""
    _url: str = field(alias="url", repr=False)
    provider: str | None = None
    """For errors."""
    operation: str | None = None
    """The name of the call in errors."""
    _scrub: Callable[[str], str] = field(default=partial(scrub, secrets=()), alias="scrub", repr=False)
    _decoded: list[Any] = field(factory=list[Any], init=False, repr=False)

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

    def json(self, *, keep: bool = True) -> Any:
        """Decode the body (once); anything but JSON raises :class:`~openpower_core.errors.BadResponse` saying what it was.

        Args:
            keep: False does not keep it for another call; a long series takes much memory.
        """
        if not self._decoded:
            try:
                self._decoded.append(read_json(self.content))
            except (ValueError, RecursionError):
                raise self.bad(self.looks) from None
        return self._decoded[0] if keep else self._decoded.pop()

    def quoted(self, words: object) -> str | None:
        """Return the vendor's words as an error may quote them; None if there are none.

        They are one short line without control characters, secrets, account names and whole serial numbers.
        """
        return self._scrub(words) if isinstance(words, str) and words.strip() else None

    def bad(self, what: str) -> errors.BadResponse:
        """Create the error for an answer that is ``what`` rather than what the vendor documents."""
        return errors.BadResponse(
            f"the response to {self.operation or self.url} is {what} (HTTP {self.status}, {len(self.content)} bytes).",
            provider=self.provider,
            operation=self.operation,
            hint=_BETWEEN if self.looks == _PAGE else _CHANGED,
        )

    @property
    def looks(self) -> str:
        """What the body is, in words for messages: "empty", "an HTML page" …"""
        start = self.content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        if not start:
            return "empty"
        if start.startswith((b"<!doctype", b"<html")) or kind == "text/html":
            return _PAGE
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return f"{kind or 'data'} that is not UTF-8, and no JSON"
        if self._decoded:
            return "JSON"
        if start.startswith((b"{", b"[")):
            return "broken JSON, perhaps cut short"
        return f"{kind or 'text'} and no JSON"


Signer = Callable[[Request, datetime], Mapping[str, str]]
"""Returns the headers that sign a request, given the request and the vendor's time."""
Check = Callable[[Answer, Request], None]
"""Raises if the answer is an error: by its HTTP status, or as a vendor's "200 with an error inside"."""


def bearer(token: Secret) -> Signer:
    """The signer of an API that takes a token as it is: ``Authorization: Bearer …``."""
    return lambda _request, _now: {"Authorization": f"Bearer {token.reveal()}"}


class Transport(Protocol):
    """Sends requests in blocking code: any httpx transport. (Structural, so that this module need not load httpx.)"""

    def handle_request(self, request: httpx.Request, /) -> httpx.Response:
        """Send a request; httpx's own errors are turned into openpower's."""
        ...


class AsyncTransport(Protocol):
    """Sends requests in asynchronous code: any asynchronous httpx transport."""

    async def handle_async_request(self, request: httpx.Request, /) -> httpx.Response:
        """Send a request; httpx's own errors are turned into openpower's."""
        ...


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (UTC); None if it is not one."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def retry_after(answer: Answer) -> timedelta | None:
    """Read ``Retry-After``, in seconds or as a date; None when it is absent or unreadable."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        return timedelta(seconds=max(0.0, float(value)))
    except (ValueError, OverflowError):
        until = http_date(value)
        return None if until is None else max(timedelta(0), until - (answer.date or datetime.now(UTC)))


class Undecodable(Exception):
    """The body is too large, does not match its ``Content-Encoding``, or ends early."""


def decoded(content: bytes, encoding: str, limit: int) -> bytes:
    """Undo the ``Content-Encoding``; stops at the limit, so that a small response cannot unpack to gigabytes."""
    encoding = encoding.strip().lower()
    if encoding not in {"", "identity"} and 0 < len(content) <= limit:
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise Undecodable(f"encoded as {encoding}, which was not asked for")
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # knows both by their first bytes
        try:
            content = inflater.decompress(content, limit + 1)
        except zlib.error:
            raise Undecodable("not encoded as its headers say") from None
        if not inflater.eof and len(content) <= limit:
            raise Undecodable("cut short inside its compression")
    if len(content) > limit:
        raise Undecodable(f"larger than {limit} bytes")
    return content


# Failures: whatever interrupts an exchange, and each HTTP status that is not a success, as one of our errors. An exception of
# httpx holds the request, and with it tokens and signatures: only its type and message are kept.

_LATER = "Try again later."
_SLOW = (errors.Timeout, "the vendor's service took too long", _LATER)
_INVALID = (errors.InvalidValue, "the vendor refused the request with HTTP {status}", "Check the values given.")
_WRONG_ADDRESS = "Check base_url and the ids given."
_STRANGER = "HTTP {status} refused the request; the response is {looks}, which does not come from the vendor's API"
_FIREWALL = (
    "A CDN, firewall or proxy may refuse this machine's address or the path: check base_url, or try again later."
)
_NEEDS_TLS = "It speaks TLS there: does base_url need https instead of http?"
_REDIRECT = "the response is a redirect (HTTP {status}) to {target}; it was not followed"
_ONE_ADDRESS = "Check base_url: signed requests go to no other address than the one configured."

# The error, its words (they follow the operation's name) and the hint, by status, by its first digit, or by 0.
_STATUSES: dict[int, tuple[type[errors.OpenPowerError], str, str]] = {
    400: _INVALID,
    401: (errors.AuthenticationFailed, "the vendor does not accept the credentials", "Check them; were they revoked?"),
    403: (errors.PermissionDenied, "the vendor does not allow this", "Check what the account may do."),
    404: (errors.BadResponse, "the vendor knows nothing at that address (HTTP 404)", _WRONG_ADDRESS),
    408: _SLOW,
    422: _INVALID,
    425: (errors.ServiceUnavailable, "the vendor's service asks to send it later (HTTP 425)", _LATER),
    429: (errors.RateLimited, "the vendor asks to slow down", "Ask less often."),
    504: _SLOW,
    3: (errors.BadResponse, _REDIRECT, _ONE_ADDRESS),
    5: (errors.ServiceUnavailable, "the vendor's service failed with HTTP {status}", _LATER),
    0: (errors.BadResponse, "the vendor answered with HTTP {status}", "Check base_url."),
}

_UNREACHABLE = "{host} cannot be reached ({why})"
_NO_TLS = "It does not speak TLS there: does base_url need http instead of https?"
_UNTRUSTED = "Its certificate is not trusted here; SSL_CERT_FILE can name another set of authorities."
_FULL = "Make fewer calls at the same time, or give them more time with timeout=."
_LATE = "{host} did not answer within the call's deadline"
_BROKE = "the connection to {host} broke"
_CLOSED = "{host} closed the connection without an answer"
_CUT = "the response is cut short: {host} closed the connection before its end"
_NOT_HTTP = "Check that base_url leads to the vendor's HTTP service."
_UNFORESEEN = "the exchange with {host} failed in an unforeseen way ({name})"

# The same by names of an exception's classes (httpx's may not be loaded) and a part of its message; the first row counts.
_CONNECTING = "ConnectError ConnectTimeout ProxyError"
_ENCODING = "UnsupportedProtocol LocalProtocolError InvalidURL UnicodeError"
_EXCEPTIONS: list[tuple[str, str, type[errors.OpenPowerError], str, str]] = [
    (_CONNECTING, "WRONG_VERSION_NUMBER", errors.NetworkError, _UNREACHABLE, _NO_TLS),
    (_CONNECTING, "RECORD_LAYER_FAILURE", errors.NetworkError, _UNREACHABLE, _NO_TLS),
    (
        _CONNECTING,
        "UNEXPECTED_EOF",
        errors.NetworkError,
        _UNREACHABLE,
        "If it does not speak TLS there, base_url needs http instead of https.",
    ),
    (_CONNECTING, "CERTIFICATE", errors.NetworkError, _UNREACHABLE, _UNTRUSTED),
    (_CONNECTING, "", errors.NetworkError, _UNREACHABLE, "Check the network and base_url."),
    ("PoolTimeout", "", errors.Timeout, "no connection came free in time", _FULL),
    ("TimeoutException TimeoutError", "", errors.Timeout, _LATE, "Try again later, or give more time with timeout=."),
    (_ENCODING, "", errors.InvalidValue, "the request cannot be sent ({name})", "Check base_url and the values given."),
    ("Undecodable", "", errors.BadResponse, "the response is {why}", _CHANGED),
    ("RemoteProtocolError", "disconnected", errors.NetworkError, _CLOSED, _LATER),
    ("RemoteProtocolError", "without sending complete", errors.BadResponse, _CUT, _LATER),
    ("RemoteProtocolError", "incomplete", errors.BadResponse, _CUT, _LATER),
    ("RemoteProtocolError", r"\x15\x03", errors.BadResponse, "{host} does not take plain HTTP", _NEEDS_TLS),
    ("RemoteProtocolError", "", errors.BadResponse, "the response is not HTTP as {host} should speak it", _NOT_HTTP),
    ("TransportError OSError EOFError", "", errors.NetworkError, _BROKE, _LATER),
    ("Exception", "", errors.BadResponse, _UNFORESEEN, "Is it the transport= that was given? Else please report it."),
]


def check_status(answer: Answer, request: Request, *, refusals: Collection[int] = (401, 403)) -> None:
    """Raise if the HTTP status is not a success; the default check.

    Args:
        answer: the answer.
        request: what it answers.
        refusals: the statuses by which the vendor refuses credentials; see :func:`status_error`.
    """
    if not 200 <= answer.status < 300:
        raise status_error(answer, request, refusals=refusals)


def status_error(answer: Answer, request: Request, *, refusals: Collection[int] = (401, 403)) -> errors.OpenPowerError:
    """Create the error for an HTTP status, including the vendor's message if there is one.

    Args:
        answer: the answer.
        request: what it answers.
        refusals: the statuses by which the vendor refuses credentials. Any other 401 or 403 comes from something in
            between, such as a CDN or a firewall, and so does a 403 without JSON, and a 401 with a page.
    """
    status = answer.status
    kind, words, hint = next(_STATUSES[key] for key in (status, status // 100, 0) if key in _STATUSES)
    message = _vendor_message(answer)
    if issubclass(kind, errors.AuthError) and (status not in refusals or not _from_api(answer)):
        kind, words, hint = errors.BadResponse, _STRANGER, _FIREWALL
    elif status == 400 and request.url.startswith("http:") and b"HTTPS" in answer.content:
        kind, words, hint = errors.BadResponse, "{host} does not take plain HTTP", _NEEDS_TLS
    context = _context(answer.provider, request, hint)
    if kind is errors.RateLimited:
        context["retry_after"] = retry_after(answer)
    target = urlsplit(answer.headers.get("location", "")).hostname or "another address"
    host = urlsplit(request.url).hostname
    words = words.format(status=status, target=target, looks=answer.looks, host=host)
    said = f"{words}{f' ({message})' if message else ''}"
    return kind(f"{request.operation}: {said}.", vendor_code=str(status), vendor_message=message, **context)


def _from_api(answer: Answer) -> bool:
    """Whether a refusal may be the vendor's own: many refuse a missing token with a bare 401, and explain a 403."""
    if answer.status == 401:
        return answer.looks != _PAGE
    try:
        return isinstance(answer.json(), dict)
    except errors.BadResponse:
        return False


def _vendor_message(answer: Answer) -> str | None:
    try:
        body = answer.json()
    except errors.BadResponse:
        return None
    fields = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    words = (answer.quoted(fields.get(key)) for key in ("message", "msg", "error", "detail"))
    return next(filter(None, words), None)


def failure_of(
    error: Exception, request: Request, *, provider: str, host: str, transport: object
) -> errors.OpenPowerError:
    """Convert whatever came between building a request and having the whole response.

    Args:
        error: what was raised.
        request: the request.
        provider: the provider's name.
        host: where it was to go.
        transport: the user's own transport, if any: its word for it that nothing was sent may not count.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    kind, words, hint = next(row[2:] for row in _EXCEPTIONS if names & {*row[0].split()} and row[1] in str(error))
    if words in (_CLOSED, _BROKE) and request.url.startswith("http:"):
        hint += " If it speaks TLS there, base_url needs https instead of http."
    context = _context(provider, request, hint)
    if (kind is errors.NetworkError and words is _UNREACHABLE) or hint is _FULL:
        context["nothing_sent"] = _is_proof(error, transport)
    why = "it took too long" if "Timeout" in type(error).__name__ else str(error) or type(error).__name__
    return kind(f"{request.operation}: {words.format(host=host, why=why, name=type(error).__name__)}.", **context)


def _context(provider: str | None, request: Request, hint: str) -> dict[str, Any]:
    return {"provider": provider, "operation": request.operation, "hint": hint}


def _is_proof(error: Exception, transport: object) -> bool:
    """Whether a connect error proves that nothing was sent.

    Only httpx and httpcore reserve it for connecting. Other transports raise ConnectTimeout even for a POST that was sent
    in full.
    """
    import httpx

    trusted = transport is None or isinstance(
        transport, httpx.HTTPTransport | httpx.AsyncHTTPTransport | httpx.MockTransport
    )
    return trusted or type(error.__cause__).__module__.partition(".")[0] == "httpcore"
