"""The checks of the kit, by group; importing this package enlists them all, in the order in which they run."""

from openpower_testing.checks import (
    campaign,
    capabilities,
    connecting,
    data,
    energy,
    faults,
    freshness,
    readings,
    retailer,
    secrets,
    snapping,
    time,
    twins,
    undo,
    writes,
)
from openpower_testing.checks._base import CHECKS, Check, name_today

__all__ = [
    "CHECKS",
    "Check",
    "campaign",
    "capabilities",
    "connecting",
    "data",
    "energy",
    "faults",
    "freshness",
    "name_today",
    "readings",
    "retailer",
    "secrets",
    "snapping",
    "time",
    "twins",
    "undo",
    "writes",
]
