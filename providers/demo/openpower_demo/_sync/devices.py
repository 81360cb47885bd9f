# Generated from devices.py by openpower_testing; do not edit.
"""The simulated devices, as the vocabulary has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from openpower_core.provider import (
    UNSET,
    BaseBattery,
    BaseEVCharger,
    BaseInverter,
    BaseMeter,
    BaseRetailer,
    BatteryCommand,
    Channel,
    CurrentLimits,
    CurrentScope,
    Role,
    Unset,
)
from openpower_demo import capabilities, retail
from openpower_demo._sync.documents import BoxSettings
from openpower_demo.current import Charging
from openpower_demo.mapping import readings
from openpower_demo.nameplate import battery_info, device_info, inverter_info

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_core.provider import (
        BatteryMode,
        BatteryReading,
        BatterySettings,
        CommandOptions,
        Confirm,
        Context,
        EVChargerReading,
        GridMix,
        InverterReading,
        MeterReading,
        Price,
        PriceSeries,
        Receipt,
        Schedule,
        Usage,
        WriteOptions,
        Writer,
    )
    from openpower_demo._sync.home import DemoHome
    from openpower_demo.world import World

__all__ = ["DemoBattery", "DemoEVCharger", "DemoInverter", "DemoMeter", "DemoRetailer"]


class DemoMeter(BaseMeter):
    """The grid connection."""

    def __init__(self, world: World, native: DemoHome, context: Context) -> None:
        info = device_info(world, Role.METER)
        super().__init__(info, capabilities=capabilities.METER, native=native, context=context)
        self._home = native

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return readings.to_meter_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """Five-minute averages."""
        return [readings.meter_average(line) for line in self._home.history(start, end)]


class DemoInverter(BaseInverter):
    """The inverter, with the PV behind it and the house's load."""

    def __init__(self, world: World, native: DemoHome, context: Context, writer: Writer) -> None:
        self._home = native
        self._limit = BoxSettings(world).export_limit
        super().__init__(
            inverter_info(world),
            capabilities=capabilities.INVERTER,
            native=native,
            context=context,
            writer=writer,
            documents=[self._limit],
        )

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return readings.to_inverter_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """Five-minute averages."""
        return [readings.inverter_average(line) for line in self._home.history(start, end)]

    def export_limit(self) -> float | None:
        """The most that the house gives to the grid (W); None for no limit."""
        return self._home.get_export_limit()

    def set_export_limit(self, limit_w: float | None, **options: Unpack[WriteOptions]) -> Receipt:
        """Limit what the house gives to the grid (W); None lifts the limit."""
        return self._write(self._limit, limit_w, operation="set_export_limit", **options)


class DemoBattery(BaseBattery):
    """The battery, which does everything that a battery can be told."""

    def __init__(self, world: World, native: DemoHome, context: Context, writer: Writer) -> None:
        self._home = native
        box = BoxSettings(world)
        self._program, self._settings = box.program, box.settings
        super().__init__(
            battery_info(world),
            capabilities=capabilities.BATTERY,
            native=native,
            context=context,
            writer=writer,
            documents=[self._program, self._settings],
        )

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return readings.to_battery_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """Five-minute averages; the state of charge is that at the end of each."""
        return [readings.battery_average(line) for line in self._home.history(start, end)]

    def settings(self) -> BatterySettings:
        """Its standing settings."""
        return self._home.get_battery_settings()

    def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the settings that are named."""
        asked = {
            "reserve_soc_pct": reserve_soc_pct,
            "max_soc_pct": max_soc_pct,
            "grid_charge_allowed": grid_charge_allowed,
        }
        return self._write(
            self._settings,
            {name: value for name, value in asked.items() if not isinstance(value, Unset)},
            operation="apply_settings",
            dry_run=dry_run,
            confirm=confirm,
        )

    def schedule(self) -> Schedule:
        """The schedule that it follows while no command runs."""
        return self._home.get_program().schedule

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the schedule; a running command goes on."""
        return self._write(self._program, schedule, operation="set_schedule", dry_run=dry_run, confirm=confirm)

    def command(self, command: BatteryCommand | BatteryMode | str, **options: Unpack[CommandOptions]) -> Receipt:
        """Carry out one command; the battery keeps its end by itself."""
        return self._command(self._program, command, **options)


class DemoEVCharger(BaseEVCharger):
    """The charging point in the garage."""

    def __init__(self, world: World, native: DemoHome, context: Context, writer: Writer) -> None:
        self._home = native
        self._plant = world.plant
        box = BoxSettings(world)
        self._charging, self._currents = box.charging, box.currents
        super().__init__(
            device_info(world, Role.EV_CHARGER),
            capabilities=capabilities.CHARGER,
            native=native,
            context=context,
            writer=writer,
            documents=[self._charging, self._currents],
        )

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return readings.to_charger_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """Five-minute averages."""
        return [readings.charger_average(line) for line in self._home.history(start, end)]

    def limits(self) -> CurrentLimits:
        """The range of the charger's limit, and where it stands."""
        return CurrentLimits(
            min_a=self._plant.charger_min_a,
            max_a=self._plant.charger_max_a,
            present_a=self._home.get_currents().charger_a,
        )

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Let the car charge."""
        return self._switch(Charging(stopped=False), "start", dry_run, confirm)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop the car until :meth:`start`, or until it has left."""
        return self._switch(Charging(stopped=True), "stop", dry_run, confirm)

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        return self._write(
            self._currents, (CurrentScope(scope), amps), operation="set_current_limit", dry_run=dry_run, confirm=confirm
        )

    def _switch(self, charging: Charging, operation: str, dry_run: bool, confirm: Confirm) -> Receipt:
        return self._write(self._charging, charging, operation=operation, dry_run=dry_run, confirm=confirm)


class DemoRetailer(BaseRetailer):
    """Who sells and buys the home's electricity, at prices that follow the market."""

    def __init__(self, world: World, native: DemoHome, context: Context) -> None:
        info = device_info(world, Role.RETAILER)
        super().__init__(info, capabilities=capabilities.RETAILER, native=native, context=context)
        self._world = world

    def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The price of the running interval; an estimate for its first half minute or so."""
        return retail.current_price(self._world, channel)

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices of the intervals that overlap ``[start, end)``, settled, current and forecast."""
        return retail.prices(self._world, start, end, channel=channel, resolution=resolution)

    def usage(self, start: datetime, end: datetime, *, channel: Channel | None = None) -> list[Usage]:
        """What was metered; a day is published at 06:00 the next morning, and absent before."""
        return retail.usage(self._world, start, end, channel=channel)

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid."""
        return retail.grid_mix(self._world, start, end)
