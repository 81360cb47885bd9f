"""Which device a native write is about, for guards and budgets."""

from __future__ import annotations

from openpower_core.devices.info import DeviceInfo, Role

__all__ = ["CHARGER_BUDGET", "REMOTE_BUDGET", "device_info"]

REMOTE_BUDGET = "remote_control"
"""What writes to an inverter count for; the cloud passes each on to the device."""
CHARGER_BUDGET = "charger"


def device_info(sn: str, role: Role, tz: str | None = None, model: str | None = None) -> DeviceInfo:
    """Who a device is, as far as a write has to know."""
    return DeviceInfo(
        id=f"{sn}/{role.value}", provider="goodwe-sems", serial=sn, role=role, model=model, vendor="GoodWe", tz=tz
    )
