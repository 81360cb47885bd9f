"""The checks of the kit, one module per group."""

from __future__ import annotations

from openpower_testing.checks import (
    capabilities,
    connecting,
    data,
    faults,
    loading,
    parity,
    readings,
    retailer,
    secrets,
    signs,
    time,
    writes,
)
from openpower_testing.checks._registry import CHECKS, Check

__all__ = [
    "CHECKS",
    "Check",
    "capabilities",
    "connecting",
    "data",
    "faults",
    "loading",
    "parity",
    "readings",
    "retailer",
    "secrets",
    "signs",
    "time",
    "writes",
]
