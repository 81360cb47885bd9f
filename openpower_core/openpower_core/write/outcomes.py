"""How a send ended, told from its error; and what a read-back says, told from the time. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from openpower_core.errors import (
    AuthError,
    OpenPowerError,
    RateLimited,
    RequestError,
    WriteRejected,
)
from openpower_core.write.entries import Stage

if TYPE_CHECKING:
    from openpower_core.capabilities import WriteLimits

__all__ = ["Ending", "ReadBack", "ending"]

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
    if isinstance(error, _REFUSALS) and calls <= 1:
        return Ending.REFUSED
    return Ending.UNKNOWN


class ReadBack:
    """When to look, and what it means; it does not look itself.

    Args:
        limits: the settle times of the document.
        since: when the vendor accepted the write.
        now: the present moment.
        timeout: how long to go on looking; None for as long as the vendor may need.
    """

    def __init__(
        self, limits: WriteLimits, since: datetime, now: datetime, timeout: timedelta | None
    ) -> None:
        self._poll = max(limits.poll, _LEAST_POLL)
        self._settled_at = since + limits.settle_timeout
        self._next = max(since + limits.settle, now)
        self._deadline = max(self._settled_at, now) if timeout is None else now + timeout
        self._next = min(self._next, self._deadline)

    def pause(self, now: datetime) -> float:
        """Seconds until the next look."""
        return max(0.0, (self._next - now).total_seconds())

    def looked(self, shown: bool | None, *, read: bool, at: datetime) -> Stage | None:
        """Judge one look, begun ``at``; None means to look again.

        Args:
            shown: what the document said; None when nothing of it can be seen.
            read: whether it could be read at all.
            at: when the look began.
        """
        if read and shown is not False:
            return Stage.CONFIRMED if shown else Stage.UNVERIFIABLE
        if read and at >= self._settled_at:
            return Stage.NOT_APPLIED
        if at >= self._deadline:
            return Stage.UNVERIFIABLE
        self._next = min(at + self._poll, self._deadline)
        return None
