# Generated from _async_attempt.py by openpower_testing; do not edit.
"""One write, in the order that the package describes, from the fresh read to the read-back, under the box's lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

import attrs
from attrs import frozen

from openpower_core.capabilities import End, WriteLimits
from openpower_core.control import UNTIL_RELEASED, BatteryCommand, BatteryMode
from openpower_core.convert import structure, unstructure
from openpower_core.errors import ConfigurationError, OpenPowerError, Timeout, Veto, to_openpower_error
from openpower_core.secrets import mask
from openpower_core.waiting import to_thread
from openpower_core.write import settling
from openpower_core.write._sync_document import Document, PlannedCall
from openpower_core.write.request import WriteRequest, role_of, with_note
from openpower_core.write.settling import Kind, Looks, Status, View
from openpower_core.write.store import (
    RELEASE,
    Change,
    Entry,
    Holder,
    Remembered,
    RestorePoint,
    Sent,
    Stage,
    WriteLock,
    WriteStore,
    as_text,
)
from openpower_core.writes import CallFate, Draft, Receipt, WriteState

T = TypeVar("T")
P = ParamSpec("P")

PATIENCE: Final = timedelta(minutes=2)
"""How much longer than the vendor's longest known delay to wait for another writer; sends of up to 120 s are known."""

POLL_S: Final = 0.2


def stored(store: WriteStore, call: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Call a method of the store; one that keeps a file may wait for other processes, and must not block an event loop."""
    if not store.durable:
        return call(*arguments, **keywords)
    return to_thread(partial(call, *arguments, **keywords))


@contextmanager
def only_writer(
    request: WriteRequest, document: str, budget: str, limits: WriteLimits
) -> Generator[tuple[Holder, Remembered]]:
    """Wait for the lock of the box, in this process and among all processes of the same state folder.

    The current holder may have to wait for an unanswered write to settle, so we wait that much longer.
    """
    patience = PATIENCE + limits.settle_timeout
    # Stores that share their memory share the lock.
    box = stored(request.store, request.store.box, request.info)
    with WriteLock(f"{request.store.identity}|{box}", timeout=patience.total_seconds()):
        lease, known = _lease(request, document, budget, patience)
        try:
            yield lease, known
        except BaseException:
            # A state folder that is damaged now must not replace an error that says what was sent.
            with suppress(ConfigurationError):
                stored(request.store, request.store.give_back, box, lease)
            raise
        stored(request.store, request.store.give_back, box, lease)


def _lease(request: WriteRequest, document: str, budget: str, patience: timedelta) -> tuple[Holder, Remembered]:
    clock, store = request.context.clock, request.store
    give_up = clock.monotonic() + patience.total_seconds()
    while True:
        lease, known = stored(store, store.acquire, request.box, document, budget, clock.now())
        if known is not None:
            return lease, known
        if clock.monotonic() >= give_up:
            raise Timeout(
                f"another process (id {lease.pid}) has been writing to {mask(request.info.id)} for "
                f"{patience.total_seconds():.0f} s; nothing was sent.",
                hint=f"Stop it; if it has stopped already, its lease expires at {lease.expires_at:%H:%M:%S} UTC.",
                **request.error_context(),
            )
        clock.sleep(POLL_S)


def budget_of(document: Document[Any, Any]) -> str:
    """The budget that a document's writes count in."""
    return document.budget or document.name


@frozen(kw_only=True)
class Made:
    """The result of an attempt that did not raise."""

    receipt: Receipt
    entry: Entry | None = None
    """What a read-back would confirm; None if there is nothing to confirm."""
    prior: RestorePoint | None = None
    """What there was to restore before."""
    lost: OpenPowerError | None = None
    """Why a call did not succeed; None if the vendor accepted all."""


@frozen(kw_only=True)
class Proposal:
    """What would be sent."""

    view: View
    document: Any
    wanted: Mapping[str, Any]
    """All of its fields."""
    changed: Mapping[str, Any]
    """Those that have to be sent."""
    lasting: Mapping[str, Any]
    """What a lasting change makes of what lies beneath a command."""
    receipt: Receipt
    until: datetime | None = None
    """When the command ends, by itself or by a release."""


class Attempt:
    """Carries one request through the pipeline; made anew for each.

    Args:
        document: the document to change.
        request: who asks for what.
        desired: the desired state; a release has none.
        attended: whether something will release it when that is due.
        undo: the write to take back.
    """

    def __init__(
        self,
        document: Document[Any, Any],
        request: WriteRequest,
        desired: Any = None,
        *,
        attended: bool = False,
        undo: Entry | None = None,
    ) -> None:
        self._document = document
        self._request = request
        self._desired = desired
        self._attended = attended
        self._undo = undo
        self._store = request.store
        self._clock = request.context.clock
        self._lease: tuple[str, Holder] | None = None

    def rehearse(self) -> Made:
        """Go as far as the guards, and return the plan."""
        request, document, store = self._request, self._document, self._store
        known = stored(store, lambda: store.remembered(request.box, document.name, budget_of(document)))
        if request.kind is Kind.RELEASE and known.point is None:
            return Made(receipt=self._nothing_to_release(known))
        view = self._look(known, patient=False)
        proposal = self._propose(view)
        if not proposal.changed:
            return Made(receipt=self._unchanged(proposal))
        receipt = self._guarded(proposal)
        if not request.kind.restores:
            retry_at = stored(
                store, store.allowed_at, request.box, budget_of(document), document.limits, self._clock.now()
            )
            receipt = attrs.evolve(receipt, retry_at=retry_at)
        if view.status is Status.UNCLEAR:
            receipt = attrs.evolve(receipt, note=with_note(receipt, "An earlier write is not settled yet."))
        return Made(receipt=receipt)

    def make(self, lease: Holder, known: Remembered) -> Made:
        """Send the plan, unless it is unnecessary, refused, or over the budget."""
        request, waited = self._request, False
        self._lease = (request.box, lease)
        if request.kind is Kind.RELEASE and known.point is None:
            return Made(receipt=self._nothing_to_release(known))
        while True:
            proposal = self._propose(self._look(known, patient=True))
            if not proposal.changed:
                return self._leave(proposal)
            receipt = self._asked(proposal)
            calls = self._calls(proposal)
            entry, point = self._intent(proposal)
            line = request.audit_line(receipt, "sending")
            limits = None if request.kind.restores else self._document.limits
            try:
                retry_at = stored(self._store, self._store.begin, entry, point, lease, line, limits)
            except LookupError as error:
                raise request.suspended(error) from error
            if retry_at is None:
                return self._send(proposal, calls, entry, receipt)
            pause = retry_at - self._clock.now()
            if waited or pause > self._document.limits.patience:
                raise self._delayed(receipt, retry_at)
            # After waiting, the reading is old: read again, and ask the guards again.
            waited = True
            self._clock.sleep(pause.total_seconds())

    # What the vendor has, and what it should have.

    def _look(self, known: Remembered, *, patient: bool) -> View:
        """Read, and judge our last write by what was read.

        Args:
            known: what is remembered.
            patient: wait while the result is still open; a dry run and a release do not.
        """
        document, last = self._document, known.last
        restoring = self._request.kind.restores
        self._current = document.read()
        read = self._fields(self._current)
        status = settling.judge(document, read, last, self._clock)
        if status is Status.UNCLEAR and last is not None and patient and not restoring:
            looks = Looks(document.limits, last.sent.age_s(self._clock), self._clock.monotonic(), None)
            while status is Status.UNCLEAR and looks.again(self._clock.monotonic()):
                self._clock.sleep(looks.pause(self._clock.monotonic()))
                self._current = document.read()
                read = self._fields(self._current)
                status = settling.judge(document, read, last, self._clock)
        point = known.point
        if last is not None:
            if status is Status.SHOWN and point is not None and point.entry == last.id:
                # What nobody saw so far, as after a crash, has come about.
                point = settling.seen(last.after if last.stage.is_open else point, last)
            last = settling.settled(last, status)
        return settling.view_of(document, read, last, point, status, restoring=restoring)

    def _propose(self, view: View) -> Proposal:
        request, document = self._request, self._document
        lasting: Mapping[str, Any] = {}
        until: datetime | None = None
        if request.kind is Kind.RELEASE:
            draft = Draft(document=self._with(view.beneath))
        elif self._undo is not None:
            draft = Draft(document=self._with(self._undone(view, self._undo)))
        else:
            beneath = self._with(view.beneath)
            desired, until = self._with_end()
            draft = document.plan(beneath, desired)
            if request.kind is Kind.COMMAND:
                draft = self._ended(draft, until)
                if self._holds_already(view):
                    draft = attrs.evolve(draft, document=self._with(view.has))
            else:
                lasting = self._fields(draft.document)
                draft = self._under_command(view, draft)
        wanted = self._fields(draft.document)
        if request.kind is Kind.RELEASE:
            view = settling.declined(view, wanted)
        changed = settling.changes(view, wanted)
        if view.doubtful and view.last is not None:
            changed |= {name: wanted[name] for name in view.last.wanted if name in wanted}
        return Proposal(
            view=view,
            document=draft.document,
            wanted=wanted,
            changed=changed,
            lasting=lasting,
            receipt=request.planned(draft, ()),
            until=until,
        )

    def _with_end(self) -> tuple[Any, datetime | None]:
        """What is desired, with the end that the device has to keep, and when it ends."""
        desired, asked = self._desired, self._request.command
        if asked is None:
            return desired, None
        if asked.until == UNTIL_RELEASED:
            return attrs.evolve(asked, until=None), None
        # AUTO is where a battery rests, and a command that says when it begins may do so much later.
        if asked.until is not None or asked.mode is BatteryMode.AUTO:
            return desired, asked.until
        until = max(self._clock.now(), asked.start or self._clock.now()) + self._request.context.default_duration
        if self._document.limits.ends is not End.DEVICE:
            return desired, until
        # Without an end, a target that is reached ends the command.
        return attrs.evolve(asked, until=until, then="hold" if asked.target_soc_pct is None else "release"), until

    def _ended(self, draft: Draft[Any], until: datetime | None) -> Draft[Any]:
        """The draft with the release that a command without an end needs where the device does not keep one."""
        asked = self._request.command
        if asked is None or asked.until is not None or self._document.limits.ends is End.DEVICE:
            return draft
        return attrs.evolve(draft, release_due=draft.release_due or until)

    def _holds_already(self, view: View) -> bool:
        """Whether the very same command holds, so that planning it again would only move its start."""
        active, asked = view.active, self._request.command
        if active is None or asked is None or view.doubtful or active.command != _plain(asked):
            return False
        half = self._request.context.default_duration / 2
        by_device = asked.until is None and active.due is None and active.until is not None
        if by_device and active.until is not None and active.until - self._clock.now() < half:
            return False  # the device has to be told a later end
        return all(
            self._document.same(name, view.has.get(name), owned.wrote[0]) is not False
            for name, owned in active.fields.items()
        )

    def _under_command(self, view: View, draft: Draft[Any]) -> Draft[Any]:
        """A lasting change with the command that holds planned over it again."""
        active = view.active
        if self._request.kind is not Kind.SETTING or active is None:
            return draft
        try:
            if active.command is None:
                return attrs.evolve(draft, document=self._document.plan(self._with(view.has), self._desired).document)
            command = structure(BatteryCommand, active.command)
            if command.until in (None, UNTIL_RELEASED):
                command = attrs.evolve(command, until=active.until)
            again = self._document.plan(draft.document, command)
        except OpenPowerError:  # the command cannot be planned any more, as after its end
            again = self._document.plan(self._with(view.has), self._desired)
        return attrs.evolve(draft, document=again.document)

    def _undone(self, view: View, undo: Entry) -> dict[str, Any]:
        same = self._document.same
        taken = {
            name: undo.before.get(name)
            for name, wrote in undo.wanted.items()
            if same(name, view.has.get(name), wrote) is not False
        }
        return {**view.has, **taken}

    # Before it is sent.

    def _calls(self, proposal: Proposal) -> Sequence[PlannedCall]:
        """The calls for what differs from what the vendor has, or may have."""
        view, has = proposal.view, proposal.view.has
        if view.doubtful and view.last is not None:
            has = {**has, **view.last.before}
        return self._document.writes(proposal.document, self._with(has))

    def _guarded(self, proposal: Proposal) -> Receipt:
        """The receipt of the plan, once the guards have agreed."""
        request = self._request
        calls = tuple(call.call for call in self._calls(proposal))
        receipt = request.check_end(attrs.evolve(proposal.receipt, calls=calls), attended=self._attended)
        draft = Draft(document=proposal.document)
        plan = request.plan(self._document.name, self._desired, self._with(proposal.view.has), draft, receipt)
        request.ask_guards(plan, receipt)
        return receipt

    def _asked(self, proposal: Proposal) -> Receipt:
        try:
            return self._guarded(proposal)
        except Veto as veto:
            if veto.receipt is not None:
                line = self._request.audit_line(veto.receipt, "vetoed", error=veto)
                stored(self._store, self._store.record, line=line)
            raise

    def _delayed(self, receipt: Receipt, retry_at: datetime) -> OpenPowerError:
        error = self._request.delayed(receipt, retry_at)
        line = self._request.audit_line(receipt, WriteState.HELD, error=error)
        stored(self._store, self._store.record, line=line)
        return error

    def _intent(self, proposal: Proposal) -> tuple[Entry, RestorePoint | None]:
        """The entry, and the restore point from before the first byte on; both are recorded before anything is sent."""
        document, view = self._document, proposal.view
        unreadable = {name: value for name, value in proposal.wanted.items() if name in document.unreadable}
        wanted = {**unreadable, **proposal.changed}
        point, after = self._points(proposal)
        entry = self._request.entry(
            document.name,
            budget_of(document),
            proposal.receipt,
            before={name: view.has.get(name) for name in wanted},
            wanted=wanted,
            unproven=tuple(name for name, value in wanted.items() if document.same(name, view.read.get(name), value)),
            after=after,
        )
        return entry, point

    def _points(self, proposal: Proposal) -> tuple[RestorePoint | None, RestorePoint | None]:
        """What there is to restore while it is under way, and once it was applied."""
        request, view, now = self._request, proposal.view, Sent.now(self._clock)
        prior = view.point
        if request.kind.restores:
            assert prior is not None  # noqa: S101  (there is something to restore)
            point = attrs.evolve(prior, entry=request.id, sent=now)
            # The release itself has to be seen, too.
            look_again = now.at + self._document.limits.settle_timeout
            if request.kind is Kind.RELEASE:
                return point, attrs.evolve(point, active=False, due=look_again)
            return point, point
        fields = settling.taken(view, proposal.changed)
        if request.kind is Kind.COMMAND:
            point = self._command_point(proposal, fields, now)
            return point, point
        if view.active is not None:
            point = attrs.evolve(view.active, fields=fields, entry=request.id, sent=now)
        else:
            point = self._new_point(fields, now, active=False)
        return point, self._kept(point, proposal)

    def _kept(self, point: RestorePoint, proposal: Proposal) -> RestorePoint | None:
        again = self._clock.now() + self._document.limits.settle_timeout
        return settling.kept(point, proposal.lasting, proposal.wanted, again)

    def _new_point(self, fields: Mapping[str, Any], now: Sent, **of_command: Any) -> RestorePoint:
        request = self._request
        return RestorePoint(
            fields=fields,
            entry=request.id,
            operation=request.operation,
            role=role_of(request.info),
            at=now.at,
            sent=now,
            **of_command,
        )

    def _command_point(self, proposal: Proposal, fields: Mapping[str, Any], now: Sent) -> RestorePoint:
        receipt, asked = proposal.receipt, self._request.command
        return self._new_point(
            fields,
            now,
            command=None if asked is None else _plain(asked),
            until=proposal.until,
            due=receipt.release_due,
            recurs_at=receipt.recurs_at,
        )

    # What needs no sending.

    def _nothing_to_release(self, known: Remembered) -> Receipt:
        note = "Nothing is commanded, so there is nothing to release."
        last = known.last
        if last is not None and last.operation == RELEASE and last.stage is not Stage.REJECTED:
            note = f"It was released at {last.sent.at:%Y-%m-%d %H:%M} UTC."
        return attrs.evolve(self._request.receipt(WriteState.UNCHANGED), note=note)

    def _unchanged(self, proposal: Proposal) -> Receipt:
        view, receipt = proposal.view, proposal.receipt
        if self._request.kind is Kind.RELEASE:
            return attrs.evolve(receipt, state=WriteState.UNCHANGED, note=self._release_note(view))
        if view.status is Status.PENDING and view.last is not None:
            note = f"The same was accepted at {view.last.sent.at:%H:%M:%S} UTC and does not show yet."
            receipt = attrs.evolve(receipt, note=with_note(receipt, note))
        return attrs.evolve(receipt, state=WriteState.UNCHANGED)

    def _release_note(self, view: View) -> str:
        left = settling.closed(view, self._clock, self._document.limits)
        notes: list[str] = []
        if view.left and view.point is not None:
            since = f"{view.point.at:%Y-%m-%d %H:%M} UTC"
            notes.append(
                f"Something else has changed the {self._document.name} since {since} ({', '.join(sorted(view.left))}), "
                "so nothing of that was changed."
            )
        if left is None:
            return " ".join(notes) or "What was there before has been restored already."
        if view.shown and view.last is not None:
            notes.append(f"The release was accepted at {view.last.sent.at:%H:%M:%S} UTC and does not show yet.")
        else:
            minutes = self._document.limits.settle_timeout.total_seconds() / 60
            notes.append(
                f"What was there before is there; a late write may show until {minutes:.0f} minutes after it was sent."
            )
        return " ".join(notes)

    def _leave(self, proposal: Proposal) -> Made:
        """Send nothing; what is to be restored, and when, may still change."""
        request, view, document = self._request, proposal.view, self._document
        receipt = self._unchanged(proposal)
        box = (request.box, document.name)
        if request.kind is Kind.RELEASE:
            line = request.audit_line(receipt, receipt.state)
            stored(self._store, self._store.record, of=box, change=self._closing(view), line=line, lease=self._lease)
            return Made(receipt=receipt)
        point = self._still(proposal)
        if point != view.point or (view.last is not None and view.status is Status.SHOWN):
            stored(self._store, self._store.record, view.last, of=box, change=lambda _: point, lease=self._lease)
        if point is not None and request.kind is Kind.COMMAND:
            receipt = attrs.evolve(receipt, release_due=point.due)
            request.check_end(receipt, attended=self._attended)
        pending = view.last if view.status is Status.PENDING else None
        return Made(receipt=receipt, entry=pending)

    def _still(self, proposal: Proposal) -> RestorePoint | None:
        """The restore point after a request that the vendor fulfils already."""
        view, kind = proposal.view, self._request.kind
        active = view.active
        if active is None:
            return view.point
        if kind is Kind.COMMAND:
            # The same state for another time: only its end moves.
            made = self._command_point(proposal, active.fields, active.sent)
            return attrs.evolve(made, entry=active.entry, at=active.at)
        return self._kept(active, proposal)

    def _closing(self, view: View) -> Change:
        """Ends what was read back as before, and looks again later at what may still show."""
        left = settling.closed(view, self._clock, self._document.limits)
        if left is not None:
            left = attrs.evolve(left, active=False, due=self._clock.now() + self._document.limits.settle_timeout)
        entry = None if view.point is None else view.point.entry
        return lambda point: left if point is not None and point.entry == entry else point

    # Sending.

    def _send(self, proposal: Proposal, calls: Sequence[PlannedCall], entry: Entry, receipt: Receipt) -> Made:
        error, fates = self._send_each(calls)
        made = tuple(attrs.evolve(call.call, fate=fate) for call, fate in zip(calls, fates, strict=True))
        receipt = attrs.evolve(receipt, calls=made)
        prior = proposal.view.point
        if error is not None:
            return self._ended_badly(error, entry, receipt, prior)
        receipt = attrs.evolve(receipt, state=WriteState.ACCEPTED)
        entry = attrs.evolve(entry, stage=Stage.ACCEPTED, answered=True, sent=Sent.now(self._clock))
        line = self._request.audit_line(receipt, receipt.state)
        self._record(entry, change=applied(entry), line=line)
        return Made(receipt=receipt, entry=entry, prior=prior)

    def _send_each(self, calls: Sequence[PlannedCall]) -> tuple[OpenPowerError | None, list[CallFate]]:
        """Send each call once, and none after one that did not succeed."""
        fates: list[CallFate] = []
        for call in calls:
            try:
                call.send()
            except Exception as raised:  # noqa: BLE001 - what is not ours says nothing about the write
                # Anything else, such as a cancellation, leaves the intent: the next writer settles it by reading.
                error = to_openpower_error(raised, **self._request.error_context())
                fates.append(settling.fate_of(error))
                return error, fates + [CallFate.NOT_SENT] * (len(calls) - len(fates))
            fates.append(CallFate.ACCEPTED)
        return None, fates

    def _ended_badly(self, error: OpenPowerError, entry: Entry, receipt: Receipt, prior: RestorePoint | None) -> Made:
        request = self._request
        fates = [call.fate for call in receipt.calls]
        left = any(fate is not CallFate.NOT_SENT for fate in fates)
        # Of several calls, one may have been taken: only reading shows.
        if left and (len(fates) > 1 or CallFate.UNKNOWN in fates):
            receipt = attrs.evolve(receipt, state=WriteState.UNVERIFIABLE)
            line = request.audit_line(receipt, "unanswered", error=error)
            self._record(line=line)
            return Made(receipt=receipt, entry=entry, prior=prior, lost=error)
        receipt = attrs.evolve(receipt, state=WriteState.NOT_APPLIED if left else WriteState.PLANNED)
        line = request.audit_line(receipt, "refused" if left else "not sent", error=error)
        entry = attrs.evolve(entry, stage=Stage.REJECTED)
        # The vendor has seen a refused write, so it counts in the budget; one that never left does not.
        again = self._clock.now() + self._document.limits.settle_timeout
        change = reverted(entry.id, prior, again) if left else unsent(entry.id, prior)
        self._record(entry, change=change, line=line, counts=left)
        if not left or not settling.is_refusal(error):
            raise error
        request.publish(receipt)
        raise request.rejected(error, receipt) from error

    def _record(self, *arguments: Any, **keywords: Any) -> None:
        """Record what became of what was sent, and return the lease in the same transaction."""
        try:
            stored(self._store, self._store.record, *arguments, lease=self._lease, **keywords)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{error.message} The write had been sent by then; its result is not recorded.",
                hint=error.hint,
                **self._request.error_context(),
            ) from error

    def _fields(self, document: Any) -> dict[str, Any]:
        return plain_fields(self._document, document)

    def _with(self, fields: Mapping[str, Any]) -> Any:
        """What was read, with other values in some fields."""
        return with_fields(self._document, self._current, fields)


def _plain(value: Any) -> Any:
    """A value as JSON gives it back, so that it compares with what is remembered."""
    return json.loads(as_text(unstructure(value)))


def plain_fields(document: Document[Any, Any], current: Any) -> dict[str, Any]:
    """The fields of a document as JSON gives them back."""
    fields: dict[str, Any] = json.loads(as_text(document.fields(current)))
    return fields


def with_fields(document: Document[Any, Any], current: Any, fields: Mapping[str, Any]) -> Any:
    """A document with other values in some fields; the very same one if none differs."""
    now = plain_fields(document, current)
    other = {name: value for name, value in fields.items() if name not in now or now[name] != value}
    return document.with_fields(current, other) if other else current


def applied(entry: Entry) -> Change:
    """What there is to restore once a write was accepted."""
    return lambda point: entry.after if point is not None and point.entry == entry.id else point


def reverted(id: str, prior: RestorePoint | None, again: datetime) -> Change:  # noqa: A002
    """What there is to restore after a write that was not applied: the command before it holds again.

    What it would have set stays owned until a release has read it: a refusal is words, not evidence.

    Args:
        id: the id of the write.
        prior: what there was to restore before it.
        again: when to look again if there was nothing.
    """

    def change(point: RestorePoint | None) -> RestorePoint | None:
        if point is None or point.entry != id:
            return point
        if prior is None:
            return attrs.evolve(point, active=False, due=again, recurs_at=None)
        return attrs.evolve(prior, fields=point.fields, entry=point.entry, sent=point.sent)

    return change


def unsent(id: str, prior: RestorePoint | None) -> Change:  # noqa: A002
    """What there is to restore after a write that never left: what there was before."""
    return lambda point: prior if point is not None and point.entry == id else point
