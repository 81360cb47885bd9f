# Generated from _async_attempt.py by openpower_testing; do not edit.
"""One write, in the order that the package describes, from the fresh read to the read-back, under the box's lock."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import attrs
from attrs import frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.control import BatteryCommand
from openpower_core.convert import unstructure
from openpower_core.errors import OpenPowerError, RequestError, Timeout, WriteRejected, to_openpower_error
from openpower_core.secrets import mask
from openpower_core.write import settling
from openpower_core.write._sync_document import Document
from openpower_core.write.request import WriteRequest, with_note
from openpower_core.write.store import Entry, Holder, RestorePoint, Stage, WriteLock
from openpower_core.writes import Draft, Receipt, WriteState

PATIENCE: Final = timedelta(minutes=3)
"""How long to wait for another writer; sends of up to 120 s are known."""

POLL_S: Final = 0.2


@contextmanager
def only_writer(request: WriteRequest, limits: WriteLimits) -> Generator[Holder]:
    """Wait for the lock of the box, in this process and among all processes of the same state folder.

    The current holder may have to wait for an unanswered write to settle, so we wait that much longer.
    """
    patience = PATIENCE + limits.settle_timeout
    # Stores that share their memory share the lock.
    with WriteLock(f"{request.store.identity}|{request.box}", timeout=patience.total_seconds()):
        lease = _lease(request, patience)
        try:
            yield lease
        finally:
            request.store.give_back(request.box, lease)


def _lease(request: WriteRequest, patience: timedelta) -> Holder:
    clock = request.context.clock
    give_up = clock.monotonic() + patience.total_seconds()
    while True:
        lease, acquired = request.store.acquire(request.box, clock.now())
        if acquired:
            return lease
        if clock.monotonic() >= give_up:
            raise Timeout(
                f"another process (id {lease.pid}) has been writing to {mask(request.info.id)} for "
                f"{patience.total_seconds():.0f} s; nothing was sent.",
                hint=f"Stop it; if it has stopped already, its lease expires at {lease.expires_at:%H:%M:%S} UTC.",
                **request.error_context(),
            )
        clock.sleep(POLL_S)


@frozen(kw_only=True)
class Made:
    """The result of an attempt that did not raise."""

    receipt: Receipt
    entry: Entry | None = None
    """What a read-back would confirm; None if there is nothing to confirm."""
    lost: OpenPowerError | None = None
    """Why the vendor's answer is not known."""


class Attempt:
    """Carries one request through the pipeline; made anew for each.

    Args:
        document: the document to change.
        request: who asks for what.
        desired: the desired state; a release has none.
        attended: whether something will release it when that is due.
    """

    def __init__(
        self, document: Document[Any, Any], request: WriteRequest, desired: Any = None, *, attended: bool = False
    ) -> None:
        self._document = document
        self._request = request
        self._desired = desired
        self._attended = attended
        self._store = request.store
        self._clock = request.context.clock

    def rehearse(self) -> Made:
        """Go as far as the guards, and return the plan."""
        view = self._look(patient=False)
        draft = self._draft(view)
        if isinstance(draft, Receipt):
            return Made(receipt=draft)
        if view.fulfils(draft):
            return Made(receipt=self._unchanged(draft, view))
        receipt = self._planned(draft, view)
        retry_at = self._store.allowed_at(self._request.box, self._budget, self._document.limits, self._clock.now())
        if view.status is settling.Status.UNCLEAR:
            note = with_note(receipt, "An earlier write is not settled yet.")
            receipt = attrs.evolve(receipt, note=note)
        return Made(receipt=attrs.evolve(receipt, retry_at=retry_at))

    def make(self, lease: Holder) -> Made:
        """Send the plan, unless it is unnecessary, refused, or over the budget."""
        waited = False
        while True:
            view = self._look(patient=True)
            draft = self._draft(view)
            if isinstance(draft, Receipt):
                return Made(receipt=draft)
            if view.fulfils(draft):
                return self._leave(draft, view)
            receipt = self._planned(draft, view)
            entry = self._entry(draft, view, receipt)
            retry_at = self._request.begin(entry, self._document.limits, lease)
            if retry_at is None:
                return self._send(draft, view, entry, receipt)
            pause = retry_at - self._clock.now()
            if waited or pause > self._document.limits.patience:
                raise self._request.delayed(receipt, retry_at)
            # After waiting, the reading is old: read again, and ask the guards again.
            waited = True
            self._clock.sleep(pause.total_seconds())

    def _look(self, *, patient: bool) -> settling.View:
        """Read, and settle our last write by what was read.

        Args:
            patient: wait while the result is still open; a dry run does not, and records nothing.
        """
        request, document = self._request, self._document
        current = document.read()
        last = self._store.last(request.box, document.name)
        status = settling.judge(document, current, last, self._clock.now())
        while status is settling.Status.UNCLEAR and patient:
            # A vendor whose limits name no pause must not turn this into a busy loop.
            self._clock.sleep(max(0.1, document.limits.poll.total_seconds()))
            current = document.read()
            status = settling.judge(document, current, last, self._clock.now())
        point = self._store.point(request.box, document.name)
        if last is not None:
            known = settling.settled(last, status)
            if known != last:
                point = known.point
                if patient:
                    self._store.finish(known)
            last = known
            # If the reading matches what is remembered, the latter also has the parts that cannot be read.
            current = settling.recalled(document, current, last, status)
        applied = point is not None and current == document.load(point.wrote)
        return settling.View(current=current, status=status, last=last, point=point, applied=applied)

    def _draft(self, view: settling.View) -> Draft[Any] | Receipt:
        if self._request.kind is not settling.Kind.RELEASE:
            return self._document.plan(view.current, self._desired)
        # The order matters: what was released already is answered as such before a missing restore point raises, so
        # that releasing twice is no error.
        if view.point is None and view.last is not None and view.last.is_release:
            return self._untouched(f"It was released at {view.last.since:%Y-%m-%d %H:%M} UTC.")
        if view.point is None:
            raise self._request.nothing_to_release()
        before = self._document.load(view.point.before)
        if view.current == before:
            return self._forget("What was there before has been restored already.")
        if not view.applied:
            return self._forget(
                f"Something else has changed the {self._document.name} since "
                f"{view.point.at:%Y-%m-%d %H:%M} UTC, so nothing was changed."
            )
        return Draft(document=before)

    def _forget(self, why: str) -> Receipt:
        """End a restore point that is no longer needed, and say why nothing was sent."""
        if not self._request.dry_run:
            self._store.change_point(self._request.box, self._document.name, None)
        return self._untouched(why)

    def _untouched(self, why: str) -> Receipt:
        request = self._request
        receipt = attrs.evolve(request.receipt(WriteState.UNCHANGED), note=why)
        if not request.dry_run:
            self._store.log(request.audit_line(receipt, receipt.state))
        return receipt

    @property
    def _budget(self) -> str:
        return self._document.budget or self._document.name

    def _planned(self, draft: Draft[Any], view: settling.View) -> Receipt:
        request, document = self._request, self._document
        receipt = request.planned(draft, document.calls(draft.document, view.current))
        receipt = self._with_late_release(request.check_end(receipt, attended=self._attended))
        request.ask_guards(request.plan(document.name, self._desired, view.current, draft, receipt), receipt)
        return receipt

    def _with_late_release(self, receipt: Receipt) -> Receipt:
        """Add a note if the remaining budget does not allow the release in time."""
        due, now = receipt.release_due, self._clock.now()
        if due is None:
            return receipt
        limits = self._document.limits
        allowed = self._store.allowed_at(self._request.box, self._budget, limits, max(due, now), also=now)
        if allowed is None:
            return receipt
        note = f"The write budget allows the release only at {allowed:%Y-%m-%d %H:%M} UTC."
        return attrs.evolve(receipt, note=with_note(receipt, note))

    def _entry(self, draft: Draft[Any], view: settling.View, receipt: Receipt) -> Entry:
        document = self._document
        entry = self._request.entry(
            document.name,
            self._budget,
            receipt,
            before=document.dump(view.current),
            wanted=document.dump(draft.document),
            command=unstructure(self._desired) if isinstance(self._desired, BatteryCommand) else None,
        )
        after = self._following(draft, view, entry)
        # Both outcomes are recorded before anything is sent: whichever turns out to be true, after a crash too, its
        # restore point is at hand.
        return attrs.evolve(entry, point_before=view.point, point_after=after)

    def _following(self, draft: Draft[Any], view: settling.View, entry: Entry) -> RestorePoint | None:
        document = self._document
        return settling.following(
            self._request.kind,
            view,
            draft,
            entry=entry,
            dump=document.dump,
            replan=lambda before: document.plan(document.load(before), self._desired),
        )

    def _unchanged(self, draft: Draft[Any], view: settling.View) -> Receipt:
        receipt = self._request.planned(draft, ())
        if view.status is settling.Status.PENDING and view.last is not None:
            note = f"The same was accepted at {view.last.since:%H:%M:%S} UTC and does not show yet."
            receipt = attrs.evolve(receipt, note=with_note(receipt, note))
        due = receipt.release_due if view.applied else None
        return attrs.evolve(receipt, state=WriteState.UNCHANGED, release_due=due)

    def _leave(self, draft: Draft[Any], view: settling.View) -> Made:
        """Send nothing; the restore point, and when it is due, may still change."""
        if view.applied and view.point is not None and view.last is not None:
            point = self._following(draft, view, view.last)
            if point is not None:
                point = attrs.evolve(point, entry=view.point.entry, at=view.point.at)
            if point != view.point:
                self._store.change_point(self._request.box, self._document.name, point)
        pending = view.last if view.status is settling.Status.PENDING else None
        return Made(receipt=self._unchanged(draft, view), entry=pending)

    def _send(self, draft: Draft[Any], view: settling.View, entry: Entry, receipt: Receipt) -> Made:
        try:
            self._document.send(draft.document, view.current)
        except Exception as error:  # noqa: BLE001 - what is not ours says nothing about the write, so it is unknown
            return self._ended_badly(to_openpower_error(error, **self._request.error_context()), entry, receipt)
        # Anything else, such as a cancellation, leaves the intent: the next writer settles it by reading.
        receipt = attrs.evolve(receipt, state=WriteState.ACCEPTED)
        entry = attrs.evolve(entry, stage=Stage.ACCEPTED, answered_at=self._clock.now())
        self._store.finish(entry, audit=self._request.audit_line(receipt, receipt.state))
        return Made(receipt=receipt, entry=entry)

    def _ended_badly(self, error: OpenPowerError, entry: Entry, receipt: Receipt) -> Made:
        request = self._request
        how = settling.ending(error, calls=len(receipt.calls))
        if how is settling.Ending.UNKNOWN:
            receipt = attrs.evolve(receipt, state=WriteState.UNVERIFIABLE)
            request.store.log(request.audit_line(receipt, "answer lost", error=error))
            return Made(receipt=receipt, entry=entry, lost=error)
        entry = attrs.evolve(entry, stage=Stage.REJECTED, stands=False)
        refused = how is settling.Ending.REFUSED
        receipt = attrs.evolve(receipt, state=WriteState.NOT_APPLIED if refused else WriteState.PLANNED)
        line = request.audit_line(receipt, "refused" if refused else "not sent", error=error)
        # The vendor has seen a refused write, so it counts in the budget; one that never left does not.
        self._store.finish(entry, audit=line, counts=refused)
        if not refused or not isinstance(error, RequestError | WriteRejected):
            raise error
        request.publish(receipt)
        raise request.rejected(error, receipt) from error


def read_back(
    document: Document[Any, Any],
    entry: Entry,
    receipt: Receipt,
    request: WriteRequest,
    *,
    timeout: timedelta | None = None,
) -> Receipt:
    """Read back until the write shows, its settle time is over or the time-out ends, and record the result."""
    clock = request.context.clock
    plan = settling.ReadBack(document.limits, entry.since, clock.now(), timeout)
    wanted = document.load(entry.wanted)
    while True:
        clock.sleep(plan.pause(clock.now()))
        at, failure = clock.now(), None
        shown: bool | None = None
        try:
            shown = document.shows(document.read(), wanted)
        except Exception as error:  # noqa: BLE001 - "could not read" is not "differs"
            failure = to_openpower_error(error, **request.error_context())
        verdict = plan.looked(shown, read=failure is None, at=at)
        if verdict is not None:
            return _record(document, entry, receipt, request, verdict, failure)


def _record(
    document: Document[Any, Any],
    entry: Entry,
    receipt: Receipt,
    request: WriteRequest,
    verdict: settling.Verdict,
    failure: OpenPowerError | None,
) -> Receipt:
    newest = request.store.last(entry.box, entry.document)
    if verdict is not settling.Verdict.SHOWN and newest is not None and newest.id != entry.id:
        note = with_note(receipt, "A later write has replaced it.")
        return attrs.evolve(receipt, state=WriteState.UNVERIFIABLE, note=note)
    # Others may have recorded more in the meantime; a write that was seen once was applied.
    known = request.store.find(entry.box, entry.id) or entry
    if known.stage is Stage.CONFIRMED:
        verdict, failure = settling.Verdict.SHOWN, None
    note = with_note(receipt, _note(document, verdict, failure))
    result = attrs.evolve(receipt, state=verdict.state, note=note)
    request.store.finish(
        attrs.evolve(known, stage=verdict.stage or known.stage),
        audit=request.audit_line(result, result.state, error=failure),
    )
    return result


def _note(document: Document[Any, Any], verdict: settling.Verdict, failure: OpenPowerError | None) -> str:
    if failure is not None:
        return f"It could not be read back ({type(failure).__name__})."
    match verdict:
        case settling.Verdict.INVISIBLE:
            return "The vendor offers no way to read it back."
        case settling.Verdict.TOO_EARLY:
            return "It does not show yet; the vendor may need more time."
        case settling.Verdict.NOT_SHOWN:
            return document.not_applied_hint
        case _:
            return ""
