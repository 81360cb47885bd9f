# Generated from _async_home.py by openpower_testing; do not edit.
"""The devices of a home by kind and by id: what a connection and a site have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

from openpower_core.connection._pick import of_role, pick
from openpower_core.devices.info import Role

if TYPE_CHECKING:
    from openpower_core.devices._sync import Battery, Device, EVCharger, Inverter, Meter, Retailer

__all__ = ["Home"]


class Home(ABC):
    """Whatever has devices; application code that takes one runs on a connection and on a site alike."""

    @abstractmethod
    def devices(self, *, refresh: bool = False) -> list[Device]:
        """Everything that was found; asked once and kept.

        Args:
            refresh: ask the vendor again.
        """

    def inverters(self, *, refresh: bool = False) -> list[Inverter]:
        """The inverters that were found."""
        return cast("list[Inverter]", of_role(self.devices(refresh=refresh), Role.INVERTER))

    def batteries(self, *, refresh: bool = False) -> list[Battery]:
        """The batteries that were found."""
        return cast("list[Battery]", of_role(self.devices(refresh=refresh), Role.BATTERY))

    def ev_chargers(self, *, refresh: bool = False) -> list[EVCharger]:
        """The EV chargers that were found."""
        return cast("list[EVCharger]", of_role(self.devices(refresh=refresh), Role.EV_CHARGER))

    def meters(self, *, refresh: bool = False) -> list[Meter]:
        """The meters that were found."""
        return cast("list[Meter]", of_role(self.devices(refresh=refresh), Role.METER))

    def retailers(self, *, refresh: bool = False) -> list[Retailer]:
        """The retailers that were found."""
        return cast("list[Retailer]", of_role(self.devices(refresh=refresh), Role.RETAILER))

    def inverter(self, id: str | None = None) -> Inverter:
        """The inverter with that id, or the only one; see :meth:`battery`."""
        return cast("Inverter", self._pick(Role.INVERTER, id))

    def battery(self, id: str | None = None) -> Battery:
        """The battery with that id, or the only one.

        Args:
            id: the whole id, the serial number, or the masked form that messages show, as long as it is unique.

        Raises:
            DeviceNotFound: there is none; the message lists what there is.
            AmbiguousDevice: there are several; the message lists them.
        """
        return cast("Battery", self._pick(Role.BATTERY, id))

    def ev_charger(self, id: str | None = None) -> EVCharger:
        """The EV charger with that id, or the only one; see :meth:`battery`."""
        return cast("EVCharger", self._pick(Role.EV_CHARGER, id))

    def meter(self, id: str | None = None) -> Meter:
        """The meter with that id, or the only one; see :meth:`battery`."""
        return cast("Meter", self._pick(Role.METER, id))

    def retailer(self, id: str | None = None) -> Retailer:
        """The retailer with that id, or the only one; see :meth:`battery`."""
        return cast("Retailer", self._pick(Role.RETAILER, id))

    def _pick(self, role: Role, wanted: str | None) -> Device:
        return pick(self.devices(), role, wanted, provider=self._source())

    def _source(self) -> str | None:
        """The provider that errors name."""
        return None
