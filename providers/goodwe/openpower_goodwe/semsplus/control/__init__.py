"""How SEMS+ is controlled: functions, settings and programs, planned without I/O; and how often a device is written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openpower_core.provider import BatteryMode, DeviceInfo, End, Role, WriteLimits

WRITE_TIMEOUT: Final = 120.0
"""Seconds that a write may take: inverters answer after 1 to 30, chargers after 60 to 90."""

WRITE_LIMITS: Final = WriteLimits(
    min_interval=timedelta(seconds=30),
    patience=timedelta(seconds=60),
    per_day=48,
    settle=timedelta(seconds=90),
    settle_timeout=timedelta(minutes=5),
    poll=timedelta(seconds=30),
    # An immediate charge stops at its target only, whatever its end; what it cannot do becomes a weekly slot. Models without
    # it charge by a slot as well, which openpower learns on first use: OPEN promises nothing that might not hold.
    ends=End.OPEN,
    recurring=frozenset({BatteryMode.EXPORT}),
)
"""Settings show at once, and may flip back within a minute or so: only what is still set after that counts. Users of the
classic API report an inverter switched back after about 60 s to minutes (goodwe-sems-home-assistant #146, #191, #195);
no longest delay is known, so the five minutes of ``settle_timeout`` are an unproven choice of ours."""

REMOTE_BUDGET = "remote_control"
"""The budget of writes to an inverter; the cloud passes every one of them on to the device."""
CHARGER_BUDGET = "charger"


def device_info(sn: str, role: Role, tz: str | None = None, model: str | None = None) -> DeviceInfo:
    """A device as far as guards and budgets have to know it."""
    return DeviceInfo(
        id=f"{sn}/{role.value}", provider="goodwe-sems", serial=sn, role=role, model=model, vendor="GoodWe", tz=tz
    )
