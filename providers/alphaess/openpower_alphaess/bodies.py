"""The bodies of the Open API's writes, exactly as documented: each write replaces everything it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess.schedule.grid import clock
from openpower_alphaess.schedule.periodic import EVERY_DAY, Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess.schedule.legacy import LegacyPlan, Span
    from openpower_alphaess.schedule.periodic import PeriodicPlan

__all__ = [
    "charge_body",
    "charger_body",
    "current_body",
    "discharge_body",
    "number",
    "offset_body",
    "plan_bodies",
    "schedule_body",
]


def number(value: float) -> float:
    """A whole number without a decimal point, as the vendor's examples have it.

    >>> number(95.0), number(0.29 * 100), number(7.25)
    (95, 29, 7.25)
    """
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def charge_body(serial: str, *, on: bool, spans: Sequence[Span], limit: float) -> dict[str, Any]:
    """``updateChargeConfigInfo``: two windows and the per cent at which charging stops."""
    (begin1, end1), (begin2, end2) = spans
    return {
        "sysSn": serial,
        "batHighCap": number(limit),
        "gridCharge": int(on),
        "timeChaf1": clock(begin1),
        "timeChae1": clock(end1),
        "timeChaf2": clock(begin2),
        "timeChae2": clock(end2),
    }


def discharge_body(serial: str, *, on: bool, spans: Sequence[Span], limit: float) -> dict[str, Any]:
    """``updateDisChargeConfigInfo``: two windows and the per cent at which discharging stops."""
    (begin1, end1), (begin2, end2) = spans
    return {
        "sysSn": serial,
        "batUseCap": number(limit),
        "ctrDis": int(on),
        "timeDisf1": clock(begin1),
        "timeDise1": clock(end1),
        "timeDisf2": clock(begin2),
        "timeDise2": clock(end2),
    }


def plan_bodies(serial: str, plan: LegacyPlan, current: LegacyPlan) -> list[tuple[str, dict[str, Any]]]:
    """The legacy writes that turn one plan into another: the halves that differ, charging first."""
    bodies: list[tuple[str, dict[str, Any]]] = []
    charge = (plan.charge_on, plan.charge, plan.charge_limit)
    if charge != (current.charge_on, current.charge, current.charge_limit):
        body = charge_body(serial, on=charge[0], spans=charge[1], limit=charge[2])
        bodies.append(("updateChargeConfigInfo", body))
    discharge = (plan.discharge_on, plan.discharge, plan.discharge_limit)
    if discharge != (current.discharge_on, current.discharge, current.discharge_limit):
        body = discharge_body(serial, on=discharge[0], spans=discharge[1], limit=discharge[2])
        bodies.append(("updateDisChargeConfigInfo", body))
    return bodies


def schedule_body(serial: str, plan: PeriodicPlan, *, full_w: int) -> dict[str, Any]:
    """``setTimeChargeBySn``: both lists, each at least a filler, and both flags, always.

    Args:
        serial: the system.
        plan: the schedule; flags that nobody could read are inferred from its lists.
        full_w: the power of fillers and of periods without one; a period without it does nothing.
    """
    return {
        "sysSn": serial,
        "executeCycleType": int(plan.weekly),
        "gridChargeCycle": int(plan.charges),
        "ctrDisCycle": int(plan.discharges),
        "chargeTimeList": _elements(plan.charge, full_w, 100, weekly=plan.weekly),
        "dischargeTimeList": _elements(plan.discharge, full_w, 10, weekly=plan.weekly),
    }


def _elements(periods: Sequence[Period], full_w: int, limit: float, *, weekly: bool) -> list[dict[str, Any]]:
    # A list may not be empty; a period with equal ends is off, and its side's flag is 0 beside it.
    filled = periods or [Period(begin=0, end=0, days=EVERY_DAY, limit=limit)]
    return [
        {
            "beginTime": clock(each.begin),
            "endTime": clock(each.end),
            **({"weeks": list(each.days)} if weekly else {}),
            "chargePower": number(full_w if each.power is None else each.power),
            "chargeLimit": number(each.limit),
        }
        for each in filled
    ]


def current_body(serial: str, amps: float) -> dict[str, Any]:
    """``setEvChargerCurrentsBySn``: the household's current limit; the key is all lower case."""
    return {"sysSn": serial, "currentsetting": number(amps)}


def charger_body(serial: str, charger: str, *, charging: bool) -> dict[str, Any]:
    """``remoteControlEvCharger``: 0 stops, 1 starts."""
    return {"sysSn": serial, "evchargerSn": charger, "controlMode": int(charging)}


def offset_body(serial: str, offset_kw: float, *, on: bool, first: Span, second: Span) -> dict[str, Any]:
    """``updateMeterOffsetConfigInfo``: of commercial systems."""
    return {
        "sysSn": serial,
        "pmOffset": number(offset_kw),
        "pmOffsetEn": int(on),
        "pmOffsetS1": clock(first[0]),
        "pmOffsetE1": clock(first[1]),
        "pmOffsetS2": clock(second[0]),
        "pmOffsetE2": clock(second[1]),
    }
