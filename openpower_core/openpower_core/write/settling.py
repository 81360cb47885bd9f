"""Settling a write: what became of a call, what a read-back proves, whose a field is, and what there is to restore.

All functions are pure: they judge what others have sent, read and recorded. Everything is decided field by field. What
lies **beneath** openpower's writes is what the vendor has, with every field that is still ours as it was before: a command is planned on that,
a release sends just that, and a field that somebody else has changed stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, Protocol

import attrs
from attrs import frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import Clock
from openpower_core.errors import AuthError, OpenPowerError, RateLimited, RequestError, WriteRejected
from openpower_core.write.store import MOST_WROTE, Entry, Owned, RestorePoint, Sent, Stage
from openpower_core.writes import CallFate, Receipt, WriteState


class Kind(Enum):
    """What a write means for the restore point."""

    SETTING = auto()
    """A lasting change; a command that holds meanwhile goes on."""
    SCHEDULE = auto()
    """A lasting change that ends a command where both use the same fields."""
    COMMAND = auto()
    """A temporary one; release restores what was there before."""
    RELEASE = auto()
    UNDO = auto()
    """Takes back what was taken of a partial write."""

    @property
    def restores(self) -> bool:
        """Whether it puts back what was there: no budget, pace or rate count of ours may stop it."""
        return self in (Kind.RELEASE, Kind.UNDO)


def fate_of(error: OpenPowerError) -> CallFate:
    """What became of a call that raised."""
    if getattr(error, "nothing_sent", False):
        return CallFate.NOT_SENT
    if isinstance(error, WriteRejected | AuthError | RateLimited):
        return CallFate.REFUSED
    # Our own checks have no vendor's code. With one, it is a code that the vendor does not document for a write.
    if isinstance(error, RequestError) and error.vendor_code is None:
        return CallFate.NOT_SENT
    return CallFate.UNKNOWN


def is_refusal(error: OpenPowerError) -> bool:
    """Whether the vendor refused what was asked, rather than who asked or how often."""
    return isinstance(error, RequestError | WriteRejected)


class Fields(Protocol):
    """What the judgement needs of a document."""

    unreadable: frozenset[str]
    limits: WriteLimits

    def same(self, field: str, current: Any, wanted: Any) -> bool | None: ...


# What a reading shows of a write.


class Extent(Enum):
    """How much of a write a reading shows."""

    ALL = auto()
    PART = auto()
    """Some of it; the rest is as it was before."""
    NOTHING = auto()
    """All is as it was before."""
    OTHER = auto()
    """Something is neither old nor new."""
    INVISIBLE = auto()
    """Nothing of it can be seen."""


def extent(document: Fields, read: Mapping[str, Any], entry: Entry, *, over: bool) -> Extent:
    """How much of a write a reading shows; what it did not change does not matter.

    Args:
        document: which fields are the same.
        read: what was read.
        entry: the write.
        over: whether the vendor's longest known delay is over, for this write and those before it.
    """
    new = old = 0
    for name, wanted in entry.wanted.items():
        shown = document.same(name, read.get(name), wanted)
        if shown is None:
            continue
        if shown and name in entry.unproven and not over:
            old += 1
        elif shown:
            new += 1
        elif document.same(name, read.get(name), entry.before.get(name)) is not False:
            old += 1
        else:
            return Extent.OTHER
    if new and old:
        return Extent.PART
    return Extent.ALL if new else Extent.NOTHING if old else Extent.INVISIBLE


class Status(Enum):
    """How a reading relates to our last write of a document."""

    NONE = auto()
    """There is none, or a native write came after it: only the reading counts."""
    SHOWN = auto()
    """The reading shows it, so the vendor has it, including the parts that cannot be read."""
    UNSEEN = auto()
    """It cannot be seen, and is not known to have been replaced."""
    PENDING = auto()
    """The vendor accepted it and still shows what was before; the vendor's longest known delay is not over."""
    UNCLEAR = auto()
    """Still open: its answer was lost, or the reading is neither the old nor the new state."""
    NOT_APPLIED = auto()
    """The vendor's longest known delay is over, and it still has what was before."""
    PARTIAL = auto()
    """The delay is over, and it has a part of it."""
    REPLACED = auto()
    """Something else has changed what it set."""


def judge(document: Fields, read: Mapping[str, Any], last: Entry | None, clock: Clock) -> Status:
    """Judge our last write by what was just read."""
    if last is None:
        return Status.NONE
    over = last.sent.age_s(clock) >= document.limits.settle_timeout.total_seconds()
    match extent(document, read, last, over=over):
        case Extent.ALL:
            return Status.SHOWN
        case Extent.INVISIBLE:
            return Status.UNSEEN
        case found:
            if last.stage.is_open and not over:
                # Only a write that the vendor accepted can be expected to show; one whose answer was lost may never
                # have left, and what is neither old nor new may be half of it.
                accepted = last.stage is Stage.ACCEPTED and found is not Extent.OTHER
                return Status.PENDING if accepted else Status.UNCLEAR
            # Once a write was seen, the old value again means that something else restored it.
            if last.stage is Stage.CONFIRMED or found is Extent.OTHER:
                return Status.REPLACED
            return Status.NOT_APPLIED if found is Extent.NOTHING else Status.PARTIAL


def settled(last: Entry, status: Status) -> Entry:
    """The entry after the judgement."""
    stage = {
        Status.SHOWN: Stage.CONFIRMED,
        Status.UNSEEN: last.stage if last.answered else Stage.UNVERIFIABLE,
        Status.NOT_APPLIED: Stage.NOT_APPLIED,
        Status.PARTIAL: Stage.PARTIAL,
        # That it was seen once is a fact, whatever came after it; one that was never seen can no longer be.
        Status.REPLACED: Stage.UNVERIFIABLE,
    }.get(status, last.stage)
    return last if last.stage is Stage.CONFIRMED or stage is last.stage else attrs.evolve(last, stage=stage)


# Whose the fields are.


@frozen(kw_only=True)
class View:
    """What the vendor has, field by field, as far as it was read or is remembered."""

    read: Mapping[str, Any]
    has: Mapping[str, Any]
    """The same with what does not show yet, and what cannot be read."""
    beneath: Mapping[str, Any]
    """The same with every field that is ours as it was before."""
    ours: frozenset[str]
    """The fields that hold what we wrote, and not what was there before."""
    shown: frozenset[str]
    """Those of them that were read so, whatever is on its way."""
    left: frozenset[str]
    """The fields that we set and somebody else has changed since."""
    status: Status
    last: Entry | None
    point: RestorePoint | None

    @property
    def doubtful(self) -> bool:
        """Whether an invisible write was never answered: that proves nothing."""
        return self.status is Status.UNSEEN and self.last is not None and not self.last.certain

    @property
    def active(self) -> RestorePoint | None:
        """The restore point of the command that holds: the vendor still has something of it."""
        point = self.point
        return point if point is not None and point.active and self.ours else None


def view_of(
    document: Fields,
    read: Mapping[str, Any],
    last: Entry | None,
    point: RestorePoint | None,
    status: Status,
    *,
    restoring: bool,
) -> View:
    """Tell our fields from others'.

    Args:
        document: which fields are the same, and which cannot be read.
        read: what was read.
        last: our last write.
        point: what we own.
        status: the judgement of the last write.
        restoring: it is for a release, which takes a write whose answer was lost for applied: its fields are sent again.
    """
    has = dict(read)
    if last is not None:
        applied = status in (Status.SHOWN, Status.UNSEEN, Status.PENDING)
        known: Mapping[str, Any] = {}
        if applied or status is Status.NOT_APPLIED:
            known = last.wanted if applied else last.before
        has |= {name: value for name, value in known.items() if document.same(name, read.get(name), value) is None}
        # A command whose answer was lost may have been taken, and a release may not: either way it is sent again.
        if status is Status.PENDING or (status is Status.UNCLEAR and restoring and not last.restores):
            has |= last.wanted
    beneath, ours, shown, left = dict(has), set[str](), set[str](), set[str]()
    fields: Mapping[str, Owned] = {} if point is None else point.fields
    for name, owned in fields.items():
        if _is_still_set(document, name, has.get(name), owned):
            beneath[name] = owned.before
            ours.add(name)
        elif not _is(document, name, has.get(name), owned.before):
            left.add(name)
        invisible = document.same(name, read.get(name), owned.before) is None
        if name in ours if invisible else _is_still_set(document, name, read.get(name), owned):
            shown.add(name)
    return View(
        read=read,
        has=has,
        beneath=beneath,
        ours=frozenset(ours),
        shown=frozenset(shown),
        left=frozenset(left),
        status=status,
        last=last,
        point=point,
    )


def _is(document: Fields, name: str, value: Any, other: Any) -> bool:
    return value == other or document.same(name, value, other) is True


def _is_still_set(document: Fields, name: str, value: Any, owned: Owned) -> bool:
    """Whether a field holds what we wrote, and not what was there before."""
    # What cannot be seen is ours: there is no evidence that anybody else has changed it.
    return not _is(document, name, value, owned.before) and any(
        document.same(name, value, wrote) is not False for wrote in owned.wrote
    )


def declined(view: View, beneath: Mapping[str, Any]) -> View:
    """The view where the document does not put some fields back: what somebody else has set is in their place.

    Args:
        view: what the vendor has.
        beneath: the fields of the document that a release of all that is ours would send.
    """
    names = frozenset(name for name in view.ours if beneath.get(name) != view.beneath[name])
    ours, shown, left = view.ours - names, view.shown - names, view.left | names
    return attrs.evolve(view, beneath=beneath, ours=ours, shown=shown, left=left)


# What there is to restore.


def changes(view: View, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have to be sent."""
    return {name: value for name, value in wanted.items() if name not in view.has or value != view.has[name]}


def taken(view: View, changed: Mapping[str, Any]) -> dict[str, Owned]:
    """The fields that are owned while a write is under way: those before it, and those that it changes."""
    fields = {name: owned for name, owned in _owned(view).items() if name not in view.left}
    for name, value in changed.items():
        earlier = fields[name].wrote if name in fields else ()
        wrote = (value, *(each for each in earlier if each != value))[:MOST_WROTE]
        fields[name] = Owned(before=view.beneath.get(name), wrote=wrote)
    return fields


def kept(
    point: RestorePoint, lasting: Mapping[str, Any], wanted: Mapping[str, Any], again: datetime
) -> RestorePoint | None:
    """What there is to restore after a lasting change: what it makes of what lies beneath a command.

    Args:
        point: the restore point while it is under way.
        lasting: the fields of what lies beneath, changed.
        wanted: the fields as they were sent.
        again: when to look again if nothing of the command is left.
    """
    fields = {name: attrs.evolve(owned, before=lasting.get(name, owned.before)) for name, owned in point.fields.items()}
    # What a command wrote may still be there, or come, until it is known to be gone.
    fields = {name: owned for name, owned in fields.items() if any(each != owned.before for each in owned.wrote)}
    if not fields:
        return None
    if any(wanted.get(name) != owned.before for name, owned in fields.items()):
        return attrs.evolve(point, fields=fields)
    return attrs.evolve(point, fields=fields, active=False, due=again, recurs_at=None)


def seen(point: RestorePoint | None, entry: Entry) -> RestorePoint | None:
    """The restore point once a write was read back."""
    if point is None:
        return None
    fields = {
        name: attrs.evolve(owned, seen=True) if name in entry.wanted and owned.wrote[0] == entry.wanted[name] else owned
        for name, owned in point.fields.items()
    }
    return attrs.evolve(point, fields=fields)


def closed(view: View, clock: Clock, limits: WriteLimits) -> RestorePoint | None:
    """The restore point without the fields that are known to be as before, or somebody else's; None if none is left.

    A write that was never seen may show late, so that what was read proves nothing before the vendor's longest known
    delay is over.
    """
    point = view.point
    if point is None:
        return None
    over = point.sent.age_s(clock) >= limits.settle_timeout.total_seconds()
    open_ = {name: owned for name, owned in point.fields.items() if name in view.shown or not (over or owned.seen)}
    if not open_:
        return None
    # A clock that was set back would keep it waiting for as long as it was set back.
    sent = Sent.now(clock) if clock.now() < point.sent.at else point.sent
    return attrs.evolve(point, fields=open_, sent=sent)


def _owned(view: View) -> Mapping[str, Owned]:
    return {} if view.point is None else view.point.fields


# When to read back.

MOST_LOOKS: Final = 20
_GROWTH: Final = 1.25
_LEAST_POLL_S: Final = 0.1


class Looks:
    """When to read back, by the monotonic clock; it does no I/O.

    Vendors answer "success" long before a setting works, and go on reporting the old value meanwhile. So a value that
    differs proves nothing before the longest known delay is over, while one that fits proves it at once.

    Args:
        limits: the settle times of the document.
        age_s: how long ago it was sent.
        now_s: the present time (monotonic).
        timeout: how long to read back; None for as long as the vendor may need.
    """

    def __init__(self, limits: WriteLimits, age_s: float, now_s: float, timeout: timedelta | None) -> None:
        self._final_s = now_s - age_s + limits.settle_timeout.total_seconds()
        # A receipt that is confirmed long after gets one look.
        self._ends_s = max(self._final_s, now_s) if timeout is None else now_s + timeout.total_seconds()
        self._next_s = min(max(now_s - age_s + limits.settle.total_seconds(), now_s), self._ends_s)
        self._pause_s = max(limits.poll.total_seconds(), _LEAST_POLL_S)
        self._left = MOST_LOOKS

    def pause(self, now_s: float) -> float:
        """Seconds until the next look."""
        return max(0.0, self._next_s - now_s)

    def again(self, at_s: float) -> bool:
        """Whether to look again after a look that began then and proved nothing."""
        self._left -= 1
        if at_s >= self._ends_s or self._left <= 0:
            return False
        # Spread over the rest of the time, however long it is.
        self._pause_s = max(self._pause_s, (self._ends_s - at_s) / self._left if self._left < 4 else 0.0)
        self._next_s = min(at_s + self._pause_s, self._ends_s)
        self._pause_s *= _GROWTH
        return True

    def final(self, at_s: float) -> bool:
        """Whether what differs then will not show any more, as far as is known."""
        return at_s >= self._final_s


def combined(receipts: list[Receipt]) -> Receipt:
    """One receipt for the release of several documents: the state that asks for most, with the calls of all."""
    worst = max(receipts, key=lambda receipt: _ORDER.index(receipt.state) if receipt.state in _ORDER else 0)
    return attrs.evolve(
        worst,
        adjustments=tuple(change for one in receipts for change in one.adjustments),
        calls=tuple(call for one in receipts for call in one.calls),
        note=" ".join(dict.fromkeys(one.note for one in receipts if one.note)),
    )


_ORDER: Final = (
    WriteState.UNCHANGED,
    WriteState.PLANNED,
    WriteState.CONFIRMED,
    WriteState.ACCEPTED,
    WriteState.UNVERIFIABLE,
    WriteState.NOT_APPLIED,
    WriteState.PARTIAL,
)
