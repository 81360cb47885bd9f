"""One look at an inverter as flows in our signs: the one place where the grid's sign is turned.

GoodWe counts the grid + exporting, we + importing; batteries are + discharging on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_goodwe.local.facts import Family

if TYPE_CHECKING:
    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.models import RuntimeData

__all__ = ["Flows", "has_battery", "has_meter", "to_flows"]

_UNSEEN_W: Final = -100.0
"""A load below this is no rounding: something feeds the house that the inverter does not count."""
_MOST_16_BIT_W: Final = 30_000
"""Above this rated power the 16 bits of ``active_power`` may not hold the grid's power."""


@frozen(kw_only=True)
class Flows:
    """Powers (W) of one moment; None for what is not known."""

    pv_w: float | None
    pv_strings_w: tuple[float | None, ...]
    battery_w: float | None
    grid_w: float | None
    """+ importing, − exporting."""
    phases_w: tuple[float | None, ...]
    load_w: float | None
    """Computed: what PV, battery and grid leave for the house."""


def to_flows(data: RuntimeData, facts: Facts) -> Flows:
    """The flows of one look."""
    strings = _strings(data)
    pv, battery, grid = _sum(strings), _battery(data), _turned(_exported(data, facts))
    return Flows(
        pv_w=pv,
        pv_strings_w=strings,
        battery_w=battery,
        grid_w=grid,
        phases_w=tuple(_turned(each) for each in _phases(data)),
        load_w=_load(pv, battery if has_battery(data) else 0.0, grid),
    )


def has_battery(data: RuntimeData) -> bool:
    """Whether a battery hangs on the inverter: battery mode 0 means none."""
    return bool(data.get("battery_mode"))


def has_meter(data: RuntimeData, facts: Facts) -> bool:
    """Whether the grid is measured."""
    return _exported(data, facts) is not None


def _strings(data: RuntimeData) -> tuple[float | None, ...]:
    # Not "ppv": in it the library takes a string that is not known for one of 0 W.
    return tuple(_forward(data[f"ppv{index}"]) for index in range(1, 17) if f"ppv{index}" in data)


def _battery(data: RuntimeData) -> float | None:
    if not has_battery(data):
        return None
    return _sum((_number(data.get("pbattery1")), _number(data.get("pbattery2"))))


def _exported(data: RuntimeData, facts: Facts) -> float | None:
    """What goes into the grid, in GoodWe's sign."""
    if facts.family is Family.ES:
        return _number(data.get("pgrid"))
    if facts.family is Family.DT:
        linked = data.get("meter_comm_status") != 2
        return _number(data.get("meter_active_power")) if linked else None
    if (facts.rated_w or 0) > _MOST_16_BIT_W and data.get("meter_comm_status") == 1:
        return _number(data.get("meter_active_power_total"))
    # From the same answer as PV and battery, so that the balance closes; the meter's own is asked for later.
    return _number(data.get("active_power"))


def _phases(data: RuntimeData) -> tuple[float | None, ...]:
    names = [f"meter_active_power{index}" for index in (1, 2, 3)]
    if data.get("meter_comm_status") != 1:
        return ()
    return tuple(_number(data[name]) for name in names if name in data)


def _load(pv: float | None, battery: float | None, grid: float | None) -> float | None:
    if pv is None or battery is None or grid is None:
        return None
    load = pv + battery + grid
    return None if load < _UNSEEN_W else max(0.0, load)


def _turned(exported: float | None) -> float | None:
    return None if exported is None else 0.0 - exported


def _sum(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _forward(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else max(0.0, number)
