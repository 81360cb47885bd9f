"""One look at a home for the screen: its snapshot, its devices, and the prices to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import frozen

from openpower.site import Site, Snapshot
from openpower_core.capabilities import Feature
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import OpenPowerError
from openpower_core.prices import Channel, PriceSeries

if TYPE_CHECKING:
    from openpower_core.connection import Connection
    from openpower_core.readings import Reading

__all__ = ["HomeView", "read_home"]

_AHEAD = timedelta(hours=24)


@frozen(kw_only=True)
class HomeView:
    """A home at one moment, ready to be shown."""

    name: str
    snapshot: Snapshot
    devices: tuple[DeviceInfo, ...]
    ahead: PriceSeries | None = None
    """Import prices of the next 24 hours; None when there is no retailer, or it has no forecast."""

    @property
    def at(self) -> datetime:
        """The moment it shows: when the newest figure was measured, or when it arrived."""
        stamps = [reading.stamp for reading in self.snapshot.readings.values()]
        return max((each.measured_at or each.received_at for each in stamps), default=self.snapshot.at)

    @property
    def tz(self) -> str | None:
        """The home's zone; None when no device knows it."""
        return next((device.tz for device in self.devices if device.tz), None)

    def local(self, moment: datetime) -> datetime:
        """A moment on the home's own clock, or in UTC where its zone is not known."""
        return moment.astimezone(ZoneInfo(self.tz) if self.tz else UTC)

    def of(self, role: Role) -> list[tuple[DeviceInfo, Reading | None]]:
        """The devices with that role, each with its reading."""
        return [(device, self.snapshot.readings.get(device.id)) for device in self.devices if device.role is role]


def read_home(site: Site, *, name: str) -> HomeView:
    """Read a whole home; what fails stands beside what works.

    Raises:
        OpenPowerError: no part of it could be read.
    """
    snapshot = site.snapshot()
    if snapshot.failures and not snapshot.readings and not snapshot.prices:
        raise snapshot.failures[0].error
    infos: list[DeviceInfo] = []
    ahead: PriceSeries | None = None
    for connection in site.connections:
        if any(failure.device is None and failure.provider == connection.provider for failure in snapshot.failures):
            continue  # it could not say which devices there are; asking again would not help
        infos += [device.info for device in connection.devices()]
        ahead = ahead or _ahead(connection)
    return HomeView(name=name, snapshot=snapshot, devices=tuple(infos), ahead=ahead)


def _ahead(connection: Connection[Any]) -> PriceSeries | None:
    for retailer in connection.retailers():
        if retailer.capabilities[Feature.FORECAST]:
            try:
                series = retailer.prices(channel=Channel.IMPORT)
            except OpenPowerError:
                continue  # the snapshot has told why, where it matters
            end = series[0].start + _AHEAD if series else None
            return PriceSeries(price for price in series if end is None or price.start < end)
    return None
