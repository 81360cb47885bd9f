"""The devices of a system: vendor-agnostic faces over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import mapping
from openpower_core.devices._async_base import (
    AsyncBaseBattery,
    AsyncBaseEVCharger,
    AsyncBaseInverter,
    AsyncBaseMeter,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_alphaess._async.system import AsyncSystem
    from openpower_core.capabilities import Capabilities
    from openpower_core.connection.context import Context
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
    from openpower_core.readings import (
        BatteryReading,
        EVChargerReading,
        InverterReading,
        MeterReading,
    )

__all__ = ["AsyncAlphaBattery", "AsyncAlphaCharger", "AsyncAlphaInverter", "AsyncAlphaMeter"]


class AsyncAlphaMeter(AsyncBaseMeter):
    """The grid connection of a system."""

    def __init__(
        self,
        system: AsyncSystem,
        info: DeviceInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.moment(max_age)
        return mapping.to_meter_reading(seen, stamp, await self._system.today())

    async def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = await self._system.history(start, end)
        now = self._system.clock.now()
        return [mapping.to_meter_sample(sample, day.received_at or now) for sample, day in rows]


class AsyncAlphaInverter(AsyncBaseInverter):
    """The inverter of a system, with the PV and the house behind it."""

    def __init__(
        self,
        system: AsyncSystem,
        info: InverterInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    async def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.moment(max_age)
        return mapping.to_inverter_reading(seen, stamp, await self._system.today())

    async def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = await self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_inverter_sample(sample, day.received_at or now, without_pv=day.without_pv)
            for sample, day in rows
        ]


class AsyncAlphaBattery(AsyncBaseBattery):
    """The battery of a system."""

    def __init__(
        self,
        system: AsyncSystem,
        info: BatteryInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.moment(max_age)
        return mapping.to_battery_reading(seen, stamp, await self._system.today())

    async def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The five-minute series in ``[start, end)``, in time order; its power is computed."""
        rows = await self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_battery_sample(sample, day.received_at or now, without_pv=day.without_pv)
            for sample, day in rows
        ]


class AsyncAlphaCharger(AsyncBaseEVCharger):
    """One EV charger of a system."""

    def __init__(
        self,
        system: AsyncSystem,
        info: DeviceInfo,
        capabilities: Capabilities,
        context: Context,
        *,
        position: int,
        alone: bool,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system
        self._place: dict[str, Any] = {"position": position, "alone": alone}

    async def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it: its power comes with the system's, its state with a call of its own."""
        seen, stamp = await self._system.moment(max_age)
        state = await self._system.charger_state(self.info.serial, max_age)
        energy = await self._system.today()
        return mapping.to_ev_charger_reading(seen, stamp, state, energy, **self._place)

    async def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = await self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_ev_charger_sample(sample, day.received_at or now) for sample, day in rows
        ]
