"""Connections: what ``connect`` gives, what it hands to providers, and the fetches that devices share."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.connection._async import AsyncConnection
    from openpower_core.connection._async_backend import AsyncBackend
    from openpower_core.connection._async_fetch import AsyncSharedFetch
    from openpower_core.connection._async_home import AsyncHome
    from openpower_core.connection._connect import connect, connect_async
    from openpower_core.connection._sync import Connection
    from openpower_core.connection._sync_backend import Backend
    from openpower_core.connection._sync_fetch import SharedFetch
    from openpower_core.connection._sync_home import Home
    from openpower_core.connection.context import Context
    from openpower_core.connection.fetched import Fetched

__all__ = [
    "AsyncBackend",
    "AsyncConnection",
    "AsyncHome",
    "AsyncSharedFetch",
    "Backend",
    "Connection",
    "Context",
    "Fetched",
    "Home",
    "SharedFetch",
    "connect",
    "connect_async",
]

_HOMES = {
    "AsyncBackend": "_async_backend",
    "AsyncConnection": "_async",
    "AsyncHome": "_async_home",
    "AsyncSharedFetch": "_async_fetch",
    "Backend": "_sync_backend",
    "Connection": "_sync",
    "Context": "context",
    "Fetched": "fetched",
    "Home": "_sync_home",
    "SharedFetch": "_sync_fetch",
    "connect": "_connect",
    "connect_async": "_connect",
}

if not TYPE_CHECKING:
    # On first use, so that a program of one flavour does not load the other.

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
