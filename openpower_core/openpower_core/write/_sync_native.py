# Generated from _async_native.py by openpower_testing; do not edit.
"""Native writes: the vendor's own calls, under the same guards, lock, budget and audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from openpower_core.capabilities import WriteLimits
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import OpenPowerError, to_openpower_error
from openpower_core.write._sync_attempt import only_writer
from openpower_core.write.request import WriteContext, WriteRequest
from openpower_core.write.settling import Ending, ending
from openpower_core.write.store import Entry, Holder, Stage
from openpower_core.writes import NativeCall, Plan, Receipt, WriteState

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
        with only_writer(request, limits) as lease:
            plan = Plan(id=request.id, operation=method, document="", calls=receipt.calls, native=True)
            request.ask_guards(plan, receipt)
            entry = request.entry("", budget, receipt)
            self._begin(request, entry, receipt, limits, lease)
            result = self._call(request, entry, receipt, call)
        request.publish(attrs.evolve(receipt, state=WriteState.ACCEPTED))
        return result

    def _begin(self, request: WriteRequest, entry: Entry, receipt: Receipt, limits: WriteLimits, lease: Holder) -> None:
        clock = self._context.clock
        retry_at = request.begin(entry, limits, lease)
        if retry_at is not None and retry_at - clock.now() <= limits.patience:
            clock.sleep((retry_at - clock.now()).total_seconds())
            # The budget counts from when it is sent, not from when the wait began.
            entry = attrs.evolve(entry, at=clock.now())
            retry_at = request.begin(entry, limits, lease)
        if retry_at is not None:
            raise request.delayed(receipt, retry_at)

    def _call(self, request: WriteRequest, entry: Entry, receipt: Receipt, call: Callable[[], Result]) -> Result:
        try:
            result = call()
        except Exception as raised:  # noqa: BLE001 - the boundary around providers' code
            error = to_openpower_error(raised, **request.error_context())
            how = ending(error, calls=1)
            stage = Stage.UNVERIFIABLE if how is Ending.UNKNOWN else Stage.REJECTED
            self._record(request, entry, receipt, stage, how.name.lower(), error)
            raise error  # noqa: B904 - it has its cause
        self._record(request, entry, receipt, Stage.ACCEPTED, WriteState.ACCEPTED, None)
        return result

    def _record(
        self,
        request: WriteRequest,
        entry: Entry,
        receipt: Receipt,
        stage: Stage,
        outcome: str,
        error: OpenPowerError | None,
    ) -> None:
        receipt = attrs.evolve(receipt, state=stage.state)
        entry = attrs.evolve(entry, stage=stage, answered_at=self._context.clock.now())
        line = request.audit_line(receipt, outcome, error=error)
        request.store.finish(entry, audit=line, counts=outcome != Ending.UNSENT.name.lower())
