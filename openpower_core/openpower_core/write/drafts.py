"""What a provider plans (a draft, snapped to a scale), and what a guard gets to see before it is sent (a plan)."""

from __future__ import annotations

import math
import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from attrs import field, frozen

from openpower_core.checks import aware_or_none, check_percentage
from openpower_core.errors import InvalidValue
from openpower_core.writes import Adjustment, NativeCall

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Draft", "Plan", "Scale"]

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
        if got == asked:
            return got, ()
        return got, (Adjustment(field=self.field, asked=asked, got=got, reason=self.reason or f"It takes {self}."),)

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
