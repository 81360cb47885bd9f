"""One write, in the order that the package describes, from the fresh read to the vendor's answers, under the box's lock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

import attrs
from attrs import frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.errors import ConfigurationError, OpenPowerError, Timeout, Veto, to_openpower_error
from openpower_core.secrets import mask
from openpower_core.waiting import ato_thread
from openpower_core.write import settling
from openpower_core.write._async_document import AsyncDocument, AsyncPlannedCall
from openpower_core.write.proposal import Planning, Proposal, budget_of
from openpower_core.write.request import WriteRequest, with_note
from openpower_core.write.settling import Kind, Looks, Status, View
from openpower_core.write.store import (
    Change,
    Entry,
    Holder,
    Remembered,
    RestorePoint,
    Sent,
    Stage,
    WriteLock,
    WriteStore,
    of_write,
)
from openpower_core.writes import CallFate, Draft, Receipt, WriteState

T = TypeVar("T")
P = ParamSpec("P")

PATIENCE: Final = timedelta(minutes=2)
"""How much longer than the vendor's longest known delay to wait for another writer; sends of up to 120 s are known."""

POLL_S: Final = 0.2


async def stored(store: WriteStore, call: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Call a method of the store; one that keeps a file may wait for other processes, and must not block an event loop."""
    if not store.durable:
        return call(*arguments, **keywords)
    return await ato_thread(partial(call, *arguments, **keywords))


@asynccontextmanager
async def only_writer(
    request: WriteRequest, document: str, budget: str, limits: WriteLimits
) -> AsyncGenerator[tuple[Holder, Remembered]]:
    """Wait for the lock of the box, in this process and among all processes of the same state folder.

    The current holder may have to wait for an unanswered write to settle, so we wait that much longer.
    """
    patience = PATIENCE + limits.settle_timeout
    # Stores that share their memory share the lock.
    box = await stored(request.store, request.store.box, request.info)
    async with WriteLock(f"{request.store.identity}|{box}", timeout=patience.total_seconds()):
        lease, known = await _lease(request, document, budget, patience)
        try:
            yield lease, known
        except BaseException:
            # A state folder that is damaged now must not replace an error that says what was sent.
            with suppress(ConfigurationError):
                await stored(request.store, request.store.give_back, box, lease)
            raise
        await stored(request.store, request.store.give_back, box, lease)


async def _lease(request: WriteRequest, document: str, budget: str, patience: timedelta) -> tuple[Holder, Remembered]:
    clock, store = request.context.clock, request.store
    give_up = clock.monotonic() + patience.total_seconds()
    while True:
        lease, known = await stored(store, store.acquire, request.box, document, budget, clock.now())
        if known is not None:
            return lease, known
        if clock.monotonic() >= give_up:
            raise Timeout(
                f"another process (id {lease.pid}) has been writing to {mask(request.info.id)} for "
                f"{patience.total_seconds():.0f} s; nothing was sent.",
                hint=f"Stop it; if it has stopped already, its lease expires at {request.local(lease.expires_at)}.",
                **request.error_context(),
            )
        await clock.asleep(POLL_S)


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


class AsyncAttempt(Planning):
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
        document: AsyncDocument[Any, Any],
        request: WriteRequest,
        desired: Any = None,
        *,
        attended: bool = False,
        undo: Entry | None = None,
    ) -> None:
        super().__init__(document, request, desired, undo)
        self._document: AsyncDocument[Any, Any] = document
        self._attended = attended
        self._store = request.store
        self._lease: tuple[str, Holder] | None = None

    async def rehearse(self) -> Made:
        """Go as far as the guards, and return the plan."""
        request, document, store = self._request, self._document, self._store
        known = await stored(store, lambda: store.remembered(request.box, document.name, budget_of(document)))
        if request.kind is Kind.RELEASE and known.point is None:
            return Made(receipt=self._nothing_to_release(known))
        view = await self._look(known, patient=False)
        proposal = self._propose(view)
        if not proposal.changed:
            return Made(receipt=self._unchanged(proposal))
        receipt = self._guarded(proposal, self._calls(proposal))
        if not request.kind.restores:
            retry_at = await stored(
                store, store.allowed_at, request.box, budget_of(document), document.limits, self._clock.now()
            )
            receipt = attrs.evolve(receipt, retry_at=retry_at)
        if view.status is Status.UNCLEAR:
            receipt = attrs.evolve(receipt, note=with_note(receipt, "An earlier write is not settled yet."))
        return Made(receipt=receipt)

    async def make(self, lease: Holder, known: Remembered) -> Made:
        """Send the plan, unless it is unnecessary, refused, or over the budget."""
        request, waited = self._request, False
        self._lease = (request.box, lease)
        if request.kind is Kind.RELEASE and known.point is None:
            return Made(receipt=self._nothing_to_release(known))
        while True:
            proposal = self._propose(await self._look(known, patient=True))
            if not proposal.changed:
                return await self._leave(proposal)
            calls = self._calls(proposal)
            receipt = await self._asked(proposal, calls)
            entry, point = self._intent(proposal)
            line = request.audit_line(receipt, "sending")
            limits = None if request.kind.restores else self._document.limits
            try:
                retry_at = await stored(self._store, self._store.begin, entry, point, lease, line, limits)
            except LookupError as error:
                raise request.suspended(error) from error
            if retry_at is None:
                return await self._send(proposal, calls, entry, receipt)
            pause = retry_at - self._clock.now()
            if waited or pause > self._document.limits.patience:
                raise await self._delayed(receipt, retry_at)
            # After waiting, the reading is old: read again, and ask the guards again.
            waited = True
            await self._clock.asleep(pause.total_seconds())

    async def _look(self, known: Remembered, *, patient: bool) -> View:
        """Read, and judge our last write by what was read.

        Args:
            known: what is remembered.
            patient: wait while the result is still open; a dry run and a release do not.
        """
        document, last = self._document, known.last
        restoring = self._request.kind.restores
        status = await self._judged(last)
        if status is Status.UNCLEAR and last is not None and patient and not restoring:
            looks = Looks(document.limits, last.sent.age_s(self._clock), self._clock.monotonic(), None)
            while status is Status.UNCLEAR and looks.again(self._clock.monotonic()):
                await self._clock.asleep(looks.pause(self._clock.monotonic()))
                status = await self._judged(last)
        point = known.point
        if last is not None:
            if status is Status.SHOWN and point is not None and point.entry == last.id:
                # What nobody saw so far, as after a crash, has come about.
                point = settling.seen(last.after if last.stage.is_open else point, last)
            last = settling.settled(last, status)
        return settling.view_of(document, self._read, last, point, status, restoring=restoring)

    async def _judged(self, last: Entry | None) -> Status:
        """Read, and judge our last write by that."""
        self._current = await self._document.read()
        self._read = self._fields(self._current)
        return settling.judge(self._document, self._read, last, self._clock)

    # Before it is sent.

    def _calls(self, proposal: Proposal) -> Sequence[AsyncPlannedCall]:
        """The calls for what differs from what the vendor has, or may have."""
        view, has = proposal.view, proposal.view.has
        if view.doubtful and view.last is not None:
            has = {**has, **view.last.before}
        return self._document.writes(proposal.document, self._with(has))

    def _guarded(self, proposal: Proposal, calls: Sequence[AsyncPlannedCall]) -> Receipt:
        """The receipt of the plan, once the guards have agreed."""
        request = self._request
        named = attrs.evolve(proposal.receipt, calls=tuple(call.call for call in calls))
        receipt = request.check_end(named, attended=self._attended)
        draft = Draft(document=proposal.document)
        plan = request.plan(self._document.name, self._desired, self._with(proposal.view.has), draft, receipt)
        request.ask_guards(plan, receipt)
        return receipt

    async def _asked(self, proposal: Proposal, calls: Sequence[AsyncPlannedCall]) -> Receipt:
        try:
            return self._guarded(proposal, calls)
        except Veto as veto:
            if veto.receipt is not None:
                line = self._request.audit_line(veto.receipt, "vetoed", error=veto)
                await stored(self._store, self._store.record, line=line)
            raise

    async def _delayed(self, receipt: Receipt, retry_at: datetime) -> OpenPowerError:
        error = self._request.delayed(receipt, retry_at)
        line = self._request.audit_line(receipt, WriteState.HELD, error=error)
        await stored(self._store, self._store.record, line=line)
        return error

    # What needs no sending.

    async def _leave(self, proposal: Proposal) -> Made:
        """Send nothing; what is to be restored, and when, may still change."""
        request, view, document = self._request, proposal.view, self._document
        receipt = self._unchanged(proposal)
        box = (request.box, document.name)
        last = view.last if view.status is Status.SHOWN else None
        if request.kind is Kind.RELEASE:
            change, line = self._closing(view), request.audit_line(receipt, receipt.state)
            await stored(self._store, self._store.record, last, of=box, change=change, line=line, lease=self._lease)
            return Made(receipt=receipt)
        point = self._still(proposal)
        if point != view.point or last is not None:
            await stored(self._store, self._store.record, view.last, of=box, change=lambda _: point, lease=self._lease)
        if point is not None and request.kind is Kind.COMMAND:
            receipt = attrs.evolve(receipt, release_due=point.due)
            request.check_end(receipt, attended=self._attended)
        pending = view.last if view.status is Status.PENDING else None
        return Made(receipt=receipt, entry=pending)

    # Sending.

    async def _send(
        self, proposal: Proposal, calls: Sequence[AsyncPlannedCall], entry: Entry, receipt: Receipt
    ) -> Made:
        error, fates = await self._send_all(calls)
        made = tuple(attrs.evolve(call.call, fate=fate) for call, fate in zip(calls, fates, strict=True))
        receipt = attrs.evolve(receipt, calls=made)
        prior = proposal.view.point
        if error is not None:
            return await self._ended_badly(error, entry, receipt, prior)
        receipt = attrs.evolve(receipt, state=WriteState.ACCEPTED)
        entry = attrs.evolve(entry, stage=Stage.ACCEPTED, answered=True, sent=Sent.now(self._clock))
        line = self._request.audit_line(receipt, receipt.state)
        await self._record(entry, change=applied(entry), line=line, left=True)
        return Made(receipt=receipt, entry=entry, prior=prior)

    async def _send_all(self, calls: Sequence[AsyncPlannedCall]) -> tuple[OpenPowerError | None, list[CallFate]]:
        """Send each call once, and none after one that did not succeed."""
        fates: list[CallFate] = []
        for call in calls:
            try:
                await call.send()
            except Exception as raised:  # noqa: BLE001 - what is not ours says nothing about the write
                # Anything else, such as a cancellation, leaves the intent: the next writer settles it by reading.
                error = to_openpower_error(raised, **self._request.error_context())
                fates.append(settling.fate_of(error))
                return error, fates + [CallFate.NOT_SENT] * (len(calls) - len(fates))
            fates.append(CallFate.ACCEPTED)
        return None, fates

    async def _ended_badly(
        self, error: OpenPowerError, entry: Entry, receipt: Receipt, prior: RestorePoint | None
    ) -> Made:
        request = self._request
        fates = [call.fate for call in receipt.calls]
        left = any(fate is not CallFate.NOT_SENT for fate in fates)
        # Of several calls, one may have been taken: only reading shows.
        if left and (len(fates) > 1 or CallFate.UNKNOWN in fates):
            receipt = attrs.evolve(receipt, state=WriteState.UNVERIFIABLE)
            line = request.audit_line(receipt, "unanswered", error=error)
            await self._record(line=line, left=True)
            return Made(receipt=receipt, entry=entry, prior=prior, lost=error)
        receipt = attrs.evolve(receipt, state=WriteState.NOT_APPLIED if left else WriteState.PLANNED)
        line = request.audit_line(receipt, "refused" if left else "not sent", error=error)
        entry = attrs.evolve(entry, stage=Stage.REJECTED)
        # The vendor has seen a refused write, so it counts in the budget; one that never left does not.
        again = self._clock.now() + self._document.limits.settle_timeout
        change = reverted(entry.id, prior, again) if left else unsent(entry.id, prior)
        await self._record(entry, change=change, line=line, counts=left, left=left)
        if not left or not settling.is_refusal(error):
            raise error
        request.publish(receipt)
        raise request.rejected(error, receipt) from error

    async def _record(self, *arguments: Any, left: bool, **keywords: Any) -> None:
        """Record what became of a write, and return the lease in the same transaction.

        Args:
            arguments: as for the store's ``record``.
            left: whether it may have left this machine.
            keywords: as for the store's ``record``.
        """
        try:
            await stored(self._store, self._store.record, *arguments, lease=self._lease, **keywords)
        except ConfigurationError as error:
            raise self._request.unrecorded(error, sent=left) from error


def applied(entry: Entry) -> Change:
    """What there is to restore once a write was accepted."""
    return of_write(entry.id, lambda _: entry.after)


def reverted(id: str, prior: RestorePoint | None, again: datetime) -> Change:  # noqa: A002
    """What there is to restore after a write that was not applied: the command before it holds again.

    What it would have set stays owned until a release has read it: a refusal is words, not evidence.

    Args:
        id: the id of the write.
        prior: what there was to restore before it.
        again: when to look again if there was nothing.
    """

    def change(point: RestorePoint) -> RestorePoint:
        if prior is None:
            return attrs.evolve(point, active=False, due=again, recurs_at=None)
        return attrs.evolve(prior, fields=point.fields, entry=point.entry, sent=point.sent)

    return of_write(id, change)


def unsent(id: str, prior: RestorePoint | None) -> Change:  # noqa: A002
    """What there is to restore after a write that never left: what there was before."""
    return of_write(id, lambda _: prior)
