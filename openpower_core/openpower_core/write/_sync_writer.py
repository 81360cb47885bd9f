# Generated from _async_writer.py by openpower_testing; do not edit.
"""The writer: what devices call to change something, to confirm a change and to release it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from openpower_core._error import refused
from openpower_core.checks import Span, choice, flag, renamed, span
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.control import BatteryCommand
from openpower_core.convert import structure
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import InvalidValue, RequestError, WriteNotConfirmed, to_openpower_error
from openpower_core.secrets import mask
from openpower_core.write._sync_attempt import Attempt, Made, only_writer, read_back
from openpower_core.write._sync_document import Document
from openpower_core.write._sync_native import NativeGate
from openpower_core.write._sync_release import Releaser
from openpower_core.write.request import NO_HOOKS, WriteContext, WriteHooks, WriteRequest, role_of
from openpower_core.write.settling import Kind, combined, is_refusal
from openpower_core.write.sqlite import MemoryStore, store_for
from openpower_core.write.store import RELEASE, Stage, WriteStore
from openpower_core.writes import ActiveCommand, Confirm, Receipt, WriteState

if TYPE_CHECKING:
    from openpower_core.connection.context import Context


class Writer:
    """Writes documents to the vendor, one at a time per box; one writer per connection.

    Args:
        store: where writes are remembered; by default in this writer's memory.
        clock: for the time and for waiting.
        hooks: asked before a write, and informed after it.
        releases: whether it releases what is due while it is open; by default if the store outlives the
            process, so that the next connection can take over.
    """

    def __init__(
        self,
        store: WriteStore | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        hooks: WriteHooks = NO_HOOKS,
        releases: bool | None = None,
    ) -> None:
        store = MemoryStore() if store is None else store
        self._context = WriteContext(store=store, clock=clock, hooks=hooks)
        self._documents: dict[tuple[str, str], Document[Any, Any]] = {}
        self._releaser = Releaser(self._context, self._release_one)
        self.releases: bool = store.durable if releases is None else releases
        self._closed = False
        self.native = NativeGate(self._context)
        """The pipeline of native methods that write."""

    @classmethod
    def over(cls, context: Context) -> Writer:
        """The writer of a connection: its store (or state folder, or shared memory), clock and hooks."""
        return cls(store_for(context), clock=context.clock, hooks=context.hooks)

    @property
    def store(self) -> WriteStore:
        """Where writes are remembered; its :meth:`~openpower_core.write.WriteStore.audit` lists them."""
        return self._context.store

    def adopt(self, info: DeviceInfo, *documents: Document[Any, Any]) -> None:
        """Add the documents of a new device.

        Receipts and restore points of an earlier process refer to documents by name: without this, they
        could be neither confirmed nor released.
        """
        fresh = [each for each in documents if self._documents.get((info.id, each.name)) is not each]
        for document in fresh:
            self._documents[info.id, document.name] = document
            self._releaser.adopt(info, document)
        if fresh:
            self._watch()

    @renamed("wish", "desired")
    def write(
        self,
        info: DeviceInfo,
        document: Document[Any, Any],
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
            kind=Kind.COMMAND if restorable else Kind.SETTING,
        )
        try:
            return self._run(document, request, desired, _checked(confirm))
        finally:
            # Whatever the result, there may be something to release now.
            self._watch()

    def release(
        self, info: DeviceInfo, *documents: Document[Any, Any], dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Restore what was set before our commands, where they still apply.

        If something else has changed it since, nothing is changed, and the receipt's note says so. What
        was released just now, because it was due, is not released again, and that is no error.

        Args:
            info: the device.
            documents: those that commands write to; by default all of the device.
            dry_run: report what would be done.
            confirm: as for :meth:`write`.

        Raises:
            RequestError: there is nothing to restore.
        """
        dry_run, confirm = flag(dry_run, "dry_run"), _checked(confirm)
        self.adopt(info, *documents)
        known = documents or [document for (id_, _), document in self._documents.items() if id_ == info.id]
        request = WriteRequest.new(info, RELEASE, self._context)
        points = request.store.points(request.box)
        chosen = [document for document in known if document.name in points] or [
            document
            for document in known
            if (last := request.store.last(request.box, document.name)) is not None and last.is_release
        ]
        if not chosen:
            raise request.nothing_to_release()
        return combined([self._release(info, document, dry_run=dry_run, confirm=confirm) for document in chosen])

    def active_command(self, info: DeviceInfo) -> ActiveCommand | None:
        """The device's command that :meth:`release` would end; None if nothing is remembered.

        It asks the memory or the state folder, never the vendor: whether the device still obeys the command,
        or somebody has changed it since, shows when it is released.
        """
        request = WriteRequest.new(info, RELEASE, self._context)
        store, box = request.store, request.box
        found = [
            (point, store.find(box, point.entry))
            for document, point in store.points(box).items()
            # A release that the vendor accepted counts, even before it has been read back.
            if (last := store.last(box, document)) is None or not last.is_release
        ]
        known = [(point, entry) for point, entry in found if entry is not None and entry.role == role_of(info)]
        if not known:
            return None
        # Several documents may hold a command; the newest one is what the device obeys.
        point, entry = max(known, key=lambda pair: pair[0].at)
        return ActiveCommand(
            id=entry.id,
            device_id=info.id,
            operation=entry.operation,
            command=None if entry.command is None else structure(BatteryCommand, entry.command),
            since=point.at,
            release_due=point.due,
            recurs_at=point.recurs_at,
            overdue=point.due is not None and point.due <= request.at,
        )

    def release_due(self) -> list[Receipt]:
        """Release everything that is due now; see :meth:`adopt` for what is known.

        An open connection with a state folder does so by itself. This is for connections without one, and for
        manual clocks.
        """
        return self._releaser.release_due()

    def confirm(self, info: DeviceInfo, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
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
        request = WriteRequest.new(info, receipt.operation, self._context)
        entry = request.store.find(request.box, receipt.id)
        document = None if entry is None else self._documents.get((info.id, entry.document))
        if entry is None or document is None:
            raise RequestError(
                f"the write {receipt.id} is not remembered.",
                hint="Writes are remembered until their connection ends, or across restarts with state_dir=.",
                **request.error_context(),
            )
        if entry.stage in (Stage.CONFIRMED, Stage.REJECTED):  # reading back cannot change that
            return attrs.evolve(receipt, state=entry.stage.state)
        try:
            return self._settle(document, request, Made(receipt=receipt, entry=entry), timeout)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise to_openpower_error(error, **request.error_context())  # noqa: B904 - it has its cause

    def close(self) -> None:
        """Stop releasing, and close the store; further calls raise."""
        self._releaser.close()
        self._closed = True
        self._context.store.close()

    def _watch(self) -> None:
        if self.releases:
            self._releaser.wake()

    def _run(self, document: Document[Any, Any], request: WriteRequest, desired: Any, confirm: Confirm) -> Receipt:
        if self._closed:
            raise RequestError(
                "the connection is closed; nothing was sent.",
                hint="Make a new one with openpower.connect(...).",
                **request.error_context(),
            )
        try:
            return self._carry_out(document, request, desired, confirm)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise to_openpower_error(error, **request.error_context())  # noqa: B904 - it has its cause

    def _carry_out(
        self, document: Document[Any, Any], request: WriteRequest, desired: Any, confirm: Confirm
    ) -> Receipt:
        attempt = Attempt(document, request, desired, attended=self.releases)
        if request.dry_run:
            return attempt.rehearse().receipt
        # Locked from the read to the send only: settling takes minutes, and others (a release above all) must get
        # through.
        with only_writer(request, document.limits) as lease:
            made = attempt.make(lease)
        if made.entry is None or (confirm == "accepted" and made.lost is None):
            if made.receipt.state.sent:
                request.publish(made.receipt)
            return made.receipt
        receipt = self._settle(document, request, made, None)
        if receipt.state is not WriteState.NOT_APPLIED:
            return receipt
        if made.lost is not None and is_refusal(made.lost):
            raise request.rejected(made.lost, receipt) from made.lost
        raise self._not_confirmed(document, request, receipt) from made.lost

    def _settle(
        self, document: Document[Any, Any], request: WriteRequest, made: Made, timeout: timedelta | None
    ) -> Receipt:
        assert made.entry is not None  # noqa: S101  (callers look only where there is something)
        if made.receipt.state.sent:
            receipt = read_back(document, made.entry, made.receipt, request, timeout=timeout)
            request.publish(receipt)
            return receipt
        # The same had been sent before: this call sent nothing, whatever the result of that one.
        entry = made.entry
        earlier = attrs.evolve(made.receipt, id=entry.id, state=entry.stage.state, operation=entry.operation, note="")
        seen = read_back(document, made.entry, earlier, request, timeout=timeout)
        failed = seen.state is WriteState.NOT_APPLIED
        state = WriteState.NOT_APPLIED if failed else WriteState.UNCHANGED
        return attrs.evolve(made.receipt, state=state, note=seen.note)

    def _release_one(self, info: DeviceInfo, document: Document[Any, Any]) -> Receipt | None:
        """Release one document because it is due; None if there turns out to be nothing to release."""
        store = self._context.store
        box = store.box(info)
        if document.name not in store.points(box):  # another process was faster
            return None
        try:
            return self._release(info, document, dry_run=False, confirm="readback")
        except RequestError:
            if document.name in store.points(box):
                raise
            return None  # the command never reached the vendor

    def _release(self, info: DeviceInfo, document: Document[Any, Any], *, dry_run: bool, confirm: Confirm) -> Receipt:
        request = WriteRequest.new(info, RELEASE, self._context, dry_run=dry_run, kind=Kind.RELEASE)
        return self._run(document, request, None, confirm)

    def _not_confirmed(
        self, document: Document[Any, Any], request: WriteRequest, receipt: Receipt
    ) -> WriteNotConfirmed:
        return WriteNotConfirmed(
            f"{request.operation} was not applied at {mask(request.info.id)}: "
            f"after its settle time the {document.name} still reads differently.",
            receipt=receipt,
            hint=document.not_applied_hint or None,
            **request.error_context(),
        )


def _checked(confirm: Confirm) -> Confirm:
    return choice(confirm, "confirm", ("accepted", "readback"))
