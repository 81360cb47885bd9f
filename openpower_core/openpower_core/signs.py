"""Finds a wrong sign in a home's readings: the flip of one flow that makes the power balance close."""

from __future__ import annotations

from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.balance import Balance

__all__ = ["SignReport", "Verdict", "check_signs"]

TOLERANCE_W: Final = 150.0
"""What losses, and parts that are not measured at the same instant, may leave over."""
TOLERANCE_SHARE: Final = 0.1
"""The same for big flows, as a share of the biggest."""


class Verdict(StrEnum):
    """What the samples say of the signs."""

    RIGHT = "right"
    """The flows balance as they are."""
    FLIPPED = "flipped"
    """They balance once one flow is turned round."""
    OPEN = "open"
    """Too little flowed, or too little is known, to tell."""
    WRONG = "wrong"
    """They do not balance, and no single flip would mend it."""


@frozen(kw_only=True)
class SignReport:
    """What a few minutes of readings say of the signs."""

    verdict: Verdict
    residual_w: float | None
    """The median of what is left over, in size (W)."""
    flip: str | None = None
    """The flow to turn round: ``"battery"`` or ``"grid"``."""


def check_signs(samples: Sequence[Balance]) -> SignReport:
    """Judge the signs of battery and grid by the residuals of several moments.

    A flip is told only from moments in which that flow was big enough to show.
    """
    whole = [sample for sample in samples if sample.residual_w is not None]
    if not whole:
        return SignReport(verdict=Verdict.OPEN, residual_w=None)
    residual = median(abs(sample.residual_w or 0.0) for sample in whole)
    limit = max(TOLERANCE_W, TOLERANCE_SHARE * max(_biggest(sample) for sample in whole))
    if residual <= limit:
        moved = any(_biggest(sample) > limit for sample in whole)
        return SignReport(verdict=Verdict.RIGHT if moved else Verdict.OPEN, residual_w=residual)
    for name in ("grid", "battery"):
        corrected = [abs((each.residual_w or 0.0) - 2 * _flow(each, name)) for each in whole]
        if median(corrected) <= limit:
            return SignReport(verdict=Verdict.FLIPPED, residual_w=residual, flip=name)
    return SignReport(verdict=Verdict.WRONG, residual_w=residual)


def _flow(sample: Balance, name: str) -> float:
    return (sample.grid_w if name == "grid" else sample.battery_w) or 0.0


def _biggest(sample: Balance) -> float:
    return max(abs(_flow(sample, "grid")), abs(_flow(sample, "battery")))
