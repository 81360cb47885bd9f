"""A wrong sign shows as a residual of twice the flow, and the flip that corrects it is named."""

from __future__ import annotations

import pytest

from openpower_core.balance import Balance, Verdict, check_signs


def sample(*, pv: float, battery: float, grid: float, load: float) -> Balance:
    return Balance(
        pv_w=pv, battery_w=battery, grid_w=grid, load_w=load, ev_w=None, residual_w=pv + battery + grid - load
    )


RIGHT = {"pv": 4000.0, "battery": -1500.0, "grid": -1700.0, "load": 800.0}


def test_flows_that_balance_are_right() -> None:
    """4000 W of sun into 1500 W of battery, 1700 W of export and 800 W of house closes."""
    assert check_signs([sample(**RIGHT)] * 5).verdict is Verdict.RIGHT


@pytest.mark.parametrize("flow", ["grid", "battery"])
def test_a_flipped_flow_is_named(flow: str) -> None:
    """Turning one flow round leaves twice its size, and turning it back corrects that."""
    report = check_signs([sample(**{**RIGHT, flow: -RIGHT[flow]})] * 5)

    assert report.verdict is Verdict.FLIPPED
    assert report.flip == flow
    assert report.residual_w == pytest.approx(2 * abs(RIGHT[flow]))


def test_a_missing_kilowatt_is_no_flip() -> None:
    """What no flip explains is wrong without a remedy."""
    assert check_signs([sample(**{**RIGHT, "load": 1800.0})] * 5).verdict is Verdict.WRONG


def test_a_quiet_house_tells_nothing() -> None:
    """A few watts each way say nothing about signs; nor do readings without a residual."""
    assert check_signs([sample(pv=0, battery=0, grid=40, load=40)]).verdict is Verdict.OPEN
    assert check_signs([]).verdict is Verdict.OPEN
