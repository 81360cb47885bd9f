"""A simulated home as a provider: every device, every mode, no account.

>>> from datetime import UTC, datetime
>>> from openpower_core.connection import connect
>>> with connect("demo", start=datetime(2026, 11, 4, 1, tzinfo=UTC)) as home:
...     home.battery().info.capacity_kwh
13.3
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_demo._async.home import AsyncDemoHome
    from openpower_demo._sync.home import DemoHome
    from openpower_demo.current import Charging, Currents, ExportLimit, Program

__all__ = ["AsyncDemoHome", "Charging", "Currents", "DemoHome", "ExportLimit", "Program"]

_HOMES = {
    "AsyncDemoHome": "_async.home",
    "Charging": "current",
    "Currents": "current",
    "DemoHome": "_sync.home",
    "ExportLimit": "current",
    "Program": "current",
}


def __getattr__(name: str) -> Any:
    # On first use, so that connecting in one flavour does not load the other.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
