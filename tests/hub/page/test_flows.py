"""Who supplies whom, from physics: what the places give and take, and what nobody can know."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from openpower_core.balance import balance
from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Stamp
from openpower_hub.page.flows import PLACES, allocate, powers, unexplained

# By place (W): + gives, - takes. Then the flows.
CASES = {
    "a sunny noon": (
        {"solar": 4200, "house": -1300, "battery": -2400, "grid": -500},
        {"solar-house": 1300, "solar-battery": 2400, "solar-grid": 500},
    ),
    "an evening on the battery": ({"solar": 0, "house": -900, "battery": 900, "grid": 0}, {"battery-house": 900}),
    "more than the battery gives": (
        {"solar": 0, "house": -7000, "battery": 5000, "grid": 2000},
        {"battery-house": 5000, "grid-house": 2000},
    ),
    "a night charge for battery and car": (
        {"solar": 0, "house": -300, "battery": -3000, "car": -7000, "grid": 10300},
        {"grid-house": 300, "grid-battery": 3000, "grid-car": 7000},
    ),
    "the car after the battery": (
        {"solar": 5000, "house": -1000, "battery": -3000, "car": -2000, "grid": 1000},
        {"solar-house": 1000, "solar-battery": 3000, "solar-car": 1000, "grid-car": 1000},
    ),
    "the battery feeds the grid": (
        {"solar": 500, "house": -800, "battery": 4000, "grid": -3700},
        {"solar-house": 500, "battery-house": 300, "battery-grid": 3700},
    ),
    "the grid alone": ({"house": -450, "grid": 450}, {"grid-house": 450}),
    "nothing": ({"solar": 0, "house": 0, "grid": 0}, {}),
    # What the grid does comes last, so nothing that is known depends on it.
    "no data from the grid": (
        {"solar": 4200, "house": -1300, "battery": -2400, "grid": None},
        {"solar-house": 1300, "solar-battery": 2400},
    ),
    "the grid would have to give the rest, which is not measured": (
        {"solar": 200, "house": -1300, "battery": 0, "grid": None},
        {"solar-house": 200},
    ),
    # The house is supplied first: what is left for others is unknown with it.
    "no data from the house": ({"solar": 4200, "house": None, "battery": -2400, "grid": -500}, {}),
    "no data from the battery": ({"solar": 4200, "house": -1300, "battery": None, "grid": -500}, {"solar-house": 1300}),
    "no data at all": ({"solar": None, "house": None, "battery": None, "grid": None}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_flows(case: str) -> None:
    """Solar supplies house, battery, car, grid in this order; the battery house, car, grid; the grid the rest."""
    given_w, expected = CASES[case]

    assert {flow.id: flow.watts for flow in allocate(given_w)} == expected


WATTS = st.integers(-20_000, 20_000)


@given(st.dictionaries(st.sampled_from(PLACES), st.none() | WATTS))
def test_no_flow_depends_on_what_is_unknown(given_w: dict[str, int | None]) -> None:
    """Whatever an unknown place really does, the flows that are shown are those that would be shown if it were known."""
    shown = {flow.id: flow.watts for flow in allocate(given_w)}
    for assumed in (0, 750, -750, 15_000, -15_000):
        full = {place: assumed if watts is None else watts for place, watts in given_w.items()}
        known = {flow.id: flow.watts for flow in allocate(full)}

        assert shown == {name: watts for name, watts in known.items() if name in shown}


@given(st.dictionaries(st.sampled_from(PLACES), WATTS))
def test_nothing_gives_or_takes_more_than_it_measures(given_w: dict[str, int]) -> None:
    """Flows add up to at most what each place gives or takes, and go from what gives to what takes."""
    flows = allocate(given_w)
    for place, watts in given_w.items():
        assert sum(flow.watts for flow in flows if flow.source == place) <= max(0, watts)
        assert sum(flow.watts for flow in flows if flow.use == place) <= max(0, -watts)


@pytest.mark.parametrize(
    ("given_w", "expected"),
    [
        ({"solar": 4200, "house": -1300, "battery": -2400, "grid": -500}, None),
        ({"solar": 4200, "house": -1300, "battery": -2300, "grid": -500}, None),  # 100 W of 4.2 kW: losses
        ({"solar": 4200, "house": -1300, "battery": -2200, "grid": -500}, 200),
        ({"solar": 0, "house": -300, "grid": 255}, None),  # 45 W
        ({"solar": 0, "house": -300, "grid": 240}, -60),
        ({"solar": 3000, "house": -500, "grid": 2500}, 5000),  # the grid's sign is wrong
        ({"solar": 3000, "house": -500, "grid": None}, None),
        ({"solar": 3000}, None),  # without house and meter nothing can balance
    ],
)
def test_what_is_unexplained(given_w: dict[str, float | None], expected: float | None) -> None:
    """More than 50 W and more than 3 % of what flows is not a loss."""
    assert unexplained(given_w) == expected


def test_powers_of_readings(stamp: Stamp) -> None:
    """House and car take; meter and battery have openpower's sign already: into the house is positive."""
    readings = [
        InverterReading(stamp=stamp, pv_w=4200, load_w=1300),
        MeterReading(stamp=stamp, power_w=-500),
        BatteryReading(stamp=stamp, power_w=-2400),
    ]

    found = powers(balance(readings), frozenset({"solar", "house", "grid", "battery"}))

    assert found == {"solar": 4200, "house": -1300, "grid": -500, "battery": -2400}


@pytest.fixture
def stamp() -> Stamp:
    """A time for readings."""
    from datetime import UTC, datetime

    return Stamp(received_at=datetime(2026, 1, 1, tzinfo=UTC))
