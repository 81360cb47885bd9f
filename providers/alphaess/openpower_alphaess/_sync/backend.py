# Generated from backend.py by openpower_testing; do not edit.
"""What a connection to AlphaESS holds: the native client, the one writer, and the devices, made when asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from openpower_alphaess._sync.client import BASE_URL, AlphaESS
from openpower_core import provider as core

if TYPE_CHECKING:
    from openpower_alphaess._sync.system import System
    from openpower_alphaess.models import EssSystem, EvCharger

logger = logging.getLogger("openpower.alphaess")


def connect(
    context: core.Context,
    *,
    app_id: str | core.Secret,
    app_secret: str | core.Secret,
    serial_number: str | None = None,
    writes_per_day: int | None = None,
) -> AlphaBackend:
    """Make the backend of a connection; nothing is asked of the vendor yet."""
    native = AlphaESS(
        app_id,
        app_secret,
        serial_number,
        base_url=context.url(BASE_URL),
        allow_http=context.allow_http,
        transport=context.transport,
        timeout=context.timeout,
        clock=context.clock,
    )
    limits = None
    if writes_per_day is not None:
        # Here and below, since a program that uses the native API alone needs none of the vocabulary of devices.
        from openpower_alphaess.control.limits import limits_with

        limits = limits_with(writes_per_day)
    return AlphaBackend(native, context, limits)


class AlphaBackend(core.BaseBackend[AlphaESS]):
    """The systems of one AppID, or the one that ``serial_number=`` names."""

    def __init__(self, native: AlphaESS, context: core.Context, limits: core.WriteLimits | None = None) -> None:
        super().__init__(native, context)
        self._limits = limits
        native.api.gate = lambda: self.writer.native
        native.api.limits = limits
        self._systems: dict[str, System] = {}

    def discover(self) -> list[core.Device]:
        """Ask for the systems and for the chargers of each."""
        from openpower_alphaess.mapping import devices as described

        listed = self.native.list_systems()
        self.parts.name_unreadable("some systems", listed)
        found: list[core.Device] = []
        systems = described.addressable(listed, self.native.serial_number, self.parts)
        for serial, system in systems.items():
            found += self._devices_of(serial, system)
        for serial in self._systems.keys() - systems.keys():
            self.parts.failed(
                f"system {core.mask(serial)}",
                core.DeviceNotFound(
                    "AlphaESS lists it no longer.",
                    provider="alphaess",
                    device_id=serial,
                    operation="getEssList",
                    hint="Look at https://open.alphaess.com whether it is still bound to the AppID.",
                ),
            )
        return found

    def _devices_of(self, serial: str, listed: EssSystem) -> list[core.Device]:
        from openpower_alphaess._sync import devices as made
        from openpower_alphaess._sync.system import System
        from openpower_alphaess.control.limits import SCHEDULE_LIMITS
        from openpower_alphaess.mapping import devices as described, live, series

        tz, limits = self.context.tz, self._limits or SCHEDULE_LIMITS
        if serial not in self._systems:
            self._systems[serial] = System(self.native, serial, tz=tz, clock=self.context.clock)
        system = self._systems[serial]
        self.parts.recovered(f"system {core.mask(serial)}")
        inverter = described.to_inverter_info(listed, serial, tz)
        battery = described.to_battery_info(listed, serial, tz)
        devices: list[core.Device] = [
            core.BaseInverter(
                inverter,
                capabilities=described.inverter_capabilities(tz),
                backend=self,
                native=system.native,
                read=system.reading(live.to_inverter_reading),
                history=system.history_of(series.inverters),
            ),
            made.AlphaBattery(system, battery, self, limits=limits, rated_w=inverter.rated_w),
            core.BaseMeter(
                described.to_meter_info(serial, tz),
                capabilities=described.meter_capabilities(tz),
                backend=self,
                native=system.native,
                read=system.reading(live.to_meter_reading),
                history=system.history_of(series.meters),
            ),
        ]
        chargers = self._chargers(system)
        alone = len(chargers) == 1
        for position, (name, charger) in enumerate(chargers):
            if not name:
                continue
            info = described.to_ev_charger_info(charger, name, tz)
            can = described.charger_capabilities(tz, alone=alone)
            devices.append(made.AlphaCharger(system, info, can, self, position=position, alone=alone))
        return devices

    def _chargers(self, system: System) -> list[tuple[str, EvCharger]]:
        listed: list[EvCharger] = []
        # The other devices are worth having without them.
        with self.parts.attempt(f"EV chargers of system {core.mask(system.serial)}"):
            try:
                listed = system.native.get_ev_charger_list()
                self.parts.name_unreadable(f"some EV chargers of system {core.mask(system.serial)}", listed)
            except core.PermissionDenied as error:
                # The account has no such call, and trying again does not help: nothing that it could show is missing.
                logger.debug("%s: its EV chargers are not known: %s", core.mask(system.serial), error)
        # One without a serial number keeps its place: powers are reported by the chargers' order.
        places = {charger.evcharger_sn or place: charger for place, charger in enumerate(listed)}
        if nameless := sum(not charger.evcharger_sn for charger in listed):
            part = f"{nameless} of {len(listed)} EV chargers of system {core.mask(system.serial)}"
            self.parts.failed(part, core.BadResponse("without a serial number.", operation="getEvChargerConfigList"))
        return [(charger.evcharger_sn or "", charger) for charger in places.values()]
