"""``getEssList`` and ``getEvChargerConfigList`` to what is told about devices."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from openpower_alphaess.mapping import _plausible as plausible
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_core.errors import DeviceNotFound
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess.models import EssSystem, EvCharger

__all__ = ["addressable", "to_battery_info", "to_ev_charger_info", "to_inverter_info", "to_meter_info"]

logger = logging.getLogger("openpower.alphaess")


def addressable(systems: Sequence[EssSystem], wanted: str | None) -> list[tuple[str, EssSystem]]:
    """The systems that can be asked, with their serial numbers; only the wanted one, where one is named.

    The serial number is the key of every other call, and some answers leave it blank. A single blank
    system takes the one that the user named; other blank ones are left out, with a warning.

    Raises:
        DeviceNotFound: the wanted one is not among them.
    """
    named = [(each.sys_sn, each) for each in systems if each.sys_sn]
    blank = [each for each in systems if not each.sys_sn]
    if wanted is None:
        if blank:
            logger.warning(
                "AlphaESS listed %d system(s) without a serial number; name it with serial_number=", len(blank)
            )
        return named
    chosen = [(serial, each) for serial, each in named if serial == wanted]
    if chosen:
        return chosen
    if len(blank) == 1:
        return [(wanted, blank[0])]
    there = ", ".join(mask(serial) for serial, _ in named) or "none"
    raise DeviceNotFound(
        f"no system {mask(wanted)} is bound to this AppID; there is: {there}.",
        provider="alphaess",
        device_id=wanted,
        hint="Bind it at https://open.alphaess.com, or leave serial_number= out.",
    )


def _identity(serial: str, role: Role, model: str | None, tz: str | None) -> dict[str, Any]:
    return {
        "id": f"{serial}/{role.value}",
        "provider": "alphaess",
        "serial": serial,
        "role": role,
        "model": model or None,
        "vendor": "AlphaESS",
        "tz": tz,
    }


def to_battery_info(system: EssSystem, serial: str, tz: str | None) -> BatteryInfo:
    """The battery: gross capacity, and the share of it that is used; its power limits are not told."""
    capacity = plausible.energy(system.cobat)
    share = plausible.per_cent(system.us_capacity)
    return BatteryInfo(
        **_identity(serial, Role.BATTERY, system.mbat, tz),
        capacity_kwh=capacity,
        usable_kwh=None if capacity is None or share is None else capacity * share / 100,
    )


def to_inverter_info(system: EssSystem, serial: str, tz: str | None) -> InverterInfo:
    """The inverter and its nominal power."""
    return InverterInfo(**_identity(serial, Role.INVERTER, system.minv, tz), rated_w=_rated_w(system))


def to_meter_info(serial: str, tz: str | None) -> DeviceInfo:
    """The grid meter, of which only the readings are told."""
    return DeviceInfo(**_identity(serial, Role.METER, None, tz))


def to_ev_charger_info(charger: EvCharger, serial: str, tz: str | None) -> DeviceInfo:
    """A charger, under its own serial number."""
    return DeviceInfo(**_identity(serial, Role.EV_CHARGER, charger.evcharger_model, tz))


def _rated_w(system: EssSystem) -> float | None:
    rated = plausible.forward(system.poinv)
    return rated * 1000 if rated else None
