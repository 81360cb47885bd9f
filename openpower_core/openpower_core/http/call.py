"""The request as a signer sees it, and the answer as a provider reads it."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from openpower_core.errors import BadResponse
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
