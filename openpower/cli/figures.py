"""Numbers and times as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

__all__ = ["energy", "money", "percent", "power", "sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"


def power(watts: float | None) -> str:
    """``3.42 kW``; small figures in watts; an unknown one as a dash."""
    if watts is None:
        return "–"
    if abs(watts) < 1000:
        return f"{watts:.0f} W"
    return f"{watts / 1000:.2f} kW"


def energy(kwh: float | None) -> str:
    """``6.4 kWh``."""
    return "–" if kwh is None else f"{kwh:.1f} kWh"


def percent(share: float | None) -> str:
    """``64 %``."""
    return "–" if share is None else f"{share:.0f} %"


def money(amount: Decimal | None, currency: str) -> str:
    """``0.3104 AUD``: for the screen only, so rounded to a hundredth of a cent."""
    return "–" if amount is None else f"{amount:.4f} {currency}"


def sparkline(values: Sequence[float], *, width: int) -> str:
    """One row of block characters, ``width`` wide at most, from the lowest value to the highest."""
    if not values:
        return ""
    count = min(width, len(values))
    groups = [values[len(values) * index // count : len(values) * (index + 1) // count] for index in range(count)]
    means = [sum(group) / len(group) for group in groups]
    low, high = min(means), max(means)
    span = (high - low) or 1.0
    return "".join(_BLOCKS[round((mean - low) / span * (len(_BLOCKS) - 1))] for mean in means)
