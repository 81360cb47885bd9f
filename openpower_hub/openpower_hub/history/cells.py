"""Cells: what a figure was over five minutes, an hour or a day."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen(kw_only=True)
class Cell:
    """A figure over a stretch of time, as far as it is known; where nothing is known there is no cell."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it. A day has 23 or 25 hours where the clock is changed."""
    mean: float | None = None
    """Weighted by time; None for energy counters and for a status."""
    low: float | None = None
    """The least value; None for energy counters and for a status."""
    high: float | None = None
    """The highest value; None for energy counters and for a status."""
    last: float | str | None = None
    """The last value."""
    forward_kwh: float | None = None
    """Of power: the energy that flowed into the house; of a counter: by how much it grew. None for other figures."""
    backward_kwh: float | None = None
    """Of power: the energy that flowed out of the house, not negative. None for other figures."""
    known_s: float = 0.0
    """Of how much of it the value is known (s); 0 for energy counters and for a status."""
