"""The checks of the kit, one module per group."""

from __future__ import annotations

from openpower_core.testing.checks import (
    capabilities,  # isort: skip
    connecting,  # isort: skip
    data,  # isort: skip
    faults,  # isort: skip
    loading,  # isort: skip
    parity,  # isort: skip
    readings,  # isort: skip
    retailer,  # isort: skip
    secrets,  # isort: skip
    signs,  # isort: skip
    time,  # isort: skip
    writes,  # isort: skip
)
from openpower_core.testing.checks._registry import CHECKS, Check

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
