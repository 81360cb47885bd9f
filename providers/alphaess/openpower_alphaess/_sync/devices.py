# Generated from devices.py by openpower_core's unasync.py; do not edit.
"""The devices of a system: vendor-agnostic faces over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import mapping
from openpower_core.devices._sync_base import (
    BaseBattery,
    BaseEVCharger,
    BaseInverter,
    BaseMeter,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_alphaess._sync.system import System
    from openpower_core.capabilities import Capabilities
    from openpower_core.connection.context import Context
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
    from openpower_core.readings import (
        BatteryReading,
        EVChargerReading,
        InverterReading,
        MeterReading,
    )

__all__ = ["AlphaBattery", "AlphaCharger", "AlphaInverter", "AlphaMeter"]


class AlphaMeter(BaseMeter):
    """The grid connection of a system."""

    def __init__(
        self,
        system: System,
        info: DeviceInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_meter_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [mapping.to_meter_sample(sample, day.received_at or now) for sample, day in rows]


class AlphaInverter(BaseInverter):
    """The inverter of a system, with the PV and the house behind it."""

    def __init__(
        self,
        system: System,
        info: InverterInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_inverter_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_inverter_sample(sample, day.received_at or now, without_pv=day.without_pv)
            for sample, day in rows
        ]


class AlphaBattery(BaseBattery):
    """The battery of a system."""

    def __init__(
        self,
        system: System,
        info: BatteryInfo,
        capabilities: Capabilities,
        context: Context,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_battery_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The five-minute series in ``[start, end)``, in time order; its power is computed."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_battery_sample(sample, day.received_at or now, without_pv=day.without_pv)
            for sample, day in rows
        ]


class AlphaCharger(BaseEVCharger):
    """One EV charger of a system."""

    def __init__(
        self,
        system: System,
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

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it: its power comes with the system's, its state with a call of its own."""
        seen, stamp = self._system.moment(max_age)
        state = self._system.charger_state(self.info.serial, max_age)
        energy = self._system.today()
        return mapping.to_ev_charger_reading(seen, stamp, state, energy, **self._place)

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_ev_charger_sample(sample, day.received_at or now) for sample, day in rows
        ]
