"""What can be believed of a single figure; what cannot is None, and ``reading.raw`` still shows it."""

from __future__ import annotations

from typing import Final

from openpower_core.provider import percentage_or_none

_NOISE_W: Final = 50.0
"""A meter at rest strays by that much below zero."""
_MOST_W: Final = 1e7
_MOST_KWH_A_DAY: Final = 24_000.0
"""A thousand kilowatts for a day; the largest systems on this API have a fraction of it."""


def power(value: float | None) -> float | None:
    """A signed power (W)."""
    return value if value is not None and abs(value) <= _MOST_W else None


def forward(value: float | None) -> float | None:
    """A power that cannot be negative (W): noise below zero is 0, what is clearly negative is not known."""
    value = power(value)
    if value is None or value < -_NOISE_W:
        return None
    return max(value, 0.0)


def percentage(value: float | None) -> float | None:
    """A state of charge (%); rounding takes some a little beyond its ends."""
    return percentage_or_none(value, slack=1)


def energy(value: float | None) -> float | None:
    """Energy of one day (kWh); −1482 has been seen for an EV charger (2026)."""
    return value if value is not None and 0 <= value <= _MOST_KWH_A_DAY else None
