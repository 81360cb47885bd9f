# Generated from devices.py by openpower_testing; do not edit.
"""The plants' inverters and meters over the Open API, and their discovery."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core import provider as core
from openpower_goodwe.openapi import mapping
from openpower_goodwe.openapi._sync.client import GoodWeOpenAPI

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpower_goodwe.openapi.models import InverterRow, PlantGeneration

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
) -> OpenBackend:
    """Make the backend of a connection; no request is sent yet."""
    native = GoodWeOpenAPI(
        account,
        password,
        region=region,
        base_url=context.base_url,
        allow_http=context.allow_http,
        transport=context.transport,
        timeout=context.timeout,
        clock=context.clock,
    )
    return OpenBackend(native, context, plant_id)


class OpenBackend(core.BaseBackend[GoodWeOpenAPI]):
    """The plants of one organisation, or the one that ``plant_id=`` names."""

    def __init__(self, native: GoodWeOpenAPI, context: core.Context, plant_id: str | None) -> None:
        super().__init__(native, context)
        self._plant_id = plant_id

    def discover(self) -> list[core.Device]:
        """Ask for the plants, and for the inverters of every one."""
        found: list[core.Device] = []
        for plant in [self._plant_id] if self._plant_id else self._plants():
            with self.parts.attempt(f"plant {core.mask(plant)}"):
                found += self._devices_of(plant)
        return found

    def _plants(self) -> list[str]:
        try:
            rows = self.native.list_plants()
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

    def _devices_of(self, number: str) -> list[core.Device]:
        listed = self.native.get_inverter_list(number)
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
        plant = Plant(self.native, number, self.context)
        devices: list[core.Device] = [OpenInverter(plant, row, alone=len(listed) == 1) for row in rows]
        return [*devices, OpenMeter(plant, str(rows[0].sn))]


class Plant:
    """A plant, and the answers that its devices share: one call for each series of a day, however many ask for it.

    Args:
        native: the client.
        number: the plant's id.
        context: the connection's; its time zone is the plant's, which the API never reports.
    """

    def __init__(self, native: GoodWeOpenAPI, number: str, context: core.Context) -> None:
        self.native = native
        self.number = number
        self.context = context
        self.zone: tzinfo | None = mapping.zone_named(context.tz)
        self._days: dict[date, dict[tuple[str, str], core.SharedFetch[Any]]] = {}

    def today(self) -> date:
        """The calendar day of the plant; of UTC where its zone is unknown."""
        return self.context.clock.now().astimezone(self.zone or UTC).date()

    def keep(self, days: Sequence[date]) -> None:
        """Drop what was fetched of other days: the other devices will ask for these next."""
        self._days = {day: self._days.get(day, {}) for day in (*days, self.today())}

    def series(self, call: str, subject: str, day: date, max_age: core.Span | None = None) -> core.Fetched[Any]:
        """One day's series of the plant or of an inverter, by the name of the native call."""
        if day not in self._days:
            self.keep([day])
        fetches = self._days[day]
        if (call, subject) not in fetches:
            ask: Any = getattr(self.native, call)

            def fetch() -> Any:
                return ask(subject, day)

            age = _PAST if day < self.today() else _FRESH
            fetches[call, subject] = core.SharedFetch(fetch, max_age=age, clock=self.context.clock)
        return fetches[call, subject].get(max_age)


def _attempt(ask: Callable[[], T]) -> T | core.OpenPowerError:
    """What is asked for, or why it cannot be had; what concerns the whole account is raised."""
    try:
        return ask()
    except core.ACCOUNT_ERRORS:
        raise
    except core.OpenPowerError as error:
        return error


class OpenInverter(core.BaseInverter):
    """One inverter, over the Open API; ``alone``: whether the plant has no other, so that the plant's PV power is its own."""

    def __init__(self, plant: Plant, row: InverterRow, *, alone: bool) -> None:
        serial, context = str(row.sn), plant.context
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
        capabilities = mapping.inverter_capabilities(plant.zone)
        super().__init__(info, capabilities=capabilities, native=plant.native, context=context)
        self._plant = plant
        self._alone = alone
        self._state = core.SharedFetch(self._ask, max_age=_FRESH, clock=context.clock)

    def read(self, *, max_age: core.Span | None = None) -> core.InverterReading:
        """Read it: counters, and the newest five minutes of the day."""
        return mapping.to_inverter_reading(self._state.get(max_age), self._plant.zone)

    def _ask(self) -> mapping.InverterState:
        """Ask for each part of a reading, and go without those that cannot be had.

        Raises:
            OpenPowerError: none could be had.
        """
        plant, serial, day, fresh = self._plant, self.info.serial, self._plant.today(), timedelta(0)
        counters = _attempt(partial(plant.native.get_inverter_by_sn, serial))
        power = _attempt(partial(plant.series, "get_inverter_power", serial, day, fresh))
        pv = _attempt(partial(self._pv, day, fresh))
        others = [answer for answer in (power, pv) if answer is not None]
        if isinstance(counters, core.OpenPowerError) and all(isinstance(one, core.OpenPowerError) for one in others):
            raise counters
        return mapping.InverterState(day=day, counters=counters, power=power, pv=pv)

    def history(self, start: datetime, end: datetime) -> list[core.InverterReading]:
        """The five-minute series in ``[start, end)``, in time order; one call a day or two."""
        zone, found, gaps = _needed(self._plant.zone), list[core.InverterReading](), core.Gaps(logger)
        days = core.local_days(start, end, zone)
        self._plant.keep(days)
        for day in days:
            with gaps.attempt(day):
                power = self._plant.series("get_inverter_power", self.info.serial, day)
                pv = _attempt(partial(self._pv, day))
                found += mapping.to_inverter_history(power, pv, day=day, zone=zone)
        gaps.check(found)
        return [row for row in found if _within(row.stamp.measured_at, start, end)]

    def _pv(self, day: date, max_age: core.Span | None = None) -> core.Fetched[Any] | None:
        """The plant's PV power, which is this inverter's where it is the only one."""
        if not self._alone:
            return None
        return self._plant.series("get_plant_power", self._plant.number, day, max_age)


class OpenMeter(core.BaseMeter):
    """The grid connection of a plant, over the Open API: energies of whole days."""

    def __init__(self, plant: Plant, serial: str) -> None:
        info = core.DeviceInfo(
            id=f"{serial}/{core.Role.METER.value}",
            provider="goodwe",
            serial=serial,
            role=core.Role.METER,
            vendor="GoodWe",
            tz=plant.context.tz,
        )
        capabilities = mapping.meter_capabilities(plant.zone)
        super().__init__(info, capabilities=capabilities, native=plant.native, context=plant.context)
        self._plant = plant

    def read(self, *, max_age: core.Span | None = None) -> core.MeterReading:
        """Today's energies."""
        day = self._plant.today()
        return mapping.to_meter_reading(self._energies(day, max_age), day, self._plant.zone)

    def history(self, start: datetime, end: datetime) -> list[core.MeterReading]:
        """One reading a day whose first instant lies in ``[start, end)``."""
        zone, found, gaps = _needed(self._plant.zone), list[core.MeterReading](), core.Gaps(logger)
        days = core.local_days(start, end, zone)
        self._plant.keep(days)
        for day in days:
            with gaps.attempt(day):
                found += mapping.to_meter_history(self._energies(day), day, zone)
        gaps.check(found)
        return [row for row in found if _within(row.stamp.measured_at, start, end)]

    def _energies(self, day: date, max_age: core.Span | None = None) -> core.Fetched[PlantGeneration]:
        return self._plant.series("get_plant_generation", self._plant.number, day, max_age)


def _needed(zone: tzinfo | None) -> tzinfo:
    assert zone is not None  # noqa: S101  (without a zone the capabilities say no)
    return zone


def _within(at: datetime | None, start: datetime, end: datetime) -> bool:
    return at is not None and start <= at < end
