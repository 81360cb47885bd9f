"""The one place that imports httpx and httpcore; everything else takes them from here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

# httpx tries to import its command line, which loads click, rich and pygments where they are installed, and
# so doubles a cold start. A None in sys.modules makes that attempt fail the way httpx is prepared for.
_SPARED = () if TYPE_CHECKING or "httpx" in sys.modules else ("httpx._main",)
for _name in _SPARED:
    sys.modules[_name] = None  # type: ignore[assignment]

import httpcore  # noqa: E402
import httpx  # noqa: E402

for _name in _SPARED:
    sys.modules.pop(_name, None)

__all__ = ["FAILURES", "AsyncTransport", "Transport", "httpcore", "httpx"]

Transport = httpx.BaseTransport
AsyncTransport = httpx.AsyncBaseTransport

# Everything by which a transport says that it could not do its work.
FAILURES = (httpx.HTTPError, httpx.StreamError, OSError, EOFError)
