"""The plants' inverters and meters over the Open API, and their discovery."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core import provider as core
from openpower_goodwe.openapi import mapping
from openpower_goodwe.openapi._async.client import AsyncGoodWeOpenAPI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from openpower_goodwe.openapi.models import InverterRow

R = TypeVar("R", core.InverterReading, core.MeterReading)
T = TypeVar("T")
logger = logging.getLogger("openpower.goodwe")
_FRESH, _PAST = timedelta(minutes=1), timedelta(minutes=15)
"""How long the series of today, which has a point every five minutes, and of a day that is over, serve the plant's devices."""


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

    async def discover(self) -> list[core.AsyncDevice]:
        """Ask for the plants, and for the inverters of every one."""
        found: list[core.AsyncDevice] = []
        for plant in [self._plant_id] if self._plant_id else await self._plants():
            with self.parts.attempt(f"plant {core.mask(plant)}"):
                found += await self._devices_of(plant)
        return found

    async def _plants(self) -> list[str]:
        try:
            rows = await self.native.list_plants()
        except core.PartialData:
            rows = []
        self.parts.name_unreadable("some plants", rows)
        if not rows:
            raise core.DeviceNotFound(
                "the organisation's account has no plant.",
                provider="goodwe",
                operation="GetUserPlantList",
                hint="Add the plant to it in SEMS (semsportal.com), or have its owner share it; plant_id= names one that is not listed.",
            )
        plants = [row.plant_id for row in rows if row.plant_id and row.plant_id.strip() and row.plant_id.isprintable()]
        if len(plants) < len(rows):
            self.parts.failed("plants without an id", core.PartialData(f"{len(rows) - len(plants)} of {len(rows)}."))
        return plants

    async def _devices_of(self, number: str) -> list[core.AsyncDevice]:
        listed = await self.native.get_inverter_list(number)
        self.parts.name_unreadable(f"plant {core.mask(number)}: some inverters", listed)
        rows = [row for row in listed if row.sn]
        if not rows:
            raise core.DeviceNotFound(
                "the plant lists no inverter with a serial number.",
                operation="GetInverterList",
                hint="Add the inverter to the plant in the SEMS app; is plant_id= right?",
            )
        if len(rows) < len(listed):
            part = f"plant {core.mask(number)}, inverters without a serial number"
            self.parts.failed(part, core.PartialData(f"{len(listed) - len(rows)} of {len(listed)}."))
        plant = AsyncPlant(self, number)
        return [*(plant.inverter(row, alone=len(listed) == 1) for row in rows), plant.meter(str(rows[0].sn))]


class AsyncPlant:
    """A plant, and the answers that its devices share: one call for each series of a day, however many ask for it.

    Args:
        backend: the connection's; the time zone of its context is the plant's, which the API never reports.
        number: the plant's id.
    """

    def __init__(self, backend: core.AsyncBaseBackend[AsyncGoodWeOpenAPI], number: str) -> None:
        self._backend, self._native, self._number = backend, backend.native, number
        self._clock, self._tz = backend.context.clock, backend.context.tz
        self._zone: tzinfo | None = mapping.zone_named(self._tz)
        self._days: dict[date, dict[tuple[str, str], core.AsyncSharedFetch[Any]]] = {}

    def inverter(self, row: InverterRow, *, alone: bool) -> core.AsyncBaseInverter:
        """One inverter: counters and the five-minute series; ``alone``: the plant has no other, so that its PV power is this one's."""
        serial = str(row.sn)
        state = core.AsyncSharedFetch(partial(self._state, serial, alone), max_age=_FRESH, clock=self._clock)
        return core.AsyncBaseInverter(
            mapping.to_inverter_info(row, self._tz),
            capabilities=mapping.inverter_capabilities(self._zone),
            backend=self._backend,
            read=state.reading(lambda fetched: mapping.to_inverter_reading(fetched, self._zone)),
            history=partial(self._history, partial(self._inverter_day, serial, alone)),
        )

    def meter(self, serial: str) -> core.AsyncBaseMeter:
        """The grid connection: energies of whole days."""
        return core.AsyncBaseMeter(
            mapping.to_meter_info(serial, self._tz),
            capabilities=mapping.meter_capabilities(self._zone),
            backend=self._backend,
            read=self._energies_today,
            history=partial(self._history, self._meter_day),
        )

    def _today(self) -> date:
        """The calendar day of the plant; of UTC where its zone is unknown."""
        return self._clock.now().astimezone(self._zone or UTC).date()

    def _keep(self, days: Sequence[date]) -> None:
        """Drop what was fetched of other days: the other devices will ask for these next."""
        self._days = {day: self._days.get(day, {}) for day in (*days, self._today())}

    async def _series(self, call: str, subject: str, day: date, max_age: core.Span | None = None) -> core.Fetched[Any]:
        """One day's series of the plant or of an inverter, by the name of the native call."""
        if day not in self._days:
            self._keep([day])
        fetches = self._days[day]
        if (call, subject) not in fetches:
            ask: Any = getattr(self._native, call)

            async def fetch() -> Any:
                return await ask(subject, day)

            age = _PAST if day < self._today() else _FRESH
            fetches[call, subject] = core.AsyncSharedFetch(fetch, max_age=age, clock=self._clock)
        return await fetches[call, subject].get(max_age)

    async def _state(self, serial: str, alone: bool) -> mapping.InverterState:
        """Ask for each part of a reading, and go without those that cannot be had.

        Raises:
            OpenPowerError: none could be had.
        """
        day, fresh = self._today(), timedelta(0)
        counters = await _attempt(self._native.get_inverter_by_sn, serial)
        power = await _attempt(self._series, "get_inverter_power", serial, day, fresh)
        pv = await _attempt(self._pv, alone, day, fresh)
        others = [answer for answer in (power, pv) if answer is not None]
        if isinstance(counters, core.OpenPowerError) and all(isinstance(one, core.OpenPowerError) for one in others):
            raise counters
        return mapping.InverterState(day=day, counters=counters, power=power, pv=pv)

    async def _pv(self, alone: bool, day: date, max_age: core.Span | None = None) -> core.Fetched[Any] | None:
        return await self._series("get_plant_power", self._number, day, max_age) if alone else None

    async def _energies_today(self, max_age: core.Span | None) -> core.MeterReading:
        day = self._today()
        energies = await self._series("get_plant_generation", self._number, day, max_age)
        return mapping.to_meter_reading(energies, day, self._zone)

    async def _inverter_day(self, serial: str, alone: bool, day: date, zone: tzinfo) -> list[core.InverterReading]:
        power = await self._series("get_inverter_power", serial, day)
        return mapping.to_inverter_history(power, await _attempt(self._pv, alone, day), day=day, zone=zone)

    async def _meter_day(self, day: date, zone: tzinfo) -> list[core.MeterReading]:
        energies = await self._series("get_plant_generation", self._number, day)
        return mapping.to_meter_history(energies, day, zone)

    async def _history(
        self, of_day: Callable[[date, tzinfo], Awaitable[list[R]]], start: datetime, end: datetime
    ) -> list[R]:
        """A series in ``[start, end)``, in time order; one call a day or two."""
        assert self._zone is not None  # noqa: S101  (without a zone the capabilities say no)
        found, gaps = list[R](), core.Gaps(logger)
        days = core.local_days(start, end, self._zone)
        self._keep(days)
        for day in days:
            with gaps.attempt(day):
                found += await of_day(day, self._zone)
        gaps.check(found)
        return [row for row in found if (at := row.stamp.measured_at) is not None and start <= at < end]


async def _attempt(ask: Callable[..., Awaitable[T]], *arguments: Any) -> T | core.OpenPowerError:
    """What is asked for, or why it cannot be had; what concerns the whole account is raised."""
    try:
        return await ask(*arguments)
    except core.ACCOUNT_ERRORS:
        raise
    except core.OpenPowerError as error:
        return error
