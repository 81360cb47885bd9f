"""What a provider plans (a draft), and what a guard gets to see before it is sent (a plan)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import field, frozen

from openpower_core.checks import aware_or_none
from openpower_core.writes import Adjustment, NativeCall

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Draft", "Plan"]

Current = TypeVar("Current")


def _adjustments(given: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    # Written out: in a generic class type checkers lose the type of what bare ``tuple`` takes.
    return tuple(given)


@frozen(kw_only=True)
class Draft(Generic[Current]):
    """What the vendor should hold once a wish is fulfilled."""

    document: Current
    """The whole document, as the vendor would show it: merged, snapped to its grid, fillers in place."""
    adjustments: tuple[Adjustment, ...] = field(default=(), converter=_adjustments)
    """Where the document only comes near the wish."""
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
