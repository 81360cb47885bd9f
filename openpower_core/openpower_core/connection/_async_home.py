"""The devices of a home by kind and by id: what a connection and a site have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

from openpower_core.connection._pick import of_role, pick
from openpower_core.devices.info import Role

if TYPE_CHECKING:
    from openpower_core.devices._async import (
        AsyncBattery,
        AsyncDevice,
        AsyncEVCharger,
        AsyncInverter,
        AsyncMeter,
        AsyncRetailer,
    )

__all__ = ["AsyncHome"]


class AsyncHome(ABC):
    """Whatever has devices; application code that takes one runs on a connection and on a site alike."""

    @abstractmethod
    async def devices(self, *, refresh: bool = False) -> list[AsyncDevice]:
        """Everything that was found; asked once and kept.

        Args:
            refresh: ask the vendor again.
        """

    async def inverters(self, *, refresh: bool = False) -> list[AsyncInverter]:
        """The inverters that were found."""
        return cast("list[AsyncInverter]", of_role(await self.devices(refresh=refresh), Role.INVERTER))

    async def batteries(self, *, refresh: bool = False) -> list[AsyncBattery]:
        """The batteries that were found."""
        return cast("list[AsyncBattery]", of_role(await self.devices(refresh=refresh), Role.BATTERY))

    async def ev_chargers(self, *, refresh: bool = False) -> list[AsyncEVCharger]:
        """The EV chargers that were found."""
        return cast("list[AsyncEVCharger]", of_role(await self.devices(refresh=refresh), Role.EV_CHARGER))

    async def meters(self, *, refresh: bool = False) -> list[AsyncMeter]:
        """The meters that were found."""
        return cast("list[AsyncMeter]", of_role(await self.devices(refresh=refresh), Role.METER))

    async def retailers(self, *, refresh: bool = False) -> list[AsyncRetailer]:
        """The retailers that were found."""
        return cast("list[AsyncRetailer]", of_role(await self.devices(refresh=refresh), Role.RETAILER))

    async def inverter(self, id: str | None = None) -> AsyncInverter:
        """The inverter with that id, or the only one; see :meth:`battery`."""
        return cast("AsyncInverter", await self._pick(Role.INVERTER, id))

    async def battery(self, id: str | None = None) -> AsyncBattery:
        """The battery with that id, or the only one.

        Args:
            id: the whole id, the serial number, or the masked form that messages show, as long as it is unique.

        Raises:
            DeviceNotFound: there is none; the message lists what there is.
            AmbiguousDevice: there are several; the message lists them.
        """
        return cast("AsyncBattery", await self._pick(Role.BATTERY, id))

    async def ev_charger(self, id: str | None = None) -> AsyncEVCharger:
        """The EV charger with that id, or the only one; see :meth:`battery`."""
        return cast("AsyncEVCharger", await self._pick(Role.EV_CHARGER, id))

    async def meter(self, id: str | None = None) -> AsyncMeter:
        """The meter with that id, or the only one; see :meth:`battery`."""
        return cast("AsyncMeter", await self._pick(Role.METER, id))

    async def retailer(self, id: str | None = None) -> AsyncRetailer:
        """The retailer with that id, or the only one; see :meth:`battery`."""
        return cast("AsyncRetailer", await self._pick(Role.RETAILER, id))

    async def _pick(self, role: Role, wanted: str | None) -> AsyncDevice:
        return pick(await self.devices(), role, wanted, provider=self._source())

    def _source(self) -> str | None:
        """The provider that errors name."""
        return None
