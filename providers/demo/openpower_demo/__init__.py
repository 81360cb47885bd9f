"""A simulated home as a provider: every device, every mode, no account.

>>> from datetime import UTC, datetime
>>> from openpower_core.connection import connect
>>> with connect("demo", start=datetime(2026, 11, 4, 1, tzinfo=UTC)) as home:
...     home.battery().info.capacity_kwh
13.3
"""

from __future__ import annotations

from openpower_demo._async.home import AsyncDemoHome
from openpower_demo._sync.home import DemoHome
from openpower_demo.held import Charging, Currents, ExportLimit, Program

__all__ = ["AsyncDemoHome", "Charging", "Currents", "DemoHome", "ExportLimit", "Program"]
