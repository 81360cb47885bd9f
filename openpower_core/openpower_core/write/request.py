"""One request to write, without I/O: its receipt, plan, entry and audit line."""

from __future__ import annotations

import getpass
import logging
import os
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import attrs
from attrs import field, frozen

from openpower_core import errors
from openpower_core.checks import aware
from openpower_core.clock import Clock
from openpower_core.connection.context import DEFAULT_DURATION
from openpower_core.control import BatteryCommand
from openpower_core.devices.info import DeviceInfo
from openpower_core.secrets import mask
from openpower_core.write.settling import Kind
from openpower_core.write.store import Entry, Sent, WriteStore, as_text
from openpower_core.writes import Draft, NativeCall, Plan, Receipt, WriteState

_log = logging.getLogger("openpower.write")


class WriteHooks(Protocol):
    """What is asked before a write, and informed after it."""

    def before_write(self, device: DeviceInfo, plan: Any) -> None:
        """Raise :class:`Veto` to refuse it."""
        ...

    def after_write(self, device: DeviceInfo, receipt: Receipt) -> None:
        """Receive the result."""
        ...


class _NoHooks:
    def before_write(self, device: DeviceInfo, plan: Any) -> None:
        """Nobody minds."""

    def after_write(self, device: DeviceInfo, receipt: Receipt) -> None:
        """Nobody listens."""


NO_HOOKS = _NoHooks()


@frozen(kw_only=True)
class WriteContext:
    """What a write needs besides its document."""

    store: WriteStore
    clock: Clock
    hooks: WriteHooks
    default_duration: timedelta = DEFAULT_DURATION
    """How long a battery command without an end lasts."""


@frozen(kw_only=True)
class WriteRequest:
    """One request: the device, the operation, its id and its time."""

    info: DeviceInfo
    operation: str
    context: WriteContext
    at: datetime = field(converter=aware)
    dry_run: bool = False
    kind: Kind = Kind.SETTING
    unattended: bool = False
    command: BatteryCommand | None = None
    """The battery command that is asked for."""
    id: str = field(factory=lambda: uuid.uuid4().hex)

    @property
    def store(self) -> WriteStore:
        """Where it is remembered."""
        return self.context.store

    @property
    def box(self) -> str:
        """The store's name for the device's box."""
        return self.context.store.box(self.info)

    @classmethod
    def new(cls, info: DeviceInfo, operation: str, context: WriteContext, **options: Any) -> WriteRequest:
        """Make a request, now."""
        return cls(info=info, operation=operation, context=context, at=context.clock.now(), **options)

    def local(self, instant: datetime) -> str:
        """An instant on the home's clock, for messages."""
        return local(instant, self.info.tz)

    def error_context(self) -> dict[str, Any]:
        """The attributes of every error: where it happened."""
        return {"provider": self.info.provider, "device_id": self.info.id, "operation": self.operation}

    def receipt(self, state: WriteState, calls: Sequence[NativeCall] = ()) -> Receipt:
        """A receipt without adjustments and times."""
        return Receipt(
            id=self.id,
            state=state,
            device_id=self.info.id,
            operation=self.operation,
            at=self.at,
            calls=tuple(calls),
            command=self.command,
        )

    def planned(self, draft: Draft[Any], calls: Sequence[NativeCall]) -> Receipt:
        """The receipt of a draft."""
        return attrs.evolve(
            self.receipt(WriteState.PLANNED, calls),
            adjustments=draft.adjustments,
            recurs_at=draft.recurs_at,
            release_due=draft.release_due,
            note=draft.note,
        )

    def plan(self, document: str, desired: Any, current: Any, draft: Draft[Any], receipt: Receipt) -> Plan:
        """What the guards see."""
        return Plan(
            id=self.id,
            operation=self.operation,
            document=document,
            desired=desired,
            before=current,
            after=draft.document,
            adjustments=receipt.adjustments,
            calls=receipt.calls,
            recurs_at=receipt.recurs_at,
            release_due=receipt.release_due,
            dry_run=self.dry_run,
        )

    def entry(self, document: str, budget: str, receipt: Receipt, **found: Any) -> Entry:
        """The intent that is recorded before anything is sent; it contains no serial number."""
        # The audit needs the calls as JSON. Whatever is not (above all a Secret) is refused while
        # nothing has been sent.
        as_text(receipt.calls)
        return Entry(
            id=self.id,
            box=self.box,
            document=document,
            budget=budget,
            operation=self.operation,
            sent=Sent.now(self.context.clock),
            **found,
        )

    def suspended(self, error: LookupError) -> errors.Timeout:
        """The error for a process that slept until another one took over: it must not continue as if nothing was."""
        raised = errors.Timeout(
            "this process was suspended for so long that another one took over; nothing was sent.",
            hint="Try again.",
            **self.error_context(),
        )
        raised.__cause__ = error
        return raised

    def ask_guards(self, plan: Plan, receipt: Receipt) -> None:
        """Ask the guards; one that crashes refuses, too."""
        try:
            self.context.hooks.before_write(self.info, plan)
        except errors.Veto as veto:
            self._refused(veto, receipt)
            raise
        except Exception as error:
            crash = errors.Veto(
                f"a guard crashed ({type(error).__name__}: {error}); nothing was sent.",
                hint="A guard that crashes blocks the write: fix or remove it.",
            )
            self._refused(crash, receipt)
            raise crash from error

    def _refused(self, veto: errors.Veto, receipt: Receipt) -> None:
        veto.receipt = receipt
        for name, value in self.error_context().items():
            if getattr(veto, name) is None:
                setattr(veto, name, value)

    def delayed(self, receipt: Receipt, retry_at: datetime) -> errors.WriteBudgetExhausted:
        """The error for a write that the budget does not allow yet."""
        receipt = attrs.evolve(receipt, state=WriteState.HELD, retry_at=retry_at)
        return errors.WriteBudgetExhausted(
            f"{mask(self.info.id)} may not be written to before {self.local(retry_at)}: "
            f"its write budget is spent; nothing was sent.",
            receipt=receipt,
            retry_at=retry_at,
            hint="Try again then; capabilities.writes shows the limits.",
            **self.error_context(),
        )

    def unrecorded(self, error: errors.ConfigurationError, *, sent: bool) -> errors.ConfigurationError:
        """The error for a state folder that fails while a write is under way: it says whether that was sent."""
        words = "The write had been sent by then; its result is not recorded." if sent else "Nothing was sent."
        return errors.ConfigurationError(f"{error.message} {words}", hint=error.hint, **self.error_context())

    def rejected(self, error: errors.OpenPowerError, receipt: Receipt) -> errors.WriteRejected:
        """The error for a write that the vendor refused."""
        return errors.WriteRejected(
            f"the vendor refused {self.operation}: {error.message}",
            receipt=receipt,
            vendor_code=error.vendor_code,
            vendor_message=error.vendor_message,
            hint=error.hint,
            **self.error_context(),
        )

    def check_end(self, receipt: Receipt, *, attended: bool) -> Receipt:
        """Refuse a command whose end nothing would keep; a dry run only adds a note."""
        if receipt.release_due is None or attended or self.unattended:
            return receipt
        due = self.local(receipt.release_due)
        why = f"{mask(self.info.id)} does not end the command by itself, and nothing would release it at {due}"
        if receipt.recurs_at is not None:
            why += f", so it would recur at {self.local(receipt.recurs_at)}"
        if self.dry_run:
            note = f"{receipt.note} It would be refused without unattended=True or a state folder: {why}."
            return attrs.evolve(receipt, note=note.strip())
        raise errors.InvalidValue(
            f"{why}; nothing was sent.",
            hint=(
                "Keep the connection open, with a state folder (not state_dir=None), add --wait to `openpower charge` and its "
                "like, run `openpower supervise`, or pass unattended=True and call release() yourself."
            ),
            **self.error_context(),
        )

    def audit_line(self, receipt: Receipt, outcome: str, *, error: BaseException | None = None) -> dict[str, Any]:
        """The audit line of a write: who, when, what and the result; no secrets."""
        _log.info("%s of %s: %s", self.operation, mask(self.info.id), outcome)
        return {
            "at": self.context.clock.now(),
            "by": _who(),
            "provider": self.info.provider,
            "device": mask(self.info.id),
            "operation": self.operation,
            "id": receipt.id,
            "outcome": outcome,
            "calls": receipt.calls,
            "adjustments": receipt.adjustments,
            "command": receipt.command,
            "recurs_at": receipt.recurs_at,
            "release_due": receipt.release_due,
            "note": receipt.note,
            "error": _described(error),
        }

    def publish(self, receipt: Receipt) -> None:
        """Pass the receipt to the sinks; one that fails is logged and changes nothing."""
        try:
            self.context.hooks.after_write(self.info, receipt)
        except Exception:  # noqa: BLE001  (the write is done, whatever its sinks do)
            _log.warning("A sink failed in openpower_after_write.", exc_info=True)


def role_of(info: DeviceInfo) -> str:
    """A device's id without its serial number."""
    return info.id.replace(info.serial, "", 1) if info.serial else info.id


def local(instant: datetime, zone: str | None) -> str:
    """An instant on a home's clock, for messages."""
    from zoneinfo import ZoneInfo

    shown = instant if zone is None else instant.astimezone(ZoneInfo(zone))
    return f"{shown:%Y-%m-%d %H:%M{':%S' if instant.second else ''}} {'UTC' if zone is None else f'({zone})'}"


def with_note(receipt: Receipt, note: str) -> str:
    """A receipt's note with another sentence appended, once."""
    return receipt.note if note in receipt.note else f"{receipt.note} {note}".strip()


def _who() -> str:
    """Who writes: the user, the program and its process on this machine."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        user = "unknown"
    return f"{user}, {Path(sys.argv[0]).name or 'python'} [{os.getpid()}]"


def _described(error: BaseException | None) -> str | None:
    if error is None:
        return None
    text = str(error) if isinstance(error, errors.OpenPowerError) else ""
    return f"{type(error).__name__}: {text}".rstrip(": ")
