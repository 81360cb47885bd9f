"""What there is to restore, before and after a write; pure rules."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from openpower_core.errors import OpenPowerError
from openpower_core.write.entries import Entry, RestorePoint
from openpower_core.write.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_core.write.drafts import Draft
    from openpower_core.writes import Receipt

__all__ = ["Kind", "View", "combined", "following"]


class Kind(Enum):
    """What a write means for what there is to restore."""

    SETTING = auto()
    """A lasting change."""
    COMMAND = auto()
    """A passing one; release puts back what was there before."""
    RELEASE = auto()


@frozen(kw_only=True)
class View:
    """What the vendor holds, as far as reading and remembering can tell."""

    current: Any
    status: Status
    last: Entry | None
    point: RestorePoint | None
    ours: bool
    """Whether there is a restore point, and the vendor holds what it says we wrote."""

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
    """Give the restore point that is right once the vendor holds the draft.

    Args:
        kind: what the write means.
        view: what the vendor holds now.
        draft: what it is to hold.
        entry: the write that makes the difference, or the last one where nothing has to be sent.
        dump: turns a document into JSON.
        replan: makes the same change to what the restore point holds (JSON).
    """
    wanted = dump(draft.document)
    point = view.point if view.ours else None
    if kind is Kind.COMMAND:
        # Through any number of commands, what was there before the first one is what comes back.
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
    try:
        before = dump(replan(point.before).document)
    except OpenPowerError:  # the change does not fit what was there; that stays as it was
        before = point.before
    # A change that leaves nothing of the command leaves nothing to restore.
    return None if before == wanted else attrs.evolve(point, before=before, wrote=wanted)


def combined(receipts: list[Receipt]) -> Receipt:
    """One receipt for the release of several documents: the last one's, with the calls of all."""
    last = receipts[-1]
    return attrs.evolve(
        last,
        adjustments=tuple(each for one in receipts for each in one.adjustments),
        calls=tuple(each for one in receipts for each in one.calls),
        note=" ".join(dict.fromkeys(one.note for one in receipts if one.note)),
    )
