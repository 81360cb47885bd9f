"""The current settings and limits of devices, for integrations that show them or let users change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.devices.info import BatteryInfo, InverterInfo
from openpower_core.devices.roles import Role
from openpower_hub.control import operations_of

if TYPE_CHECKING:
    from openpower_hub.state import DeviceState

_MOST_W: Final = 30_000.0
"""The range of a power limit where nothing says how large a device is."""


@frozen
class Setting:
    """A setting and its current value."""

    value: float | None
    """None where it is unknown, or where there is no limit."""
    low: float
    high: float
    step: float


async def settings_of(state: DeviceState) -> dict[str, Setting]:
    """What of a device can be set, by the operation that sets it, as the device reports it now.

    Raises:
        OpenPowerError: it cannot be read.
    """
    wanted = [name for name, operation in operations_of(state).items() if operation.unit]
    if not wanted:
        return {}
    device: Any = state.device
    if state.role is Role.EV_CHARGER:
        limits = await device.limits()
        return {name: Setting(limits.present_a, limits.min_a, limits.max_a, limits.step_a) for name in wanted}
    if state.role is Role.INVERTER:
        able = state.device.capabilities[Feature.EXPORT_LIMIT]
        limit_w = await device.export_limit() if able else None
        rated_w = state.info.rated_w if isinstance(state.info, InverterInfo) else None
        return {name: _power(limit_w, rated_w) for name in wanted}
    return {name: setting for name, setting in (await _of_battery(state)).items() if name in wanted}


async def _of_battery(state: DeviceState) -> dict[str, Setting]:
    device: Any = state.device
    found = await device.settings() if state.device.capabilities[Feature.SETTINGS] else None
    limits = None if found is None else found.power_limits
    size = state.info if isinstance(state.info, BatteryInfo) else None
    return {
        "reserve_soc": Setting(None if found is None else found.reserve_soc_pct, 0, 100, 1),
        "max_soc": Setting(None if found is None else found.max_soc_pct, 0, 100, 1),
        "max_charge_w": _power(limits and limits.max_charge_w, None if size is None else size.max_charge_w),
        "max_discharge_w": _power(limits and limits.max_discharge_w, None if size is None else size.max_discharge_w),
    }


def _power(value: float | None, most: float | None) -> Setting:
    return Setting(value, 0, max(most or _MOST_W, value or 0), 1)
