from openpower_core.connection._async import AsyncConnection as AsyncConnection
from openpower_core.connection._async_backend import AsyncBackend as AsyncBackend
from openpower_core.connection._async_fetch import AsyncSharedFetch as AsyncSharedFetch
from openpower_core.connection._async_home import AsyncHome as AsyncHome
from openpower_core.connection._connect import connect as connect, connect_async as connect_async
from openpower_core.connection._sync import Connection as Connection
from openpower_core.connection._sync_backend import Backend as Backend
from openpower_core.connection._sync_fetch import SharedFetch as SharedFetch
from openpower_core.connection._sync_home import Home as Home
from openpower_core.connection.context import Context as Context
from openpower_core.connection.fetched import Fetched as Fetched
