"""The legacy pair: two daily charge windows and two daily discharge windows.

A charge window charges, from PV first and then from the grid, up to ``batHighCap`` and does not discharge. A
discharge window is a permission: inside it the battery may serve the house, and nothing is forced out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.parameters import clock_time, flag, number, require, text
from openpower_alphaess.emulator.settings.orders import Order, covers
from openpower_core.provider import BatteryMode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHARGE_DEFAULTS", "DISCHARGE_DEFAULTS", "legacy_order", "read_charge", "read_discharge"]

_CHARGE_TIMES: Final = ("timeChaf1", "timeChae1", "timeChaf2", "timeChae2")
_DISCHARGE_TIMES: Final = ("timeDisf1", "timeDise1", "timeDisf2", "timeDise2")

CHARGE_DEFAULTS: Final[Mapping[str, Any]] = {
    "gridCharge": 0,
    **dict.fromkeys(_CHARGE_TIMES, "00:00"),
    "batHighCap": 100,
}
DISCHARGE_DEFAULTS: Final[Mapping[str, Any]] = {
    "ctrDis": 0,
    **dict.fromkeys(_DISCHARGE_TIMES, "00:00"),
    "batUseCap": 10,
}


def read_charge(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body of ``updateChargeConfigInfo`` and give the settings that it describes."""
    return _read(body, "gridCharge", _CHARGE_TIMES, "batHighCap")


def read_discharge(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body of ``updateDisChargeConfigInfo`` and give the settings that it describes."""
    return _read(body, "ctrDis", _DISCHARGE_TIMES, "batUseCap")


def _read(body: Mapping[str, Any], switch: str, times: tuple[str, ...], level: str) -> dict[str, Any]:
    require(body, "sysSn", switch, *times, level)
    text(body, "sysSn")
    return {
        switch: flag(body, switch),
        **{name: clock_time(body, name) for name in times},
        level: number(body, level, 0, 100),
    }


def legacy_order(charge: Mapping[str, Any], discharge: Mapping[str, Any], minute: int) -> Order:
    """What the inverter does under the pair at a minute of its day."""
    reserve = float(discharge["batUseCap"])
    if charge["gridCharge"] and _inside(charge, _CHARGE_TIMES, minute):
        return Order(mode=BatteryMode.CHARGE, target_soc_pct=float(charge["batHighCap"]), reserve_soc_pct=reserve)
    if discharge["ctrDis"] and not _inside(discharge, _DISCHARGE_TIMES, minute):
        return Order(mode=BatteryMode.HOLD, reserve_soc_pct=reserve)
    return Order(reserve_soc_pct=reserve)


def _inside(settings: Mapping[str, Any], times: tuple[str, ...], minute: int) -> bool:
    begin1, end1, begin2, end2 = (settings[name] for name in times)
    return covers(begin1, end1, minute) or covers(begin2, end2, minute)
