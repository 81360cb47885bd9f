"""The record of what was asked of the emulator, for tests that count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Journal", "SeenRequest"]


@frozen(kw_only=True)
class SeenRequest:
    """One request, without its headers: they hold the signature."""

    at: datetime
    method: str
    endpoint: str
    """The path below the prefix, such as ``getEssList``."""
    params: Mapping[str, Any]
    """The query of a GET, the body of a POST."""
    writes: bool
    """Whether the endpoint changes something."""
    code: int
    """The code that it was answered with; the HTTP status where the answer had no code."""


class Journal:
    """Every request that reached the emulator, oldest first."""

    def __init__(self) -> None:
        self._seen: list[SeenRequest] = []

    def add(self, seen: SeenRequest) -> None:
        """Take note of a request."""
        self._seen.append(seen)

    def clear(self) -> None:
        """Forget all, to count from here on."""
        self._seen.clear()

    def to(self, endpoint: str) -> list[SeenRequest]:
        """The requests to one endpoint."""
        return [seen for seen in self._seen if seen.endpoint == endpoint]

    @property
    def writes(self) -> list[SeenRequest]:
        """The requests that change something, refused ones included."""
        return [seen for seen in self._seen if seen.writes]

    def __iter__(self) -> Iterator[SeenRequest]:
        return iter(tuple(self._seen))

    def __len__(self) -> int:
        return len(self._seen)

    def __getitem__(self, index: int) -> SeenRequest:
        return self._seen[index]
