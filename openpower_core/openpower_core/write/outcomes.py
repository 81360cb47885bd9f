"""How a send ended, told from its error; and what a read-back says, told from the time. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from openpower_core.errors import AuthError, OpenPowerError, RateLimited, RequestError, WriteRejected
from openpower_core.write.entries import Stage
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from openpower_core.capabilities import WriteLimits

__all__ = ["Ending", "ReadBack", "Verdict", "ending", "is_refusal"]

_REFUSALS = (RequestError, AuthError, RateLimited, WriteRejected)
_LEAST_POLL: Final = timedelta(milliseconds=100)


class Ending(Enum):
    """How a send that raised has ended."""

    UNSENT = auto()
    """Nothing left this machine."""
    REFUSED = auto()
    """The vendor said no, so it holds what it held before."""
    UNKNOWN = auto()
    """The answer was lost or makes no sense, or one of several calls failed: only reading tells."""


def ending(error: OpenPowerError, *, calls: int) -> Ending:
    """Tell how a send that raised has ended."""
    if getattr(error, "nothing_sent", False) and calls <= 1:
        return Ending.UNSENT
    if is_refusal(error) and calls <= 1:
        return Ending.REFUSED
    return Ending.UNKNOWN


def is_refusal(error: OpenPowerError) -> bool:
    """Whether the vendor said no to a call, so that this call changed nothing."""
    return isinstance(error, _REFUSALS)


class Verdict(Enum):
    """What looking for a write came to."""

    SHOWN = auto()
    NOT_SHOWN = auto()
    """Its settle time is over, and what was read differs."""
    INVISIBLE = auto()
    """The vendor offers no way to see it."""
    UNREADABLE = auto()
    """Its settle time is over, and it could not be read."""
    TOO_EARLY = auto()
    """Nobody wants to look any longer, and it may still come to show."""

    @property
    def stage(self) -> Stage | None:
        """What is known of the write now; None when it is no more than before."""
        return _STAGES[self]

    @property
    def state(self) -> WriteState:
        """The word that a receipt has for it."""
        return WriteState.UNVERIFIABLE if self.stage is None else self.stage.state


_STAGES = {
    Verdict.SHOWN: Stage.CONFIRMED,
    Verdict.NOT_SHOWN: Stage.NOT_APPLIED,
    Verdict.INVISIBLE: Stage.UNVERIFIABLE,
    Verdict.UNREADABLE: Stage.UNVERIFIABLE,
    Verdict.TOO_EARLY: None,
}


class ReadBack:
    """When to look, and what it means; it does not look itself.

    Args:
        limits: the settle times of the document.
        since: when the vendor accepted the write.
        now: the present moment.
        timeout: how long to go on looking; None for as long as the vendor may need.
    """

    def __init__(self, limits: WriteLimits, since: datetime, now: datetime, timeout: timedelta | None) -> None:
        self._poll = max(limits.poll, _LEAST_POLL)
        self._settled_at = since + limits.settle_timeout
        self._deadline = max(self._settled_at, now) if timeout is None else now + timeout
        self._next = min(max(since + limits.settle, now), self._deadline)

    def pause(self, now: datetime) -> float:
        """Seconds until the next look."""
        return max(0.0, (self._next - now).total_seconds())

    def looked(self, shown: bool | None, *, read: bool, at: datetime) -> Verdict | None:
        """Judge one look, begun ``at``; None means to look again.

        Args:
            shown: what the document said; None when nothing of it can be seen.
            read: whether it could be read at all.
            at: when the look began.
        """
        if read and shown is not False:
            return Verdict.SHOWN if shown else Verdict.INVISIBLE
        if at >= self._settled_at and (read or at >= self._deadline):
            return Verdict.NOT_SHOWN if read else Verdict.UNREADABLE
        if at >= self._deadline:
            return Verdict.TOO_EARLY
        self._next = min(at + self._poll, self._deadline)
        return None
