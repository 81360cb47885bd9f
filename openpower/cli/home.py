"""Read a whole home once: every device's reading or error, the balance, and today's prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from openpower_core.balance import Balance, balance
from openpower_core.devices.info import Role
from openpower_core.errors import OpenPowerError
from openpower_core.prices import Channel

if TYPE_CHECKING:
    from openpower_core.capabilities import Capabilities
    from openpower_core.connection import Connection
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.prices import Price, PriceSeries
    from openpower_core.readings import Reading

__all__ = ["DeviceView", "HomeView", "PriceView", "read_home"]


@frozen(kw_only=True)
class DeviceView:
    """One device: who it is, and its reading or why there is none."""

    info: DeviceInfo
    capabilities: Capabilities
    reading: Reading | None = None
    error: OpenPowerError | None = None


@frozen(kw_only=True)
class PriceView:
    """What electricity costs now, and the import prices to come."""

    now: dict[Channel, Price] = field(factory=dict)
    ahead: PriceSeries | None = None
    error: OpenPowerError | None = None


@frozen(kw_only=True)
class HomeView:
    """A home at one moment, ready to be shown."""

    name: str
    at: datetime
    tz: str | None
    devices: tuple[DeviceView, ...]
    flows: Balance
    prices: PriceView | None

    @property
    def local_time(self) -> datetime:
        """The moment on the home's own clock, or in UTC where its zone is not known."""
        return self.at.astimezone(ZoneInfo(self.tz) if self.tz else UTC)

    def of(self, role: Role) -> list[DeviceView]:
        """The devices with that role."""
        return [device for device in self.devices if device.info.role is role]


def read_home(connection: Connection[Any], *, name: str) -> HomeView:
    """Read every device of a connection; what fails stands beside what works.

    Raises:
        OpenPowerError: discovery failed, or not one device could be read.
    """
    devices = connection.devices()
    views = tuple(_read(device) for device in devices if device.info.role is not Role.RETAILER)
    prices = _prices(connection)
    failures = [view.error for view in views if view.error is not None]
    if failures and len(failures) == len(views) and prices is None:
        raise failures[0]
    readings = [view.reading for view in views if view.reading is not None]
    moments = [reading.stamp.measured_at or reading.stamp.received_at for reading in readings]
    moments += [price.start for price in (prices.now.values() if prices and not readings else ())]
    return HomeView(
        name=name,
        at=max(moments, default=datetime.now(UTC)),
        tz=next((device.info.tz for device in devices if device.info.tz), None),
        devices=views,
        flows=balance(readings),
        prices=prices,
    )


def _read(device: Any) -> DeviceView:
    try:
        reading = device.read()
    except OpenPowerError as error:
        return DeviceView(info=device.info, capabilities=device.capabilities, error=error)
    return DeviceView(info=device.info, capabilities=device.capabilities, reading=reading)


def _prices(connection: Connection[Any]) -> PriceView | None:
    retailers = connection.retailers()
    if not retailers:
        return None
    retailer = retailers[0]
    try:
        series = retailer.prices()
    except OpenPowerError as error:
        return PriceView(error=error)
    now: dict[Channel, Price] = {}
    for price in series:
        now.setdefault(price.channel, price)
    imports = [price for price in series if price.channel is Channel.IMPORT]
    first = imports[0].start if imports else None
    ahead = None
    if first is not None:
        end = first + timedelta(hours=24)
        ahead = type(series)(price for price in imports if price.start < end)
    return PriceView(now=now, ahead=ahead)
