"""The results of writes: receipts, their states, adjustments, native calls, active commands; plain, serialisable data."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from attrs import field, frozen
from attrs.converters import optional

from openpower_core._error import InvalidValue, Named, shown
from openpower_core.checks import aware, aware_or_none, check_percentage, plain_number, renamed
from openpower_core.control import BatteryCommand

if TYPE_CHECKING:
    from openpower_core.checks import Number

__all__ = ["ActiveCommand", "Adjustment", "CallFate", "Confirm", "NativeCall", "Receipt", "WriteState"]

Confirm: TypeAlias = Literal["accepted", "readback"]
"""When a write call returns: once the vendor accepted it, or once reading back showed it."""


class WriteState(StrEnum):
    """How far a write got."""

    PLANNED = "planned"
    """Dry run; nothing was sent."""
    UNCHANGED = "unchanged"
    """The device is already in that state; nothing was sent."""
    HELD = "held"
    """The budget or the pace does not allow it yet; nothing was sent, and ``retry_at`` says when it will be allowed."""
    ACCEPTED = "accepted"
    """The vendor accepted it; it has not been read back yet."""
    CONFIRMED = "confirmed"
    """Reading back shows the new state."""
    PARTIAL = "partial"
    """Reading back shows a part of it; ``release()`` puts back what was there before."""
    NOT_APPLIED = "not_applied"
    """Reading back shows the old state, after the vendor's longest known delay; it can still be released."""
    UNVERIFIABLE = "unverifiable"
    """The state cannot be read back, or could not be in time."""

    @property
    def sent(self) -> bool:
        """Whether anything was sent, or may have been."""
        return self not in (WriteState.PLANNED, WriteState.UNCHANGED, WriteState.HELD)


@frozen(kw_only=True)
class Adjustment:
    """Where the vendor can only approximate the request."""

    field: str
    """The argument, in the caller's words: ``"until"``, ``"windows[0].start"``, ``"power_w"``."""
    asked: Any
    """What was asked for."""
    got: Any
    """What the vendor can do instead."""
    reason: str
    """Why, in words."""


def adjusted(field: str, asked: Any, got: Any, reason: str, *, within: float = 0.0) -> tuple[Adjustment, ...]:
    """The adjustment of one figure, where what it became differs by ``within`` or more from what was asked."""
    near = asked == got or bool(within and None not in (asked, got) and abs(got - asked) < within)
    return () if near else (Adjustment(field=field, asked=asked, got=got, reason=reason),)


class CallFate(StrEnum):
    """What became of one call of a write."""

    ACCEPTED = "accepted"
    """The vendor answered with its documented success."""
    REFUSED = "refused"
    """The vendor answered with a code that it documents as a refusal: this call changed nothing."""
    UNKNOWN = "unknown"
    """The answer was lost, or proves nothing; what is read back decides."""
    NOT_SENT = "not_sent"
    """A call before it failed, or the network did before anything was sent."""


@frozen(kw_only=True)
class NativeCall:
    """One call of the native API that a plan makes."""

    method: str
    """Its name in the native API."""
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])
    """By name, in the vendor's own units."""
    fate: CallFate | None = field(default=None, converter=optional(CallFate))
    """What became of it; None in a plan."""


@frozen(kw_only=True)
class Receipt(Named):
    """The plan and the result of a write. Keep it: ``device.confirm(receipt)`` continues from it."""

    id: str
    """Unique; the audit has it too."""
    state: WriteState
    """How far the write got."""
    device_id: str
    """``<serial>/<role>``, whole."""
    operation: str
    """openpower's name for it: ``"set_schedule"``, ``"command"`` …"""
    at: datetime = field(converter=aware)
    """When it was planned (UTC)."""
    adjustments: tuple[Adjustment, ...] = ()
    """Where the vendor can only approximate the request."""
    calls: tuple[NativeCall, ...] = ()
    """What was or would be sent, in order."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When it recurs unless it is released; None if it does not recur."""
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When ``release()`` has to be called, because the device does not end it by itself."""
    retry_at: datetime | None = field(default=None, converter=aware_or_none)
    """When a HELD write may be tried again."""
    command: BatteryCommand | None = None
    """The battery command as it was asked for; None if it was something else."""
    note: str = ""
    """Anything else to know, in words."""


@frozen(kw_only=True)
class ActiveCommand:
    """A command that openpower sent and has not released yet, as far as it remembers.

    ``device.release()`` ends it. In memory it is remembered for as long as the connection is open; with a
    state folder it is remembered across restarts.
    """

    id: str
    """The write's id; the same as in its receipt and in the audit."""
    device_id: str
    """``<serial>/<role>``; masked where a state folder is read without a connection."""
    operation: str
    """openpower's name for it: ``"command"`` …"""
    command: BatteryCommand | None = None
    """The request; None if it was not a battery command."""
    since: datetime = field(converter=aware)
    """When it was sent (UTC)."""
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When it has to be released; None if the device ends it by itself, or it has no end."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When it recurs unless it is released."""
    overdue: bool = False
    """Whether ``release_due`` has passed without a release."""
    provider: str = ""
    """The vendor, where commands of several are listed."""
    ends_at: datetime | None = field(default=None, converter=aware_or_none)
    """When it ends at the latest, by itself or by a release, also where the request had no end; None: when it is released."""

    @property
    def until(self) -> datetime | None:
        """The requested end."""
        return self.release_due if self.command is None else self.command.until


Current = TypeVar("Current")


def _adjustments(given: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    # Written out: in a generic class type checkers lose the type of what bare ``tuple`` takes.
    return tuple(given)


@frozen(kw_only=True)
class Draft(Generic[Current]):
    """What the vendor should have once a write has been applied."""

    document: Current
    """The whole document, as the vendor would report it: merged, snapped to its grid, with fillers."""
    adjustments: tuple[Adjustment, ...] = field(default=(), converter=_adjustments)
    """Where the document only approximates the request."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When it recurs unless it is released."""
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When it has to be released; None if the device ends it by itself."""
    note: str = ""
    """Anything else to know, in words; the receipt has it."""


@renamed("wish", "desired")
@frozen(kw_only=True)
class Plan:
    """A write as a guard sees it, just before it would be sent.

    ``before`` and ``after`` are the vendor's own documents; a native write has neither, only its call.
    """

    id: str
    """The receipt's."""
    operation: str
    """openpower's name for it (``"command"``), or the name of the native method."""
    document: str
    """The name of the document that changes; empty for a native write."""
    desired: Any = None
    """The request, in openpower's vocabulary if the document has an equivalent in it: a ``BatteryCommand``, a
    ``Schedule`` …; None for a release and for a native write."""
    before: Any = None
    """What the vendor has."""
    after: Any = None
    """What it is to have."""
    adjustments: tuple[Adjustment, ...] = ()
    """Where the vendor can only approximate the request."""
    calls: tuple[NativeCall, ...] = ()
    """What would be sent, in order."""
    recurs_at: datetime | None = None
    """When it recurs unless it is released (UTC)."""
    release_due: datetime | None = None
    """When it has to be released (UTC)."""
    dry_run: bool = False
    """Whether nothing will be sent."""
    native: bool = False
    """Whether an application called the vendor's own API rather than one of openpower's operations."""

    @property
    def wish(self) -> Any:
        """The old name of ``desired``, until 0.4."""
        warnings.warn("Plan.wish is now Plan.desired", DeprecationWarning, stacklevel=2)
        return self.desired


def steps_below(most: float, step: float) -> int:
    """How many whole steps are at most a figure, whatever the rounding of floats makes of their quotient.

    >>> steps_below(0.3, 0.1), 0.3 // 0.1
    (3, 2.0)
    """
    count = math.floor(most / step)
    return next((each for each in (count + 1, count) if round(each * step, 9) <= most), count - 1)


@frozen(kw_only=True)
class Scale:
    """The figures that a vendor accepts for a setting, and how other figures are snapped to them."""

    field: str
    """The figure's name in the caller's words: ``"reserve_soc_pct"``. Messages and adjustments use it."""
    step: float = 1
    """The distance between two figures, in ``unit``."""
    low: float = 0
    """The least, in ``unit``."""
    high: float = math.inf
    """The most, in ``unit``."""
    unit: str = ""
    """``"%"`` also refuses fractions; see :func:`~openpower_core.checks.check_percentage`."""
    rounding: Literal["nearest", "down"] = "nearest"
    """Limits that protect something (a fuse, a grid connection) round down: never more than was asked for."""
    outside: Literal["refuse", "snap"] = "refuse"
    """Whether a figure below ``low`` or above ``high`` is an :class:`InvalidValue` or becomes the nearest limit; one that
    rounds down is never raised to ``low``."""
    reason: str = ""
    """Why a figure was adjusted; by default composed of the other fields."""

    def snap(self, asked: Number) -> tuple[float, tuple[Adjustment, ...]]:
        """Snap a figure to the scale, with an adjustment if that changes it.

        >>> Scale(field="reserve_soc_pct", step=5, high=100, unit="%").snap(22)[0]
        20

        Raises:
            InvalidValue: it is not a number, or it is out of range and the scale refuses that.
        """
        if self.unit == "%":
            check_percentage(self.field, asked)
        asked = self._number(asked)
        # Rounded again, since 0.1 * 3 is not 0.3.
        count = steps_below(asked, self.step) if self.rounding == "down" else round(asked / self.step)
        snapped = round(count * self.step, 9)
        got = min(max(snapped, self.low), self.high)
        return got, adjusted(self.field, asked, got, self.reason or f"It takes {self}.")

    def __str__(self) -> str:
        steps = f"steps of {self.step:g} {self.unit}".strip()
        return f"{steps} {self._range}"

    @property
    def _range(self) -> str:
        if math.isinf(self.high):
            return f"from {self.low:g} {self.unit}".strip()
        return f"from {self.low:g} to {self.high:g} {self.unit}".strip()

    def _number(self, asked: Any) -> float:
        found = plain_number(asked)
        # What protects something is never raised: a limit below the least is refused.
        low = self.low if self.outside == "refuse" or self.rounding == "down" else -math.inf
        high = self.high if self.outside == "refuse" else math.inf
        if found is None or not low <= found <= high:
            raise InvalidValue(f"{self.field} is {shown(asked)}; it must be a number {self._range}.")
        return found
