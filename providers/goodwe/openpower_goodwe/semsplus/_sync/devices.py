# Generated from devices.py by openpower_testing; do not edit.
"""The inverters, batteries and meter of a station: vendor-agnostic faces over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from openpower_core.capabilities import Capability, Feature, Support
from openpower_core.control import UNSET, Unset
from openpower_core.devices._sync_base import BaseBattery, BaseInverter, BaseMeter
from openpower_core.errors import Unsupported
from openpower_goodwe.semsplus._sync.documents import ExportSetting, LimitsSetting, ProgramSetting
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
    from openpower_core.write import Writer
    from openpower_core.writes import Confirm, Receipt
    from openpower_goodwe.semsplus._sync.station import InverterFunctions, Plant
    from openpower_goodwe.semsplus.mapping.infos import Box

__all__ = ["SemsBattery", "SemsInverter", "SemsMeter"]


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


class SemsMeter(BaseMeter):
    """The grid connection of a station."""

    def __init__(self, station: Plant, box: Box | None, info: DeviceInfo, context: Context) -> None:
        capabilities = meter_capabilities(zone=station.zone is not None)
        super().__init__(info, capabilities=capabilities, native=station.native, context=context)
        self._station = station
        self._box = box
        """The meter itself; None where the station lists none."""

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one call serves all devices of the station."""
        seen = self._station.reporting(max_age)
        if self._box is None:
            return to_meter_reading(seen, {}, {})
        telemetry = self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = self._station.counters(self._box.sn, self._box.kind)
        return to_meter_reading(seen, telemetry, counters)

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_meter_sample(each) for each in self._station.series(start, end)]


class SemsInverter(BaseInverter):
    """One inverter of a station."""

    def __init__(
        self,
        station: Plant,
        box: Box,
        info: InverterInfo,
        functions: InverterFunctions,
        context: Context,
        writer: Writer,
        *,
        alone: bool,
        first: bool,
        control: bool,
    ) -> None:
        self._limit = ExportSetting(station.native, box.sn, functions, box.rated_w)
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

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; sleep at night it reads as offline or standby, with its powers not known."""
        seen = self._station.moment(max_age)
        telemetry = self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = self._station.counters(self._box.sn, self._box.kind)
        return to_inverter_reading(seen, telemetry, counters, alone=self._alone, first=self._first)

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_inverter_sample(each) for each in self._station.series(start, end)]

    def export_limit(self) -> float | None:
        """The most it may give to the grid (W); None when it is not limited."""
        try:
            return self._limit.read().watts
        except Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise

    def set_export_limit(
        self, limit_w: float | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit what it gives to the grid (W); None lifts the limit."""
        try:
            return self._write(self._limit, limit_w, operation="set_export_limit", dry_run=dry_run, confirm=confirm)
        except Unsupported as error:
            self._capabilities = without(self._capabilities, error)
            raise


class SemsBattery(BaseBattery):
    """One battery of a station, behind the inverter that obeys for it."""

    def __init__(
        self,
        station: Plant,
        box: Box,
        inverter: Box,
        info: BatteryInfo,
        functions: InverterFunctions,
        context: Context,
        writer: Writer,
        *,
        alone: bool,
        control: bool,
    ) -> None:
        self._pace = Pace(rated_w=inverter.rated_w)
        planner = Planner(pace=self._pace, zone=station.zone)
        native, clock = station.native, station.clock
        self._program = ProgramSetting(native, inverter.sn, functions, planner, clock)
        self._limits = LimitsSetting(native, inverter.sn, functions)
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

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; its power and state of charge come with the station's flow."""
        seen = self._station.reporting(max_age)
        telemetry = self._station.telemetry(self._box.sn, self._box.kind, max_age)
        counters = self._station.counters(self._inverter.sn, self._inverter.kind)
        return to_battery_reading(seen, telemetry, counters, alone=self._alone)

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The one-minute series in ``[start, end)``, in time order."""
        return [to_battery_sample(each) for each in self._station.series(start, end)]

    def schedule(self) -> Schedule:
        """The time-of-use slots in force."""
        return to_schedule(self._program.read(), self._pace)

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the time-of-use slots."""
        check_modes(schedule, self.info.tz)
        return self._write(self._program, schedule, operation="set_schedule", dry_run=dry_run, confirm=confirm)

    def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Charge at once or by a slot, export by a slot, or give the battery back (AUTO)."""
        receipt = self._write(
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

    def settings(self) -> BatterySettings:
        """The least and the greatest state of charge, as far as the model has them."""
        return to_settings(self._limits.read())

    def apply_settings(
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
        return self._write(self._limits, desired, operation="apply_settings", dry_run=dry_run, confirm=confirm)
