"""What a connection holds: the native client of one inverter, and the discovery of the devices behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.write import AsyncWriter
from openpower_goodwe.local import mapping
from openpower_goodwe.local._async.client import AsyncGoodWeLocal
from openpower_goodwe.local._async.devices import AsyncBox, AsyncLocalBattery, AsyncLocalInverter, AsyncLocalMeter
from openpower_goodwe.local.library import UDP_PORT
from openpower_goodwe.local.pacing import MIN_POLL_S

if TYPE_CHECKING:
    from openpower_core.connection.context import Context
    from openpower_core.devices._async import AsyncDevice

__all__ = ["AsyncHome", "connect"]


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
) -> AsyncHome:
    """Make the backend of a connection; nothing is asked of the inverter yet."""
    native = AsyncGoodWeLocal(
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
    return AsyncHome(native, context)


class AsyncHome:
    """One inverter and what hangs on it."""

    def __init__(self, native: AsyncGoodWeLocal, context: Context) -> None:
        self._native = native
        self._context = context
        self.writer = AsyncWriter.over(context)
        """What brings every change to the inverter, native ones included."""
        native.gate = self.writer.native

    @property
    def native(self) -> AsyncGoodWeLocal:
        """The native API."""
        return self._native

    async def discover(self) -> list[AsyncDevice]:
        """Ask the inverter who it is, and look at it once for what hangs on it."""
        facts = await self._native.read_device_info()
        data = await self._native.read_runtime_data()
        box = AsyncBox(self._native, facts, self._context)
        devices: list[AsyncDevice] = [AsyncLocalInverter(box, self.writer)]
        if mapping.has_battery(data):
            devices.append(AsyncLocalBattery(box, data, self.writer))
        if mapping.has_meter(data, facts):
            devices.append(AsyncLocalMeter(box))
        return devices

    async def aclose(self) -> None:
        """Let go of the inverter."""
        await self.writer.aclose()
        await self._native.aclose()
