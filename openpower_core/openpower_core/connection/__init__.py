"""Connections: what ``connect`` gives, what it hands to providers, and the fetches that devices share."""

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
