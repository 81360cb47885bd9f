"""The devices of an AlphaESS system, over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from openpower_alphaess.mapping import devices as described, live, series
from openpower_core import provider as core

if TYPE_CHECKING:
    from datetime import datetime

    from openpower_alphaess._async.control import AsyncChargerSettings, AsyncControl
    from openpower_alphaess._async.system import AsyncSystem


class AsyncAlphaMeter(core.AsyncBaseMeter):
    """The grid connection of a system."""

    def __init__(
        self, system: AsyncSystem, info: core.DeviceInfo, capabilities: core.Capabilities, context: core.Context
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    async def read(self, *, max_age: core.Span | None = None) -> core.MeterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.now(max_age)
        return live.to_meter_reading(seen, stamp, await self._system.today(max_age))

    async def history(self, start: datetime, end: datetime) -> list[core.MeterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        return await self._system.history(start, end, series.meters)


class AsyncAlphaInverter(core.AsyncBaseInverter):
    """The inverter of a system, with the PV and the house behind it."""

    def __init__(
        self, system: AsyncSystem, info: core.InverterInfo, capabilities: core.Capabilities, context: core.Context
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    async def read(self, *, max_age: core.Span | None = None) -> core.InverterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.now(max_age)
        return live.to_inverter_reading(seen, stamp, await self._system.today(max_age))

    async def history(self, start: datetime, end: datetime) -> list[core.InverterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        return await self._system.history(start, end, series.inverters)


class AsyncAlphaCharger(core.AsyncBaseEVCharger):
    """One EV charger of a system."""

    _writer: core.AsyncWriter | None

    def __init__(
        self,
        system: AsyncSystem,
        info: core.DeviceInfo,
        capabilities: core.Capabilities,
        context: core.Context,
        backend: core.AsyncBaseBackend[Any],
        *,
        position: int,
        alone: bool,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system
        self._backend = backend
        self._documents_: AsyncChargerSettings | None = None
        self._place: dict[str, Any] = {"position": position, "alone": alone}
        if backend.remembers:
            _ = self.writer  # adopts the documents, so that what an earlier process left can be released

    async def read(self, *, max_age: core.Span | None = None) -> core.EVChargerReading:
        """Read it: its power comes with the system's, its state with a call of its own."""
        seen, stamp = await self._system.now(max_age)
        state, reason = await self._system.charger_state(self.info.serial, max_age)
        energy = await self._system.today(max_age)
        return live.to_ev_charger_reading(seen, stamp, state, energy, status=reason, **self._place)

    async def history(self, start: datetime, end: datetime) -> list[core.EVChargerReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        return await self._system.history(start, end, series.ev_chargers)

    async def limits(self) -> core.CurrentLimits:
        """The household's current limit, which load balancing keeps; the Open API does not give the charger's own."""
        from openpower_alphaess.control.charger import MAX_A, MIN_A

        present = await self._system.native.get_ev_charger_current_draw_settings()
        possible = present if present >= 0 else None
        return core.CurrentLimits(
            min_a=MIN_A, max_a=MAX_A, step_a=1.0, scope=core.CurrentScope.SITE, present_a=possible
        )

    async def start(self, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Begin charging the car; it has to be plugged in."""
        return await self._order(charging=True, **options)

    async def stop(self, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Stop charging the car."""
        return await self._order(charging=False, **options)

    async def set_current_limit(
        self,
        amps: core.Number,
        *,
        scope: core.CurrentScope | str = core.CurrentScope.CHARGER,
        **options: Unpack[core.WriteOptions],
    ) -> core.Receipt:
        """Limit the household's current (``scope="site"``); the charger's own limit is not in the Open API."""
        del scope  # the capabilities let only the site's pass
        return await self._write(self._documents().site, amps, operation="set_current_limit", **options)

    async def _order(self, *, charging: bool, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        receipt = await self._write(
            self._documents().switch, charging, operation="start" if charging else "stop", **options
        )
        if receipt.state.sent:
            self._system.stale = True
        return receipt

    def _documents(self) -> AsyncChargerSettings:
        if self._documents_ is None:
            # Loaded by the first write: most programs only read.
            from openpower_alphaess._async.control import AsyncChargerSettings

            self._documents_ = AsyncChargerSettings(self._system.native, self._info.serial)
        return self._documents_

    @property
    def writer(self) -> core.AsyncWriter:
        """The connection's writer, which knows the documents of this device."""
        if self._writer is None:
            documents = self._documents()
            self._writer = self._backend.writer
            self._adopt(documents.switch, documents.site)
        return self._writer


class AsyncAlphaBattery(core.AsyncBaseBattery):
    """The battery of a system."""

    _writer: core.AsyncWriter | None

    def __init__(
        self,
        system: AsyncSystem,
        info: core.BatteryInfo,
        context: core.Context,
        backend: core.AsyncBaseBackend[Any],
        *,
        limits: core.WriteLimits,
        rated_w: float | None,
    ) -> None:
        capabilities = described.battery_capabilities(system.tz, limits)
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system
        self._backend = backend
        self._limits = limits
        self._rated_w = rated_w
        self._control: AsyncControl | None = None
        self._probed = False
        if backend.remembers:
            _ = self.writer  # adopts the documents, so that what an earlier process left can be released

    async def read(self, *, max_age: core.Span | None = None) -> core.BatteryReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = await self._system.now(max_age)
        return live.to_battery_reading(seen, stamp, await self._system.today(max_age))

    async def history(self, start: datetime, end: datetime) -> list[core.BatteryReading]:
        """The five-minute series in ``[start, end)``, in time order; its power is computed."""
        return await self._system.history(start, end, series.batteries)

    async def schedule(self) -> core.Schedule:
        """The schedule that AlphaESS stores, in the device's wall-clock time.

        The periodic pair's enable flags cannot be read; they are taken to be on where there are periods.
        """
        await self._probe()
        return await self._controls().schedule()

    async def set_schedule(self, schedule: core.Schedule, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Replace the schedule that AlphaESS stores."""
        return await self._desired(schedule, "set_schedule", **options)

    async def settings(self) -> core.BatterySettings:
        """Its settings; None where the pair in use does not have one, or it cannot be read."""
        await self._probe()
        return await self._controls().settings()

    async def apply_settings(self, **options: Unpack[core.SettingsOptions]) -> core.Receipt:
        """Change the settings that are named; the others stay as they are."""
        from openpower_alphaess.control.pair import DesiredSettings

        named, sending = core.to_settings(options)
        return await self._desired(DesiredSettings(**named), "apply_settings", **sending)

    async def command(
        self, command: core.BatteryCommand | core.BatteryMode | str, **options: Unpack[core.CommandOptions]
    ) -> core.Receipt:
        """Carry out one command; its window recurs until it is released."""
        desired, sending = core.to_command(command, options)
        return await self._desired(desired, "command", restorable=True, **sending)

    async def release(self, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Put back what was stored before the command, where the command is still what is stored."""
        receipt = await super().release(**options)
        self._system.stale = True
        return receipt

    async def _desired(self, desired: Any, operation: str, **options: Any) -> core.Receipt:
        document = await self._probe()
        receipt = await self._write(document, desired, operation=operation, **options)
        if receipt.state.sent:
            self._system.stale = True
        return receipt

    async def _probe(self) -> Any:
        """The document of the pair that the system obeys, which is asked once; then the capabilities are known too."""
        document = await self._controls().chosen()
        if not self._probed:
            self._capabilities = described.battery_capabilities(self._system.tz, self._limits, document.pair)
            self._probed = True
        return document

    def _controls(self) -> AsyncControl:
        if self._control is None:
            # Loaded by the first look at a schedule: most programs only read.
            from openpower_alphaess._async.control import AsyncControl

            self._control = AsyncControl(self._system, self._limits, self._rated_w)
        return self._control

    @property
    def writer(self) -> core.AsyncWriter:
        """The connection's writer, which knows the documents of this device."""
        if self._writer is None:
            self._writer = self._backend.writer
            self._adopt(*self._controls().documents)
        return self._writer
