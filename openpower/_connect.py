"""``connect`` and ``connect_async`` are core's; the stub beside this adds the first-party providers' own types."""

from openpower_core.connection import connect, connect_async

__all__ = ["connect", "connect_async"]
