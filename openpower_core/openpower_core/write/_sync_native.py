# Generated from _async_native.py by openpower_testing; do not edit.
"""Native writes: the vendor's own calls, under the same guards, lock, budget and audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from openpower_core.capabilities import WriteLimits
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import ConfigurationError, OpenPowerError, Veto, to_openpower_error
from openpower_core.write._sync_attempt import only_writer, stored
from openpower_core.write.request import WriteContext, WriteRequest
from openpower_core.write.settling import fate_of
from openpower_core.write.store import Entry, Holder, Sent, Stage
from openpower_core.writes import CallFate, NativeCall, Plan, Receipt, WriteState

Result = TypeVar("Result")


class NativeGate:
    """The pipeline of native methods that change something, without planning and read-back.

    Example, in a provider's native client::

        def set_limit(self, limit_w: int) -> None:
            self._gate.send(
                self._info, "set_limit", {"limit_w": limit_w}, lambda: self._post_limit(limit_w),
                budget="export_limit", limits=LIMITS,
            )
    """

    def __init__(self, context: WriteContext) -> None:
        self._context = context

    def send(
        self,
        info: DeviceInfo,
        method: str,
        arguments: Mapping[str, Any],
        call: Callable[[], Result],
        *,
        budget: str,
        limits: WriteLimits | None = None,
    ) -> Result:
        """Make one native call that writes, and return its result.

        Args:
            info: the device; guards see it, and its box is written to.
            method: the native method's name.
            arguments: its arguments, for guards and audit; no secrets.
            call: makes the call, once.
            budget: the document (or the budget of documents) that it writes to.
            limits: those of that document.

        Raises:
            Veto: a guard refused it.
            WriteBudgetExhausted: the budget is spent.
        """
        request = WriteRequest.new(info, method, self._context)
        receipt = request.receipt(WriteState.PLANNED, [NativeCall(method=method, arguments=dict(arguments))])
        limits = limits or WriteLimits()
        with only_writer(request, "", budget, limits) as (lease, _):
            plan = Plan(id=request.id, operation=method, document="", calls=receipt.calls, native=True)
            self._ask_guards(request, plan, receipt)
            entry = request.entry("", budget, receipt)
            entry = self._begin(request, entry, receipt, limits, lease)
            result = self._call(request, entry, receipt, call)
        request.publish(attrs.evolve(receipt, state=WriteState.ACCEPTED))
        return result

    def _ask_guards(self, request: WriteRequest, plan: Plan, receipt: Receipt) -> None:
        try:
            request.ask_guards(plan, receipt)
        except Veto as veto:
            self._log(request, receipt, "vetoed", veto)
            raise

    def _begin(
        self, request: WriteRequest, entry: Entry, receipt: Receipt, limits: WriteLimits, lease: Holder
    ) -> Entry:
        clock, store = self._context.clock, self._context.store
        line = request.audit_line(receipt, "sending")
        try:
            retry_at = stored(store, store.begin, entry, None, lease, line, limits)
            if retry_at is not None and retry_at - clock.now() <= limits.patience:
                clock.sleep((retry_at - clock.now()).total_seconds())
                # The budget counts from when it is sent, not from when the wait began.
                entry = attrs.evolve(entry, sent=Sent.now(clock))
                retry_at = stored(store, store.begin, entry, None, lease, line, limits)
        except LookupError as error:
            raise request.suspended(error) from error
        if retry_at is not None:
            delayed = request.delayed(receipt, retry_at)
            self._log(request, receipt, WriteState.HELD, delayed)
            raise delayed
        return entry

    def _call(self, request: WriteRequest, entry: Entry, receipt: Receipt, call: Callable[[], Result]) -> Result:
        try:
            result = call()
        except Exception as raised:  # noqa: BLE001 - the boundary around providers' code
            error = to_openpower_error(raised, **request.error_context())
            fate = fate_of(error)
            stage = Stage.UNVERIFIABLE if fate is CallFate.UNKNOWN else Stage.REJECTED
            self._record(request, entry, receipt, stage, fate, error)
            raise error  # noqa: B904 - it has its cause
        self._record(request, entry, receipt, Stage.ACCEPTED, CallFate.ACCEPTED, None)
        return result

    def _record(
        self,
        request: WriteRequest,
        entry: Entry,
        receipt: Receipt,
        stage: Stage,
        fate: CallFate,
        error: OpenPowerError | None,
    ) -> None:
        calls = tuple(attrs.evolve(call, fate=fate) for call in receipt.calls)
        receipt = attrs.evolve(receipt, state=stage.state, calls=calls)
        entry = attrs.evolve(entry, stage=stage, answered=stage is Stage.ACCEPTED, sent=Sent.now(self._context.clock))
        line = request.audit_line(receipt, fate.value.replace("_", " "), error=error)
        store, left = self._context.store, fate is not CallFate.NOT_SENT
        try:
            stored(store, store.record, entry, line=line, counts=left)
        except ConfigurationError as damaged:
            raise request.unrecorded(damaged, sent=left) from damaged

    def _log(self, request: WriteRequest, receipt: Receipt, outcome: str, error: OpenPowerError) -> None:
        store = self._context.store
        stored(store, store.record, line=request.audit_line(receipt, outcome, error=error))
