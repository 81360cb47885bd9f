"""A limit never snaps up, in any provider: what is accepted is at most what was asked, and below the least it is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, strategies as st

from openpower_alphaess._sync.control import ChargerSettings
from openpower_core.control import BatterySettings, CurrentScope
from openpower_core.errors import InvalidValue
from openpower_core.writes import Draft, Scale, steps_below
from openpower_demo import control as demo
from openpower_demo.models import Currents
from openpower_goodwe.local.control import registers
from openpower_goodwe.local.models import Facts, Family
from openpower_goodwe.semsplus.control import settings as sems
from openpower_goodwe.semsplus.control.functions import EXPORT_PERCENT
from openpower_goodwe.semsplus.mapping.chargers import VOLTAGE_V, PowerRange
from openpower_simulation import Plant

FIGURES = st.one_of(st.floats(min_value=0, max_value=1e6), st.integers(min_value=0, max_value=20_000))
PLANT = Plant()


@frozen
class Limit:
    """One limit of one provider: how it is planned, and what a draft of it lets through."""

    plan: Callable[[float], Draft[Any]]
    got: Callable[[Any], float]
    least: float = 0
    most: float = math.inf
    tolerance: float = 0
    """What the steps of a provider's own figures make of it, far below any of them."""


def _currents(scope: CurrentScope) -> Limit:
    low = demo.SITE_LEAST_A if scope is CurrentScope.SITE else PLANT.charger_min_a
    current = Currents(charger_a=low, site_a=low)
    return Limit(
        plan=lambda amps: demo.plan_current(current, amps, scope, PLANT),
        got=lambda document: getattr(document, f"{scope.value}_a"),
        least=low,
    )


def _demo(name: str) -> Limit:
    return Limit(
        plan=lambda power: demo.plan_settings(BatterySettings(), {name: power}, PLANT),
        got=lambda document: getattr(document.power_limits, name),
    )


def _sems_export(figure: str, rated_w: float, span: tuple[float, float] | None) -> Limit:
    limit = sems.ExportRegisters(switch="40327", figure=figure, rated_w=rated_w, span=span)
    step = rated_w / 100 if figure == EXPORT_PERCENT else 1
    return Limit(
        plan=limit.plan,
        # What is written, not what the plan says of it.
        got=lambda document: round(limit.values(document)[figure] * step, 9),
        least=0 if span is None else span[0] * step,
    )


def _sems_charger(low: float, high: float, phases: int) -> Limit:
    span = PowerRange(min_kw=low, max_kw=high, phases=phases)
    return Limit(
        plan=lambda amps: sems.plan_power(sems.ChargePower(mode=0), amps, span),
        got=lambda document: document.kw * 1000 / (VOLTAGE_V * phases),
        least=low * 1000 / (VOLTAGE_V * phases),
        tolerance=1e-6,
    )


def _local_export(facts: Facts) -> Limit:
    current = registers.ExportLimit(enabled=True, value=0)
    return Limit(
        plan=lambda limit_w: registers.plan_export(current, limit_w, facts),
        got=lambda document: registers.limit_w(document, facts) or 0,
    )


def _local_power(name: str, volts: int) -> Limit:
    current = registers.BatteryRegisters(
        battery_discharge_depth=10, battery_charge_current=1, battery_discharge_current=1, volts=volts
    )
    return Limit(
        plan=lambda power: registers.plan_battery(current, {name: power}),
        got=lambda document: getattr(document.power_limits, name),
        least=volts / 100,
    )


def _facts(family: Family, rated_w: int, *, single_phase: bool = True) -> Facts:
    return Facts(family=family, serial="", rated_w=rated_w, single_phase=single_phase)


def _alphaess() -> Limit:
    native: Any = SimpleNamespace(get_ev_charger_current_draw_settings=None)
    site = ChargerSettings(native, "EV1").site
    return Limit(plan=lambda amps: site.plan(-1.0, amps), got=float, least=6, most=32)


LIMITS = {
    "alphaess site": _alphaess(),
    "demo charge": _demo("max_charge_w"),
    "demo discharge": _demo("max_discharge_w"),
    "demo export": Limit(plan=demo.plan_export_limit, got=lambda document: document.limit_w),
    "demo charger": _currents(CurrentScope.CHARGER),
    "demo site": _currents(CurrentScope.SITE),
    "sems export W": _sems_export("40328", 5000, None),
    "sems export W above 100": _sems_export("40328", 5000, (100, 5000)),
    "sems export %": _sems_export(EXPORT_PERCENT, 4950, (0, 100)),
    "sems export % above 7": _sems_export(EXPORT_PERCENT, 3680, (7, 100)),
    **{f"sems charger on {phases}": _sems_charger(1.4, 7, phases) for phases in (1, 2, 3)},
    **{f"sems charger 22 on {phases}": _sems_charger(4.2, 22, phases) for phases in (1, 2, 3)},
    "local ET export": _local_export(_facts(Family.ET, 6000)),
    "local ES export": _local_export(_facts(Family.ES, 5000)),
    "local DT export": _local_export(_facts(Family.DT, 3300)),
    **{
        f"local DT export % of {w}": _local_export(_facts(Family.DT, w, single_phase=False)) for w in (3680, 6000, 8850)
    },
    **{f"local charge at {volts}": _local_power("max_charge_w", volts) for volts in (1, 576, 2880, 5803)},
    "local discharge": _local_power("max_discharge_w", 4150),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=list(LIMITS))
@given(asked=FIGURES)
def test_never_up(limit: Limit, asked: float) -> None:
    """And what it became is taken again as it is; a plan that raises sends nothing."""
    draft = None
    with suppress(InvalidValue):
        draft = limit.plan(asked)
    if draft is None:
        # A tenth of an ampere: the least of the SEMS+ charger is rounded up to one.
        assert asked == 0 or asked < limit.least + 0.1 or asked > limit.most
        return
    got = limit.got(draft.document)

    assert asked >= limit.least - limit.tolerance
    assert limit.least - limit.tolerance <= got <= asked + limit.tolerance
    assert limit.plan(got + limit.tolerance).document == draft.document


@given(FIGURES, st.floats(min_value=0.001, max_value=1000))
def test_steps_below(most: float, step: float) -> None:
    """The most steps that are not more, for every scale that rounds down."""
    count = steps_below(most, step)
    got = Scale(field="x", step=step, rounding="down").snap(most)[0]

    assert round(count * step, 9) <= most < (count + 1) * step * (1 + 1e-9) + 1e-9
    assert got <= most
    assert Scale(field="x", step=step, rounding="down").snap(got)[0] == got
