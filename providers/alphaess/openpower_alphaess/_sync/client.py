# Generated from client.py by openpower_testing; do not edit.
"""The native client: AlphaESS's Open API, whole, typed, in the vendor's vocabulary."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Self

from openpower_alphaess._sync.reads import Reads
from openpower_alphaess._sync.session import BASE_URL, Session
from openpower_alphaess._sync.writes import Writes
from openpower_alphaess._values import named_serial
from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret, mask

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType

    from openpower_core.provider import Transport

__all__ = ["AlphaESS"]


class AlphaESS(Reads, Writes):
    """A client of the Open API; it asks nothing until a method is called.

    Args:
        app_id: the developer id, from https://open.alphaess.com.
        app_secret: the developer secret.
        serial_number: the system that calls are for when they name none.
        device_serial_number: another name of ``serial_number``.
        base_url: replaces the vendor's whole prefix: an emulator, a proxy.
        transport: replaces the network.
        timeout: seconds within which a call has to end, retries included.
        clock: replaces the system's clock.
    """

    def __init__(
        self,
        app_id: str | Secret,
        app_secret: str | Secret,
        serial_number: str | None = None,
        *,
        device_serial_number: str | None = None,
        base_url: str | None = None,
        transport: Transport | None = None,
        timeout: float = 30.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._serial_number = named_serial(serial_number, device_serial_number)
        self._session = Session(
            app_id,
            app_secret,
            base_url=(base_url or BASE_URL).rstrip("/"),
            transport=transport,
            timeout=timeout,
            clock=clock,
        )

    @property
    def serial_number(self) -> str | None:
        """The system that calls are for when they name none."""
        return self._serial_number

    @property
    def clock_offset(self) -> timedelta | None:
        """What AlphaESS's clock was ahead of this machine's at the last answer, to a second; None before the first."""
        return self._session.clock_offset

    @property
    def session(self) -> Session:
        """What signs and sends; for this package's own use."""
        return self._session

    def for_device(self, serial_number: str) -> Self:
        """The same client for one system; it shares the connection, and closing either closes both."""
        other = copy.copy(self)
        other._serial_number = serial_number  # noqa: SLF001 – its own class
        return other

    def close(self) -> None:
        """Close the connections that this client and those made by :meth:`for_device` share."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        of = f" for {mask(self._serial_number)}" if self._serial_number else ""
        return f"<{type(self).__name__}{of}>"
