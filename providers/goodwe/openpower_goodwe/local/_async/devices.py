"""The devices behind an inverter: vendor-agnostic faces over one shared reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from openpower_core.control import UNSET, BatterySettings, Unset
from openpower_core.devices._async_base import AsyncBaseBattery, AsyncBaseInverter, AsyncBaseMeter
from openpower_core.readings import Stamp
from openpower_goodwe.local import mapping
from openpower_goodwe.local._async.documents import AsyncBatteryControl, export_setting, reserve_setting
from openpower_goodwe.local.control import Planner, limit_w

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_core.connection.context import Context
    from openpower_core.control import BatteryCommand, Schedule
    from openpower_core.readings import BatteryReading, InverterReading, MeterReading
    from openpower_core.write import AsyncWriter
    from openpower_core.writes import Confirm, Receipt
    from openpower_goodwe.local._async.client import AsyncGoodWeLocal
    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.models import RuntimeData

__all__ = ["AsyncBox", "AsyncLocalBattery", "AsyncLocalInverter", "AsyncLocalMeter"]


class AsyncBox:
    """One inverter, as its devices share it."""

    def __init__(self, native: AsyncGoodWeLocal, facts: Facts, context: Context) -> None:
        self.native = native
        self.facts = facts
        self.context = context

    async def look(self, max_age: timedelta | None) -> tuple[RuntimeData, Stamp]:
        """One reading, and when it came."""
        fetched = await self.native.fetch(max_age)
        measured = _in_zone(fetched.value.get("timestamp"), self.context.tz)
        stamp = Stamp(received_at=fetched.received_at, measured_at=measured, source="read_runtime_data")
        return fetched.value, stamp


def _in_zone(local: datetime | None, tz: str | None) -> datetime | None:
    """The inverter's wall clock as a moment, where somebody told its zone."""
    return None if local is None or tz is None else local.replace(tzinfo=ZoneInfo(tz))


class AsyncLocalMeter(AsyncBaseMeter):
    """The grid connection of an inverter."""

    def __init__(self, box: AsyncBox) -> None:
        super().__init__(
            mapping.to_meter_info(box.facts, box.context.tz),
            capabilities=mapping.meter_capabilities(),
            native=box.native,
            context=box.context,
        )
        self._box = box

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one look at the inverter serves all its devices."""
        data, stamp = await self._box.look(max_age)
        return mapping.to_meter_reading(data, self._box.facts, stamp)


class AsyncLocalInverter(AsyncBaseInverter):
    """An inverter."""

    def __init__(self, box: AsyncBox, writer: AsyncWriter) -> None:
        self._export = export_setting(box.native, box.facts)
        super().__init__(
            mapping.to_inverter_info(box.facts, box.context.tz),
            capabilities=mapping.inverter_capabilities(box.facts),
            native=box.native,
            context=box.context,
            writer=writer,
            documents=[self._export],
        )
        self._box = box

    async def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; one look at the inverter serves all its devices."""
        data, stamp = await self._box.look(max_age)
        return mapping.to_inverter_reading(data, self._box.facts, stamp)

    async def export_limit(self) -> float | None:
        """The most power it may give to the grid (W); None while it is not limited."""
        return limit_w(await self._export.read(), self._box.facts)

    async def set_export_limit(
        self, limit_w: float | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit what it gives to the grid (W), and switch the limit on; None switches it off."""
        return await self._write(self._export, limit_w, operation="set_export_limit", dry_run=dry_run, confirm=confirm)


class AsyncLocalBattery(AsyncBaseBattery):
    """The battery of a hybrid inverter."""

    def __init__(self, box: AsyncBox, data: RuntimeData, writer: AsyncWriter) -> None:
        context = box.context
        self._planner = Planner(box.facts, context.tz, context.clock)
        self._control = AsyncBatteryControl(box.native, box.facts, self._planner)
        self._reserve = reserve_setting(box.native, box.facts)
        super().__init__(
            mapping.to_battery_info(box.facts, data, context.tz),
            capabilities=mapping.battery_capabilities(box.facts),
            native=box.native,
            context=context,
            writer=writer,
            documents=[self._control, self._reserve],
        )
        self._box = box

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; one look at the inverter serves all its devices."""
        data, stamp = await self._box.look(max_age)
        return mapping.to_battery_reading(data, self._box.facts, stamp)

    async def settings(self) -> BatterySettings:
        """Its reserve: 100 less the depth of discharge."""
        return BatterySettings(reserve_soc_pct=min(100, await self._reserve.read()))

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the reserve; the capabilities let nothing else pass."""
        del max_soc_pct, grid_charge_allowed
        desired: Any = reserve_soc_pct
        if isinstance(reserve_soc_pct, Unset):
            desired = await self._reserve.read()
        else:
            BatterySettings(reserve_soc_pct=reserve_soc_pct)
        return await self._write(self._reserve, desired, operation="apply_settings", dry_run=dry_run, confirm=confirm)

    async def schedule(self) -> Schedule:
        """The eco slots, in the inverter's wall-clock time; no windows unless the work mode is eco."""
        return self._planner.schedule(await self._control.read())

    async def set_schedule(
        self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Replace the eco slots, and set the work mode that follows them."""
        return await self._write(self._control, schedule, operation="set_schedule", dry_run=dry_run, confirm=confirm)

    async def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Carry out one command now; it lasts until it is released, since the inverter keeps no end."""
        return await self._write(
            self._control,
            command,
            operation="command",
            dry_run=dry_run,
            confirm=confirm,
            restorable=True,
            unattended=unattended,
        )
