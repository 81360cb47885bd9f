"""Acme's client and devices, for asyncio."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from acme_power.behaviour import WRITES, Behaviour
from acme_power.models import Box, Now, Row, Tariff
from openpower_core.control import UNSET, BatterySettings
from openpower_core.errors import NetworkError, PartialData
from openpower_core.prices import Channel, Price, PriceKind, PriceSeries
from openpower_core.provider import (
    AsyncBaseBattery,
    AsyncBaseInverter,
    AsyncBaseMeter,
    AsyncBaseRetailer,
    AsyncHttpClient,
    AsyncSetting,
    AsyncSharedFetch,
    AsyncWriter,
    BatteryInfo,
    Context,
    DeviceInfo,
    InverterInfo,
    Role,
    Secret,
    mask,
    structure,
)
from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Quality, Stamp

if TYPE_CHECKING:
    from openpower_core.writes import Confirm, Receipt

__all__ = ["AsyncAcme", "AsyncHome", "connect"]

FLAVOUR = AsyncHttpClient.__name__
LEFT_OPEN: list[Any] = []


class AsyncAcme:
    """Acme's own API."""

    def __init__(self, context: Context, token: Secret, behaviour: Behaviour) -> None:
        behaviour.token = token
        self.behaviour = behaviour
        self.clock = context.clock
        self.serial = ""
        self._http = AsyncHttpClient(
            provider="acme",
            base_url=context.url("https://api.acme.example/v1"),
            timeout=behaviour.timeout(context.timeout),
            transport=behaviour.transport(context.transport, FLAVOUR),
            clock=context.clock,
            sign=behaviour.sign,
            check=behaviour.check,
            secrets=[token],
        )

    def __repr__(self) -> str:
        return self.behaviour.shown(self.serial)

    async def get(self, name: str, **params: Any) -> Any:
        """One answer's data."""
        answer = await self._http.request("GET", f"/{name}", operation=name, params=params)
        return self.behaviour.body(answer)

    async def get_box(self) -> Box:
        """The box."""
        return structure(Box, await self.get("box"))

    async def get_now(self) -> Now:
        """Its state."""
        return structure(Now, await self.get("now"))

    async def get_day(self, day: date) -> list[Row]:
        """The rows of one local day."""
        return structure(list[Row], await self.get("day", date=day.isoformat()))

    async def get_prices(self) -> list[Tariff]:
        """Prices, from three hours ago on."""
        return structure(list[Tariff], await self.get("prices"))

    async def get_reserve(self) -> float:
        """The reserve (%)."""
        return structure(float, await self.get("reserve"))

    async def set_reserve(self, percent: float) -> None:
        """Set the reserve (%)."""
        try:
            await self._put(percent)
        except NetworkError:
            if not self.behaviour.retries_by_hand:
                raise
            await self._put(percent)

    async def _put(self, percent: float) -> None:
        await self._http.request(
            "PUT", "/reserve", operation="set_reserve", json={"percent": percent}, write=self.behaviour.write
        )

    async def aclose(self) -> None:
        """Close it."""
        if self.behaviour.closes:
            await self._http.aclose()
        else:
            LEFT_OPEN.append(self._http)


def reserve_of(api: AsyncAcme) -> AsyncSetting[float]:
    """The reserve, which is all that can be written."""
    sent: list[float] = []

    async def read() -> float:
        if sent and not api.behaviour.asked_anew():
            return sent[-1]
        return api.behaviour.current(await api.get_reserve())

    async def write(percent: float) -> None:
        await api.set_reserve(percent)
        sent.append(percent)

    return AsyncSetting("reserve", read=read, write=write, high=100, argument="percent", limits=WRITES)


class AsyncSystem:
    """What the devices of the box share."""

    def __init__(self, api: AsyncAcme, zone: ZoneInfo) -> None:
        self.api = api
        self.zone = zone
        self._now = AsyncSharedFetch(api.get_now, max_age=timedelta(seconds=10), clock=api.clock)

    async def now(self, max_age: timedelta | None) -> tuple[Now, Stamp]:
        """One answer for all devices, and its stamp."""
        behaviour = self.api.behaviour
        fetched = await self._now.get(behaviour.age(max_age))
        if fetched.value.is_empty():
            raise PartialData("Acme's answer is empty.", provider="acme")
        measured = behaviour.measured_at(fetched.value.time, self.zone)
        return fetched.value, fetched.stamp(measured_at=measured)

    async def rows(self, start: datetime, end: datetime) -> list[tuple[Row, Stamp]]:
        """The rows in ``[start, end)``."""
        found: list[tuple[Row, Stamp]] = []
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while start < end and day <= last:
            for row in await self.api.get_day(day):
                if row.minute is None:
                    continue
                at = self.api.behaviour.row_time(day, row.minute, self.zone)
                if start <= at < end:
                    stamp = Stamp(received_at=self.api.clock.now(), measured_at=at, quality=Quality.AVERAGE)
                    found.append((row, stamp))
            day += timedelta(days=1)
        return found


class AsyncAcmeInverter(AsyncBaseInverter):
    """The inverter."""

    system: AsyncSystem

    async def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it."""
        now, stamp = await self.system.now(max_age)
        return self._reading(now, stamp)

    async def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """Its series."""
        return [self._reading(row, stamp) for row, stamp in await self.system.rows(start, end)]

    def _reading(self, now: Now | Row, stamp: Stamp) -> InverterReading:
        how = self.system.api.behaviour
        return InverterReading(
            stamp=stamp,
            raw=how.raw(now),
            pv_w=how.pv_w(now, FLAVOUR),
            load_w=how.number(now.load),
            status=how.status(now.status if isinstance(now, Now) else None),
        )


class AsyncAcmeMeter(AsyncBaseMeter):
    """The meter."""

    system: AsyncSystem

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it."""
        now, stamp = await self.system.now(max_age)
        how = self.system.api.behaviour
        return MeterReading(
            stamp=stamp,
            raw=how.raw(now),
            power_w=how.grid_w(now),
            import_energy=how.imported(now),
            export_energy=how.exported(now),
        )

    async def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """Its series."""
        how = self.system.api.behaviour
        return [
            MeterReading(stamp=stamp, raw=how.raw(row), power_w=how.grid_w(row))
            for row, stamp in await self.system.rows(start, end)
        ]


class AsyncAcmeBattery(AsyncBaseBattery):
    """The battery."""

    system: AsyncSystem
    reserve: AsyncSetting[float]

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it."""
        now, stamp = await self.system.now(max_age)
        how = self.system.api.behaviour
        return BatteryReading(stamp=stamp, raw=how.raw(now), power_w=how.battery_w(now), soc_pct=how.soc_pct(now))

    async def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """Its series."""
        how = self.system.api.behaviour
        return [
            BatteryReading(stamp=stamp, raw=how.raw(row), power_w=how.battery_w(row))
            for row, stamp in await self.system.rows(start, end)
        ]

    async def settings(self) -> BatterySettings:
        """Its reserve."""
        return BatterySettings(reserve_soc_pct=await self.system.api.get_reserve())

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: Any = UNSET,
        max_soc_pct: Any = UNSET,
        grid_charge_allowed: Any = UNSET,
        max_charge_w: Any = UNSET,
        max_discharge_w: Any = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the reserve."""
        del max_soc_pct, grid_charge_allowed, max_charge_w, max_discharge_w
        if not self.system.api.behaviour.pipeline:
            await self.system.api.set_reserve(reserve_soc_pct)
        return await self._write(
            self.reserve, reserve_soc_pct, operation="apply_settings", dry_run=dry_run, confirm=confirm
        )


class AsyncAcmeRetailer(AsyncBaseRetailer):
    """The retailer."""

    system: AsyncSystem

    async def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The running interval's."""
        for price in self._of(await self.system.api.get_prices()):
            if price.kind is PriceKind.CURRENT and price.channel is channel:
                return price
        raise PartialData("Acme tells no current price.", provider="acme")

    async def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``."""
        begin = start or self.system.api.clock.now()
        rows = await self.system.api.get_prices()
        series = PriceSeries(
            (price for price in self._of(rows) if price.end > begin and (end is None or price.start < end)),
            gaps=self.system.api.behaviour.gaps(rows),
        )
        series = series if channel is None else series.on(channel)
        return series if resolution is None else series.resample(resolution)

    def _of(self, rows: list[Tariff]) -> list[Price]:
        return self.system.api.behaviour.prices(rows, self.system.api.clock.now())


class AsyncHome:
    """The box of one account."""

    def __init__(self, context: Context, token: Secret, behaviour: Behaviour) -> None:
        self._context = context
        self._api = AsyncAcme(context, token, behaviour)
        self._writer = AsyncWriter.over(context)

    @property
    def native(self) -> AsyncAcme:
        """Acme's own API."""
        return self._api

    async def discover(self) -> list[Any]:
        """The box's devices."""
        box = await self._api.get_box()
        if not box.serial:
            raise PartialData("Acme tells no serial.", provider="acme")
        self._api.serial = mask(box.serial)
        system = AsyncSystem(self._api, ZoneInfo(box.zone or "UTC"))
        how, common = self._api.behaviour, {"native": self._api, "context": self._context}
        who: dict[str, Any] = {"provider": "acme", "serial": box.serial, "tz": box.zone}
        reserve = reserve_of(self._api)

        def info(kind: Any, role: Role, **more: Any) -> Any:
            return kind(id=f"{box.serial}/{how.id_role(role)}", role=role, **who, **more)

        devices: list[Any] = [
            AsyncAcmeInverter(info(InverterInfo, Role.INVERTER), capabilities=how.capabilities("inverter"), **common),
            AsyncAcmeBattery(
                info(BatteryInfo, Role.BATTERY, capacity_kwh=box.battery_kwh),
                capabilities=how.capabilities("battery"),
                writer=self._writer,
                documents=[reserve],
                **common,
            ),
            AsyncAcmeMeter(info(DeviceInfo, Role.METER), capabilities=how.capabilities("meter"), **common),
            AsyncAcmeRetailer(info(DeviceInfo, Role.RETAILER), capabilities=how.capabilities("retailer"), **common),
        ]
        for device in devices:
            device.system = system
        devices[1].reserve = reserve
        return devices

    async def aclose(self) -> None:
        """Close it."""
        await self._writer.aclose()
        await self._api.aclose()


def connect(context: Context, *, token: Secret, behaviour: Behaviour | None = None) -> AsyncHome:
    """Make the backend; nothing is asked yet."""
    return AsyncHome(context, token, behaviour or Behaviour())
