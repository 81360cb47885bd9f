"""The writes that the kit tries, each in two variants, so that the second one changes something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode, Schedule, Window

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = ["Operation", "operations", "other_operations"]


@frozen(kw_only=True)
class Operation:
    """One kind of write on one kind of device."""

    role: str
    feature: Feature
    method: str
    variants: tuple[Mapping[str, Any], Mapping[str, Any]]
    timed: bool = False
    """Whether it is a command, which needs an end and somebody who releases it."""

    def desired(self, harness: Harness, variant: int = 0) -> dict[str, Any]:
        """The arguments of one variant; make them once and use them again for the same wish."""
        desired = dict(self.variants[variant])
        if self.timed:
            desired |= {"until": self.until(harness), "unattended": True}
        return desired

    @staticmethod
    def until(harness: Harness) -> datetime:
        """The end of a command: a full hour, since vendors have grids."""
        soon = harness.clock.now() + timedelta(hours=3)
        return soon.replace(minute=0, second=0, microsecond=0)


def other_operations(role: str) -> list[Operation]:
    """The writes beside those: tried once each, to see that they land."""
    return [each for each in _OTHERS if each.role == role]


def operations(role: str) -> list[Operation]:
    """The writes that a kind of device may have."""
    return [each for each in _ALL if each.role == role]


_EARLY: Final = Schedule(windows=(Window(start=time(1), end=time(4), mode=BatteryMode.CHARGE, target_soc_pct=80),))
_LATE: Final = Schedule(windows=(Window(start=time(2), end=time(5), mode=BatteryMode.CHARGE, target_soc_pct=90),))

_ALL: Final = (
    Operation(
        role="battery",
        feature=Feature.CHARGE,
        method="charge",
        variants=({"target_soc_pct": 80}, {"target_soc_pct": 95}),
        timed=True,
    ),
    Operation(
        role="battery",
        feature=Feature.SET_SCHEDULE,
        method="set_schedule",
        variants=({"schedule": _EARLY}, {"schedule": _LATE}),
    ),
    Operation(
        role="battery",
        feature=Feature.RESERVE_SOC,
        method="apply_settings",
        variants=({"reserve_soc_pct": 20}, {"reserve_soc_pct": 30}),
    ),
    Operation(
        role="inverter",
        feature=Feature.SET_EXPORT_LIMIT,
        method="set_export_limit",
        variants=({"limit_w": 3000}, {"limit_w": 2000}),
    ),
    Operation(
        role="ev_charger",
        feature=Feature.CHARGER_CURRENT,
        method="set_current_limit",
        variants=({"amps": 10}, {"amps": 16}),
    ),
    Operation(
        role="ev_charger",
        feature=Feature.SITE_CURRENT,
        method="set_current_limit",
        variants=({"amps": 20, "scope": "site"}, {"amps": 25, "scope": "site"}),
    ),
)


def _other(role: str, feature: Feature, method: str, *, timed: bool = False, **desired: Any) -> Operation:
    return Operation(role=role, feature=feature, method=method, variants=(desired, desired), timed=timed)


_OTHERS: Final = (
    _other("battery", Feature.AUTO, "auto", timed=True),
    _other("battery", Feature.HOLD, "hold", timed=True),
    _other("battery", Feature.NO_CHARGE, "no_charge", timed=True),
    _other("battery", Feature.IDLE, "idle", timed=True),
    _other("battery", Feature.EXPORT, "export", timed=True),
    _other("battery", Feature.COMMAND_TARGET_SOC, "charge", timed=True, target_soc_pct=85),
    _other("battery", Feature.COMMAND_POWER, "charge", timed=True, power_w=1500),
    _other("battery", Feature.MAX_SOC, "apply_settings", max_soc_pct=90),
    _other("battery", Feature.GRID_CHARGE_ALLOWED, "apply_settings", grid_charge_allowed=True),
    _other("ev_charger", Feature.STOP, "stop"),
    _other("ev_charger", Feature.START, "start"),
)
