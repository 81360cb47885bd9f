"""GoodWe inverters on the local network, by the library ``goodwe`` (extra ``local``): no account, no cloud between."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_goodwe.local._async.client import AsyncGoodWeLocal
    from openpower_goodwe.local._sync.client import GoodWeLocal
    from openpower_goodwe.local.models import Facts, Family, RuntimeData
    from openpower_goodwe.local.transport import Exchange, Found, search, search_async

__all__ = [
    "AsyncGoodWeLocal",
    "Exchange",
    "Facts",
    "Family",
    "Found",
    "GoodWeLocal",
    "RuntimeData",
    "search",
    "search_async",
]

_HOMES = {
    "AsyncGoodWeLocal": "_async.client",
    "Exchange": "transport",
    "Facts": "models",
    "Family": "models",
    "Found": "transport",
    "GoodWeLocal": "_sync.client",
    "RuntimeData": "models",
    "search": "transport",
    "search_async": "transport",
}


def __getattr__(name: str) -> Any:
    # On first use, so that one flavour does not load the other.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
