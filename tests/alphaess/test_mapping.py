"""What to make of answers that are incomplete, contradictory or absurd."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower_alphaess import models
from openpower_alphaess.mapping import live, series
from openpower_alphaess.mapping.live import to_charger_status
from openpower_core.convert import structure
from openpower_core.devices import DeviceInfo, Role
from openpower_core.plausibility import Plausibility
from openpower_core.readings import ChargerStatus, InverterStatus, Quality, Stamp

NOW = datetime(2026, 8, 4, 20, 10, tzinfo=UTC)
STAMP = Stamp(received_at=NOW)
BERLIN = ZoneInfo("Europe/Berlin")


def day_of(rows: list[dict[str, Any]], zone: ZoneInfo | None = BERLIN) -> series.Day:
    return series.Day(structure(list[models.PowerSample], rows), zone, NOW)


def answer(**changes: Any) -> live.Flows:
    figures = {"ppv": 3000.0, "pgrid": -500.0, "pbat": -1500.0, "pload": 1000.0, "soc": 40.0}
    return live.flows(structure(models.PowerData, figures | changes))


@pytest.mark.parametrize(
    ("missing", "field", "value"),
    [("ppv", "pv_w", 3000), ("pgrid", "grid_w", -500), ("pbat", "battery_w", -1500), ("pload", "load_w", 1000)],
)
def test_one_missing_power_is_computed(missing: str, field: str, value: float) -> None:
    """The vendor's own identity gives the fourth figure, and it is marked as computed."""
    seen = answer(**{missing: None})

    assert getattr(seen, field) == value
    assert seen.derived == {field}


def test_computed_figures_are_marked_on_their_reading_only() -> None:
    """The battery's power is DERIVED; the meter beside it stays LIVE."""
    seen = answer(pbat=None)

    assert live.to_battery_reading(seen, STAMP).stamp.quality is Quality.DERIVED
    assert live.to_meter_reading(seen, STAMP).stamp.quality is Quality.LIVE


def test_two_missing_powers_stay_unknown() -> None:
    """There is no guessing."""
    seen = answer(pbat=None, pload=None)

    assert (seen.battery_w, seen.load_w) == (None, None)


def test_ac_coupled_pv_that_is_the_total_already() -> None:
    """ppv equals pmeterDc with all strings at 0: it is counted once."""
    seen = answer(ppv=5000, pload=3000, ppvDetail={"ppv1": 0, "ppv2": 0, "pmeterDc": 5000})

    assert (seen.pv_w, seen.load_w) == (5000, 3000)


def test_ac_coupled_pv_that_the_total_leaves_out() -> None:
    """ppv equals the strings while pmeterDc runs: the meter is added to PV and load."""
    seen = answer(ppv=1000, pgrid=-2500, pbat=-500, pload=-2000, ppvDetail={"ppv1": 600, "ppv2": 400, "pmeterDc": 2500})

    assert (seen.pv_w, seen.load_w) == (3500, 500)
    assert {"pv_w", "load_w"} <= seen.derived


def test_a_load_far_below_zero_means_unseen_pv() -> None:
    """−7847 W of load (seen live) with no PV: both are unknown, not 0."""
    seen = answer(ppv=0, pgrid=-7847, pbat=0, pload=-7847)

    assert (seen.pv_w, seen.load_w, seen.grid_w) == (None, None, -7847)


def test_noise_below_zero_is_zero() -> None:
    """A load of −3 W is a house at rest."""
    assert answer(pload=-3.0).load_w == 0


@pytest.mark.parametrize(("soc", "expected"), [(100.4, 100), (-0.2, 0), (560, None), (-40, None)])
def test_state_of_charge(soc: float, expected: float | None) -> None:
    """Rounding is corrected; what is impossible becomes unknown."""
    assert answer(soc=soc).soc_pct == expected


def test_numbers_as_text() -> None:
    """The vendor accepts text for numbers, so answers may hold it."""
    assert answer(soc="55.5", pgrid="-12").soc_pct == 55.5


@pytest.mark.parametrize(
    ("detail", "pev", "position", "alone", "expected"),
    [
        ({"ev1Power": 7000, "ev2Power": 3600}, 10600, 0, False, 7000),
        ({"ev1Power": 7000, "ev2Power": 3600}, 10600, 1, False, 3600),
        ({"ev1Power": None}, 7000, 0, True, 7000),
        ({"ev1Power": None}, 7000, 0, False, None),
        (None, 0, 0, True, 0),
        ({"ev1Power": -1}, 0, 0, True, 0),
    ],
)
def test_power_of_one_charger(detail: Any, pev: float, position: int, alone: bool, expected: float | None) -> None:
    """A charger has its own power; the system's only where it is alone."""
    seen = answer(pev=pev, pevDetail=detail)

    reading = live.to_ev_charger_reading(seen, STAMP, None, position=position, alone=alone)

    assert reading.power_w == expected
    assert reading.status is ChargerStatus.UNKNOWN


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (1, ChargerStatus.AVAILABLE),
        (2, ChargerStatus.PREPARING),
        (3, ChargerStatus.CHARGING),
        (4, ChargerStatus.SUSPENDED_EVSE),
        (5, ChargerStatus.SUSPENDED_EV),
        (6, ChargerStatus.FINISHING),
        (7, ChargerStatus.UNKNOWN),
        (9, ChargerStatus.FAULTED),
        ("3", ChargerStatus.CHARGING),
        (None, ChargerStatus.UNKNOWN),
        (77, ChargerStatus.UNKNOWN),
    ],
)
def test_charger_status(number: Any, status: ChargerStatus) -> None:
    """Numbers become OCPP's words; undocumented ones are UNKNOWN and break nothing."""
    state = structure(models.EvChargerState, {"evchargerStatus": number})

    assert to_charger_status(state) is status


@pytest.mark.parametrize(("ac", "status"), [(0.0, "standby"), (900.0, "running"), (None, "unknown")])
def test_inverter_status(ac: float | None, status: str) -> None:
    """An inverter that gives AC runs; without figures nothing is said."""
    assert live.to_inverter_reading(answer(prealL1=ac), STAMP).status is InverterStatus(status)


def test_impossible_energy_is_left_out() -> None:
    """−1482.404 kWh of a car (seen live) is no counter; the others stay."""
    energy = structure(models.DayEnergy, {"eChargingPile": -1482.404, "epv": 3, "eInput": 1e9})

    today = live.today(energy, date(2026, 8, 4))
    info = DeviceInfo(id="AL1/meter", provider="alphaess", role=Role.METER, serial="AL1")
    meter = Plausibility(info, None).check(live.to_meter_reading(answer(), STAMP, today))

    assert today.ev is None
    assert [issue.field for issue in today.issues] == ["ev"]
    assert meter.import_energy is not None
    assert meter.import_energy.today_kwh is None
    assert today.pv is not None


def test_another_days_energy_is_left_out() -> None:
    """An answer about yesterday says nothing of today."""
    energy = structure(models.DayEnergy, {"theDate": "2026-08-03", "epv": 3})

    assert live.today(energy, date(2026, 8, 4))._replace(issues=()) == live.Today()


ROWS: list[dict[str, Any]] = [
    {"uploadTime": "2026-08-04 12:10:04", "ppv": 10, "load": 5, "cbat": 52, "feedIn": 1, "gridCharge": 0},
    {"uploadTime": "2026-08-04 12:05:04", "ppv": 10, "load": None, "cbat": 51},
    {"uploadTime": "2026-08-04 12:05:04", "ppv": 10, "load": 6, "cbat": 51},
    {"uploadTime": None, "ppv": 1},
    {"uploadTime": "2026-08-04 11:55:04"},
    {"uploadTime": "2026-08-04 12:00:04", "ppv": 10, "load": 5, "cobat": 50, "pChargingPile": 7},
]


def test_rows_in_time_order_once_each() -> None:
    """Newest-first rows come oldest first, the fuller of two doubles stays, empty rows go."""
    found = zip(*series.in_time(structure(list[models.PowerSample], ROWS), BERLIN), strict=True)

    assert [(at, row.cbat, row.load) for at, row in found] == [
        (datetime(2026, 8, 4, 10, 0, 4, tzinfo=UTC), 50, 5),
        (datetime(2026, 8, 4, 10, 5, 4, tzinfo=UTC), 51, 6),
        (datetime(2026, 8, 4, 10, 10, 4, tzinfo=UTC), 52, 5),
    ]


def test_names_of_the_documentation_count_too() -> None:
    """cobat and pChargingPile are the portal's words for cbat and pchargingPile."""
    reading = series.ev_chargers(day_of(ROWS), slice(None))[0]

    assert reading.power_w == 7
    assert reading.stamp.measured_at == datetime(2026, 8, 4, 10, 0, 4, tzinfo=UTC)


def test_qualities_of_a_row() -> None:
    """Means of five minutes are AVERAGE; the battery's power, which the series lacks, is DERIVED."""
    day = day_of(ROWS)

    battery = series.batteries(day, slice(None))[-1]
    meter = series.meters(day, slice(None))[-1]
    inverter = series.inverters(day, slice(None))[-1]

    assert (battery.power_w, battery.soc_pct) == (-4, 52)
    assert (meter.power_w, inverter.pv_w, inverter.load_w) == (-1, 10, 5)
    assert battery.stamp.quality is Quality.DERIVED
    assert meter.stamp.quality is inverter.stamp.quality is Quality.AVERAGE


def test_pv_that_the_series_leaves_out() -> None:
    """0 W in every row of a day with 17 kWh of PV: unknown, and so is the battery's power."""
    rows = structure(list[models.PowerSample], [row | {"ppv": 0} for row in ROWS])

    assert series.pv_is_missing(rows, 17.0)
    assert not series.pv_is_missing(rows, 0.0)
    assert series.to_flows(rows[0], without_pv="of 17 kWh").pv_w is None
    assert series.to_flows(rows[0], without_pv="of 17 kWh").battery_w is None


def test_newest_without_a_zone() -> None:
    """The latest wall-clock time counts, whatever the order."""
    newest = day_of(ROWS, None).newest()

    assert newest is not None
    assert newest[0] == datetime(2026, 8, 4, 12, 10, 4)  # noqa: DTZ001
    assert newest[1].cbat == 52
    assert day_of([], None).newest() is None


figure: st.SearchStrategy[Any] = (
    st.none() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
)
figure |= figure.map(lambda number: None if number is None else repr(number))


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(["ppv", "soc", "pev", "prealL1", "pgrid", "pload", "pbat"], figure),
            "ppvDetail": st.none()
            | st.fixed_dictionaries({}, optional=dict.fromkeys(["ppv1", "ppv4", "pmeterDc"], figure)),
            "pgridDetail": st.none() | st.fixed_dictionaries({"pmeterL1": figure}),
            "pevDetail": st.none() | st.fixed_dictionaries({"ev1Power": figure}),
            "novel": st.text(),
        },
    )
)
def test_any_answer_gives_readings(answer: dict[str, Any]) -> None:
    """Null, missing, whole, decimal or text: nothing crashes, and no unsigned figure is negative."""
    seen = live.flows(structure(models.PowerData, answer))

    battery = live.to_battery_reading(seen, STAMP)
    inverter = live.to_inverter_reading(seen, STAMP)
    charger = live.to_ev_charger_reading(seen, STAMP, None)
    live.to_meter_reading(seen, STAMP)
    assert battery.soc_pct is None or 0 <= battery.soc_pct <= 100
    for power in (inverter.pv_w, inverter.load_w, charger.power_w):
        assert power is None or power >= 0
