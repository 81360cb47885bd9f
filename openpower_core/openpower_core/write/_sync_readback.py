# Generated from _async_readback.py by openpower_testing; do not edit.
"""Reading back whether the vendor holds what was sent: waits, looks, and records the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from openpower_core.convert import unstructure
from openpower_core.errors import OpenPowerError
from openpower_core.write.entries import Stage
from openpower_core.write.outcomes import ReadBack, Verdict
from openpower_core.write.requests import with_note
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from datetime import timedelta

    from openpower_core.write._sync_document import Document
    from openpower_core.write.entries import Entry
    from openpower_core.write.requests import Request
    from openpower_core.writes import Receipt

__all__ = ["read_back"]


def read_back(
    document: Document[Any, Any], entry: Entry, receipt: Receipt, request: Request, *, timeout: timedelta | None = None
) -> Receipt:
    """Look until the write shows, its settle time is over, or the time-out; and record what was seen."""
    clock = request.context.clock
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
        verdict = plan.looked(shown, read=failure is None, at=at)
        if verdict is not None:
            return _record(document, entry, receipt, request, verdict, failure)


def _record(
    document: Document[Any, Any],
    entry: Entry,
    receipt: Receipt,
    request: Request,
    verdict: Verdict,
    failure: OpenPowerError | None,
) -> Receipt:
    newest = request.ledger.last(entry.document)
    if verdict is not Verdict.SHOWN and newest is not None and newest.id != entry.id:
        note = with_note(receipt, "A later write has replaced it.")
        return attrs.evolve(receipt, state=WriteState.UNVERIFIABLE, note=note)
    # Others may have learnt more of it meanwhile; what was seen once was there.
    known = request.ledger.find(entry.id) or entry
    if known.stage is Stage.CONFIRMED:
        verdict, failure = Verdict.SHOWN, None
    note = with_note(receipt, _note(document, verdict, failure))
    result = attrs.evolve(receipt, state=verdict.state, note=note)
    request.ledger.finish(
        attrs.evolve(known, stage=verdict.stage or known.stage, receipt=unstructure(result)),
        audit=request.audit_line(result, result.state, error=failure),
    )
    return result


def _note(document: Document[Any, Any], verdict: Verdict, failure: OpenPowerError | None) -> str:
    if failure is not None:
        return f"It could not be read back ({type(failure).__name__})."
    match verdict:
        case Verdict.INVISIBLE:
            return "The vendor offers no way to see it."
        case Verdict.TOO_EARLY:
            return "It does not show yet; the vendor may need more time."
        case Verdict.NOT_SHOWN:
            return document.not_applied_hint
        case _:
            return ""
