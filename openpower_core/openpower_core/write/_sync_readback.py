# Generated from _async_readback.py by openpower_testing; do not edit.
"""Reading a write back, and recording what that shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs

from openpower_core.errors import OpenPowerError, to_openpower_error
from openpower_core.write import settling
from openpower_core.write._sync_attempt import Made, stored
from openpower_core.write._sync_document import Document
from openpower_core.write.proposal import plain_fields
from openpower_core.write.request import WriteRequest, with_note
from openpower_core.write.settling import Extent, Looks, Status
from openpower_core.write.store import Change, Entry, RestorePoint, Stage, of_write
from openpower_core.writes import Receipt, WriteState


def read_back(
    document: Document[Any, Any], made: Made, request: WriteRequest, *, timeout: timedelta | None = None
) -> Receipt:
    """Read back until the write shows, the vendor's longest known delay or the time-out is over; record the result."""
    entry, clock = made.entry, request.context.clock
    assert entry is not None  # noqa: S101  (callers look only where there is something)
    looks = Looks(document.limits, entry.sent.age_s(clock), clock.monotonic(), timeout)
    while True:
        clock.sleep(looks.pause(clock.monotonic()))
        at, failure = clock.monotonic(), None
        read: dict[str, Any] = {}
        found: Extent | None = None
        try:
            read = plain_fields(document, document.read())
            found = settling.extent(document, read, entry, over=looks.final(at))
        except Exception as error:  # noqa: BLE001 - "could not read" is not "differs"
            failure = to_openpower_error(error, **request.error_context())
        if found in (Extent.ALL, Extent.INVISIBLE) or not looks.again(at):
            break
    stage = _stage(found, final=looks.final(at))
    return _record(document, made, request, stage, read, _note(document, found, stage), failure)


def _stage(found: Extent | None, *, final: bool) -> Stage:
    if found is Extent.ALL:
        return Stage.CONFIRMED
    if found in (None, Extent.INVISIBLE) or not final:
        return Stage.UNVERIFIABLE
    return Stage.PARTIAL if found is Extent.PART else Stage.NOT_APPLIED


def _record(
    document: Document[Any, Any],
    made: Made,
    request: WriteRequest,
    stage: Stage,
    read: Mapping[str, Any],
    note: str,
    failure: OpenPowerError | None,
) -> Receipt:
    entry, receipt, store = made.entry, made.receipt, request.store
    assert entry is not None  # noqa: S101
    known = stored(store, store.remembered, entry.box, entry.document, entry.budget)
    if stage is not Stage.CONFIRMED and known.last is not None and known.last.id != entry.id:
        note = with_note(receipt, "A later write has replaced it.")
        return attrs.evolve(receipt, state=WriteState.UNVERIFIABLE, note=note)
    # Others may have recorded more in the meantime; a write that was seen once was applied.
    entry = stored(store, store.find, entry.box, entry.id) or entry
    if entry.stage is Stage.CONFIRMED:
        stage, failure = Stage.CONFIRMED, None
    if failure is not None:
        note = f"It could not be read back ({type(failure).__name__})."
    result = attrs.evolve(receipt, state=stage.state, note=with_note(receipt, note))
    entry = attrs.evolve(entry, stage=entry.stage if stage is Stage.UNVERIFIABLE and entry.answered else stage)
    line = request.audit_line(result, result.state, error=failure)
    change = _shown(document, request, entry, read) if stage is Stage.CONFIRMED else None
    stored(store, store.record, entry, change=change, line=line)
    return result


def _shown(document: Document[Any, Any], request: WriteRequest, entry: Entry, read: Mapping[str, Any]) -> Change:
    """What there is to restore once a write was read back."""
    clock = request.context.clock

    def change(_: RestorePoint) -> RestorePoint | None:
        point = settling.seen(entry.after, entry)
        if point is None or not read:
            return point
        # What cannot be read is as it was sent.
        view = settling.view_of(document, read, entry, point, Status.SHOWN, restoring=True)
        return settling.closed(view, clock, document.limits)

    return of_write(entry.id, change)


def _note(document: Document[Any, Any], found: Extent | None, stage: Stage) -> str:
    match stage, found:
        case _, Extent.INVISIBLE:
            return "The vendor offers no way to read it back."
        case Stage.UNVERIFIABLE, _:
            return "It does not show yet; the vendor may need more time."
        case Stage.NOT_APPLIED, Extent.OTHER:
            return "The vendor shows something else: it, or another client, has changed it."
        case Stage.NOT_APPLIED, _:
            return document.not_applied_hint
        case _:
            return ""
