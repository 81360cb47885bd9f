from openpower_core.connection._async import (
    AsyncBackend as AsyncBackend,
    AsyncBaseBackend as AsyncBaseBackend,
    AsyncConnection as AsyncConnection,
    AsyncHome as AsyncHome,
)
from openpower_core.connection._async_fetch import AsyncSharedFetch as AsyncSharedFetch
from openpower_core.connection._sync import (
    Backend as Backend,
    BaseBackend as BaseBackend,
    Connection as Connection,
    Home as Home,
)
from openpower_core.connection._sync_fetch import SharedFetch as SharedFetch
from openpower_core.connection.connecting import connect as connect, connect_async as connect_async
from openpower_core.connection.context import Context as Context, Fetched as Fetched
