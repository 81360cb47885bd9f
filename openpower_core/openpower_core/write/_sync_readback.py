# Generated from _async_readback.py by openpower_core's unasync.py; do not edit.
"""Reading back whether the vendor holds what was sent: waits, looks, and records the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from openpower_core.convert import unstructure
from openpower_core.errors import OpenPowerError
from openpower_core.write.entries import Entry, Stage
from openpower_core.write.outcomes import ReadBack
from openpower_core.write.requests import with_note
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from datetime import timedelta

    from openpower_core.write._sync_document import Document
    from openpower_core.write.requests import Request
    from openpower_core.writes import Receipt

__all__ = ["read_back"]


def read_back(
    document: Document[Any, Any],
    entry: Entry,
    receipt: Receipt,
    request: Request,
    *,
    timeout: timedelta | None = None,
) -> Receipt:
    """Look until the write shows, its settle time is over, or the time-out; and record what was seen."""
    clock = request.around.clock
    plan = ReadBack(document.limits, entry.since, clock.now(), timeout)
    wanted = document.load(entry.wanted)
    while True:
        clock.sleep(plan.pause(clock.now()))
        at, failure = clock.now(), None
        shown: bool | None = None
        try:
            shown = document.shows(document.read(), wanted)
        except OpenPowerError as error:  # "could not read" is not "differs"
            failure = error
        stage = plan.looked(shown, read=failure is None, at=at)
        if stage is not None:
            break
    newest = request.ledger.last(entry.document)
    if stage is not Stage.CONFIRMED and newest is not None and newest.id != entry.id:
        return attrs.evolve(
            receipt,
            state=WriteState.UNVERIFIABLE,
            note=with_note(receipt, "A later write has replaced it."),
        )
    return _record(document, entry, receipt, request, stage, failure)


def _record(
    document: Document[Any, Any],
    entry: Entry,
    receipt: Receipt,
    request: Request,
    stage: Stage,
    failure: OpenPowerError | None,
) -> Receipt:
    clock = request.around.clock
    note = ""
    if failure is not None:
        note = f"It could not be read back ({type(failure).__name__})."
    elif stage is Stage.UNVERIFIABLE:
        note = "The vendor offers no way to see it, or it may need more time."
    elif stage is Stage.NOT_APPLIED:
        note = document.not_applied_hint
    result = attrs.evolve(receipt, state=stage.state, note=with_note(receipt, note))
    settling = clock.now() < entry.since + document.limits.settle_timeout
    # What may still come to be seen is left as it is, for the next one who looks.
    kept = entry.stage if stage is Stage.UNVERIFIABLE and settling else stage
    request.ledger.finish(
        attrs.evolve(entry, stage=kept, receipt=unstructure(result)),
        audit=request.audit_line(result, result.state, error=failure),
    )
    return result
