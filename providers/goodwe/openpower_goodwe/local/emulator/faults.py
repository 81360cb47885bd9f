"""What goes wrong on a home network, on request: datagrams lost, doubled, late or damaged, and inverters that refuse."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import evolve, frozen

if TYPE_CHECKING:
    from openpower_goodwe.local.emulator.frames import Ask

__all__ = ["Fault", "FaultKind", "Faults"]


class FaultKind(StrEnum):
    """How an exchange is spoilt."""

    LOST = "lost"
    """The request never arrives."""
    ANSWER_LOST = "answer_lost"
    """The request is carried out, and its answer never arrives."""
    DUPLICATE = "duplicate"
    """The answer comes twice."""
    LATE = "late"
    """The answer comes after ``delay_s``."""
    CORRUPT = "corrupt"
    """The answer comes with a wrong checksum."""
    FOREIGN = "foreign"
    """An answer to something else comes first."""
    FRAGMENTED = "fragmented"
    """The answer comes in two datagrams."""
    REFUSED = "refused"
    """A Modbus exception with ``code`` comes, and nothing is carried out."""


@frozen(kw_only=True)
class Fault:
    """One kind of spoilt exchange, and how often it happens."""

    kind: FaultKind
    times: int = 1
    writes: bool | None = None
    """Whether it befalls writes or reads only; None for any."""
    delay_s: float = 0.0
    code: int = 6


class Faults:
    """The faults still to come; the first one that fits a request befalls it."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self, kind: FaultKind | str, *, times: int = 1, writes: bool | None = None, delay_s: float = 0.0, code: int = 6
    ) -> Fault:
        """Queue a fault for the next ``times`` requests (that write, or that do not)."""
        fault = Fault(kind=FaultKind(kind), times=times, writes=writes, delay_s=delay_s, code=code)
        with self._lock:
            self._queue.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault still queued."""
        with self._lock:
            self._queue.clear()

    def next(self, ask: Ask) -> Fault | None:
        """The fault that befalls this request."""
        with self._lock:
            for index, fault in enumerate(self._queue):
                if fault.writes in (None, ask.writes):
                    left = evolve(fault, times=fault.times - 1)
                    self._queue[index : index + 1] = [left] if left.times > 0 else []
                    return fault
        return None
