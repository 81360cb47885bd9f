"""The inverters, batteries and meter of a station: vendor-agnostic faces over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from openpower_core.capabilities import Capability, Feature, Support
from openpower_core.control import UNSET, Unset
from openpower_core.devices._async_base import AsyncBaseBattery, AsyncBaseInverter, AsyncBaseMeter
from openpower_core.errors import Unsupported
from openpower_goodwe.semsplus._async.documents import AsyncExportSetting, AsyncLimitsSetting, AsyncProgramSetting
from openpower_goodwe.semsplus.control.limits import to_settings
from openpower_goodwe.semsplus.control.program import Planner, check_modes, to_schedule
from openpower_goodwe.semsplus.control.slots import Pace
from openpower_goodwe.semsplus.mapping.capabilities import (
    battery_capabilities,
    inverter_capabilities,
    meter_capabilities,
)
from openpower_goodwe.semsplus.mapping.readings import to_battery_reading, to_inverter_reading, to_meter_reading
from openpower_goodwe.semsplus.mapping.series import to_battery_sample, to_inverter_sample, to_meter_sample

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_core.capabilities import Capabilities
    from openpower_core.connection.context import Context
    from openpower_core.control import BatteryCommand, BatterySettings, Schedule
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
    from openpower_core.readings import BatteryReading, InverterReading, MeterReading
    from openpower_core.write import AsyncWriter
    from openpower_core.writes import Confirm, Receipt
    from openpower_goodwe.semsplus._async.station import AsyncInverterFunctions, AsyncPlant
    from openpower_goodwe.semsplus.mapping.infos import Box

__all__ = ["AsyncSemsBattery", "AsyncSemsInverter", "AsyncSemsMeter"]


def without(capabilities: Capabilities, error: Unsupported) -> Capabilities:
    """What is left once a probe has shown that a feature is not there."""
    try:
        feature = Feature(error.feature)
    except ValueError:
        return capabilities
    gone = Capability(
        support=Support.UNSUPPORTED, note="This inverter's function tree has it not.", alternatives=error.alternatives
    )
    features = {**capabilities.features, feature: gone}
    if feature is Feature.EXPORT_LIMIT:
        features[Feature.SET_EXPORT_LIMIT] = gone
    return attrs.evolve(capabilities, features=features)


class AsyncSemsMeter(AsyncBaseMeter):
    """The grid connection of a station."""

    def __init__(self, station: AsyncPlant, box: Box | None, info: DeviceInfo, context: Context) -> None:
        capabilities = meter_capabilities(zone=station.zone is not None)
        super().__init__(info, capabilities=capabilities, native=station.native, context=context)
        self._station = station
        self._box = box
        """The meter itself; None where the station lists none."""

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one call serves all devices of the station."""
        seen = await self._station.reporting(max_age)
        if self._box is None:
            return to_meter_reading(seen, {}, {})
        telemetry = await self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = await self._station.counters(self._box.sn, self._box.kind)
        return to_meter_reading(seen, telemetry, counters)

    async def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_meter_sample(each) for each in await self._station.series(start, end)]


class AsyncSemsInverter(AsyncBaseInverter):
    """One inverter of a station."""

    def __init__(
        self,
        station: AsyncPlant,
        box: Box,
        info: InverterInfo,
        functions: AsyncInverterFunctions,
        context: Context,
        writer: AsyncWriter,
        *,
        alone: bool,
        first: bool,
        control: bool,
    ) -> None:
        self._limit = AsyncExportSetting(station.native, box.sn, functions, box.rated_w)
        super().__init__(
            info,
            capabilities=inverter_capabilities(alone=alone, zone=station.zone is not None, control=control),
            native=station.native,
            context=context,
            writer=writer,
            documents=(self._limit,),
        )
        self._station = station
        self._box = box
        self._alone = alone
        self._first = first

    async def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; asleep at night it reads as offline or standby, with its powers not known."""
        seen = await self._station.moment(max_age)
        telemetry = await self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = await self._station.counters(self._box.sn, self._box.kind)
        return to_inverter_reading(seen, telemetry, counters, alone=self._alone, first=self._first)

    async def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_inverter_sample(each) for each in await self._station.series(start, end)]

    async def export_limit(self) -> float | None:
        """The most it may give to the grid (W); None when it is not limited."""
        try:
            return (await self._limit.read()).watts
        except Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise

    async def set_export_limit(
        self, limit_w: float | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit what it gives to the grid (W); None lifts the limit."""
        try:
            return await self._write(
                self._limit, limit_w, operation="set_export_limit", dry_run=dry_run, confirm=confirm
            )
        except Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise


class AsyncSemsBattery(AsyncBaseBattery):
    """One battery of a station, behind the inverter that obeys for it."""

    def __init__(
        self,
        station: AsyncPlant,
        box: Box,
        inverter: Box,
        info: BatteryInfo,
        functions: AsyncInverterFunctions,
        context: Context,
        writer: AsyncWriter,
        *,
        alone: bool,
        control: bool,
    ) -> None:
        self._pace = Pace(rated_w=inverter.rated_w)
        planner = Planner(pace=self._pace, zone=station.zone)
        native, clock = station.native, station.clock
        self._program = AsyncProgramSetting(native, inverter.sn, functions, planner, clock)
        self._limits = AsyncLimitsSetting(native, inverter.sn, functions)
        super().__init__(
            info,
            capabilities=battery_capabilities(alone=alone, zone=station.zone is not None, control=control),
            native=station.native,
            context=context,
            writer=writer,
            documents=(self._program, self._limits),
        )
        self._station = station
        self._box = box
        self._inverter = inverter
        self._alone = alone

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; its power and state of charge come with the station's flow."""
        seen = await self._station.reporting(max_age)
        telemetry = await self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = await self._station.counters(self._inverter.sn, self._inverter.kind)
        return to_battery_reading(seen, telemetry, counters, alone=self._alone)

    async def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_battery_sample(each) for each in await self._station.series(start, end)]

    async def schedule(self) -> Schedule:
        """The time-of-use slots in force."""
        return to_schedule(await self._program.read(), self._pace)

    async def set_schedule(
        self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Replace the time-of-use slots."""
        check_modes(schedule, self.info.tz)
        return await self._write(self._program, schedule, operation="set_schedule", dry_run=dry_run, confirm=confirm)

    async def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Charge at once or by a slot, export by a slot, or give the battery back (AUTO)."""
        receipt = await self._write(
            self._program,
            command,
            operation="command",
            dry_run=dry_run,
            confirm=confirm,
            restorable=True,
            unattended=unattended,
        )
        if receipt.state.sent:
            self._station.forget()
        return receipt

    async def settings(self) -> BatterySettings:
        """The least and the greatest state of charge, as far as the model has them."""
        return to_settings(await self._limits.read())

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the limits that are named."""
        del grid_charge_allowed  # the capabilities let nobody set it
        given = {"reserve_soc_pct": reserve_soc_pct, "max_soc_pct": max_soc_pct}
        desired = {name: value for name, value in given.items() if not isinstance(value, Unset)}
        return await self._write(self._limits, desired, operation="apply_settings", dry_run=dry_run, confirm=confirm)
