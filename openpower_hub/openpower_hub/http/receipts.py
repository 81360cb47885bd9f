"""What the API answers with about writes: receipts, their states, and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve, frozen

from openpower_core.control import BatteryCommand
from openpower_core.convert import to_dict
from openpower_core.secrets import mask_text
from openpower_core.writes import Adjustment, CallFate, WriteState

if TYPE_CHECKING:
    from openpower_core.writes import Receipt
    from openpower_hub.history.store import KeptReceipt
    from openpower_hub.state import DeviceState


@frozen(kw_only=True)
class CallView:
    """One call of the vendor's API that a write makes."""

    method: str
    """Its name in openpower's native API."""
    arguments: Mapping[str, Any]
    """By name, in the vendor's own units; serial numbers are masked."""
    fate: CallFate | None
    """What became of it; null in a plan."""


@frozen(kw_only=True)
class ReceiptView:
    """The plan, or the result, of a write."""

    id: str
    """Unique; the audit has it too."""
    state: WriteState
    """How far the write got."""
    sent: bool
    """Whether anything was sent, or may have been."""
    device: str
    """The device's key."""
    home: str
    """The name of its home."""
    operation: str
    """openpower's name for it."""
    by: str
    """Who asked for it."""
    at: datetime
    """When it was planned."""
    adjustments: tuple[Adjustment, ...]
    """Where the vendor can only approximate the order."""
    calls: tuple[CallView, ...]
    """What was or would be sent, in order."""
    command: BatteryCommand | None
    """The battery command as it was asked for; null if it was something else."""
    recurs_at: datetime | None
    """When it recurs unless it is released."""
    release_due: datetime | None
    """When it has to be released, because the device does not end it by itself; the hub does so."""
    retry_at: datetime | None
    """When a write that is held may be tried again."""
    note: str
    """Anything else to know, in words."""
    error: str
    """Why it failed, in words; empty if it did not."""

    @classmethod
    def of(cls, state: DeviceState, receipt: Receipt, by: str, error: str = "") -> ReceiptView:
        """The view of a receipt."""
        names = ("id", "state", "operation", "at", "command", "recurs_at", "release_due", "retry_at")
        calls = [
            CallView(method=each.method, arguments=masked(to_dict(each.arguments)), fate=each.fate)
            for each in receipt.calls
        ]
        adjustments = [evolve(each, asked=masked(to_dict(each.asked))) for each in receipt.adjustments]
        return cls(
            **{name: getattr(receipt, name) for name in names},
            sent=receipt.state.sent,
            device=state.key,
            home=state.home,
            by=by,
            adjustments=tuple(adjustments),
            calls=tuple(calls),
            note=mask_text(receipt.note),
            error=mask_text(error),
        )


@frozen(kw_only=True)
class ReceiptLine:
    """A state that a write reached."""

    id: str
    """The write's id; the same for all its states."""
    device: str
    """The device's key."""
    home: str
    """The name of its home."""
    at: datetime
    """When the write was planned."""
    state: WriteState
    """How far the write got."""
    operation: str
    """openpower's name for it."""
    by: str
    """Who asked for it."""
    mode: str | None
    """Of a battery command: its mode."""
    until: datetime | None
    """When it ends."""
    release_due: datetime | None
    """When it has to be released; null where the device ends it."""
    note: str
    """Anything else to know, in words."""
    error: str
    """Why it failed, in words; empty if it did not."""

    @classmethod
    def of(cls, state: DeviceState, receipt: Receipt, by: str) -> ReceiptLine:
        """The line of a receipt that this process remembers."""
        command = receipt.command
        return cls(
            id=receipt.id,
            device=state.key,
            home=state.home,
            at=receipt.at,
            state=receipt.state,
            operation=receipt.operation,
            by=by,
            mode=None if command is None else command.mode.value,
            until=None if command is None else command.until,
            release_due=receipt.release_due,
            note=mask_text(receipt.note),
            error="",
        )

    @classmethod
    def of_kept(cls, kept: KeptReceipt) -> ReceiptLine:
        """The line of a receipt that the history has."""
        names = ("id", "home", "at", "operation", "by", "mode", "until", "release_due")
        return cls(
            **{name: getattr(kept, name) for name in names},
            device=kept.key,
            state=WriteState(kept.state),
            note=mask_text(kept.note),
            error=mask_text(kept.error),
        )


@frozen(kw_only=True)
class AuditLine:
    """A line of the audit, which has every write of every process that shares the state folder."""

    number: int
    """Ascending."""
    at: datetime
    """When."""
    by: str
    """The user and program that wrote."""
    provider: str
    """The vendor."""
    device: str
    """The ends of its serial number, and its role."""
    operation: str
    """openpower's name for the write."""
    id: str
    """The write's id, as in its receipt."""
    outcome: str
    """What it reached."""
    about: Mapping[str, Any]
    """Calls, adjustments, command, note and error; serial numbers are masked."""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> AuditLine:
        """The view of a line."""
        own = ("number", "provider", "device", "operation", "id", "outcome", "by")
        given: dict[str, Any] = {name: line.get(name) or "" for name in own}
        about = {name: masked(value) for name, value in line.items() if name not in (*own, "at")}
        return cls(**given, at=datetime.fromisoformat(str(line["at"])), about=about)


@frozen(kw_only=True)
class Receipts:
    """What became of writes."""

    receipts: tuple[ReceiptLine, ...]
    """Newest first."""


@frozen(kw_only=True)
class Audit:
    """Lines of the audit."""

    audit: tuple[AuditLine, ...]
    """Oldest first."""


def masked(data: Any) -> Any:
    """Plain data with everything masked that looks like a serial number."""
    if isinstance(data, str):
        return mask_text(data)
    if isinstance(data, dict):
        return {name: masked(each) for name, each in cast("dict[str, Any]", data).items()}
    return list(map(masked, data)) if isinstance(data, list) else data  # pyright: ignore[reportUnknownArgumentType]
