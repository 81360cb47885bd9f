"""A body decoded as it arrives, within a limit: a small answer that unpacks to gigabytes is cut off in time."""

from __future__ import annotations

import zlib

__all__ = ["ACCEPTED_ENCODINGS", "Body", "TooLarge", "Undecodable"]

ACCEPTED_ENCODINGS = "gzip, deflate"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class TooLarge(Exception):
    """The decoded body is beyond the limit."""


class Undecodable(Exception):
    """The body is not what its ``Content-Encoding`` says, ends early, or has an encoding that nobody asked for."""


class Body:
    """Collects a body chunk by chunk."""

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
        """Take the next chunk as it came from the network."""
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
        """Give the decoded body once everything has arrived."""
        if self._inflater is not None and self._chunks and not self._inflater.eof:
            raise Undecodable("cut short inside its compression")
        return b"".join(self._chunks)
