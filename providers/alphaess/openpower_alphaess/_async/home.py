"""What a connection holds: the native client, and the discovery of the devices behind it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from openpower_alphaess._async.battery import AsyncAlphaBattery
from openpower_alphaess._async.client import AsyncAlphaESS
from openpower_alphaess._async.devices import AsyncAlphaCharger, AsyncAlphaInverter, AsyncAlphaMeter
from openpower_alphaess._async.session import BASE_URL
from openpower_alphaess._async.system import AsyncSystem
from openpower_alphaess._async.writing import AsyncWriting
from openpower_alphaess.mapping.capabilities import charger_capabilities, inverter_capabilities, meter_capabilities
from openpower_alphaess.mapping.systems import (
    addressable,
    to_battery_info,
    to_ev_charger_info,
    to_inverter_info,
    to_meter_info,
)
from openpower_alphaess.pacing import SCHEDULE_LIMITS, limits_with
from openpower_core.errors import OpenPowerError, PermissionDenied
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from openpower_alphaess.models import EssSystem, EvCharger
    from openpower_core.capabilities import WriteLimits
    from openpower_core.connection.context import Context
    from openpower_core.devices._async import AsyncDevice
    from openpower_core.secrets import Secret

__all__ = ["AsyncHome", "connect"]

logger = logging.getLogger("openpower.alphaess")


def connect(
    context: Context,
    *,
    app_id: str | Secret,
    app_secret: str | Secret,
    serial_number: str | None = None,
    writes_per_day: int | str | None = None,
) -> AsyncHome:
    """Make the backend of a connection; nothing is asked of the vendor yet."""
    native = AsyncAlphaESS(
        app_id,
        app_secret,
        serial_number,
        base_url=context.url(BASE_URL),
        transport=context.transport,
        timeout=context.timeout,
        clock=context.clock,
    )
    return AsyncHome(native, context, limits_with(writes_per_day))


class AsyncHome:
    """The systems of one AppID, or the one that ``serial_number=`` names."""

    def __init__(self, native: AsyncAlphaESS, context: Context, limits: WriteLimits = SCHEDULE_LIMITS) -> None:
        self._native = native
        self._context = context
        self._limits = limits
        self._writing = AsyncWriting(context)
        native.session.gate = self._writing.gate
        native.session.limits = limits
        self._systems: dict[str, AsyncSystem] = {}

    @property
    def native(self) -> AsyncAlphaESS:
        """The vendor's own API."""
        return self._native

    async def discover(self) -> list[AsyncDevice]:
        """Ask for the systems and for the chargers of each."""
        listed = await self._native.list_systems()
        found: list[AsyncDevice] = []
        for serial, told in addressable(listed, self._native.serial_number):
            found += await self._devices_of(serial, told)
        return found

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._writing.aclose()
        await self._native.aclose()

    async def _devices_of(self, serial: str, told: EssSystem) -> list[AsyncDevice]:
        context, tz = self._context, self._context.tz
        if serial not in self._systems:
            self._systems[serial] = AsyncSystem(self._native, serial, tz=tz, clock=context.clock)
        system = self._systems[serial]
        inverter = to_inverter_info(told, serial, tz)
        battery = to_battery_info(told, serial, tz)
        devices: list[AsyncDevice] = [
            AsyncAlphaInverter(system, inverter, inverter_capabilities(tz), context),
            AsyncAlphaBattery(system, battery, context, self._writing, limits=self._limits, rated_w=inverter.rated_w),
            AsyncAlphaMeter(system, to_meter_info(serial, tz), meter_capabilities(tz), context),
        ]
        chargers = await self._chargers(system)
        alone = len(chargers) == 1
        for position, (name, charger) in enumerate(chargers):
            info = to_ev_charger_info(charger, name, tz)
            can = charger_capabilities(tz, alone=alone)
            devices.append(AsyncAlphaCharger(system, info, can, context, self._writing, position=position, alone=alone))
        return devices

    async def _chargers(self, system: AsyncSystem) -> list[tuple[str, EvCharger]]:
        try:
            listed = await system.native.get_ev_charger_list()
        except OpenPowerError as error:
            # The other devices are worth having without them.
            # A permission that is missing stays so (6017); anything else may pass.
            tell = logger.debug if isinstance(error, PermissionDenied) else logger.warning
            tell("%s: its EV chargers are not known: %s; devices(refresh=True) asks again", mask(system.serial), error)
            return []
        return [(each.evcharger_sn, each) for each in listed if each.evcharger_sn]
