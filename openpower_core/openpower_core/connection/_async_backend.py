"""What a provider's factory returns: the native API, the devices behind it, and how to let go of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.devices._async import AsyncDevice

__all__ = ["AsyncBackend"]

Native_co = TypeVar("Native_co", covariant=True)


class AsyncBackend(Protocol[Native_co]):
    """One account or box of one vendor, as a provider presents it to the connection."""

    @property
    def native(self) -> Native_co:
        """The vendor's own API; the same object every time."""
        ...

    async def discover(self) -> Sequence[AsyncDevice]:
        """Ask the vendor which devices there are; the connection keeps the answer."""
        ...

    async def aclose(self) -> None:
        """Let go of sockets and the like; called once."""
        ...
