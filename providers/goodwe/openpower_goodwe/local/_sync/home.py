# Generated from home.py by openpower_testing; do not edit.
"""What a connection holds: the native client of one inverter, and the discovery of the devices behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.write import Writer
from openpower_goodwe.local import mapping
from openpower_goodwe.local._sync.client import GoodWeLocal
from openpower_goodwe.local._sync.devices import Box, LocalBattery, LocalInverter, LocalMeter
from openpower_goodwe.local.library import UDP_PORT
from openpower_goodwe.local.pacing import MIN_POLL_S

if TYPE_CHECKING:
    from openpower_core.connection.context import Context
    from openpower_core.devices._sync import Device

__all__ = ["Home", "connect"]


def connect(
    context: Context,
    *,
    host: str,
    port: int = UDP_PORT,
    protocol: str | None = None,
    family: str | None = None,
    unit: int | None = None,
    min_poll: float = MIN_POLL_S,
    answer_within: float = 1.0,
) -> Home:
    """Make the backend of a connection; nothing is asked of the inverter yet."""
    native = GoodWeLocal(
        host,
        int(port),
        protocol=protocol,
        family=family,
        unit=None if unit is None else int(unit),
        transport=context.transport,
        timeout=context.timeout,
        answer_within=float(answer_within),
        min_poll=float(min_poll),
        clock=context.clock,
    )
    return Home(native, context)


class Home:
    """One inverter and what hangs on it."""

    def __init__(self, native: GoodWeLocal, context: Context) -> None:
        self._native = native
        self._context = context
        self.writer = Writer.over(context)
        """What brings every change to the inverter, native ones included."""
        native.gate = self.writer.native

    @property
    def native(self) -> GoodWeLocal:
        """The native API."""
        return self._native

    def discover(self) -> list[Device]:
        """Ask the inverter who it is, and look at it once for what hangs on it."""
        facts = self._native.read_device_info()
        data = self._native.read_runtime_data()
        box = Box(self._native, facts, self._context)
        devices: list[Device] = [LocalInverter(box, self.writer)]
        if mapping.has_battery(data):
            devices.append(LocalBattery(box, data, self.writer))
        if mapping.has_meter(data, facts):
            devices.append(LocalMeter(box))
        return devices

    def close(self) -> None:
        """Let go of the inverter."""
        self.writer.close()
        self._native.close()
