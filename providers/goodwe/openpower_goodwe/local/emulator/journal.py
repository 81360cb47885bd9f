"""What an emulated inverter was asked, in order, and how many requests were under way at once."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openpower_goodwe.local.emulator.frames import Ask

__all__ = ["Journal"]

_KEPT: Final = 10_000


class Journal:
    """The requests that arrived; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: deque[Ask] = deque(maxlen=_KEPT)
        self._under_way = 0
        self.count = 0
        """How many requests arrived in all."""
        self.most_at_once = 0
        """How many requests were ever waiting for their answers at the same time."""

    @property
    def asked(self) -> list[Ask]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._asked)

    @property
    def writes(self) -> list[Ask]:
        """Those that change something."""
        return [each for each in self.asked if each.writes]

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self._asked.clear()
            self.count = self.most_at_once = 0

    def begin(self, ask: Ask) -> None:
        """Note that a request arrived."""
        with self._lock:
            self._asked.append(ask)
            self.count += 1
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)

    def end(self) -> None:
        """Note that its answer left, or that it will have none."""
        with self._lock:
            self._under_way -= 1
