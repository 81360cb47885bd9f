# Generated from _async.py by openpower_testing; do not edit.
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
    BaseBattery,
    BaseInverter,
    BaseMeter,
    BaseRetailer,
    BatteryInfo,
    Context,
    DeviceInfo,
    HttpClient,
    InverterInfo,
    Role,
    Secret,
    Setting,
    SharedFetch,
    Writer,
    mask,
    structure,
)
from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Quality, Stamp

if TYPE_CHECKING:
    from openpower_core.writes import Confirm, Receipt

__all__ = ["Acme", "Home", "connect"]

FLAVOUR = HttpClient.__name__
LEFT_OPEN: list[Any] = []


class Acme:
    """Acme's own API."""

    def __init__(self, context: Context, token: Secret, behaviour: Behaviour) -> None:
        behaviour.token = token
        self.behaviour = behaviour
        self.clock = context.clock
        self.serial = ""
        self._http = HttpClient(
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

    def get(self, name: str, **params: Any) -> Any:
        """One answer's data."""
        answer = self._http.request("GET", f"/{name}", operation=name, params=params)
        return self.behaviour.body(answer)

    def get_box(self) -> Box:
        """The box."""
        return structure(Box, self.get("box"))

    def get_now(self) -> Now:
        """Its state."""
        return structure(Now, self.get("now"))

    def get_day(self, day: date) -> list[Row]:
        """The rows of one local day."""
        return structure(list[Row], self.get("day", date=day.isoformat()))

    def get_prices(self) -> list[Tariff]:
        """Prices, from three hours ago on."""
        return structure(list[Tariff], self.get("prices"))

    def get_reserve(self) -> float:
        """The reserve (%)."""
        return structure(float, self.get("reserve"))

    def set_reserve(self, percent: float) -> None:
        """Set the reserve (%)."""
        try:
            self._put(percent)
        except NetworkError:
            if not self.behaviour.retries_by_hand:
                raise
            self._put(percent)

    def _put(self, percent: float) -> None:
        self._http.request(
            "PUT", "/reserve", operation="set_reserve", json={"percent": percent}, write=self.behaviour.write
        )

    def close(self) -> None:
        """Close it."""
        if self.behaviour.closes:
            self._http.close()
        else:
            LEFT_OPEN.append(self._http)


def reserve_of(api: Acme) -> Setting[float]:
    """The reserve, which is all that can be written."""
    sent: list[float] = []

    def read() -> float:
        if sent and not api.behaviour.asked_anew():
            return sent[-1]
        return api.behaviour.current(api.get_reserve())

    def write(percent: float) -> None:
        api.set_reserve(percent)
        sent.append(percent)

    return Setting("reserve", read=read, write=write, high=100, argument="percent", limits=WRITES)


class System:
    """What the devices of the box share."""

    def __init__(self, api: Acme, zone: ZoneInfo) -> None:
        self.api = api
        self.zone = zone
        self._now = SharedFetch(api.get_now, max_age=timedelta(seconds=10), clock=api.clock)

    def now(self, max_age: timedelta | None) -> tuple[Now, Stamp]:
        """One answer for all devices, and its stamp."""
        behaviour = self.api.behaviour
        fetched = self._now.get(behaviour.age(max_age))
        if fetched.value.is_empty():
            raise PartialData("Acme's answer is empty.", provider="acme")
        measured = behaviour.measured_at(fetched.value.time, self.zone)
        return fetched.value, fetched.stamp(measured_at=measured)

    def rows(self, start: datetime, end: datetime) -> list[tuple[Row, Stamp]]:
        """The rows in ``[start, end)``."""
        found: list[tuple[Row, Stamp]] = []
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while start < end and day <= last:
            for row in self.api.get_day(day):
                if row.minute is None:
                    continue
                at = self.api.behaviour.row_time(day, row.minute, self.zone)
                if start <= at < end:
                    stamp = Stamp(received_at=self.api.clock.now(), measured_at=at, quality=Quality.AVERAGE)
                    found.append((row, stamp))
            day += timedelta(days=1)
        return found


class AcmeInverter(BaseInverter):
    """The inverter."""

    system: System

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it."""
        now, stamp = self.system.now(max_age)
        return self._reading(now, stamp)

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """Its series."""
        return [self._reading(row, stamp) for row, stamp in self.system.rows(start, end)]

    def _reading(self, now: Now | Row, stamp: Stamp) -> InverterReading:
        how = self.system.api.behaviour
        return InverterReading(
            stamp=stamp,
            raw=how.raw(now),
            pv_w=how.pv_w(now, FLAVOUR),
            load_w=how.number(now.load),
            status=how.status(now.status if isinstance(now, Now) else None),
        )


class AcmeMeter(BaseMeter):
    """The meter."""

    system: System

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it."""
        now, stamp = self.system.now(max_age)
        how = self.system.api.behaviour
        return MeterReading(
            stamp=stamp,
            raw=how.raw(now),
            power_w=how.grid_w(now),
            import_energy=how.imported(now),
            export_energy=how.exported(now),
        )

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """Its series."""
        how = self.system.api.behaviour
        return [
            MeterReading(stamp=stamp, raw=how.raw(row), power_w=how.grid_w(row))
            for row, stamp in self.system.rows(start, end)
        ]


class AcmeBattery(BaseBattery):
    """The battery."""

    system: System
    reserve: Setting[float]

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it."""
        now, stamp = self.system.now(max_age)
        how = self.system.api.behaviour
        return BatteryReading(stamp=stamp, raw=how.raw(now), power_w=how.battery_w(now), soc_pct=how.soc_pct(now))

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """Its series."""
        how = self.system.api.behaviour
        return [
            BatteryReading(stamp=stamp, raw=how.raw(row), power_w=how.battery_w(row))
            for row, stamp in self.system.rows(start, end)
        ]

    def settings(self) -> BatterySettings:
        """Its reserve."""
        return BatterySettings(reserve_soc_pct=self.system.api.get_reserve())

    def apply_settings(
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
            self.system.api.set_reserve(reserve_soc_pct)
        return self._write(self.reserve, reserve_soc_pct, operation="apply_settings", dry_run=dry_run, confirm=confirm)


class AcmeRetailer(BaseRetailer):
    """The retailer."""

    system: System

    def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The running interval's."""
        for price in self._of(self.system.api.get_prices()):
            if price.kind is PriceKind.CURRENT and price.channel is channel:
                return price
        raise PartialData("Acme tells no current price.", provider="acme")

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``."""
        begin = start or self.system.api.clock.now()
        rows = self.system.api.get_prices()
        series = PriceSeries(
            (price for price in self._of(rows) if price.end > begin and (end is None or price.start < end)),
            gaps=self.system.api.behaviour.gaps(rows),
        )
        series = series if channel is None else series.on(channel)
        return series if resolution is None else series.resample(resolution)

    def _of(self, rows: list[Tariff]) -> list[Price]:
        return self.system.api.behaviour.prices(rows, self.system.api.clock.now())


class Home:
    """The box of one account."""

    def __init__(self, context: Context, token: Secret, behaviour: Behaviour) -> None:
        self._context = context
        self._api = Acme(context, token, behaviour)
        self._writer = Writer.over(context)

    @property
    def native(self) -> Acme:
        """Acme's own API."""
        return self._api

    def discover(self) -> list[Any]:
        """The box's devices."""
        box = self._api.get_box()
        if not box.serial:
            raise PartialData("Acme tells no serial.", provider="acme")
        self._api.serial = mask(box.serial)
        system = System(self._api, ZoneInfo(box.zone or "UTC"))
        how, common = self._api.behaviour, {"native": self._api, "context": self._context}
        who: dict[str, Any] = {"provider": "acme", "serial": box.serial, "tz": box.zone}
        reserve = reserve_of(self._api)

        def info(kind: Any, role: Role, **more: Any) -> Any:
            return kind(id=f"{box.serial}/{how.id_role(role)}", role=role, **who, **more)

        devices: list[Any] = [
            AcmeInverter(info(InverterInfo, Role.INVERTER), capabilities=how.capabilities("inverter"), **common),
            AcmeBattery(
                info(BatteryInfo, Role.BATTERY, capacity_kwh=box.battery_kwh),
                capabilities=how.capabilities("battery"),
                writer=self._writer,
                documents=[reserve],
                **common,
            ),
            AcmeMeter(info(DeviceInfo, Role.METER), capabilities=how.capabilities("meter"), **common),
            AcmeRetailer(info(DeviceInfo, Role.RETAILER), capabilities=how.capabilities("retailer"), **common),
        ]
        for device in devices:
            device.system = system
        devices[1].reserve = reserve
        return devices

    def close(self) -> None:
        """Close it."""
        self._writer.close()
        self._api.close()


def connect(context: Context, *, token: Secret, behaviour: Behaviour | None = None) -> Home:
    """Make the backend; nothing is asked yet."""
    return Home(context, token, behaviour or Behaviour())
