"""A simulated home as a provider: every device, every mode, no account.

>>> from datetime import UTC, datetime
>>> from openpower_core.connection import connect
>>> with connect("demo", start=datetime(2026, 11, 4, 1, tzinfo=UTC)) as home:
...     home.battery().info.capacity_kwh
13.3
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
