"""Who the simulated devices are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.provider import BatteryInfo, DeviceInfo, InverterInfo, Role

if TYPE_CHECKING:
    from openpower_demo.world import World

__all__ = ["battery_info", "device_info", "inverter_info"]


def _who(world: World, role: Role, model: str) -> dict[str, Any]:
    return {
        "id": f"{world.serial}/{role}",
        "provider": "demo",
        "serial": world.serial,
        "role": role,
        "model": model,
        "vendor": "openpower",
        "tz": world.plant.tz,
    }


def device_info(world: World, role: Role) -> DeviceInfo:
    """The meter, the charger or the retailer."""
    models = {Role.METER: "Simulated meter", Role.EV_CHARGER: "Simulated charger", Role.RETAILER: "Simulated retailer"}
    return DeviceInfo(**_who(world, role, models[role]))


def inverter_info(world: World) -> InverterInfo:
    """The inverter with its rating."""
    rated = world.plant.inverter_w
    return InverterInfo(**_who(world, Role.INVERTER, "Simulated inverter"), rated_w=rated)


def battery_info(world: World) -> BatteryInfo:
    """The battery with its sizes."""
    plant = world.plant
    return BatteryInfo(
        **_who(world, Role.BATTERY, "Simulated battery"),
        capacity_kwh=plant.battery_kwh,
        usable_kwh=round(plant.usable_kwh, 3),
        max_charge_w=plant.battery_w,
        max_discharge_w=plant.battery_w,
    )
