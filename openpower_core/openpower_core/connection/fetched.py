"""What a shared fetch gives: the answer, and when it came."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from attrs import field, frozen

__all__ = ["Fetched"]

T = TypeVar("T")


@frozen(kw_only=True)
class Fetched(Generic[T]):
    """An answer and the moment at which it arrived."""

    value: T
    received_at: datetime
    received_monotonic: float = field(default=0.0, repr=False, eq=False)
    """The same moment on the monotonic clock, by which its age is counted."""
