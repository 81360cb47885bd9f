# Generated from _async_backend.py by openpower_testing; do not edit.
"""What a provider's factory returns: the native API, the devices behind it, and how to let go of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.devices._sync import Device

__all__ = ["Backend"]

Native_co = TypeVar("Native_co", covariant=True)


class Backend(Protocol[Native_co]):
    """One account or box of one vendor, as a provider presents it to the connection."""

    @property
    def native(self) -> Native_co:
        """The vendor's own API; the same object every time."""
        ...

    def discover(self) -> Sequence[Device]:
        """Ask the vendor which devices there are; the connection keeps the answer."""
        ...

    def close(self) -> None:
        """Let go of sockets and the like; called once."""
        ...
