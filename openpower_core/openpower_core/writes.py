"""What became of a write: receipts, their states, adjustments, native calls, active commands; plain, serialisable data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from openpower_core.checks import aware, aware_or_none
from openpower_core.control import BatteryCommand

__all__ = ["ActiveCommand", "Adjustment", "Confirm", "NativeCall", "Receipt", "WriteState"]

Confirm: TypeAlias = Literal["accepted", "readback"]
"""When a write call returns: once the vendor accepted it, or once reading back showed it."""


class WriteState(StrEnum):
    """How far a write got."""

    PLANNED = "planned"
    """A dry run: nothing was sent."""
    UNCHANGED = "unchanged"
    """What was asked for is set already: nothing was sent."""
    HELD = "held"
    """The budget or the pace did not allow it: nothing was sent; ``retry_at`` says when it will."""
    ACCEPTED = "accepted"
    """The vendor took it; nobody has read it back yet."""
    CONFIRMED = "confirmed"
    """Reading back showed it."""
    NOT_APPLIED = "not_applied"
    """Reading back showed something else, after the settle time."""
    UNVERIFIABLE = "unverifiable"
    """The vendor offers no way to see it, or could not be read in time."""

    @property
    def sent(self) -> bool:
        """Whether something reached the vendor, or may have."""
        return self not in (WriteState.PLANNED, WriteState.UNCHANGED, WriteState.HELD)


@frozen(kw_only=True)
class Adjustment:
    """Where the vendor can only come near what was asked."""

    field: str
    """What was asked, in the caller's words: ``"until"``, ``"windows[0].start"``, ``"power_w"``."""
    asked: Any
    got: Any
    reason: str


@frozen(kw_only=True)
class NativeCall:
    """One call of the native API that a plan makes."""

    method: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])


@frozen(kw_only=True)
class Receipt:
    """What a write planned, sent and reached. Keep it: ``device.confirm(receipt)`` takes it up again."""

    id: str
    state: WriteState
    device_id: str
    operation: str
    """Our word for it: ``"set_schedule"``, ``"command"`` …"""
    at: datetime = field(converter=aware)
    adjustments: tuple[Adjustment, ...] = ()
    calls: tuple[NativeCall, ...] = ()
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor will do this again unless it is released; None when it will not."""
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When :meth:`release` has to be called, because the hardware does not keep the end itself."""
    retry_at: datetime | None = field(default=None, converter=aware_or_none)
    """When a HELD write may be tried again."""
    note: str = ""
    """What else there is to know, in words."""


@frozen(kw_only=True)
class ActiveCommand:
    """A command that openpower sent and has not released yet, as far as it remembers.

    ``device.release()`` ends it. In memory it is remembered for as long as the connection is open; with a
    state folder it is remembered across restarts.
    """

    id: str
    """The write's id; the same as in its receipt and in the audit."""
    device_id: str
    operation: str
    """Our word for it: ``"command"`` …"""
    command: BatteryCommand | None = None
    """What was asked for; None where it was not a battery command."""
    since: datetime = field(converter=aware)
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When it has to be released; None when the hardware keeps the end, or there is none."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor will do it again unless it is released."""
    overdue: bool = False
    """Whether ``release_due`` has passed: nothing has released it in time."""

    @property
    def until(self) -> datetime | None:
        """When it ends, as was asked for."""
        return self.release_due if self.command is None else self.command.until
