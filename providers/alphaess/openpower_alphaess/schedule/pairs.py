"""Which of the two pairs of settings a system obeys, and what each of them can express.

In 2025 and 2026 several regions (UK, AU/NZ, NL) moved to a backend where the legacy writes answer 200
and nothing happens; elsewhere only the legacy pair works. The periodic read tells: 6017 means legacy.
The two are never mixed.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

__all__ = ["LEGACY", "UNKNOWN_RATING_W", "Pair", "periodic"]

UNKNOWN_RATING_W: Final = 20_000
"""Sent where the inverter's rating is not told: values above the rating are accepted, and clipped."""


@frozen(kw_only=True)
class Pair:
    """One pair of settings."""

    name: str
    has_power: bool
    full_w: int = UNKNOWN_RATING_W
    """The power that stands for "as fast as it can"."""


LEGACY: Final = Pair(name="legacy", has_power=False)


def periodic(rated_w: float | None) -> Pair:
    """The periodic pair of an inverter with that rating."""
    return Pair(name="periodic", has_power=True, full_w=int(rated_w or UNKNOWN_RATING_W))
