"""Who the devices behind an inverter are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role

if TYPE_CHECKING:
    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.models import RuntimeData

__all__ = ["to_battery_info", "to_inverter_info", "to_meter_info"]

_PROVIDER: Final = "goodwe-local"


def to_inverter_info(facts: Facts, tz: str | None) -> InverterInfo:
    """The inverter."""
    rated = None if not facts.rated_w else float(facts.rated_w)
    return InverterInfo(**_common(facts, Role.INVERTER, tz), model=facts.model, rated_w=rated)


def to_battery_info(facts: Facts, data: RuntimeData, tz: str | None) -> BatteryInfo:
    """Its battery; how much it takes and gives follows from its voltage and the limits that it names now."""
    return BatteryInfo(
        **_common(facts, Role.BATTERY, tz),
        max_charge_w=_limit(data, "battery_charge_limit", facts),
        max_discharge_w=_limit(data, "battery_discharge_limit", facts),
    )


def to_meter_info(facts: Facts, tz: str | None) -> DeviceInfo:
    """Its grid connection."""
    return DeviceInfo(**_common(facts, Role.METER, tz))


def _common(facts: Facts, role: Role, tz: str | None) -> dict[str, Any]:
    return {
        "id": f"{facts.serial}/{role}",
        "provider": _PROVIDER,
        "serial": facts.serial,
        "role": role,
        "vendor": "GoodWe",
        "tz": tz,
    }


def _limit(data: RuntimeData, name: str, facts: Facts) -> float | None:
    amperes, volts = data.get(name), data.get("vbattery1")
    if not amperes or not volts:
        return None  # a full battery names 0 A for now, which is no rating
    power = float(amperes) * float(volts)
    return min(power, float(facts.rated_w)) if facts.rated_w else power
