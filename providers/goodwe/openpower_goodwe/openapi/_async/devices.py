"""The plants' inverters and meters over the Open API, and their discovery."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from openpower_core import provider as core
from openpower_goodwe.openapi import mapping
from openpower_goodwe.openapi._async.client import AsyncGoodWeOpenAPI

if TYPE_CHECKING:
    from openpower_goodwe.openapi.models import InverterRow, PlantPower

logger = logging.getLogger("openpower.goodwe")
_FRESH = timedelta(minutes=1)
"""The series has a point every five."""


def connect(
    context: core.Context,
    *,
    account: str,
    password: str | core.Secret,
    region: str = "global",
    plant_id: str | None = None,
) -> AsyncOpenBackend:
    """Make the backend of a connection; no request is sent yet."""
    native = AsyncGoodWeOpenAPI(
        account,
        password,
        region=region,
        base_url=context.base_url,
        allow_http=context.allow_http,
        transport=context.transport,
        timeout=context.timeout,
        clock=context.clock,
    )
    return AsyncOpenBackend(native, context, plant_id)


class AsyncOpenBackend(core.AsyncBaseBackend[AsyncGoodWeOpenAPI]):
    """The plants of one organisation, or the one that ``plant_id=`` names."""

    def __init__(self, native: AsyncGoodWeOpenAPI, context: core.Context, plant_id: str | None) -> None:
        super().__init__(native, context)
        self._plant_id = plant_id
        self._zone = mapping.zone_named(context.tz)

    async def discover(self) -> list[core.AsyncDevice]:
        """Ask for the plants, and for the inverters of every one."""
        plants = [self._plant_id] if self._plant_id else []
        if not plants:
            listed = await self.native.list_plants()
            plants = [
                each.plant_id
                for each in listed
                if each.plant_id and each.plant_id.strip() and each.plant_id.isprintable()
            ]
        found: list[core.AsyncDevice] = []
        for plant in plants:
            with self.parts.attempt(f"plant {core.mask(plant)}"):
                found += await self._devices_of(plant)
        return found

    async def _devices_of(self, plant: str) -> list[core.AsyncDevice]:
        try:
            listed = await self.native.get_inverter_list(plant)
        except core.PartialData:
            listed = []
        rows = [each for each in listed if each.sn]
        devices: list[core.AsyncDevice] = [
            AsyncOpenInverter(self.native, plant, row, self._zone, self.context, alone=len(rows) == 1) for row in rows
        ]
        if rows:
            meter = AsyncOpenMeter(self.native, plant, str(rows[0].sn), self._zone, self.context)
            devices.append(meter)
        return devices


class AsyncOpenInverter(core.AsyncBaseInverter):
    """One inverter, over the Open API."""

    def __init__(
        self,
        native: AsyncGoodWeOpenAPI,
        plant: str,
        row: InverterRow,
        zone: tzinfo | None,
        context: core.Context,
        *,
        alone: bool,
    ) -> None:
        serial = str(row.sn)
        info = core.InverterInfo(
            id=f"{serial}/{core.Role.INVERTER.value}",
            provider="goodwe",
            serial=serial,
            role=core.Role.INVERTER,
            model=row.model,
            vendor="GoodWe",
            tz=context.tz,
            rated_w=row.capacity_kw * 1000 if row.capacity_kw and row.capacity_kw > 0 else None,
        )
        super().__init__(info, capabilities=mapping.inverter_capabilities(zone), native=native, context=context)
        self._api = native
        self._plant = plant
        self._zone = zone
        self._clock = context.clock
        self._alone = alone
        self._state = core.AsyncSharedFetch(self._ask, max_age=_FRESH, clock=context.clock)

    async def read(self, *, max_age: core.Span | None = None) -> core.InverterReading:
        """Read it: counters, and the newest five minutes of the day."""
        return (await self._state.get(max_age)).value

    async def _ask(self) -> core.InverterReading:
        day = self._today()
        inverter = await self._api.get_inverter_by_sn(self.info.serial)
        try:
            points = await self._api.get_inverter_power(self.info.serial, day)
        except core.PartialData:
            points = []  # nothing yet today
        return mapping.to_inverter_reading(
            inverter, points, await self._plant_power(day), day=day, zone=self._zone, received_at=self._clock.now()
        )

    async def history(self, start: datetime, end: datetime) -> list[core.InverterReading]:
        """The five-minute series in ``[start, end)``, in time order; one call a day or two."""
        assert self._zone is not None  # noqa: S101  (without a zone the capabilities say no)
        found: list[core.InverterReading] = []
        gaps = core.Gaps(logger)
        for day in core.local_days(start, end, self._zone):
            with gaps.attempt(day):
                points = await self._api.get_inverter_power(self.info.serial, day)
                plant = await self._plant_power(day)
                now = self._clock.now()
                found += mapping.to_inverter_history(points, plant, day=day, zone=self._zone, received_at=now)
        gaps.check(found)
        return [each for each in found if _within(each.stamp.measured_at, start, end)]

    async def _plant_power(self, day: date) -> PlantPower | None:
        """The plant's PV power, which is this inverter's where it is the only one."""
        if not self._alone:
            return None
        try:
            return await self._api.get_plant_power(self._plant, day)
        except core.PartialData:
            return None

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone or UTC).date()


class AsyncOpenMeter(core.AsyncBaseMeter):
    """The grid connection of a plant, over the Open API: energies of whole days."""

    def __init__(
        self, native: AsyncGoodWeOpenAPI, plant: str, serial: str, zone: tzinfo | None, context: core.Context
    ) -> None:
        info = core.DeviceInfo(
            id=f"{serial}/{core.Role.METER.value}",
            provider="goodwe",
            serial=serial,
            role=core.Role.METER,
            vendor="GoodWe",
            tz=context.tz,
        )
        super().__init__(info, capabilities=mapping.meter_capabilities(zone), native=native, context=context)
        self._api = native
        self._plant = plant
        self._zone = zone
        self._clock = context.clock
        self._state = core.AsyncSharedFetch(self._ask, max_age=_FRESH, clock=context.clock)

    async def read(self, *, max_age: core.Span | None = None) -> core.MeterReading:
        """Today's energies."""
        return (await self._state.get(max_age)).value

    async def _ask(self) -> core.MeterReading:
        day = self._clock.now().astimezone(self._zone or UTC).date()
        generation = await self._api.get_plant_generation(self._plant, day)
        return mapping.to_meter_reading(generation, day=day, zone=self._zone, received_at=self._clock.now())

    async def history(self, start: datetime, end: datetime) -> list[core.MeterReading]:
        """One reading a day whose first instant lies in ``[start, end)``."""
        assert self._zone is not None  # noqa: S101  (without a zone the capabilities say no)
        found: list[core.MeterReading] = []
        gaps = core.Gaps(logger)
        for day in core.local_days(start, end, self._zone):
            with gaps.attempt(day):
                generation = await self._api.get_plant_generation(self._plant, day)
                now = self._clock.now()
                found += mapping.to_meter_history(generation, [day], zone=self._zone, received_at=now)
        gaps.check(found)
        return [each for each in found if _within(each.stamp.measured_at, start, end)]


def _within(at: datetime | None, start: datetime, end: datetime) -> bool:
    return at is not None and start <= at < end
