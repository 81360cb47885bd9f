"""How what was just read relates to what we wrote last: the one judgement that everything else rests on."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from openpower_core.write.entries import Entry, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from openpower_core.capabilities import WriteLimits

__all__ = ["Status", "Visible", "judge", "recalled", "settled"]


class Status(Enum):
    """Whether our last write of a document still stands."""

    NONE = auto()
    """There is none, or something is known to have replaced it: what was read is what is held."""
    SHOWN = auto()
    """What was read shows it, so the vendor holds it, with the parts that nobody can read."""
    UNSEEN = auto()
    """Nobody can see it, and nothing is known to have replaced it."""
    PENDING = auto()
    """The vendor accepted it and still shows what was before; it is within its settle time."""
    UNCLEAR = auto()
    """Only time can tell: its answer was lost, or what was read is neither the old nor the new."""
    NOT_APPLIED = auto()
    """Its settle time is over and the vendor still holds what was before."""
    REPLACED = auto()
    """Somebody else has changed the document since."""


class Visible(Protocol):
    """The part of a document that the judgement needs."""

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
    old = document.shows(current, document.load(last.before)) is not False
    if _settling(document, last, now):
        accepted = last.stage is Stage.ACCEPTED
        return Status.PENDING if old and accepted else Status.UNCLEAR
    if last.stage is Stage.NOT_APPLIED and old:
        return Status.NOT_APPLIED
    seen_before = last.stage is Stage.CONFIRMED
    return Status.REPLACED if seen_before or not old else Status.NOT_APPLIED


def recalled(document: Visible, current: Any, last: Entry, status: Status) -> Any:
    """Give what the vendor holds, with the parts that nobody can read where they are remembered."""
    match status:
        case Status.SHOWN | Status.UNSEEN | Status.PENDING:
            return document.load(last.wanted)
        case Status.NOT_APPLIED:
            return document.load(last.before)
        case _:
            return current


def settled(last: Entry, status: Status) -> Entry:
    """Give the entry as the judgement leaves it."""
    match status:
        case Status.SHOWN:
            return attrs.evolve(last, stage=Stage.CONFIRMED)
        case Status.UNSEEN if last.stage is Stage.INTENT:
            return attrs.evolve(last, stage=Stage.UNVERIFIABLE)
        case Status.NOT_APPLIED:
            return attrs.evolve(last, stage=Stage.NOT_APPLIED)
        case Status.REPLACED:
            seen = last.stage is Stage.CONFIRMED
            return attrs.evolve(last, stage=Stage.CONFIRMED if seen else Stage.UNVERIFIABLE, stands=False)
        case _:
            return last


def _settling(document: Visible, last: Entry, now: datetime) -> bool:
    open_ended = last.stage in (Stage.INTENT, Stage.ACCEPTED, Stage.UNVERIFIABLE)
    return open_ended and now < last.since + document.limits.settle_timeout
