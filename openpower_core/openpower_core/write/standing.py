"""How what was just read relates to what we wrote last: the one judgement that everything else rests on."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from openpower_core.write.entries import Entry, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from openpower_core.capabilities import WriteLimits

__all__ = ["Standing", "Visible", "judge", "recalled", "settled"]


class Standing(Enum):
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
    def shows(self, held: Any, wanted: Any) -> bool | None: ...


def judge(document: Visible, held: Any, last: Entry | None, now: datetime) -> Standing:
    """Judge our last write by what was just read."""
    if last is None or not last.stands or last.stage is Stage.REJECTED:
        return Standing.NONE
    shown = document.shows(held, document.load(last.wanted))
    if shown is None:
        return Standing.UNSEEN
    if shown:
        return Standing.SHOWN
    old = document.shows(held, document.load(last.before)) is not False
    if _settling(document, last, now):
        accepted = last.stage is Stage.ACCEPTED
        return Standing.PENDING if old and accepted else Standing.UNCLEAR
    if last.stage is Stage.NOT_APPLIED and old:
        return Standing.NOT_APPLIED
    seen_before = last.stage is Stage.CONFIRMED
    return Standing.REPLACED if seen_before or not old else Standing.NOT_APPLIED


def recalled(document: Visible, held: Any, last: Entry, standing: Standing) -> Any:
    """Give what the vendor holds, with the parts that nobody can read where they are remembered."""
    match standing:
        case Standing.SHOWN | Standing.UNSEEN | Standing.PENDING:
            return document.load(last.wanted)
        case Standing.NOT_APPLIED:
            return document.load(last.before)
        case _:
            return held


def settled(last: Entry, standing: Standing) -> Entry:
    """Give the entry as the judgement leaves it."""
    match standing:
        case Standing.SHOWN:
            return attrs.evolve(last, stage=Stage.CONFIRMED)
        case Standing.UNSEEN if last.stage is Stage.INTENT:
            return attrs.evolve(last, stage=Stage.UNVERIFIABLE)
        case Standing.NOT_APPLIED:
            return attrs.evolve(last, stage=Stage.NOT_APPLIED)
        case Standing.REPLACED:
            seen = last.stage is Stage.CONFIRMED
            return attrs.evolve(
                last, stage=Stage.CONFIRMED if seen else Stage.UNVERIFIABLE, stands=False
            )
        case _:
            return last


def _settling(document: Visible, last: Entry, now: datetime) -> bool:
    open_ended = last.stage in (Stage.INTENT, Stage.ACCEPTED, Stage.UNVERIFIABLE)
    return open_ended and now < last.since + document.limits.settle_timeout
