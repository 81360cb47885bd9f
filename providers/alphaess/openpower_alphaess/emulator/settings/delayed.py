"""A setting that the service shows and the inverter obeys only some time after it was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = ["Delayed"]

T = TypeVar("T")


class Delayed(Generic[T]):
    """The versions of one setting, by the time at which each was accepted."""

    def __init__(self, first: T) -> None:
        self._first = first
        self._versions: list[tuple[datetime, T]] = []

    def accept(self, value: T, now: datetime) -> None:
        """Take a new version; the service holds it from now on."""
        self._versions.append((now, value))

    @property
    def newest(self) -> T:
        """What the service holds, shown or not."""
        return self._versions[-1][1] if self._versions else self._first

    def as_of(self, now: datetime, delay: timedelta) -> T:
        """The newest version that is at least ``delay`` old."""
        for accepted, value in reversed(self._versions):
            if accepted + delay <= now:
                return value
        return self._first
