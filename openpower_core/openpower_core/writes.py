"""What became of a write: receipts, their states, adjustments, native calls, active commands; plain, serialisable data."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from openpower_core._error import InvalidValue
from openpower_core.checks import aware, aware_or_none, check_percentage
from openpower_core.control import BatteryCommand
from openpower_core.deprecated import renamed

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


def adjusted(field: str, asked: Any, got: Any, reason: str, *, within: float = 0.0) -> tuple[Adjustment, ...]:
    """The adjustment of one figure, where what it became differs by ``within`` or more from what was asked."""
    near = asked == got or bool(within and None not in (asked, got) and abs(got - asked) < within)
    return () if near else (Adjustment(field=field, asked=asked, got=got, reason=reason),)


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


Current = TypeVar("Current")


def _adjustments(given: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    # Written out: in a generic class type checkers lose the type of what bare ``tuple`` takes.
    return tuple(given)


@frozen(kw_only=True)
class Draft(Generic[Current]):
    """What the vendor should have once a write has been applied."""

    document: Current
    """The whole document, as the vendor would show it: merged, snapped to its grid, fillers in place."""
    adjustments: tuple[Adjustment, ...] = field(default=(), converter=_adjustments)
    """Where the document only comes near what was asked for."""
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor does it again unless it is released."""
    release_due: datetime | None = field(default=None, converter=aware_or_none)
    """When it has to be released, because the hardware does not keep the end; None when it does."""
    note: str = ""


@renamed("wish", "desired")
@frozen(kw_only=True)
class Plan:
    """A write as a guard sees it, just before it would be sent.

    ``before`` and ``after`` are the vendor's own documents; a native write has neither, only its call.
    """

    id: str
    operation: str
    """Our word for it (``"command"``), or the name of the native method."""
    document: str
    """The name of the document that changes; empty for a native write."""
    desired: Any = None
    """What was asked for, in openpower's words where the document is of openpower's kind: a ``BatteryCommand``, a
    ``Schedule`` …; None for a release and for a native write."""
    before: Any = None
    after: Any = None
    adjustments: tuple[Adjustment, ...] = ()
    calls: tuple[NativeCall, ...] = ()
    recurs_at: datetime | None = None
    release_due: datetime | None = None
    dry_run: bool = False
    native: bool = False
    """Whether an application called the vendor's own API, rather than one of our operations."""

    @property
    def wish(self) -> Any:
        """The old name of ``desired``; it goes with the next release."""
        warnings.warn("Plan.wish is now Plan.desired", DeprecationWarning, stacklevel=2)
        return self.desired


@frozen(kw_only=True)
class Scale:
    """The figures that a vendor takes for one setting, and how an asked figure is snapped to them."""

    field: str
    """The figure's name in the caller's words: ``"reserve_soc_pct"``. Messages and adjustments use it."""
    step: float = 1
    low: float = 0
    high: float = math.inf
    unit: str = ""
    """``"%"`` also refuses fractions; see :func:`~openpower_core.checks.check_percentage`."""
    rounding: Literal["nearest", "down"] = "nearest"
    """Limits that protect something (a fuse, a grid connection) round down: never more than was asked for."""
    outside: Literal["refuse", "snap"] = "refuse"
    """What becomes of a figure below ``low`` or above ``high``: an :class:`InvalidValue`, or the nearest end."""
    reason: str = ""
    """Why a figure was adjusted; made of the rest when left out."""

    def snap(self, asked: float) -> tuple[float, tuple[Adjustment, ...]]:
        """Bring a figure onto the scale; where that changes it, an adjustment says so.

        >>> Scale(field="reserve_soc_pct", step=5, high=100, unit="%").snap(22)[0]
        20

        Raises:
            InvalidValue: it is not a number, or it is out of range and the scale refuses that.
        """
        if self.unit == "%":
            check_percentage(self.field, asked)
        self._check(asked)
        # Rounded again, since 0.1 * 3 is not 0.3.
        count = asked / self.step
        snapped = round((math.floor(count) if self.rounding == "down" else round(count)) * self.step, 9)
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

    def _check(self, asked: Any) -> None:
        number = isinstance(asked, int | float) and not isinstance(asked, bool) and math.isfinite(asked)
        if not number or (self.outside == "refuse" and not self.low <= asked <= self.high):
            raise InvalidValue(f"{self.field} is {asked!r}; it must be a number {self._range}.")
