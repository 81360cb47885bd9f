"""The simulated devices: who they are, and what they support, which is everything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from openpower_core.provider import (
    BatteryInfo,
    Capabilities,
    Capability,
    DeviceInfo,
    Feature,
    InverterInfo,
    Recurrence,
    Role,
    ScheduleLimits,
    Support,
    WriteLimits,
)
from openpower_demo.client import World

_SIMULATED: Final = Capability(support=Support.FULL, note="Simulated: no hardware is behind it.")
_LATE: Final = Capability(support=Support.FULL, note="Simulated; a day's usage appears at 06:00 the next morning.")

_AUTO: Final = Capability(support=Support.FULL, note="Simulated; the battery serves house and car, and never the grid.")

SCHEDULE: Final = ScheduleLimits(recurrence=Recurrence.WEEKLY)
"""Any windows, by the minute, every day of the week, with power and target."""

WRITES: Final = WriteLimits(settle_timeout=timedelta(seconds=5), poll=timedelta(seconds=1))
"""The house obeys at once and as often as asked."""


def _all(features: Iterable[Feature]) -> dict[Feature, Capability]:
    return dict.fromkeys(features, _SIMULATED)


METER: Final = Capabilities(features=_all([Feature.READ, Feature.HISTORY]))

INVERTER: Final = Capabilities(
    features=_all([Feature.READ, Feature.HISTORY, Feature.EXPORT_LIMIT, Feature.SET_EXPORT_LIMIT]), writes=WRITES
)

BATTERY: Final = Capabilities(
    features={Feature.AUTO: _AUTO}
    | _all(
        [
            Feature.READ,
            Feature.HISTORY,
            Feature.CHARGE,
            Feature.HOLD,
            Feature.NO_CHARGE,
            Feature.IDLE,
            Feature.EXPORT,
            Feature.COMMAND_POWER,
            Feature.COMMAND_TARGET_SOC,
            Feature.RELEASE,
            Feature.SCHEDULE,
            Feature.SET_SCHEDULE,
            Feature.SETTINGS,
            Feature.RESERVE_SOC,
            Feature.MAX_SOC,
            Feature.GRID_CHARGE_ALLOWED,
        ]
    ),
    schedule=SCHEDULE,
    writes=WRITES,
)

CHARGER: Final = Capabilities(
    features=_all(
        [
            Feature.READ,
            Feature.HISTORY,
            Feature.START,
            Feature.STOP,
            Feature.LIMITS,
            Feature.CHARGER_CURRENT,
            Feature.SITE_CURRENT,
        ]
    ),
    writes=WRITES,
)

RETAILER: Final = Capabilities(
    features={
        **_all([Feature.CURRENT_PRICE, Feature.PRICES, Feature.FORECAST, Feature.EXPORT_PRICES, Feature.GRID_MIX]),
        Feature.USAGE: _LATE,
    }
)


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
