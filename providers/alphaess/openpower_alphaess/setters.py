"""Native setters without their I/O: arguments checked, and brought into the endpoint and body that the vendor takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from openpower_alphaess import bodies
from openpower_alphaess._levels import flag, fraction, measure, periods, span
from openpower_alphaess.models import CycleType
from openpower_alphaess.schedule.periodic import PeriodicPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess.models import TimePeriod

__all__ = ["Setting", "bind", "charger", "charging", "current", "discharging", "meter_offset", "schedule", "unbind"]

Setting: TypeAlias = tuple[str, dict[str, Any]]
"""Endpoint and body."""


def charging(serial: str, *, level: float, on: bool, first: Any, second: Any) -> Setting:
    """``set_charging_settings``."""
    body = bodies.charge_body(
        serial,
        on=flag(on, "use_grid"),
        spans=(span(first, "first_period"), span(second, "second_period")),
        limit=fraction(level, "stop_level"),
    )
    return "updateChargeConfigInfo", body


def discharging(serial: str, *, level: float, on: bool, first: Any, second: Any) -> Setting:
    """``set_discharging_settings``."""
    body = bodies.discharge_body(
        serial,
        on=flag(on, "enable_time_control"),
        spans=(span(first, "first_period"), span(second, "second_period")),
        limit=fraction(level, "stop_level"),
    )
    return "updateDisChargeConfigInfo", body


def schedule(
    serial: str,
    *,
    charge: Sequence[TimePeriod],
    discharge: Sequence[TimePeriod],
    charge_on: bool,
    discharge_on: bool,
    cycle: CycleType | int,
) -> Setting:
    """``set_periodic_schedule``."""
    weekly = CycleType(cycle) == CycleType.WEEKLY
    plan = PeriodicPlan(
        weekly=weekly,
        charge_on=flag(charge_on, "grid_charge_cycle"),
        discharge_on=flag(discharge_on, "ctr_dis_cycle"),
        charge=periods(charge, "charge_time_list", weekly=weekly),
        discharge=periods(discharge, "discharge_time_list", weekly=weekly),
    )
    return "setTimeChargeBySn", bodies.schedule_body(serial, plan, full_w=0)


def current(serial: str, *, amps: float) -> Setting:
    """``set_ev_charger_current_draw_settings``."""
    return "setEvChargerCurrentsBySn", bodies.current_body(serial, measure(amps, "current_draw", 1, 1000, "A"))


def charger(serial: str, *, charger_serial: str, charging: bool) -> Setting:
    """``control_ev_charger``."""
    on = flag(charging, "charging")
    return "remoteControlEvCharger", bodies.charger_body(serial, charger_serial, charging=on)


def meter_offset(serial: str, *, offset_kw: float, on: bool, first: Any, second: Any) -> Setting:
    """``set_meter_offset``."""
    body = bodies.offset_body(
        serial,
        round(measure(offset_kw, "offset_kw", -500, 500, "kW"), 1),
        on=flag(on, "enabled"),
        first=span(first, "first_period"),
        second=span(second, "second_period"),
    )
    return "updateMeterOffsetConfigInfo", body


def bind(serial: str, *, code: str) -> Setting:
    """``bind_system``."""
    return "bindSn", {"sysSn": serial, "code": code}


def unbind(serial: str) -> Setting:
    """``unbind_system``."""
    return "unBindSn", {"sysSn": serial}
