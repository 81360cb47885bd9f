"""The writer: what devices call to change something, to confirm a change and to release it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from openpower_core._error import refused
from openpower_core.checks import Span, choice, flag, renamed, span
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.connection.context import DEFAULT_DURATION
from openpower_core.control import BatteryCommand, Schedule
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import (
    ConfigurationError,
    ConnectionClosed,
    InvalidValue,
    OpenPowerError,
    RequestError,
    WriteNotConfirmed,
    to_openpower_error,
)
from openpower_core.limits import unlimited
from openpower_core.secrets import mask
from openpower_core.write._async_attempt import PATIENCE, AsyncAttempt, Made, only_writer, reverted, stored
from openpower_core.write._async_document import AsyncDocument
from openpower_core.write._async_native import AsyncNativeGate
from openpower_core.write._async_readback import read_back
from openpower_core.write._async_release import AsyncReleaser
from openpower_core.write.proposal import budget_of
from openpower_core.write.request import NO_HOOKS, WriteContext, WriteHooks, WriteRequest, role_of, with_note
from openpower_core.write.settling import Kind, combined, is_refusal
from openpower_core.write.sqlite import MemoryStore, store_for
from openpower_core.write.store import RELEASE, UNDO, RestorePoint, WriteStore, holder
from openpower_core.writes import ActiveCommand, Confirm, Receipt, WriteState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openpower_core.connection.context import Context


class AsyncWriter:
    """Writes documents to the vendor, one at a time per box; one writer per connection.

    Args:
        store: where writes are remembered; by default in this writer's memory.
        clock: for the time and for waiting.
        hooks: asked before a write, and informed after it.
        releases: whether it releases what is due while it is open; by default if the store outlives the
            process, so that the next connection can take over.
        at_once: whether it also releases what an earlier process left, as soon as a device is known, and not only once
            this one has written something.
        default_duration: how long a battery command without an end lasts.
    """

    def __init__(
        self,
        store: WriteStore | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        hooks: WriteHooks = NO_HOOKS,
        releases: bool | None = None,
        at_once: bool = True,
        default_duration: timedelta = DEFAULT_DURATION,
    ) -> None:
        store = MemoryStore() if store is None else store
        self._context = WriteContext(store=store, clock=clock, hooks=hooks, default_duration=default_duration)
        self._documents: dict[tuple[str, str], AsyncDocument[Any, Any]] = {}
        self._releaser = AsyncReleaser(self._context, self._release_one)
        self.releases: bool = store.durable if releases is None else releases
        self._looks = at_once
        self._closed = False
        self._supervises: tuple[set[str], float] | None = None
        """The boxes that this process said it supervises, and when, on the monotonic clock."""
        self.native = AsyncNativeGate(self._context)
        """The pipeline of native methods that write."""

    @classmethod
    def over(cls, context: Context) -> AsyncWriter:
        """The writer of a connection: its store (or state folder, or shared memory), clock and hooks."""
        return cls(
            store_for(context),
            clock=context.clock,
            hooks=context.hooks,
            # A program that only reads sends nothing, unless it names the folder that it is responsible for.
            at_once=context.state_dir is not None or context.store is not None,
            default_duration=context.default_duration,
        )

    @property
    def default_duration(self) -> timedelta:
        """How long a battery command without an end lasts."""
        return self._context.default_duration

    @property
    def store(self) -> WriteStore:
        """Where writes are remembered; its ``audit()`` lists them."""
        return self._context.store

    def adopt(
        self, info: DeviceInfo, *documents: AsyncDocument[Any, Any], read: Callable[[], Awaitable[Any]] | None = None
    ) -> None:
        """Add the documents of a new device.

        Receipts and restore points of an earlier process refer to documents by name: without this, they
        could be neither confirmed nor released.

        Args:
            info: the device.
            documents: what can be written of it.
            read: reads the battery, so that a command ends when its target is reached.
        """
        fresh = [each for each in documents if self._documents.get((info.id, each.name)) is not each]
        for document in fresh:
            self._documents[info.id, document.name] = document
            self._releaser.adopt(info, document, read)
        if fresh and self.releases and self._looks:
            self._releaser.look()

    @renamed("wish", "desired")
    async def write(
        self,
        info: DeviceInfo,
        document: AsyncDocument[Any, Any],
        desired: Any,
        *,
        operation: str,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        restorable: bool = False,
        unattended: bool = False,
    ) -> Receipt:
        """Make a change at the vendor.

        Args:
            info: the device.
            document: what to change, and how to read and send it.
            desired: what the document's ``plan`` understands.
            operation: openpower's name for it: ``"command"``, ``"set_schedule"`` …
            dry_run: read and plan, but send nothing.
            confirm: return once the vendor accepted it, or once reading back showed it.
            restorable: whether :meth:`release` restores what was there before; True for commands.
            unattended: accept that nothing releases it where the device does not end it by itself.

        Raises:
            Veto: a guard refused it.
            WriteBudgetExhausted: the budget does not allow it yet.
            WriteRejected: the vendor refused it.
            WriteNotConfirmed: it was not applied, which was to be confirmed, or the vendor's response was lost.
        """
        self.adopt(info, document)
        request = WriteRequest.new(
            info,
            operation,
            self._context,
            dry_run=flag(dry_run, "dry_run"),
            unattended=flag(unattended, "unattended"),
            kind=_kind(operation, desired, restorable=restorable),
            command=desired if isinstance(desired, BatteryCommand) else None,
        )
        return await self._run(document, request, desired, _checked(confirm))

    async def release(
        self,
        info: DeviceInfo,
        *documents: AsyncDocument[Any, Any],
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Put back what was there before our commands: every field that still holds what we wrote.

        What somebody else has changed since stays as it is, and the receipt's note says so. Where nothing is commanded,
        nothing is read or sent. No budget, pace or rate limit of ours stops a release.

        Args:
            info: the device.
            documents: those that commands write to; by default all of the device.
            dry_run: report what would be done.
            confirm: as for :meth:`write`.
        """
        dry_run, confirm = flag(dry_run, "dry_run"), _checked(confirm)
        self.adopt(info, *documents)
        known = documents or [document for (id_, _), document in self._documents.items() if id_ == info.id]
        points = await self._points(info)
        chosen = [document for document in known if document.name in points] or known[:1]
        if not chosen:
            request = WriteRequest.new(info, RELEASE, self._context)
            note = "Nothing is commanded, so there is nothing to release."
            return attrs.evolve(request.receipt(WriteState.UNCHANGED), note=note)
        try:
            receipts = [await self._release(info, each, dry_run=dry_run, confirm=confirm) for each in chosen]
        finally:
            if points and not dry_run:
                self._watch(more=True)  # whether it shows
        return combined(receipts)

    async def discard(self, info: DeviceInfo) -> int:
        """Forget the device's restore points: what it holds stays; returns how many there were."""
        points = await self._points(info)
        request = WriteRequest.new(info, "discard_restore_point", self._context)
        for name in points:
            line = request.audit_line(request.receipt(WriteState.UNCHANGED), "discarded")
            await stored(self.store, self.store.record, of=(request.box, name), change=lambda _: None, line=line)
        return len(points)

    async def active_command(self, info: DeviceInfo) -> ActiveCommand | None:
        """The device's command that :meth:`release` would end; None if nothing is remembered.

        It asks the memory or the state folder, never the vendor: whether the device still obeys the command,
        or somebody has changed it since, shows when it is released.
        """
        points = [point for point in (await self._points(info)).values() if point.active]
        # Several documents may hold a command; the newest one is what the device obeys.
        newest = max(points, key=lambda point: point.at, default=None)
        return None if newest is None else newest.command_at(self._context.clock.now(), info.id)

    async def _points(self, info: DeviceInfo) -> dict[str, RestorePoint]:
        """The restore points of a device by document."""
        store, role = self.store, role_of(info)
        found = await stored(store, lambda: store.points([store.box(info)]))
        return {document: point for _, document, point in found if point.role == role}

    async def release_due(self) -> list[Receipt]:
        """Release everything that is due now; see :meth:`adopt` for what is known.

        An open connection with a state folder does so by itself. This is for connections without one, and for
        manual clocks.
        """
        return await self._releaser.release_due()

    async def confirm(self, info: DeviceInfo, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Read back until a write shows or its settle time is over, and return the receipt in its new state.

        Args:
            info: the device.
            receipt: what a write returned, perhaps in an earlier process with the same state folder.
            timeout: how long to read back (a timedelta, or seconds); None for as long as the vendor may need.
        """
        if not isinstance(receipt, Receipt):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refused(receipt, "receipt", "the Receipt that a write returned")
        timeout = None if timeout is None else span(timeout, "timeout")
        if receipt.device_id != info.id:
            raise InvalidValue(f"the receipt is for {mask(receipt.device_id)}, not for {mask(info.id)}.")
        if not receipt.state.sent or receipt.state is WriteState.CONFIRMED:
            return receipt
        request = WriteRequest.new(info, receipt.operation, self._context, command=receipt.command)
        entry = await stored(self.store, lambda: self.store.find(request.box, receipt.id))
        document = None if entry is None else self._documents.get((info.id, entry.document))
        if entry is None or document is None:
            raise RequestError(
                f"the write {receipt.id} is not remembered.",
                hint="Writes are remembered until their connection ends, or across restarts with state_dir=.",
                **request.error_context(),
            )
        if not entry.stage.is_open:  # reading back cannot change that
            return attrs.evolve(receipt, state=entry.stage.state)
        request = attrs.evolve(request, kind=Kind.RELEASE if receipt.operation == RELEASE else Kind.SETTING)
        try:
            return await self._settle(document, request, Made(receipt=receipt, entry=entry), timeout)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise to_openpower_error(error, **request.error_context())  # noqa: B904 - it has its cause

    async def aclose(self) -> None:
        """Stop releasing, and close the store; further calls raise."""
        await self._releaser.aclose(warns=self.releases)
        self._closed = True
        if self._supervises is not None:
            await stored(self.store, self.store.supervise, None)
        await stored(self.store, self.store.close)

    def _watch(self, *, more: bool) -> None:
        """Watch what is to be released later, of earlier processes too once this one has written something.

        Args:
            more: there may be something new.
        """
        if self.releases and not self._looks:
            self._looks = True
            self._releaser.look()
        elif self.releases and more:
            self._releaser.background.wake()

    async def _run(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, desired: Any, confirm: Confirm
    ) -> Receipt:
        if self._closed:
            raise ConnectionClosed("the connection is closed; nothing was sent.", **request.error_context())
        try:
            return await self._carry_out(document, request, desired, confirm)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise to_openpower_error(error, **request.error_context())  # noqa: B904 - it has its cause

    async def _carry_out(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, desired: Any, confirm: Confirm
    ) -> Receipt:
        ends_s = self._context.clock.monotonic() + (document.limits.settle_timeout + PATIENCE).total_seconds()
        attempt = AsyncAttempt(document, request, desired, attended=await self._attended(request.info))
        if request.dry_run:
            return (await attempt.rehearse()).receipt
        # Locked from the read to the send only: settling takes minutes, and others (a release above all) must get
        # through.
        async with only_writer(request, document.name, budget_of(document), document.limits) as (lease, known):
            more = True
            try:
                made = await attempt.make(lease, known)
                more = request.kind is Kind.COMMAND or known.point is not None or made.lost is not None
            finally:
                # Whatever the result, there may be something to release now.
                if request.kind is not Kind.RELEASE:
                    self._watch(more=more)
        if made.entry is None or (confirm == "accepted" and made.lost is None):
            if made.receipt.state.sent:
                request.publish(made.receipt)
            return made.receipt
        try:
            return await self._settled(document, request, made, ends_s)
        except ConfigurationError as error:
            raise request.unrecorded(error, sent=made.receipt.state.sent) from error

    async def _settled(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, made: Made, ends_s: float
    ) -> Receipt:
        """Read it back, and take back a part that was taken; raises where it was not applied."""
        # What was waited for before it was sent counts, too.
        left = timedelta(seconds=max(0.0, ends_s - self._context.clock.monotonic()))
        receipt = await self._settle(document, request, made, None if left >= document.limits.settle_timeout else left)
        if receipt.state is WriteState.PARTIAL and not request.kind.restores:
            receipt = await self._undo(document, request, made, receipt, ends_s)
            self._watch(more=True)
        if receipt.state not in (WriteState.NOT_APPLIED, WriteState.PARTIAL):
            return receipt
        if made.lost is not None and is_refusal(made.lost) and receipt.state is WriteState.NOT_APPLIED:
            raise request.rejected(made.lost, receipt) from made.lost
        raise self._not_confirmed(document, request, receipt, made.lost) from made.lost

    async def _attended(self, info: DeviceInfo) -> bool:
        """Whether something will release a command when that is due."""
        return self.releases or await stored(self.store, self.supervised, info)

    def supervised(self, info: DeviceInfo) -> bool:
        """Whether another process, such as ``openpower supervise``, releases what is due at a device; it may block."""
        return self.store.supervised(self.store.box(info), self._context.clock.now())

    async def supervise(self) -> None:
        """Say that this process releases what is due at the devices that are known, until the writer is closed.

        To be repeated every few seconds: devices may have come, and from another machine it is believed for minutes only.
        """
        infos, now_s = [info for info, _ in self._releaser.documents()], self._context.clock.monotonic()
        boxes = await stored(self.store, lambda: {self.store.box(info) for info in infos})
        if (known := self._supervises) is not None and boxes == known[0] and now_s - known[1] < _REPEAT_S:
            return
        self._supervises = boxes, now_s
        await stored(self.store, self.store.supervise, holder(self._context.clock.now()), boxes)

    async def _undo(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, made: Made, receipt: Receipt, ends_s: float
    ) -> Receipt:
        """Take back what was taken of a write, once; what stays can be released."""
        assert made.entry is not None  # noqa: S101  (a part of it was read back)
        undo = WriteRequest.new(request.info, UNDO, self._context, kind=Kind.UNDO)
        try:
            async with only_writer(undo, document.name, budget_of(document), document.limits) as (lease, known):
                if known.point is None or known.point.entry != made.entry.id:
                    return attrs.evolve(receipt, note=with_note(receipt, "A later write has replaced it."))
                done = await AsyncAttempt(document, undo, undo=made.entry).make(lease, known)
            note = _UNDONE
            if done.entry is not None:
                left = timedelta(seconds=max(0.0, ends_s - self._context.clock.monotonic()))
                timeout = min(document.limits.settle + document.limits.poll, left)
                seen = await read_back(document, done, undo, timeout=timeout)
                note = _UNDONE if seen.state is WriteState.CONFIRMED else _UNDO_SENT
        except OpenPowerError as error:
            note = f"Taking that back failed ({type(error).__name__}); release() tries again."
        again = self._context.clock.now() + document.limits.settle_timeout
        for id_ in (made.entry.id, undo.id):
            change = reverted(id_, made.prior, again)
            await stored(self.store, self.store.record, of=(undo.box, document.name), change=change)
        return attrs.evolve(receipt, note=with_note(receipt, note))

    async def _settle(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, made: Made, timeout: timedelta | None
    ) -> Receipt:
        assert made.entry is not None  # noqa: S101  (callers look only where there is something)
        if made.receipt.state.sent:
            receipt = await read_back(document, made, request, timeout=timeout)
            request.publish(receipt)
            return receipt
        # The same had been sent before: this call sent nothing, whatever the result of that one.
        entry = made.entry
        earlier = attrs.evolve(made.receipt, id=entry.id, state=entry.stage.state, operation=entry.operation, note="")
        seen = await read_back(document, attrs.evolve(made, receipt=earlier), request, timeout=timeout)
        failed = seen.state is WriteState.NOT_APPLIED
        state = WriteState.NOT_APPLIED if failed else WriteState.UNCHANGED
        return attrs.evolve(made.receipt, state=state, note=seen.note)

    async def _release_one(self, info: DeviceInfo, document: AsyncDocument[Any, Any]) -> Receipt | None:
        """Release one document because it is due; None if there turns out to be nothing to release."""
        if document.name not in await self._points(info):  # another process was faster
            return None
        return await self._release(info, document, dry_run=False, confirm="readback")

    async def _release(
        self, info: DeviceInfo, document: AsyncDocument[Any, Any], *, dry_run: bool, confirm: Confirm
    ) -> Receipt:
        request = WriteRequest.new(info, RELEASE, self._context, dry_run=dry_run, kind=Kind.RELEASE)
        with unlimited():
            return await self._run(document, request, None, confirm)

    def _not_confirmed(
        self, document: AsyncDocument[Any, Any], request: WriteRequest, receipt: Receipt, lost: OpenPowerError | None
    ) -> WriteNotConfirmed:
        where = f"at {mask(request.info.id)}"
        if receipt.state is WriteState.PARTIAL:
            fates = "; ".join(f"{call.method}: {(call.fate or 'not sent')}" for call in receipt.calls)
            text = f"{request.operation} was applied in part {where} ({fates}). {receipt.note}"
            hint = "release() puts back what was there before."
        else:
            text = f"{request.operation} was not applied {where}: after its settle time it still reads differently."
            hint = document.not_applied_hint or (_RELEASE_IT if request.kind is Kind.COMMAND else _LOOK_AGAIN)
        return WriteNotConfirmed(
            text.strip(),
            receipt=receipt,
            hint=hint,
            vendor_code=None if lost is None else lost.vendor_code,
            vendor_message=None if lost is None else lost.vendor_message,
            **request.error_context(),
        )


_REPEAT_S: Final = 60.0
_RELEASE_IT: Final = "If it shows later, release() puts back what was there before."
_LOOK_AGAIN: Final = "It may still show later; confirm() looks again."
_UNDONE: Final = "What was applied of it was taken back."
_UNDO_SENT: Final = "Taking back what was applied of it was sent, and does not show yet; release() looks again."


def _kind(operation: str, desired: Any, *, restorable: bool) -> Kind:
    if restorable:
        return Kind.COMMAND
    return Kind.SCHEDULE if isinstance(desired, Schedule) or operation == "set_schedule" else Kind.SETTING


def _checked(confirm: Confirm) -> Confirm:
    return choice(confirm, "confirm", ("accepted", "readback"))
