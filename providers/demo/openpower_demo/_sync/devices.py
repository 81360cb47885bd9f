# Generated from devices.py by openpower_testing; do not edit.
"""The simulated devices, and the connection that has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from openpower_core import provider as core
from openpower_demo import mapping
from openpower_demo._sync.client import DemoHome
from openpower_demo._sync.control import BoxSettings
from openpower_demo.client import World, context_in, make_world
from openpower_demo.mapping import CHARGER, INVERTER, METER, RETAILER, battery_info, device_info, inverter_info


class DemoMeter(core.BaseMeter):
    """The grid connection."""

    def __init__(self, world: World, native: DemoHome, context: core.Context) -> None:
        info = device_info(world, core.Role.METER)
        super().__init__(info, capabilities=METER, native=native, context=context)
        self._home = native

    def read(self, *, max_age: core.Span | None = None) -> core.MeterReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return mapping.to_meter_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[core.MeterReading]:
        """Five-minute averages."""
        return [mapping.meter_average(line) for line in self._home.history(start, end)]


class DemoInverter(core.BaseInverter):
    """The inverter, with the PV behind it and the house's load."""

    def __init__(self, world: World, native: DemoHome, context: core.Context, writer: core.Writer) -> None:
        self._home = native
        super().__init__(
            inverter_info(world),
            capabilities=INVERTER,
            native=native,
            context=context,
            writer=writer,
            export_limit=BoxSettings(world).export_limit,
        )

    def read(self, *, max_age: core.Span | None = None) -> core.InverterReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return mapping.to_inverter_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[core.InverterReading]:
        """Five-minute averages."""
        return [mapping.inverter_average(line) for line in self._home.history(start, end)]


class DemoBattery(core.BaseBattery):
    """The battery, which supports every command and setting."""

    def __init__(self, world: World, native: DemoHome, context: core.Context, writer: core.Writer) -> None:
        self._home = native
        box = BoxSettings(world)
        super().__init__(
            battery_info(world),
            capabilities=mapping.battery_capabilities(world.like),
            native=native,
            context=context,
            writer=writer,
            program=box.program,
            settings=box.settings,
        )

    def read(self, *, max_age: core.Span | None = None) -> core.BatteryReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return mapping.to_battery_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[core.BatteryReading]:
        """Five-minute averages; the state of charge is that at the end of each."""
        return [mapping.battery_average(line) for line in self._home.history(start, end)]


class DemoEVCharger(core.BaseEVCharger):
    """The charging point in the garage."""

    def __init__(self, world: World, native: DemoHome, context: core.Context, writer: core.Writer) -> None:
        self._home = native
        self._plant = world.plant
        box = BoxSettings(world)
        self._currents = box.currents
        super().__init__(
            device_info(world, core.Role.EV_CHARGER),
            capabilities=CHARGER,
            native=native,
            context=context,
            writer=writer,
            documents=[box.charging, self._currents],
            charging=box.charging,
        )

    def read(self, *, max_age: core.Span | None = None) -> core.EVChargerReading:  # noqa: ARG002
        """Read it; it is always fresh."""
        return mapping.to_charger_reading(self._home.status())

    def history(self, start: datetime, end: datetime) -> list[core.EVChargerReading]:
        """Five-minute averages."""
        return [mapping.charger_average(line) for line in self._home.history(start, end)]

    def limits(self) -> core.CurrentLimits:
        """The range of the charger's limit, and its current value."""
        return core.CurrentLimits(
            min_a=self._plant.charger_min_a,
            max_a=self._plant.charger_max_a,
            present_a=self._home.get_currents().charger_a,
        )

    def set_current_limit(
        self,
        amps: core.Number,
        *,
        scope: core.CurrentScope | str = core.CurrentScope.CHARGER,
        **options: Unpack[core.WriteOptions],
    ) -> core.Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        return self._write(self._currents, (core.CurrentScope(scope), amps), operation="set_current_limit", **options)


class DemoRetailer(core.BaseRetailer):
    """Who sells and buys the home's electricity, at prices that follow the market."""

    def __init__(self, world: World, native: DemoHome, context: core.Context) -> None:
        info = device_info(world, core.Role.RETAILER)
        super().__init__(info, capabilities=RETAILER, native=native, context=context)
        self._world = world

    def current_price(self, channel: core.Channel | str = core.Channel.IMPORT) -> core.Price:
        """The price of the running interval; an estimate for its first half minute or so."""
        market = self._world.market
        (chosen,) = mapping.channels(channel)
        return mapping.to_price(market.current(self._world.now()), chosen, market=market, currency=self._currency)

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: core.Channel | str | None = None,
        resolution: core.Span | None = None,
    ) -> core.PriceSeries:
        """Prices of the intervals that overlap ``[start, end)``, settled, current and forecast."""
        chosen = mapping.channels(channel)
        now = self._world.now()
        first, last = core.grid_range(start or now, end, resolution, self.info.tz)
        series = core.PriceSeries(
            (
                mapping.to_price(interval, one, market=self._world.market, currency=self._currency)
                for interval in self._world.intervals(first, last)
                for one in chosen
            ),
            tz=self.info.tz,
        )
        return series.select(start, end, resolution=resolution, now=now)

    def tariff(self) -> core.Tariff:
        """The supply charge of a day, and the tax."""
        return mapping.to_tariff(self._world.market, currency=self._currency)

    def usage(self, start: datetime, end: datetime, *, channel: core.Channel | str | None = None) -> list[core.Usage]:
        """What was metered; a day is published at 06:00 the next morning, and absent before."""
        chosen = mapping.channels(channel)
        metered, until = self._world.metered(start, end), max(self._world.published_until(), start)
        late = core.Gap(start=until, end=end, reason="not published yet: a day comes at 06:00 the next morning")
        used = (mapping.to_usage(item, currency=self._currency) for item in metered if item.channel in chosen)
        return core.Usages(used, gaps=[late] if until < end else [])

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[core.GridMix]:
        """The share of renewables in the grid."""
        return [mapping.to_grid_mix(interval) for interval in self._world.intervals(start, end)]

    @property
    def _currency(self) -> str:
        return self._world.plant.currency


class DemoBackend(core.BaseBackend[DemoHome]):
    """One simulated home: its native API, its devices, its writer."""

    def __init__(self, world: World, context: core.Context) -> None:
        self._world = world
        super().__init__(DemoHome(world), context_in(context, world))
        self.native.gate = self.writer.native

    def discover(self) -> Sequence[core.Device]:
        """The devices that the house has."""
        world, native, context, writer = self._world, self.native, self.context, self.writer
        devices: list[core.Device] = [DemoInverter(world, native, context, writer)]
        if world.plant.battery_kwh:
            devices.append(DemoBattery(world, native, context, writer))
        devices.append(DemoMeter(world, native, context))
        if world.plant.ev:
            devices.append(DemoEVCharger(world, native, context, writer))
        devices.append(DemoRetailer(world, native, context))
        return devices


def connect(context: core.Context, **options: Any) -> DemoBackend:
    """Make the home that the options describe."""
    context.refuse("base_url", "transport", hint="The home is simulated in this process; leave it out.")
    return DemoBackend(make_world(context, **options), context)
