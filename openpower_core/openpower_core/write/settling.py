"""Settling a write: how sending ended, what a read-back proves, whether it still applies, and what there is to restore.

All functions are pure: they judge what others have sent, read and recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, Protocol

import attrs
from attrs import frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.errors import AuthError, OpenPowerError, RateLimited, RequestError, WriteRejected
from openpower_core.write.store import Entry, RestorePoint, Stage
from openpower_core.writes import Draft, Receipt, WriteState

# How sending ended.

_REFUSALS: Final = (RequestError, AuthError, RateLimited, WriteRejected)


class Ending(Enum):
    """How sending ended when it raised."""

    UNSENT = auto()
    """Nothing left this machine."""
    REFUSED = auto()
    """The vendor refused it, so nothing has changed."""
    UNKNOWN = auto()
    """The response was lost or makes no sense, or one of several calls failed: only reading back shows."""


def ending(error: OpenPowerError, *, calls: int) -> Ending:
    """Determine how sending ended when it raised."""
    # Of several calls, the first may have been accepted before the second was refused; it is not known which.
    if calls > 1:
        return Ending.UNKNOWN
    if getattr(error, "nothing_sent", False):
        return Ending.UNSENT
    return Ending.REFUSED if is_refusal(error) else Ending.UNKNOWN


def is_refusal(error: OpenPowerError) -> bool:
    """Whether the vendor refused a call, so that this call changed nothing."""
    return isinstance(error, _REFUSALS)


# What a read-back proves.

_LEAST_POLL: Final = timedelta(milliseconds=100)


class Verdict(Enum):
    """The result of reading back."""

    SHOWN = auto()
    NOT_SHOWN = auto()
    """Its settle time is over, and what was read differs."""
    INVISIBLE = auto()
    """The vendor offers no way to read it back."""
    UNREADABLE = auto()
    """Its settle time is over, and it could not be read."""
    TOO_EARLY = auto()
    """The time-out is over, and it may still show later."""

    @property
    def stage(self) -> Stage | None:
        """The stage that follows; None if nothing new is known."""
        return _STAGES[self]

    @property
    def state(self) -> WriteState:
        """The state in a receipt."""
        return WriteState.UNVERIFIABLE if self.stage is None else self.stage.state


_STAGES = {
    Verdict.SHOWN: Stage.CONFIRMED,
    Verdict.NOT_SHOWN: Stage.NOT_APPLIED,
    Verdict.INVISIBLE: Stage.UNVERIFIABLE,
    Verdict.UNREADABLE: Stage.UNVERIFIABLE,
    Verdict.TOO_EARLY: None,
}


class ReadBack:
    """When to read back, and what the result means; it does no I/O.

    Vendors answer "success" long before a setting works, and go on reporting the old value meanwhile. So a
    value that differs proves nothing before the settle time is over, while one that fits proves it at once.

    Args:
        limits: the settle times of the document.
        since: when the vendor accepted the write.
        now: the present time.
        timeout: how long to read back; None for as long as the vendor may need.
    """

    def __init__(self, limits: WriteLimits, since: datetime, now: datetime, timeout: timedelta | None) -> None:
        self._poll = max(limits.poll, _LEAST_POLL)
        self._settled_at = since + limits.settle_timeout
        # A receipt that is confirmed long after its settle time still gets one look.
        self._deadline = max(self._settled_at, now) if timeout is None else now + timeout
        self._next = min(max(since + limits.settle, now), self._deadline)

    def pause(self, now: datetime) -> float:
        """Seconds until the next read-back."""
        return max(0.0, (self._next - now).total_seconds())

    def looked(self, shown: bool | None, *, read: bool, at: datetime) -> Verdict | None:
        """Judge one read-back, begun ``at``; None means to read again.

        Args:
            shown: the result of the document's ``shows``; None if nothing of it can be seen.
            read: whether it could be read at all. "Could not read" is not "differs".
            at: when the read-back began.
        """
        if read and shown is not False:
            return Verdict.SHOWN if shown else Verdict.INVISIBLE
        # A failed read may succeed later, so it is repeated while there is time; a different state is final.
        if at >= self._settled_at and (read or at >= self._deadline):
            return Verdict.NOT_SHOWN if read else Verdict.UNREADABLE
        if at >= self._deadline:
            return Verdict.TOO_EARLY
        self._next = min(at + self._poll, self._deadline)
        return None


# Whether our last write still applies: the judgement on which everything else depends.


class Status(Enum):
    """How the current reading relates to our last write of a document."""

    NONE = auto()
    """There is none, or it is known to have been replaced: only the reading counts."""
    SHOWN = auto()
    """The reading shows it, so the vendor has it, including the parts that cannot be read."""
    UNSEEN = auto()
    """It cannot be seen, and is not known to have been replaced."""
    PENDING = auto()
    """The vendor accepted it and still shows what was before; it is within its settle time."""
    UNCLEAR = auto()
    """Still open: its response was lost, or the reading is neither the old nor the new state."""
    NOT_APPLIED = auto()
    """Its settle time is over and the vendor still has what was before."""
    REPLACED = auto()
    """Something else has changed the document since."""


class Visible(Protocol):
    """What the judgement needs of a document."""

    limits: WriteLimits

    def load(self, data: Any) -> Any: ...
    def shows(self, current: Any, wanted: Any) -> bool | None: ...


def judge(document: Visible, current: Any, last: Entry | None, now: datetime) -> Status:
    """Judge our last write by what was just read."""
    if last is None or not last.stands or last.stage is Stage.REJECTED:
        return Status.NONE
    shown = document.shows(current, document.load(last.wanted))
    if shown is None:
        return Status.UNSEEN
    if shown:
        return Status.SHOWN
    # A document of which nothing can be seen does not contradict its old value either: only a visible difference proves
    # that somebody else has written.
    old = document.shows(current, document.load(last.before)) is not False
    if _settling(document, last, now):
        # Only a write that the vendor accepted can be expected to show: one whose response was lost may never have
        # left, and a value that is neither old nor new may be half of it.
        accepted = last.stage is Stage.ACCEPTED
        return Status.PENDING if old and accepted else Status.UNCLEAR
    if last.stage is Stage.NOT_APPLIED and old:
        return Status.NOT_APPLIED
    # Once the write was seen, the old value again means that something else restored it.
    seen_before = last.stage is Stage.CONFIRMED
    return Status.REPLACED if seen_before or not old else Status.NOT_APPLIED


def recalled(document: Visible, current: Any, last: Entry, status: Status) -> Any:
    """What the vendor has, including the parts that cannot be read if they are remembered."""
    match status:
        case Status.SHOWN | Status.UNSEEN | Status.PENDING:
            # The parts that nobody can read (write-only flags) are None in what was just read, and known in what was
            # sent.
            return document.load(last.wanted)
        case Status.NOT_APPLIED:
            # The vendor never took it, so those parts are still what they were before it.
            return document.load(last.before)
        case _:
            return current


def settled(last: Entry, status: Status) -> Entry:
    """The entry after the judgement."""
    match status:
        case Status.SHOWN:
            return last if last.stage is Stage.CONFIRMED else attrs.evolve(last, stage=Stage.CONFIRMED)
        case Status.UNSEEN if last.stage is Stage.INTENT:
            # Its process died before the answer came, and nothing of it can be seen: the doubt stays.
            return attrs.evolve(last, stage=Stage.UNVERIFIABLE)
        case Status.NOT_APPLIED:
            return attrs.evolve(last, stage=Stage.NOT_APPLIED)
        case Status.REPLACED:
            # That it was seen once is a fact, whatever came after it; one that was never seen can no longer be.
            seen = last.stage is Stage.CONFIRMED
            return attrs.evolve(last, stage=Stage.CONFIRMED if seen else Stage.UNVERIFIABLE, stands=False)
        case _:
            return last


def _settling(document: Visible, last: Entry, now: datetime) -> bool:
    open_ended = last.stage in (Stage.INTENT, Stage.ACCEPTED, Stage.UNVERIFIABLE)
    return open_ended and now < last.since + document.limits.settle_timeout


# What there is to restore.


class Kind(Enum):
    """What a write means for the restore point."""

    SETTING = auto()
    """A lasting change."""
    COMMAND = auto()
    """A temporary one; release restores what was there before."""
    RELEASE = auto()


@frozen(kw_only=True)
class View:
    """What the vendor has, as far as it was read or is remembered."""

    current: Any
    status: Status
    last: Entry | None
    point: RestorePoint | None
    applied: bool
    """Whether there is a restore point, and the vendor still has what we wrote."""

    def fulfils(self, draft: Draft[Any]) -> bool:
        """Whether nothing has to be sent. An invisible write that was never answered proves nothing."""
        doubtful = self.status is Status.UNSEEN and self.last and not self.last.certain
        return draft.document == self.current and not doubtful


def following(
    kind: Kind,
    view: View,
    draft: Draft[Any],
    *,
    entry: Entry,
    dump: Callable[[Any], Any],
    replan: Callable[[Any], Draft[Any]],
) -> RestorePoint | None:
    """The restore point for the time after the draft was applied.

    Args:
        kind: what the write means.
        view: what the vendor has now.
        draft: what it will have.
        entry: the write that makes the difference, or the last one where nothing has to be sent.
        dump: turns a document into JSON.
        replan: makes the same change to what the restore point keeps (JSON).
    """
    wanted = dump(draft.document)
    # A restore point whose command somebody has overwritten is stale: what they made of it is what has to come back.
    point = view.point if view.applied else None
    if kind is Kind.COMMAND:
        # After any number of commands, what was there before the first one is restored.
        return RestorePoint(
            before=dump(view.current) if point is None else point.before,
            wrote=wanted,
            entry=entry.id,
            at=entry.at,
            due=draft.release_due,
            recurs_at=draft.recurs_at,
        )
    if kind is Kind.RELEASE or point is None:
        return None
    # A lasting change during a command has to survive the release, so it is made to the restore point as well.
    try:
        before = dump(replan(point.before).document)
    except OpenPowerError:  # the change does not fit what was there; that stays as it was
        before = point.before
    # If the change leaves nothing of the command, there is nothing to restore.
    return None if before == wanted else attrs.evolve(point, before=before, wrote=wanted)


def combined(receipts: list[Receipt]) -> Receipt:
    """One receipt for the release of several documents: the last one's, with the calls of all."""
    return attrs.evolve(
        receipts[-1],
        adjustments=tuple(change for one in receipts for change in one.adjustments),
        calls=tuple(call for one in receipts for call in one.calls),
        note=" ".join(dict.fromkeys(one.note for one in receipts if one.note)),
    )
